"""The transport layer's rules without its sockets: RFC 3261 18 and RFC 3581.

Where a request and its responses go, what the topmost Via says about it, and which transport a
request takes for its size. All of it is decided here; the network package moves the octets.
"""

import re
from typing import Any, NamedTuple

from mcsip.sip.field import Field, make_field
from mcsip.sip.headers import split_list
from mcsip.sip.host import host_port_text
from mcsip.sip.message import Request
from mcsip.sip.via import Via

_new_tuple = tuple.__new__
#: Via values that are not rewritten by their text: several, quoted, or marked by the peer itself.
_odd = re.compile('[",]|received').search

#: Transports that lose nothing and repeat nothing, RFC 3261 17 [2nd].
RELIABLE = frozenset({"TCP", "TLS", "SCTP", "WS", "WSS"})
#: Ports when none is written, RFC 3261 19.1.2 [2nd].
DEFAULT_PORT = 5060
DEFAULT_PORT_TLS = 5061
#: Largest request over UDP when the path MTU is unknown, in octets, RFC 3261 18.1.1 [2nd].
MAX_UDP_REQUEST_OCTETS = 1300
#: How far below a known path MTU a request over UDP must stay, in octets, RFC 3261 18.1.1 [2nd].
MTU_MARGIN_OCTETS = 200


class Target(NamedTuple):
    """Where octets go.

    Attributes:
        transport: ``"UDP"``, ``"TCP"`` or ``"TLS"``.
        host: address or name, an IPv6 address without brackets.
        port: port.
        flow: number of an open connection to prefer; when it is closed, host and port count.
    """

    transport: str
    host: str
    port: int
    flow: int | None = None


class Source(NamedTuple):
    """Where octets came from; the attributes are those of ``Target``."""

    transport: str
    host: str
    port: int
    flow: int | None = None


class Packet(NamedTuple):
    """Octets to send.

    Attributes:
        target: where to.
        data: one whole message.
        key: hand it back with a transport error: the transaction whose octets these are, or None.
    """

    target: Target
    data: bytes
    key: Any


def is_reliable(transport: str) -> bool:
    """Tell whether a transport retransmits by itself (RFC 3261 17)."""
    return transport in RELIABLE


def default_port(transport: str) -> int:
    """Return the port that counts when none is written (RFC 3261 18.2.2, 19.1.2)."""
    return DEFAULT_PORT_TLS if transport in {"TLS", "WSS"} else DEFAULT_PORT


def via_prefix(transport: str, host: str, port: int | None) -> str:
    """Return our Via value up to the branch's value (RFC 3261 18.1.1).

    Over UDP ``rport`` asks that responses come back the way the request went (RFC 3581 3).
    """
    rport = ";rport" if transport == "UDP" else ""
    return f"SIP/2.0/{transport} {host_port_text(host, port)}{rport};branch="


def largest_udp_request(path_mtu_octets: int | None) -> int:
    """Return how many octets a request over UDP may have (RFC 3261 18.1.1)."""
    if path_mtu_octets is None:
        return MAX_UDP_REQUEST_OCTETS
    return path_mtu_octets - MTU_MARGIN_OCTETS


def mark_received(request: Request, via: Via, source: Source) -> Request:
    """Return the request with ``received`` and ``rport`` in its topmost Via, when they are due.

    ``received`` is added when sent-by is a name or another address than the packet came from (RFC
    3261 18.2.1); when ``rport`` was asked for, both are filled in always (RFC 3581 4). A
    ``received`` that the peer wrote itself is replaced.

    Args:
        request: the request as it was read.
        via: its topmost Via.
        source: where it came from.
    """
    host = source.host
    rport = via.wants_rport
    if not rport and via.host == host:
        return request
    fields = request.fields
    place = 0
    while fields[place][0] != "via":
        place += 1
    value = fields[place][1]
    first, asked, rest = value.partition(";rport")
    if asked and rest[:1] in {"", ";"} and not _odd(value):
        marked = f"{first};rport={source.port};received={host}{rest}"
        field = _new_tuple(Field, ("via", marked, "Via: " + marked))
    else:
        field = make_field("Via", _mark_any(value, via, f"{source.port}" if rport else None, host))
    return request.with_field(place, field)


def _mark_any(value: str, via: Via, rport: str | None, received: str) -> str:
    """Return a whole Via field value whose first item is marked, whatever it looks like."""
    params = tuple(param for param in via.params if param[0].lower() not in {"received", "rport"})
    marked = Via(via.transport, via.host, via.port, params, via.protocol)
    if rport is not None:
        marked = marked.with_param("rport", rport)
    marked = marked.with_param("received", received)
    return ", ".join([str(marked), *split_list(value)[1:]])


def response_target(via: Via, source: Source) -> Target:
    """Return where the responses to a request go (RFC 3261 18.2.2, RFC 3581 4).

    Over a reliable transport: the connection that the request came over, and when that is closed
    the address it came from, at sent-by's port. Else ``maddr`` at sent-by's port; else the address
    that the request came from, at the port it came from when ``rport`` was asked for, else at
    sent-by's. That address is what ``received`` says, or sent-by where they are the same.

    Args:
        via: the topmost Via as it was read.
        source: where the request came from.
    """
    transport = source.transport
    port = via.port
    if port is None:
        port = default_port(transport)
    if transport in RELIABLE:
        return Target(transport, source.host, port, source.flow)
    maddr = via.maddr
    if maddr:
        return Target(transport, maddr, port, source.flow)
    if via.wants_rport:
        port = source.port
    return Target(transport, source.host, port, source.flow)
