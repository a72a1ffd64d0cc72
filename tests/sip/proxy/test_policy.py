"""Which URIs are our own."""

import pytest

from mcsip.sip.proxy.policy import ProxyPolicy
from mcsip.sip.uri import parse_uri

POLICY = ProxyPolicy(
    own=frozenset({("gw.example", 5060), ("gw.example", 5061), ("192.0.2.1", 15060)}),
    route_uri="sip:gw.example;lr",
)


@pytest.mark.parametrize(
    ("uri", "own"),
    [
        ("sip:gw.example", True),
        ("sip:GW.Example:5060;lr", True),
        ("sips:gw.example", True),
        ("sip:gw.example:5070", False),
        ("sip:192.0.2.1:15060", True),
        ("sip:192.0.2.1", False),
        ("tel:+1", False),
    ],
)
def test_owns(uri: str, own: bool) -> None:
    """19.1.2: the default port of the scheme counts."""
    assert POLICY.owns(parse_uri(uri)) is own


def test_how_our_via_may_read() -> None:
    """18.1.1: with a port unless it is the default one."""
    assert POLICY.sent_by == ("192.0.2.1:15060", "gw.example", "gw.example:5061")
