"""Clocks: the one that fits the loop, and a wall clock that repeats in virtual time."""

import asyncio
import time

from mcsip.net.clock import VIRTUAL_EPOCH_S, RealClock, VirtualClock, running_clock
from mcsip.net.virtual import run_real, run_virtual


def test_virtual_clock_begins_at_the_epoch_and_follows_the_loop() -> None:
    async def scenario() -> tuple[float, float]:
        clock = running_clock()
        assert isinstance(clock, VirtualClock)
        assert clock.wall() == VIRTUAL_EPOCH_S
        await asyncio.sleep(90)
        return clock.now(), clock.wall()

    assert run_virtual(scenario()) == (90.0, VIRTUAL_EPOCH_S + 90.0)


def test_real_clock_is_the_machines() -> None:
    async def scenario() -> None:
        clock = running_clock()
        assert isinstance(clock, RealClock)
        assert abs(clock.now() - time.monotonic()) < 60
        assert abs(clock.wall() - time.time()) < 60
        # timers are set on the loop by the clock's time: they share one scale
        assert abs(clock.now() - asyncio.get_running_loop().time()) < 60

    run_real(scenario())
