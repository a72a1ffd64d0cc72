"""Bodies of several parts, octet for octet (RFC 2046 5.1)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.errors import UsageError
from mcsip.mc.multipart import (
    MAX_PART_HEAD_OCTETS,
    MAX_PARTS,
    Part,
    boundary_of,
    build_multipart,
    parse_multipart,
)
from mcsip.mc.xml import BodyError

SDP = Part("application/sdp", b"v=0\r\n")
INFO = Part("application/vnd.3gpp.mcptt-info+xml", b"<a/>", (("Content-ID", "<1@p.example>"),))


def test_built_octets() -> None:
    content_type, body = build_multipart([SDP, INFO], "b")
    assert content_type == 'multipart/mixed;boundary="b"'
    assert body == (
        b"--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n"
        b"--b\r\nContent-Type: application/vnd.3gpp.mcptt-info+xml\r\nContent-ID: <1@p.example>\r\n"
        b"\r\n<a/>\r\n--b--\r\n"
    )


parts = st.lists(
    st.builds(
        Part,
        st.sampled_from(["application/sdp", 'text/plain;charset="utf-8"']),
        st.binary(max_size=60),
        st.lists(st.tuples(st.just("Content-ID"), st.just("<x>")), max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=5,
)


@given(parts)
@settings(deadline=None)
def test_what_is_built_is_read(rows: list[Part]) -> None:
    content_type, body = build_multipart(rows)
    assert parse_multipart(content_type, body) == tuple(rows)


def test_a_boundary_that_stands_in_a_part_is_not_chosen() -> None:
    content_type, body = build_multipart([Part("text/plain", b"--mcsip-1\r\n--mcsip-2")])
    assert 'boundary="mcsip-3"' in content_type
    assert parse_multipart(content_type, body)[0].body == b"--mcsip-1\r\n--mcsip-2"


@pytest.mark.parametrize(
    ("rows", "boundary"),
    [
        ([], "b"),
        ([SDP], ""),
        ([SDP], "b" * 71),
        ([SDP], "b\r\n"),
        ([SDP], "b "),
        ([Part("text/plain", b"--b")], "b"),
        ([Part("text/plain\r\nEvil: x", b"")], "b"),
        ([Part("text/plain", b"", (("A:B", "c"),))], "b"),
        ([Part("text/plain", b"", (("A", "c\n"),))], "b"),
    ],
)
def test_what_cannot_be_built(rows: list[Part], boundary: str) -> None:
    with pytest.raises(UsageError):
        build_multipart(rows, boundary)


MIXED = "multipart/mixed; boundary=b"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param(b"--b\r\n\r\nx\r\n--b--", [("text/plain", b"x")], id="default type"),
        pytest.param(
            b"preamble\r\n--b\r\n\r\nx\r\n--b--\r\nepilogue --b",
            [("text/plain", b"x")],
            id="preamble and epilogue",
        ),
        pytest.param(b"--b \t\r\n\r\nx\r\n--b--  ", [("text/plain", b"x")], id="padding"),
        pytest.param(b"--b\r\n\r\n\r\n--b--", [("text/plain", b"")], id="empty body"),
        pytest.param(
            b"--b\r\n\r\n--bc\r\n x --b\r\n--b--",
            [("text/plain", b"--bc\r\n x --b")],
            id="look-alikes",
        ),
        pytest.param(
            b"--b\r\nCONTENT-type:  Text/XML ;\r\n a=b\r\n\r\n1\r\n--b\r\nX: y\r\n\r\n2\r\n--b--",
            [("text/xml", b"1"), ("text/plain", b"2")],
            id="folding",
        ),
    ],
)
def test_reading(body: bytes, found: list[tuple[str, bytes]]) -> None:
    assert [(part.media_type, part.body) for part in parse_multipart(MIXED, body)] == found


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no closing delimiter"),
        (b"nothing", "no closing delimiter"),
        (b"--b\r\n\r\nx", "no closing delimiter"),
        (b"--b\r\n\r\nx\r\n--b", "no closing delimiter"),
        (b"--b\n\nx\n--b--\n", "no closing delimiter"),
        (b"--b--", "no part"),
        (b"--b\r\n--b--", "no empty line"),
        (b"--b\r\nX: y\r\n--b--", "no empty line"),
        (b"--b\r\nno field\r\n\r\nx\r\n--b--", "malformed header field"),
        (b"--b\r\n: no name\r\n\r\nx\r\n--b--", "malformed header field"),
        (b"--b\r\n\r\nx\r\n" * (MAX_PARTS + 1) + b"--b--", "more than"),
        (b"--b\r\nX: " + b"y" * MAX_PART_HEAD_OCTETS + b"\r\n\r\nx\r\n--b--", "too long a head"),
    ],
)
def test_refused(body: bytes, says: str) -> None:
    with pytest.raises(BodyError, match=says) as caught:
        parse_multipart(MIXED, body)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/mixed;boundary=b", "b"),
        ('multipart/mixed; charset="a;b" ; Boundary = "x y" ;z=1', "x y"),
        ("multipart/mixed", None),
        ("multipart/mixed;boundary", None),
        ("multipart/mixed;boundary=", None),
        ('multipart/mixed;boundary="', None),
        ("multipart/mixed;boundary=ä", None),
    ],
)
def test_boundary(content_type: str, boundary: str | None) -> None:
    assert boundary_of(content_type) == boundary
    if boundary is None:
        with pytest.raises(BodyError, match="boundary"):
            parse_multipart(content_type, b"")


def outcome(body: bytes) -> int:
    """Return 200 when a body is read, else the status that refuses it; nothing else may come out."""
    try:
        parse_multipart(MIXED, body)
    except BodyError as error:
        return error.status
    return 200


SCRAPS = [b"--b", b"--", b"\r\n", b"b", b" ", b"X: y", b":"]


@given(st.lists(st.sampled_from(SCRAPS)))
@settings(deadline=None)
def test_scraps_give_parts_or_a_body_error(scraps: list[bytes]) -> None:
    assert outcome(b"".join(scraps)) in {200, 400}
