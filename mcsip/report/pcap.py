"""The messages of a trace as a capture file, which tshark and Wireshark dissect as SIP.

The file is a libpcap file with nanoseconds, link type LINKTYPE_RAW: IPv4 or IPv6 packets without a
link layer, so that no hardware address has to be made up. Messages over UDP are one datagram each.
Messages over TCP are one segment each, or several beyond 65,000 octets; sequence and
acknowledgement numbers go on per connection; opening and closing it are left out. Messages over TLS
stand there as plain TCP: what was said is readable, with the real ports. Ports of the simulated
nodes are chosen by the system, so a dissector may need to be told to look at what is in a packet
before its port::

    tshark -o udp.try_heuristic_first:TRUE -o tcp.try_heuristic_first:TRUE -r capture.pcap

A host that is no IP address (of the in-memory network) is given one of 198.18.0.0/15 (RFC 2544).
"""

import struct
from heapq import merge
from ipaddress import IPv4Address, IPv6Address, ip_address
from operator import attrgetter

from mcsip.report.wire import WireMessage, wire_messages
from mcsip.trace import MediaPacket, Peer, Trace

_MAGIC_NANOSECONDS = 0xA1B23C4D
_LINKTYPE_RAW = 101
_SNAP_LENGTH_OCTETS = 262_144
_FILE_HEADER = struct.Struct("<IHHiIII")
PACKET_HEADER = struct.Struct("<IIII")

_TCP, _UDP = 6, 17
_TTL = 64
_DONT_FRAGMENT = 0x4000
_PSH_ACK = 0x18
_WINDOW_OCTETS = 65_535
_FIRST_SEQUENCE = 1
MAX_WAYS = 20_000
"""Directions of connections whose sequence numbers are remembered, the last ones begun [ours]."""
FILE_HEADER = _FILE_HEADER.pack(_MAGIC_NANOSECONDS, 2, 4, 0, 0, _SNAP_LENGTH_OCTETS, _LINKTYPE_RAW)
"""What a capture file begins with."""
MAX_SEGMENT_OCTETS = 65_000
"""More than that does not fit into one IPv4 packet with its headers (RFC 791 3.1)."""
MAX_DATAGRAM_OCTETS = 65_507
"""More than that does not fit into one UDP datagram over IPv4 (RFC 768); the rest is cut off."""

_Address = IPv4Address | IPv6Address


def build_pcap(trace: Trace) -> bytes:
    """Return the capture file of a trace: every message once, without secrets, and all media."""
    packets = Packets(trace.started_at)
    messages = merge(wire_messages(trace), map(media_message, trace.media), key=attrgetter("at"))
    return FILE_HEADER + b"".join(packets.of(message) for message in messages)


def media_message(packet: MediaPacket) -> WireMessage:
    """Return a packet of media that a relay saw (TS 23.280 5.2.9.1, logging [seed])."""
    at, node, source, target, data = packet
    return WireMessage(0, at, node, node, "UDP", source, target, data, None)


