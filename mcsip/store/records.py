"""What the adapters of the store have in common: four tables, read through what is pending.

An adapter says how its database is reached and how a group is written (``port``: group commit).
"""

import asyncio
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Protocol, TypeVar

from mcsip.migration.records import PartnerRecord, PartnerStatus, PrimaryRecord
from mcsip.store import rows
from mcsip.store.port import MANY, Activation, Change, Owed, Paid, StoreError
from mcsip.store.rows import Row, Table
from mcsip.store.shelf import Database, Shelf

T = TypeVar("T")

_MAX_INTEGER = 2**63 - 1
_RANK = {PartnerStatus.ACTIVE: 0, PartnerStatus.PENDING: 1, PartnerStatus.RETAINED: 2}


class ShelfMaker(Protocol):
    """Makes the shelves of an adapter; see ``Shelf``."""

    def __call__(
        self,
        table: Table,
        read: Callable[[Row], T],
        write: Callable[[T], Row],
        key: Callable[[T], str],
        due: Callable[[T], float | None],
        /,
    ) -> Shelf[T]:
        """Return the shelf of a table."""


def _issued(record: PartnerRecord) -> tuple[str | None, str | None]:
    """Return the IDs that were issued to a visitor: now, and before the pending request."""
    return record.partner_id, record.former.partner_id if record.former else None


def texts_of(change: Change) -> list[str]:
    """Return the texts of a change that come from outside."""
    match change:
        case PrimaryRecord(user=user, current=at):
            return [user, at.partner, at.partner_id or "", at.attempt] if at else [user]
        case PartnerRecord(user=user):
            return [user, change.partner_id or "", change.attempt]
        case Owed():
            return [change.id, change.message, change.to, change.user, change.attempt]
        case Paid():
            return [change.id]
        case Activation():
            return [change.alias, change.user or "", change.attempt]


def _number_of(change: Change) -> int:
    """Return the number of a change that comes from outside, or 0."""
    match change:
        case PrimaryRecord(current=at):
            return at.profile if at else 0
        case PartnerRecord():
            return change.profile or 0
        case Owed():
            return change.attempts
        case Paid() | Activation():
            return 0


