"""A number with its noun."""

import pytest

from mcsip.words import plural


@pytest.mark.parametrize(("number", "said"), [(0, "0 users"), (1, "1 user"), (2, "2 users")])
def test_plural(number: int, said: str) -> None:
    assert plural(number, "user") == said