class Packets:
    """The packets of a capture, message by message.

    Args:
        started_at: the moment from which messages count their time, in epoch seconds.
    """

    def __init__(self, started_at: float) -> None:
        self._started_at_ns = int(started_at * 1_000_000_000)
        self._parts: list[bytes] = []
        self._sequence: dict[tuple[Peer, Peer], int] = {}
        self._made_up: dict[str, _Address] = {}
        self._identification = 0

    def of(self, message: WireMessage) -> bytes:
        """Return the packets of the next message, each with its capture header."""
        self._add(message)
        parts, self._parts = self._parts, []
        while len(self._sequence) > MAX_WAYS:
            del self._sequence[next(iter(self._sequence))]
        return b"".join(parts)

    def _add(self, message: WireMessage) -> None:
        at_ns = self._started_at_ns + round(message.at * 1_000_000_000)
        source, target = self._addresses(message.source.host, message.target.host)
        if message.transport == "UDP":
            data = message.data[:MAX_DATAGRAM_OCTETS]
            self._add_packet(at_ns, source, target, _UDP, _udp(message, source, target, data))
            return
        pieces = range(0, max(len(message.data), 1), MAX_SEGMENT_OCTETS)
        for start in pieces:
            data = message.data[start : start + MAX_SEGMENT_OCTETS]
            segment = self._tcp(message, source, target, data)
            self._add_packet(at_ns, source, target, _TCP, segment)

    def _addresses(self, source: str, target: str) -> tuple[_Address, _Address]:
        """Return both addresses, of one family."""
        one, other = self._address(source), self._address(target)
        if one.version == other.version:
            return one, other
        return _as_ipv6(one), _as_ipv6(other)

    def _address(self, host: str) -> _Address:
        """Return the address of a host; one is made up for a name."""
        try:
            return ip_address(host.strip("[]").partition("%")[0])
        except ValueError:
            first = int(IPv4Address("198.18.0.1"))
            return self._made_up.setdefault(host, IPv4Address(first + len(self._made_up)))

    def _tcp(self, message: WireMessage, source: _Address, target: _Address, data: bytes) -> bytes:
        """Return a segment; the numbers of its connection go on (RFC 9293 3.4)."""
        way = (message.source, message.target)
        sequence = self._sequence.get(way, _FIRST_SEQUENCE)
        acknowledged = self._sequence.get(way[::-1], _FIRST_SEQUENCE)
        self._sequence[way] = (sequence + len(data)) & 0xFFFFFFFF
        header = struct.pack(
            "!HHIIBBHHH",
            message.source.port,
            message.target.port,
            sequence,
            acknowledged,
            5 << 4,
            _PSH_ACK,
            _WINDOW_OCTETS,
            0,
            0,
        )
        total = _checksum(_pseudo_header(source, target, _TCP, 20 + len(data)) + header + data)
        return header[:16] + struct.pack("!H", total) + header[18:] + data

    def _add_packet(
        self, at_ns: int, source: _Address, target: _Address, protocol: int, payload: bytes
    ) -> None:
        """Add an IP packet with its capture header."""
        self._identification = (self._identification + 1) & 0xFFFF
        if source.version == 4:
            packet = _ipv4(source, target, protocol, self._identification, payload)
        else:
            packet = _ipv6(source, target, protocol, payload)
        seconds, nanoseconds = divmod(at_ns, 1_000_000_000)
        size = len(packet)
        self._parts.append(PACKET_HEADER.pack(seconds, nanoseconds, size, size) + packet)


def _as_ipv6(address: _Address) -> _Address:
    """Return an IPv4 address mapped into IPv6 (RFC 4291 2.5.5.2); an IPv6 address as it is."""
    return address if address.version == 6 else IPv6Address(f"::ffff:{address}")


def _udp(message: WireMessage, source: _Address, target: _Address, data: bytes) -> bytes:
    """Return a datagram (RFC 768)."""
    size = 8 + len(data)
    ports = struct.pack("!HHH", message.source.port, message.target.port, size)
    total = _checksum(_pseudo_header(source, target, _UDP, size) + ports + b"\0\0" + data)
    return ports + struct.pack("!H", total or 0xFFFF) + data


def _pseudo_header(source: _Address, target: _Address, protocol: int, size: int) -> bytes:
    """Return what a checksum covers beside the packet (RFC 768, RFC 8200 8.1)."""
    if source.version == 4:
        return source.packed + target.packed + struct.pack("!BBH", 0, protocol, size)
    return source.packed + target.packed + struct.pack("!II", size, protocol)


def _checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _ipv4(
    source: _Address, target: _Address, protocol: int, identification: int, payload: bytes
) -> bytes:
    """Return an IPv4 packet (RFC 791 3.1)."""
    fields = (0x45, 0, 20 + len(payload), identification, _DONT_FRAGMENT, _TTL, protocol)
    header = struct.pack("!BBHHHBBH", *fields, 0) + source.packed + target.packed
    return header[:10] + struct.pack("!H", _checksum(header)) + header[12:] + payload


def _ipv6(source: _Address, target: _Address, protocol: int, payload: bytes) -> bytes:
    """Return an IPv6 packet (RFC 8200 3)."""
    header = struct.pack("!IHBB", 6 << 28, len(payload), protocol, _TTL)
    return header + source.packed + target.packed + payload
