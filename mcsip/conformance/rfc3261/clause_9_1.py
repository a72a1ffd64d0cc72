"""RFC 3261 9.1, CANCEL: client behaviour."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import items, shown, top_via
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.views import Call, MessageSeen, TransactionSeen
from mcsip.mc.roles import Role
from mcsip.sip.headers import long_name


@BOOK.on_message("9.1", "one-via", "A CANCEL has one Via, that of the request it cancels", "CANCEL")
def one_via(seen: MessageSeen) -> Faults:
    """Count the Via values.

    A stateless proxy forwards a CANCEL and adds one, so SIP cores and strangers are not judged.
    """
    message = seen.message
    if message is None or seen.sender.role in (None, Role.SIP_CORE):
        return None
    vias = items(message, "via")
    if len(vias) < 2:
        return ()
    return [Fault("one Via", f"{len(vias)}: {shown(' | '.join(vias))}", field="via")]


@BOOK.on_message("9.1", "no-require", "A CANCEL has no Require and no Proxy-Require", "CANCEL")
def no_require(seen: MessageSeen) -> Faults:
    """Look for either."""
    message = seen.message
    if message is None:
        return None
    return [
        Fault(f"no {long_name(key)}", shown(value), field=key)
        for key in ("require", "proxy-require")
        if (value := message.first(key)) is not None
    ]


def _cancelled(call: Call) -> list[tuple[TransactionSeen, TransactionSeen]]:
    """Return each CANCEL of a call with the request that it is for.

    That is the one with its branch; where the branch was made anew, the one with its number.
    """
    pairs = []
    for cancel in call.transactions:
        if cancel.request.method != "CANCEL" or not cancel.requests:
            continue
        before = [
            each
            for each in call.transactions
            if each.request.method not in ("ACK", "CANCEL")
            and each.sender.name == cancel.sender.name
            and each.hop.number < cancel.hop.number
        ]
        for same in (_branch, _number):
            meant = [each for each in before if same(each) == same(cancel) is not None]
            if meant:
                pairs.append((cancel, meant[-1]))
                break
    return pairs


def _branch(seen: TransactionSeen) -> str | None:
    via = top_via(seen.request)
    return None if via is None else via.branch


def _number(seen: TransactionSeen) -> str | None:
    return (seen.request.first("cseq") or "").partition(" ")[0] or None


@BOOK.on_call(
    "9.1",
    "same-request",
    "A CANCEL has Request-URI, topmost Via, From, To, CSeq number and Route of its request",
)
def same_request(call: Call) -> Faults:
    """Compare each CANCEL with the request that it is for."""
    pairs = _cancelled(call)
    if not pairs:
        return None
    faults = []
    for cancel, meant in pairs:
        number = cancel.requests[0].number
        if cancel.request.uri != meant.request.uri:
            text = cancel.request.uri.encode("utf-8", "surrogateescape")
            expected, actual = shown(meant.request.uri), shown(cancel.request.uri)
            faults.append(Fault(expected, actual, number=number, text=text))
        for key in ("via", "from", "to", "cseq", "route"):
            before, after = _compared(meant, key), _compared(cancel, key)
            if before != after:
                expected = shown(", ".join(before)) or f"no {long_name(key)}"
                actual = shown(", ".join(after)) or f"no {long_name(key)}"
                field = key if after else ""
                faults.append(Fault(expected, actual, number=number, field=field))
    return faults


def _compared(seen: TransactionSeen, key: str) -> list[str]:
    """Return what must be the same: of Via the topmost value, of CSeq the number."""
    if key == "cseq":
        return [_number(seen) or ""]
    values = items(seen.request, key)
    return values[:1] if key == "via" else values


@BOOK.on_call("9.1", "provisional-first", "A CANCEL is sent after a provisional response")
def provisional_first(call: Call) -> Faults:
    """Look for a response to the request before the CANCEL, where it came in."""
    pairs = _cancelled(call)
    if not pairs:
        return None
    faults = []
    for cancel, meant in pairs:
        came = [entry.number for entry, _ in meant.replies or meant.responses]
        number = cancel.requests[0].number
        if not came or min(came) > number:
            actual = "no response before the CANCEL"
            text = cancel.request.start_line.encode("utf-8", "surrogateescape")
            faults.append(Fault("a provisional response", actual, number=number, text=text))
    return faults


@BOOK.on_call("9.1", "of-invite", "Only an INVITE is cancelled", level=Level.SHOULD)
def of_invite(call: Call) -> Faults:
    """Look at the method of the request that a CANCEL is for."""
    pairs = _cancelled(call)
    if not pairs:
        return None
    return [
        Fault(
            "no CANCEL of another request than INVITE",
            f"CANCEL of {shown(meant.request.method)}",
            number=cancel.requests[0].number,
            text=cancel.request.start_line.encode("utf-8", "surrogateescape"),
        )
        for cancel, meant in pairs
        if meant.request.method != "INVITE"
    ]
