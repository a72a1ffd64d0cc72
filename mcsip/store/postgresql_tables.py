"""The tables of a PostgreSQL store that several servers write, and the statements on them.

Each row has a version from one sequence: no two rows ever had the same, so that a row which was
deleted and made again is not taken for the one that was read.
"""

import asyncio
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any, TypeVar

import psycopg

from mcsip.store import rows
from mcsip.store.port import StoreError
from mcsip.store.postgresql_link import failure
from mcsip.store.rows import Row, Table
from mcsip.store.shelf import Shelf

PAGE_ROWS = 10_000
"""How many rows are fetched at once where all are read [ours]."""

MARK = "%s"
_NOT_READ = -1
_NOT_THERE = 0

T = TypeVar("T")


class SharedShelf(Shelf[T]):
    """A table that others write too.

    Attributes:
        expected: the version that each pending key had when it was read; ``_NOT_THERE`` where
            there was no row. Keys that were not read are missing.
    """

    def __init__(
        self,
        table: Table,
        read: Callable[[Any], T],
        write: Callable[[T], Row],
        key: Callable[[T], str],
        due: Callable[[T], float | None],
        /,
    ) -> None:
        super().__init__(table, lambda row: read(row[:-1]), write, key, due, MARK, (psycopg.Error,))
        self.expected: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._page = table.select(
            f"WHERE {table.key} > {MARK} ORDER BY {table.key} LIMIT {PAGE_ROWS}"
        )

    def _note(self, key: str, row: Any) -> None:
        if not self._seen:
            try:
                asyncio.get_running_loop().call_soon(self._seen.clear)
            except RuntimeError:  # read outside a server: nothing will be committed
                return
        self._seen[key] = _NOT_THERE if row is None else row[-1]

    def change(self, key: str, value: T | None) -> None:
        """Change the value of a key, decided on the version that was read first in this group."""
        if key not in self.pending and key in self._seen:
            self.expected[key] = self._seen[key]
        super().change(key, value)

    def settle(self, *, durable: bool) -> None:
        """Forget what was pending, and on which versions it was decided."""
        super().settle(durable=durable)
        self.expected.clear()

    def _durable(self, db: Any) -> Iterator[T]:
        last = ""
        while True:
            page = list(self.select(db, self._page, last))
            yield from page
            if len(page) < PAGE_ROWS:
                return
            last = self._key(page[-1])

    def _earliest(self) -> tuple[str, Row]:
        return f"{self._deadlines} LIMIT {MARK}", (len(self.pending) + 1,)

    def _unreadable(self, error: Exception) -> StoreError:
        return failure(f"cannot read table {self.table.name}", error)

    def held(self, db: Any) -> set[str]:
        """Return the keys of pending changes whose rows somebody else holds."""
        keys = list(self.pending)
        return (
            {key for (key,) in db.execute(_HELD[self.table.name], (keys, keys))} if keys else set()
        )

    def swaps(self) -> Iterator[tuple[str, Row, bool]]:
        """Yield for each pending change a statement, its values, and whether it must hit a row.

        All servers write in the same order, so that no two of them wait for each other.
        """
        name = self.table.name
        for key, value in sorted(self.pending.items(), key=itemgetter(0)):
            expected = self.expected.get(key, _NOT_READ)
            if value is None:
                if expected == _NOT_READ:
                    yield _DELETE[name], (key,), False
                elif expected != _NOT_THERE:
                    yield _DELETE_VERSION[name], (key, expected), True
            elif expected == _NOT_READ:
                yield _PUT[name], self.write(value), False
            elif expected == _NOT_THERE:
                yield _INSERT[name], self.write(value), True
            else:
                yield _UPDATE[name], (*self.write(value), key, expected), True


def _names(table: Table) -> str:
    return ", ".join(f'"{column}"' for column in table.columns)


def _insert(table: Table, on_conflict: str) -> str:
    marks = ", ".join(MARK for _ in table.columns)
    return (
        f"INSERT INTO {table.name} ({_names(table)}) VALUES ({marks}) "  # noqa: S608 - our tables
        f"ON CONFLICT {on_conflict}"
    )


