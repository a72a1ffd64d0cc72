"""Progress while scenarios run: one line on the terminal of standard error, gone at the end."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mcsip.scenario.load import Scenario
from mcsip.scenario.result import StepResult
from mcsip.scenario.steps.registry import AnyStep

if TYPE_CHECKING:
    from rich.status import Status


class Progress:
    """Shows which step runs, where somebody watches.

    Args:
        total: how many scenarios run.
        shown: whether to show anything.
    """

    def __init__(self, total: int, *, shown: bool) -> None:
        self._total = total
        self._shown = shown and sys.stderr.isatty()
        self._status: Status | None = None
        self._number = 0
        self._current: Scenario | None = None

    def __enter__(self) -> Self:
        if self._shown:
            from rich.console import Console

            console = Console(stderr=True)
            self._status = console.status("starting")
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pause()

    def pause(self) -> None:
        """Take the line away, to write something else."""
        if self._status is not None:
            self._status.stop()

    def go_on(self) -> None:
        """Show the line again."""
        if self._status is not None:
            self._status.start()

    def on_step(self, scenario: Scenario, step: AnyStep) -> None:
        """Show the step that begins."""
        if self._status is None:
            return
        if scenario is not self._current:
            self._current = scenario
            self._number += 1
        from rich.markup import escape

        count = f"{self._number}/{self._total} " if self._total > 1 else ""
        where = f"step {step.index + 1} of {len(scenario.steps)}"
        self._status.update(escape(f"{count}{scenario.name}: {where}: {step.title}"))

    def on_step_done(self, scenario: Scenario, result: StepResult) -> None:
        """Nothing: the next step says enough."""
