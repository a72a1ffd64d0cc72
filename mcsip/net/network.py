"""What an endpoint and a network are to each other.

A network gives each endpoint an ``Attachment``: its addresses, and a way to send. The endpoint is
the attachment's ``Receiver``: it takes the messages that arrive and hears of packets that could not
be sent. Two networks exist, ``SocketNetwork`` and ``MemoryNetwork``; both pass one contract test.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from mcsip.errors import NetworkError
from mcsip.net.tls import TlsConfig
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import Malformed
from mcsip.sip.transport_rules import Packet, Source
from mcsip.trace import Direction, Peer, Trace

UDP = "UDP"
TCP = "TCP"
TLS = "TLS"
TRANSPORTS = frozenset({UDP, TCP, TLS})


@dataclass(frozen=True, slots=True)
class ListenSpec:
    """Where an endpoint listens.

    Attributes:
        host: IP address; an in-memory network gives its own.
        port: port number of UDP and TCP together, 0 for a free one. TLS takes the next one (as
            5061 follows 5060), or this one where TCP is not asked for.
        transports: which of "UDP", "TCP", "TLS".
    """

    host: str = "127.0.0.1"
    port: int = 0
    transports: frozenset[str] = field(default=frozenset({UDP, TCP}))


class RequestTimeoutError(NetworkError):
    """No final response came in time (RFC 3261 17.1, Timer B or F)."""


class TransportError(NetworkError):
    """A message could not be sent (RFC 3261 18.4)."""


class Receiver(Protocol):
    """The endpoint, as its transports see it."""

    def sheds(self, data: bytes, source: Source, local: Peer) -> bool:
        """Tell whether a datagram was refused from its octets; else it is to be read."""
        ...

    def handle_received(
        self, message: Request | Response | Malformed, data: bytes, source: Source, local: Peer
    ) -> None:
        """Take a message, its octets, where they came from and where they arrived."""
        ...

    def handle_failure(self, packet: Packet, reason: str) -> None:
        """Hear that a packet could not be sent, and why."""
        ...


class Attachment(Protocol):
    """An endpoint's place in a network."""

    def address(self, transport: str) -> Peer:
        """Return where the endpoint listens on this transport.

        Raises:
            KeyError: it does not.
        """
        ...

    def send(self, packet: Packet) -> None:
        """Send a packet; a failure is told to the receiver, at once or later, never raised."""
        ...

    def proven(self, flow: int | None) -> frozenset[str] | None:
        """Return whom the peer of a flow has proven to be: the names in its certificate.

        Empty where it should have and did not, because it does not speak TLS; None where nobody is
        asked for a certificate (no mutual TLS, no verification).
        """
        ...

    async def close(self) -> None:
        """Close every socket and connection; returns soon, whatever the peers do."""
        ...


class Network(Protocol):
    """Something that endpoints can be attached to.

    Attributes:
        in_memory: whether it joins the endpoints of this process, and nobody else; it may hold back
            what they send.
    """

    in_memory: ClassVar[bool]

    async def attach(
        self,
        name: str,
        listen: ListenSpec,
        receiver: Receiver,
        recorder: "Recorder | None",
        tls: TlsConfig | None,
    ) -> Attachment:
        """Give an endpoint its place.

        Args:
            name: the node's name; in a network in memory, the same name gets the same address.
            listen: where to listen.
            receiver: who takes what arrives.
            recorder: is told of every message that is sent, or None for no trace.
            tls: certificates; needed where TLS is listened to or sent by.

        Raises:
            NetworkError: an address cannot be bound, or a certificate not be used.
            UsageError: TLS is asked for without certificates.
        """
        ...


class Recorder:
    """Writes the messages of one node into a trace.

    Args:
        trace: the trace of the run.
        node: the node's name.
        now: the clock of the trace, monotonic seconds.
    """

    __slots__ = ("_node", "_now", "_trace")

    def __init__(self, trace: Trace, node: str, now: Callable[[], float]) -> None:
        self._trace = trace
        self._node = node
        self._now = now

    def sent(
        self, transport: str, local: Peer, remote: Peer, data: bytes, fault: str | None = None
    ) -> None:
        """Record a message that was sent, and what the network did to it."""
        self._trace.append_entry(
            self._now(), self._node, Direction.SENT, transport, local, remote, data, fault
        )

    def note(self, clause: str, text: str) -> None:
        """Record what went wrong with the network, so that whoever reads the trace sees why."""
        self._trace.append_note(self._now(), self._node, "", clause, text)

    def received(self, transport: str, local: Peer, remote: Peer, data: bytes) -> None:
        """Record a message that arrived."""
        self._trace.append_entry(
            self._now(), self._node, Direction.RECEIVED, transport, local, remote, data
        )
