"""What ``mcsip load`` shows when it has ended, and the files that it writes.

A load may take hours, and is not made again for a disk that is full: what can be checked is checked
before it begins, each file is written whatever becomes of the others, and only then is anything
said on standard output.
"""

import errno
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcsip.cli.exit_code import ExitCode, foremost
from mcsip.cli.load_progress import LoadProgress
from mcsip.cli.settings import Settings
from mcsip.cli.streams import say
from mcsip.errors import McsipError, MissingToolError, UsageError
from mcsip.load.interruption import Interruption
from mcsip.load.jsonreport import render_json
from mcsip.load.plots import Plot, check_plots, make_plots
from mcsip.load.run import Job, LoadResult, run_load
from mcsip.load.sippcsv import render_csv
from mcsip.load.text import render_result
from mcsip.load.verdict import LoadVerdict, ending_of
from mcsip.words import plural

if TYPE_CHECKING:
    from mcsip.report.html import Subject

log = logging.getLogger(__name__)

EXIT_CODES = {
    LoadVerdict.NONE: ExitCode.NOTHING,
    LoadVerdict.PASS: ExitCode.OK,
    LoadVerdict.MISSED: ExitCode.THRESHOLD,
    LoadVerdict.FAIL: ExitCode.FAIL,
    LoadVerdict.INCONC: ExitCode.ERROR,
    LoadVerdict.ERROR: ExitCode.ERROR,
}
Content = str | bytes
Part = tuple[Path, Callable[[], Content]]
"""A file, and what makes its content."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the files.

    Attributes:
        paths: those that were written.
        faults: why others were not, one line each.
    """

    paths: tuple[Path, ...]
    faults: tuple[str, ...] = ()


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

    def check(self) -> list[str]:
        """Check, before anything is begun, that all can be made and written.

        Returns:
            What will be missing in them, for people.

        Raises:
            MissingToolError: plots are asked for, and what makes them is not installed.
            UsageError: a path names no file, or the file of two of them is the same.
            OSError: one cannot be written.
        """
        files = {"--json": self.json, "--csv": self.csv, "--html": self.html}
        named = {option: path for option, path in files.items() if path is not None}
        for option, path in named.items():
            _check_file(option, path)
        _check_different(named)
        if self.plots is not None:
            check_plots()
            _check_folder(self.plots, self.plots)
        if self.html is not None:
            try:
                check_plots()
            except MissingToolError as error:
                return [f"{self.html} will be without plots: {error}"]
        return []

    def write(self, result: LoadResult) -> Written:
        """Write all that is asked for and can be; what fails does not keep back the others."""
        from mcsip.report.write import write_file

        done: list[Path] = []
        faults: list[str] = []
        for path, content in self._parts(result, faults):
            try:
                write_file(path, content())
            except (McsipError, OSError) as error:
                faults.append(f"{path} was not written: {_said(error)}")
            except Exception as error:  # the border: a crash of one is not the end of all
                log.debug("%s", path, exc_info=True)
                faults.append(f"{path} was not written: internal: {type(error).__name__}: {error}")
            else:
                done.append(path)
        return Written(tuple(done), tuple(faults))

    def _parts(self, result: LoadResult, faults: list[str]) -> Iterator[Part]:
        """Yield the files and what makes them; the quickest first."""
        if self.json is not None:
            yield self.json, lambda: render_json(result)
        if self.csv is not None:
            yield self.csv, lambda: render_csv(result)
        if self.plots is None and self.html is None:
            return
        plots: list[Plot] = []
        try:
            plots = make_plots(result)
        except MissingToolError:
            pass  # it was said before the load
        except Exception as error:  # the border: the page is of use without them
            log.debug("the plots", exc_info=True)
            faults.append(f"the plots were not made: {type(error).__name__}: {error}")
        if self.plots is not None:
            for plot in plots:
                yield self.plots / f"{plot.name}.png", partial(bytes, plot.png)
        if self.html is not None:
            yield self.html, lambda: render_page(result, plots)


def _said(error: McsipError | OSError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def render_page(result: LoadResult, plots: list[Plot]) -> str:
    """Return the page of a load for the browser: it opens with the load and its verdict."""
    from mcsip.report.html import Section, to_html

    text, verdict = render_result(result), ending_of(result).verdict
    return to_html(
        _subjects(result),
        title=f"Load: {result.job.plan.scenario.name}",
        opening=Section("Load", text, verdict.value),
        sections=[Section(plot.title, plot.png) for plot in plots],
    )


def _subjects(result: LoadResult) -> "list[Subject]":
    """Return what the page shows beside the load: the messages of the users who were followed."""
    from mcsip.report.html import Subject

    sampled = result.sampled
    if sampled is None:
        return []
    users = plural(sampled.users, "user")
    return [Subject(f"Rules: messages of {users}", sampled.trace, check=sampled.check)]


def _check_file(option: str, path: Path) -> None:
    """Check that a file can be written.

    Raises:
        UsageError: the path names none.
        OSError: it cannot be written.
    """
    from mcsip.report.write import is_special

    if str(path) == "-":
        raise UsageError(f"{option} -: write /dev/stdout for standard output")
    if not path.name or path.is_dir():
        raise UsageError(f"{option} {str(path)!r} names no file")
    if not is_special(path):
        target = Path(os.path.realpath(path))
        _check_folder(path, target.parent)
    elif not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "cannot be written", str(path))


def _check_different(files: dict[str, Path]) -> None:
    """Check that no two reports go into one file; a device takes several.

    Raises:
        UsageError: two do.
    """
    from mcsip.report.write import is_special

    seen: dict[str, str] = {}
    for option, path in files.items():
        first = seen.setdefault(os.path.realpath(path), option)
        if first != option and not is_special(path):
            raise UsageError(f"{first} and {option} name the same file: {path}")


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


def show_load(job: Job, outputs: Outputs, settings: Settings) -> int:
    """Run a load, write and show what comes of it, and return the exit code.

    Raises:
        McsipError: it could not be begun.
        KeyboardInterrupt: a signal came before the first call, or a second one while it is written.
    """
    with Interruption() as interruption:
        with LoadProgress(settings) as progress:
            result = run_load(job, progress, interruption)

        def hear() -> None:
            interruption.ends(None)
            os.write(2, b"the reports are being written; again: they are given up\n")

        interruption.ends(hear)
        written = outputs.write(result)
    ending = ending_of(result)
    codes = {ExitCode.INTERRUPTED if result.interrupted else EXIT_CODES[ending.verdict]}
    for fault in written.faults:
        codes.add(ExitCode.ERROR)
        say(f"Error: {fault}")
    if not settings.quiet:
        for path in written.paths:
            say(f"written to {path}")
    if not (settings.quiet and ending.verdict is LoadVerdict.PASS):
        click.echo(render_result(result), nl=False)
    return foremost(codes)
