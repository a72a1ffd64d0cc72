"""What goes into a call and comes out of it."""

import pytest

from mcsip.sip.build import build_request
from mcsip.sip.call_events import CALL_METHODS, Locator, UaSettings, carries_offer
from mcsip.sip.stack import Target
from mcsip.sip.uas import Capabilities
from mcsip.sip.uri import SipUri, parse_uri


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("sip:a@192.0.2.1", Target("UDP", "192.0.2.1", 5060)),
        ("sip:a@192.0.2.1:5070;transport=TCP", Target("TCP", "192.0.2.1", 5070)),
        ("sip:a@[2001:db8::1]", Target("UDP", "2001:db8::1", 5060)),
        ("sips:a@192.0.2.1", Target("TLS", "192.0.2.1", 5061)),
        ("sips:a@192.0.2.1;transport=tcp", Target("TLS", "192.0.2.1", 5061)),
        ("sip:a@x.example;maddr=192.0.2.9", Target("UDP", "192.0.2.9", 5060)),
        ("sip:a@192.0.2.1;transport=ws", None),
        ("sip:a@192.0.2.1;transport=sctp", None),
    ],
)
def test_where_a_uri_is_reached(uri: str, target: Target | None) -> None:
    """RFC 3261 19.1.2 (default ports), 26.2.2 (SIPS over TLS), 8.1.2."""
    parsed = parse_uri(uri)
    assert isinstance(parsed, SipUri)
    assert Locator("UDP", "TCP", "TLS")(parsed) == target


def test_a_node_without_udp() -> None:
    uri = parse_uri("sip:a@192.0.2.1")
    assert isinstance(uri, SipUri)
    assert Locator("TCP", preferred="TCP")(uri) == Target("TCP", "192.0.2.1", 5060)
    assert Locator("TCP")(uri) is None


def test_fields_of_invite_and_2xx() -> None:
    """13.2.1, 13.3.1.4: Allow, and Supported where there is something."""
    assert UaSettings("sip:a@a").fields == (("Allow", "ACK, BYE, CANCEL, INVITE, OPTIONS"),)
    able = Capabilities(CALL_METHODS, extensions=frozenset({"timer", "path"}))
    assert UaSettings("sip:a@a", able).fields[1] == ("Supported", "path, timer")


@pytest.mark.parametrize(
    ("content_type", "body", "offer"),
    [
        ("application/sdp", b"v=0", True),
        ("Application/SDP ; x=y", b"v=0", True),
        ("application/sdp", b"", False),
        ("text/plain", b"application/sdp", False),
        ("multipart/mixed;boundary=x", b"--x\r\nContent-Type: APPLICATION/SDP\r\n", True),
        ("multipart/mixed;boundary=x", b"--x\r\nContent-Type: text/plain\r\n", False),
        (None, b"", False),
    ],
)
def test_which_message_carries_an_offer(content_type: str | None, body: bytes, offer: bool) -> None:
    """13.2.1."""
    message = build_request(
        "INVITE", "sip:b@b", from_="<sip:a@a>", to="<sip:b@b>", call_id="c", cseq=1,
        content_type=content_type, body=body,
    )  # fmt: skip
    assert carries_offer(message) is offer
