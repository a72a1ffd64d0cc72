"""What ``mcsip load`` shows while it runs and when it has ended, and the files that it writes."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcsip.cli.exit_code import ExitCode
from mcsip.cli.load_progress import LoadProgress
from mcsip.cli.settings import Settings
from mcsip.load.jsonreport import render_json
from mcsip.load.plots import check_plots, make_plots
from mcsip.load.run import Job, LoadResult, run_load
from mcsip.load.sippcsv import render_csv
from mcsip.load.text import render_result
from mcsip.load.verdict import LoadVerdict, ending_of

if TYPE_CHECKING:
    from mcsip.report.html import Subject

EXIT_CODES = {
    LoadVerdict.NONE: ExitCode.NOTHING,
    LoadVerdict.PASS: ExitCode.OK,
    LoadVerdict.MISSED: ExitCode.THRESHOLD,
    LoadVerdict.FAIL: ExitCode.FAIL,
    LoadVerdict.INCONC: ExitCode.ERROR,
    LoadVerdict.ERROR: ExitCode.ERROR,
}


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files that are asked for, each a path or None.

    Attributes:
        json, csv, html: files.
        plots: a folder.
    """

    json: Path | None = None
    csv: Path | None = None
    html: Path | None = None
    plots: Path | None = None

    def check(self) -> None:
        """Check, before anything is begun, that all can be made and written.

        Raises:
            MissingToolError: plots are asked for, and what makes them is not installed.
            OSError: one cannot be written.
        """
        if self.plots is not None or self.html is not None:
            check_plots()
        for path in (self.json, self.csv, self.html):
            if path is not None:
                _check_folder(path, path.parent)
        if self.plots is not None:
            _check_folder(self.plots, self.plots)

    def write(self, result: LoadResult) -> list[Path]:
        """Write all that is asked for; return the paths.

        Raises:
            OSError: one cannot be written.
        """
        from mcsip.report.write import write_file

        contents: dict[Path, str | bytes] = {}
        if self.json is not None:
            contents[self.json] = render_json(result)
        if self.csv is not None:
            contents[self.csv] = render_csv(result)
        plots = make_plots(result) if self.plots is not None or self.html is not None else []
        if self.plots is not None:
            contents |= {self.plots / f"{plot.name}.png": plot.png for plot in plots}
        if self.html is not None:
            from mcsip.report.html import Section, to_html

            sections = [Section("Load", render_result(result))]
            sections += [Section(plot.title, plot.png) for plot in plots]
            title = f"Load: {result.job.plan.scenario.name}"
            contents[self.html] = to_html(_subjects(result), title=title, sections=sections)
        for path, content in contents.items():
            write_file(path, content)
        return list(contents)


def _check_folder(path: Path, folder: Path) -> None:
    """Check that files can be written into a folder, which is made if it is not there.

    Raises:
        OSError: they cannot, with what was to be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".mcsip-"):
            pass
    except OSError as error:
        where = "" if error.filename is None else f" ({error.filename})"
        reason = f"cannot be written: {error.strerror}{where}"
        raise OSError(error.errno, reason, str(path)) from error


def _subjects(result: LoadResult) -> "list[Subject]":
    """Return what the report for the browser shows: the messages of the users who were followed."""
    from mcsip.report.html import Subject

    sampled = result.sampled
    if sampled is None:
        return []
    title = f"{result.job.plan.scenario.name}: messages of {sampled.users} users"
    return [Subject(title, sampled.trace, check=sampled.check)]


def show_load(job: Job, outputs: Outputs, settings: Settings) -> int:
    """Run a load, show what comes of it, and return the exit code."""
    with LoadProgress(shown=not settings.quiet) as progress:
        result = run_load(job, progress)
    ending = ending_of(result)
    if not (settings.quiet and ending.verdict is LoadVerdict.PASS):
        click.echo(render_result(result), nl=False)
    for path in outputs.write(result):
        if not settings.quiet:
            click.echo(f"written to {path}", err=True)
    return ExitCode.INTERRUPTED if result.interrupted else EXIT_CODES[ending.verdict]
