"""A run of several scenarios: load all, select, run one after the other, report, exit code."""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcsip.cli.exit_code import ExitCode, foremost
from mcsip.cli.progress import Progress
from mcsip.cli.run import fresh_seed
from mcsip.cli.select import parse_expression
from mcsip.cli.settings import Settings
from mcsip.errors import Diagnostic, FileError
from mcsip.mc.schema import check_schema
from mcsip.scenario.load import Scenario, in_order, load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import ScenarioResult, Verdict

if TYPE_CHECKING:
    from mcsip.report.case import Case

MAX_TOLD = 20
"""Scenarios of which it is told why they do not run, when none does [ours]."""
_EXIT_CODES = {
    Verdict.NONE: ExitCode.NOTHING,  # nothing in it could be judged
    Verdict.PASS: ExitCode.OK,
    Verdict.INCONC: ExitCode.ERROR,
    Verdict.FAIL: ExitCode.FAIL,
    Verdict.ERROR: ExitCode.ERROR,
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which scenarios to run.

    Attributes:
        expression: the text of ``-k``, or None.
        tags: one of these tags is wanted, where there are any.
        exclude: none of these tags is wanted.
    """

    expression: str | None = None
    tags: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()

    def why_not(self, scenario: Scenario) -> str:
        """Return why a scenario is not selected, or "" when it is."""
        words = [scenario.name, scenario.file, *scenario.tags, *scenario.clauses]
        text = "\n".join(words).lower()
        if self.expression is not None and not parse_expression(self.expression)(text):
            return f"does not match -k {self.expression}"
        if self.tags and not self.tags & set(scenario.tags):
            return f"has no tag {', '.join(sorted(self.tags))}"
        if excluded := self.exclude & set(scenario.tags):
            return f"has the excluded tag {', '.join(sorted(excluded))}"
        return scenario.no_meaning


@dataclass(frozen=True, slots=True)
class Asked:
    """How each trace is judged by all rules.

    Attributes:
        release: number of the release that bodies are held against.
        strict: whether a should counts.
    """

    release: int
    strict: bool = False


@dataclass(slots=True)
class Session:
    """One call of ``mcsip run``.

    Attributes:
        settings: how to talk to the user.
        layers: options that win over the scenario's, and options that it wins over.
        services: services to run each scenario with; None is its own.
        selection: which scenarios to run.
        outputs: where reports go, by kind.
        deadline: real monotonic time at which the run is given up, or None.
        fail_fast: stop after the first that does not pass.
        check: how each trace is judged by all rules, or None: not at all.
    """

    settings: Settings
    layers: tuple[RunOptions, RunOptions]
    services: Sequence[str | None]
    selection: Selection
    outputs: dict[str, Path | None]
    deadline: float | None = None
    fail_fast: bool = False
    check: Asked | None = None
    codes: set[ExitCode] = field(default_factory=set)

    def run(self, files: Sequence[tuple[Path, str]], *, dry_run: bool = False) -> int:
        """Run everything and return the exit code; reports are written also when it is not 0.

        Raises:
            FileError: one of the files is wrong; nothing was run.
        """
        if self.selection.expression is not None:
            parse_expression(self.selection.expression)
        loaded = self._load(files)
        chosen = [each for each in loaded if not self.selection.why_not(each)]
        if dry_run:
            for scenario in chosen:
                click.echo(f"{scenario.file}: {scenario.name} [{scenario.topology.service.key}]")
            return ExitCode.OK if chosen else self._nothing(loaded)
        if not chosen:
            return self._nothing(loaded)
        for service in dict.fromkeys(each.topology.service for each in chosen):
            check_schema(service)
        return self._run_all(loaded)

    def _nothing(self, loaded: Sequence[Scenario]) -> ExitCode:
        what = f"none of {len(loaded)} scenarios is selected" if loaded else "no scenario was found"
        click.echo(f"nothing to run: {what}", err=True)
        for scenario in loaded[:MAX_TOLD]:
            click.echo(f"  {scenario.file}: {self.selection.why_not(scenario)}", err=True)
        return ExitCode.NOTHING

    def _load(self, files: Sequence[tuple[Path, str]]) -> list[Scenario]:
        """Read all files; raises FileError with the faults of all of them."""
        over, under = self.layers
        loaded: list[Scenario] = []
        faults: list[Diagnostic] = []
        for path, name in files:
            for service in self.services:
                layer = over if service is None else replace(over, service=service)
                try:
                    loaded.append(load_scenario(path, name=name, over=layer, under=under))
                except FileError as error:
                    faults += in_order(list(error.diagnostics), name)
                    break
        if faults:
            raise FileError(list(dict.fromkeys(faults)))
        return loaded

    def _run_all(self, loaded: Sequence[Scenario]) -> int:
        """Run what is selected, and report; also what had finished when it is interrupted."""
        from mcsip.report.case import make_case, skipped_case
        from mcsip.scenario.run import run_scenario

        given = self.layers[0].seed
        seed = fresh_seed() if given is None else given
        output = _Output(self, seed, sum(not self.selection.why_not(each) for each in loaded))
        cases: list[Case] = []
        stopped = ""
        try:
            with Progress(output.total, shown=not self.settings.quiet) as progress:
                for scenario in loaded:
                    why = self.selection.why_not(scenario) or stopped
                    if why:
                        cases.append(skipped_case(_not_run(scenario), why))
                        continue
                    own = scenario.options.seed
                    run = run_scenario(
                        scenario,
                        seed=seed if own is None else own,
                        observer=progress,
                        deadline=self.deadline,
                    )
                    case = make_case(run.result, run.trace)
                    if self.check is not None:
                        case = _checked(case, scenario, self.check)
                    progress.pause()
                    cases.append(output.add(scenario, case, run.logs))
                    progress.go_on()
                    verdict = case.result.verdict
                    if not (run.timed_out and verdict is Verdict.INCONC):
                        self.codes.add(_EXIT_CODES[verdict])
                    if run.timed_out or self._is_late():
                        self.codes.add(ExitCode.TIMEOUT)
                        stopped = "the time for the whole run was over"
                    elif self.fail_fast and verdict is not Verdict.PASS:
                        stopped = "a scenario before it did not pass (--fail-fast)"
        except KeyboardInterrupt:
            self.codes.add(ExitCode.INTERRUPTED)
            click.echo("interrupted: what had finished is reported", err=True)
        finally:
            output.finish(cases)
        return foremost(self.codes)

    def _is_late(self) -> bool:
        return self.deadline is not None and time.monotonic() >= self.deadline


def _checked(case: "Case", scenario: Scenario, asked: Asked) -> "Case":
    """Return a case with what all rules say of its trace; its verdict may only get worse."""
    from mcsip.conformance.check import check_trace
    from mcsip.conformance.views import Release
    from mcsip.report.case import with_check
    from mcsip.scenario.run import timers

    assert case.trace is not None
    result = check_trace(
        case.trace,
        release=Release(asked.release),
        timers=timers(scenario.options),
        source=case.title,
    )
    return with_check(case, result, strict=asked.strict)


def _not_run(scenario: Scenario) -> ScenarioResult:
    """Return the result of a scenario that did not run."""
    return ScenarioResult(
        name=scenario.name,
        file=scenario.file,
        clauses=scenario.clauses,
        tags=scenario.tags,
        description=scenario.description,
        service=scenario.topology.service.key,
        transport=scenario.topology.transport.lower(),
    )


class _Output:
    """Writes the run directory, and what the user sees."""

    def __init__(self, session: Session, seed: int, total: int) -> None:
        from mcsip.report import write

        self.settings = session.settings
        self.outputs = session.outputs
        self._codes = session.codes
        self.total = total
        self._write = write
        self._names: set[str] = set()
        out = session.outputs["out"]
        assert out is not None
        self.folder = write.make_run_folder(out, write.run_folder_name(time.time(), seed))
        self._colour = session.settings.colour()
        self._ascii = not _fits(sys.stdout.encoding)

    def add(self, scenario: Scenario, case: "Case", logs: Mapping[str, str]) -> "Case":
        """Write and show one scenario; return its case, which then knows its files.

        Args:
            scenario: the scenario.
            case: what came of it.
            logs: what programs of another make have logged, by node.
        """
        from mcsip.report.terminal import render_ladder
        from mcsip.report.verdict import render_verdict

        folder = self.folder / self._name(scenario)
        case = replace(case, pcap=str(folder / self._write.CAPTURE))
        self._write.write_case(folder, case)
        for name, text in logs.items():
            self._write.write_file(folder / f"{name}.log", text)
        self._one_file(case, folder)
        passed = case.result.verdict is Verdict.PASS
        verbose = self.settings.verbose > 0 or (self.total == 1 and not self.settings.quiet)
        if verbose or (not passed and not self.settings.quiet):
            text = render_ladder(
                case.ladder,
                width=self.settings.width,
                colour=self._colour,
                ascii_only=self._ascii,
            )
            click.echo(text, color=True)
        if not (passed and self.settings.quiet):
            text = render_verdict(
                case, width=self.settings.width, colour=self._colour, ascii_only=self._ascii
            )
            click.echo(text.rstrip("\n"), color=True)
        return case

    def finish(self, cases: "Sequence[Case]") -> None:
        """Write the reports of the whole run, and the summary."""
        from mcsip.report.verdict import render_summary

        for kind in ("junit", "json", "tap", "html"):
            path = self.outputs[kind]
            if path is not None:
                self._write.write_file(path, _render(kind, cases))
        if self.total > 1 or len(cases) > 1:
            summary = render_summary(cases, colour=self._colour, ascii_only=self._ascii)
            click.echo(summary.rstrip("\n"), color=True)
        if not self.settings.quiet or ExitCode.INTERRUPTED in self._codes:
            click.echo(f"written to {self.folder}", err=True)

    def _name(self, scenario: Scenario) -> str:
        """Return a name for the folder of a scenario that no other one has."""
        base = self._write.safe_name(scenario.stem)
        for name in (base, f"{base}-{scenario.topology.service.key}"):
            if name not in self._names:
                self._names.add(name)
                return name
        number = 2
        while f"{base}-{number}" in self._names:
            number += 1
        self._names.add(f"{base}-{number}")
        return f"{base}-{number}"

    def _one_file(self, case: "Case", folder: Path) -> None:
        """Write the files that one scenario each has of its own."""
        for kind, source in (("pcap", self._write.CAPTURE), ("mermaid", self._write.LADDER)):
            path = self.outputs[kind]
            if path is None or case.trace is None:
                continue
            if self.total > 1:
                path = path.with_name(f"{path.stem}-{folder.name}{path.suffix}")
            self._write.write_file(path, (folder / source).read_bytes())


def _fits(encoding: str | None) -> bool:
    from mcsip.report.canvas import fits_encoding

    return fits_encoding(encoding)


def _render(kind: str, cases: "Sequence[Case]") -> str | bytes:
    """Return a report of the whole run."""
    match kind:
        case "junit":
            from mcsip.report.junit import build_junit

            return build_junit(cases)
        case "tap":
            from mcsip.report.tap import render_tap

            return render_tap(cases)
        case "html":
            from mcsip.report.html import to_html
            from mcsip.report.html_data import subject_of

            return to_html(
                [
                    subject_of(case)
                    if case.check is None
                    else subject_of(case, case.check.result, strict=case.check.strict)
                    for case in cases
                ]
            )
        case _:
            from mcsip.report.jsonreport import render_json

            return render_json(cases)
