"""RFC 3261 12.2.1.1, requests within a dialog."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.clause_8_1_1_5 import cseq_parts
from mcsip.conformance.rfc3261.reading import (
    acknowledges_refusal,
    attempt,
    items,
    makes_requests,
    party,
    same_address,
    shown,
)
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import Call, MessageSeen, TransactionSeen
from mcsip.mc.roles import Role
from mcsip.sip.address import parse_address
from mcsip.sip.message import Message
from mcsip.sip.uri import SipUri

#: Their numbers are those of the request that they acknowledge or cancel.
_NUMBERED_BY_ANOTHER = frozenset({"ACK", "CANCEL"})


@BOOK.on_message(
    "12.2.1.1",
    "to-tag",
    "A request that only exists within a dialog has the tag of the other end in To",
    "BYE",
    "INFO",
    "PRACK",
    "UPDATE",
)
def to_tag(seen: MessageSeen) -> Faults:
    """Look for To without tag."""
    message = seen.message
    to = None if message is None else party(message, "to")
    if message is None or to is None:
        return None
    if to.tag is not None:
        return ()
    return [Fault("To with a tag", shown(message.first("to") or ""), field="to")]


def _tag(message: Message, key: str) -> str:
    """Return the tag of From or To, or nothing."""
    address = party(message, key)
    return "" if address is None else address.tag or ""


def _counted(call: Call) -> list[tuple[TransactionSeen, int]]:
    """Return the requests that have numbers of their own, with them."""
    found = []
    for each in call.transactions:
        parts = cseq_parts(each.request.first("cseq"))
        own = each.request.method not in _NUMBERED_BY_ANOTHER and each.requests
        if own and parts is not None:
            found.append((each, parts[0]))
    return found


@BOOK.on_call("12.2.1.1", "cseq", "The CSeq number rises from request to request of a dialog")
def rising(call: Call) -> Faults:
    """Compare the numbers of each end, dialog by dialog; what made the dialog counts as the first.

    Numbers that are left out may have been used where this hop does not see them.
    """
    first: dict[str, int] = {}
    last: dict[tuple[str, str], int] = {}
    judged = False
    faults = []
    for each, number in _counted(call):
        request = each.request
        here, there = _tag(request, "from"), _tag(request, "to")
        if request.method == "REGISTER" or not here:
            continue
        if not there:
            first[here] = number
            continue
        before = last.get((here, there), first.get(here))
        last[here, there] = number
        if before is None:
            continue
        judged = True
        if number < before or (number == before and makes_requests(each.sender)):
            expected = f"a number above {before}"
            at = each.requests[0].number
            faults.append(Fault(expected, str(number), number=at, field="cseq"))
    return faults if judged else None


@BOOK.on_call("12.2.1.1", "tags", "A request of a dialog has the tags of the dialog")
def tags(call: Call) -> Faults:
    """Compare the tags with those of the INVITE and its responses, where this hop saw them."""
    dialogs: set[frozenset[str]] = set()
    judged = False
    faults = []
    for each in call.transactions:
        request = each.request
        here, there = _tag(request, "from"), _tag(request, "to")
        if request.method == "INVITE" and not there:
            made = (_tag(response, "to") for _, response in each.responses)
            dialogs |= {frozenset((here, tag)) for tag in made if tag}
            continue
        if not dialogs or not there or request.method == "CANCEL" or not each.requests:
            continue
        if acknowledges_refusal(call, each):
            continue
        judged = True
        if frozenset((here, there)) not in dialogs:
            expected = " or ".join(
                " and ".join(sorted(pair)) for pair in sorted(dialogs, key=sorted)
            )
            actual = f"{shown(here)} and {shown(there)}"
            at = each.requests[0].number
            faults.append(Fault(shown(expected), actual, number=at, field="to"))
    return faults if judged else None


@BOOK.on_call("12.2.1.1", "route", "A request of a dialog has the route set of the dialog in Route")
def route(call: Call) -> Faults:
    """Compare Route with the Record-Route values that made the dialog (12.1.1, 12.1.2).

    Looked at are the ends of the dialog alone, who put the only Via on what they send. A route set
    that begins with a strict router is put in another way, and is left out.
    """
    sets = _route_sets(call)
    judged = False
    faults = []
    for each in call.transactions:
        request = each.request
        end = each.sender.name, _tag(request, "from"), _tag(request, "to")
        known = [values for values, at in sets.get(end, ()) if at < each.hop.number]
        if not known or request.method == "CANCEL" or not _is_own(each):
            continue
        if acknowledges_refusal(call, each) or any(not _is_loose(values) for values in known):
            continue
        judged = True
        if not any(_same_routes(values, items(request, "route")) for values in known):
            expected = ", ".join(known[-1])
            actual = shown(", ".join(items(request, "route")))
            at = each.requests[0].number
            faults.append(
                Fault(
                    f"Route: {shown(expected)}" if expected else "no Route",
                    f"Route: {actual}" if actual else "no Route",
                    number=at,
                    field="route",
                )
            )
    return faults if judged else None


_RouteSets = dict[tuple[str, str, str], list[tuple[list[str], int]]]


def _route_sets(call: Call) -> _RouteSets:
    """Return the route sets by end of the dialog and its two tags, each with where it was told."""
    sets: _RouteSets = {}
    for each in call.transactions:
        request = each.request
        here = _tag(request, "from")
        if request.method != "INVITE" or _tag(request, "to") or not here:
            continue
        recorded = items(request, "record-route")
        for entry, response in each.responses:
            there = _tag(response, "to")
            if response.status == 100 or response.status >= 300 or not there:
                continue
            if _is_own(each) and not recorded:
                told = items(response, "record-route")[::-1]
                sets.setdefault((each.sender.name, here, there), []).append((told, entry.number))
            sets.setdefault((each.receiver.name, there, here), []).append((recorded, entry.number))
    return sets


def _is_own(seen: TransactionSeen) -> bool:
    """Tell whether a request is sent by who made it, as far as its Via and his role show."""
    forwards = seen.sender.role in (Role.SIP_CORE, Role.MC_GATEWAY)
    return not forwards and bool(seen.requests) and len(items(seen.request, "via")) == 1


def _is_loose(values: list[str]) -> bool:
    """Tell whether a route set begins with a loose router, or is empty (RFC 3261 16.12)."""
    if not values:
        return True
    first = attempt(lambda: parse_address(values[0]))
    return first is not None and isinstance(first.uri, SipUri) and first.uri.is_loose


def _same_routes(one: list[str], other: list[str]) -> bool:
    if len(one) != len(other):
        return False
    return all(map(same_address, one, other))
