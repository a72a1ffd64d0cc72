"""Lines of text with styles."""

import pytest

from mcsip.report.canvas import (
    Line,
    Style,
    fits_encoding,
    paint,
    printable,
    shorten,
    to_ascii,
)


def test_later_text_lies_over_earlier() -> None:
    line = Line()
    line.put(4, "abcdef")
    line.put(6, "XY", Style.BAD)
    line.put(-1, "zero")
    assert line.render(colour=False, ascii_only=False) == "ero abXYef"
    assert line.render(colour=True, ascii_only=False) == "ero ab\x1b[31mXY\x1b[0mef"


def test_spaces_at_the_end_go() -> None:
    line = Line()
    line.put(0, "a   ", Style.BAD)
    assert line.render(colour=False, ascii_only=False) == "a"


def test_control_characters_never_reach_the_terminal() -> None:
    assert printable("a\x1b[31mb\r\nc\u202e") == "a?[31mb??c?"
    line = Line()
    line.put(0, "\x1b]0;title\x07")
    assert line.render(colour=False, ascii_only=False) == "?]0;title?"


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("abc", 1, "…"), ("a", 0, "")],
)
def test_shorten(text: str, width: int, short: str) -> None:
    assert shorten(text, width) == short


def test_ascii() -> None:
    assert to_ascii("├──▶│ ◀─○┼✗ ▏é▕…") == "+-->| <-o-X [?]~"


@pytest.mark.parametrize(
    ("encoding", "fits"),
    [("utf-8", True), ("ascii", False), ("latin-1", False), (None, False), ("no-such", False)],
)
def test_encodings(encoding: str | None, fits: bool) -> None:
    assert fits_encoding(encoding) is fits


def test_paint() -> None:
    assert paint("x", Style.GOOD, colour=False) == "x"
    assert paint("x", Style.PLAIN, colour=True) == "x"
    assert paint("x", Style.GOOD, colour=True) == "\x1b[32mx\x1b[0m"
