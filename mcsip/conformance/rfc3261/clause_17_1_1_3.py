"""RFC 3261 17.1.1.3, construction of the ACK request: that of a response other than 2xx."""

from collections.abc import Callable

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.clause_8_1_1_5 import cseq_parts
from mcsip.conformance.rfc3261.reading import (
    acknowledges_refusal,
    items,
    same_address,
    same_via,
    shown,
    target_of,
    top_via,
)
from mcsip.conformance.rfc3261.timing import finals
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import Call, TransactionSeen
from mcsip.sip.headers import long_name
from mcsip.sip.message import Request
from mcsip.sip.uri import parse_uri, same_uri
from mcsip.trace import TraceEntry


def _each(
    seen: TransactionSeen, judge: Callable[[TraceEntry, Request], Fault | None]
) -> list[Fault] | None:
    """Return what is wrong with each ACK of an INVITE, or None where there is none."""
    if not seen.acks:
        return None
    faults = (judge(entry, ack) for entry, ack in seen.acks)
    return [fault for fault in faults if fault is not None]


def _value(request: Request, key: str) -> str:
    return request.first(key) or ""


def _is_other(key: str, wanted: str, entry: TraceEntry, ack: Request) -> Fault:
    actual = _value(ack, key)
    name = long_name(key)
    return Fault(
        f"{name}: {shown(wanted)}",
        f"{name}: {shown(actual)}" if actual else f"no {name}",
        number=entry.number,
        field=key,
    )


@BOOK.on_call("17.1.1.3", "branch", "The ACK of a refused INVITE has the branch of the INVITE")
def branch(call: Call) -> Faults:
    """Look for an ACK with another branch, of an INVITE that got nothing but refusals."""
    judged = False
    faults = []
    for each in call.transactions:
        if each.request.method != "ACK" or not each.requests:
            continue
        if acknowledges_refusal(call, each):
            judged = True
            continue
        refused = _refused_by(call, each)
        via = None if refused is None else top_via(refused.request)
        if via is None:
            continue
        judged = True
        own = top_via(each.request)
        actual = None if own is None else own.branch
        at = each.requests[0].number
        faults.append(Fault(shown(via.branch or ""), shown(actual or ""), number=at, field="via"))
    return faults if judged else None


def _refused_by(call: Call, ack: TransactionSeen) -> TransactionSeen | None:
    """Return the INVITE that an ACK is about, when all its final responses are refusals."""
    parts = cseq_parts(ack.request.first("cseq"))
    for each in call.transactions:
        same = each.request.method == "INVITE" and each.sender.name == ack.sender.name
        invite = cseq_parts(each.request.first("cseq")) if same else None
        if parts is None or invite is None or invite[0] != parts[0]:
            continue
        final = [response.status for _, response in each.responses if response.status >= 200]
        if final and min(final) >= 300 and each.hop.number < ack.hop.number:
            return each
    return None


@BOOK.on_transaction(
    "17.1.1.3", "call-id", "The ACK of a refused INVITE has the Call-ID of the INVITE", "INVITE"
)
def call_id(seen: TransactionSeen) -> Faults:
    """Compare the Call-IDs."""
    wanted = _value(seen.request, "call-id")

    def judge(entry: TraceEntry, ack: Request) -> Fault | None:
        same = _value(ack, "call-id") == wanted
        return None if same else _is_other("call-id", wanted, entry, ack)

    return _each(seen, judge)


@BOOK.on_transaction(
    "17.1.1.3", "from", "The ACK of a refused INVITE has the From of the INVITE", "INVITE"
)
def from_(seen: TransactionSeen) -> Faults:
    """Compare the From values."""
    wanted = _value(seen.request, "from")

    def judge(entry: TraceEntry, ack: Request) -> Fault | None:
        same = same_address(wanted, _value(ack, "from"))
        return None if same else _is_other("from", wanted, entry, ack)

    return _each(seen, judge)


