"""Packets and capture files made by hand, by the tables of their standards; checked with tshark."""

import struct
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import NamedTuple

Address = tuple[str, int]
A: Address = ("10.0.0.1", 5060)
B: Address = ("10.0.0.2", 5060)
A6: Address = ("2001:db8::1", 5060)
B6: Address = ("2001:db8::2", 5060)
TCP, UDP = 6, 17
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
START = 1_700_000_000
"""When crafted captures begin, in epoch seconds."""


def message(
    method: str = "MESSAGE",
    *,
    call_id: str = "abc",
    body: bytes = b"hello",
    cseq: int = 1,
    via: str = "SIP/2.0/UDP 10.0.0.1:5060",
    uri: str = "sip:bob@partner.example",
    extra: Sequence[str] = (),
) -> bytes:
    """A request."""
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: {via};branch=z9hG4bK{call_id}{cseq}",
        "Max-Forwards: 70",
        f"From: <sip:alice@primary.example>;tag=f{call_id}",
        "To: <sip:bob@partner.example>",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        *extra,
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answer(request: bytes, status: str = "200 OK") -> bytes:
    """The answer to a request, without a body."""
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    kept = [
        line for line in lines if line.split(":")[0] in {"Via", "From", "To", "Call-ID", "CSeq"}
    ]
    return "\r\n".join([f"SIP/2.0 {status}", *kept, "Content-Length: 0", "", ""]).encode()


# Transports


def udp(data: bytes, source: Address = A, target: Address = B) -> bytes:
    """A datagram (RFC 768), without a checksum."""
    return struct.pack("!HHHH", source[1], target[1], 8 + len(data), 0) + data


def tcp(
    data: bytes,
    sequence: int,
    source: Address = A,
    target: Address = B,
    *,
    ack: int = 0,
    flags: int = PSH | ACK,
) -> bytes:
    """A segment (RFC 9293 3.1), without a checksum."""
    head = (source[1], target[1], sequence % 2**32, ack % 2**32, 5 << 4, flags, 65535, 0, 0)
    return struct.pack("!HHIIBBHHH", *head) + data


# Network


def ipv4(
    payload: bytes,
    protocol: int = UDP,
    source: Address = A,
    target: Address = B,
    *,
    identification: int = 0,
    offset: int = 0,
    more: bool = False,
) -> bytes:
    """A packet (RFC 791 3.1)."""
    fragment = offset // 8 | (0x2000 if more else 0)
    total = 20 + len(payload)
    head = struct.pack("!BBHHHBBH", 0x45, 0, total, identification, fragment, 64, protocol, 0)
    head += ip_address(source[0]).packed + ip_address(target[0]).packed
    words = sum(struct.unpack("!10H", head))
    words = (words & 0xFFFF) + (words >> 16)
    words = (words & 0xFFFF) + (words >> 16)
    return head[:10] + struct.pack("!H", ~words & 0xFFFF) + head[12:] + payload


def ipv4_fragments(
    payload: bytes, size: int, protocol: int = UDP, *, identification: int = 7
) -> list[bytes]:
    """The fragments of a packet; ``size`` is a multiple of 8."""
    starts = range(0, len(payload), size)
    return [
        ipv4(
            payload[start : start + size],
            protocol,
            identification=identification,
            offset=start,
            more=start + size < len(payload),
        )
        for start in starts
    ]


def ipv6(
    payload: bytes,
    protocol: int = UDP,
    source: Address = A6,
    target: Address = B6,
    *,
    extensions: Sequence[tuple[int, bytes]] = (),
) -> bytes:
    """A packet with extension headers (RFC 8200 3, 4): their types, and what follows the type."""
    kinds = [kind for kind, _ in extensions] + [protocol]
    chain = b"".join(
        bytes([following]) + rest
        for (_, rest), following in zip(extensions, kinds[1:], strict=True)
    )
    head = struct.pack("!IHBB", 6 << 28, len(chain) + len(payload), kinds[0], 64)
    return head + ip_address(source[0]).packed + ip_address(target[0]).packed + chain + payload


def ipv6_fragments(payload: bytes, size: int, protocol: int = UDP) -> list[bytes]:
    """The fragments of a packet (RFC 8200 4.5)."""
    return [
        ipv6(
            payload[start : start + size],
            protocol,
            extensions=[
                (44, struct.pack("!BHI", 0, start | (start + size < len(payload)), 99)),
            ],
        )
        for start in range(0, len(payload), size)
    ]


# Links


def _type_of(packet: bytes) -> int:
    return 0x0800 if packet[0] >> 4 == 4 else 0x86DD


def ethernet(packet: bytes, vlans: Sequence[int] = ()) -> bytes:
    """A frame (IEEE 802.3) with VLAN tags (802.1Q), padded to its least size."""
    tags = b"".join(struct.pack("!HH", 0x8100, vlan) for vlan in vlans)
    frame = b"\x02\0\0\0\0\x02" + b"\x02\0\0\0\0\x01" + tags
    return (frame + struct.pack("!H", _type_of(packet)) + packet).ljust(60, b"\0")


def cooked(packet: bytes) -> bytes:
    """A frame of LINKTYPE_LINUX_SLL."""
    head = struct.pack("!HHH8sH", 0, 1, 6, b"\x02\0\0\0\0\x01", _type_of(packet))
    return head + packet


def cooked2(packet: bytes) -> bytes:
    """A frame of LINKTYPE_LINUX_SLL2."""
    head = struct.pack("!HHIHBB8s", _type_of(packet), 0, 3, 1, 0, 6, b"\x02\0\0\0\0\x01")
    return head + packet


def null(packet: bytes, order: str = "<") -> bytes:
    """A frame of LINKTYPE_NULL: 2 is AF_INET everywhere, 30 AF_INET6 of macOS."""
    return struct.pack(order + "I", 2 if packet[0] >> 4 == 4 else 30) + packet


# Files


class Frame(NamedTuple):
    """A frame and when it was captured, in seconds since ``START``."""

    at: float
    data: bytes
    full: int | None = None


def frames(packets: Iterable[bytes], every: float = 0.01) -> list[Frame]:
    """Frames captured one after the other."""
    return [Frame(number * every, data) for number, data in enumerate(packets)]


def pcap(
    captured: Iterable[Frame],
    link: int = 101,
    *,
    order: str = "<",
    nanoseconds: bool = False,
    kuznetzov: bool = False,
) -> bytes:
    """A pcap file."""
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2CD34 if kuznetzov else 0xA1B2C3D4
    unit = 1_000_000_000 if nanoseconds else 1_000_000
    file = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)
    for at, data, full in captured:
        units = round(at * unit)
        size = len(data)
        head = (START + units // unit, units % unit, size, size if full is None else full)
        file += struct.pack(order + "IIII", *head) + (bytes(8) if kuznetzov else b"") + data
    return file


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A block of a pcapng file."""
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    """A section header block."""
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    """An option of a block."""
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def interface(link: int, options: bytes = b"", order: str = "<", snap: int = 0) -> bytes:
    """An interface description block."""
    end = option(0, b"", order) if options else b""
    return block(1, struct.pack(order + "HHI", link, 0, snap) + options + end, order)


def enhanced(frame: Frame, which: int = 0, order: str = "<", unit: int = 1_000_000) -> bytes:
    """An enhanced packet block."""
    units = START * unit + round(frame.at * unit)
    size = len(frame.data)
    full = size if frame.full is None else frame.full
    head = struct.pack(order + "IIIII", which, units >> 32, units & 0xFFFFFFFF, size, full)
    return block(6, head + frame.data, order)


def simple(data: bytes, order: str = "<") -> bytes:
    """A simple packet block."""
    return block(3, struct.pack(order + "I", len(data)) + data, order)


def pcapng(captured: Iterable[Frame], link: int = 101, order: str = "<") -> bytes:
    """A pcapng file of one section and one interface."""
    packets = b"".join(enhanced(frame, 0, order) for frame in captured)
    return section(order) + interface(link, order=order) + packets
