"""Addresses of nodes: host:port or udp:host:port."""

import pytest

from mcsip.sip.locate import Wanted
from mcsip.topology.address import (
    Address,
    check_domain,
    parse_address,
    parse_place,
    parse_target,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:5060", Address(None, "127.0.0.1", 5060)),
        ("udp:127.0.0.1:5060", Address("UDP", "127.0.0.1", 5060)),
        ("TLS:host.example:0", Address("TLS", "host.example", 0)),
        ("[::1]:5060", Address(None, "::1", 5060)),
        ("tcp:[0:0::1]:5060", Address("TCP", "::1", 5060)),
    ],
)
def test_addresses(text: str, expected: Address) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "host",
        ":5060",
        "host:",
        "host:x",
        "host:65536",
        "host:-1",
        "::1:5060",
        "sctp:host:1",
        "[::1:5060",
        "1.2.3:5060",
        "-a.example:1",
        "a..b:1",
        "a b:1",
        "host:٣",
        f"{'a' * 64}.b:1",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        parse_address(text)


def test_domains() -> None:
    assert check_domain("Primary.Example.") == "primary.example"
    for text in ("", "a..b", "1.2.3.4", "a_b", "x" * 254, "-a"):
        with pytest.raises(ValueError, match="is not a domain name"):
            check_domain(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("udp:192.0.2.1:5070", Address("UDP", "192.0.2.1", 5070)),
        ("192.0.2.1:5070", Address(None, "192.0.2.1", 5070)),
        ("sip:192.0.2.1:5070;transport=tcp", Address("TCP", "192.0.2.1", 5070)),
        ("sip:192.0.2.1", Address(None, "192.0.2.1", 5060)),
        ("sips:[2001:db8::1]", Address("TLS", "2001:db8::1", 5061)),
        ("sip:gateway@partner.example;transport=TLS", Address("TLS", "partner.example", 5061)),
    ],
)
def test_targets(text: str, expected: Address) -> None:
    assert parse_target(text) == expected


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("192.0.2.1", "is not host:port"),
        ("udp:192.0.2.1:0", "has the port 0"),
        ("sip:192.0.2.1:0", "has the port 0"),
        ("udp:0.0.0.0:5060", "nobody can send to it"),
        ("sip:", "is not a SIP URI"),
        ("sip:192.0.2.1;transport=sctp", "'sctp' is not one of udp, tcp, tls"),
        ("sctp:192.0.2.1:5060", "'sctp' is not one of udp, tcp, tls"),
    ],
)
def test_what_is_no_target(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        parse_target(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sip:Partner.example", Wanted("partner.example")),
        ("sip:partner.example:5070", Wanted("partner.example", 5070)),
        ("sip:partner.example;transport=tls", Wanted("partner.example", None, "TLS")),
        ("sips:partner.example", Wanted("partner.example", None, "TLS")),
        ("sip:192.0.2.1", Address(None, "192.0.2.1", 5060)),
        ("sip:[2001:db8::1]:7;transport=tcp", Address("TCP", "2001:db8::1", 7)),
        ("udp:192.0.2.1:5060", Address("UDP", "192.0.2.1", 5060)),
        ("gateway.example:5060", Address(None, "gateway.example", 5060)),
    ],
)
def test_places(text: str, expected: Address | Wanted) -> None:
    """A SIP URI with a domain is looked up (RFC 3263); everything else says where it is."""
    assert parse_place(text) == expected


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("sip:gateway@partner.example", "names a user: write sip:partner.example"),
        ("sip:partner.example;transport=sctp", "is not one of udp, tcp, tls"),
        ("sip:", "is not a SIP URI"),
        ("sip:a..b", "is not"),
    ],
)
def test_what_is_no_place(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        parse_place(text)
