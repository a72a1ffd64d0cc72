"""draft-ietf-opsawg-pcapng: sections, interfaces and their clocks, packets of three kinds."""

import io
import struct

import pytest

from mcsip.capture.packets import Packet
from mcsip.capture.pcapng import read_pcapng
from mcsip.capture.remarks import Remarks
from tests.capture.crafting import (
    START,
    Frame,
    block,
    enhanced,
    interface,
    option,
    pcapng,
    section,
    simple,
)


def read(file: bytes) -> tuple[list[Packet], tuple[str, ...]]:
    remarks = Remarks()
    return list(read_pcapng(io.BytesIO(file), remarks)), remarks.texts()


@pytest.mark.parametrize("order", ["<", ">"])
def test_enhanced_packets(order: str) -> None:
    packets, remarks = read(pcapng([Frame(0.5, b"abcde"), Frame(1, b"f", full=9)], 1, order))
    at = START * 1_000_000_000
    assert packets == [
        Packet(1, 48, at + 500_000_000, 1, b"abcde", cut=False),
        Packet(2, 88, at + 1_000_000_000, 1, b"f", cut=True),
    ]
    assert remarks == ()


@pytest.mark.parametrize(
    ("options", "units", "at_ns"),
    [
        (b"", 5_000_000, 5_000_000_000),
        (option(9, bytes([9])), 5_000_000_001, 5_000_000_001),
        (option(9, bytes([3])), 5_001, 5_001_000_000),
        (option(9, bytes([0x80 | 10])), 1536, 1_500_000_000),
        (option(14, struct.pack("<q", 100)), 5_000_000, 105_000_000_000),
        (option(2, b"eth0") + option(9, bytes([6])), 5_000_000, 5_000_000_000),
    ],
    ids=["microseconds", "nanoseconds", "milliseconds", "binary", "offset", "after-a-name"],
)
def test_clocks(options: bytes, units: int, at_ns: int) -> None:
    """if_tsresol: a power of ten, or of two where the highest bit is set; if_tsoffset: seconds."""
    body = struct.pack("<IIIII", 0, units >> 32, units & 0xFFFFFFFF, 1, 1) + b"x"
    packets, _ = read(section() + interface(1, options) + block(6, body))
    assert [p.at_ns for p in packets] == [at_ns]


def test_other_blocks_are_skipped() -> None:
    names, statistics = block(4, bytes(64)), block(5, bytes(12))
    file = section() + names + interface(1) + statistics + enhanced(Frame(0, b"abc"))
    packets, remarks = read(file)
    assert [p.data for p in packets] == [b"abc"]
    assert remarks == ()


def test_simple_packets_have_the_time_of_the_one_before() -> None:
    file = section() + interface(1, snap=4) + enhanced(Frame(2, b"abc"))
    file += block(3, struct.pack("<I", 9) + b"wxyz") + simple(b"de")
    packets, remarks = read(file)
    assert [(p.data, p.cut) for p in packets] == [(b"abc", False), (b"wxyz", True), (b"de", False)]
    assert len({p.at_ns for p in packets}) == 1
    assert remarks == ("packets without a time: they have that of the one before (2 times)",)


def test_the_obsolete_packet_block() -> None:
    body = struct.pack("<HHIIII", 0, 0, 0, 1_000_000, 3, 3) + b"abc"
    packets, _ = read(section() + interface(1) + block(2, body))
    assert [(p.data, p.at_ns) for p in packets] == [(b"abc", 1_000_000_000)]


@pytest.mark.parametrize(
    ("file", "packets", "remark"),
    [
        (section() + enhanced(Frame(0, b"a")), 0, "packet 1, octet 28: damaged: a packet of no"),
        (
            section() + interface(1) + block(6, bytes(12) + b"\xff" * 8),
            0,
            "packet 1, octet 48: damaged: a packet of no interface, or longer than its block",
        ),
        (section() + block(1, b""), 0, "packet 1, octet 28: damaged: a block too short"),
        (section() + block(6, b"abcd"), 0, "packet 1, octet 28: damaged: a block too short"),
        (section() + b"\1\0\0\0\1\0\0\0", 0, "packet 1, octet 28: damaged: a block claims 1 "),
        (section() + b"\1\0\0\0\0\0\0\0", 0, "packet 1, octet 28: damaged: a block claims 0 "),
        (
            section() + b"\x0a\x0d\x0d\x0a" + bytes(20),
            0,
            "packet 1, octet 28: damaged: a section without its octet order",
        ),
        (
            (section() + interface(1) + enhanced(Frame(0, b"abcd")))[:-4] + b"\0\0\0\1",
            1,
            "packet 1, octet 48: damaged: a block whose two lengths differ",
        ),
        (section()[:10], 0, "packet 1, octet 0: damaged: a section without its octet order"),
    ],
)
def test_damage(file: bytes, packets: int, remark: str) -> None:
    found, remarks = read(file)
    assert len(found) == packets
    assert len(remarks) == 1
    assert remarks[0].startswith(remark)
