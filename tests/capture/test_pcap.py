"""pcap-savefile(5): the variants of the format."""

import io

import pytest

from mcsip.capture.packets import Packet
from mcsip.capture.pcap import read_pcap
from mcsip.capture.remarks import Remarks
from tests.capture.crafting import START, Frame, pcap


def read(file: bytes) -> tuple[list[Packet], Remarks]:
    remarks = Remarks()
    return list(read_pcap(io.BytesIO(file), remarks)), remarks


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("nanoseconds", "at_ns"), [(False, 123_456_000), (True, 123_456_789)])
def test_octet_orders_and_units(order: str, nanoseconds: bool, at_ns: int) -> None:
    file = pcap([Frame(0.123456789, b"abc")], 1, order=order, nanoseconds=nanoseconds)
    packets, remarks = read(file)
    rounded = packets[0].at_ns - START * 1_000_000_000
    assert abs(rounded - at_ns) <= (1000 if not nanoseconds else 1)
    assert packets[0]._replace(at_ns=0) == Packet(1, 24, 0, 1, b"abc", cut=False)
    assert remarks.texts() == ()


def test_numbers_and_places_go_on() -> None:
    packets, _ = read(pcap([Frame(0, b"abc"), Frame(1, b"defgh"), Frame(2, b"")]))
    assert [(p.number, p.octet, p.data) for p in packets] == [
        (1, 24, b"abc"),
        (2, 24 + 19, b"defgh"),
        (3, 24 + 19 + 21, b""),
    ]


def test_a_packet_of_which_not_all_was_captured() -> None:
    packets, _ = read(pcap([Frame(0, b"abc", full=100)]))
    assert packets[0].cut


def test_the_larger_headers_of_kuznetzov() -> None:
    packets, _ = read(pcap([Frame(0, b"abc"), Frame(0, b"de")], kuznetzov=True))
    assert [p.data for p in packets] == [b"abc", b"de"]


def test_bits_beside_the_link_type_are_left_out() -> None:
    """The upper bits say whether frames end with a check sequence."""
    file = bytearray(pcap([Frame(0, b"abc")], 1))
    file[23] = 0x44
    packets, _ = read(bytes(file))
    assert packets[0].link == 1
