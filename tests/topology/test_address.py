"""Addresses of nodes: host:port or udp:host:port."""

import pytest

from mcsip.topology.address import Address, check_domain, parse_address


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
