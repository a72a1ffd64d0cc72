"""IP packets: RFC 791 3.1, RFC 8200 3 and 4, RFC 4302 2."""

import struct

import pytest

from mcsip.capture.fragments import Fragments
from mcsip.capture.ip import Datagram, Protocol, address_text, encrypted_name, read_ip
from mcsip.capture.remarks import Remarks
from tests.capture.crafting import A6, B6, UDP, A, B, ipv4, ipv4_fragments, ipv6, ipv6_fragments


def read(*packets: bytes) -> Datagram | str | None:
    fragments = Fragments(Remarks())
    done: Datagram | str | None = None
    for packet in packets:
        done = read_ip(packet, 0, 0, fragments)
    return done


def payload_of(*packets: bytes) -> bytes:
    datagram = read(*packets)
    assert isinstance(datagram, Datagram)
    assert datagram.protocol == UDP
    assert not datagram.cut
    return datagram.payload


def test_ipv4() -> None:
    datagram = read(ipv4(b"payload", UDP, A, B, identification=9))
    assert datagram == Datagram(UDP, b"\x0a\0\0\1", b"\x0a\0\0\2", b"payload", 9, cut=False)


def test_padding_after_the_packet_is_none_of_it() -> None:
    assert payload_of(ipv4(b"payload") + bytes(20)) == b"payload"
    assert payload_of(ipv6(b"payload") + bytes(20)) == b"payload"


def test_options_are_skipped() -> None:
    """RFC 791 3.1: IHL counts words of four octets."""
    packet = bytearray(ipv4(b"\1\1\1\1payload"))
    packet[0] = 0x46
    assert payload_of(bytes(packet)) == b"payload"


def test_a_length_left_to_the_network_adapter() -> None:
    packet = bytearray(ipv4(b"payload"))
    packet[2:4] = b"\0\0"
    assert payload_of(bytes(packet)) == b"payload"


@pytest.mark.parametrize("packet", [ipv4(b"payload"), ipv6(b"payload")])
def test_a_packet_whose_end_was_not_captured(packet: bytes) -> None:
    datagram = read(packet[:-3])
    assert isinstance(datagram, Datagram)
    assert (datagram.cut, datagram.payload) == (True, b"payl")


@pytest.mark.parametrize(
    "extensions",
    [
        [(0, b"\0" + bytes(6))],
        [(60, b"\1" + bytes(14))],
        [(43, b"\0" + bytes(6)), (60, b"\0" + bytes(6))],
        [(51, b"\4" + bytes(22))],
        [(44, bytes(7))],
        [(135, b"\0" + bytes(6)), (139, b"\0" + bytes(6)), (140, b"\0" + bytes(6))],
    ],
    ids=["hop-by-hop", "options-of-16", "routing", "authentication", "lone-fragment", "others"],
)
def test_extension_headers(extensions: list[tuple[int, bytes]]) -> None:
    assert payload_of(ipv6(b"payload", extensions=extensions)) == b"payload"


def test_fragments() -> None:
    data = bytes(range(256)) * 8
    assert payload_of(*ipv4_fragments(data, 800)) == data
    assert payload_of(*ipv6_fragments(data, 800)) == data


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        (b"", "a packet that ends within its IP header"),
        (b"\x45abc", "a packet that ends within its IP header"),
        (b"\x60abc", "a packet that ends within its IP header"),
        (b"\x75" + bytes(40), "a packet that is neither IPv4 nor IPv6"),
        (b"\x44" + ipv4(b"x")[1:], "a packet whose IPv4 header has impossible lengths"),
        (ipv4(b"x" * 64, more=True)[:-1], "a fragment whose end was not captured"),
        (
            ipv6(b"x" * 64, extensions=[(44, struct.pack("!BHI", 0, 1, 7))])[:-1],
            "a fragment whose end was not captured",
        ),
        (
            ipv6(b"x", extensions=[(60, b"\0" + bytes(6))] * 17),
            "a packet with too many IPv6 extension headers",
        ),
        (ipv6(b"", extensions=[(0, b"")]), "a packet that ends within its IP header"),
    ],
)
def test_what_cannot_be_read(packet: bytes, why: str) -> None:
    assert read(packet) == why


def test_addresses_as_text() -> None:
    assert address_text(b"\x0a\0\0\1") == "10.0.0.1"
    assert address_text(bytes.fromhex("20010db8" + "00" * 11 + "01")) == "2001:db8::1"
    assert address_text(bytes(10) + b"\xff\xff\x0a\0\0\1") == "10.0.0.1"


def test_encrypted_payloads_have_a_name() -> None:
    assert encrypted_name(Protocol.ESP) == "IPsec ESP"
    assert encrypted_name(132) is None


def test_addresses_of_ipv6() -> None:
    datagram = read(ipv6(b"x", UDP, A6, B6))
    assert isinstance(datagram, Datagram)
    assert address_text(datagram.target) == B6[0]
