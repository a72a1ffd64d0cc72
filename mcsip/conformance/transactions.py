"""Transactions while their entries stream by: opened, matched, and closed when they are quiet.

Copies and answers of one transaction share branch, method and sent-by (RFC 3261 17.1.3, 17.2.3),
and run between the same two neighbours: the latter tells transactions apart when somebody forwards
a request without a Via of its own. An answer whose Via or CSeq was copied wrongly is matched by its
Call-ID, so that the rules see both.

Memory is bounded: a transaction that has been quiet for as long as it may last is closed, and when
too many are open, the one that has been quiet for longest.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from mcsip.conformance.heard import Heard
from mcsip.conformance.open_transaction import OpenTransaction
from mcsip.conformance.participants import Participants
from mcsip.conformance.views import Setting
from mcsip.hops import HopKey
from mcsip.sip.timers import TIMER_C, Timer

MAX_OPEN = 10_000
"""Transactions that are open at the same time [ours]: 30 MB, or 100 MB where no two are alike."""

_WITH_BRANCH_OF_INVITE = frozenset({"ACK", "CANCEL"})
"""Requests that have the branch of their INVITE (RFC 3261 9.1, 17.1.1.3)."""


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
        entries = self._lists.get(key)
        if entries is None:
            self._lists[key] = [opened]
        else:
            entries.append(opened)

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

    def take(self, heard: Heard) -> tuple[OpenTransaction | None, bool]:
        """Add a message to its transaction.

        Returns:
            The transaction, None when it belongs to none; and whether it is a new one.
        """
        key = heard.form.key(heard.names)
        opened: OpenTransaction | None
        new = False
        if heard.form.is_request:
            if key is None:
                return None, False
            opened = self._of_request(key, heard)
            if opened is None:
                opened, new = OpenTransaction(key, heard), True
                self._register(opened)
            else:
                opened.add_request(heard)
            if heard.form.method == "ACK":
                self._tell_invite(opened, heard)
        else:
            opened = self._of_response(key, heard)
            if opened is None:
                return None, False
            opened.add_answer(heard)
        self._touch(opened, heard.at)
        return opened, new

    def _of_request(self, key: HopKey, heard: Heard) -> OpenTransaction | None:
        sender, receiver = heard.way.sender.name, heard.way.receiver.name
        for opened in self._by_key.get(key):
            if opened.sender.name == sender and opened.receiver.name == receiver:
                return opened
        return None

    def _of_response(self, key: HopKey | None, heard: Heard) -> OpenTransaction | None:
        if key is not None and (candidates := self._by_key.get(key)):
            sender, receiver = heard.way.sender.name, heard.way.receiver.name
            for opened in candidates:
                if opened.receiver.name == sender and opened.sender.name == receiver:
                    return opened
            for opened in candidates:
                if opened.receiver.name == sender:
                    return opened
            return candidates[0]
        return self._of_wrong_response(key, heard)

    def _of_wrong_response(self, key: HopKey | None, heard: Heard) -> OpenTransaction | None:
        """Return the latest transaction between the two whose Call-ID, and CSeq or branch, fit."""
        sender, receiver = heard.way.sender.name, heard.way.receiver.name
        for opened in reversed(self._by_call.get(heard.form.call_id(heard.names))):
            if opened.receiver.name != sender or opened.sender.name != receiver:
                continue
            if key is not None and key[1] == "INVITE" and opened.key[1] in _WITH_BRANCH_OF_INVITE:
                continue  # the answer to an INVITE that came before the trace began
            branch = key is not None and opened.key[0] == key[0]
            if branch or opened.request.message.first("cseq") == heard.message.first("cseq"):
                return opened
        return None

    def _register(self, opened: OpenTransaction) -> None:
        self._by_key.add(opened.key, opened)
        self._by_call.add(opened.call_id, opened)
        self._count += 1

    def _tell_invite(self, opened: OpenTransaction, ack: Heard) -> None:
        """Add an ACK to the INVITE with its branch: that of a refusal (RFC 3261 17.1.1.3)."""
        branch, _, sent_by = opened.key
        for invite in self._by_key.get((branch, "INVITE", sent_by)):
            if invite.sender.name == opened.sender.name:
                opened.of_invite = True
                if ack.sent or opened.sent is None:
                    invite.acks.append(ack)
                self._touch(invite, ack.at)

    def _touch(self, opened: OpenTransaction, at: float) -> None:
        """Let the time begin anew after which a transaction counts as quiet."""
        quiet_s = self._quiet_after(opened)
        if quiet_s == opened.quiet_s:
            self._lines[quiet_s].move_to_end(opened)
        else:
            before = self._lines.get(opened.quiet_s)
            if before is not None:
                del before[opened]
            opened.quiet_s = quiet_s
            line = self._lines.get(quiet_s)
            if line is None:
                line = self._lines[quiet_s] = OrderedDict()
            line[opened] = None
        opened.last_at = max(opened.last_at, at)

    def _quiet_after(self, opened: OpenTransaction) -> float:
        """Return for how long a transaction must be quiet, in seconds."""
        method = opened.request.form.method
        if not opened.final:
            return self._ringing_s if method == "INVITE" else self._usual_s
        if method == "INVITE" or opened.first.way.transport == "UDP":
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
        for opened in sorted(left, key=lambda each: each.first.number):
            yield self._close(opened, now)

    def _close(self, opened: OpenTransaction, now: float) -> OpenTransaction:
        """Forget a transaction."""
        del self._lines[opened.quiet_s][opened]
        self._count -= 1
        self._by_key.remove(opened.key, opened)
        self._by_call.remove(opened.call_id, opened)
        opened.close(now, self._participants.name_at)
        return opened
