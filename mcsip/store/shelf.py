"""One table of the store: what is durable, and over it what is not yet."""

import heapq
from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from mcsip.store.port import StoreError
from mcsip.store.rows import Row, Table, Value

T = TypeVar("T")


class Cursor(Protocol):
    """What a statement selected."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def __iter__(self) -> Iterator[Any]:
        """Return the rows."""


class Database(Protocol):
    """A connection to a database, as shelves use it."""

    def execute(self, statement: str, values: Row = (), /) -> Cursor:
        """Run a statement with values for its marks."""


class Shelf(Generic[T]):
    """The values of one table, read through what is pending.

    Args:
        table: the table's statements.
        read: row to value; raises ValueError, TypeError or KeyError on a row that is not ours.
        write: value to row.
        key: a value's primary key.
        due: a value's deadline in epoch seconds, or None.
        mark: what stands for a value in a statement.
        errors: what the database raises when it cannot be read.

    Attributes:
        pending: what is not yet durable, by key; None where a row goes away.
    """

    def __init__(
        self,
        table: Table,
        read: Callable[[Any], T],
        write: Callable[[T], Row],
        key: Callable[[T], str],
        due: Callable[[T], float | None],
        mark: str,
        errors: tuple[type[Exception], ...],
    ) -> None:
        self.table = table
        self.pending: dict[str, T | None] = {}
        self.write = write
        self._read, self._key, self._due = read, key, due
        self._mark = mark
        self._errors: tuple[type[Exception], ...] = (*errors, ValueError, TypeError, KeyError)
        self._get = table.select(f"WHERE {table.key} = {mark}")
        self._every = table.select(f"ORDER BY {table.key}")
        self._due_rows = table.select(
            f"WHERE {table.due} <= {mark} ORDER BY {table.due} LIMIT {mark}"
        )
        self._deadlines = table.deadlines

    def get(self, db: Database, key: str) -> T | None:
        """Return the value of a key, or None.

        Raises:
            StoreError: the database cannot be read, or holds a row that is not ours.
        """
        if self.pending and key in self.pending:
            return self.pending[key]
        try:
            row = db.execute(self._get, (key,)).fetchone()
            self._note(key, row)
            return None if row is None else self._read(row)
        except self._errors as error:
            raise self._unreadable(error) from error

    def change(self, key: str, value: T | None) -> None:
        """Change the value of a key, None to delete it; it is pending until ``settle``."""
        self.pending[key] = value

    def settle(self, *, durable: bool) -> None:
        """Forget what was pending: it is durable now, or never will be."""
        del durable  # what is read again is read from the database
        self.pending.clear()

    def _note(self, key: str, row: Any) -> None:
        """Hear which row was read; nothing needs to be remembered where nobody else writes."""

    def select(self, db: Database, statement: str, *values: Value) -> Iterator[T]:
        """Yield the durable values that a statement selects.

        Raises:
            StoreError: the database cannot be read, or holds a row that is not ours.
        """
        try:
            for row in db.execute(statement, values):
                yield self._read(row)
        except self._errors as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> StoreError:
        return StoreError(f"cannot read table {self.table.name}: {error}")

    def every(self, db: Database) -> Iterator[T]:
        """Yield all values by key, as they are when it starts."""
        pending = dict(self.pending)
        kept = (value for value in self._durable(db) if self._key(value) not in pending)
        fresh = [value for _, value in sorted(pending.items()) if value is not None]
        return heapq.merge(kept, fresh, key=self._key)

    def _durable(self, db: Database) -> Iterator[T]:
        """Yield what is durable, by key."""
        return self.select(db, self._every)

    def due(self, db: Database, wall: float, limit: int) -> list[T]:
        """Return values whose deadline has come, the earliest first, at most so many."""
        found = [
            value
            for value in self.select(db, self._due_rows, wall, limit + len(self.pending))
            if self._key(value) not in self.pending
        ]
        for value in self.pending.values():
            at = self._due(value) if value is not None else None
            if value is not None and at is not None and at <= wall:
                found.append(value)
        return sorted(found, key=lambda value: (self._due(value) or 0.0, self._key(value)))[:limit]

    def next_due(self, db: Database) -> float | None:
        """Return the earliest deadline, or None."""
        try:
            durable = db.execute(*self._earliest())
            kept = (float(at) for key, at in durable if key not in self.pending)
            first = next(kept, None)
        except self._errors as error:
            raise self._unreadable(error) from error
        fresh = (self._due(value) for value in self.pending.values() if value is not None)
        return min((at for at in (first, *fresh) if at is not None), default=None)

    def _earliest(self) -> tuple[str, Row]:
        """Return the statement that gives keys and deadlines, and its values."""
        return self._deadlines, ()
