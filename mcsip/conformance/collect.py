"""From the entries of a trace to the views that rules look at, one after the other.

Entries stream by. A message is shown once: a live trace has a copy of it at the sender and one at
the receiver, and repeats of the same octets are a matter of their transaction. Transactions are
shown when they have been quiet for as long as they may last, passages when all their transactions
are closed, courses at the end. What is kept meanwhile is bounded, however long the trace.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from mcsip.conformance.calls import Calls, OpenCall
from mcsip.conformance.courses import Courses, OpenCourse
from mcsip.conformance.heard import Heard
from mcsip.conformance.known import Known
from mcsip.conformance.memo import (
    key_of_call,
    key_of_course,
    key_of_message,
    key_of_passage,
    key_of_transaction,
)
from mcsip.conformance.open_transaction import OpenTransaction
from mcsip.conformance.participants import Participants, Way
from mcsip.conformance.passages import Passages
from mcsip.conformance.refusals import Refusals
from mcsip.conformance.rule import Scope
from mcsip.conformance.shapes import Shapes
from mcsip.conformance.transactions import Transactions
from mcsip.conformance.views import Call, Course, MessageSeen, Passage, Setting, TransactionSeen
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import Malformed
from mcsip.trace import Direction, TraceEntry, TraceNote

MAX_RECENT = 1024
"""Octets outside of transactions of which a second copy is recognized [ours]."""
_SWEEP_S = 0.5
"""How often quiet transactions are looked for, in seconds of the trace [ours]."""
_SWEEP_ENTRIES = 2048
"""How many entries may pass before that [ours]: bounds what is kept where time stands still."""


class Viewer(Protocol):
    """Is shown the views, each with the key that all have that are judged alike, or None."""

    def on_message(self, seen: MessageSeen, key: Hashable | None) -> None:
        """Look at a message."""
        ...

    def on_transaction(self, seen: TransactionSeen, key: Hashable | None) -> None:
        """Look at a transaction."""
        ...

    def on_passage(self, seen: Passage, key: Hashable | None) -> None:
        """Look at a passage through a proxy."""
        ...

    def on_call(self, seen: Call, key: Hashable | None) -> None:
        """Look at the requests of one call."""
        ...

    def on_course(self, seen: Course, key: Hashable | None) -> None:
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
        knows: tells by its key of a view whether it need not be shown; then it is not made.
    """

    def __init__(
        self,
        setting: Setting,
        viewer: Viewer,
        scopes: Iterable[Scope] = tuple(Scope),
        *,
        knows: Callable[[Hashable], bool] = lambda _key: False,
    ) -> None:
        self.counts = Counts()
        self._setting = setting
        self._viewer = viewer
        self._knows = knows
        self._scopes = frozenset(scopes)
        self._of_messages = Scope.MESSAGE in self._scopes
        self._known = known = Known(setting.trace)
        self._participants = Participants(setting.trace, known)
        self._shapes = Shapes(known)
        self._transactions = Transactions(setting, self._participants)
        self._refusals = Refusals()
        self._passages = Passages() if Scope.PASSAGE in self._scopes else None
        self._calls = Calls() if Scope.CALL in self._scopes else None
        self._courses = Courses(setting.trace) if Scope.COURSE in self._scopes else None
        self._recent: OrderedDict[tuple[str, str, bytes], None] = OrderedDict()
        self._live = False  # a live trace has a copy of each message at the receiver
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
        if entry.direction is Direction.RECEIVED:
            self._live = True
        way = self._participants.way(entry)
        form, names, malformed = self._shapes.read(entry.data, way.likeness, again=self._live)
        if form is not None:
            heard = Heard(entry.number, entry.at, entry.fault, way, form, names)
            self._take(entry, heard, malformed)
        elif entry.data.strip(b"\r\n\0") and self._is_new(entry, way):
            # Else RFC 5626 4.4.1, and what some use in its place: keeps a connection alive.
            self.counts.strangers += 1
            self._show_message(entry, way, malformed)

    def note(self, note: TraceNote) -> None:
        """Take the next inner step of a node; it stands before what comes after it."""
        self._refusals.add(note)

    def pass_time(self, at: float) -> None:
        """Learn that nothing else came until then, in seconds since the trace began."""
        self._now = max(self._now, at)

    def finish(self) -> None:
        """Close and show all that is left."""
        for transaction in self._transactions.take_all(self._now):
            self._show(transaction)
        if self._calls is not None:
            self._show_calls(self._calls.take_all())
        if self._courses is not None:
            self._show_courses(self._courses.take_all())

    def _take(self, entry: TraceEntry, heard: Heard, malformed: Malformed | None) -> None:
        """Take a message, whole or as far as it could be read."""
        transaction, new = self._transactions.take(heard)
        if transaction is None:
            if not self._is_new(entry, heard.way):
                return
            self.counts.messages += 1
        else:
            if new:
                self._open(transaction)
            if heard.sent or not transaction.was_sent(heard):
                self.counts.messages += 1
            if not transaction.is_new(heard):
                return
        if not self._of_messages:
            return
        refused = transaction is not None and transaction.refused and heard.form.is_request
        if malformed is not None:
            self._show_message(entry, heard.way, malformed, refused=refused)
            return
        key = key_of_message(heard, self._known, refused=refused)
        if key is None or not self._knows(key):
            self._show_message(entry, heard.way, None, heard.message, key, refused=refused)

    def _open(self, transaction: OpenTransaction) -> None:
        """Take a transaction that has just begun."""
        if self._refusals:
            transaction.refused = self._refusals.take(transaction.request, transaction.key[0])
        if self._passages is not None:
            self._passages.open(transaction)

    def _is_new(self, entry: TraceEntry, way: Way) -> bool:
        """Tell whether octets outside of transactions are no copy of what was just seen."""
        key = (way.sender.name, way.receiver.name, entry.data)
        if key in self._recent:
            return False
        self._recent[key] = None
        if len(self._recent) > MAX_RECENT:
            self._recent.popitem(last=False)
        return True

    def _show_message(
        self,
        entry: TraceEntry,
        way: Way,
        malformed: Malformed | None,
        message: Request | Response | None = None,
        key: Hashable | None = None,
        *,
        refused: bool = False,
    ) -> None:
        if self._of_messages:
            seen = MessageSeen(
                self._setting, entry, message, way.sender, way.receiver, malformed, refused
            )
            self._viewer.on_message(seen, key)

    def _show(self, transaction: OpenTransaction) -> None:
        """Show a transaction that was closed, and what is complete by that."""
        known = False
        if Scope.TRANSACTION in self._scopes:
            key = key_of_transaction(transaction)
            known = key is not None and self._knows(key)
            if not known:
                self._viewer.on_transaction(transaction.view(self._setting), key)
        if self._passages is not None:
            for passage in self._passages.close(transaction):
                key = key_of_passage(passage)
                if key is None or not self._knows(key):
                    self._viewer.on_passage(passage.view(self._setting), key)
        if self._calls is not None:
            self._show_calls(self._calls.add(transaction))
        if self._courses is not None:
            self._show_courses(self._join(self._courses, transaction, known=known))

    def _join(
        self, courses: Courses, transaction: OpenTransaction, *, known: bool
    ) -> Iterator[OpenCourse]:
        """Add a transaction to the course of the user it is about; return courses that are closed.

        Args:
            courses: the courses.
            transaction: the transaction.
            known: whether it is like one that was shown before.
        """
        request = transaction.request
        if known:
            if not request.form.is_of_user():
                return iter(())
            ids = request.form.ids(request.names)
            if ids is not None:
                return courses.add_again(transaction, ids)
        hop = transaction.view(self._setting).hop
        return courses.add(hop, ended=transaction.ended, shape=transaction.shape)

    def _show_calls(self, calls: Iterable[OpenCall]) -> None:
        for call in calls:
            key = key_of_call(call)
            if key is None or not self._knows(key):
                self._viewer.on_call(call.view(self._setting), key)

    def _show_courses(self, courses: Iterable[OpenCourse]) -> None:
        for course in courses:
            key = key_of_course(course)
            if key is None or not self._knows(key):
                self._viewer.on_course(course.view(self._setting), key)
