"""The network of real sockets."""

import errno
import socket
from contextlib import ExitStack
from typing import ClassVar

from mcsip.errors import NetworkError, UsageError
from mcsip.net.limits import BIND_ATTEMPTS
from mcsip.net.network import TCP, TLS, TRANSPORTS, UDP, Attachment, ListenSpec, Receiver, Recorder
from mcsip.net.resolve import numeric
from mcsip.net.stream import StreamTable
from mcsip.net.tls import TlsConfig
from mcsip.net.udp import UdpTransport
from mcsip.sip.transport_rules import Packet
from mcsip.trace import Peer

_BACKLOG = 1024


class SocketNetwork:
    """Attaches endpoints to this machine's network. It has no state of its own."""

    __slots__ = ()
    in_memory: ClassVar = False

    async def attach(
        self,
        name: str,
        listen: ListenSpec,
        receiver: Receiver,
        recorder: Recorder | None,
        tls: TlsConfig | None,
    ) -> Attachment:
        """Bind an endpoint's sockets; see ``Network.attach``."""
        unknown = listen.transports - TRANSPORTS
        if unknown or not listen.transports:
            raise UsageError(f"{name}: transports are {', '.join(sorted(TRANSPORTS))}")
        if TLS in listen.transports and tls is None:
            raise UsageError(f"{name}: TLS needs certificates: give the endpoint a TlsConfig")
        host = numeric(listen.host)
        if host is None:
            raise UsageError(f"{name}: {listen.host} is not an IP address to listen at")
        with ExitStack() as cleanup:
            bound = _bind(name, host, listen.port, listen.transports)
            for sock in bound.values():
                cleanup.callback(sock.close)
            attachment = SocketAttachment(host, bound, receiver, recorder, tls)
            try:
                await attachment.start()
            except BaseException:
                await attachment.close()
                raise
            cleanup.pop_all()
        return attachment


class SocketAttachment:
    """One endpoint's sockets.

    Args:
        host: the address they are bound to.
        bound: a bound socket for each transport; the attachment owns them.
        receiver: who takes what arrives.
        recorder: is told of what is sent, or None.
        tls: certificates, or None.
    """

    __slots__ = ("_addresses", "_bound", "_udp", "streams")

    def __init__(
        self,
        host: str,
        bound: dict[str, socket.socket],
        receiver: Receiver,
        recorder: Recorder | None,
        tls: TlsConfig | None,
    ) -> None:
        self._bound = bound
        self._addresses = {name: Peer(*sock.getsockname()[:2]) for name, sock in bound.items()}
        self.streams = StreamTable(host, receiver, recorder, tls)
        udp = bound.get(UDP)
        self._udp = UdpTransport(udp, receiver, recorder) if udp is not None else None

    async def start(self) -> None:
        """Begin to accept connections."""
        for transport, sock in self._bound.items():
            if transport != UDP:
                await self.streams.listen(sock, transport)

    def address(self, transport: str) -> Peer:
        """Return where the endpoint listens on this transport; KeyError where it does not."""
        return self._addresses[transport]

    def send(self, packet: Packet) -> None:
        """Send a packet; a failure is told to the receiver."""
        if packet[0][0] != UDP:
            self.streams.send(packet)
        elif self._udp is not None:
            self._udp.send(packet)
        else:
            self.streams.receiver.handle_failure(packet, "this endpoint has no UDP")

    def proven(self, flow: int | None) -> frozenset[str] | None:
        """Return the names in the certificate of the peer of a flow; see ``Attachment.proven``."""
        return self.streams.proven(flow)

    @property
    def counters(self) -> dict[str, int]:
        """What was dropped, cut off or refused, and how often."""
        return dict(self.streams.counters) | (self._udp.counters if self._udp else {})

    async def close(self) -> None:
        """Close every socket and connection."""
        if self._udp is not None:
            self._udp.close()
        await self.streams.close()


def _bind(name: str, host: str, port: int, transports: frozenset[str]) -> dict[str, socket.socket]:
    """Bind a socket for each transport, UDP and TCP at the same port number.

    Raises:
        NetworkError: it cannot be done, or no port number is free on all of them.
    """
    for _ in range(BIND_ATTEMPTS):
        bound: dict[str, socket.socket] = {}
        wanted = port
        try:
            for transport in (TCP, UDP, TLS):
                if transport not in transports:
                    continue
                if transport == TLS:
                    wanted = port + 1 if port and TCP in transports else port
                bound[transport] = _bind_one(host, wanted, transport)
                wanted = bound[transport].getsockname()[1]
        except OverflowError as error:
            for sock in bound.values():
                sock.close()
            raise NetworkError(f"{name}: {wanted} is not a port number") from error
        except OSError as error:
            for sock in bound.values():
                sock.close()
            if port == 0 and error.errno == errno.EADDRINUSE:
                continue
            raise NetworkError(
                f"{name}: cannot listen at {host}:{wanted}: {error.strerror}"
            ) from error
        else:
            return bound
    raise NetworkError(f"{name}: no port number at {host} is free on all transports")


def _bind_one(host: str, port: int, transport: str) -> socket.socket:
    """Return a socket bound to an address; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    kind = socket.SOCK_DGRAM if transport == UDP else socket.SOCK_STREAM
    sock = socket.socket(family, kind)
    try:
        sock.settimeout(0)
        if transport != UDP:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        if transport != UDP:
            sock.listen(_BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock
