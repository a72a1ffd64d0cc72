"""Captures made by hand, each with the messages that it holds: tried by us, and by tshark."""

from dataclasses import dataclass, field

from tests.capture.crafting import (
    A6,
    ACK,
    B6,
    FIN,
    SYN,
    TCP,
    A,
    B,
    Frame,
    answer,
    cooked,
    cooked2,
    enhanced,
    ethernet,
    frames,
    interface,
    ipv4,
    ipv4_fragments,
    ipv6,
    ipv6_fragments,
    message,
    null,
    option,
    pcap,
    pcapng,
    section,
    tcp,
    udp,
)


@dataclass(frozen=True)
class Sample:
    """A capture, the messages in it in order, and the remarks that it deserves (their beginning)."""

    file: bytes
    messages: list[bytes]
    remarks: list[str] = field(default_factory=list)


ONE = message(call_id="one")
OK = answer(ONE)
LONG = message(call_id="long", body=b"x" * 4000)
THREE = [message(call_id=name, body=name.encode() * 50) for name in ("first", "second", "third")]
STREAM = b"".join(THREE)
ON_TCP = "SIP/2.0/TCP 10.0.0.1:5060"


def _exchange(nanoseconds: bool = False, order: str = "<") -> bytes:
    packets = [ipv4(udp(ONE)), ipv4(udp(OK, B, A), source=B, target=A)]
    return pcap(frames(packets, 0.001_001), nanoseconds=nanoseconds, order=order)


def _segment(start: int, end: int, flags: int = ACK) -> bytes:
    """Octets ``start`` to ``end`` of ``STREAM``, on a connection that begins at 1000."""
    return ipv4(tcp(STREAM[start:end], 1001 + start, flags=flags), TCP)


def _connection(*packets: bytes) -> bytes:
    return pcap(frames([ipv4(tcp(b"", 1000, flags=SYN), TCP), *packets]))


def _wrapped() -> bytes:
    """A stream whose sequence numbers begin anew in its middle."""
    first = 2**32 - 100
    packets = [ipv4(tcp(b"", first - 1, flags=SYN), TCP)]
    packets += [
        ipv4(tcp(STREAM[start : start + 200], first + start), TCP)
        for start in range(0, len(STREAM), 200)
    ]
    return pcap(frames(packets))


def _two_interfaces() -> bytes:
    """Two interfaces of different link types and clocks, and a second section of other order."""
    nano = option(9, bytes([9]))
    file = section() + interface(1) + interface(101, nano)
    file += enhanced(Frame(0.25, ethernet(ipv4(udp(THREE[0])))), 0)
    file += enhanced(Frame(0.5, ipv4(udp(THREE[1]))), 1, unit=1_000_000_000)
    binary = option(9, bytes([0x80 | 20]), ">")
    file += section(">") + interface(113, binary, ">")
    return file + enhanced(Frame(0.75, cooked(ipv4(udp(THREE[2])))), 0, ">", unit=2**20)


FILE, HEAD, IPV4 = 24, 16, 20
"""Octets of a pcap file's header, of a packet's in it, and of an IPv4 packet's."""
SECOND = FILE + HEAD + IPV4 + 8 + len(ONE)
"""Where the second packet begins after a request over UDP, and the third after its answer."""
THIRD = SECOND + HEAD + IPV4 + 8 + len(OK)
SECOND_BLOCK = 28 + 20 + 32 + -(-(IPV4 + 8 + len(ONE)) // 4) * 4
"""Likewise in a pcapng file: after section, interface, and a block padded to four octets."""

SAMPLES = {
    "microseconds": Sample(_exchange(), [ONE, OK]),
    "nanoseconds": Sample(_exchange(nanoseconds=True), [ONE, OK]),
    "big-endian": Sample(_exchange(order=">"), [ONE, OK]),
    "big-endian-nanoseconds": Sample(_exchange(nanoseconds=True, order=">"), [ONE, OK]),
    "kuznetzov": Sample(pcap(frames([ipv4(udp(ONE))]), kuznetzov=True), [ONE]),
    "pcapng": Sample(pcapng(frames([ipv4(udp(ONE))])), [ONE]),
    "pcapng-big-endian": Sample(pcapng(frames([ipv4(udp(ONE))]), order=">"), [ONE]),
    "pcapng-two-interfaces": Sample(_two_interfaces(), THREE),
    "ethernet": Sample(pcap(frames([ethernet(ipv4(udp(ONE)))]), 1), [ONE]),
    "ethernet-padded": Sample(
        pcap(frames([ethernet(ipv4(udp(b"\r\n\r\n"))), ethernet(ipv4(udp(ONE)))]), 1), [ONE]
    ),
    "vlan": Sample(pcap(frames([ethernet(ipv4(udp(ONE)), [5])]), 1), [ONE]),
    "two-vlans": Sample(pcap(frames([ethernet(ipv6(udp(ONE, A6, B6)), [5, 6])]), 1), [ONE]),
    "cooked": Sample(pcap(frames([cooked(ipv4(udp(ONE)))]), 113), [ONE]),
    "cooked-2": Sample(pcap(frames([cooked2(ipv6(udp(ONE, A6, B6)))]), 276), [ONE]),
    "loopback-null": Sample(pcap(frames([null(ipv4(udp(ONE)))]), 0), [ONE]),
    "loopback-null-big-endian": Sample(pcap(frames([null(ipv6(udp(ONE, A6, B6)), ">")]), 0), [ONE]),
    "raw-ipv4": Sample(pcap(frames([ipv4(udp(ONE))]), 228), [ONE]),
    "raw-ipv6": Sample(pcap(frames([ipv6(udp(ONE, A6, B6))]), 229), [ONE]),
    "fragments": Sample(pcap(frames(ipv4_fragments(udp(LONG), 1480))), [LONG]),
    "fragments-reordered": Sample(pcap(frames(ipv4_fragments(udp(LONG), 1480)[::-1])), [LONG]),
    "fragments-of-ipv6": Sample(pcap(frames(ipv6_fragments(udp(LONG, A6, B6), 1400))), [LONG]),
    "extension-headers": Sample(
        pcap(
            frames(
                [
                    ipv6(
                        udp(ONE, A6, B6),
                        extensions=[(0, b"\0\x01\x04\0\0\0\0"), (60, b"\0\x01\x04\0\0\0\0")],
                    )
                ]
            )
        ),
        [ONE],
    ),
    "several-in-a-segment": Sample(_connection(_segment(0, len(STREAM))), THREE),
    "one-over-many-segments": Sample(
        _connection(*[_segment(at, at + 37) for at in range(0, len(STREAM), 37)]), THREE
    ),
    "reordered": Sample(
        _connection(_segment(0, 300), _segment(600, 900), _segment(300, 600), _segment(900, 9999)),
        THREE,
    ),
    "retransmitted": Sample(
        _connection(_segment(0, 500), _segment(0, 500), _segment(200, 700), _segment(600, 9999)),
        THREE,
    ),
    "wrapped": Sample(_wrapped(), THREE),
    "keep-alives": Sample(
        _connection(
            ipv4(tcp(b"\r\n\r\n", 1001), TCP),
            ipv4(tcp(THREE[0], 1005), TCP),
            ipv4(tcp(b"\r\n", 1005 + len(THREE[0])), TCP),
            ipv4(tcp(THREE[1], 1007 + len(THREE[0])), TCP),
        ),
        THREE[:2],
    ),
    "again-from-the-same-port": Sample(
        pcap(
            frames(
                [
                    ipv4(tcp(b"", 1000, flags=SYN), TCP),
                    ipv4(tcp(THREE[0], 1001), TCP),
                    ipv4(tcp(b"", 1001 + len(THREE[0]), flags=FIN | ACK), TCP),
                    ipv4(tcp(b"", 700_000_000, flags=SYN), TCP),
                    ipv4(tcp(THREE[1], 700_000_001), TCP),
                ]
            )
        ),
        THREE[:2],
    ),
}
"""Whole captures: tshark and we read the same from them."""

_HTTP = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
_TLS = bytes.fromhex("160301000a") + bytes(10)

DAMAGED = {
    "gap": Sample(
        _connection(
            _segment(0, 300),
            _segment(600, 9999),
            ipv4(tcp(b"", 1, B, A, ack=1001 + len(STREAM), flags=ACK), TCP, B, A),
        ),
        [THREE[2]],
        [
            f"packet 4, octet {FILE + 3 * (HEAD + IPV4 + 20) + len(STREAM) - 300}: segments of a TCP connection were not captured: resumed at"
        ],
    ),
    "gap-until-the-end": Sample(
        _connection(_segment(0, 300), _segment(600, 9999)),
        [THREE[2]],
        ["segments of a TCP connection were not captured: resumed at the next start line"],
    ),
    "ends-within-a-message": Sample(
        _connection(_segment(0, len(THREE[0]) + 20)),
        [THREE[0]],
        ["a connection ends in the middle of a message; left out"],
    ),
    "garbage-over-udp": Sample(
        pcap(frames([ipv4(udp(b"\x80garbage")), ipv4(udp(ONE))])), [b"\x80garbage", ONE]
    ),
    "garbage-over-tcp": Sample(
        _connection(ipv4(tcp(b"\0\1garbage\r\n" + ONE, 1001), TCP)), [b"\0\1garbage\r\n", ONE]
    ),
    "garbage-elsewhere": Sample(
        pcap(frames([ipv4(udp(b"\x80garbage", ("10.0.0.1", 9), ("10.0.0.2", 9))), ipv4(udp(ONE))])),
        [ONE],
    ),
    "keep-alives-over-udp": Sample(
        pcap(frames([ipv4(udp(b"\r\n\r\n")), ipv4(udp(b"\0\0")), ipv4(udp(ONE))])), [ONE]
    ),
    "no-content-length": Sample(
        _connection(ipv4(tcp(b"OPTIONS sip:x SIP/2.0\r\nTo: y\r\n\r\n" + ONE, 1001), TCP)),
        [b"OPTIONS sip:x SIP/2.0\r\nTo: y\r\n\r\n", ONE],
    ),
    "keep-alive-and-message-in-a-segment": Sample(
        _connection(ipv4(tcp(b"\r\n\r\n" + ONE, 1001), TCP)), [ONE]
    ),
    "many-faults-in-a-segment": Sample(
        _connection(ipv4(tcp(b"OPTIONS sip:x SIP/2.0\r\n\r\n" * 2000, 1001), TCP)),
        [b"OPTIONS sip:x SIP/2.0\r\n\r\n"] * 2000,
    ),
    "http": Sample(
        pcap(frames([ipv4(tcp(_HTTP, 1, ("10.0.0.1", 4000), ("10.0.0.2", 80)), TCP)])),
        [],
        ["no SIP in 1 packet: capture where SIP is spoken in plain text"],
    ),
    "tls": Sample(
        pcap(frames([ipv4(tcp(_TLS, 1, ("10.0.0.1", 4000), ("10.0.0.2", 5061)), TCP)])),
        [],
        ["15 octets of TLS in 1 connection cannot be read: decrypt first, or give the plain"],
    ),
    "esp": Sample(
        pcap(frames([ipv4(bytes(40), 50)])),
        [],
        ["packet 1, octet 24: IPsec ESP cannot be read: capture where it is plain text"],
    ),
    "other-link": Sample(
        pcap(frames([b"\0" * 40]), 147), [], ["packet 1, octet 24: packets of link type 147"]
    ),
    "snapped-udp": Sample(
        pcap([Frame(0, ipv4(udp(ONE))[:120], len(ONE) + 28)]),
        [],
        [
            "packet 1, octet 24: packets were captured without their end: capture with a larger",
        ],
    ),
    "snapped-tcp": Sample(
        pcap([Frame(0, ipv4(tcp(ONE, 1), TCP)[:120], len(ONE) + 40)]),
        [],
        [
            "packet 1, octet 24: packets were captured without their end: capture with a larger",
        ],
    ),
    "fragment-missing": Sample(
        pcap(frames([*ipv4_fragments(udp(LONG), 1480)[:2], ipv4(udp(ONE))])),
        [ONE],
        ["a datagram of which a fragment was not captured; left out"],
    ),
    "cut-in-a-packet": Sample(
        _exchange()[:-10], [ONE], [f"packet 2, octet {SECOND}: the file ends in the middle of this"]
    ),
    "cut-in-a-packet-header": Sample(
        _exchange() + bytes(7), [ONE, OK], [f"packet 3, octet {THIRD}: the file ends in the middle"]
    ),
    "cut-in-the-file-header": Sample(
        _exchange()[:20],
        [],
        ["the file ends within its header: nothing was captured"],
    ),
    "cut-pcapng": Sample(
        pcapng(frames([ipv4(udp(ONE)), ipv4(udp(OK, B, A))]))[:-10],
        [ONE],
        [f"packet 2, octet {SECOND_BLOCK}: the file ends in the middle of this packet"],
    ),
    "impossible-length": Sample(
        _exchange() + b"\xff" * 40,
        [ONE, OK],
        [
            f"packet 3, octet {THIRD}: damaged: this packet claims 4294967295 octets, more than 262144"
        ],
    ),
    "impossible-block": Sample(
        pcapng(frames([ipv4(udp(ONE))])) + b"\xff" * 40,
        [ONE],
        [
            f"packet 2, octet {SECOND_BLOCK}: damaged: a block claims 4294967295 octets; nothing after it"
        ],
    ),
    "captured-twice": Sample(
        pcap(frames([ipv4(udp(ONE), identification=5)] * 2 + [ipv4(udp(ONE), identification=6)])),
        [ONE, ONE],
        [f"packet 2, octet {SECOND}: datagrams that were captured twice, on several interfaces"],
    ),
}
"""Captures that are damaged, hold something else, or hold what tshark passes over."""
