"""RFC 3261 18.1.1, 18.2.1, 18.2.2 and RFC 3581 4, case by case."""

import pytest

from mcsip.sip.message import Request
from mcsip.sip.parse import parse_datagram
from mcsip.sip.transport_rules import (
    Source,
    Target,
    default_port,
    is_reliable,
    largest_udp_request,
    mark_received,
    response_target,
    via_prefix,
)

from .layer import incoming

UDP = Source("UDP", "192.0.2.2", 5070)
TCP = Source("TCP", "192.0.2.2", 49152, 7)


def request_with(via: str) -> Request:
    octets = incoming("MESSAGE").replace(
        b"Via: SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bKpeer", via.encode()
    )
    request = parse_datagram(octets)
    assert isinstance(request, Request)
    return request


@pytest.mark.parametrize(
    ("via", "marked"),
    [
        pytest.param(
            "SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bKa",
            "SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bKa",
            id="18.2.1-same-address-nothing-added",
        ),
        pytest.param(
            "SIP/2.0/UDP pc.example.com;branch=z9hG4bKa",
            "SIP/2.0/UDP pc.example.com;branch=z9hG4bKa;received=192.0.2.2",
            id="18.2.1-a-name",
        ),
        pytest.param(
            "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa",
            "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa;received=192.0.2.2",
            id="18.2.1-another-address",
        ),
        pytest.param(
            "SIP/2.0/UDP 192.0.2.2:5070;rport;branch=z9hG4bKa",
            "SIP/2.0/UDP 192.0.2.2:5070;rport=5070;received=192.0.2.2;branch=z9hG4bKa",
            id="rfc3581-4-received-even-when-equal",
        ),
        pytest.param(
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;rport",
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;rport=5070;received=192.0.2.2",
            id="rfc3581-4-rport-last",
        ),
        pytest.param(
            "SIP/2.0/UDP 10.0.0.1;RPORT=9;branch=z9hG4bKa;received=203.0.113.9",
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;rport=5070;received=192.0.2.2",
            id="what-the-peer-wrote-itself-is-replaced",
        ),
        pytest.param(
            "SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bKa, SIP/2.0/TCP h;branch=z9hG4bKb",
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;rport=5070;received=192.0.2.2, "
            "SIP/2.0/TCP h;branch=z9hG4bKb",
            id="7.3.1-comma-list",
        ),
        pytest.param(
            'SIP/2.0/UDP 10.0.0.1;x=";rport;";branch=z9hG4bKa',
            'SIP/2.0/UDP 10.0.0.1;x=";rport;";branch=z9hG4bKa;received=192.0.2.2',
            id="a-quoted-rport-is-none",
        ),
    ],
)
def test_mark_received(via: str, marked: str) -> None:
    request = request_with(f"Via: {via}\r\nVia: SIP/2.0/UDP other;branch=z9hG4bKlower")
    result = mark_received(request, request.via, UDP)
    assert result.values("via") == [marked, "SIP/2.0/UDP other;branch=z9hG4bKlower"]
    assert [field for field in result.fields if field.key != "via"] == [
        field for field in request.fields if field.key != "via"
    ]
    assert request.first("via") == via, "what was handed over is not altered"
    assert parse_datagram(result.octets()).__class__ is Request


def test_mark_received_ipv6() -> None:
    """RFC 5118 4.5: received without brackets."""
    request = request_with("Via: SIP/2.0/UDP [2001:db8::9]:5060;branch=z9hG4bKa")
    source = Source("UDP", "2001:db8::2", 5060)
    assert mark_received(request, request.via, source).via.received == "2001:db8::2"
    source = Source("UDP", "2001:db8::9", 5060)
    assert mark_received(request, request.via, source) is request


@pytest.mark.parametrize(
    ("via", "source", "target"),
    [
        pytest.param(
            "SIP/2.0/TCP pc.example.com:5080",
            TCP,
            Target("TCP", "192.0.2.2", 5080, 7),
            id="18.2.2-reliable-connection-else-received-and-sent-by-port",
        ),
        pytest.param(
            "SIP/2.0/TLS pc.example.com",
            TCP._replace(transport="TLS"),
            Target("TLS", "192.0.2.2", 5061, 7),
            id="18.2.2-default-port-of-tls",
        ),
        pytest.param(
            "SIP/2.0/TCP 192.0.2.2;maddr=203.0.113.1",
            TCP,
            Target("TCP", "192.0.2.2", 5060, 7),
            id="18.2.2-maddr-does-not-count-over-reliable",
        ),
        pytest.param(
            "SIP/2.0/UDP pc.example.com:5080;maddr=239.1.2.3;rport",
            UDP,
            Target("UDP", "239.1.2.3", 5080),
            id="18.2.2-maddr-at-sent-by-port",
        ),
        pytest.param(
            "SIP/2.0/UDP pc.example.com:5080",
            UDP,
            Target("UDP", "192.0.2.2", 5080),
            id="18.2.2-received-at-sent-by-port",
        ),
        pytest.param(
            "SIP/2.0/UDP 192.0.2.2",
            UDP,
            Target("UDP", "192.0.2.2", 5060),
            id="18.2.2-sent-by-default-port",
        ),
        pytest.param(
            "SIP/2.0/UDP 192.0.2.2:5060;rport",
            UDP,
            Target("UDP", "192.0.2.2", 5070),
            id="rfc3581-4-port-it-came-from",
        ),
    ],
)
def test_response_target(via: str, source: Source, target: Target) -> None:
    request = request_with(f"Via: {via};branch=z9hG4bKa")
    assert response_target(request.via, source) == target


def test_via_prefix() -> None:
    """RFC 3581 3: rport is asked for over UDP alone; IPv6 in brackets."""
    assert via_prefix("UDP", "192.0.2.1", 5060) == "SIP/2.0/UDP 192.0.2.1:5060;rport;branch="
    assert via_prefix("TCP", "2001:db8::1", 5060) == "SIP/2.0/TCP [2001:db8::1]:5060;branch="
    assert via_prefix("TLS", "gw.example.com", None) == "SIP/2.0/TLS gw.example.com;branch="


def test_size_of_requests_over_udp() -> None:
    """RFC 3261 18.1.1: 1300 octets, or 200 below a known path MTU."""
    assert largest_udp_request(None) == 1300
    assert largest_udp_request(1500) == 1300
    assert largest_udp_request(9000) == 8800


def test_transports() -> None:
    """RFC 3261 17, 19.1.2."""
    assert not is_reliable("UDP")
    assert all(is_reliable(transport) for transport in ("TCP", "TLS", "SCTP", "WS", "WSS"))
    assert [default_port(t) for t in ("UDP", "TCP", "TLS")] == [5060, 5060, 5061]
