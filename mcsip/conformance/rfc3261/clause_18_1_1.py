"""RFC 3261 18.1.1, sending requests."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import top_via
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.sip.message import Request
from mcsip.sip.transport_rules import MAX_UDP_REQUEST_OCTETS


@BOOK.on_message(
    "18.1.1",
    "udp-size",
    "A request over UDP has at most 1300 octets if the path MTU is unknown, unless TCP is refused",
    "request",
)
def udp_size(seen: MessageSeen) -> Faults:
    """Look at the size. A larger one goes over TCP, and the Via says so.

    It goes over UDP after all when the peer refuses the connection, and so takes no TCP.
    """
    if seen.entry.transport != "UDP":
        return None
    size = len(seen.entry.data)
    if size <= MAX_UDP_REQUEST_OCTETS or seen.refused:
        return ()
    return [
        Fault(
            f"TCP, or at most {MAX_UDP_REQUEST_OCTETS} octets",
            f"{size} octets over UDP",
            text=seen.entry.data[MAX_UDP_REQUEST_OCTETS:],
        )
    ]


@BOOK.on_message("18.1.1", "via-transport", "The topmost Via names the transport in use", "request")
def via_transport(seen: MessageSeen) -> Faults:
    """Compare Via and reality."""
    message = seen.message
    via = top_via(message) if isinstance(message, Request) else None
    if via is None:
        return None
    if via.transport == seen.entry.transport:
        return ()
    return [Fault(seen.entry.transport, via.transport[:20], field="via")]
