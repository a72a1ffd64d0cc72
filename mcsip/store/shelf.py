"""One table of the store: what is durable, and over it what is not yet."""

import heapq
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from mcsip.store.port import StoreError
from mcsip.store.rows import Row, Table

T = TypeVar("T")


class Shelf(Generic[T]):
    """The values of one table, read through what is pending.

    Args:
        table: the table's statements.
        read: row to value; raises ValueError, TypeError or KeyError on a row that is not ours.
        write: value to row.
        key: a value's primary key.
        due: a value's deadline in epoch seconds, or None.

    Attributes:
        pending: what is not yet durable, by key; None where a row goes away.
    """

    __slots__ = (
        "_deadlines",
        "_delete",
        "_due",
        "_get",
        "_key",
        "_put",
        "_read",
        "_write",
        "pending",
        "table",
    )

    def __init__(
        self,
        table: Table,
        read: Callable[[Any], T],
        write: Callable[[T], Row],
        key: Callable[[T], str],
        due: Callable[[T], float | None],
    ) -> None:
        self.table = table
        self.pending: dict[str, T | None] = {}
        self._read, self._write, self._key, self._due = read, write, key, due
        self._get = table.select(f"WHERE {table.key} = ?")
        self._put, self._delete, self._deadlines = table.put, table.delete, table.deadlines

    def get(self, db: sqlite3.Connection, key: str) -> T | None:
        """Return the value of a key, or None."""
        if self.pending and key in self.pending:
            return self.pending[key]
        try:
            row = db.execute(self._get, (key,)).fetchone()
            return None if row is None else self._read(row)
        except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
            raise self._unreadable(error) from error

    def select(self, db: sqlite3.Connection, statement: str, *values: str | float) -> Iterator[T]:
        """Yield the durable values that a statement selects.

        Raises:
            StoreError: the database cannot be read, or holds a row that is not ours.
        """
        try:
            for row in db.execute(statement, values):
                yield self._read(row)
        except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> StoreError:
        return StoreError(f"cannot read table {self.table.name}: {error}")

    def every(self, db: sqlite3.Connection) -> Iterator[T]:
        """Yield all values by key, as they are when it starts."""
        pending = dict(self.pending)
        durable = self.select(db, self.table.select(f"ORDER BY {self.table.key}"))
        kept = (value for value in durable if self._key(value) not in pending)
        fresh = [value for _, value in sorted(pending.items()) if value is not None]
        return heapq.merge(kept, fresh, key=self._key)

    def due(self, db: sqlite3.Connection, wall: float) -> list[T]:
        """Return the values whose deadline has come, the earliest first."""
        column = self.table.due
        found = [
            value
            for value in self.select(db, self.table.select(f"WHERE {column} <= ?"), wall)
            if self._key(value) not in self.pending
        ]
        for value in self.pending.values():
            at = self._due(value) if value is not None else None
            if value is not None and at is not None and at <= wall:
                found.append(value)
        return sorted(found, key=lambda value: (self._due(value) or 0.0, self._key(value)))

    def next_due(self, db: sqlite3.Connection) -> float | None:
        """Return the earliest deadline, or None."""
        try:
            durable = db.execute(self._deadlines)
            kept = (float(at) for key, at in durable if key not in self.pending)
            first = next(kept, None)
        except sqlite3.Error as error:
            raise self._unreadable(error) from error
        fresh = (self._due(value) for value in self.pending.values() if value is not None)
        return min((at for at in (first, *fresh) if at is not None), default=None)

    def put(self, db: sqlite3.Connection) -> None:
        """Write what is pending, inside a transaction of the caller's.

        Raises:
            sqlite3.Error: it cannot be written.
        """
        if not self.pending:
            return
        gone = [(key,) for key, value in self.pending.items() if value is None]
        there = [self._write(value) for value in self.pending.values() if value is not None]
        if gone:
            db.executemany(self._delete, gone)
        if there:
            db.executemany(self._put, there)
