"""An asyncio loop in a thread of the operating system, for processes that run on gevent.

Locust replaces the standard library's threads and sockets by gevent's, whose greenlets share one
thread with gevent's hub; a loop in a greenlet would stop all others. This one has a real thread
(from ``gevent.threadpool``). Greenlets hand coroutines over with ``call_soon_threadsafe``, which is
made for that; the way back is a queue and an ``async_`` watcher, the one thing of gevent's hub that
another thread may touch. Whatever is told on that way is called in one greenlet of the hub's
thread, in order. In the loop's thread nothing of gevent is used.
"""

import asyncio
import select
from collections import deque
from collections.abc import Callable, Coroutine
from typing import TypeVar

import gevent
from gevent.event import Event
from gevent.hub import get_hub
from gevent.monkey import get_original
from gevent.threadpool import ThreadPool

from mcsip.net.virtual import run_real

T = TypeVar("T")


class NativeLoop:
    """An asyncio loop beside gevent. Made, called and ended by greenlets of one thread."""

    def __init__(self) -> None:
        _bring_back_epoll()
        hub = get_hub()
        self._threads = ThreadPool(1, hub=hub)
        self._told: deque[Callable[[], object]] = deque()
        self._something = Event()
        self._watcher = hub.loop.async_()
        self._watcher.start(self._something.set)
        self._teller = gevent.spawn(self._tell)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        started = Event()
        self._thread = self._threads.spawn(run_real, self._main(started))
        started.wait()

    async def _main(self, started: Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        self.tell(started.set)
        await self._end.wait()

    def tell(self, function: Callable[[], object]) -> None:
        """Let a function be called by a greenlet, soon and in order; for the loop's thread."""
        self._told.append(function)
        self._watcher.send()

    def _tell(self) -> None:
        while True:
            self._something.wait()
            self._something.clear()
            while self._told:
                self._told.popleft()()

    def run(self, coroutine: Coroutine[object, object, T]) -> T:
        """Run a coroutine in the loop; other greenlets work until it ends. Return its result.

        When the greenlet that waits is killed, the coroutine is cancelled, and has ended before
        this ends.

        Raises:
            BaseException: what the coroutine raises.
        """
        assert self._loop is not None, "the thread has started"
        done = Event()
        tasks: list[asyncio.Task[T]] = []

        def begin() -> None:
            task = asyncio.get_running_loop().create_task(coroutine)
            tasks.append(task)
            task.add_done_callback(lambda _: self.tell(done.set))

        def cancel() -> None:
            tasks[0].cancel()

        self._loop.call_soon_threadsafe(begin)
        try:
            done.wait()
        except BaseException:
            self._loop.call_soon_threadsafe(cancel)  # after begin(), which may not have run yet
            done.wait()
            raise
        return tasks[0].result()

    def close(self) -> None:
        """End the loop and its thread; what still runs in it is cancelled."""
        assert self._loop is not None
        assert self._end is not None
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.get()
        self._teller.kill()
        self._watcher.stop()
        self._watcher.close()
        self._threads.kill()


def _bring_back_epoll() -> None:
    """Undo one thing that gevent does to the standard library.

    It takes ``epoll`` away, lest a greenlet block in it; ``net/udp`` only asks it what is there.
    """
    if not hasattr(select, "epoll"):
        vars(select)["epoll"] = get_original("select", "epoll")