@BOOK.on_transaction(
    "17.1.1.3",
    "to",
    "The ACK of a refused INVITE has the To of the response, with its tag",
    "INVITE",
)
def to(seen: TransactionSeen) -> Faults:
    """Compare with To of any final response: a fork may have given several."""
    answered = [it.first("to") or "" for _, it in finals(seen.responses) if it.status >= 300]
    if not answered:
        return None

    def judge(entry: TraceEntry, ack: Request) -> Fault | None:
        same = any(same_address(wanted, _value(ack, "to")) for wanted in answered)
        return None if same else _is_other("to", answered[0], entry, ack)

    return _each(seen, judge)


@BOOK.on_transaction(
    "17.1.1.3",
    "request-uri",
    "The ACK of a refused INVITE has the Request-URI of the INVITE",
    "INVITE",
)
def request_uri(seen: TransactionSeen) -> Faults:
    """Compare the Request-URIs."""
    wanted = seen.request

    def judge(entry: TraceEntry, ack: Request) -> Fault | None:
        if ack.uri == wanted.uri or same_uri(parse_uri(ack.uri), parse_uri(wanted.uri)):
            return None
        uri = ack.uri.encode("utf-8", "surrogateescape")
        return Fault(shown(wanted.uri), shown(ack.uri), number=entry.number, text=uri)

    return _each(seen, judge)


@BOOK.on_transaction(
    "17.1.1.3",
    "via",
    "The ACK of a refused INVITE has one Via, the topmost of the INVITE",
    "INVITE",
)
def via(seen: TransactionSeen) -> Faults:
    """Compare the topmost Via values, and count."""
    wanted = next(iter(items(seen.request, "via")), "")

    def judge(entry: TraceEntry, ack: Request) -> Fault | None:
        values = items(ack, "via")
        if len(values) == 1 and same_via(wanted, values[0]):
            return None
        actual = ", ".join(values)
        return Fault(
            f"Via: {shown(wanted)}", f"Via: {shown(actual)}", number=entry.number, field="via"
        )

    return _each(seen, judge)


@BOOK.on_transaction(
    "17.1.1.3", "cseq", "The ACK of a refused INVITE has the CSeq number of the INVITE", "INVITE"
)
def cseq(seen: TransactionSeen) -> Faults:
    """Compare the numbers; the method is a matter of 8.1.1.5."""
    number = seen.request.cseq.number

    def judge(entry: TraceEntry, ack: Request) -> Fault | None:
        same = ack.cseq.number == number
        return None if same else _is_other("cseq", f"{number} ACK", entry, ack)

    return _each(seen, judge)


@BOOK.on_transaction(
    "17.1.1.3", "route", "The ACK of a refused INVITE has the Route values of the INVITE", "INVITE"
)
def route(seen: TransactionSeen) -> Faults:
    """Compare the Route values in order."""
    wanted = items(seen.request, "route")

    def judge(entry: TraceEntry, ack: Request) -> Fault | None:
        if items(ack, "route") == wanted:
            return None
        return _is_other("route", ", ".join(wanted) or "none", entry, ack)

    return _each(seen, judge)


@BOOK.on_transaction(
    "17.1.1.3",
    "same-hop",
    "The ACK of a refused INVITE goes to the same address, port and transport as the INVITE",
    "INVITE",
)
def same_hop(seen: TransactionSeen) -> Faults:
    """Compare where they were sent."""
    first = seen.requests[0]
    wanted = (first.transport, *target_of(first))

    def judge(entry: TraceEntry, _ack: Request) -> Fault | None:
        actual = (entry.transport, *target_of(entry))
        if actual == wanted or entry.direction is not first.direction:
            return None
        return Fault(_way(*wanted), _way(*actual), number=entry.number)

    return _each(seen, judge)


def _way(transport: str, host: str, port: int) -> str:
    return f"over {transport} to {host} port {port}"