class RecordStore:
    """A store on four tables; implements ``port.Store`` but for the database itself.

    Args:
        make: makes the shelves.
        mark: what stands for a value in a statement.

    Attributes:
        commits: how many commits were made.
        groups: how many transactions of the database they took.
    """

    def __init__(self, make: ShelfMaker, mark: str) -> None:
        user, deadline = attrgetter("user"), attrgetter("deadline")
        self._primaries: Shelf[PrimaryRecord] = make(
            rows.PRIMARY, rows.read_primary, rows.primary_row, user, deadline
        )
        self._partners: Shelf[PartnerRecord] = make(
            rows.PARTNER, rows.read_partner, rows.partner_row, user, deadline
        )
        self._owed: Shelf[Owed] = make(
            rows.OWED, rows.read_owed, rows.owed_row, attrgetter("id"), attrgetter("next_try_at")
        )
        self._aliases: Shelf[Activation] = make(
            rows.ALIAS, rows.read_alias, rows.alias_row, attrgetter("alias"), lambda _: None
        )
        self._by_id = [
            rows.PARTNER.select(f"WHERE {column} = {mark}")
            for column in ("partner_id", "former_partner_id")
        ]
        self._waiting: list[asyncio.Future[None]] = []
        self._closed = False
        self.commits = 0
        self.groups = 0

    # What an adapter says

    @property
    def shared(self) -> bool:
        """Whether other servers write the same records."""
        return False

    def _database(self) -> Database:
        """Return the connection; raises StoreError when there is none."""
        raise NotImplementedError

    def _write(self) -> StoreError | None:
        """Write what is pending in one transaction; return what went wrong, or None."""
        raise NotImplementedError

    def _disconnect(self) -> None:
        """Let go of the database."""
        raise NotImplementedError

    @property
    def _shelves(
        self,
    ) -> tuple[Shelf[PrimaryRecord] | Shelf[PartnerRecord] | Shelf[Owed] | Shelf[Activation], ...]:
        return self._primaries, self._partners, self._owed, self._aliases

    # Reading

    def primary(self, user: str) -> PrimaryRecord:
        """Return the primary's record of a user; at home when there is none."""
        return self._primaries.get(self._database(), user) or PrimaryRecord(user)

    def partner(self, user: str) -> PartnerRecord:
        """Return the partner's record of a visitor; absent when there is none."""
        return self._partners.get(self._database(), user) or PartnerRecord(user)

    def partner_by_partner_id(self, partner_id: str) -> PartnerRecord | None:
        """Return the record of the visitor to whom an ID was issued, or None."""
        found: list[PartnerRecord] = []
        pending = self._partners.pending
        for statement in self._by_id:
            durable = self._partners.select(self._database(), statement, partner_id)
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
        return self._owed.get(self._database(), owed_id)

    def activation(self, alias: str) -> Activation | None:
        """Return who was put behind a functional alias last, or None."""
        return self._aliases.get(self._database(), alias)

    def primaries(self) -> Iterator[PrimaryRecord]:
        """Yield the records of all users who are not at home or about whom something is owed."""
        return self._primaries.every(self._database())

    def partners(self) -> Iterator[PartnerRecord]:
        """Yield the records of all visitors, by user."""
        return self._partners.every(self._database())

    def debts(self) -> Iterator[Owed]:
        """Yield the outbox by ID."""
        return self._owed.every(self._database())

    def primaries_due(self, wall: float, limit: int = MANY) -> list[PrimaryRecord]:
        """Return records whose deadline has come, the earliest first, at most so many."""
        return self._primaries.due(self._database(), wall, limit)

    def partners_due(self, wall: float, limit: int = MANY) -> list[PartnerRecord]:
        """Return records whose deadline has come, the earliest first, at most so many."""
        return self._partners.due(self._database(), wall, limit)

    def debts_due(self, wall: float, limit: int = MANY) -> list[Owed]:
        """Return debts that are to be tried, the earliest first, at most so many."""
        return self._owed.due(self._database(), wall, limit)

    def next_due(self) -> float | None:
        """Return when the next deadline or try comes, in epoch seconds; None when none does."""
        db = self._database()
        nexts = [shelf.next_due(db) for shelf in (self._primaries, self._partners, self._owed)]
        return min((at for at in nexts if at is not None), default=None)

    # Writing

    def commit(self, *changes: Change) -> "asyncio.Future[None]":
        """Make changes; they are seen at once, and durable when the result has been awaited.

        Raises:
            StoreError: at once, when a change cannot be stored or the store is closed.
        """
        if self._closed:
            raise StoreError("the store is closed")
        for change in changes:
            self._check(change)
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._flush)
        for change in changes:
            match change:
                case PrimaryRecord():
                    self._primaries.change(change.user, None if change.is_blank else change)
                case PartnerRecord():
                    self._partners.change(change.user, None if change.is_blank else change)
                case Owed():
                    self._owed.change(change.id, change)
                case Paid():
                    self._owed.change(change.id, None)
                case Activation():
                    self._aliases.change(change.alias, change if change.user else None)
        future = loop.create_future()
        self._waiting.append(future)
        self.commits += 1
        return future

    def _check(self, change: Change) -> None:
        """Refuse what no database can hold, before it spoils a whole group.

        Raises:
            StoreError: text that is not Unicode, or a number beyond 64 bits.
        """
        try:
            "".join(texts_of(change)).encode()
        except UnicodeEncodeError as error:
            raise StoreError(f"cannot store text that is not Unicode: {error}") from error
        if abs(number := _number_of(change)) > _MAX_INTEGER:
            raise StoreError(f"cannot store the number {number}")

    def close(self) -> None:
        """Make durable what is not yet, and close the database."""
        if self._closed:
            return
        self._flush()
        self._closed = True
        self._disconnect()

    def _flush(self) -> None:
        """Make the group durable and wake its awaiters, in order."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        failure: StoreError | None = StoreError("the store was not written")
        try:
            failure = self._write()
        finally:
            for shelf in self._shelves:
                shelf.settle(durable=failure is None)
            self.groups += 1
            for future in waiting:
                if future.done():
                    continue
                if failure is None:
                    future.set_result(None)
                else:
                    future.set_exception(failure)
