"""``mcsip run``: run scenarios and judge them."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from mcsip.cli.numbers import Finite
from mcsip.cli.options import transport_option
from mcsip.cli.settings import Settings, settings_of

if TYPE_CHECKING:
    from mcsip.cli.session import Asked
    from mcsip.scenario.model import RunOptions
    from mcsip.topology.under_test import UnderTest

F = TypeVar("F", bound=Callable[..., object])

SEED_BITS = 32
SERVICES = ("mcptt", "mcvideo", "mcdata")
ALL_SERVICES = "all"
RELEASES = ("17", "18", "19", "20")
DEFAULT_RELEASE = "18"


def _file_option(name: str, what: str) -> Callable[[F], F]:
    return click.option(
        name, type=click.Path(dir_okay=False, path_type=Path), help=f"Also write {what}."
    )


def under_test(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> "tuple[UnderTest, ...]":
    """Read systems under test, ``NODE=udp:HOST:PORT`` or ``NODE`` alone (click's callback)."""
    if not values:
        return ()
    from mcsip.topology.under_test import parse_under_test

    try:
        return tuple(parse_under_test(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None


LAYERED = {
    **{name: name for name in ("seed", "transport", "service", "network", "gateways")},
    "sut": "under_test",
    "t1": "t1_s",
    "act": "act_s",
}
"""Options that stand above or below those of a scenario, with their names in ``RunOptions``."""


def run_options(function: F) -> F:
    """Add the options that ``run`` and ``demo`` have in common."""
    options = [
        click.option("--seed", type=click.IntRange(0, 2**SEED_BITS - 1), help="Seed of the run."),
        transport_option,
        click.option(
            "--service",
            type=click.Choice([*SERVICES, ALL_SERVICES]),
            help="Instead of the topology's; 'all' runs each scenario with each.",
        ),
        click.option(
            "--network",
            type=click.Choice(["loopback", "memory"]),
            help="Real sockets, or one process in virtual time.",
        ),
        click.option(
            "--gateways",
            type=click.Choice(["both", "primary", "partner", "none"]),
            help="Which systems keep their MC gateway servers (TS 23.280 10.6.3.3 NOTE 3).",
        ),
        click.option(
            "--sut",
            multiple=True,
            callback=under_test,
            metavar="NODE[=TARGET]",
            help="A node or client that is not started: a system under test at udp:HOST:PORT, or "
            "where the topology says; may be repeated.",
        ),
        click.option(
            "--t1",
            type=Finite(0, min_open=True),
            help="Timer T1 of RFC 3261 17, in seconds [0.5]; other waits are multiples of it.",
        ),
        click.option(
            "--act",
            type=Finite(0, min_open=True),
            help="Seconds that the run waits for a client under test to act [60].",
        ),
        click.option(
            "--timeout",
            type=Finite(0, min_open=True),
            help="Seconds for the whole run; exit code 6 when they are over.",
        ),
        click.option(
            "--out",
            type=click.Path(file_okay=False, path_type=Path),
            default=Path("mcsip-out"),
            show_default=True,
            help="Folder of run directories.",
        ),
        click.option("--check", is_flag=True, help="Also judge each trace by all rules."),
        *rule_options(),
        *report_options(),
        *settings_options(),
    ]
    return with_options(options)(function)


def with_options(options: Sequence[Callable[[F], F]]) -> Callable[[F], F]:
    """Return what adds options to a command, in this order."""

    def add(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def report_options() -> list[Callable[[F], F]]:
    """Return the options that name the files of reports; see ``REPORTS``."""
    return [
        _file_option("--junit", "a JUnit report"),
        _file_option("--json", "a JSON report"),
        _file_option("--tap", "a TAP report"),
        _file_option("--html", "a report for the browser, in one file"),
        _file_option("--pcap", "a capture; of several traces, one for each"),
        _file_option("--mermaid", "a Mermaid diagram; of several traces, one for each"),
    ]


def rule_options() -> list[Callable[[F], F]]:
    """Return the options that say how rules are applied."""
    return [
        click.option(
            "--release",
            type=click.Choice(RELEASES),
            default=DEFAULT_RELEASE,
            show_default=True,
            help="Release of the 3GPP documents that bodies are held against.",
        ),
        click.option(
            "--strict", is_flag=True, help="What the standards say should be counts like a shall."
        ),
    ]


def settings_options() -> list[Callable[[F], F]]:
    """Return the options that stand before and after a command's name alike."""
    return [
        click.option("--color", type=click.Choice(["auto", "always", "never"]), help="Colours."),
        click.option("-v", "--verbose", count=True, help="Say more; every ladder."),
        click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong."),
    ]


REPORTS = ("junit", "json", "tap", "html", "pcap", "mermaid")
"""Reports that have an option of their own."""


@click.command("run")
@click.argument("paths", nargs=-1, required=True, metavar="FILE|FOLDER...")
@click.option("-k", "expression", help="Only those whose name, file, tags or clauses match.")
@click.option("--tag", "tags", multiple=True, help="Only those with this tag; may be repeated.")
@click.option("--exclude", multiple=True, help="Not those with this tag; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Check everything, list what would run, and stop.")
@click.option("--fail-fast", is_flag=True, help="Stop after the first that does not pass.")
@run_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    expression: str | None,
    tags: tuple[str, ...],
    exclude: tuple[str, ...],
    dry_run: bool,
    fail_fast: bool,
    **options: Any,
) -> int:
    """Run scenarios, given as files, folders or names of shipped ones, and judge them.

    The exit code is 0 when all pass, 1 when one fails, 3 when a file is invalid, 4 for errors and
    inconclusive verdicts, 5 when nothing was selected, 6 when the time was over.
    """
    from mcsip.cli.discover import find_scenarios
    from mcsip.cli.session import Selection, Session

    settings = settings_of(ctx, options["color"], options["verbose"], quiet=bool(options["quiet"]))
    session = Session(
        settings=settings,
        layers=layers(ctx, options),
        services=services(ctx, options),
        selection=Selection(expression, frozenset(tags), frozenset(exclude)),
        outputs=outputs(options),
        deadline=deadline(options),
        fail_fast=fail_fast,
        check=asked(options),
    )
    return session.run(find_scenarios(paths), dry_run=dry_run)


def outputs(options: dict[str, Any]) -> dict[str, Path | None]:
    """Return where reports go, by kind."""
    return {kind: options[kind] for kind in ("out", *REPORTS)}


def asked(options: dict[str, Any]) -> "Asked | None":
    """Return how each trace is to be judged by all rules, or None: not at all."""
    if not options["check"]:
        return None
    from mcsip.cli.session import Asked

    return Asked(int(options["release"]), strict=bool(options["strict"]))


def deadline(options: dict[str, Any]) -> float | None:
    """Return the monotonic time at which the whole run is given up, or None."""
    timeout = options["timeout"]
    return None if timeout is None else time.monotonic() + float(timeout)


def services(ctx: click.Context, options: dict[str, Any]) -> Sequence[str | None]:
    """Return the services to run each scenario with; None is the scenario's own."""
    del ctx
    chosen = options["service"]
    return SERVICES if chosen == ALL_SERVICES else (None,)


def layers(ctx: click.Context, options: dict[str, Any]) -> "tuple[RunOptions, RunOptions]":
    """Return what the command line and environment say, and what the configuration file says.

    A scenario's own options stand between the two.
    """
    from mcsip.scenario.model import RunOptions

    over: dict[str, Any] = {}
    under: dict[str, Any] = {}
    for name, field in LAYERED.items():
        value = options[name]
        if value in (None, ALL_SERVICES, ()):
            continue
        from_file = ctx.get_parameter_source(name) is ParameterSource.DEFAULT_MAP
        (under if from_file else over)[field] = value
    return RunOptions(**over), RunOptions(**under)


def fresh_seed() -> int:
    """Return a seed that nobody chose."""
    import secrets

    return secrets.randbits(SEED_BITS)


__all__ = ["Settings", "command", "fresh_seed", "run_options"]
