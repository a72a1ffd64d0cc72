"""Messages that the tests of this folder share."""

from mcsip.sip.message import Request, Response
from mcsip.sip.parse import parse_datagram

MESSAGE = (
    b"MESSAGE sip:server@primary.example SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKone;rport\r\n"
    b"v: SIP/2.0/TCP 192.0.2.2;branch=z9hG4bKtwo , SIP/2.0/UDP 192.0.2.3;branch=z9hG4bKthree\r\n"
    b"Max-Forwards: 70\r\n"
    b"f: <sip:alice@partner.example>;tag=abc\r\n"
    b"To: <sip:server@primary.example>\r\n"
    b"I: call\r\n"
    b"CSeq: 1\r\n"
    b"  MESSAGE\r\n"
    b"X-Odd :\todd, value\r\n"
    b"Content-Type: Text/Plain ; charset=utf-8\r\n"
    b"L: 5\r\n"
    b"\r\n"
    b"hello"
)


def request(data: bytes = MESSAGE) -> Request:
    """Return the request that the octets are."""
    message = parse_datagram(data)
    assert isinstance(message, Request), message
    return message


def response(data: bytes) -> Response:
    """Return the response that the octets are."""
    message = parse_datagram(data)
    assert isinstance(message, Response), message
    return message


def with_line(line: str, data: bytes = MESSAGE) -> bytes:
    """Return the message with one more header line, before all others."""
    start, _, rest = data.partition(b"\r\n")
    return start + b"\r\n" + line.encode() + b"\r\n" + rest


def without(name: str, data: bytes = MESSAGE) -> bytes:
    """Return the message without the header lines that begin with this text."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(name.encode())]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
