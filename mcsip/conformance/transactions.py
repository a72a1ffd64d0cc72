"""Transactions while their entries stream by: opened, matched, and closed when they are quiet.

Copies and answers of one transaction share branch, method and sent-by (RFC 3261 17.1.3, 17.2.3),
and run between the same two neighbours: the latter tells transactions apart when somebody forwards
a request without a Via of its own. An answer whose Via or CSeq was copied wrongly is matched by its
Call-ID, so that the rules see both.

Memory is bounded: a transaction that has been quiet for as long as it may last is closed, and when
too many are open, the one that has been quiet for longest.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mcsip.conformance.participants import Participants
from mcsip.conformance.shapes import AT_ONCE_S, Exchanged, Shape
from mcsip.conformance.views import Setting, TransactionSeen
from mcsip.hops import HopKey, OpenHop, hop_key
from mcsip.sip.message import Request, Response
from mcsip.sip.timers import TIMER_C, Timer
from mcsip.trace import Direction, TraceEntry

MAX_OPEN = 10_000
"""Transactions that are open at the same time [ours]: about 100 MB."""

_WITH_BRANCH_OF_INVITE = frozenset({"ACK", "CANCEL"})
"""Requests that have the branch of their INVITE (RFC 3261 9.1, 17.1.1.3)."""


@dataclass(slots=True, eq=False)
class OpenTransaction:
    """A transaction while its entries are collected.

    Attributes:
        key: what its messages share.
        sender: name of who sent the request.
        receiver: name of whom it was sent to.
        hop: its entries as ladders have them.
        judged: the distinct octets that were looked at already, with the shape of each.
        sent: the answers where they were sent.
        received: the answers where they were received.
        acks: for an INVITE: the ACKs with its branch.
        of_invite: whether it is such an ACK.
        last_at: when its latest entry was seen, in seconds since the run began.
        quiet_s: for how long it must be quiet before it is closed.
        seen: the view, once it is closed.
    """

    key: HopKey
    sender: str
    receiver: str
    hop: OpenHop = field(default_factory=OpenHop)
    judged: dict[bytes, Shape | None] = field(default_factory=dict)
    sent: list[tuple[TraceEntry, Response]] = field(default_factory=list)
    received: list[tuple[TraceEntry, Response]] = field(default_factory=list)
    acks: list[tuple[TraceEntry, Request]] = field(default_factory=list)
    of_invite: bool = False
    last_at: float = 0.0
    quiet_s: float = 0.0
    seen: TransactionSeen | None = None

    @property
    def request(self) -> Request:
        """The request as first seen."""
        assert self.hop.request is not None
        return self.hop.request

    @property
    def final(self) -> bool:
        """Whether a final answer was seen."""
        return any(response.status >= 200 for _, response in self.sent or self.received)


K = TypeVar("K", HopKey, str)


class _Index(Generic[K]):
    """Open transactions by something that several may share."""

    __slots__ = ("_lists",)

    def __init__(self) -> None:
        self._lists: dict[K, list[OpenTransaction]] = {}

    def get(self, key: K) -> Sequence[OpenTransaction]:
        """Return those with this key, oldest first."""
        return self._lists.get(key, ())

    def add(self, key: K, opened: OpenTransaction) -> None:
        """Add one."""
        self._lists.setdefault(key, []).append(opened)

    def remove(self, key: K, opened: OpenTransaction) -> None:
        """Take one out."""
        entries = self._lists[key]
        if len(entries) == 1:
            del self._lists[key]
        else:
            entries.remove(opened)


class Transactions:
    """The open transactions.

    Args:
        setting: what holds for the whole check.
        participants: who is who.
    """

    def __init__(self, setting: Setting, participants: Participants) -> None:
        self._setting = setting
        self._participants = participants
        self._by_key: _Index[HopKey] = _Index()
        self._by_call: _Index[str] = _Index()
        self._lines: dict[float, OrderedDict[OpenTransaction, None]] = {}
        self._count = 0
        timers = setting.timers
        margin = timers.t4
        self._usual_s = timers.duration(Timer.J) + margin
        self._ringing_s = TIMER_C + self._usual_s
        self._reliable_s = margin

    def __len__(self) -> int:
        return self._count

    def take(
        self, entry: TraceEntry, message: Request | Response, sender: str, receiver: str
    ) -> tuple[OpenTransaction | None, bool]:
        """Add a message to its transaction.

        Args:
            entry: where it was seen.
            message: what was read from it.
            sender: name of who sent it.
            receiver: name of whom it was sent to.

        Returns:
            The transaction, None when it belongs to none; and whether it is a new one.
        """
        key = hop_key(message)
        if isinstance(message, Request):
            if key is None:
                return None, False
            opened, new = self._of_request(key, sender, receiver)
        else:
            found = self._of_response(key, message, sender, receiver)
            if found is None:
                return None, False
            opened, new = found, False
            answers = opened.sent if entry.direction is Direction.SENT else opened.received
            answers.append((entry, message))
        opened.hop.add(entry, message)
        if new:
            self._register(opened, message)
        if isinstance(message, Request) and message.method == "ACK":
            self._tell_invite(opened, entry, message)
        self._touch(opened, entry.at)
        return opened, new

    def _of_request(self, key: HopKey, sender: str, receiver: str) -> tuple[OpenTransaction, bool]:
        for opened in self._by_key.get(key):
            if opened.sender == sender and opened.receiver == receiver:
                return opened, False
        return OpenTransaction(key, sender, receiver), True

    def _of_response(
        self, key: HopKey | None, response: Response, sender: str, receiver: str
    ) -> OpenTransaction | None:
        if key is not None and (candidates := self._by_key.get(key)):
            for opened in candidates:
                if opened.receiver == sender and opened.sender == receiver:
                    return opened
            for opened in candidates:
                if opened.receiver == sender:
                    return opened
            return candidates[0]
        return self._of_wrong_response(key, response, sender, receiver)

    def _of_wrong_response(
        self, key: HopKey | None, response: Response, sender: str, receiver: str
    ) -> OpenTransaction | None:
        """Return the latest transaction between the two whose Call-ID, and CSeq or branch, fit."""
        cseq = response.first("cseq")
        for opened in reversed(self._by_call.get(response.first("call-id") or "")):
            if opened.receiver != sender or opened.sender != receiver:
                continue
            if key is not None and key[1] == "INVITE" and opened.key[1] in _WITH_BRANCH_OF_INVITE:
                continue  # the answer to an INVITE that came before the trace began
            branch = key is not None and opened.key[0] == key[0]
            if branch or opened.request.first("cseq") == cseq:
                return opened
        return None

    def _register(self, opened: OpenTransaction, message: Request | Response) -> None:
        self._by_key.add(opened.key, opened)
        self._by_call.add(message.first("call-id") or "", opened)
        self._count += 1

    def _tell_invite(self, opened: OpenTransaction, entry: TraceEntry, ack: Request) -> None:
        """Add an ACK to the INVITE with its branch: that of a refusal (RFC 3261 17.1.1.3)."""
        branch, _, sent_by = opened.key
        for invite in self._by_key.get((branch, "INVITE", sent_by)):
            if invite.sender == opened.sender:
                opened.of_invite = True
                if entry.direction is Direction.SENT or not opened.hop.sent:
                    invite.acks.append((entry, ack))
                self._touch(invite, entry.at)

    def _touch(self, opened: OpenTransaction, at: float) -> None:
        """Let the time begin anew after which a transaction counts as quiet."""
        quiet_s = self._quiet_after(opened)
        line = self._lines.get(quiet_s)
        if line is None:
            line = self._lines[quiet_s] = OrderedDict()
        if opened.quiet_s != quiet_s:
            before = self._lines.get(opened.quiet_s)
            if before is not None:
                before.pop(opened, None)
            opened.quiet_s = quiet_s
            line[opened] = None
        else:
            line.move_to_end(opened)
        opened.last_at = max(at, opened.last_at)

    def _quiet_after(self, opened: OpenTransaction) -> float:
        """Return for how long a transaction must be quiet, in seconds."""
        method = opened.request.method
        if not opened.final:
            return self._ringing_s if method == "INVITE" else self._usual_s
        if method == "INVITE" or opened.hop.first.transport == "UDP":
            return self._usual_s
        return self._reliable_s

    def take_quiet(self, now: float) -> Iterator[OpenTransaction]:
        """Close the transactions that have been quiet for long enough, and those too many.

        Args:
            now: the time of the latest entry.
        """
        for quiet_s, line in self._lines.items():
            while line:
                opened = next(iter(line))
                if now - opened.last_at < quiet_s:
                    break
                yield self._close(opened, now)
        while self._count > MAX_OPEN:
            fronts = [next(iter(line)) for line in self._lines.values() if line]
            yield self._close(min(fronts, key=lambda each: each.last_at), now)

    def take_all(self, now: float) -> Iterator[OpenTransaction]:
        """Close all that are left, in the order in which they began."""
        left = [opened for line in self._lines.values() for opened in line]
        for opened in sorted(left, key=lambda each: each.hop.first.number):
            yield self._close(opened, now)

    def _close(self, opened: OpenTransaction, now: float) -> OpenTransaction:
        """Forget a transaction and make its view."""
        del self._lines[opened.quiet_s][opened]
        self._count -= 1
        self._by_key.remove(opened.key, opened)
        self._by_call.remove(opened.request.first("call-id") or "", opened)
        hop = opened.hop.close(self._participants.name_at)
        opened.seen = TransactionSeen(
            setting=self._setting,
            hop=hop,
            sender=self._participants.info(opened.sender),
            receiver=self._participants.info(opened.receiver),
            requests=tuple(opened.hop.sent or opened.hop.received),
            responses=tuple(opened.sent or opened.received),
            arrivals=tuple(opened.hop.received),
            ended=now - opened.last_at >= opened.quiet_s,
            replies=tuple(opened.received),
            acks=tuple(opened.acks),
            shape=_shape_of(opened),
        )
        return opened


def _shape_of(opened: OpenTransaction) -> Exchanged | None:
    """Return the shape of a transaction in which everything was sent once and at once."""
    sent, received = opened.sent, opened.received
    answers = len(opened.judged) - 1
    once = (
        len(opened.hop.sent) <= 1
        and len(opened.hop.received) <= 1
        and len(sent) in (0, answers)
        and len(received) in (0, answers)
        and not opened.acks
        and not opened.of_invite
    )
    if not once or opened.last_at - opened.hop.first.at > AT_ONCE_S:
        return None
    parts: list[Hashable] = []
    names: tuple[str, ...] = ()
    numbers: list[int] = []
    for entry in (
        *opened.hop.sent,
        *opened.hop.received,
        *(entry for entry, _ in sent),
        *(entry for entry, _ in received),
    ):
        shape = opened.judged[entry.data]
        if shape is None:
            return None
        parts.append((shape.form, entry.direction, entry.local, entry.remote, entry.fault))
        names += shape.names
        numbers.append(entry.number)
    parts.append(opened.hop.first.transport)
    return Exchanged(tuple(parts), names, tuple(numbers))
