"""A relay for the media of one stream between two parties: the anchor of TS 23.280 5.2.9.1 [seed].

    party A  <-->  side A | side B  <-->  party B

The relay has an even and an odd port towards each party. What A sends to side A goes out of side B
to where B receives, and the other way round; RTP and RTCP alike, octet for octet. Every packet that
arrives and every one that leaves is handed to the log.

Where a party receives is announced by its session description, RTCP at the next port unless it says
otherwise (RFC 3605 [gen]). Many a party sends from another port than it announced (behind a NAT, or
by design); answers then go to where its packets came from (RFC 4961 [gen]). Whoever is not at the
announced address is not listened to, unless the relay is told to learn any source: else a stranger
who guesses a port could take a stream over [ours].

Deliberately absent: transcoding, SRTP (its packets pass as they are), jitter buffers, ICE, RTCP of
the relay's own, rtcp-mux.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from mcsip.errors import NetworkError
from mcsip.net.media_ports import MediaPort, MediaPorts
from mcsip.net.rtp_packet import is_rtcp, is_rtp
from mcsip.trace import Peer

log = logging.getLogger(__name__)

MAX_RELAYS = 1000
"""Relays that one table has open at a time; each has four sockets [ours]."""

OnPacket = Callable[[Peer, Peer, bytes], None]
"""Takes source, target and octets of a packet on the wire."""


class RelaySide(Enum):
    """The two sides of a relay: towards the caller, and towards the called party."""

    A = "a"
    B = "b"

    @property
    def other(self) -> "RelaySide":
        """The other side."""
        return RelaySide.B if self is RelaySide.A else RelaySide.A


class Learning(StrEnum):
    """From where a party may send, and where it is answered."""

    NOTHING = "nothing"
    """From its announced address, any port; it is answered where it announced."""
    PORT = "port"
    """From its announced address; it is answered at the port from which it first sent."""
    ANY = "any"
    """From wherever its first packet comes; it is answered there."""


@dataclass(slots=True)
class Counters:
    """What has passed one side of a relay.

    Attributes:
        packets, octets: of RTP that arrived from the party and was sent on.
        control_packets, control_octets: the same of RTCP.
        dropped: packets that were not sent on, by the reason: "stranger" (from another address),
            "no packet" (neither RTP nor RTCP), "nowhere" (the other party has announced nothing
            yet), "not sent" (the system did not take it).
    """

    packets: int = 0
    octets: int = 0
    control_packets: int = 0
    control_octets: int = 0
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Way:
    """RTP, or RTCP, of one side.

    Attributes:
        port: the relay's port.
        announced: where the party receives, by its word; None: unknown, or nowhere.
        learnt: where its packets come from, once one has come.
    """

    port: MediaPort
    announced: Peer | None = None
    learnt: Peer | None = None


class MediaRelay:
    """The relay of one stream.

    Args:
        ports: where ports come from.
        host_a: IP address at which the relay is seen by party A.
        host_b: the same for party B.
        on_packet: takes every packet that arrives or leaves; None: nobody does.
        learning: from where a party may send.

    Attributes:
        counters: what has passed, by side.

    Raises:
        NetworkError: no ports are free.
    """

    def __init__(
        self,
        ports: MediaPorts,
        host_a: str,
        host_b: str,
        *,
        on_packet: OnPacket | None = None,
        learning: Learning = Learning.PORT,
    ) -> None:
        self._on_packet = on_packet
        self._learning = learning
        self.counters = {side: Counters() for side in RelaySide}
        self._ways: dict[tuple[RelaySide, bool], _Way] = {}
        self._closed = False
        try:
            for side, host in ((RelaySide.A, host_a), (RelaySide.B, host_b)):
                self._open(ports, side, host)
        except NetworkError:
            self.close()
            raise

    def _open(self, ports: MediaPorts, side: RelaySide, host: str) -> None:
        def on_rtp(data: bytes, source: Peer) -> None:
            self._relay(side, data, source, control=False)

        def on_rtcp(data: bytes, source: Peer) -> None:
            self._relay(side, data, source, control=True)

        rtp, rtcp = ports.open_pair(host, on_rtp, on_rtcp)
        self._ways[side, False] = _Way(rtp)
        self._ways[side, True] = _Way(rtcp)

    def address(self, side: RelaySide) -> Peer:
        """Return where the party of a side is to send its RTP; RTCP goes to the next port."""
        return self._ways[side, False].port.local

    def announce(self, side: RelaySide, rtp: Peer | None, rtcp: Peer | None = None) -> None:
        """Say where the party of a side receives, by its session description.

        What was learnt of the party is forgotten when it announces something else.

        Args:
            side: the side of the party.
            rtp: address and port of RTP; None: it receives nothing (port 0).
            rtcp: the same of RTCP, where that is not the next port.
        """
        if rtp is not None and rtcp is None:
            rtcp = Peer(rtp.host, rtp.port + 1)
        for control, announced in ((False, rtp), (True, rtcp)):
            way = self._ways[side, control]
            if way.announced != announced:
                way.announced = announced
                way.learnt = None

    def close(self) -> None:
        """Close all ports; more than once is harmless."""
        self._closed = True
        for way in self._ways.values():
            way.port.close()

    @property
    def closed(self) -> bool:
        """Whether the relay is closed."""
        return self._closed

    def _relay(self, side: RelaySide, data: bytes, source: Peer, *, control: bool) -> None:
        """Send a packet of one party on to the other."""
        counters = self.counters[side]
        way, onward = self._ways[side, control], self._ways[side.other, control]
        if not (is_rtcp(data) if control else is_rtp(data)):
            counters.dropped["no packet"] += 1
            return
        if not self._is_from_party(way, source):
            counters.dropped["stranger"] += 1
            return
        if self._on_packet is not None:
            self._on_packet(source, way.port.local, data)
        target = self._target(onward)
        if target is None:
            counters.dropped["nowhere"] += 1
            return
        if not onward.port.send(data, target):
            counters.dropped["not sent"] += 1
            return
        if self._on_packet is not None:
            self._on_packet(onward.port.local, target, data)
        if control:
            counters.control_packets += 1
            counters.control_octets += len(data)
        else:
            counters.packets += 1
            counters.octets += len(data)

    def _is_from_party(self, way: _Way, source: Peer) -> bool:
        """Tell whether a packet comes from the party of its side; learn from it."""
        if way.learnt is not None and self._learning is not Learning.NOTHING:
            return source == way.learnt
        if self._learning is not Learning.ANY and (
            way.announced is None or source.host != way.announced.host
        ):
            return False
        way.learnt = source
        return True

    def _target(self, way: _Way) -> Peer | None:
        """Return where the party of a way gets its packets, or None."""
        if way.announced is None and self._learning is not Learning.ANY:
            return None
        if self._learning is Learning.NOTHING:
            return way.announced
        return way.learnt or way.announced


class RelayTable:
    """The open relays of one node; bounded, and closed together.

    Args:
        ports: where ports come from.
        on_packet: takes every packet, or None.
        limit: how many relays may be open at a time.
    """

    def __init__(
        self, ports: MediaPorts, on_packet: OnPacket | None = None, limit: int = MAX_RELAYS
    ) -> None:
        self._ports = ports
        self._on_packet = on_packet
        self._limit = limit
        self._open: dict[str, MediaRelay] = {}

    def open(
        self, name: str, host_a: str, host_b: str, *, learning: Learning = Learning.PORT
    ) -> MediaRelay:
        """Return the relay of a name, opened when it is asked for first.

        Args:
            name: names the stream, such as a Call-ID with the number of the stream.
            host_a: IP address towards party A.
            host_b: IP address towards party B.
            learning: from where a party may send.

        Raises:
            NetworkError: too many are open, or no ports are free.
        """
        relay = self._open.get(name)
        if relay is None:
            if len(self._open) >= self._limit:
                raise NetworkError(f"{self._limit} media relays are open, and no more may be")
            relay = self._open[name] = MediaRelay(
                self._ports, host_a, host_b, on_packet=self._on_packet, learning=learning
            )
        return relay

    def close(self, name: str) -> None:
        """Close the relay of a name, where there is one."""
        relay = self._open.pop(name, None)
        if relay is not None:
            relay.close()

    def close_all(self) -> None:
        """Close every relay."""
        for name in list(self._open):
            self.close(name)

    def __len__(self) -> int:
        """Return how many relays are open."""
        return len(self._open)