def _put(table: Table) -> str:
    """Return the statement that inserts or replaces a row, whatever its version."""
    fresh = [f'"{column}" = excluded."{column}"' for column in table.columns]
    sets = ", ".join([*fresh, _NEXT_VERSION])
    return _insert(table, f"({table.key}) DO UPDATE SET {sets}")


def _update(table: Table) -> str:
    """Return the statement that replaces a row which still has its version."""
    sets = ", ".join([*(f'"{column}" = {MARK}' for column in table.columns), _NEXT_VERSION])
    return f"UPDATE {table.name} SET {sets} {_where(table)} AND version = {MARK}"  # noqa: S608


def _delete(table: Table) -> str:
    return f"DELETE FROM {table.name} {_where(table)}"  # noqa: S608 - names of our own tables


def _held(table: Table) -> str:
    """Return the statement that selects those of some keys whose rows somebody else holds."""
    rows_of = f"SELECT {table.key} FROM {table.name} WHERE {table.key} = ANY({MARK})"  # noqa: S608
    return f"{rows_of} AND {table.key} NOT IN ({rows_of} FOR UPDATE SKIP LOCKED)"


def _where(table: Table) -> str:
    return f"WHERE {table.key} = {MARK}"


_NEXT_VERSION = "version = nextval('record_version')"
_PUT = {table.name: _put(table) for table in rows.TABLES}
_INSERT = {table.name: _insert(table, "DO NOTHING") for table in rows.TABLES}
_UPDATE = {table.name: _update(table) for table in rows.TABLES}
_DELETE = {table.name: _delete(table) for table in rows.TABLES}
_HELD = {table.name: _held(table) for table in rows.TABLES}
_DELETE_VERSION = {t.name: f"{_delete(t)} AND version = {MARK}" for t in rows.TABLES}

_VERSION = "version BIGINT NOT NULL DEFAULT nextval('record_version')"
_TEXT = 'TEXT COLLATE "C"'  # ordered by code point, as Python orders them
SCHEMA = f"""
CREATE SEQUENCE record_version;
CREATE TABLE mcsip_store (version INTEGER NOT NULL);
CREATE TABLE primary_record (
  "user" {_TEXT} PRIMARY KEY, partner TEXT, partner_id TEXT, profile BIGINT, attempt TEXT,
  since DOUBLE PRECISION, taken BIGINT, notified BIGINT, confirm_until DOUBLE PRECISION,
  due DOUBLE PRECISION, former TEXT, ended TEXT, {_VERSION}
);
CREATE INDEX primary_due ON primary_record (due) WHERE due IS NOT NULL;
CREATE TABLE partner_record (
  "user" {_TEXT} PRIMARY KEY, status TEXT NOT NULL, partner_id TEXT, profile BIGINT,
  attempt TEXT NOT NULL, since DOUBLE PRECISION, until DOUBLE PRECISION, basis TEXT NOT NULL,
  due DOUBLE PRECISION, former_partner_id TEXT, former TEXT, {_VERSION}
);
CREATE INDEX partner_due ON partner_record (due) WHERE due IS NOT NULL;
CREATE INDEX partner_by_id ON partner_record (partner_id) WHERE partner_id IS NOT NULL;
CREATE INDEX partner_by_former_id ON partner_record (former_partner_id)
  WHERE former_partner_id IS NOT NULL;
CREATE TABLE owed (
  id {_TEXT} PRIMARY KEY, message TEXT NOT NULL, destination TEXT NOT NULL, "user" TEXT NOT NULL,
  attempt TEXT NOT NULL, body BYTEA NOT NULL, created_at DOUBLE PRECISION NOT NULL,
  attempts BIGINT NOT NULL, next_try_at DOUBLE PRECISION NOT NULL, {_VERSION}
);
CREATE INDEX owed_due ON owed (next_try_at);
CREATE TABLE alias (
  alias {_TEXT} PRIMARY KEY, "user" TEXT NOT NULL, attempt TEXT NOT NULL,
  since DOUBLE PRECISION NOT NULL, {_VERSION}
);
"""
