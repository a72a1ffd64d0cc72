"""Virtual time: it jumps, it stands still for threads, and it ends what has no end."""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Coroutine

import pytest

from mcsip.net import virtual
from mcsip.net.virtual import VirtualTimeError, run_real, run_virtual


def test_time_jumps_to_the_next_timer() -> None:
    async def scenario() -> list[float]:
        loop = asyncio.get_running_loop()
        seen: list[float] = []

        async def note(after_s: float) -> None:
            await asyncio.sleep(after_s)
            seen.append(loop.time())

        await asyncio.gather(note(3600), note(0.5), note(32))
        return seen

    began = time.perf_counter()
    assert run_virtual(scenario()) == [0.5, 32.0, 3600.0]
    assert time.perf_counter() - began < 30


def test_time_does_not_pass_while_something_is_ready() -> None:
    async def scenario() -> float:
        timer = asyncio.get_running_loop().call_later(1, lambda: None)
        for _ in range(1000):
            await asyncio.sleep(0)
        timer.cancel()
        return asyncio.get_running_loop().time()

    assert run_virtual(scenario()) == 0.0


def test_time_stands_still_for_a_thread() -> None:
    async def scenario() -> float:
        done = threading.Event()
        timer = asyncio.get_running_loop().call_later(1, lambda: None)
        job = asyncio.create_task(asyncio.to_thread(done.wait, 5))
        await asyncio.sleep(0)
        await asyncio.to_thread(done.set)
        assert await job
        timer.cancel()
        return asyncio.get_running_loop().time()

    assert run_virtual(scenario()) == 0.0


def test_deadlock_is_an_error() -> None:
    async def scenario() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(VirtualTimeError, match="deadlock in virtual time"):
        run_virtual(scenario())


def test_run_without_end_is_an_error() -> None:
    async def scenario() -> None:
        for _ in itertools.count():
            await asyncio.sleep(60)

    with pytest.raises(VirtualTimeError, match="ran past 3600 s"):
        run_virtual(scenario(), max_virtual_s=3600)


def test_run_that_never_lets_time_pass_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual, "MAX_ROUNDS_AT_ONE_TIME", 1000)

    async def scenario() -> None:
        for _ in itertools.count():
            await asyncio.sleep(0)

    with pytest.raises(VirtualTimeError, match="no virtual time passed in 1000 rounds"):
        run_virtual(scenario())


@pytest.mark.parametrize("run", [run_virtual, run_real])
def test_runners_return_the_result_and_pass_errors_on(
    run: Callable[[Coroutine[object, object, object]], object],
) -> None:
    async def fine() -> int:
        return 5

    async def wrong() -> None:
        raise LookupError("no")

    assert run(fine()) == 5
    with pytest.raises(LookupError, match="no"):
        run(wrong())


def test_real_runner_takes_uvloop_where_it_exists() -> None:
    uvloop = pytest.importorskip("uvloop", exc_type=ImportError)

    async def scenario() -> bool:
        return isinstance(asyncio.get_running_loop(), uvloop.Loop)

    assert run_real(scenario())
