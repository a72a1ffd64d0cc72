"""RFC 4320 4.2, action 2: no 408 to other requests than INVITE; whoever is too late is silent."""

from mcsip.conformance.rfc4320.book import BOOK
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import Passage, TransactionSeen


@BOOK.on_transaction("4.2", "no-408", "No request other than INVITE is answered by 408")
def no_408(seen: TransactionSeen) -> Faults:
    """Look for a 408: it always comes when the client has given up already."""
    if seen.ack or seen.request.method == "INVITE" or not seen.responses:
        return None
    return [
        Fault(
            "no answer when it is too late for one",
            f"{response.status} {response.reason} to {seen.request.method}",
            number=entry.number,
            text=response.start_line.encode("utf-8", "surrogateescape"),
        )
        for entry, response in seen.responses
        if response.status == 408
    ]


@BOOK.on_passage(
    "4.2",
    "silent-proxy",
    "A proxy whose request other than INVITE nobody answered sends no final answer either",
)
def silent_proxy(seen: Passage) -> Faults:
    """Look for a final answer of a proxy that got none itself.

    A 408 is the matter of ``no-408``; what comes before the client's timer F may be an answer about
    the connection (RFC 3261 16.9), which a proxy gives at once.
    """
    incoming = seen.incoming
    if incoming.ack or incoming.request.method == "INVITE" or not seen.outgoing:
        return None
    if any(response.status >= 200 for leg in seen.outgoing for _, response in leg.responses):
        return None
    if not all(leg.ended for leg in seen.outgoing):
        return None
    last = max(leg.hop.at for leg in seen.outgoing)
    given_up = last + 64 * incoming.setting.timers.t1
    return [
        Fault(
            "silence: the client of the request has given up as well",
            f"{response.status} {response.reason} after {entry.at - incoming.hop.at:.3f} s",
            number=entry.number,
            text=response.start_line.encode("utf-8", "surrogateescape"),
        )
        for entry, response in incoming.responses
        if response.status >= 200 and response.status != 408 and entry.at >= given_up
    ]
