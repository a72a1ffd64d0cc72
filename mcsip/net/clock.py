"""The two clocks that a node reads: monotonic seconds for timers, epoch seconds for people."""

import asyncio
import time
from typing import Protocol

from mcsip.net.virtual import VirtualLoop

VIRTUAL_EPOCH_S = 1_767_225_600.0
"""What the wall clock shows when virtual time begins: 2026-01-01T00:00:00Z [ours]."""


class Clock(Protocol):
    """What time it is."""

    def now(self) -> float:
        """Return monotonic seconds, on the same scale as the running loop's ``time()``."""
        ...

    def wall(self) -> float:
        """Return seconds since the epoch."""
        ...


class RealClock:
    """The machine's own clocks."""

    __slots__ = ()

    now = staticmethod(time.monotonic)
    wall = staticmethod(time.time)


class VirtualClock:
    """The clock of a loop whose time is virtual; its wall clock begins at a fixed moment.

    Args:
        loop: the loop that is asked for the time; its time begins at 0.
        epoch_s: what the wall clock shows at the loop's time 0, in seconds since the epoch.
    """

    __slots__ = ("_epoch_s", "now")

    def __init__(self, loop: VirtualLoop, epoch_s: float = VIRTUAL_EPOCH_S) -> None:
        self.now = loop.time
        self._epoch_s = epoch_s

    def wall(self) -> float:
        """Return seconds since the epoch."""
        return self._epoch_s + self.now()


def running_clock() -> Clock:
    """Return the clock that fits the running event loop: virtual or real.

    Raises:
        RuntimeError: no event loop is running.
    """
    loop = asyncio.get_running_loop()
    return VirtualClock(loop) if isinstance(loop, VirtualLoop) else RealClock()
