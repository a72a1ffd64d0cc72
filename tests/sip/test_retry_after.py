"""Retry-After (RFC 3261 20.33)."""

import pytest

from mcsip.sip.message import Response
from mcsip.sip.parse import parse_datagram
from mcsip.sip.retry_after import MAX_RETRY_AFTER_S, retry_after_s


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("18000;duration=3600", MAX_RETRY_AFTER_S),
        ("120 (I'm in a meeting)", 120),
        ("5", 5),
        ("0", 0),
        ("-5", 0),
        ("5x", 0),
        ("Fri, 01 Jan 2027 00:00:00 GMT", 0),
        ("", 0),
        ("9" * 400, 0),
    ],
)
def test_when_to_ask_again(value: str, seconds: float) -> None:
    response = parse_datagram(f"SIP/2.0 503 No\r\nRetry-After: {value}\r\n\r\n".encode())
    assert isinstance(response, Response)
    assert retry_after_s(response) == seconds


def test_without_the_field() -> None:
    assert retry_after_s(Response(503, "No", ())) == 0
