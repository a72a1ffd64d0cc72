"""From the entries of a trace to the views that rules look at, one after the other.

Entries stream by. A message is shown once: a live trace has a copy of it at the sender and one at
the receiver, and repeats of the same octets are a matter of their transaction. Transactions are
shown when they have been quiet for as long as they may last, passages when all their transactions
are closed, courses at the end. What is kept meanwhile is bounded, however long the trace.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from mcsip.conformance.calls import Calls
from mcsip.conformance.courses import Courses
from mcsip.conformance.participants import Participants
from mcsip.conformance.passages import Passages
from mcsip.conformance.rule import Scope
from mcsip.conformance.shapes import Shape, Shapes
from mcsip.conformance.transactions import OpenTransaction, Transactions
from mcsip.conformance.views import Call, Course, MessageSeen, Passage, Setting, TransactionSeen
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.trace import Direction, TraceEntry

MAX_RECENT = 1024
"""Octets outside of transactions of which a second copy is recognized [ours]."""
_SWEEP_S = 0.5
"""How often quiet transactions are looked for, in seconds of the trace [ours]."""
_SWEEP_ENTRIES = 2048
"""How many entries may pass before that [ours]: bounds what is kept where time stands still."""


#: Reads octets; of the last messages it knows what they are, since their copies come soon [ours].
_read = lru_cache(maxsize=512)(parse_datagram)


class Viewer(Protocol):
    """Is shown the views."""

    def on_message(self, seen: MessageSeen) -> None:
        """Look at a message."""
        ...

    def on_transaction(self, seen: TransactionSeen) -> None:
        """Look at a transaction."""
        ...

    def on_passage(self, seen: Passage) -> None:
        """Look at a passage through a proxy."""
        ...

    def on_call(self, seen: Call) -> None:
        """Look at the requests of one call."""
        ...

    def on_course(self, seen: Course) -> None:
        """Look at the course of a user."""
        ...


@dataclass(slots=True)
class Counts:
    """What was seen.

    Attributes:
        messages: SIP messages, malformed ones too; the copy at a receiver counts only where the
            sender is not traced.
        strangers: entries that hold no SIP; not those that keep a connection alive.
    """

    messages: int = 0
    strangers: int = 0


class Collector:
    """Makes the views of a trace.

    Args:
        setting: what holds for the whole check.
        viewer: is shown them.
        scopes: which views are wanted.
        known_course: tells of the shape of a course whether it need not be shown.
    """

    def __init__(
        self,
        setting: Setting,
        viewer: Viewer,
        scopes: Iterable[Scope] = tuple(Scope),
        *,
        known_course: Callable[[Hashable], bool] = lambda _shape: False,
    ) -> None:
        self.counts = Counts()
        self._setting = setting
        self._viewer = viewer
        self._scopes = frozenset(scopes)
        self._participants = participants = Participants(setting.trace)
        self._shapes = Shapes(setting.trace)
        self._transactions = Transactions(setting, participants)
        self._passages = Passages(setting, participants) if Scope.PASSAGE in self._scopes else None
        self._calls = Calls(setting) if Scope.CALL in self._scopes else None
        self._courses = Courses(setting, known_course) if Scope.COURSE in self._scopes else None
        self._recent: OrderedDict[tuple[str, str, bytes], None] = OrderedDict()
        self._now = float("-inf")
        self._sweep_at = float("-inf")
        self._since_sweep = 0

    def feed(self, entry: TraceEntry) -> None:
        """Take the next entry."""
        self._participants.learn(entry)
        self._now = max(self._now, entry.at)
        self._since_sweep += 1
        if self._now >= self._sweep_at or self._since_sweep >= _SWEEP_ENTRIES:
            self._sweep_at = self._now + _SWEEP_S
            self._since_sweep = 0
            for transaction in self._transactions.take_quiet(self._now):
                self._show(transaction)
        sent = entry.direction is Direction.SENT
        remote = self._participants.name_at(entry.remote, entry.transport)
        sender, receiver = (entry.node, remote) if sent else (remote, entry.node)
        message = _read(entry.data)
        if isinstance(message, Malformed):
            self._take_malformed(entry, message, sender, receiver)
        else:
            self._take(entry, message, sender, receiver, None)

    def pass_time(self, at: float) -> None:
        """Learn that nothing else came until then, in seconds since the trace began."""
        self._now = max(self._now, at)

    def finish(self) -> None:
        """Close and show all that is left."""
        for transaction in self._transactions.take_all(self._now):
            self._show(transaction)
        if self._calls is not None:
            for call in self._calls.take_all():
                self._viewer.on_call(call)
        if self._courses is not None:
            for course in self._courses.take_all():
                self._viewer.on_course(course)

    def _take_malformed(
        self, entry: TraceEntry, malformed: Malformed, sender: str, receiver: str
    ) -> None:
        """Take octets that are no message, or a malformed one."""
        if not entry.data.strip(b"\r\n\0"):
            return  # RFC 5626 4.4.1, and what some use in its place: keeps a connection alive
        if malformed.message is not None:
            self._take(entry, malformed.message, sender, receiver, malformed)
        elif self._is_new(entry, sender, receiver):
            self.counts.strangers += 1
            self._show_message(entry, None, sender, receiver, malformed)

    def _take(
        self,
        entry: TraceEntry,
        message: Request | Response,
        sender: str,
        receiver: str,
        malformed: Malformed | None,
    ) -> None:
        """Take a message, whole or as far as it could be read."""
        transaction, new = self._transactions.take(entry, message, sender, receiver)
        if transaction is None:
            if self._is_new(entry, sender, receiver):
                self.counts.messages += 1
                self._show_message(entry, message, sender, receiver, malformed)
            return
        if new and self._passages is not None:
            self._passages.open(transaction)
        if entry.direction is Direction.SENT or not _was_sent(transaction, message):
            self.counts.messages += 1
        if entry.data not in transaction.judged:
            shape = None if malformed is not None else self._shapes.of(message, entry.data)
            transaction.judged[entry.data] = shape
            self._show_message(entry, message, sender, receiver, malformed, shape)

    def _is_new(self, entry: TraceEntry, sender: str, receiver: str) -> bool:
        """Tell whether octets outside of transactions are no copy of what was just seen."""
        key = (sender, receiver, entry.data)
        if key in self._recent:
            return False
        self._recent[key] = None
        if len(self._recent) > MAX_RECENT:
            self._recent.popitem(last=False)
        return True

    def _show_message(
        self,
        entry: TraceEntry,
        message: Request | Response | None,
        sender: str,
        receiver: str,
        malformed: Malformed | None,
        shape: Shape | None = None,
    ) -> None:
        if Scope.MESSAGE in self._scopes:
            info = self._participants.info
            seen = MessageSeen(
                self._setting,
                entry,
                None if malformed is not None else message,
                info(sender),
                info(receiver),
                malformed=malformed,
                shape=shape,
            )
            self._viewer.on_message(seen)

    def _show(self, transaction: OpenTransaction) -> None:
        """Show a transaction that was closed, and what is complete by that."""
        assert transaction.seen is not None
        if Scope.TRANSACTION in self._scopes:
            self._viewer.on_transaction(transaction.seen)
        if self._passages is not None:
            for passage in self._passages.close(transaction):
                self._viewer.on_passage(passage)
        if self._calls is not None:
            for call in self._calls.add(transaction.seen):
                self._viewer.on_call(call)
        if self._courses is not None:
            seen = transaction.seen
            for course in self._courses.add(seen.hop, ended=seen.ended, shape=seen.shape):
                self._viewer.on_course(course)


def _was_sent(transaction: OpenTransaction, message: Request | Response) -> bool:
    """Tell whether the sender of a message is traced."""
    return bool(transaction.hop.sent if isinstance(message, Request) else transaction.sent)
