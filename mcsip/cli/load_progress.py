"""Progress of a load: a table on a terminal, a line now and then where there is none."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from mcsip.cli.load_log import LoadLog
from mcsip.cli.settings import Settings
from mcsip.cli.streams import is_watched, say
from mcsip.load.progress import Observer, Progress, Settling
from mcsip.load.text import progress_line, reason_lines, settling_line, step_rows

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

LINE_S = 5.0
"""How often a line is written where nobody watches, in seconds of the load [ours]."""


class LoadProgress(Observer):
    """Shows on standard error how a load goes on, and what is logged meanwhile.

    Args:
        settings: how to talk to the user.
    """

    def __init__(self, settings: Settings) -> None:
        self._shown = not settings.quiet
        self._settings = settings
        self._log = LoadLog(self.on_notice, sparing=settings.verbose == 0)
        self._live: Live | None = None
        self._next_line_s = LINE_S
        self._next_settling_s = LINE_S

    def __enter__(self) -> Self:
        if self._shown and is_watched():
            import sys

            from rich.console import Console
            from rich.live import Live

            styled = self._settings.colour(sys.stderr)
            console = Console(stderr=True, color_system="auto" if styled else None)
            self._live = Live(console=console, transient=True, auto_refresh=False)
            self._live.start()
        self._log.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._log.__exit__(kind, error, trace)

    def on_progress(self, progress: Progress) -> None:
        """Show how it goes."""
        if not self._shown:
            return
        if self._live is not None:
            self._live.update(_rendered(progress), refresh=True)
        elif progress.elapsed_s >= self._next_line_s:
            self._next_line_s = progress.elapsed_s + LINE_S
            say(progress_line(progress))

    def on_settling(self, settling: Settling) -> None:
        """Show that the records are waited for."""
        if not self._shown:
            return
        if self._live is not None:
            from rich.text import Text

            self._live.update(Text(settling_line(settling)), refresh=True)
        elif settling.elapsed_s >= self._next_settling_s:
            self._next_settling_s = settling.elapsed_s + LINE_S
            say(settling_line(settling))

    def on_detail(self, text: str) -> None:
        """Say what may help the user."""
        if self._shown:
            self.on_notice(text)

    def on_notice(self, text: str) -> None:
        """Say what the user must know."""
        if self._live is not None:
            self._live.console.print(text, markup=False, highlight=False)
        else:
            say(text)


def _rendered(progress: Progress) -> "RenderableType":
    """Return a table of the steps, under a line about the calls, over the reasons of failures."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    head, *rows = step_rows(progress.statistics)
    table = Table(box=None, pad_edge=False)
    for number, title in enumerate(head):
        table.add_column(title, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    reasons = map(Text, reason_lines(progress.statistics))
    return Group(Text(progress_line(progress)), table, *reasons)
