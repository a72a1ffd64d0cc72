"""What octets are, by their content."""

from pathlib import Path

import pytest

from mcsip.capture.recognise import (
    begins_message,
    begins_tls,
    find_start_line,
    half_start_line,
    is_keep_alive,
    may_begin_message,
)
from tests.capture.crafting import answer, message

REQUEST = message()


@pytest.mark.parametrize(
    "data",
    [
        REQUEST,
        answer(REQUEST),
        b"\r\n\r\n" + REQUEST,
        b"sip/2.0 200 OK\r\n",
        b"OPTIONS sip:x SIP/2.0\n",
        b"!odd*method sip:x SIP/2.0\r\n",
        b"OPTIONS  sip:x   SIP/2.0  \r\n",
    ],
)
def test_messages(data: bytes) -> None:
    """RFC 3261 7.1, 7.2; RFC 4475 3.1.1.1, 3.1.2.9."""
    assert begins_message(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"\x80\x60" + bytes(40),
        b"GET / HTTP/1.1\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"INVITE sip:x",
        b"SIP/2.0",
        b"RTSP/1.0 200 OK\r\n",
        b"x" * 100_000,
        b"SIP/2.0\r\n",
        b"Via: SIP/2.0/UDP 10.0.0.1\r\n",
    ],
)
def test_others(data: bytes) -> None:
    assert not begins_message(data)


@pytest.mark.parametrize("name", ["intmeth.dat", "unreason.dat", "wsinv.dat", "dblreq.dat"])
def test_tortuous_messages(shared: Path, name: str) -> None:
    """RFC 4475."""
    assert begins_message((shared / "torture" / name).read_bytes())


@pytest.mark.parametrize("end", range(1, len(b"MESSAGE sip:bob@partner.example SIP/2.0\r\n")))
def test_half_a_request_line(end: int) -> None:
    assert may_begin_message(REQUEST[:end])
    assert half_start_line(b"noise\r\n" + REQUEST[:end]) == 7


@pytest.mark.parametrize("end", range(1, len("SIP/2.0 20")))
def test_half_a_status_line(end: int) -> None:
    assert may_begin_message(b"SIP/2.0 200 OK"[:end])


@pytest.mark.parametrize("data", [b"</body>", b"Via: x", b"\x16\x03", b"a b c", b"M" * 10_000])
def test_no_half_start_line(data: bytes) -> None:
    assert not may_begin_message(data)
    assert half_start_line(data) == len(data)


def test_finding_the_next_start_line() -> None:
    assert find_start_line(b"junk" + REQUEST, 0) == 4
    assert find_start_line(b"junk" + answer(REQUEST), 0) == 4
    assert find_start_line(REQUEST, REQUEST.index(b"\n") + 1) == -1
    assert find_start_line(REQUEST * 2, 1 + REQUEST.index(b"\n")) == len(REQUEST)


@pytest.mark.parametrize(
    ("data", "tls"),
    [
        (bytes.fromhex("1603010200") + b"\1", True),
        (bytes.fromhex("1703030020"), True),
        (bytes.fromhex("16030100"), False),
        (bytes.fromhex("1602010010"), False),
        (bytes.fromhex("170303ffff"), False),
        (b"MESSAGE", False),
    ],
)
def test_tls(data: bytes, tls: bool) -> None:
    """RFC 8446 5.1: type, version 3.x, length up to 2^14 and what encryption adds."""
    assert begins_tls(data) is tls


@pytest.mark.parametrize(
    ("data", "keeps"),
    [
        (b"\r\n\r\n", True),
        (b"\r\n", True),
        (b"", True),
        (b"\0\0\0\0", True),
        (bytes.fromhex("000100002112a442") + bytes(12), True),
        (b"\0\0\0\0\0", False),
        (b"garbage", False),
        (REQUEST, False),
    ],
)
def test_keep_alives(data: bytes, keeps: bool) -> None:
    """RFC 5626 3.5.1, 3.5.2."""
    assert is_keep_alive(data) is keeps
