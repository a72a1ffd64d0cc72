"""Who a request says that it comes from, for whoever sees it arrive from an address nobody knows.

Over TCP a request comes from a port that says nothing of its sender. The topmost Via names where
the sender listens (RFC 3261 18.1.1), the identity fields name who it is (RFC 3325 9.1, 9.2).
"""

from dataclasses import dataclass

from mcsip.errors import PeerError
from mcsip.sip.address import parse_address
from mcsip.sip.message import Request
from mcsip.sip.parse import parse_datagram
from mcsip.sip.transport_rules import default_port

_IDENTITY_FIELDS = ("p-asserted-identity", "p-preferred-identity", "from")


@dataclass(frozen=True, slots=True)
class Sender:
    """What a request says of its sender.

    Attributes:
        host, port: sent-by of the topmost Via; the default port where none is written.
        identities: the URIs that it asserts, prefers or comes from, without parameters, in this
            order.
    """

    host: str
    port: int
    identities: tuple[str, ...] = ()


def said_sender(data: bytes) -> Sender | None:
    """Return what a request says of its sender; None where it is no request, or has no Via.

    Args:
        data: the octets of one message.
    """
    message = parse_datagram(data)
    if not isinstance(message, Request):
        return None
    try:
        via = message.via
    except PeerError:
        return None
    port = default_port(via.transport.upper()) if via.port is None else via.port
    identities = (uri for name in _IDENTITY_FIELDS if (uri := _uri(message, name)) is not None)
    return Sender(via.host.strip("[]").lower(), port, tuple(dict.fromkeys(identities)))


def _uri(request: Request, name: str) -> str | None:
    """Return the URI of the first value of an identity field, or None where it has none."""
    try:
        items = request.items(name)
        return str(parse_address(items[0]).uri).partition(";")[0] if items else None
    except PeerError:
        return None
