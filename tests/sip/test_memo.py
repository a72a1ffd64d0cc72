"""What is remembered, and what is not."""

import pytest

from mcsip.sip.memo import LONGEST, remembering


def test_a_short_text_is_read_once() -> None:
    asked: list[str] = []

    @remembering(10)
    def read(text: str) -> int:
        asked.append(text)
        return len(text)

    assert [read("abc"), read("abc"), read("")] == [3, 3, 0]
    assert asked == ["abc", ""]
    assert read.__name__ == "read"


def test_a_long_text_is_not_kept() -> None:
    asked: list[str] = []

    @remembering(10)
    def read(text: str) -> int:
        asked.append(text)
        return len(text)

    for length in (LONGEST, LONGEST + 1):
        assert read("x" * length) == read("x" * length) == length
    assert [len(text) for text in asked] == [LONGEST, LONGEST + 1, LONGEST + 1]


def test_there_are_never_more_than_that() -> None:
    asked: list[str] = []

    @remembering(3)
    def read(text: str) -> int:
        asked.append(text)
        return len(text)

    for text in "abcd":
        read(text)
    read("d")
    read("a")
    assert asked == list("abcda"), "the fourth let all others go"


def test_what_is_raised_is_raised_again() -> None:
    @remembering(3)
    def read(text: str) -> int:
        return int(text)

    for _ in range(2):
        with pytest.raises(ValueError, match="invalid literal"):
            read("x")
