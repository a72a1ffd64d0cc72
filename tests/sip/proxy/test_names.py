"""What counts as an inner name."""

import pytest

from mcsip.sip.proxy.names import InnerNames, PublicFace, compile_sweep

FACE = PublicFace("sip:gw@p.example", "gw.p.example")
NAMES = InnerNames(
    hosts=frozenset({"Server1.p.example", "core", "gw.p.example"}),
    addresses=frozenset({("10.0.0.1", 15061), ("10.0.0.2", 5060)}),
    uris=frozenset({"sip:psi@p.example", "urn:service:inner"}),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sip:a@server1.p.example", True),
        ("SERVER1.P.EXAMPLE", True),
        ("server2.p.example", False),
        ("a@core", True),
        ("core.example", True),
        ("score", False),
        ("more-core-x", False),
        ("10.0.0.1", True),
        ("10.0.0.2:5060", True),
        ("port 15061", True),
        ("gw.p.example:5060", False),
        ("<sip:psi@p.example>", True),
        ("sip:other@p.example", False),
        ("urn:service:inner", True),
    ],
)
def test_sweep(text: str, found: bool) -> None:
    assert bool(compile_sweep(NAMES, FACE).search(text.lower())) is found


def test_no_names_find_nothing() -> None:
    assert compile_sweep(InnerNames(), FACE).search("anything") is None


def test_a_shared_host_hides_only_the_port() -> None:
    """All nodes on one address, told apart by port."""
    face = PublicFace("sip:gw@p.example", "127.0.0.1", 15060)
    names = InnerNames(addresses=frozenset({("127.0.0.1", 15061)}))
    sweep = compile_sweep(names, face)
    assert sweep.search("127.0.0.1:15060") is None
    assert sweep.search("127.0.0.1:15061")


def test_hostport() -> None:
    assert FACE.hostport == "gw.p.example"
    assert PublicFace("sip:x", "h", 5070).hostport == "h:5070"


def test_domain() -> None:
    """It is that of the identity, for a party shows neither host nor port (RFC 3261 8.1.1.3)."""
    assert PublicFace("sip:gateway@p.example;x=y", "gw.p.example", 5070).domain == "p.example"
    assert PublicFace("sip:p.example", "gw.p.example").domain == "p.example"
