"""The store on PostgreSQL: one registry for several MC service servers of a system.

What differs from a database of one's own is that others write too. A record is read without a lock,
together with its version; the commit of the group writes each record only where it still has the
version that was read (compare and swap). Else the whole group fails with ``ConflictError``, and who
decided reads and decides again. Read and commit happen in one iteration of the event loop, so
versions are remembered that long and no longer. What is written without having been read is
written as it is: a fresh debt, or a debt that is paid.

Statements wait for the answer of the database (about 0.1 ms on the same machine), and the event
loop with them; for how long at most says ``postgresql_link``. psycopg is loaded with this module,
which is loaded when a topology asks for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import errors, sql

from mcsip.store import rows
from mcsip.store.port import Change, ConflictError, HeldError, StoreError
from mcsip.store.postgresql_link import Connection, Link, failure, is_held
from mcsip.store.postgresql_tables import MARK, SCHEMA, SharedShelf
from mcsip.store.records import RecordStore, texts_of
from mcsip.store.rows import Row
from mcsip.store.urls import read_url

_LOCK = 0x6D637369
"""Names the lock under which one server makes the tables: "mcsi" in ASCII."""


class _Connection:
    """A connection whose statements are texts; see ``shelf.Database``."""

    def __init__(self, connection: Connection) -> None:
        self.raw = connection

    def execute(self, statement: str, values: Row = ()) -> "psycopg.Cursor[Row]":
        return self.raw.execute(statement.encode(), values)


class PostgresqlStore(RecordStore):
    """A store in a PostgreSQL database, shared with other servers; implements ``port.Store``.

    Args:
        url: ``postgresql://user:password@host:port/database?schema=name``; further parameters are
            those of libpq. The schema and its tables are made when they are not there.
        read_only: open an existing registry for reading, beside the servers that write it.

    Raises:
        UsageError: the URL is none, or has a parameter that libpq does not know.
        StoreError: the database cannot be reached, its tables are of another version, or there is
            nothing to read.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        super().__init__(SharedShelf, MARK)
        self._read_only = read_only
        found = read_url(url)
        self._schema, self._shown = found.schema, found.shown
        self._shared = [shelf for shelf in self._shelves if isinstance(shelf, SharedShelf)]
        self._link = Link(found, self._prepare)
        self._connection = _Connection(self._link.connect())

    @property
    def shared(self) -> bool:
        """Whether other servers write the same records."""
        return True

    def _database(self) -> _Connection:
        """Return the connection.

        Raises:
            UnavailableError: there is none now.
        """
        raw = self._link.connection()
        if raw is not self._connection.raw:
            self._connection = _Connection(raw)
        return self._connection

    def _prepare(self, raw: Connection) -> None:
        """Make the schema and its tables, if need be, and use them."""
        if not self._read_only:
            with raw.transaction():
                raw.execute(f"SELECT pg_advisory_xact_lock({_LOCK})".encode())
                raw.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(self._name))
                raw.execute(sql.SQL("SET LOCAL search_path TO {}").format(self._name))
                if not self._has_tables(raw):
                    raw.execute(SCHEMA.encode())
                    raw.execute(b"INSERT INTO mcsip_store VALUES (%s)", (rows.SCHEMA_VERSION,))
        raw.execute(sql.SQL("SET search_path TO {}").format(self._name))
        if not self._has_tables(raw):
            raise StoreError(f"{self._shown} holds no store of mcsip")
        if self._read_only:
            raw.execute(b"SET default_transaction_read_only TO on")
        self._check_version(raw)

    @property
    def _name(self) -> sql.Identifier:
        return sql.Identifier(self._schema)

    @staticmethod
    def _has_tables(raw: Connection) -> bool:
        there = raw.execute(b"SELECT to_regclass('mcsip_store') IS NOT NULL").fetchone()
        return there is not None and bool(there[0])

    def _check_version(self, raw: Connection) -> None:
        found = raw.execute(b"SELECT version FROM mcsip_store").fetchone()
        version = None if found is None else found[0]
        if version != rows.SCHEMA_VERSION:
            raise StoreError(
                f"the store {self._shown} has version {version!r}, "
                f"this mcsip reads version {rows.SCHEMA_VERSION}"
            )

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one moment of the database for as long as it lasts, whoever writes meanwhile.

        Raises:
            StoreError: the database cannot be read.
        """
        raw = self._database().raw
        try:
            raw.execute(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        except psycopg.Error as error:
            raise failure(f"cannot read the store {self._shown}", error) from error
        try:
            yield
        finally:
            with suppress(psycopg.Error):  # a connection that is gone has ended it
                raw.rollback()

    def _check(self, change: Change) -> None:
        super()._check(change)
        if any("\0" in text for text in texts_of(change)):
            raise StoreError("cannot store text with the character 0")

    def _write(self) -> StoreError | None:
        """Write what is pending in one transaction; return what went wrong, or None."""
        what = f"cannot write the store {self._shown}"
        is_last = False
        try:
            raw = self._database().raw
            with raw.transaction():
                done = self._swap(raw)
                if not all(cursor.rowcount == 1 for cursor, must in done if must):
                    raise ConflictError("another server changed a record meanwhile")
                is_last = True  # nothing but the commit itself can fail now
        except StoreError as error:
            return error
        except errors.SerializationFailure as changed:  # a name each: mypyc gives a name one type
            return ConflictError(f"{what}: {changed}")
        except psycopg.Error as lost:
            if is_held(lost):
                return HeldError(f"{what}: somebody else holds a record", self._held())
            if is_last and raw.closed:
                what += ", or it was written and nobody said so"
            return failure(what, lost)
        return None

    def _held(self) -> frozenset[str]:
        """Return the keys of pending changes whose rows are held; none where it cannot be told."""
        try:
            db = self._database()
            return frozenset[str]().union(*(shelf.held(db) for shelf in self._shared))
        except (StoreError, psycopg.Error):
            return frozenset()

    def _swap(self, raw: Connection) -> "list[tuple[psycopg.Cursor[Row], bool]]":
        with raw.pipeline():  # one round trip for all of them
            return [
                (raw.execute(statement.encode(), values), must)
                for shelf in self._shared
                for statement, values, must in shelf.swaps()
            ]

    def _disconnect(self) -> None:
        self._link.close()
