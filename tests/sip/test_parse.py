"""From octets to messages: RFC 3261 7.3, 7.5, 18.3; RFC 5626 4.4.1."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mcsip.sip.message import Request, Response
from mcsip.sip.parse import (
    MAX_BODY_OCTETS,
    MAX_FIELDS,
    MAX_HEAD_OCTETS,
    KeepAlive,
    Malformed,
    StreamFramer,
    parse_datagram,
)

from .messages import MESSAGE, request, with_line, without

Item = Request | Response | Malformed | KeepAlive

OK = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKx\r\nl: 2\r\n\r\nab"


def _malformed(data: bytes) -> Malformed:
    message = parse_datagram(data)
    assert isinstance(message, Malformed)
    return message


def _feed(*pieces: bytes) -> tuple[list[Item], StreamFramer]:
    framer = StreamFramer()
    return [item for piece in pieces for item in framer.feed(piece)], framer


def _gist(items: Sequence[Item]) -> list[object]:
    """Return what must not depend on how the octets arrived."""
    gist: list[object] = []
    for item in items:
        match item:
            case Request() | Response():
                gist.append((item.octets(), item.start_line, item.fields, item.body))
            case Malformed():
                gist.append((item.reason, item.status))
            case KeepAlive():
                gist.append(item)
    return gist


# Datagrams


def test_raw_lines_are_kept() -> None:
    message = request()
    assert [field.raw for field in message.fields][6:8] == [
        "CSeq: 1\r\n  MESSAGE",
        "X-Odd :\todd, value",
    ]
    assert message.first("cseq") == "1 MESSAGE"


def test_excess_is_cut_off() -> None:
    """18.3: octets beyond Content-Length are no part of the message."""
    message = request(MESSAGE + b"more")
    assert message.body == b"hello"
    assert message.octets() == MESSAGE


def test_body_without_length_is_the_rest() -> None:
    """18.3."""
    assert request(without("L:") + b" world").body == b"hello world"


def test_leading_line_ends() -> None:
    """7.5, for datagrams as well [ours]."""
    assert request(b"\r\n\r\n" + MESSAGE).octets() == MESSAGE


@pytest.mark.parametrize("ends", [b"\n", b"mixed"])
def test_bare_line_feeds(ends: bytes) -> None:
    head, _, body = MESSAGE.partition(b"\r\n\r\n")
    if ends == b"mixed":
        data = head.replace(b"\r\n", b"\n", 3) + b"\r\n\r\n" + body
    else:
        data = head.replace(b"\r\n", ends) + ends * 2 + body
    message = request(data)
    assert [field.value for field in message.fields] == [f.value for f in request().fields]
    assert message.body == b"hello"
    assert message.edit().finish().octets() == MESSAGE


def test_header_section_ends_at_the_first_empty_line_of_any_kind() -> None:
    data = b"OPTIONS sip:a SIP/2.0\r\nTo: <sip:a>\n\nVia: injected\r\n\r\n"
    message = request(data)
    assert [field.key for field in message.fields] == ["to"]
    assert message.body == b"Via: injected\r\n\r\n"


@pytest.mark.parametrize(
    ("line", "octets"),
    [
        ("OPTIONS  sip:a  SIP/2.0", b"OPTIONS sip:a SIP/2.0\r\n\r\n"),
        ("OPTIONS sip:a SIP/2.0  ", b"OPTIONS sip:a SIP/2.0\r\n\r\n"),
        ("OPTIONS sip:a sip/2.0", b"OPTIONS sip:a SIP/2.0\r\n\r\n"),
        ("sip/2.0  200 OK  then", b"SIP/2.0 200 OK  then\r\n\r\n"),
        ("SIP/2.0 100", b"SIP/2.0 100 \r\n\r\n"),
        ("SIP/2.0 699 ", b"SIP/2.0 699 \r\n\r\n"),
    ],
)
def test_lenient_start_lines(line: str, octets: bytes) -> None:
    message = parse_datagram(line.encode() + b"\r\n\r\n")
    assert isinstance(message, Request | Response)
    assert message.edit().finish().octets() == octets


@pytest.mark.parametrize(
    "line",
    [
        "",
        "x",
        "OPTIONS",
        "OPTIONS sip:a",
        "OPTIONS SIP/2.0",
        "GET / HTTP/1.1",
        "O/P sip:a SIP/2.0",
        "SIP/2.0",
        "SIP/2.0 99 x",
        "SIP/2.0 700 x",
        "SIP/2.0 2000 x",
        "SIP/2.0 -10 x",
        "SIP/3.0 200 OK",
        "SIP/2.0 ٢٠٠ OK",
        " OPTIONS sip:a SIP/2.0",
    ],
)
def test_no_start_line(line: str) -> None:
    data = line.encode() + b"\r\nTo: <sip:a>\r\n\r\n"
    assert _malformed(data).message is None
    items, framer = _feed(data)
    assert _gist(items) == ([] if not line else [(_malformed(data).reason, 400)]) or framer.broken


@pytest.mark.parametrize(
    ("data", "reason", "status"),
    [
        (with_line("no colon"), "header line without a name and a colon: 'no colon'", 400),
        (with_line(": no name"), "header line without a name and a colon: ': no name'", 400),
        (with_line("two words: x"), "header line without a name and a colon: 'two words: x'", 400),
        (with_line("l: 4"), "Content-Length stands twice and differs", 400),
        (with_line("l: -4", without("L:")), "Content-Length is not a number: '-4'", 400),
        (with_line("l: 5, 5", without("L:")), "Content-Length is not a number: '5, 5'", 400),
        (with_line("l: ٥", without("L:")), "Content-Length is not a number: '٥'", 400),
        (MESSAGE[:-1], "Content-Length is 5 but the body has 4 octets", 400),
        (MESSAGE[:-9], "the header section does not end", 400),
        (with_line("a: b\r\n" * MAX_FIELDS + "c: d"), "too many header fields", 513),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_malformed_with_a_message_to_answer(data: bytes, reason: str, status: int) -> None:
    fault = _malformed(data)
    assert (fault.reason, fault.status) == (reason, status)
    assert isinstance(fault.message, Request)
    assert fault.data == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            with_line("Subject: a\rVia: b"),
            "carriage return or empty line within the header section",
        ),
        (
            b"A sip:b SIP/2.0\r\nX: " + b"y" * MAX_HEAD_OCTETS + b"\r\n\r\n",
            "header section too large",
        ),
        (b"", "start line is neither a request line nor a status line: ''"),
        (b"\r\n\r\n", "start line is neither a request line nor a status line: ''"),
    ],
    ids=["cr", "large", "empty", "keep-alive"],
)
def test_malformed_without_a_message(data: bytes, reason: str) -> None:
    fault = _malformed(data)
    assert fault.reason == reason
    assert fault.message is None


def test_equal_lengths_may_stand_twice() -> None:
    assert request(with_line("Content-Length: 5")).body == b"hello"


def test_body_too_large() -> None:
    fault = _malformed(without("L:") + b"x" * MAX_BODY_OCTETS)
    assert fault.status == 413
    assert fault.message is not None


def test_folding() -> None:
    """7.3.1: a line that begins with white space continues the one before."""
    message = request(with_line("Subject: one\r\n\ttwo\r\n \r\n  three"))
    field = message.fields[0]
    assert field.value == "one two three"
    assert field.raw == "Subject: one\r\n\ttwo\r\n \r\n  three"


def test_any_octets_survive() -> None:
    data = b"MESSAGE sip:a SIP/2.0\r\nSubject: \xff\x00\xc3\xa9\x80\r\n\r\n"
    message = request(data)
    assert message.edit().finish().octets() == data
    assert message.first("subject") == "\udcff\x00é\udc80"


# Streams


@pytest.mark.parametrize("data", [MESSAGE + OK, b"\r\n" + OK + b"\r\n\r\n" + MESSAGE, OK * 3])
def test_whole_and_one_octet_at_a_time(data: bytes) -> None:
    whole, _ = _feed(data)
    pieces, framer = _feed(*(data[at : at + 1] for at in range(len(data))))
    assert _gist(whole) == _gist(pieces)
    assert len(whole) >= 2
    assert not framer.incomplete
    assert not framer.broken


def test_trailing_data_waits() -> None:
    items, framer = _feed(OK + MESSAGE[:20])
    assert _gist(items) == _gist([_only(OK)])
    assert framer.incomplete
    assert _gist(framer.feed(MESSAGE[20:])) == _gist([request()])


def _only(data: bytes) -> Item:
    (item,) = _feed(data)[0]
    return item


def test_keep_alive() -> None:
    """RFC 5626 4.4.1: a double CRLF between messages."""
    items, framer = _feed(b"\r\n\r\n" + OK + b"\r\n", b"\r\n")
    assert [type(item) for item in items] == [KeepAlive, Response, KeepAlive]
    assert not framer.incomplete


@pytest.mark.parametrize(
    ("data", "reason", "status", "answerable"),
    [
        (without("L:"), "Content-Length is missing on a stream", 400, True),
        (with_line("l: x", without("L:")), "Content-Length is not a number: 'x'", 400, True),
        (with_line("l: 4"), "Content-Length stands twice and differs", 400, True),
        (with_line("l: 9999999999", without("L:")), "body too large", 413, True),
        (with_line(f"l: {MAX_BODY_OCTETS + 1}", without("L:")), "body too large", 413, True),
        (b"x" * (MAX_HEAD_OCTETS + 4), "header section too large", 513, False),
        (b"garbage\r\n\r\n", "start line is neither a request line nor a status line: 'garbage'", 400, False),
    ],
    ids=["none", "word", "two", "huge", "large", "head", "garbage"],
)  # fmt: skip
def test_framing_is_lost(data: bytes, reason: str, status: int, answerable: bool) -> None:
    """18.3: without a Content-Length that can be trusted nothing after it can be read."""
    items, framer = _feed(data)
    (fault,) = items
    assert isinstance(fault, Malformed)
    assert (fault.reason, fault.status) == (reason, status)
    assert (fault.message is not None) is answerable
    assert framer.broken
    assert framer.feed(OK) == []
    assert not framer.incomplete


def test_largest_head() -> None:
    start = b"OPTIONS sip:a SIP/2.0\r\nl: 0\r\nX: "
    data = start + b"y" * (MAX_HEAD_OCTETS - len(start)) + b"\r\n\r\n"
    assert [type(item) for item in _feed(data)[0]] == [Request]
    assert [type(item) for item in _feed(data[:-1], data[-1:])[0]] == [Request]
    assert isinstance(_only(data[:40] + b"y" + data[40:]), Malformed)


# Any octets

_ODD = st.lists(
    st.sampled_from(
        [
            b"OPTIONS sip:a SIP/2.0",
            b"SIP/2.0 200 OK",
            b"\r\n",
            b"\n",
            b"\r",
            b"\r\n\r\n",
            b" ",
            b":",
            b"Via: SIP/2.0/UDP h;branch=z9hG4bKx",
            b"l: 3",
            b"Content-Length: 0",
            b"abc",
            b"\x00\xff",
            b"To: <sip:a@b>;tag=x",
            b'"',
            b"CSeq: 1 OPTIONS",
            b"\t",
            MESSAGE,
            OK,
            b",",
            b";",
            b"<",
        ]
    ),
    max_size=25,
).map(b"".join)
OCTETS = st.binary(max_size=200) | _ODD


@given(OCTETS)
@example(b"A sip:b SIP/2.0\r\nX: y\n\nVia: z\r\n\r\n")
@settings(deadline=None)
def test_a_datagram_never_raises(data: bytes) -> None:
    message = parse_datagram(data)
    if isinstance(message, Malformed):
        assert message.data in data or message.data == data.lstrip(b"\r\n")
        assert "\r" not in message.reason
        assert "\n" not in message.reason
        return
    assert message.octets() in data
    again = parse_datagram(message.edit().finish().octets())
    assert isinstance(again, Request | Response)
    assert (again.start_line, again.fields) == (message.start_line, message.fields)


@given(OCTETS, st.lists(st.integers(0, 300), max_size=5))
@settings(deadline=None)
def test_a_stream_never_raises_however_it_is_cut(data: bytes, cuts: list[int]) -> None:
    whole, one = _feed(data)
    places = [0, *sorted(cuts), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(places)]
    cut, two = _feed(*pieces)
    single, three = _feed(*(data[at : at + 1] for at in range(len(data))))
    assert _gist(whole) == _gist(cut) == _gist(single)
    assert one.broken == two.broken == three.broken


@given(st.lists(st.sampled_from([MESSAGE, OK]), min_size=1, max_size=4), OCTETS)
@settings(deadline=None)
def test_what_follows_does_not_change_what_came(messages: list[bytes], tail: bytes) -> None:
    items, _ = _feed(b"".join(messages) + tail)
    alone, _ = _feed(b"".join(messages))
    assert _gist(items)[: len(messages)] == _gist(alone)


_NAME = st.text("abXY-.!%*_+`'~09", min_size=1, max_size=10)
_VALUE = st.binary(max_size=30).map(
    lambda octets: octets.translate(None, b"\r\n").decode("utf-8", "surrogateescape")
)
_FOLD = st.sampled_from(["", "\r\n ", "\r\n\t"])


@given(st.lists(st.tuples(_NAME, st.sampled_from(["", " ", "\t "]), _VALUE, _FOLD, _VALUE)))
@settings(deadline=None)
def test_raw_header_lines_survive(rows: list[tuple[str, str, str, str, str]]) -> None:
    """7.3.1, 16.6 item 1: whatever is not changed goes out octet for octet."""
    lines = [
        f"{name}{space}:{value}{fold}{more if fold else ''}"
        for name, space, value, fold, more in rows
        if name.lower() not in ("l", "content-length")
    ]
    text = "".join(f"{line}\r\n" for line in ["OPTIONS sip:a SIP/2.0", *lines, ""])
    data = text.encode("utf-8", "surrogateescape")
    message = request(data)
    assert [field.raw for field in message.fields] == lines
    draft = message.edit()
    draft.prepend("Via", "SIP/2.0/UDP h")
    draft.remove_first("Via")
    assert draft.finish().octets() == data


@pytest.mark.parametrize(
    ("data", "rest"),
    [
        (b"nonsense\r\n\r\nOPTIONS sip:x SIP/2.0\r\n", b"OPTIONS sip:x SIP/2.0\r\n"),
        (b"x" * (MAX_HEAD_OCTETS + 10), b"x" * 10),
    ],
    ids=["malformed-head", "head-too-large"],
)
def test_after_a_fault_the_rest_is_there(data: bytes, rest: bytes) -> None:
    """Nothing is lost to who looks for the next message: fault and rest are all octets."""
    framer = StreamFramer()
    (fault,) = framer.feed(data)
    assert framer.broken
    assert isinstance(fault, Malformed)
    assert (fault.data + framer.rest, framer.rest) == (data, rest)


def test_a_line_that_continues_another_is_never_a_field_of_its_own() -> None:
    """7.3.1; whatever was read before, in this message or in another one."""
    line = b" X-Smuggled: yes"
    first = MESSAGE.replace(b"SIP/2.0\r\n", b"SIP/2.0\r\n" + line + b"\r\n", 1)
    assert request(first).fields[0].raw == "X-Smuggled: yes", "nothing stands before it to continue"
    second = MESSAGE.replace(b"\r\nMax-Forwards: 70", b"\r\nSubject: a\r\n" + line)
    assert request(second).first("subject") == "a X-Smuggled: yes"
    assert request(second).first("x-smuggled") is None


@pytest.mark.parametrize("field", [b"Subject: a\rb", b"Subject\r: a", b"Subject: a\r"])
def test_a_bare_carriage_return_is_no_part_of_a_field(field: bytes) -> None:
    """Written out again, the line would become two; also where the line was seen before."""
    for _ in range(2):
        spoilt = MESSAGE.replace(b"\r\nMax-Forwards: 70", b"\r\n" + field)
        assert "carriage return" in _malformed(spoilt).reason
