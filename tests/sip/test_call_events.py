"""What goes into a call and comes out of it."""

import pytest

from mcsip.sip.build import build_request
from mcsip.sip.call_events import CALL_METHODS, UaSettings, carries_offer
from mcsip.sip.uas import Capabilities


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
