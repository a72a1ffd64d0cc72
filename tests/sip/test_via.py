"""Via: RFC 3261 20.42, RFC 3581."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.sip.errors import ParseError
from mcsip.sip.via import Via, check_via, parse_via

# RFC 3261 20.42, RFC 3581 4, RFC 5118 4.5
EXACT = [
    "SIP/2.0/UDP erlang.bell-telephone.com:5060;branch=z9hG4bK87asdks7",
    "SIP/2.0/UDP 192.0.2.1:5060;received=192.0.2.207;branch=z9hG4bK77asjd",
    "SIP/2.0/UDP first.example.com:4000;ttl=16;maddr=224.2.0.1;branch=z9hG4bKa7c6a8dlze.1",
    "SIP/2.0/TLS [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111",
    "SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z9hG4bKkjshdyff",
    "SIP/2.0/WS df7jal23ls0d.invalid",
]


@pytest.mark.parametrize("text", EXACT)
def test_text_is_exact(text: str) -> None:
    assert str(parse_via(text)) == text
    check_via(text)


def test_parts() -> None:
    via = parse_via(
        "SIP/2.0/udp Host.example:5070;BRANCH=z9hG4bKx;received=192.0.2.9;rport=4000;maddr=[::1];ttl=1"
    )
    assert (via.protocol, via.transport, via.host, via.port) == (
        "SIP/2.0",
        "UDP",
        "Host.example",
        5070,
    )
    assert via.branch == "z9hG4bKx"
    assert via.received == "192.0.2.9"
    assert via.rport == 4000
    assert via.wants_rport
    assert via.maddr == "::1"
    assert via.ttl == 1


def test_absent_parts() -> None:
    via = parse_via("SIP/2.0/TCP host")
    assert via == Via("TCP", "host")
    assert [via.branch, via.received, via.rport, via.maddr, via.ttl, via.port] == [None] * 6
    assert not via.wants_rport


def test_rport_without_value_asks_for_it() -> None:
    """RFC 3581 3."""
    via = parse_via("SIP/2.0/UDP host;rport")
    assert via.wants_rport
    assert via.rport is None
    assert str(via.with_param("rport", "5")) == "SIP/2.0/UDP host;rport=5"


def test_white_space() -> None:
    """RFC 3261 20.42: LWS round slashes and separators; RFC 4475 3.1.1.1."""
    via = parse_via("SIP  / 2.0  / TCP     spindle.example.com  : 5061 ;  branch  =   z9hG4bK9ikj8")
    assert str(via) == "SIP/2.0/TCP spindle.example.com:5061;branch=z9hG4bK9ikj8"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "SIP/2.0/UDP",
        "SIP/2.0 host",
        "SIP/2.0/UDP ;branch=x",
        "SIP/2.0/UDP a b",
        "x",
        "SIP/2.0/UDP host:port",
        "SIP/2.0/UDP host,;",
        "SIP/2.0/UDP host:70000",
    ],
)
def test_malformed(text: str) -> None:
    with pytest.raises(ParseError):
        parse_via(text)
    with pytest.raises(ParseError):
        check_via(text)


def test_malformed_parameters() -> None:
    with pytest.raises(ParseError):
        parse_via("SIP/2.0/UDP host;=x")
    for text in ("SIP/2.0/UDP h;rport=70000", "SIP/2.0/UDP h;rport=x"):
        with pytest.raises(ParseError):
            _ = parse_via(text).rport
    with pytest.raises(ParseError):
        _ = parse_via("SIP/2.0/UDP h;ttl=256").ttl


@given(st.text('SIP/2.0UDTC host:5;="[]\t ', max_size=40))
@settings(deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        via = parse_via(text)
    except ParseError:
        return
    assert parse_via(str(via)) == via
