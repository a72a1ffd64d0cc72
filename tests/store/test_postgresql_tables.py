"""Compare and swap: what is written depends on the version that was read (``port``)."""

import asyncio
from dataclasses import replace

import psycopg
import pytest

from mcsip.migration.records import Placement, PrimaryRecord
from mcsip.store import rows
from mcsip.store.port import StoreError, UnavailableError
from mcsip.store.postgresql_tables import SharedShelf
from mcsip.store.rows import Row

USER = "sip:u@primary.example"
RECORD = PrimaryRecord(USER, Placement("b.example", "sip:v@b.example", 2, "a1", 100.5))


class Table:
    """A database that holds one row, or none."""

    def __init__(self, row: Row | None) -> None:
        self.row = row

    def execute(self, _statement: str, _values: Row = ()) -> "Table":
        return self

    def fetchone(self) -> Row | None:
        return self.row


def shelf() -> SharedShelf[PrimaryRecord]:
    return SharedShelf(
        rows.PRIMARY,
        rows.read_primary,
        rows.primary_row,
        lambda record: record.user,
        lambda record: record.deadline,
    )


def swaps(row: Row | None, value: PrimaryRecord | None, *, read: bool) -> list[tuple[str, bool]]:
    """Return what a change writes: the statement's first word, and whether it must hit a row."""
    made = shelf()

    async def main() -> None:
        if read:
            made.get(Table(row), USER)  # type: ignore[arg-type]  # no rows to iterate
        made.change(USER, value)

    asyncio.run(main())
    return [(statement.partition(" ")[0], must) for statement, _, must in made.swaps()]


THERE = (*rows.primary_row(RECORD), 7)


@pytest.mark.parametrize(
    ("row", "value", "read", "written"),
    [
        (THERE, RECORD, True, [("UPDATE", True)]),
        (None, RECORD, True, [("INSERT", True)]),
        (THERE, RECORD, False, [("INSERT", False)]),
        (THERE, None, True, [("DELETE", True)]),
        (None, None, True, []),
        (THERE, None, False, [("DELETE", False)]),
    ],
)
def test_what_a_change_writes(
    row: Row | None, value: PrimaryRecord | None, read: bool, written: list[tuple[str, bool]]
) -> None:
    assert swaps(row, value, read=read) == written


def test_the_first_version_of_a_group_counts() -> None:
    """A second decision in the group was made on what the first has written."""
    made = shelf()

    async def main() -> None:
        made.get(Table(THERE), USER)  # type: ignore[arg-type]  # no rows to iterate
        made.change(USER, RECORD)
        made.change(USER, None)

    asyncio.run(main())
    [(statement, values, must)] = made.swaps()
    assert statement.startswith("DELETE")
    assert (values, must) == ((USER, 7), True)


def test_all_servers_write_in_one_order() -> None:
    """Else two of them could each hold what the other waits for."""
    made = shelf()
    for user in "bca":
        made.change(user, replace(RECORD, user=user))
    assert [values[0] for _, values, _ in made.swaps()] == ["a", "b", "c"]


def test_a_version_is_remembered_for_one_iteration_of_the_loop() -> None:
    made = shelf()

    async def main() -> None:
        made.get(Table(THERE), USER)  # type: ignore[arg-type]  # no rows to iterate
        await asyncio.sleep(0)
        made.change(USER, RECORD)

    asyncio.run(main())
    assert [must for _, _, must in made.swaps()] == [False]


def test_what_was_read_outside_a_server_is_not_remembered() -> None:
    made = shelf()
    assert made.get(Table(THERE), USER) == RECORD  # type: ignore[arg-type]  # no rows to iterate
    made.change(USER, RECORD)
    made.settle(durable=True)
    assert (made.expected, made.pending) == ({}, {})


@pytest.mark.parametrize(
    ("error", "kind"),
    [(psycopg.OperationalError("lost"), UnavailableError), (KeyError("x"), StoreError)],
)
def test_an_unreadable_table_says_whether_it_will_be_readable(
    error: Exception, kind: type[StoreError]
) -> None:
    class Broken:
        def execute(self, _statement: str, _values: Row = ()) -> Table:
            raise error

    with pytest.raises(StoreError, match="cannot read table primary_record: ") as caught:
        shelf().get(Broken(), USER)  # type: ignore[arg-type]  # no rows to iterate
    assert type(caught.value) is kind
