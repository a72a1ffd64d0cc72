"""Progress, while somebody watches: one line on the terminal of standard error, gone at the end."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID
    from rich.status import Status

    from mcsip.scenario.load import Scenario
    from mcsip.scenario.result import StepResult
    from mcsip.scenario.steps.registry import AnyStep

LARGE_OCTETS = 4 * 1024 * 1024
"""Files smaller than this are read before a bar could be seen [ours]."""


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

    def on_step(self, scenario: "Scenario", step: "AnyStep") -> None:
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

    def on_step_done(self, scenario: "Scenario", result: "StepResult") -> None:
        """Nothing: the next step says enough."""

    def on_notice(self, text: str) -> None:
        """Say it, also where nobody watches: a tester may wait for it."""
        self.pause()
        click.echo(text, err=True)
        self.go_on()


class FileProgress:
    """Shows how much of a large file has been read, where somebody watches.

    Args:
        what: what is done with the file, for people.
        shown: whether to show anything.
    """

    def __init__(self, what: str, *, shown: bool) -> None:
        self._what = what
        self._shown = shown and sys.stderr.isatty()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done_octets: int, all_octets: int) -> None:
        """Hear how many octets are done, and how many there are."""
        if not self._shown or all_octets < LARGE_OCTETS:
            return
        if self._bar is None or self._task is None:
            self._start()
        assert self._bar is not None
        assert self._task is not None
        self._bar.update(self._task, completed=done_octets, total=all_octets)

    def _start(self) -> None:
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn(escape(self._what)), BarColumn(), DownloadColumn())
        self._bar = Bar(
            *columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True
        )
        self._task = self._bar.add_task("")
        self._bar.start()
