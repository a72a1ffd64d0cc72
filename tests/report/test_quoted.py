"""The very line, and the carets under what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcsip.conformance.result import Finding
from mcsip.report.quoted import Line, quote_line

from .checks import RULES

DATA = (
    b"MESSAGE sip:x@y SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP h;branch=1\r\n"
    b"Subject: \xc3\xa4\xff\t\x1b!\r\n"
    b"\r\n"
    b"<a>\n<b/>\n</a>"
)


def finding(line: int | None = None, span: tuple[int, int] | None = None) -> Finding:
    return Finding(RULES["order"], "", "", 1, 0.0, "a", "b", line, span)


def at(text: bytes) -> tuple[int, int]:
    start = DATA.index(text)
    return start, start + len(text)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (finding(), Line(1, "MESSAGE sip:x@y SIP/2.0", 0, 0)),
        (finding(line=2), Line(2, "Via: SIP/2.0/UDP h;branch=1", 0, 27)),
        (finding(span=at(b"1\r\nSub")[:1] * 2), Line(2, "Via: SIP/2.0/UDP h;branch=1", 26, 1)),
        (finding(2, at(b"branch=1")), Line(2, "Via: SIP/2.0/UDP h;branch=1", 19, 8)),
        (finding(span=at(b"!")), Line(3, "Subject: ä\\xff ?!", 16, 1)),
        (finding(span=at(b"<b/>")), Line(6, "<b/>", 0, 4)),
        (finding(span=at(b"<a>\n<b/>")), Line(5, "<a>", 0, 3)),
        (finding(line=99), Line(7, "</a>", 0, 4)),
        (finding(span=(10_000, 10_004)), Line(7, "</a>", 4, 1)),
    ],
)
def test_line_and_carets(where: Finding, expected: Line) -> None:
    assert quote_line(DATA, where, 80) == expected


def test_carets_stand_below_the_line() -> None:
    line = quote_line(DATA, finding(span=at(b"branch=1")), 80)
    assert line.carets == " " * 19 + "^" * 8
    assert quote_line(DATA, finding(), 80).carets == ""


def test_a_long_line_is_cut_around_what_is_wrong() -> None:
    data = b"X: " + b"a" * 200 + b"WRONG" + b"b" * 200 + b"\r\n"
    line = quote_line(data, finding(span=(203, 208)), 60)
    assert line.text[line.start : line.start + line.length] == "WRONG"
    assert len(line.text) == 60
    assert (line.text[0], line.text[-1]) == ("…", "…")
    first = quote_line(data, finding(span=(0, 1)), 60)
    assert first.text.startswith("X: a")
    last = quote_line(data, finding(span=(len(data) - 3, len(data) - 2)), 60)
    assert last.text.endswith("b")
    assert last.start == 59


@given(
    st.binary(max_size=300),
    st.one_of(st.none(), st.integers(1, 50)),
    st.one_of(st.none(), st.tuples(st.integers(0, 400), st.integers(0, 400))),
    st.integers(30, 100),
)
def test_whatever_is_pointed_at_it_fits(
    data: bytes, line: int | None, span: tuple[int, int] | None, room: int
) -> None:
    found = quote_line(data, finding(line, span), room)
    assert len(found.text) <= room
    assert found.start + found.length <= room + 1
    assert "\n" not in found.text
