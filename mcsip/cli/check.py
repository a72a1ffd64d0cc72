"""``mcsip check``: judge captures and traces by the clauses of the standards."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcsip.cli.exit_code import ExitCode, foremost
from mcsip.cli.numbers import Finite
from mcsip.cli.progress import FileProgress
from mcsip.cli.run import report_options, rule_options, settings_options, with_options
from mcsip.cli.settings import Settings, settings_of
from mcsip.cli.sources import NothingThereError, find_files, load_nodes, nothing, open_file
from mcsip.errors import UsageError

if TYPE_CHECKING:
    from mcsip.cli.judge import Demand
    from mcsip.conformance.rule import AnyRule
    from mcsip.report.checked import Check


@click.command("check")
@click.argument("what", nargs=-1, metavar="[CAPTURE|TRACE|RUN] [RULE]...")
@click.option(
    "--topology",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Says who is who in a capture; else it is inferred.",
)
@with_options(rule_options())
@click.option(
    "--timeout",
    type=Finite(0, min_open=True),
    help="Seconds for all; exit code 6 when they are over, with what was found until then.",
)
@with_options([*report_options(), *settings_options()])
@click.pass_context
def command(
    ctx: click.Context,
    /,
    what: tuple[str, ...],
    topology: Path | None,
    release: str,
    strict: bool,
    timeout: float | None,
    color: str | None,
    verbose: int,
    quiet: bool,
    **reports: Path | None,
) -> int:
    """Judge a capture or a trace by the clauses of the standards, octet by octet.

    CAPTURE is a file in pcap or pcapng, TRACE a trace.jsonl, RUN the directory of a run; without
    any of them it is the run just made. RULE is the beginning of a rule's id, such as
    ts23280/10.6.3.3; see 'mcsip list rules'.

    The exit code is 0 when every rule was kept, 1 when one was broken, 3 when the file is no
    capture, 4 when not all of it could be read, 5 when there was nothing to look at, 6 when the
    time was over.
    """
    from mcsip.cli.judge import Demand
    from mcsip.conformance.views import Release

    deadline = None if timeout is None else time.monotonic() + timeout
    settings = settings_of(ctx, color, verbose, quiet=quiet)
    try:
        path, prefixes = _divide(what)
        rules = select_rules(prefixes)
        files = find_files(path)
    except NothingThereError as error:
        return nothing(error)
    demand = Demand(rules, Release(int(release)), strict, deadline)
    checks = _judge_all(files, topology, demand, settings)
    _write_reports(checks, reports)
    return foremost(_codes(checks))


def _divide(what: Sequence[str]) -> tuple[Path | None, Sequence[str]]:
    """Return what is to be looked at, and the beginnings of rules.

    Raises:
        UsageError: the first is neither a file nor the beginning of a rule's id, or a second file.
    """
    if not what:
        return None, ()
    first, others = what[0], what[1:]
    for other in others:
        if Path(other).exists():
            raise UsageError(f"one capture or trace at a time: {other!r} is a second one")
    if Path(first).exists():
        return Path(first), others
    from mcsip.conformance.catalogue import RULES
    from mcsip.conformance.rule import selected

    if selected(RULES, [first]):
        return None, what
    raise UsageError(
        f"{first!r} is neither a file nor the beginning of a rule's id{_hint(first, RULES)}"
    )


def select_rules(prefixes: Sequence[str]) -> "tuple[AnyRule, ...]":
    """Return the rules whose ids begin with one of these; all of them if none.

    Raises:
        NothingThereError: no rule begins so.
    """
    from mcsip.conformance.catalogue import RULES
    from mcsip.conformance.rule import selected

    for prefix in prefixes:
        if not selected(RULES, [prefix]):
            raise NothingThereError(f"there is no rule {prefix!r}{_hint(prefix, RULES)}")
    return selected(RULES, prefixes)


def _hint(prefix: str, rules: "Sequence[AnyRule]") -> str:
    """Return what somebody may have meant by a rule that there is not, after a semicolon."""
    from mcsip.document import hint_for

    known = dict.fromkeys(
        "/".join(rule.id.split("/")[:parts]) for parts in (1, 2, 3) for rule in rules
    )
    documents = [name for name in known if "/" not in name]
    hint = hint_for(prefix, known)
    if hint is None or not hint.startswith("did you mean"):
        hint = f"documents: {', '.join(documents)}; 'mcsip list rules' lists all"
    return f"; {hint}"


def _judge_all(
    files: Sequence[Path], topology: Path | None, demand: "Demand", settings: Settings
) -> "list[Check]":
    """Judge file after file, and show what came of each."""
    from mcsip.cli.judge import judge
    from mcsip.report.canvas import fits_encoding
    from mcsip.report.check_text import render_check, render_check_summary
    from mcsip.scenario.result import Verdict

    colour, ascii_only = settings.colour(), not fits_encoding(sys.stdout.encoding)
    nodes = load_nodes(topology)
    checks: list[Check] = []
    for path in files:
        with FileProgress(f"reading {path.name}", shown=not settings.quiet) as progress:
            source = open_file(path, nodes, progress)
            check = judge(source, demand, progress)
        if not (settings.quiet and check.verdict is Verdict.PASS):
            short = settings.quiet or (len(files) > 1 and not settings.verbose)
            text = render_check(
                check,
                width=settings.width,
                verbose=settings.verbose,
                quiet=short,
                colour=colour,
                ascii_only=ascii_only,
            )
            click.echo(text.rstrip("\n"), color=True)
        checks.append(check)
        if check.timed_out:
            break
    if len(files) > 1:
        summary = render_check_summary(checks, colour=colour, ascii_only=ascii_only)
        click.echo("\n" + summary.rstrip("\n"), color=True)
    return checks


def _codes(checks: "Sequence[Check]") -> set[ExitCode]:
    """Return every exit code that applies."""
    from mcsip.scenario.result import Verdict

    verdicts = {check.verdict for check in checks}
    codes = {ExitCode.OK}
    if Verdict.FAIL in verdicts:
        codes.add(ExitCode.FAIL)
    if any(check.result.incomplete for check in checks):
        codes.add(ExitCode.ERROR)
    if any(check.timed_out for check in checks):
        codes.add(ExitCode.TIMEOUT)
    if verdicts <= {Verdict.NONE}:
        codes.add(ExitCode.NOTHING)
    return codes


def _write_reports(checks: "Sequence[Check]", paths: dict[str, Path | None]) -> None:
    """Write the reports that were asked for."""
    from mcsip.report.write import write_file

    for kind, path in paths.items():
        if path is None:
            continue
        if kind in ("mermaid", "pcap"):
            _write_each(checks, kind, path)
        else:
            write_file(path, _render(kind, checks))


def _render(kind: str, checks: "Sequence[Check]") -> str | bytes:
    """Return a report of all sources."""
    match kind:
        case "json":
            from mcsip.report.check_json import render_check_json

            return render_check_json(checks)
        case "junit":
            from mcsip.report.check_junit import build_check_junit

            return build_check_junit(checks)
        case "tap":
            from mcsip.report.check_tap import render_check_tap

            return render_check_tap(checks)
        case _:
            return _render_html(checks)


def _render_html(checks: "Sequence[Check]") -> str:
    from mcsip.report.html import Subject, to_html

    return to_html(
        [
            Subject(
                check.result.source,
                check.trace,
                check=check.result,
                exchanges=check.exchanges,
                strict=check.strict,
            )
            for check in checks
        ]
    )


def _write_each(checks: "Sequence[Check]", kind: str, path: Path) -> None:
    """Write a report that each source has of its own."""
    from mcsip.report.mermaid import render_mermaid
    from mcsip.report.pcap import build_pcap
    from mcsip.report.write import safe_name, write_file

    for check in checks:
        target = path
        if len(checks) > 1:
            name = safe_name(Path(check.result.source).parent.name)
            target = path.with_name(f"{path.stem}-{name}{path.suffix}")
        if not check.whole:
            click.echo(f"{target}: holds what is around the findings, not all", err=True)
        write_file(
            target,
            build_pcap(check.trace)
            if kind == "pcap"
            else render_mermaid(check.ladder, check.result.source, check.marks),
        )
