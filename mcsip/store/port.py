"""What a node needs of a store: its records and what it owes, durable before it is told.

Theory
======

A server reads its records, lets a table of ``mcsip.migration.records`` advance one, and commits the
new record together with the messages that it now owes (the *outbox*). Only then does it answer or
send (design: durable before answered). Four promises make that safe and fast:

* **Read your own.** A read sees what is committed and what was handed to ``commit`` and is not yet
  durable. So a server that reads, decides and commits without awaiting in between needs no lock.
* **Group commit.** All commits of one iteration of the event loop become durable together, in the
  order in which they were made; their awaiters resume afterwards. There are no threads and no
  timers, so a run in virtual time repeats exactly.
* **First come.** Where several servers share the records, a commit whose records another server
  has changed since they were read fails with ``ConflictError``: read, and decide again.
* **All or nothing.** When the group cannot be made durable, every awaiter gets ``StoreError`` and
  no change of the group is seen any more: later commits of a group may have read earlier ones.
  One case is open: where a shared database goes away while it makes the commit, nobody can tell
  whether it did. Then ``UnavailableError`` says so, and what is read afterwards tells: all of the
  group, or nothing. For the others it is as if the server had died between commit and answer, and
  the same rules of ``mcsip.migration.records`` keep everybody from being half-migrated.

A record of a user at home, or of an absent visitor, is the absence of a record: it takes no room.
"""

from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from mcsip.errors import McsipError
from mcsip.migration.records import PartnerRecord, PrimaryRecord


class StoreError(McsipError):
    """The store failed: it cannot be opened, read or written, or what it holds is not ours."""


class UnavailableError(StoreError):
    """The store cannot be read or written now; a later try may succeed."""


class ConflictError(StoreError):
    """Another server changed a record between our reading it and our commit: read, decide again."""


class HeldError(ConflictError):
    """Somebody else holds a record of the group, for longer than the store waits.

    Args:
        message: what is held.
        keys: of the changes whose records are held; empty where that cannot be told.
    """

    def __init__(self, message: str, keys: frozenset[str]) -> None:
        super().__init__(message)
        self.keys = keys

    def concerns(self, changes: "Sequence[Change]") -> bool:
        """Tell whether some changes must wait; others of the group may be made again at once."""
        return not self.keys or not self.keys.isdisjoint(map(key_of, changes))


@dataclass(frozen=True, slots=True)
class Owed:
    """A message that is owed to another system until it took it: a row of the outbox.

    Attributes:
        id: names the debt; a change with the same ID replaces it. See ``owed_id``.
        message: name of the message (``mcsip list messages``).
        to: domain of the system that it is owed to.
        user: MC service ID, in the primary, of the user it is about.
        attempt: the attempt it is about (``mcsip.migration.events``).
        body: the body as it will be sent; never with a secret in it.
        created_at: when the debt arose, in epoch seconds.
        attempts: how many tries to deliver it have failed.
        next_try_at: when it is to be tried next, in epoch seconds.
    """

    id: str
    message: str
    to: str
    user: str
    attempt: str
    body: bytes
    created_at: float
    attempts: int = 0
    next_try_at: float = 0.0


def owed_id(message: str, user: str, attempt: str) -> str:
    """Return the ID of a debt: the same message about the same attempt is owed only once."""
    return f"{message} {attempt} {user}"


@dataclass(frozen=True, slots=True)
class Paid:
    """The change that takes a debt out of the outbox; without effect when it is not there.

    Attributes:
        id: the debt's ID.
    """

    id: str


@dataclass(frozen=True, slots=True)
class Activation:
    """Who is behind a functional alias of this system (TS 23.280 10.16.3).

    Attributes:
        alias: the functional alias.
        user: MC service ID of the user, in the primary; None: nobody any more.
        attempt: the attempt by which the visitor came; "" for a user of this system.
        since: when it was activated, in epoch seconds.
    """

    alias: str
    user: str | None
    attempt: str
    since: float


MANY = 1_000_000_000
"""As a limit: more than there can be."""

Change = PrimaryRecord | PartnerRecord | Owed | Paid | Activation


def key_of(change: Change) -> str:
    """Return what names a change's record among those of its kind."""
    match change:
        case PrimaryRecord() | PartnerRecord():
            return change.user
        case Owed() | Paid():
            return change.id
        case Activation():
            return change.alias


def due_of(change: Change) -> float | None:
    """Return when a change asks to be looked at again, in epoch seconds; None: it does not."""
    match change:
        case PrimaryRecord() | PartnerRecord():
            return change.deadline
        case Owed():
            return change.next_try_at
        case Paid() | Activation():
            return None


class Store(Protocol):
    """The durable records of one node. Every method may raise ``StoreError``."""

    @property
    def shared(self) -> bool:
        """Whether other servers of the system write the same records."""

    def primary(self, user: str) -> PrimaryRecord:
        """Return the primary's record of a user; at home when there is none.

        Args:
            user: MC service ID in the primary.
        """

    def partner(self, user: str) -> PartnerRecord:
        """Return the partner's record of a visitor; absent when there is none.

        Args:
            user: MC service ID in the primary.
        """

    def partner_by_partner_id(self, partner_id: str) -> PartnerRecord | None:
        """Return the record of the visitor to whom an ID was issued, or None.

        When several have it, the active one wins, then the pending, then the retained.

        Args:
            partner_id: MC service ID issued by this system.
        """

    def owed(self, owed_id: str) -> Owed | None:
        """Return a debt, or None when it is paid or never was."""

    def activation(self, alias: str) -> Activation | None:
        """Return who was put behind a functional alias last, or None.

        Args:
            alias: the functional alias.
        """

    def primaries(self) -> Iterator[PrimaryRecord]:
        """Yield the records of all users who are not at home or about whom something is owed."""

    def partners(self) -> Iterator[PartnerRecord]:
        """Yield the records of all visitors, by user."""

    def debts(self) -> Iterator[Owed]:
        """Yield the outbox by ID."""

    def primaries_due(self, wall: float, limit: int = MANY) -> list[PrimaryRecord]:
        """Return records whose deadline has come, the earliest first.

        Args:
            wall: now, in epoch seconds.
            limit: how many at most.
        """

    def partners_due(self, wall: float, limit: int = MANY) -> list[PartnerRecord]:
        """Return records whose deadline has come, the earliest first.

        Args:
            wall: now, in epoch seconds.
            limit: how many at most.
        """

    def debts_due(self, wall: float, limit: int = MANY) -> list[Owed]:
        """Return debts that are to be tried, the earliest first.

        Args:
            wall: now, in epoch seconds.
            limit: how many at most.
        """

    def next_due(self) -> float | None:
        """Return when the next deadline or try comes, in epoch seconds; None when none does."""

    def commit(self, *changes: Change) -> Awaitable[None]:
        """Make changes; they are seen at once, and durable when the result has been awaited.

        A cancelled awaiter takes nothing back: its changes become durable with their group.

        Args:
            changes: all of them happen, or none.

        Raises:
            StoreError: at once, when a change cannot be stored; from the result, when the group
                could not be made durable.
            ConflictError: from the result: another server was quicker, or holds a record.
        """

    def close(self) -> None:
        """Make durable what is not yet, and let go of the store; more than once is harmless."""
