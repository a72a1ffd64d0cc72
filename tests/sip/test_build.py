"""Messages of our own making: RFC 3261 8.1.1, 8.2.6."""

import pytest

from mcsip.sip.build import build_request, build_response
from mcsip.sip.message import Request
from mcsip.sip.parse import parse_datagram
from mcsip.sip.uas import request_fault

from .messages import request, with_line, without


def _options() -> Request:
    return build_request(
        "OPTIONS",
        "sip:b@example.org",
        from_="<sip:a@example.org>;tag=x",
        to="<sip:b@example.org>",
        call_id="c",
        cseq=7,
        fields=[("Supported", "path")],
    )


def test_request_has_what_8_1_1_asks_for() -> None:
    made = _options()
    for key in ("to", "from", "cseq", "call-id", "max-forwards"):
        assert made.first(key) is not None
    assert made.max_forwards == 70  # 8.1.1.6
    assert made.from_.tag == "x"  # 8.1.1.3
    assert made.cseq.method == made.method  # 8.1.1.5
    assert made.first("via") is None  # 8.1.1.7: added when it is sent
    assert made.content_length == 0
    assert made.first("content-type") is None
    draft = made.edit()
    draft.prepend("Via", "SIP/2.0/UDP h;branch=z9hG4bKx")
    read = parse_datagram(draft.finish().octets())
    assert isinstance(read, Request)
    assert request_fault(read) is None


def test_request_with_a_body() -> None:
    made = build_request(
        "MESSAGE",
        "sip:b@c",
        from_="<sip:a@b>;tag=1",
        to="<sip:b@c>",
        call_id="c",
        cseq=1,
        max_forwards=5,
        content_type="text/plain",
        body=b"hello",
    )
    assert made.octets() == (
        b"MESSAGE sip:b@c SIP/2.0\r\nMax-Forwards: 5\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\n"
        b"Call-ID: c\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
    )


def test_response_copies_octet_for_octet() -> None:
    """8.2.6.2: Via, From, To, Call-ID and CSeq equal the request's."""
    asked = request()
    answer = build_response(asked, 200, to_tag="t")
    copied = {"via", "from", "call-id", "cseq"}
    assert [field.raw for field in answer.fields if field.key in copied] == [
        field.raw for field in asked.fields if field.key in copied
    ]
    assert answer.first("to") == "<sip:server@primary.example>;tag=t"
    assert answer.first("max-forwards") is None
    assert (answer.status, answer.reason, answer.content_length) == (200, "OK", 0)


def test_tag_of_the_request_stays() -> None:
    """8.2.6.2: a To with a tag is copied as it is."""
    asked = request(with_line("t:  <sip:b@c> ; tag=own", without("To")))
    answer = build_response(asked, 200, to_tag="t")
    assert [field.raw for field in answer.fields if field.key == "to"] == [
        "t:  <sip:b@c> ; tag=own"
    ]


def test_no_tag_is_added_unasked() -> None:
    """8.2.6.2: a 100 may stay without a tag."""
    assert build_response(request(), 100).to.tag is None


@pytest.mark.parametrize("line", ['To: "x <sip:a@b>', "To: <sip:a b@c>", "To:"])
def test_a_to_that_cannot_be_read_is_copied(line: str) -> None:
    answer = build_response(request(with_line(line, without("To"))), 400, "Bad To", to_tag="t")
    assert [field.raw for field in answer.fields if field.key == "to"] == [line]
    assert answer.start_line == "SIP/2.0 400 Bad To"


def test_missing_fields_are_missing_in_the_answer() -> None:
    answer = build_response(request(without("To")), 400, to_tag="t")
    assert answer.first("to") is None


def test_response_with_fields_and_body() -> None:
    answer = build_response(
        request(), 415, fields=[("Accept", "a/b")], content_type="text/plain", body=b"no"
    )
    assert answer.first("accept") == "a/b"
    assert (answer.content_type, answer.content_length, answer.body) == ("text/plain", 2, b"no")


def test_line_ends_are_refused() -> None:
    with pytest.raises(ValueError, match="line end"):
        build_response(request(), 200, fields=[("X", "a\r\nVia: b")])
    with pytest.raises(ValueError, match="line end"):
        build_response(request(), 400, "a\r\nVia: b")
