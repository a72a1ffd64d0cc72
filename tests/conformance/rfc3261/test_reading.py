"""What rules ask of messages."""

import pytest

from mcsip.conformance.rfc3261.reading import (
    address_of,
    read_via,
    same_address,
    same_via,
    shown,
    vias_follow,
)

VIA = "SIP/2.0/UDP h.example:5060;branch=z9hG4bKa;rport"


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("<sip:a@b>;tag=x", "sip:a@b;tag=x", True),
        ('"A" <sip:a@b>;tag=x', "<sip:a@B>;tag=x", True),
        ("<sip:a@b>;tag=x", "<sip:a@b>;tag=X", False),
        ("<sip:a@b>;tag=x", "<sip:a@b>", False),
        ("<sip:a@b>;y=1", "<sip:a@b>", True),
        ("<sip:a@b>;y=1", "<sip:a@b>;y=2", False),
        ("<sip:a@b>", "<sip:A@b>", False),
        ("<sip:a", "<sip:a ", False),
    ],
)
def test_addresses_are_equal_as_20_20_says(one: str, other: str, equal: bool) -> None:
    assert same_address(one, other) is equal


@pytest.mark.parametrize(
    ("other", "equal", "when_marked"),
    [
        ("SIP / 2.0 / udp H.example : 5060 ;rport; branch=z9hG4bKa", True, True),
        (VIA + ";received=10.0.0.1", False, True),
        (VIA.replace(";rport", ";rport=7"), False, True),
        (VIA + ';keep=30;oc=20;oc-algo="loss";oc-validity=500;oc-seq=1282.5', False, True),
        (VIA.replace("bKa", "bKA"), False, False),
        (VIA.replace(":5060", ""), False, False),
        ("what", False, False),
    ],
)
def test_vias_are_equal_as_20_42_says(other: str, equal: bool, when_marked: bool) -> None:
    assert same_via(VIA, other) is equal
    assert same_via(VIA, other, marked=True) is when_marked


def test_only_the_first_via_may_be_marked() -> None:
    marked = VIA + ";received=10.0.0.1"
    assert vias_follow([VIA, VIA], [marked, VIA])
    assert not vias_follow([VIA, VIA], [VIA, marked])
    assert not vias_follow([VIA], [VIA, VIA])
    assert vias_follow([], [])


def test_addresses_have_one_form() -> None:
    assert address_of("[2001:DB8:0::1]") == "2001:db8::1"
    assert address_of("10.0.0.1") == "10.0.0.1"
    assert address_of("h.example") is None


def test_a_via_that_cannot_be_read() -> None:
    assert read_via("SIP/2.0") is None


def test_what_is_shown_is_one_short_line() -> None:
    assert shown("a\r\nb") == "a??b"
    assert len(shown("x" * 1000)) == 121
