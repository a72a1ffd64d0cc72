"""RFC 3261 16.3, request validation: Max-Forwards."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import attempt, distinct, shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import Passage
from mcsip.sip.message import Request

#: Refusals that come before that for too many hops (RFC 3261 16.3 items 1 and 2).
_BEFORE = (400, 416, 505, 513)


def _out_of_hops(seen: Passage) -> Request | None:
    """Return the request that came with Max-Forwards 0, or None."""
    request = seen.incoming.request
    return request if attempt(lambda: request.max_forwards) == 0 else None


@BOOK.on_passage("16.3", "not-forwarded", "A request with Max-Forwards 0 is not forwarded")
def not_forwarded(seen: Passage) -> Faults:
    """Look at what went on."""
    if _out_of_hops(seen) is None:
        return None
    return [
        Fault(
            "no forwarding, for Max-Forwards came as 0",
            f"forwarded to {each.receiver.name}",
            number=each.requests[0].number,
            field="max-forwards",
        )
        for each in seen.outgoing
        if each.requests
    ]


@BOOK.on_passage("16.3", "too-many-hops", "A request with Max-Forwards 0 is answered 483")
def too_many_hops(seen: Passage) -> Faults:
    """Look at the answer of who did not forward it; OPTIONS may be answered like a UAS."""
    request = _out_of_hops(seen)
    # a REGISTER is answered by the registrar, which may be the same node, as its recipient
    if request is None or seen.outgoing or request.method in ("OPTIONS", "REGISTER", "ACK"):
        return None
    finals = [pair for pair in distinct(seen.incoming.responses) if pair[1].status >= 200]
    if not finals:
        return None
    return [
        Fault(
            "483",
            shown(response.start_line),
            number=entry.number,
            text=response.start_line.encode("utf-8", "surrogateescape"),
        )
        for entry, response in finals
        if response.status != 483 and response.status not in _BEFORE
    ]
