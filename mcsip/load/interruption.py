"""SIGINT and SIGTERM while a load runs: they end it early, and never without its report.

A load has phases, and what a signal means depends on the phase. Before the first call there is
nothing to report, and the process ends. Then a signal ends the phase that runs: no more calls are
made; no more is waited for. While reports are written, the first signal changes nothing, and a
second one gives them up.

Signals are a matter of the main thread; elsewhere nothing is done about them. They are handled by
the interpreter and not by a loop, so that no moment between two phases is without a handler.
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """What signals ask of a load; it listens within a ``with``.

    Attributes:
        count: how many signals have come.
    """

    def __init__(self) -> None:
        self.count = 0
        self._end: Callable[[], object] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {each: signal.signal(each, self._on_signal) for each in SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def ends(self, end: Callable[[], object] | None) -> None:
        """Let signals end what begins now.

        Args:
            end: ends it, and may be called at any moment; None: nothing does but KeyboardInterrupt.
        """
        self._end = end

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self._end is None:
            raise KeyboardInterrupt
        self._end()
