"""An event loop whose time is virtual, and the two runners.

When nothing is ready, a real loop sleeps until its next timer. This one jumps: the 32 seconds of
Timer F pass in no time, and a run takes as long as its work does. Only the loop's own clock is
virtual. A job in a thread holds time still until it is done, so that a durable store may be used.
What is deliberately absent: waiting for sockets. Here everything comes from the loop itself; when
neither a callback is ready nor a timer is set, nothing can ever happen again, and that is an error.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from mcsip.errors import McsipError

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

MAX_VIRTUAL_S = 7 * 86_400.0
"""How far virtual time may run before the run counts as endless [ours]."""

MAX_ROUNDS_AT_ONE_TIME = 1_000_000
"""Loop rounds without time passing after which the run counts as endless [ours]."""

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
_Ready = list[tuple[selectors.SelectorKey, int]]


class VirtualTimeError(McsipError):
    """Virtual time cannot go on: nothing will ever happen again, or the run has no end."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop that jumps to its next timer when nothing is ready.

    Args:
        max_virtual_s: how many virtual seconds the loop may run.
    """

    def __init__(self, *, max_virtual_s: float = MAX_VIRTUAL_S) -> None:
        self._virtual_now = 0.0
        self._max_virtual_s = max_virtual_s
        self._jobs = 0
        super().__init__(_JumpingSelector(self._jump))

    def time(self) -> float:
        """Return virtual seconds; they begin at 0."""
        return self._virtual_now

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[*_Ts], _T],
        *args: *_Ts,
    ) -> asyncio.Future[_T]:
        """Run a function in a thread; time stands still until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._jobs += 1
        future.add_done_callback(self._on_job_done)
        return future

    async def shutdown_default_executor(self, *limits_s: float) -> None:
        """End the threads; time stands still until they are gone."""
        self._jobs += 1
        try:
            await super().shutdown_default_executor(*limits_s)
        finally:
            self._jobs -= 1

    def _on_job_done(self, _future: asyncio.Future[_T]) -> None:
        self._jobs -= 1

    def _jump(self, timeout_s: float | None) -> bool:
        """Let time pass by ``timeout_s``; return whether to wait for a thread instead."""
        if self._jobs:
            return True
        if timeout_s is None:
            raise VirtualTimeError(
                "deadlock in virtual time: every task waits, and no timer is set to wake one"
            )
        self._virtual_now += timeout_s
        if self._virtual_now > self._max_virtual_s:
            limit_s, self._max_virtual_s = self._max_virtual_s, float("inf")
            raise VirtualTimeError(f"virtual time ran past {limit_s:g} s: the run has no end")
        return False


class _JumpingSelector(selectors.BaseSelector):
    """A selector that never sleeps: it lets virtual time pass instead.

    Args:
        jump: is told how long the loop wants to sleep; true when it must really wait.
    """

    def __init__(self, jump: Callable[[float | None], bool]) -> None:
        self._inner = selectors.DefaultSelector()
        self._jump = jump
        self._rounds = 0

    def register(
        self, fileobj: "FileDescriptorLike", events: int, data: object = None
    ) -> selectors.SelectorKey:
        """Watch a file descriptor."""
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: "FileDescriptorLike") -> selectors.SelectorKey:
        """Watch a file descriptor no longer."""
        return self._inner.unregister(fileobj)

    def get_map(self) -> Mapping["FileDescriptorLike", selectors.SelectorKey]:
        """Return what is watched."""
        return self._inner.get_map()

    def select(self, timeout: float | None = None) -> _Ready:
        """Return what is ready; where nothing is and the loop would sleep, let time pass."""
        if timeout is not None and timeout <= 0:
            self._rounds += 1
            if self._rounds > MAX_ROUNDS_AT_ONE_TIME:
                self._rounds = 0
                raise VirtualTimeError(
                    f"no virtual time passed in {MAX_ROUNDS_AT_ONE_TIME} rounds: the run has no end"
                )
            return self._inner.select(0)
        self._rounds = 0
        ready = self._inner.select(0)
        if not ready and self._jump(timeout):
            ready = self._inner.select(None)
        return ready

    def close(self) -> None:
        """Close the selector."""
        self._inner.close()


def run_virtual(main: Coroutine[object, object, _T], *, max_virtual_s: float = MAX_VIRTUAL_S) -> _T:
    """Run a coroutine to its end in virtual time and return its result.

    Raises:
        VirtualTimeError: it waits for something that can never happen, or has no end.
    """
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(max_virtual_s=max_virtual_s)) as runner:
        return runner.run(main)


def run_real(main: Coroutine[object, object, _T]) -> _T:
    """Run a coroutine to its end in real time, on uvloop where it exists, and return its result."""
    with asyncio.Runner(loop_factory=_fastest_loop) as runner:
        return runner.run(main)


def _fastest_loop() -> asyncio.AbstractEventLoop:
    """Return a new loop of uvloop, or of asyncio where that is not installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
