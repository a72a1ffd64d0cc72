"""TCP connections: segments to streams, streams to messages."""

import re
import struct
from collections import OrderedDict
from typing import NamedTuple

from mcsip.capture.ip import Datagram
from mcsip.capture.limits import MAX_ALL_PENDING_OCTETS, MAX_STREAMS
from mcsip.capture.reassembly import Reassembly, distance
from mcsip.capture.remarks import Place, Remarks
from mcsip.capture.sip_addresses import Address, SipAddresses
from mcsip.capture.stream import SipStream, Speech

_HEADER = struct.Struct("!HHIIBB")
_FIN, _SYN, _RST, _ACK = 0x01, 0x02, 0x04, 0x10
#: The transport in the topmost Via, long or compact (RFC 3261 7.3.3, 25.1: sent-protocol).
_topmost_via = re.compile(rb"\n(?:Via|v)[ \t]*:\s*SIP\s*/\s*2\.0\s*/\s*(\w+)", re.IGNORECASE).search
_MISSING = "segments of a TCP connection were not captured: resumed at the next start line"

Way = tuple[Address, Address]
"""Source and target of one direction."""


class Heard(NamedTuple):
    """What was heard on the wire: a message, or octets in the place of one.

    Attributes:
        transport: "UDP", "TCP", or "TLS" where the plain text of it was captured.
        source: where it came from.
        target: where it went to.
        data: the octets.
        first: whether it is the first of its connection; always for UDP.
    """

    transport: str
    source: Address
    target: Address
    data: bytes
    first: bool


class _Stream:
    """One direction of a connection."""

    __slots__ = ("closed", "reassembly", "sip", "spoken", "transport")

    def __init__(self, remarks: Remarks, first: int | None) -> None:
        self.reassembly = Reassembly(first)
        self.sip = SipStream(remarks)
        self.transport = ""
        self.spoken = False
        self.closed = False


