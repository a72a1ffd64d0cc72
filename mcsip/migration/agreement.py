"""Whether the records of several systems agree: nobody is half-migrated [ours].

Once things are quiet, the primary says "migrated to X" exactly when X says "active" on the
primary's word, and both mean the same stay. What a partner grants without the primary
(``Basis.LOCAL``, ``Basis.ON_FAILURE``) and what it retains contradicts nobody. See ``records``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mcsip.mc.identity import canonical_id, domain_of
from mcsip.migration.states import Basis, PartnerRecord, PartnerStatus, Placement, PrimaryRecord


@dataclass(frozen=True, slots=True)
class SystemRecords:
    """The records of one system, as they are at one moment.

    Attributes:
        domain: its domain.
        users: of its own users, those who are not at home.
        visitors: of its visitors.
        owed: the MC service IDs, in the primary, of the users about whom it owes a message.
    """

    domain: str
    users: Sequence[PrimaryRecord] = ()
    visitors: Sequence[PartnerRecord] = ()
    owed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One user of whom two systems do not say the same.

    Attributes:
        user: MC service ID in the primary.
        text: what they say, for people.
        open: whether something is still owed or waited for that may settle it.
    """

    user: str
    text: str
    open: bool = False


def unsettled(systems: Iterable[SystemRecords]) -> frozenset[str]:
    """Return the users about whom something is still owed or waited for."""
    found: set[str] = set()
    for system in systems:
        found |= system.owed
        found.update(record.user for record in system.users if not _is_settled(record))
        found.update(
            record.user for record in system.visitors if record.status is PartnerStatus.PENDING
        )
    return frozenset(found)


def _is_settled(record: PrimaryRecord) -> bool:
    """Tell whether the primary waits for nothing: its partner took the response, alone."""
    at = record.current
    return not record.ended and not record.former and (at is None or at.taken)


def disagreements(systems: Sequence[SystemRecords]) -> Iterator[Disagreement]:
    """Yield the users of whom the systems do not say the same.

    Systems whose records are not given are asked nothing: of a user who is there, or who comes from
    there, only the others are compared.
    """
    waiting = unsettled(systems)
    known = {system.domain for system in systems}
    at = {
        canonical_id(record.user): record.current
        for system in systems
        for record in system.users
        if record.current is not None
    }
    met: set[str] = set()
    for system in systems:
        for visitor in system.visitors:
            user = canonical_id(visitor.user)
            here = at.get(user)
            if here is not None and here.partner == system.domain and _is_permitted(visitor):
                met.add(user)
            if domain_of(user) in known and (text := _fault(system.domain, visitor, here)):
                yield Disagreement(user, text, user in waiting)
    for user, placement in at.items():
        if placement.partner in known and user not in met:
            text = f"the primary says {_placed(placement)}, and {placement.partner} has no visitor"
            yield Disagreement(user, text, user in waiting)


def is_served(visitor: PartnerRecord) -> bool:
    """Tell whether a partner serves a visitor, on whosever word."""
    return visitor.in_force.status is PartnerStatus.ACTIVE


def _is_permitted(visitor: PartnerRecord) -> bool:
    """Tell whether a partner serves a visitor on the primary's word."""
    return visitor.status is PartnerStatus.ACTIVE and visitor.basis is Basis.PRIMARY


def _fault(domain: str, visitor: PartnerRecord, at: Placement | None) -> str:
    """Return what is wrong with a visitor of a system, or ""."""
    said = f"{domain} says {_described(visitor)}"
    there = at is not None and at.partner == domain
    match visitor.status:
        case PartnerStatus.ABSENT:
            return ""
        case PartnerStatus.RETAINED:
            return f"{said}, the primary says {_placed(at)}" if there else ""
        case PartnerStatus.PENDING:
            return f"{said}, and nobody answers"
        case PartnerStatus.ACTIVE if visitor.basis is not Basis.PRIMARY:
            return ""
        case PartnerStatus.ACTIVE:
            same = at is not None and (at.partner, at.partner_id, at.profile) == (
                domain,
                visitor.partner_id,
                visitor.profile,
            )
            return "" if same else f"{said}, the primary says {_placed(at)}"


def _placed(at: Placement | None) -> str:
    if at is None:
        return "home"
    return f"migrated to {at.partner} as {at.partner_id}, profile {at.profile}"


def _described(visitor: PartnerRecord) -> str:
    return f"{visitor.status} as {visitor.partner_id}, profile {visitor.profile}"
