"""Texts of elements, one by one (TS 24.379 F.1: user-profile-index, migration-auth-result)."""

import pytest

from mcsip.mc.info_reader import index_from, result_from
from mcsip.mc.xml import BodyError


@pytest.mark.parametrize(
    ("text", "index"), [("0", 0), ("+7", 7), ("007", 7), ("999999999", 999999999)]
)
def test_indexes(text: str, index: int) -> None:
    assert index_from(text) == index


@pytest.mark.parametrize(
    "text", ["", "-1", "+", "++1", "1.0", "1e3", "٣", "²", "0x1", "1" * 10, "1\r\n2"]
)
def test_texts_that_are_no_index(text: str) -> None:
    with pytest.raises(BodyError) as caught:
        index_from(text)
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("text", ["", "SUCCESS", "yes", "2", "failure\r\n"])
def test_texts_that_are_no_result(text: str) -> None:
    with pytest.raises(BodyError) as caught:
        result_from(text)
    assert caught.value.message.isprintable()
