"""The store on SQLite, by the standard library's ``sqlite3``: write-ahead log, group commit.

SQLAlchemy was measured and left out: importing it takes 160 ms of a start-up budget of 400 ms.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from operator import attrgetter
from pathlib import Path

from mcsip.migration.records import PartnerRecord, PartnerStatus, PrimaryRecord
from mcsip.store import rows
from mcsip.store.port import Activation, Change, Owed, Paid, StoreError
from mcsip.store.shelf import Shelf

MEMORY = ":memory:"
"""As a path: a database that ends with the store."""

_BUSY_S = 5.0
_MAX_INTEGER = 2**63 - 1
_RANK = {PartnerStatus.ACTIVE: 0, PartnerStatus.PENDING: 1, PartnerStatus.RETAINED: 2}
_BY_ID = [rows.PARTNER.select(f"WHERE {c} = ?") for c in ("partner_id", "former_partner_id")]


class Synchronous(StrEnum):
    """When a commit counts as durable (SQLite's ``PRAGMA synchronous``)."""

    FULL = "FULL"
    """Once it is on the disk: survives loss of power."""
    NORMAL = "NORMAL"
    """Once the operating system has it: survives the death of the process."""


def _issued(record: PartnerRecord) -> tuple[str | None, str | None]:
    """Return the IDs that were issued to a visitor: now, and before the pending request."""
    return record.partner_id, record.former.partner_id if record.former else None


def _check(change: Change) -> None:
    """Refuse what SQLite cannot hold, before it spoils a whole group.

    Raises:
        StoreError: text that is not Unicode, or a number beyond 64 bits.
    """
    match change:
        case PrimaryRecord(user=user, current=at):
            texts = [user, at.partner, at.partner_id or "", at.attempt] if at else [user]
            number = at.profile if at else 0
        case PartnerRecord(user=user):
            texts = [user, change.partner_id or "", change.attempt]
            number = change.profile or 0
        case Owed():
            texts = [change.id, change.message, change.to, change.user, change.attempt]
            number = change.attempts
        case Paid():
            texts, number = [change.id], 0
        case Activation():
            texts, number = [change.alias, change.user or "", change.attempt], 0
    try:
        "".join(texts).encode()
    except UnicodeEncodeError as error:
        raise StoreError(f"cannot store text that is not Unicode: {error}") from error
    if abs(number) > _MAX_INTEGER:
        raise StoreError(f"cannot store the number {number}")


class SqliteStore:
    """A store in an SQLite database; implements ``port.Store``.

    Args:
        path: the database's file, made when it is not there; or ``MEMORY``.
        synchronous: when a commit counts as durable.
        read_only: open an existing database for reading, beside the node that writes it.

    Raises:
        StoreError: the file cannot be opened, is no database of ours, or of another version.
    """

    def __init__(
        self,
        path: Path | str = MEMORY,
        *,
        synchronous: Synchronous = Synchronous.FULL,
        read_only: bool = False,
    ) -> None:
        self._path = str(path)
        user, deadline = attrgetter("user"), attrgetter("deadline")
        self._primaries: Shelf[PrimaryRecord] = Shelf(
            rows.PRIMARY, rows.read_primary, rows.primary_row, user, deadline
        )
        self._partners: Shelf[PartnerRecord] = Shelf(
            rows.PARTNER, rows.read_partner, rows.partner_row, user, deadline
        )
        self._owed: Shelf[Owed] = Shelf(
            rows.OWED, rows.read_owed, rows.owed_row, attrgetter("id"), attrgetter("next_try_at")
        )
        self._aliases: Shelf[Activation] = Shelf(
            rows.ALIAS, rows.read_alias, rows.alias_row, attrgetter("alias"), lambda _: None
        )
        self._waiting: list[asyncio.Future[None]] = []
        self._closed = False
        self.commits = 0
        self.groups = 0
        try:
            self._db = self._open(read_only=read_only, synchronous=synchronous)
        except sqlite3.Error as error:
            raise StoreError(f"cannot open the store {self._path}: {error}") from error

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
            self._db.execute("ROLLBACK")

    def primary(self, user: str) -> PrimaryRecord:
        """Return the primary's record of a user; at home when there is none."""
        return self._primaries.get(self._db, user) or PrimaryRecord(user)

    def partner(self, user: str) -> PartnerRecord:
        """Return the partner's record of a visitor; absent when there is none."""
        return self._partners.get(self._db, user) or PartnerRecord(user)

    def partner_by_partner_id(self, partner_id: str) -> PartnerRecord | None:
        """Return the record of the visitor to whom an ID was issued, or None."""
        found: list[PartnerRecord] = []
        pending = self._partners.pending
        for statement in _BY_ID:
            durable = self._partners.select(self._db, statement, partner_id)
            found += [record for record in durable if record.user not in pending]
        found += [r for r in pending.values() if r is not None and partner_id in _issued(r)]
        return min(found, key=lambda r: (self._rank(r, partner_id), r.user), default=None)

    @staticmethod
    def _rank(record: PartnerRecord, partner_id: str) -> int:
        if record.former is not None and record.former.partner_id == partner_id:
            return min(_RANK[record.former.status], _RANK[record.status])
        return _RANK[record.status]

    def owed(self, owed_id: str) -> Owed | None:
        """Return a debt, or None when it is paid or never was."""
        return self._owed.get(self._db, owed_id)

    def activation(self, alias: str) -> Activation | None:
        """Return who was put behind a functional alias last, or None."""
        return self._aliases.get(self._db, alias)

    def primaries(self) -> Iterator[PrimaryRecord]:
        """Yield the records of all users who are not at home or about whom something is owed."""
        return self._primaries.every(self._db)

    def partners(self) -> Iterator[PartnerRecord]:
        """Yield the records of all visitors, by user."""
        return self._partners.every(self._db)

    def debts(self) -> Iterator[Owed]:
        """Yield the outbox by ID."""
        return self._owed.every(self._db)

    def primaries_due(self, wall: float) -> list[PrimaryRecord]:
        """Return the records whose deadline has come, the earliest first."""
        return self._primaries.due(self._db, wall)

    def partners_due(self, wall: float) -> list[PartnerRecord]:
        """Return the records whose deadline has come, the earliest first."""
        return self._partners.due(self._db, wall)

    def debts_due(self, wall: float) -> list[Owed]:
        """Return the debts that are to be tried, the earliest first."""
        return self._owed.due(self._db, wall)

    def next_due(self) -> float | None:
        """Return when the next deadline or try comes, in epoch seconds; None when none does."""
        nexts = [
            shelf.next_due(self._db) for shelf in (self._primaries, self._partners, self._owed)
        ]
        return min((at for at in nexts if at is not None), default=None)

    def commit(self, *changes: Change) -> "asyncio.Future[None]":
        """Make changes; they are seen at once, and durable when the result has been awaited.

        Raises:
            StoreError: at once, when a change cannot be stored or the store is closed.
        """
        if self._closed:
            raise StoreError("the store is closed")
        for change in changes:
            _check(change)
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._flush)
        for change in changes:
            match change:
                case PrimaryRecord():
                    self._primaries.pending[change.user] = None if change.is_blank else change
                case PartnerRecord():
                    self._partners.pending[change.user] = None if change.is_blank else change
                case Owed():
                    self._owed.pending[change.id] = change
                case Paid():
                    self._owed.pending[change.id] = None
                case Activation():
                    self._aliases.pending[change.alias] = change if change.user else None
        future = loop.create_future()
        self._waiting.append(future)
        self.commits += 1
        return future

    def close(self) -> None:
        """Make durable what is not yet, and close the database."""
        if self._closed:
            return
        self._flush()
        self._closed = True
        self._db.close()

    def _flush(self) -> None:
        """Make the group durable and wake its awaiters, in order."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        failure = self._write()
        self.groups += 1
        for future in waiting:
            if future.done():
                continue
            if failure is None:
                future.set_result(None)
            else:
                future.set_exception(StoreError(failure))

    def _write(self) -> str | None:
        """Write what is pending in one transaction; return what went wrong, or None."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._primaries.put(self._db)
                self._partners.put(self._db)
                self._owed.put(self._db)
                self._aliases.put(self._db)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            return f"cannot write the store {self._path}: {error}"
        finally:
            for shelf in (self._primaries, self._partners, self._owed, self._aliases):
                shelf.pending.clear()
        return None
