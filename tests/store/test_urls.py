"""URLs of shared registries."""

import pytest

from mcsip.errors import UsageError
from mcsip.store.urls import shown_url, split_url

SHOWN = "postgresql://u@h:5/db?schema=y"


@pytest.mark.parametrize(
    ("url", "plain", "schema"),
    [
        ("postgresql://h/db", "postgresql://h/db", "mcsip"),
        ("postgresql://h/db?schema=B_1", "postgresql://h/db", "b_1"),
        (
            "postgresql://u:p@h:5/db?schema=x&sslmode=require",
            "postgresql://u:p@h:5/db?sslmode=require",
            "x",
        ),
    ],
)
def test_the_schema_stands_in_the_url(url: str, plain: str, schema: str) -> None:
    assert split_url(url) == (plain, schema)


@pytest.mark.parametrize("name", ["", "a b", "x;drop", "é", "a" * 64])
def test_a_schema_that_is_no_name(name: str) -> None:
    with pytest.raises(UsageError, match="no name of a schema"):
        split_url(f"postgresql://h/db?schema={name}")


def test_a_password_is_not_shown() -> None:
    assert shown_url("postgresql://u:secret@h:5/db?password=x&schema=y") == SHOWN
