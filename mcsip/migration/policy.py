"""What the operators of MC systems have agreed and configured, as frozen values.

Systems are named by their domain (``partner.example``), in lower case; users by their MC service
ID (``sip:alice@primary.example``). The topology loader builds these values; the checks of
``authorization`` and the choices of ``routing`` read them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mcsip.errors import UsageError
from mcsip.mc.profile import PartnerAccess


class Direction(StrEnum):
    """Which way users may migrate between the two systems of an agreement.

    Clause: TS 23.280 5.2.9.1, "on a bilateral or unilateral basis" [seed].
    """

    BOTH_WAYS = "both_ways"
    A_TO_B = "a_to_b"
    B_TO_A = "b_to_a"
    NONE = "none"


class OnFailure(StrEnum):
    """What a partner does when the user's primary system could not be asked.

    Clause: TS 23.280 5.2.9.1, "in case of failure of migrating ... it is left to business
    agreements ... whether the MC service may be granted at the partner MC system" [seed]. That a
    refusal by the primary is no such failure is [ours].
    """

    DENY = "deny"
    GRANT_LOCALLY = "grant_locally"


class ForMigrated(StrEnum):
    """What a primary does with calls and data for a user who has migrated.

    Clause: TS 23.280 10.16.5, private communication redirection [read]; TR 23.781 6.x.1, "routing
    of incoming private calls or data transactions to the MC user in the partner system" [seed].
    """

    FORWARD = "forward"
    """Send it on to the partner system, through the gateways."""
    REDIRECT = "redirect"
    """Tell the caller the new MC service ID (302), who then tries again."""


class MediaRouting(StrEnum):
    """Whither the media of calls goes that leave or enter an MC system.

    Clause: TS 23.280 5.2.9.1, "media may need to be routed to the primary MC system" [seed].
    """

    DIRECT = "direct"
    """From party to party."""
    ANCHOR = "anchor"
    """Through the MC service server, which relays and logs it."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement of two MC systems.

    Attributes:
        a: domain of the first system.
        b: domain of the second system.
        migration: which way users may migrate (TS 23.280 5.2.9.1 [seed]).
        interconnection: whether signalling passes between the two (TS 23.280 5.2.9.1 [seed]).
        on_failure: what a partner does when the primary could not be asked.
    """

    a: str
    b: str
    migration: Direction = Direction.BOTH_WAYS
    interconnection: bool = True
    on_failure: OnFailure = OnFailure.DENY

    def permits(self, primary: str, partner: str) -> bool:
        """Tell whether users of ``primary`` may migrate to ``partner`` (TS 23.280 5.2.9.1)."""
        match self.migration:
            case Direction.BOTH_WAYS:
                return {primary, partner} == {self.a, self.b} and primary != partner
            case Direction.A_TO_B:
                return (primary, partner) == (self.a, self.b)
            case Direction.B_TO_A:
                return (primary, partner) == (self.b, self.a)
            case Direction.NONE:
                return False


class Agreements:
    """All agreements of a topology, found by the two domains in either order.

    Args:
        agreements: at most one for each pair of systems.

    Raises:
        UsageError: a pair has two agreements, or a system one with itself.
    """

    __slots__ = ("_by_pair",)

    def __init__(self, agreements: Iterable[Agreement] = ()) -> None:
        self._by_pair: dict[tuple[str, str], Agreement] = {}
        for agreement in agreements:
            a, b = agreement.a, agreement.b
            if a == b:
                raise UsageError(f"an agreement of {a} with itself")
            if (a, b) in self._by_pair:
                raise UsageError(f"two agreements between {a} and {b}")
            self._by_pair[a, b] = self._by_pair[b, a] = agreement

    def between(self, one: str, other: str) -> Agreement | None:
        """Return the agreement of two systems, or None."""
        return self._by_pair.get((one, other))

    def __iter__(self) -> Iterator[Agreement]:
        for (a, _), agreement in self._by_pair.items():
            if agreement.a == a:
                yield agreement


@dataclass(frozen=True, slots=True)
class VisitorRule:
    """Whom a partner lets in: a line of its list for the initial check.

    Clause: TS 23.280 10.6.3.3 NOTE 2, "a pre-configured list of users"; TR 23.781 6.x step 2,
    "a general check that any user is permitted ..., or a specific check that this MC service user
    is permitted, or both" [seed].

    Attributes:
        from_domain: the primary system of the visitors.
        users: MC service IDs (in the primary) that are let in; None lets everybody in.
    """

    from_domain: str
    users: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class UserProfile:
    """A user profile as far as migration reads it (TS 23.280 5.2.9.1 [seed], 10.1.4 [read]).

    Attributes:
        index: the number by which the user selects it, from 0.
        name: for people.
        migrate_to: domains of the partner systems the user may migrate to with this profile.
        access: how those are reached, by domain, where the profile says so.
    """

    index: int
    name: str = ""
    migrate_to: frozenset[str] = frozenset()
    access: Mapping[str, PartnerAccess] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HomeUser:
    """A user of a primary system.

    Attributes:
        mc_id: the MC service ID in the primary.
        profiles: the user profiles by index.
        server: name of the MC service server that serves the user; None leaves it to
            ``routing.serving_server``.
    """

    mc_id: str
    profiles: Mapping[int, UserProfile] = field(default_factory=dict)
    server: str | None = None


@dataclass(frozen=True, slots=True)
class ProvisionedUser:
    """A user of another system, provisioned at a partner without interconnection.

    Clause: TR 23.700-90 7.X.2, "the partner MC system has been provisioned with a user profile
    for the migrating MC service user" [seed].

    Attributes:
        mc_id: the MC service ID in the primary system.
        partner_id: the MC service ID that the partner gives to the user.
        profiles: the profiles the partner holds for the user, by index.
    """

    mc_id: str
    partner_id: str
    profiles: Mapping[int, UserProfile] = field(default_factory=dict)
