"""Pairs of UDP ports for RTP and RTCP, on real sockets and in memory.

RTP has an even port and RTCP the next one (RFC 3550 11 [gen]). Whoever opens a pair is told of
every datagram that arrives at it. Two kinds exist, ``SocketPorts`` and ``MemoryPorts``; a run in
virtual time uses the second, whose hosts are those of the network in memory.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol

from mcsip.errors import NetworkError
from mcsip.net.limits import BIND_ATTEMPTS, MAX_MEDIA_OCTETS, READ_BATCH
from mcsip.net.resolve import numeric
from mcsip.trace import Peer

OnDatagram = Callable[[bytes, Peer], None]
"""Takes the octets of a datagram, and where it came from."""
MEDIA_BUFFER_OCTETS = 256 * 1024
"""What is asked of the system for a media socket: over a second of many calls' audio [ours]."""
FIRST_MEMORY_PORT = 20_000


class MediaPort(Protocol):
    """One bound UDP port."""

    @property
    def local(self) -> Peer:
        """Where it is bound."""
        ...

    def send(self, data: bytes, to: Peer) -> bool:
        """Send a datagram; tell whether the system took it. A network may lose it all the same."""
        ...

    def close(self) -> None:
        """Let go of the port; more than once is harmless."""
        ...


class MediaPorts(Protocol):
    """Something that has ports."""

    def open_pair(
        self, host: str, on_rtp: OnDatagram, on_rtcp: OnDatagram
    ) -> tuple[MediaPort, MediaPort]:
        """Bind an even port and the next one.

        Args:
            host: IP address to bind to.
            on_rtp: takes what arrives at the even one.
            on_rtcp: takes what arrives at the odd one.

        Raises:
            NetworkError: no pair is free.
        """
        ...


class SocketPorts:
    """Ports of this machine; to be used within a running event loop."""

    __slots__ = ()

    def open_pair(
        self, host: str, on_rtp: OnDatagram, on_rtcp: OnDatagram
    ) -> tuple[MediaPort, MediaPort]:
        """Bind a pair; see ``MediaPorts.open_pair``."""
        address = numeric(host)
        if address is None:
            raise NetworkError(f"{host} is not an IP address to receive media at")
        for _ in range(BIND_ATTEMPTS):
            pair = _bind_pair(address)
            if pair is not None:
                return _SocketPort(pair[0], on_rtp), _SocketPort(pair[1], on_rtcp)
        raise NetworkError(f"no pair of ports for media is free at {host}")


def _bind_pair(host: str) -> tuple[socket.socket, socket.socket] | None:
    """Return two bound sockets, or None when the port next to a free one is taken."""
    try:
        first = _bind(host, 0)
    except OSError as error:
        raise NetworkError(f"cannot receive media at {host}: {error.strerror}") from error
    port: int = first.getsockname()[1]
    try:
        # A free port may be the odd one: its neighbour then is the even one.
        second = _bind(host, port ^ 1)
    except OSError:
        first.close()
        return None
    return (second, first) if port % 2 else (first, second)


def _bind(host: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.settimeout(0)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, MEDIA_BUFFER_OCTETS)
        sock.bind((host, port))
    except BaseException:
        sock.close()
        raise
    return sock


class _SocketPort:
    """A bound UDP socket, read by the running loop."""

    __slots__ = ("_loop", "_on_datagram", "_sock", "local")

    def __init__(self, sock: socket.socket, on_datagram: OnDatagram) -> None:
        self.local = Peer(*sock.getsockname()[:2])
        self._sock = sock
        self._on_datagram = on_datagram
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock.fileno(), self._on_readable)

    def send(self, data: bytes, to: Peer) -> bool:
        """Send a datagram; see ``MediaPort.send``."""
        address = numeric(to.host)
        if address is None or self._sock.fileno() < 0:
            return False
        try:
            self._sock.sendto(data, (address, to.port))
        except (OSError, OverflowError):  # full, unreachable, of the other family: media is lost
            return False
        return True

    def close(self) -> None:
        """Close the socket."""
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()

    def _on_readable(self) -> None:
        """Read what has arrived, up to a batch."""
        for _ in range(READ_BATCH):
            if self._sock.fileno() < 0:  # closed by whoever took the last datagram
                return
            try:
                data, remote = self._sock.recvfrom(MAX_MEDIA_OCTETS + 1)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error of an earlier datagram
            self._on_datagram(data, Peer(*remote[:2]))


class MemoryPorts:
    """Ports in memory: every datagram arrives, after a delay, in the order of sending.

    Args:
        delay_s: how long a datagram takes, in seconds.
        is_lost: tells of a datagram whether it gets lost; None: none does.
    """

    def __init__(
        self, delay_s: float = 0.001, is_lost: Callable[[bytes], bool] | None = None
    ) -> None:
        self.delay_s = delay_s
        self.is_lost = is_lost
        self.bound: dict[Peer, OnDatagram] = {}
        self._next = FIRST_MEMORY_PORT

    def open_pair(
        self, host: str, on_rtp: OnDatagram, on_rtcp: OnDatagram
    ) -> tuple[MediaPort, MediaPort]:
        """Bind a pair; see ``MediaPorts.open_pair``."""
        first = self._next
        if first > 65_534:
            raise NetworkError(f"no pair of ports for media is free at {host}")
        self._next += 2
        rtp, rtcp = Peer(host, first), Peer(host, first + 1)
        self.bound[rtp] = on_rtp
        self.bound[rtcp] = on_rtcp
        return _MemoryPort(self, rtp), _MemoryPort(self, rtcp)

    def deliver(self, data: bytes, source: Peer, to: Peer) -> None:
        """Let a datagram arrive, where somebody listens."""
        on_datagram = self.bound.get(to)
        if on_datagram is not None:
            on_datagram(data, source)


class _MemoryPort:
    """A port in memory."""

    __slots__ = ("_ports", "local")

    def __init__(self, ports: MemoryPorts, local: Peer) -> None:
        self._ports = ports
        self.local = local

    def send(self, data: bytes, to: Peer) -> bool:
        """Send a datagram; see ``MediaPort.send``."""
        ports = self._ports
        if self.local not in ports.bound:
            return False
        if ports.is_lost is None or not ports.is_lost(data):
            loop = asyncio.get_running_loop()
            loop.call_later(ports.delay_s, ports.deliver, data, self.local, to)
        return True

    def close(self) -> None:
        """Let go of the port."""
        self._ports.bound.pop(self.local, None)
