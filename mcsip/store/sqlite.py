"""The store on SQLite, by the standard library's ``sqlite3``: write-ahead log, group commit.

One store at a time writes a file, which a lock beside it sees to; others may read meanwhile. So
what was written lately need not be read again, and nobody decides by a record that another changes.

SQLAlchemy is left out: importing it takes a good part of the time that a whole run may take.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from mcsip.store import rows
from mcsip.store.port import StoreError
from mcsip.store.records import RecordStore
from mcsip.store.rows import Row, Table
from mcsip.store.shelf import Database, Shelf

MEMORY = ":memory:"
"""As a path: a database that ends with the store."""

RECENT_ROWS = 4096
"""How many rows of a table that were written lately are remembered; about a KB each [ours]."""
_BUSY_S = 5.0
_MARK = "?"
T = TypeVar("T")


class Synchronous(StrEnum):
    """When a commit counts as durable (SQLite's ``PRAGMA synchronous``)."""

    FULL = "FULL"
    """Once it is on the disk: survives loss of power."""
    NORMAL = "NORMAL"
    """Once the operating system has it: survives the death of the process."""


class OwnShelf(Shelf[T]):
    """A table that nobody else writes: what was written lately need not be read again.

    The messages of a procedure follow each other in milliseconds, and each asks for the record
    that the one before has written.
    """

    def __init__(
        self,
        table: Table,
        read: Callable[[Row], T],
        write: Callable[[T], Row],
        key: Callable[[T], str],
        due: Callable[[T], float | None],
        /,
    ) -> None:
        super().__init__(table, read, write, key, due, _MARK, (sqlite3.Error,))
        self._recent: dict[str, T | None] = {}

    def get(self, db: Database, key: str) -> T | None:
        """Return the value of a key, or None; see ``Shelf.get``."""
        if key in self._recent and key not in self.pending:
            return self._recent[key]
        return super().get(db, key)

    def settle(self, *, durable: bool) -> None:
        """Remember what has become durable."""
        if durable:
            if len(self._recent) >= RECENT_ROWS:
                self._recent.clear()
            self._recent |= self.pending
        super().settle(durable=durable)


def lock_file(path: Path) -> Path:
    """Return the file whose lock keeps a database: hidden, so that ``*`` names databases only."""
    return path.with_name(f".{path.name}.lock")


def _lock(path: str) -> int:
    """Return the file descriptor that keeps a database for who writes it, until it is closed.

    The lock is on a file beside the database: to close that itself would take SQLite's own locks
    away. It ends with the process, however that ends; the file stays.
    """
    try:
        lock = os.open(
            lock_file(Path(path).resolve()), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
    except OSError as error:
        raise StoreError(f"cannot open the store {path}: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        why = error.strerror
        if isinstance(error, BlockingIOError):
            why = "somebody else writes it, and each needs a file of its own"
        raise StoreError(f"cannot open the store {path}: {why}") from error
    return lock


def _put(table: Table) -> str:
    """Return the statement that inserts or replaces a row."""
    marks = ", ".join(_MARK for _ in table.columns)
    return f"INSERT OR REPLACE INTO {table.name} VALUES ({marks})"  # noqa: S608 - our own tables


def _delete(table: Table) -> str:
    """Return the statement that deletes a row by its key."""
    return f"DELETE FROM {table.name} WHERE {table.key} = {_MARK}"  # noqa: S608 - our own tables


_PUT = {table.name: _put(table) for table in rows.TABLES}
_DELETE = {table.name: _delete(table) for table in rows.TABLES}


class SqliteStore(RecordStore):
    """A store in an SQLite database; implements ``port.Store``.

    Args:
        path: the database's file, made when it is not there; or ``MEMORY``.
        synchronous: when a commit counts as durable.
        read_only: open an existing database for reading, beside the node that writes it.

    Raises:
        StoreError: the file cannot be opened, is no database of ours, is of another version, or
            somebody else writes it.
    """

    def __init__(
        self,
        path: Path | str = MEMORY,
        *,
        synchronous: Synchronous = Synchronous.FULL,
        read_only: bool = False,
    ) -> None:
        super().__init__(OwnShelf, _MARK)
        self._path = str(path)
        self._lock = None if read_only or self._path == MEMORY else _lock(self._path)
        try:
            self._db = self._open(read_only=read_only, synchronous=synchronous)
        except sqlite3.Error as error:
            self._unlock()
            raise StoreError(f"cannot open the store {self._path}: {error}") from error
        except BaseException:
            self._unlock()
            raise

    def _open(self, *, read_only: bool, synchronous: Synchronous) -> sqlite3.Connection:
        name = Path(self._path).absolute().as_uri() + "?mode=ro" if read_only else self._path
        db = sqlite3.connect(name, timeout=_BUSY_S, isolation_level=None, uri=read_only)
        try:
            if not read_only:
                db.execute("PRAGMA journal_mode=WAL")
                db.execute(f"PRAGMA synchronous={synchronous}")
            self._check_schema(db, read_only=read_only)
        except BaseException:
            db.close()
            raise
        return db

    def _check_schema(self, db: sqlite3.Connection, *, read_only: bool) -> None:
        db.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        (mark,) = db.execute("PRAGMA application_id").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if (version, mark, tables) == (0, 0, 0) and not read_only:
            for statement in (*rows.SCHEMA.split(";"), rows.ALIASES):
                db.execute(statement)
            db.execute(f"PRAGMA user_version={rows.SCHEMA_VERSION}")
            db.execute(f"PRAGMA application_id={rows.APPLICATION_ID}")
        elif mark != rows.APPLICATION_ID:
            raise StoreError(f"{self._path} is a database, but not a store of mcsip")
        elif version == 1:  # what is read only stays as it is
            if not read_only:
                db.execute(rows.ALIASES)
                db.execute(f"PRAGMA user_version={rows.SCHEMA_VERSION}")
        elif version != rows.SCHEMA_VERSION:
            raise StoreError(
                f"the store {self._path} has version {version}, "
                f"this mcsip reads version {rows.SCHEMA_VERSION}"
            )
        db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one moment of the database for as long as it lasts, whoever writes meanwhile.

        Raises:
            StoreError: the database cannot be read.
        """
        try:
            self._db.execute("BEGIN")
        except sqlite3.Error as error:
            raise StoreError(f"cannot read the store {self._path}: {error}") from error
        try:
            yield
        finally:
            with suppress(sqlite3.Error):  # a fault of the disk may have ended it already
                self._db.execute("ROLLBACK")

    def _database(self) -> sqlite3.Connection:
        return self._db

    def _disconnect(self) -> None:
        self._db.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _write(self) -> StoreError | None:
        """Write what is pending in one transaction; return what went wrong, or None."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._put(self._primaries)
                self._put(self._partners)
                self._put(self._owed)
                self._put(self._aliases)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            return StoreError(f"cannot write the store {self._path}: {error}")
        return None

    def _put(self, shelf: Shelf[T]) -> None:
        if not shelf.pending:
            return
        gone = [(key,) for key, value in shelf.pending.items() if value is None]
        there = [shelf.write(value) for value in shelf.pending.values() if value is not None]
        if gone:
            self._db.executemany(_DELETE[shelf.table.name], gone)
        if there:
            self._db.executemany(_PUT[shelf.table.name], there)