class Connections:
    """Follows all connections of a capture, the quietest of too many given up.

    Args:
        remarks: is told what is missing or encrypted.
        addresses: knows, and is told, who speaks SIP.
    """

    def __init__(self, remarks: Remarks, addresses: SipAddresses) -> None:
        self._remarks = remarks
        self._addresses = addresses
        self._streams: OrderedDict[Way, _Stream] = OrderedDict()
        self._waiting: OrderedDict[Way, None] = OrderedDict()
        self._waiting_octets = 0
        self._tls: dict[Way, int] = {}

    def add(self, datagram: Datagram, place: Place) -> list[Heard]:
        """Take a segment; return what it completes."""
        payload = datagram.payload
        if len(payload) < 20:
            self._remarks.add("a packet that ends within its TCP header", place)
            return []
        source_port, target_port, sequence, ack, offset, flags = _HEADER.unpack_from(payload)
        way = (datagram.source, source_port), (datagram.target, target_port)
        heard: list[Heard] = []
        if self._waiting and flags & _ACK and way[::-1] in self._waiting:
            heard = self._acknowledge(way[::-1], ack, place)
        data = payload[(offset >> 4) * 4 :]
        if not (data or flags & (_SYN | _FIN | _RST)):
            return heard
        if datagram.cut:
            self._remarks.add(CUT, place)
        if flags & _SYN:
            sequence = (sequence + 1) % (1 << 32)
        stream = self._stream(way, sequence, place, syn=bool(flags & _SYN), opens=bool(data))
        if stream is None:
            return heard
        if data and not datagram.cut:
            heard += self._take(way, stream, sequence, data, place)
        if flags & (_FIN | _RST):
            heard += self._close(way, stream, place, reset=bool(flags & _RST))
        return heard

    def finish(self) -> list[Heard]:
        """Give up what waits; return what that completes. Tell what was encrypted."""
        heard: list[Heard] = []
        for way, stream in self._streams.items():
            heard += self._give_up(way, stream, None)
            stream.sip.finish(None)
        if self._tls:
            self._tell_tls()
        return heard

    def _stream(
        self, way: Way, sequence: int, place: Place, *, syn: bool, opens: bool
    ) -> _Stream | None:
        """Return the stream of a direction, a new one where this begins one."""
        stream = self._streams.pop(way, None)
        if stream is None and not (syn or opens):
            return None
        if stream is not None and _is_another(stream, sequence, syn=syn):
            self._forget_waiting(way, stream)
            stream.sip.finish(place)
            stream = None
        if stream is None:
            stream = _Stream(self._remarks, sequence if syn else None)
            if len(self._streams) >= MAX_STREAMS:
                self._evict(place)
        self._streams[way] = stream  # at the end: the one heard of last
        return stream

    def _evict(self, place: Place) -> None:
        """Give up the connection that was quiet for longest."""
        way, stream = self._streams.popitem(last=False)
        if stream.reassembly.waiting:
            self._remarks.add("too many TCP connections at a time: the quietest is left", place)
            self._forget_waiting(way, stream)
        stream.sip.finish(place)

    def _take(
        self, way: Way, stream: _Stream, sequence: int, data: bytes, place: Place
    ) -> list[Heard]:
        """Take the octets of a segment."""
        match stream.sip.speech:
            case Speech.TLS:
                self._tls[way] = self._tls.get(way, 0) + len(data)
                return []
            case Speech.OTHER:
                # Not followed: this segment alone is looked at, whether SIP begins with it.
                stream.reassembly = Reassembly()
        before = stream.reassembly.waiting_octets
        heard = self._read(way, stream, stream.reassembly.add(sequence, data), place)
        while stream.reassembly.overfull:
            heard += self._skip(way, stream, place)
        self._note_waiting(way, stream, before)
        while self._waiting_octets > MAX_ALL_PENDING_OCTETS:
            other = next(iter(self._waiting))
            heard += self._give_up(other, self._streams[other], place)
        return heard

    def _note_waiting(self, way: Way, stream: _Stream, before: int) -> None:
        """Keep count of what waits in all streams."""
        now = stream.reassembly.waiting_octets
        self._waiting_octets += now - before
        if stream.reassembly.waiting:
            self._waiting[way] = None
        elif before:
            self._waiting.pop(way, None)

    def _forget_waiting(self, way: Way, stream: _Stream) -> None:
        self._waiting_octets -= stream.reassembly.waiting_octets
        self._waiting.pop(way, None)

    def _read(self, way: Way, stream: _Stream, data: bytes, place: Place) -> list[Heard]:
        """Read octets that stand in order."""
        if not data:
            return []
        sip = stream.sip
        source, target = way
        expected = self._addresses.expects(source, target, udp=False)
        heard: list[Heard] = []
        for octets in sip.feed(data, place, expected=expected):
            if not stream.spoken:
                stream.transport = self._transport(way, octets)
                self._addresses.add(source, target, udp=False)
            heard.append(Heard(stream.transport, source, target, octets, not stream.spoken))
            stream.spoken = True
        if sip.speech is Speech.TLS:
            self._tls[way] = self._tls.get(way, 0) + len(data)
        return heard

    def _transport(self, way: Way, octets: bytes) -> str:
        """Return what a connection is: plain text of which Via says TLS was decrypted."""
        back = self._streams.get(way[::-1])
        if back is not None and back.transport:
            return back.transport
        via = _topmost_via(octets)
        return "TLS" if via is not None and via[1].upper() == b"TLS" else "TCP"

    def _acknowledge(self, way: Way, acknowledgement: int, place: Place) -> list[Heard]:
        """Give up what is missing where its receiver has it: it will not come again."""
        stream = self._streams[way]
        heard: list[Heard] = []
        before = stream.reassembly.waiting_octets
        while stream.reassembly.acknowledged_beyond(acknowledgement):
            heard += self._skip(way, stream, place)
        self._note_waiting(way, stream, before)
        return heard

    def _give_up(self, way: Way, stream: _Stream, place: Place | None) -> list[Heard]:
        """Skip everything that is missing."""
        heard: list[Heard] = []
        before = stream.reassembly.waiting_octets
        while stream.reassembly.waiting:
            heard += self._skip(way, stream, place)
        if before:
            self._waiting_octets -= before
            self._waiting.pop(way, None)
        return heard

    def _skip(self, way: Way, stream: _Stream, place: Place | None) -> list[Heard]:
        """Skip the next octets that are missing."""
        _, data = stream.reassembly.skip()
        self._remarks.add(_MISSING, place)
        stream.sip.lose()
        return self._read(way, stream, data, place or Place(0, 0))

    def _close(self, way: Way, stream: _Stream, place: Place, *, reset: bool) -> list[Heard]:
        """Take the end of a stream; what waits may still be filled, unless it was reset."""
        if stream.closed or (stream.reassembly.waiting and not reset):
            return []
        heard = self._give_up(way, stream, place)
        stream.sip.finish(place)
        stream.closed = True
        return heard

    def _tell_tls(self) -> None:
        """Tell what was encrypted; only where SIP was to be expected it counts as lost."""
        lost = any(self._addresses.expects(*way, udp=False) for way in self._tls)
        ways = "connection" if len(self._tls) == 1 else "directions of connections"
        self._remarks.add(
            f"{sum(self._tls.values())} octets of TLS in {len(self._tls)} {ways} cannot be read: "
            "decrypt first, or give the plaintext capture that mcsip writes",
            lost=lost,
        )


def _is_another(stream: _Stream, sequence: int, *, syn: bool) -> bool:
    """Return whether a segment belongs to a later connection between the same addresses."""
    at = stream.reassembly.next
    if not syn or at is None:
        return stream.reassembly.is_elsewhere(sequence)
    # A SYN that came again, or was captured after the data that it precedes, changes nothing.
    return stream.closed or not 0 <= distance(at, sequence) <= _FIRST_FLIGHT_OCTETS


_FIRST_FLIGHT_OCTETS = 64 * 1024
"""How far data may be ahead of a SYN that was captured late [ours]: a first window."""
CUT = "packets were captured without their end: capture with a larger snapshot length (-s 0)"
