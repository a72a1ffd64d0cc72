"""The asyncio loop beside gevent: results, errors, greenlets that are killed, order."""

import asyncio
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from functools import partial

import pytest

gevent = pytest.importorskip("gevent", reason="gevent is not installed (pip install mcsip[load])")

from mcsip.load.native_loop import NativeLoop  # noqa: E402  # only where gevent is

LIMIT_S = 10.0


@pytest.fixture
def loop() -> Iterator[NativeLoop]:
    found = NativeLoop()
    yield found
    found.close()


def test_a_result_comes_back_from_another_thread(loop: NativeLoop) -> None:
    async def where() -> int:
        await asyncio.sleep(0)
        return threading.get_native_id()

    assert loop.run(where()) != threading.get_native_id()


def test_an_error_comes_back(loop: NativeLoop) -> None:
    async def fail() -> None:
        raise ValueError("so")

    with pytest.raises(ValueError, match="so"):
        loop.run(fail())


def test_many_greenlets_wait_at_a_time(loop: NativeLoop) -> None:
    everybody = 20
    came: list[None] = []
    complete = asyncio.Event()

    async def meet() -> int:
        """End when all are there: none may keep the others waiting."""
        came.append(None)
        if len(came) == everybody:
            complete.set()
        await complete.wait()
        return len(came)

    greenlets = [gevent.spawn(loop.run, meet()) for _ in range(everybody)]
    gevent.joinall(greenlets, timeout=LIMIT_S, raise_error=True)
    assert [each.value for each in greenlets] == [everybody] * everybody


def test_what_is_told_is_called_in_order_in_the_thread_of_the_greenlets(loop: NativeLoop) -> None:
    told: list[tuple[int, int]] = []

    async def tell() -> None:
        for number in range(50):
            loop.tell(partial(lambda n: told.append((n, threading.get_native_id())), number))

    loop.run(tell())
    assert told == [(number, threading.get_native_id()) for number in range(50)]


def test_the_coroutine_of_a_killed_greenlet_has_ended_before_it(loop: NativeLoop) -> None:
    ended = []
    begun = gevent.event.Event()

    async def wait() -> None:
        loop.tell(begun.set)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    greenlet = gevent.spawn(loop.run, wait())
    assert begun.wait(LIMIT_S)
    greenlet.kill(timeout=LIMIT_S)
    assert ended == ["cancelled"]


def test_what_still_runs_is_cancelled_at_the_end() -> None:
    loop = NativeLoop()
    ended = []

    async def begin() -> asyncio.Task[None]:
        async def wait() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("cancelled")

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        return task

    assert not loop.run(begin()).done()
    loop.close()
    assert ended == ["cancelled"]


def test_it_works_where_gevent_has_changed_the_standard_library() -> None:
    """As in Locust: UDP asks ``select.epoll``, which gevent takes away."""
    program = """
        from gevent import monkey
        monkey.patch_all()
        import select
        assert not hasattr(select, "epoll")
        import asyncio
        from mcsip.load.native_loop import NativeLoop
        loop = NativeLoop()
        async def ask():
            poll = select.epoll()
            await asyncio.sleep(0.001)
            found = poll.poll(0)
            poll.close()
            return found
        assert loop.run(ask()) == []
        loop.close()
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True, timeout=60)
