"""The open loop: calls begin when they are due, whatever has become of the calls before.

Users take turns. A call takes the user who has been free for longest (or, where the users' file
says so, a free one at random); a user who is in a call is passed over. Where every user is in one,
or as many calls as are allowed are under way, the call is not made, and counted as such: it is
neither put off, which would let a slow peer bend the offered load, nor kept, which would take room
without bound. A call that begins late, because this process is busy, is measured from when it was
due all the same, and how late calls began is counted too (``lag``).
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Sequence

from mcsip.load.failure import CRASH, Failure, Kind
from mcsip.load.pace import Pace
from mcsip.load.statistics import LIMIT, NO_FREE_USER, Statistics
from mcsip.load.user import Caller
from mcsip.net.clock import Clock

log = logging.getLogger(__name__)

_AT_ONCE_S = 0.0005
"""A call that is due sooner than this begins at once: a timer is no finer [ours]."""
_AT_ONE_GO = 16
"""Late calls that begin before others may work [ours]."""


class Generator:
    """Makes the calls of a load.

    Args:
        users: who makes them.
        pace: when they are due.
        statistics: counts them; the users tell it how their steps end.
        clock: that of the loop.
        limit: how many calls may be under way; None: as many as there are users.
        grace_s: how long calls may take after the last one began, in seconds.
        rng: takes users at random; None: in turn.
    """

    def __init__(
        self,
        users: Sequence[Caller],
        pace: Pace,
        statistics: Statistics,
        clock: Clock,
        *,
        limit: int | None = None,
        grace_s: float = 10.0,
        rng: random.Random | None = None,
    ) -> None:
        self._free = deque(users)
        self._pace = pace
        self._statistics = statistics
        self._now: Callable[[], float] = clock.now
        self._limit = len(users) if limit is None else limit
        self._grace_s = grace_s
        self._rng = rng
        self._calls: dict[asyncio.Task[None], tuple[Caller, float]] = {}
        self._ended = asyncio.Event()
        self._at_once = asyncio.Event()
        self._late = 0
        self.began_at = 0.0
        self.ended_at = 0.0

    @property
    def elapsed_s(self) -> float:
        """How long calls have been, or were, due, in seconds."""
        return (self.ended_at or self._now()) - self.began_at

    def end(self) -> None:
        """Make no more calls; those under way have the grace. Again: they have none."""
        if self._ended.is_set():
            self._at_once.set()
        self._ended.set()

    async def run(self) -> None:
        """Make all calls, and wait for what becomes of them."""
        self.began_at = self._now()
        watch = asyncio.ensure_future(self._watch())
        try:
            await self._make_calls()
            self.ended_at = self._now()
            await self._wait_for_calls()
            self._statistics.on_end(self._now() - self.began_at)
        finally:
            watch.cancel()
            for task in self._calls:
                task.cancel()
            await asyncio.gather(watch, *self._calls, return_exceptions=True)

    async def _make_calls(self) -> None:
        for offset_s in self._pace.due():
            due = self.began_at + offset_s
            await self._sleep(due)
            if self._ended.is_set():
                return
            self._end_points()
            self._statistics.on_due()
            self._begin(due)
        await self._sleep(self.began_at + self._pace.ends_s)

    async def _sleep(self, until: float) -> None:
        """Sleep until a time, or until the load is ended.

        Calls that are late begin one right after the other: whatever else this process has to do
        must not bend the offered load. Others may work between each ``_AT_ONE_GO`` of them.
        """
        pause_s = until - self._now()
        if pause_s < _AT_ONCE_S:
            self._late += 1
            if self._late % _AT_ONE_GO == 0:
                await asyncio.sleep(0)
            return
        try:
            async with asyncio.timeout(pause_s):
                await self._ended.wait()
        except TimeoutError:
            return

    def _begin(self, due: float) -> None:
        """Begin a call, if there is a user for it and room."""
        if len(self._calls) >= self._limit:
            self._statistics.on_missed(LIMIT if self._free else NO_FREE_USER)
            return
        if not self._free:
            self._statistics.on_missed(NO_FREE_USER)
            return
        if self._rng is not None:
            self._free.rotate(-self._rng.randrange(len(self._free)))
        user = self._free.popleft()
        self._statistics.on_begun(self._now() - due)
        task = asyncio.get_running_loop().create_task(self._call(user, due))
        self._calls[task] = user, due
        task.add_done_callback(self._on_done)

    async def _call(self, user: Caller, due: float) -> None:
        await user.run_once(due)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        """Let a user be free again."""
        user, _ = self._calls.pop(task)
        self._free.append(user)
        self._statistics.on_ended()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("user %d: unexpected fault", user.number, exc_info=error)
            user.break_off(Failure(CRASH, Kind.CRASH, f"{type(error).__name__}: {error}"))

    async def _wait_for_calls(self) -> None:
        """Wait for the calls under way; those that take too long have failed."""
        if not self._calls:
            return
        at_once = asyncio.ensure_future(self._at_once.wait())
        calls = asyncio.ensure_future(self._all_ended(tuple(self._calls)))
        await asyncio.wait(
            (at_once, calls), timeout=self._grace_s, return_when=asyncio.FIRST_COMPLETED
        )
        now = self._now()
        for task, (user, due) in list(self._calls.items()):
            if not task.done():
                said = (
                    f"{user.doing or 'the call'} had not ended {now - due:.1f} s after it was due"
                )
                user.break_off(Failure(Kind.UNFINISHED, Kind.UNFINISHED, said))
            task.cancel()
        at_once.cancel()
        await asyncio.gather(calls, at_once, return_exceptions=True)

    @staticmethod
    async def _all_ended(calls: tuple[asyncio.Task[None], ...]) -> None:
        await asyncio.gather(*calls, return_exceptions=True)

    async def _watch(self) -> None:
        """End a point in time, again and again."""
        while True:
            await asyncio.sleep(self.began_at + self._next_point_s - self._now())
            self._end_points()

    @property
    def _next_point_s(self) -> float:
        """When the point in time ends that is under way, in seconds from the begin."""
        statistics = self._statistics
        last_s = statistics.points[-1].at_s if statistics.points else 0.0
        return last_s + statistics.interval_s

    def _end_points(self) -> None:
        """End the points in time that are over; what is due at their end belongs to the next."""
        while self._next_point_s <= self._now() + _AT_ONCE_S - self.began_at:
            self._statistics.on_time(self._next_point_s)
