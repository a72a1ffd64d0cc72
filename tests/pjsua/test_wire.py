"""The lines between mcsip and the program with PJSIP."""

import pytest

from mcsip.pjsua.wire import (
    WireError,
    build_line,
    number_of,
    octets_of,
    pack,
    pairs_of,
    parse_line,
    text_of,
)


def test_a_line_comes_back() -> None:
    line = {"do": "send", "number": 7, "body": pack(bytes(range(256))), "fields": [["A", "é"]]}
    octets = build_line(line)
    assert octets.endswith(b"\n")
    assert octets.count(b"\n") == 1
    read = parse_line(octets)
    assert read == line
    assert (text_of(read, "do"), number_of(read, "number")) == ("send", 7)
    assert octets_of(read, "body") == bytes(range(256))
    assert pairs_of(read, "fields") == [("A", "é")]


@pytest.mark.parametrize("octets", [b"", b"\n", b"x\n", b"[]\n", b"7\n", b"\xff\n", b"[" * 100_000])
def test_what_is_no_line(octets: bytes) -> None:
    with pytest.raises(WireError):
        parse_line(octets)


@pytest.mark.parametrize("value", [None, 7, ["a"], True])
def test_what_is_no_text(value: object) -> None:
    with pytest.raises(WireError, match="key is no text"):
        text_of({"key": value}, "key")


@pytest.mark.parametrize("value", [None, "7", 7.5, True])
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(WireError, match="key is no number"):
        number_of({"key": value}, "key")


@pytest.mark.parametrize("value", ["é", "a", "????"])
def test_what_are_no_octets(value: str) -> None:
    with pytest.raises(WireError, match="no base64"):
        octets_of({"key": value}, "key")


@pytest.mark.parametrize("value", [None, "ab", ["ab"], [["a"]], [["a", 1]], [["a", "b", "c"]]])
def test_what_are_no_pairs(value: object) -> None:
    with pytest.raises(WireError):
        pairs_of({"key": value}, "key")
