"""Who a request says that it comes from (RFC 3261 18.1.1, RFC 3325 9)."""

import pytest

from mcsip.sip.sender import Sender, said_sender

HEAD = (
    "MESSAGE sip:server@b.example SIP/2.0\r\n"
    "Via: {via};branch=z9hG4bK1\r\n"
    "From: <sip:f@a.example;user=phone>;tag=1\r\n"
    "To: <sip:server@b.example>\r\n"
    "Call-ID: 1\r\n"
    "CSeq: 1 MESSAGE\r\n"
    "{more}"
    "Content-Length: 0\r\n\r\n"
)


def request(via: str = "SIP/2.0/TCP 192.0.2.1:5071", more: str = "") -> bytes:
    return HEAD.format(via=via, more=more).encode()


@pytest.mark.parametrize(
    ("via", "host", "port"),
    [
        ("SIP/2.0/TCP 192.0.2.1:5071", "192.0.2.1", 5071),
        ("SIP/2.0/UDP Gateway.A.example", "gateway.a.example", 5060),
        ("SIP/2.0/TLS [2001:db8::1]", "2001:db8::1", 5061),
    ],
)
def test_sent_by_of_the_topmost_via(via: str, host: str, port: int) -> None:
    said = said_sender(request(via))
    assert said == Sender(host, port, ("sip:f@a.example",))


def test_what_is_asserted_counts_before_what_is_preferred_and_that_before_from() -> None:
    more = (
        "P-Preferred-Identity: <sip:p@a.example>\r\n"
        'P-Asserted-Identity: "Gateway" <sip:gateway@a.example>, <tel:+1>\r\n'
    )
    said = said_sender(request(more=more))
    assert said is not None
    assert said.identities == ("sip:gateway@a.example", "sip:p@a.example", "sip:f@a.example")


def test_a_malformed_identity_is_none() -> None:
    said = said_sender(request(more="P-Asserted-Identity: <<\r\n"))
    assert said is not None
    assert said.identities == ("sip:f@a.example",)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01garbage",
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n\r\n",
        request().replace(b"Via: ", b"Nothing: "),
        request().replace(b"SIP/2.0/TCP 192.0.2.1:5071", b"???"),
    ],
)
def test_what_is_no_request_with_a_via_says_nothing(data: bytes) -> None:
    assert said_sender(data) is None
