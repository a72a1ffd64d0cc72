"""A text that cannot be read is answered 400 (RFC 3261 21.4.1)."""

from mcsip.errors import PeerError
from mcsip.sip.errors import ParseError


def test_it_carries_the_answer() -> None:
    error = ParseError("no Via")
    assert isinstance(error, PeerError)
    assert error.status == 400
