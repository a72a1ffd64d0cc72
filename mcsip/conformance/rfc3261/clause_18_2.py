"""RFC 3261 18.2, servers: where a request came from (18.2.1) and its responses go to (18.2.2)."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import (
    address_of,
    distinct,
    is_passed_on,
    items,
    read_via,
    shown,
    source_of,
    sources,
    target_of,
    top_via,
)
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import TransactionSeen
from mcsip.sip.transport_rules import default_port, is_reliable
from mcsip.sip.via import Via
from mcsip.trace import Peer, TraceEntry


@BOOK.on_transaction(
    "18.2.1",
    "received",
    "The topmost Via of the response has received, where sent-by is not where it came from",
)
def received(seen: TransactionSeen) -> Faults:
    """Compare sent-by with the addresses that the request was seen to come from."""
    via = top_via(seen.request)
    responses = distinct(seen.responses)
    if via is None or not responses:
        return None
    if all(source_of(entry).host == via.host for entry in (*seen.requests, *seen.arrivals)):
        return None
    came = {address_of(peer.host) for peer in sources(seen)}
    if None in came or address_of(via.host) in came:
        return None
    faults = []
    for entry, response in responses:
        top = items(response, "via")[:1]
        back = read_via(top[0]) if top else None
        if back is None or back.branch != via.branch:
            continue  # told by 8.2.6.2
        value = back.received
        if value is None or address_of(value) not in came:
            expected = " or ".join(f"received={each}" for each in sorted(filter(None, came)))
            faults.append(Fault(expected, shown(top[0]), number=entry.number, field="via"))
    return faults


@BOOK.on_transaction("18.2.2", "transport", "A response is sent over the transport of its request")
def transport(seen: TransactionSeen) -> Faults:
    """Compare the transports."""
    if not seen.responses or not seen.requests:
        return None
    used = {entry.transport for entry in (*seen.requests, *seen.arrivals)}
    return [
        Fault(" or ".join(sorted(used)), entry.transport, number=entry.number, field="via")
        for entry, _ in distinct(seen.responses)
        if entry.transport not in used
    ]


@BOOK.on_transaction("18.2.2", "destination", "A response is sent to where the Via says")
def destination(seen: TransactionSeen) -> Faults:
    """Compare the address that it was sent to with the Via and with where the request came from.

    Between a request and its response an address may be translated, so what was seen counts as
    well as what the Via says. A Via with ``maddr``, and a sent-by that is a name, are not judged.
    """
    via = top_via(seen.request)
    responses = distinct(seen.responses)
    if via is None or not responses or not seen.requests or via.maddr is not None:
        return None
    faults = []
    judged = False
    for entry, response in responses:
        back = top_via(response)
        if back is None or back.branch != via.branch or is_passed_on(seen, entry):
            continue  # told by 8.2.6.2, and by 16.7 of a proxy that leaves its own Via
        judged = True
        target = target_of(entry)
        if (target.host, target.port) == (via.host, via.port):
            continue
        wrong = _wrong_target(target, entry, back, sources(seen))
        if wrong:
            expected, actual = wrong
            faults.append(Fault(expected, actual, number=entry.number, field="via"))
    return faults if judged else None


def _wrong_target(
    target: Peer, entry: TraceEntry, via: Via, came: set[Peer]
) -> tuple[str, str] | None:
    """Return what address was expected and which it was, or None: it is right."""
    actual = f"sent to {target.host}:{target.port}"
    hosts = {address_of(peer.host) for peer in came}
    hosts |= {address_of(via.received or via.host)}
    port = via.port or default_port(entry.transport)
    if is_reliable(entry.transport):
        # on the connection of the request, or on a new one when that is closed
        if target in came or (address_of(target.host) in hosts and target.port == port):
            return None
        return "the connection that the request came over", actual
    ports = {port}
    if via.wants_rport:  # RFC 3581 4
        ports = {via.rport or port} | {peer.port for peer in came}
    if address_of(target.host) in hosts and target.port in ports:
        return None
    host = next(iter(sorted(filter(None, hosts))), via.host)
    return f"{host}:{' or '.join(str(each) for each in sorted(ports))}", actual
