"""``mcsip show``: draw a capture or a trace as a ladder."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from mcsip.cli.exit_code import ExitCode
from mcsip.cli.progress import FileProgress
from mcsip.cli.run import settings_options, with_options
from mcsip.cli.settings import Settings, settings_of
from mcsip.cli.sources import NothingThereError, find_files, load_nodes, nothing, open_file
from mcsip.errors import UsageError

if TYPE_CHECKING:
    from mcsip.exchanges import Exchange
    from mcsip.report.ladder import Ladder
    from mcsip.trace import Trace

TERMINAL, HTML = "terminal", "html"
FORMATS = (TERMINAL, "mermaid", "plantuml", "svg", HTML)
_SUFFIXES = {
    ".mmd": "mermaid", ".mermaid": "mermaid", ".puml": "plantuml", ".plantuml": "plantuml",
    ".svg": "svg", ".html": HTML, ".htm": HTML, ".txt": TERMINAL,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be drawn, and how.

    Attributes:
        form: one of ``FORMATS``.
        cores: draw every hop through SIP cores.
        messages: write out the messages too.
        expression: the text of ``-k``, or None.
        settings: how to talk to the user.
        to_file: whether it goes into a file.
    """

    form: str
    cores: bool
    messages: bool
    expression: str | None
    settings: Settings
    to_file: bool


@click.command("show")
@click.argument(
    "path",
    required=False,
    metavar="[CAPTURE|TRACE|RUN]",
    type=click.Path(exists=True, path_type=Path),
)
@click.option(
    "--topology",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Says who is who in a capture; else it is inferred.",
)
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default=TERMINAL,
    show_default=True,
    help="How to draw it.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it to this file, whose name may also say the format (.mmd .puml .svg .html).",
)
@click.option("--cores", is_flag=True, help="Draw every hop through the SIP cores.")
@click.option("--messages", is_flag=True, help="Write out the messages too.")
@click.option("-k", "expression", help="Only what matches: message, node, step, status.")
@with_options(settings_options())
@click.pass_context
def command(
    ctx: click.Context,
    /,
    path: Path | None,
    topology: Path | None,
    form: str,
    output: Path | None,
    cores: bool,
    messages: bool,
    expression: str | None,
    color: str | None,
    verbose: int,
    quiet: bool,
) -> int:
    """Draw a capture or a trace as a ladder.

    CAPTURE is a file in pcap or pcapng, TRACE a trace.jsonl, RUN the directory of a run; without
    any of them it is the run just made.

    The exit code is 3 when the file is no capture, 4 when not all of it could be read, 5 when there
    is nothing to draw.
    """
    if output is not None and ctx.get_parameter_source("form") is ParameterSource.DEFAULT:
        form = _SUFFIXES.get(output.suffix.lower(), form)
    if messages and form not in (TERMINAL, HTML):
        raise UsageError(f"--messages is for the terminal and HTML, not for {form}")
    if form == HTML and (expression is not None or cores):
        raise UsageError("-k and --cores are for the other formats: an HTML report filters itself")
    settings = settings_of(ctx, color, verbose, quiet=quiet)
    wish = Wish(form, cores, messages, expression, settings, output is not None)
    try:
        return _draw_all(find_files(path), topology, wish, output)
    except NothingThereError as error:
        return nothing(error)


def _draw_all(files: list[Path], topology: Path | None, wish: Wish, output: Path | None) -> int:
    """Draw file after file; return the exit code."""
    nodes = load_nodes(topology)
    code = ExitCode.OK
    for path in files:
        with FileProgress(f"reading {path.name}", shown=not wish.settings.quiet) as progress:
            source = open_file(path, nodes, progress)
            trace = source.load(progress)
        for remark in source.remarks:
            click.echo(f"{path}: {remark}", err=True)
        if source.incomplete:
            code = ExitCode.ERROR
        if not trace.entries:
            raise NothingThereError(f"{path}: no SIP message was found")
        title = str(path) if len(files) == 1 else path.parent.name
        text = _draw(trace, title, wish)
        if output is None:
            heading = f"{title}\n\n" if wish.form == TERMINAL and len(files) > 1 else ""
            click.echo(heading + text.rstrip("\n"), color=True)
            continue
        from mcsip.report.write import write_file

        target = output
        if len(files) > 1:
            target = output.with_name(f"{output.stem}-{title}{output.suffix}")
        write_file(target, text)
        if not wish.settings.quiet:
            click.echo(f"written to {target}", err=True)
    return code


def _draw(trace: "Trace", title: str, wish: Wish) -> str:
    """Return a trace in the format that is wished.

    Raises:
        NothingThereError: nothing matches ``-k``.
    """
    if wish.form == HTML:
        from mcsip.report.html import Subject, to_html

        return to_html([Subject(title, trace)], title=title)
    from mcsip.exchanges import find_exchanges
    from mcsip.report.ladder import build_ladder

    exchanges = find_exchanges(trace)
    ladder = build_ladder(trace, exchanges, fold_cores=not wish.cores)
    if wish.expression is not None:
        ladder = _filtered(ladder, wish.expression, title)
    match wish.form:
        case "mermaid":
            from mcsip.report.mermaid import render_mermaid

            return render_mermaid(ladder, title)
        case "plantuml":
            from mcsip.report.plantuml import render_plantuml

            return render_plantuml(ladder, title)
        case "svg":
            from mcsip.report.svg import render_svg

            return render_svg(ladder, title)
        case _:
            return _terminal(trace, exchanges, ladder, wish)


def _filtered(ladder: "Ladder", expression: str, title: str) -> "Ladder":
    """Return what matches an expression of a ladder.

    Raises:
        NothingThereError: nothing does.
        UsageError: the expression is wrong.
    """
    from mcsip.cli.select import parse_expression
    from mcsip.report.ladder_filter import filter_ladder

    found = filter_ladder(ladder, parse_expression(expression))
    if not found.rows:
        nodes = ", ".join(lane.node for lane in ladder.lanes)
        labels = ", ".join(dict.fromkeys(arrow.label for arrow in ladder.arrows))
        raise NothingThereError(
            f"{title}: nothing matches -k {expression!r}\n  nodes: {nodes}\n  messages: {labels}"
        )
    return found


def _terminal(trace: "Trace", exchanges: "list[Exchange]", ladder: "Ladder", wish: Wish) -> str:
    """Return the ladder as text, and the messages of its arrows where they are wished."""
    from mcsip.report.canvas import fits_encoding
    from mcsip.report.terminal import render_ladder

    text = render_ladder(
        ladder,
        width=wish.settings.width,
        colour=wish.settings.colour() and not wish.to_file,
        ascii_only=not wish.to_file and not fits_encoding(sys.stdout.encoding),
    )
    if not wish.messages:
        return text
    from mcsip.report.messages_log import render_messages_log

    rows = None
    if wish.expression is not None:
        rows = frozenset(row.number for row in ladder.rows)
    return f"{text}\n{render_messages_log(trace, exchanges, rows=rows)}"
