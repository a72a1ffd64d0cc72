"""What every server asks of a request: RFC 3261 8.2, in its order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.sip.build import build_response
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.sip.uas import Capabilities, accepts, check_request, is_of_call, request_fault

from .messages import MESSAGE, request, with_line, without

ABLE = Capabilities(
    methods=frozenset({"MESSAGE", "CANCEL"}),
    content_types=frozenset({"text/plain", "multipart/mixed"}),
    extensions=frozenset({"path"}),
    languages=frozenset({"en", "fr-CA"}),
    encodings=frozenset({"gzip"}),
)


def _method(name: bytes, data: bytes = MESSAGE) -> bytes:
    return data.replace(b"MESSAGE", name)


def test_requests_of_calls() -> None:
    """RFC 3261 9, 13, 15 wherever they stand, and whatever is in a dialog (12.2)."""
    for method in (b"INVITE", b"ACK", b"BYE", b"CANCEL"):
        assert is_of_call(request(_method(method)))
    assert not is_of_call(request())
    assert is_of_call(request(with_line("To: <sip:b@b.example>;tag=x", without("To"))))


def test_good_request() -> None:
    assert request_fault(request()) is None
    assert check_request(request(), ABLE, "t") is None


@pytest.mark.parametrize(
    ("data", "status", "field", "value"),
    [
        pytest.param(MESSAGE.replace(b"SIP/2.0\r", b"SIP/2.1\r", 1), 505, "", "", id="7.1 version"),
        pytest.param(_method(b"FOO"), 501, "allow", "CANCEL, MESSAGE", id="21.5.2 unknown method"),
        pytest.param(_method(b"BYE"), 405, "allow", "CANCEL, MESSAGE", id="8.2.1 Allow"),
        pytest.param(_method(b"message"), 501, "allow", "CANCEL, MESSAGE", id="7.1 case of method"),
        pytest.param(
            MESSAGE.replace(b"sip:server@primary.example SIP", b"tel:+1 SIP"), 416, "", "", id="8.2.2.1"
        ),
        pytest.param(
            with_line("Require: path, 100rel, x"), 420, "unsupported", "100rel, x", id="8.2.2.3"
        ),
        pytest.param(
            MESSAGE.replace(b"Text/Plain", b"a/b"), 415, "accept", "multipart/mixed, text/plain", id="8.2.3"
        ),
        pytest.param(
            with_line("e: gzip, br"), 415, "accept-encoding", "gzip, identity", id="8.2.3 encoding"
        ),
        pytest.param(
            with_line("Content-Language: de"), 415, "accept-language", "en, fr-CA", id="8.2.3 language"
        ),
    ],
)  # fmt: skip
def test_refused(data: bytes, status: int, field: str, value: str) -> None:
    answer = check_request(request(data), ABLE, "t")
    assert answer is not None
    assert answer.status == status
    assert answer.to.tag == "t"
    if field:
        assert answer.first(field) == value


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_method(b"ACK", with_line("Require: x")), id="17: ACK is not answered"),
        pytest.param(_method(b"CANCEL", with_line("Require: x")), id="8.2.2.3 not in CANCEL"),
        pytest.param(with_line("Require: path"), id="8.2.2.3 supported"),
        pytest.param(with_line("Content-Encoding: GZip"), id="8.2.3 encoding"),
        pytest.param(with_line("Content-Language: en-GB"), id="8.2.3 kind of a language"),
        pytest.param(with_line("Content-Language: FR-ca, de"), id="8.2.3 one of the languages"),
        pytest.param(
            with_line(
                "Content-Disposition: render;handling=optional",
                MESSAGE.replace(b"Text/Plain", b"a/b"),
            ),
            id="20.11 optional body",
        ),
        pytest.param(without("Max-Forwards"), id="RFC 4475 3.4.1 without Max-Forwards"),
        pytest.param(MESSAGE.replace(b";tag=abc", b""), id="RFC 4475 3.4.1 without From tag"),
        pytest.param(
            MESSAGE.replace(b"Max-Forwards: 70", b"Max-Forwards: 0"), id="RFC 4475 3.3.11"
        ),
    ],
)
def test_accepted(data: bytes) -> None:
    assert check_request(request(data), ABLE, "t") is None


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (without("v:", without("Via")), "Via is missing"),
        (without("f:"), "From is missing"),
        (without("To"), "To is missing"),
        (without("I:"), "Call-ID is missing"),
        (without("  MESSAGE", without("CSeq")), "CSeq is missing"),
        (with_line("i: x"), "Call-ID stands more than once"),
        (with_line("t: <sip:a@b>"), "To stands more than once"),
        (with_line("CSeq: 1 MESSAGE"), "CSeq stands more than once"),
        (with_line("Max-Forwards: 3"), "Max-Forwards stands more than once"),
        (with_line("I:", without("I:")), "Call-ID is empty"),
        (MESSAGE.replace(b"CSeq: 1\r\n  MESSAGE", b"CSeq: 1 INFO"), "CSeq is of another method: INFO"),
        (MESSAGE.replace(b"CSeq: 1", b"CSeq: x"), "CSeq is not a number below 2**31: 'x'"),
        (MESSAGE.replace(b"Forwards: 70", b"Forwards: 300"), "Max-Forwards is not a number from 0 to 255: '300'"),
        (with_line("To: <sip:a b>", without("To")), "URI with a character that must be escaped: 'sip:a b'"),
        (with_line("m: sip:a@b?x=y"), "URI that must stand in angle brackets: 'sip:a@b?x=y'"),
        (with_line("Via: SIP/2.0/UDP h, ;"), "malformed Via: ''"),
        (MESSAGE.replace(b"primary.example SIP", b"primary.example?a=b SIP"), "Request-URI with header fields"),
        (MESSAGE.replace(b"sip:server@primary.example SIP", b"nonsense SIP"), "not a URI: 'nonsense'"),
        (without("Content-Type"), "Content-Type is missing"),
    ],
)  # fmt: skip
def test_bad_request_says_what_is_wrong(data: bytes, fault: str) -> None:
    """RFC 3261 21.4.1: the reason phrase names the fault."""
    assert request_fault(request(data)) == fault
    answer = check_request(request(data), ABLE, "t")
    assert answer is not None
    assert (answer.status, answer.reason) == (400, fault)


def test_order() -> None:
    """8.2: the method comes before the header fields, these before the content."""
    data = with_line("Require: x", MESSAGE.replace(b"Text/Plain", b"a/b"))
    statuses = []
    bad = _method(b"BYE", data).replace(b"sip:server@primary.example SIP", b"tel:+1 SIP")
    for one, other in [(b"BYE", b"MESSAGE"), (b"tel:+1", b"sip:a@b"), (b"Require: x\r\n", b"")]:
        answer = check_request(request(bad), ABLE)
        assert answer is not None
        statuses.append(answer.status)
        bad = bad.replace(one, other)
    last = check_request(request(bad), ABLE)
    assert last is not None
    assert [*statuses, last.status] == [405, 416, 420, 415]


def test_body_of_a_malformed_disposition_is_not_optional() -> None:
    data = with_line(
        'Content-Disposition: render;handling="optional', MESSAGE.replace(b"Text/Plain", b"a/b")
    )
    answer = check_request(request(data), ABLE)
    assert answer is not None
    assert answer.status == 415


def test_any_language_where_none_is_named() -> None:
    data = with_line("Content-Language: de")
    able = Capabilities(frozenset({"MESSAGE"}), frozenset({"text/plain"}))
    assert check_request(request(data), able) is None


@pytest.mark.parametrize(
    ("line", "content_type", "expected"),
    [
        ("X: y", "application/sdp", True),
        ("X: y", "text/plain", False),
        ("Accept:", "application/sdp", False),
        ("Accept: text/nobodyKnowsThis", "application/sdp", False),
        ("Accept: application/SDP;level=1, text/html", "application/sdp", True),
        ("Accept: application/*", "application/sdp", True),
        ("Accept: */*", "text/plain", True),
        ("Accept: text/plain;q=0", "text/plain", False),
        ('Accept: text/plain;x="', "text/plain", False),
    ],
)
def test_accepts(line: str, content_type: str, expected: bool) -> None:
    """RFC 3261 20.1, 21.4.7."""
    assert accepts(request(with_line(line)), content_type) is expected


_ALL = with_line(
    "Require: path\r\nContent-Encoding: gzip\r\nContent-Language: en\r\nAccept: */*;q=1\r\n"
    'Contact: "A" <sip:a@b;x=y?c=d>;q=1, <tel:+1>\r\nContent-Disposition: x;handling=required'
)


@given(
    st.lists(
        st.tuples(st.integers(0, len(_ALL)), st.integers(0, 12), st.binary(max_size=6)), max_size=3
    )
)
@settings(deadline=None, max_examples=300)
def test_damaged_requests_are_answered_or_accepted(damages: list[tuple[int, int, bytes]]) -> None:
    data = _ALL
    for start, length, octets in damages:
        data = data[:start] + octets + data[start + length :]
    message = parse_datagram(data)
    if isinstance(message, Malformed):
        if isinstance(message.message, Request):
            build_response(message.message, message.status, message.reason, to_tag="t").octets()
        return
    if isinstance(message, Request):
        accepts(message, "text/plain")
        answer = check_request(message, ABLE, "t")
        if answer is not None:
            assert isinstance(parse_datagram(answer.octets()), Response)
