"""RTP and RTCP packets: their heads (RFC 3550 5.1, 6.4.1 [gen]), read and built.

Pure functions of octets. What a relay and a simulated client need, and no more: header extensions
and contributing sources are read over, profiles other than RTP/AVP are not told apart.
"""

import struct
from dataclasses import dataclass

from mcsip.errors import PeerError, UsageError
from mcsip.net.limits import MAX_MEDIA_OCTETS

VERSION = 2
HEAD_OCTETS = 12
SENDER_REPORT = 200
RECEIVER_REPORT = 201
SOURCE_DESCRIPTION = 202
GOODBYE = 203
RTCP_TYPES = range(192, 224)
"""Second octets that are RTCP's: RFC 5761 4 [gen]."""
_CNAME = 1
_HEAD = struct.Struct("!BBHII")
_NTP_EPOCH_S = 2_208_988_800
"""Seconds from 1900, where NTP begins, to 1970: RFC 5905 6 [gen]."""


class RtpError(PeerError):
    """Octets are no RTP, or no RTCP."""


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One RTP packet (RFC 3550 5.1).

    Attributes:
        payload_type: 0 to 127.
        sequence: sequence number, 16 bits.
        timestamp: in units of the payload's clock, 32 bits.
        ssrc: synchronization source, 32 bits.
        payload: the octets, without padding.
        marker: the marker bit; for audio, the first packet after silence (RFC 3551 4.1).
    """

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False


def build_rtp(packet: RtpPacket) -> bytes:
    """Return the octets of a packet, without padding, extension or contributing sources.

    Raises:
        UsageError: a number does not fit, or the packet is too large.
    """
    kind = packet.payload_type | (0x80 if packet.marker else 0)
    numbers = (packet.sequence, packet.timestamp, packet.ssrc)
    try:
        head = _HEAD.pack(VERSION << 6, kind, *numbers)
    except struct.error as error:
        raise UsageError(f"no RTP packet: {error}") from None
    if not 0 <= packet.payload_type < 128 or len(packet.payload) > MAX_MEDIA_OCTETS - HEAD_OCTETS:
        raise UsageError("no RTP packet: the payload type or size does not fit")
    return head + packet.payload


def parse_rtp(data: bytes) -> RtpPacket:
    """Return the packet that octets hold.

    Raises:
        RtpError: they hold none, or less than its head says.
    """
    if not is_rtp(data):
        raise RtpError("not an RTP packet of version 2")
    first, kind, sequence, timestamp, ssrc = _HEAD.unpack_from(data)
    start = HEAD_OCTETS + 4 * (first & 0x0F)  # contributing sources
    if first & 0x10:  # 5.3.1: header extension
        if len(data) < start + 4:
            raise RtpError("an RTP packet ends within its header extension")
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data)
    if first & 0x20:  # padding: the last octet says how much
        padding = data[-1]
        if not padding:
            raise RtpError("an RTP packet with padding of no octet")
        end -= padding
    if start > end:
        raise RtpError("an RTP packet is shorter than its head says")
    marker = bool(kind & 0x80)
    return RtpPacket(kind & 0x7F, sequence, timestamp, ssrc, data[start:end], marker)


def is_rtp(data: bytes) -> bool:
    """Tell whether octets look like RTP: version and size; a relay looks no further."""
    return HEAD_OCTETS <= len(data) <= MAX_MEDIA_OCTETS and data[0] >> 6 == VERSION


def is_rtcp(data: bytes) -> bool:
    """Tell whether octets look like RTCP: version, size and type of the first packet."""
    return 8 <= len(data) <= MAX_MEDIA_OCTETS and data[0] >> 6 == VERSION and data[1] in RTCP_TYPES


@dataclass(frozen=True, slots=True)
class RtcpPacket:
    """One RTCP packet of a compound one (RFC 3550 6.1).

    Attributes:
        packet_type: 200 sender report, 201 receiver report, 202 source description, 203 goodbye.
        count: the five bits after the version: how many reports or sources it has.
        body: what follows the first four octets, padding with it.
    """

    packet_type: int
    count: int
    body: bytes

    @property
    def ssrc(self) -> int | None:
        """The synchronization source that a report is from, or None when there is none."""
        return int.from_bytes(self.body[:4], "big") if len(self.body) >= 4 else None


def parse_rtcp(data: bytes) -> tuple[RtcpPacket, ...]:
    """Return the packets of a compound one.

    Raises:
        RtpError: the octets are no RTCP, or their lengths do not fit.
    """
    if not is_rtcp(data):
        raise RtpError("not an RTCP packet of version 2")
    packets: list[RtcpPacket] = []
    at = 0
    while at < len(data):
        if len(data) - at < 4 or data[at] >> 6 != VERSION:
            raise RtpError("a compound RTCP packet has a part that is none")
        end = at + 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):
            raise RtpError("an RTCP packet is shorter than its head says")
        packets.append(RtcpPacket(data[at + 1], data[at] & 0x1F, data[at + 4 : end]))
        at = end
    return tuple(packets)


@dataclass(frozen=True, slots=True)
class SenderReport:
    """What a sender reports (RFC 3550 6.4.1), without report blocks.

    Attributes:
        ssrc: the sender.
        wall: now, in epoch seconds.
        timestamp: the RTP timestamp of the same moment.
        packets, octets: sent so far; octets of payload only.
        cname: canonical name of the sender, ASCII.
    """

    ssrc: int
    wall: float
    timestamp: int
    packets: int
    octets: int
    cname: str


def build_sender_report(report: SenderReport) -> bytes:
    """Return a compound packet: sender report and source description (RFC 3550 6.1, 6.5).

    Raises:
        UsageError: a number does not fit, or the name is too long.
    """
    seconds, fraction = divmod(report.wall + _NTP_EPOCH_S, 1.0)
    name = report.cname.encode()
    if len(name) > 255:
        raise UsageError("a CNAME has at most 255 octets")
    try:
        sender = struct.pack(
            "!IIIIII",
            report.ssrc,
            int(seconds) & 0xFFFFFFFF,
            int(fraction * 2**32),
            report.timestamp,
            report.packets & 0xFFFFFFFF,
            report.octets & 0xFFFFFFFF,
        )
        chunk = struct.pack("!IBB", report.ssrc, _CNAME, len(name)) + name
    except struct.error as error:
        raise UsageError(f"no sender report: {error}") from None
    chunk += bytes(4 - len(chunk) % 4)  # 6.5: ended by a null octet, up to 32 bits
    return _rtcp(SENDER_REPORT, 0, sender) + _rtcp(SOURCE_DESCRIPTION, 1, chunk)


def build_goodbye(ssrc: int) -> bytes:
    """Return the packet by which a source leaves (RFC 3550 6.6)."""
    return _rtcp(GOODBYE, 1, ssrc.to_bytes(4, "big"))


def _rtcp(packet_type: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", VERSION << 6 | count, packet_type, len(body) // 4) + body
