"""Findings point at the line and the octets."""

import pytest

from mcsip.conformance.locate import locate

DATA = (
    b"MESSAGE sip:b@x SIP/2.0\r\n"
    b"v: SIP/2.0/UDP a;branch=1\r\n"
    b"Via: SIP/2.0/UDP b;branch=2\r\n"
    b"Subject: folded\r\n over lines\r\n"
    b"Content-Length: 7\r\n"
    b"\r\n"
    b"<a>\n1</a>\r\nVia: no field\r\n"
)


@pytest.mark.parametrize(
    ("field", "text", "line", "marked"),
    [
        ("", b"sip:b@x", 1, b"sip:b@x"),
        ("", b"1</a>", 9, b"1</a>"),
        ("", b"nowhere", None, None),
        ("", b"", None, None),
        ("via", b"", 2, b"v: SIP/2.0/UDP a;branch=1"),
        ("via", b"branch=2", 3, b"branch=2"),
        ("via", b"nowhere", 2, b"v: SIP/2.0/UDP a;branch=1"),
        ("subject", b"", 4, b"Subject: folded\r\n over lines"),
        ("subject", b"over", 5, b"over"),
        ("content-length", b"7", 6, b"7"),
        ("expires", b"", None, None),
        ("expires", b"7", None, None),
    ],
)
def test_place(field: str, text: bytes, line: int | None, marked: bytes | None) -> None:
    found, span = locate(DATA, field, text)
    assert found == line
    assert (None if span is None else DATA[slice(*span)]) == marked


@pytest.mark.parametrize("data", [b"", b"\r\n", b"x", b"x\r\nVia", b"x\n\n"])
def test_whatever_the_octets_are(data: bytes) -> None:
    assert locate(data, "from", b"") == (None, None)


def test_lines_may_end_with_a_bare_line_feed() -> None:
    assert locate(b"A b SIP/2.0\nTo: x\n\n", "to", b"") == (2, (12, 17))
