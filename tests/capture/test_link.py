"""Where the IP packet begins, by link type (the registry of libpcap)."""

from collections.abc import Callable

import pytest

from mcsip.capture.link import Link, ip_start, is_known
from tests.capture.crafting import A6, B6, cooked, cooked2, ethernet, ipv4, ipv6, null, udp

FOUR, SIX = ipv4(udp(b"x")), ipv6(udp(b"x", A6, B6))

MADE: dict[int, Callable[[bytes], bytes]] = {
    0: null,
    1: ethernet,
    108: null,
    113: cooked,
    276: cooked2,
}


@pytest.mark.parametrize("packet", [FOUR, SIX], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize(
    ("link", "start"),
    [
        (0, 4),
        (1, 14),
        (12, 0),
        (14, 0),
        (101, 0),
        (108, 4),
        (113, 16),
        (228, 0),
        (229, 0),
        (276, 20),
    ],
)
def test_each_link_type(link: int, start: int, packet: bytes) -> None:
    make = MADE.get(link)
    assert ip_start(link, packet if make is None else make(packet)) == start
    assert is_known(link)


@pytest.mark.parametrize("vlans", [(5,), (5, 6), (1, 2, 3, 4)])
def test_vlan_tags(vlans: tuple[int, ...]) -> None:
    """IEEE 802.1Q: four octets each."""
    assert ip_start(Link.ETHERNET, ethernet(FOUR, vlans)) == 14 + 4 * len(vlans)


def test_too_many_vlan_tags() -> None:
    assert ip_start(Link.ETHERNET, ethernet(FOUR, (1, 2, 3, 4, 5))) == -1


@pytest.mark.parametrize(
    ("link", "frame"),
    [
        (1, bytes(12) + b"\x08\x06" + bytes(28)),  # ARP
        (1, b"short"),
        (1, bytes(12) + b"\x81\x00"),
        (101, b""),
        (101, b"\x00abc"),
        (113, bytes(14)),
        (276, b"\x08\x00" + bytes(18)),
        (147, FOUR),
    ],
)
def test_frames_without_ip(link: int, frame: bytes) -> None:
    assert ip_start(link, frame) == -1


def test_other_link_types_are_not_known() -> None:
    assert not is_known(105)
