"""A network and a store that let one thing go wrong, and otherwise only count.

Both sit on seams that production code has anyway: the fate of a message in the network in memory,
and what opens the store.
"""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

from mcsip.hops import message_name
from mcsip.migration.records import PartnerRecord, PrimaryRecord
from mcsip.net.faults import Fate
from mcsip.net.memory import MemoryNetwork
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import parse_datagram
from mcsip.store.port import Change
from mcsip.store.sqlite import SqliteStore, Synchronous

from .points import Case, Point, Trouble

LOST = Fate((), "lost")
SILENCE_S = 600.0
A_MOMENT_S = 0.02
HELD_BACK_S = 2.0
PAST_TIMEOUTS_S = 45.0
"""More than Timer F (32 s) and than a partner waits for the primary (40 s)."""
LONG_AFTER_S = 75.0


class Watch:
    """Counts the points of a run from ``begin`` on, and makes the trouble of a case.

    Args:
        case: what is to go wrong, or None: only count.
        now: the clock of the run.
        kill: kills a node; called at most once.
    """

    def __init__(self, case: Case | None, now: Callable[[], float]) -> None:
        self.case = case
        self.points: list[Point] = []
        self.dead: set[str] = set()
        self.kill: Callable[[str], None] = self.dead.add
        self.struck = False
        self._now = now
        self._counting = False
        self._known: dict[tuple[str, str, bool, str, str], int] = {}
        self._labels: dict[str, str] = {}
        self._sends = self._commits = 0
        self._silent_until = 0.0

    def begin(self) -> None:
        """Count from now on: what was before is not part of the procedure."""
        self._counting = True

    def end(self) -> None:
        """Let nothing go wrong any more."""
        self.case = None
        self._silent_until = 0.0

    def on_send(self, sender: str, receiver: str, data: bytes) -> Fate | None:
        """Return what becomes of a message."""
        if sender in self.dead or receiver in self.dead:
            return LOST
        message = parse_datagram(data)
        if not self._counting or not isinstance(message, Request | Response):
            return None
        branch = message.via.branch or ""
        label = self._label(message, branch, data)
        key = (sender, receiver, isinstance(message, Request), branch, message.cseq.method)
        is_first = key not in self._known
        if is_first:
            self._known[key] = self._sends
            self.points.append(Point(self._sends, sender, receiver, label))
            self._sends += 1
        return self._fate(self._known[key], sender, receiver, label, is_first=is_first)

    def _label(self, message: Request | Response, branch: str, data: bytes) -> str:
        if isinstance(message, Request):
            self._labels[branch] = label = message_name(data) or message.method
            return label
        return f"{message.status} to {self._labels.get(branch, '?')}"

    def _fate(
        self, number: int, sender: str, receiver: str, label: str, *, is_first: bool
    ) -> Fate | None:
        case = self.case
        if case is None or case.point.is_commit:
            return None
        at = case.point
        if (sender, receiver, label) == (at.node, at.to, at.label) and (
            self._now() < self._silent_until
        ):
            return LOST
        if number != at.number:
            return None
        self.struck = True
        match case.trouble:
            case Trouble.LOST:
                return LOST
            case Trouble.LATE:
                return Fate((PAST_TIMEOUTS_S,), "delayed")
            case _ if not is_first:
                return None
            case Trouble.LOST_ONCE:
                return LOST
            case Trouble.SILENT:
                self._silent_until = self._now() + SILENCE_S
                return LOST
            case Trouble.DOUBLED:
                return Fate((0.0, A_MOMENT_S), "duplicated")
            case Trouble.DOUBLED_LATE:
                return Fate((0.0, LONG_AFTER_S), "duplicated")
            case Trouble.OVERTAKEN:
                return Fate((HELD_BACK_S,), "delayed")
            case _:
                self.kill(sender)
                return None

    def on_commit(self, node: str) -> Trouble | None:
        """Return how a node dies at this commit, or None."""
        if not self._counting:
            return None
        number = self._commits
        self._commits += 1
        self.points.append(Point(number, node, "", "commit"))
        case = self.case
        if case is None or not case.point.is_commit or case.point.number != number:
            return None
        self.struck = True
        return case.trouble


class TroubledNetwork(MemoryNetwork):
    """A network in memory, watched."""

    def __init__(self, seed: int, watch: Watch) -> None:
        super().__init__(random.Random(seed))
        self._watch = watch

    def fate_of(self, sender: str, host: str, data: bytes) -> Fate | None:
        """Return what becomes of a message."""
        return self._watch.on_send(sender, self._name_of(host), data)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is on its way."""
        return not self._events


class MortalStore(SqliteStore):
    """Records whose node can die at a commit; what was not durable then is gone."""

    def __init__(self, path: Path, watch: Watch) -> None:
        super().__init__(path, synchronous=Synchronous.NORMAL)
        self._node = path.stem
        self._watch = watch

    def commit(self, *changes: Change) -> "asyncio.Future[None]":
        """Make changes durable, unless the node is dead, or dies of it."""
        never = asyncio.get_running_loop().create_future()
        if self._node in self._watch.dead:
            return never
        match self._watch.on_commit(self._node):
            case Trouble.KILLED_BEFORE:
                self._watch.kill(self._node)
                return never
            case Trouble.KILLED_AFTER:
                future = super().commit(*changes)
                future.add_done_callback(lambda _: self._watch.kill(self._node))
                return never
            case _:
                return super().commit(*changes)

    def close(self) -> None:
        """Close; a dead node makes nothing durable any more."""
        if self._node in self._watch.dead:
            self._waiting.clear()
        super().close()

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed, nobody waits, and no deadline is open but of a mapping."""
        waiting = any(r.status == "pending" or r.former for r in self.partners())
        open_ = any(r.deadline is not None or _unsettled(r) for r in self.primaries())
        return not (waiting or open_ or list(self.debts()))

    @property
    def is_empty(self) -> bool:
        """Whether there is no record at all."""
        rows: list[PrimaryRecord | PartnerRecord] = [*self.primaries(), *self.partners()]
        return not rows and not list(self.debts())


def _unsettled(record: PrimaryRecord) -> bool:
    return bool(record.former or record.ended) or (
        record.current is not None and not record.current.taken
    )
