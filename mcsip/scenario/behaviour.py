"""What the messages of an MC service server show of its record of a user.

A server that is not ours does not let us read its records. But it tells others of them: the primary
marks the user as migrated before it answers success (TS 23.280 10.6.3.3 step 7), a partner stores
the visitor before it tells the client (step 11). What nobody was told stays unknown.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from mcsip.errors import PeerError
from mcsip.exchanges import Exchange
from mcsip.mc.identity import canonical_id
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE
from mcsip.migration.states import PartnerStatus, PrimaryStatus


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a record.

    Attributes:
        fields: what is known, by the key of ``expect_record``; of the others nothing is known.
        evidence: the message that shows it, for people.
    """

    fields: dict[str, object] = field(default_factory=dict)
    evidence: str = ""


def shown_record(
    exchanges: Iterable[Exchange], node: str, user: str, *, primary: bool
) -> Shown | None:
    """Return what the messages about a user show of a server's record, or None for nothing.

    Args:
        exchanges: the messages, in order.
        node: name of the server.
        user: the user's MC service ID in the primary system.
        primary: whether the server is of the user's primary system.
    """
    shown: Shown | None = None
    asked: int | None = None
    after = _after_primary if primary else _after_partner
    for exchange in exchanges:
        info = exchange.info
        if info is None or info.primary_id is None or not exchange.delivered:
            continue
        if node not in (exchange.sender, exchange.receiver):
            continue
        if canonical_id(info.primary_id) != canonical_id(user):
            continue
        if info.message == REQUEST:
            asked = info.profile_index
        try:
            fields = after({} if shown is None else shown.fields, exchange, node, asked)
        except PeerError:
            continue  # an ID that is none: the rules of conformance judge it
        if fields is not None:
            shown = Shown(fields, _described(exchange))
    return shown


Fields = dict[str, object]


def _after_primary(
    before: Fields, exchange: Exchange, node: str, asked: int | None
) -> Fields | None:
    """Return what a message shows of the primary's record; None: nothing new.

    Args:
        before: what was shown before.
        exchange: the message.
        node: name of the server.
        asked: index of the profile of the last request, which a response need not repeat.
    """
    info = exchange.info
    assert info is not None
    if exchange.sender != node:
        return None
    if info.message == RESPONSE:
        if info.success:
            return {
                "status": str(PrimaryStatus.MIGRATED),
                "partner": info.partner_domain,
                **_selected(exchange, asked),
            }
        return before or {"status": str(PrimaryStatus.HOME)}
    # A de-authorization that follows a migration to somebody else leaves that one (10.6.3.3.2.2).
    if info.message == DEAUTHORIZATION and before.get("partner") in (None, info.partner_domain):
        return {"status": str(PrimaryStatus.HOME)}
    return None


def _after_partner(
    before: Fields, exchange: Exchange, node: str, asked: int | None
) -> Fields | None:
    """Return what a message shows of a partner's record; see ``_after_primary``."""
    info = exchange.info
    assert info is not None
    accepted = exchange.status is not None and exchange.status < 300
    active = before.get("status") == str(PartnerStatus.ACTIVE)
    sent = exchange.sender == node
    match info.message:
        case name if name == REQUEST and not active:
            if not sent and exchange.status is not None and not accepted:
                return before or {"status": str(PartnerStatus.ABSENT)}
            return {"status": str(PartnerStatus.PENDING)} if sent or accepted else None
        case name if name == RESPONSE and (sent or accepted):
            if not info.success:
                return before if active else {"status": str(PartnerStatus.ABSENT)}
            known = {key: before[key] for key in ("basis",) if key in before}
            basis = {} if sent else {"basis": "primary"}
            return {
                "status": str(PartnerStatus.ACTIVE),
                **known,
                **basis,
                **_selected(exchange, asked),
            }
        case name if name == DEAUTHORIZATION and not sent and accepted and active:
            return {**before, "status": str(PartnerStatus.RETAINED)}
        case _:
            return None


def _selected(exchange: Exchange, asked: int | None) -> Fields:
    """Return profile and ID that a response is about, where they are known."""
    info = exchange.info
    assert info is not None
    profile = asked if info.profile_index is None else info.profile_index
    said = (("profile", profile), ("partner_id", info.partner_id))
    return {key: value for key, value in said if value is not None}


def _described(exchange: Exchange) -> str:
    info = exchange.info
    assert info is not None
    result = "" if info.success is None else " success" if info.success else " fail"
    answered = "" if exchange.status is None else f", answered {exchange.status}"
    return f"{exchange.sender} → {exchange.receiver}: {exchange.label}{result}{answered}"
