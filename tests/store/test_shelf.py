"""One table of the store: what is pending stands before what is durable."""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from mcsip.store.port import StoreError
from mcsip.store.rows import Table
from mcsip.store.shelf import Shelf


class Thing(NamedTuple):
    key: str
    at: float | None = None


TABLE = Table("thing", "key", "at", ("key", "at"))


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE thing (key TEXT PRIMARY KEY, at REAL)")
    yield connection
    connection.close()


def shelf() -> Shelf[Thing]:
    return Shelf(
        TABLE,
        lambda row: Thing(*row),
        tuple,
        lambda thing: thing.key,
        lambda thing: thing.at,
        "?",
        (sqlite3.Error,),
    )


@pytest.fixture
def filled(db: sqlite3.Connection) -> Shelf[Thing]:
    """Return a shelf with a, b and d, where b is pending anew, c is new and d is going away."""
    made = shelf()
    db.executemany("INSERT INTO thing VALUES (?, 10.0)", "abd")
    made.change("b", Thing("b", 5.0))
    made.change("c", Thing("c"))
    made.change("d", None)
    return made


def test_a_key(db: sqlite3.Connection, filled: Shelf[Thing]) -> None:
    found = [filled.get(db, key) for key in "abcde"]
    assert found == [Thing("a", 10.0), Thing("b", 5.0), Thing("c"), None, None]


def test_everything_by_key(db: sqlite3.Connection, filled: Shelf[Thing]) -> None:
    assert [*filled.every(db)] == [Thing("a", 10.0), Thing("b", 5.0), Thing("c")]


@pytest.mark.parametrize(
    ("wall", "limit", "keys"), [(4.0, 9, ""), (5.0, 9, "b"), (10.0, 9, "ba"), (10.0, 1, "b")]
)
def test_what_is_due(
    db: sqlite3.Connection, filled: Shelf[Thing], wall: float, limit: int, keys: str
) -> None:
    assert "".join(thing.key for thing in filled.due(db, wall, limit)) == keys


def test_what_changed_meanwhile_does_not_hide_what_is_due(
    db: sqlite3.Connection, filled: Shelf[Thing]
) -> None:
    """With a limit: the first rows of the table may be pending as gone."""
    filled.pending = {"a": None, "b": None}
    assert [thing.key for thing in filled.due(db, 10.0, 1)] == ["d"]


def test_the_next_deadline(db: sqlite3.Connection, filled: Shelf[Thing]) -> None:
    assert filled.next_due(db) == 5.0
    filled.pending = {"a": None, "b": None}
    assert filled.next_due(db) == 10.0
    filled.pending["d"] = None
    assert filled.next_due(db) is None


def test_what_is_settled_is_read_from_the_table(
    db: sqlite3.Connection, filled: Shelf[Thing]
) -> None:
    filled.settle(durable=False)
    assert [*filled.every(db)] == [Thing(key, 10.0) for key in "abd"]


def test_a_row_that_is_not_ours_is_an_error_of_the_store(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE thing ADD COLUMN more TEXT")
    db.execute("INSERT INTO thing VALUES ('a', 1.0, 'x')")
    with pytest.raises(StoreError, match="cannot read table thing"):
        shelf().get(db, "a")


def test_a_table_that_is_not_there_is_an_error_of_the_store(db: sqlite3.Connection) -> None:
    db.execute("DROP TABLE thing")
    with pytest.raises(StoreError, match="cannot read table thing"):
        shelf().next_due(db)
