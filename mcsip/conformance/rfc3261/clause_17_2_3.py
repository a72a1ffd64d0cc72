"""RFC 3261 17.2.3, matching requests to server transactions: a copy makes no new one."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import Passage


@BOOK.on_passage("17.2.3", "absorbed", "A proxy does not forward the copy of a request once more")
def absorbed(seen: Passage) -> Faults:
    """Look for a second way to the same target after a copy came in; an ACK has no transaction."""
    copies = seen.incoming.arrivals or seen.incoming.requests
    if len(copies) < 2 or not seen.outgoing or seen.incoming.ack:
        return None
    again = copies[1].number
    faults = []
    for number, outgoing in enumerate(seen.outgoing):
        same = [
            before
            for before in seen.outgoing[:number]
            if before.receiver == outgoing.receiver and before.request.uri == outgoing.request.uri
        ]
        if same and outgoing.requests[0].number > again:
            expected = "the copy is absorbed: the request goes on once"
            actual = "a new transaction to the same target"
            faults.append(Fault(expected, actual, number=outgoing.requests[0].number))
    return faults
