"""Alarms: what a user agent wants to be woken for, at any time it likes.

``timers.TimerQueue`` is for the few durations of transactions; a call also waits for durations that
peers choose (Expires), so here they stand in one list by time. There is no clock here.
"""

from bisect import bisect_left, insort
from typing import Protocol


class Sleeper(Protocol):
    """Who is woken."""

    def on_alarm(self, what: str) -> None:
        """Learn that an alarm goes off, by the name under which it was set."""


class Alarms:
    """The alarms of one user agent; each owner has at most one of a name."""

    __slots__ = ("_count", "_entries", "_queue", "_set")

    def __init__(self) -> None:
        self._queue: list[tuple[float, int]] = []
        self._entries: dict[tuple[float, int], tuple[Sleeper, str]] = {}
        self._set: dict[tuple[Sleeper, str], tuple[float, int]] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._queue)

    def arm(self, owner: Sleeper, what: str, at: float) -> None:
        """Set an alarm, in the place of the owner's other one of this name.

        Args:
            owner: who is woken.
            what: the name of the alarm.
            at: when, in monotonic seconds.
        """
        self.cancel(owner, what)
        self._count += 1
        entry = (at, self._count)
        insort(self._queue, entry)
        self._entries[entry] = (owner, what)
        self._set[owner, what] = entry

    def cancel(self, owner: Sleeper, *names: str) -> None:
        """Take alarms back; one that is not set stays so."""
        for what in names:
            entry = self._set.pop((owner, what), None)
            if entry is not None:
                del self._queue[bisect_left(self._queue, entry)]
                del self._entries[entry]

    def next_deadline(self) -> float | None:
        """Return when the next alarm goes off, in monotonic seconds, or None."""
        return self._queue[0][0] if self._queue else None

    def handle_timer(self, now: float) -> None:
        """Let the alarms go off that are due, in their order."""
        while self._queue and self._queue[0][0] <= now:
            owner, what = self._entries[self._queue[0]]
            self.cancel(owner, what)
            owner.on_alarm(what)
