"""Progress of a load: a table on a terminal, a line now and then where there is none."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from mcsip.load.run import Observer, Progress
from mcsip.load.text import progress_line, reason_lines, step_rows

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

LINE_S = 5.0
"""How often a line is written where nobody watches, in seconds of the load [ours]."""


class LoadProgress(Observer):
    """Shows on standard error how a load goes on.

    Args:
        shown: whether to show anything but notices.
    """

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._live: Live | None = None
        self._next_line_s = LINE_S

    def __enter__(self) -> Self:
        if self._shown and sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), transient=True, auto_refresh=False)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def on_progress(self, progress: Progress) -> None:
        """Show how it goes."""
        if not self._shown:
            return
        if self._live is not None:
            self._live.update(_rendered(progress), refresh=True)
        elif progress.elapsed_s >= self._next_line_s:
            self._next_line_s = progress.elapsed_s + LINE_S
            click.echo(progress_line(progress), err=True)

    def on_notice(self, text: str) -> None:
        """Say what the user must know."""
        if self._live is not None:
            self._live.console.print(text, markup=False, highlight=False)
        else:
            click.echo(text, err=True)


def _rendered(progress: Progress) -> "RenderableType":
    """Return a table of the steps, under a line about the calls, over the reasons of failures."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    head, *rows = step_rows(progress)
    table = Table(box=None, pad_edge=False)
    for number, title in enumerate(head):
        table.add_column(title, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    reasons = map(Text, reason_lines(progress.statistics))
    return Group(Text(progress_line(progress)), table, *reasons)
