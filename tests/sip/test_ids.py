"""Identifiers: RFC 3261 8.1.1.7, 17.2.3."""

import pytest

from mcsip.sip.ids import MAGIC_COOKIE, is_unique_branch, new_branch


class _Letters:
    def token(self) -> str:
        return "abc"


def test_new_branch() -> None:
    assert new_branch(_Letters()) == MAGIC_COOKIE + "abc"


@pytest.mark.parametrize(
    ("branch", "unique"),
    [("z9hG4bKx", True), ("z9hG4bK", False), ("1", False), (None, False), ("Z9HG4BKx", False)],
)
def test_unique_branch(branch: str | None, unique: bool) -> None:
    assert is_unique_branch(branch) is unique
