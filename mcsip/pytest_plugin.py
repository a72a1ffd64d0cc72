"""What ``pytest`` needs to collect scenario files as tests: ``pytest scenarios/``.

A scenario file is a YAML file with ``steps`` and a ``topology``, in a path that was named on the
command line or in ``testpaths``; other YAML is left alone, and without a path nothing is collected.
A scenario is one test, or one for each MC service with ``--mcsip-service all``. Its tags are marks,
its name, clauses and tags words of ``-k``; its clauses, seed and the like are properties in a JUnit
report. One that fails shows what ``mcsip run`` shows: the place in its file, and the ladder.

Next to nothing of the product is imported before there is a scenario to collect.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mcsip.scenario.files import SUFFIXES, is_scenario

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr, TracebackStyle

    from mcsip.report.case import Case
    from mcsip.scenario.load import Scenario
    from mcsip.scenario.model import RunOptions

_WIDTH = 100
_SERVICES = ("mcptt", "mcvideo", "mcdata")
_ALL_SERVICES = "all"

#: How scenarios run, by the name of the option and of the ini key: choices, and what it is.
_SETTINGS: dict[str, tuple[tuple[str, ...], str]] = {
    "transport": (("udp", "tcp", "tls"), "transport instead of the topology's"),
    "network": (("loopback", "memory"), "real sockets, or one process in virtual time"),
    "service": ((*_SERVICES, _ALL_SERVICES), "MC service instead of the topology's; all: each"),
    "gateways": (
        ("both", "primary", "partner", "none"),
        "which systems keep their MC gateway servers",
    ),
    "release": (
        ("17", "18", "19", "20"),
        "release that bodies are held against, with --mcsip-check",
    ),
}
_DEFAULT_SEED = 1
"""Tests repeat: a seed that is always the same [ours]."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, and the ini keys that are their defaults."""
    group = parser.getgroup("mcsip", "scenarios of mission-critical migration (mcsip)")
    for name, (choices, about) in _SETTINGS.items():
        group.addoption(f"--mcsip-{name}", choices=choices, default=None, help=about)
        parser.addini(f"mcsip_{name}", f"{about}: {', '.join(choices)}", default="")
    group.addoption(
        "--mcsip-seed",
        type=int,
        default=None,
        help="seed of every scenario that has none of its own",
    )
    group.addoption(
        "--mcsip-check", action="store_true", help="also judge each trace by all conformance rules"
    )
    group.addoption("--mcsip-strict", action="store_true", help="with it: a should counts too")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ScenarioFile | None":
    """Collect a scenario file, where somebody asked for what is there."""
    if file_path.suffix not in SUFFIXES or not _is_asked_for(parent.config):
        return None
    named = parent.session.isinitpath(file_path)
    if not is_scenario(file_path, named=named):
        return None
    collected: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    return collected


def _is_asked_for(config: pytest.Config) -> bool:
    """Tell whether paths were named, on the command line or in ``testpaths``."""
    return config.args_source is not pytest.Config.ArgsSource.INVOCATION_DIR


class ScenarioFile(pytest.File):
    """One scenario file."""

    def collect(self) -> Iterable["ScenarioItem"]:
        """Yield the tests of the file.

        Raises:
            CollectError: the file is wrong, with the place of every fault.
        """
        from mcsip.errors import FileError
        from mcsip.scenario.load import load_scenario

        name = _shown(self.path, self.config)
        for service in _services(self.config):
            options = _options(self.config, service)
            try:
                scenario = load_scenario(self.path, name=name, over=options)
            except FileError as error:
                raise self.CollectError(str(error)) from error
            yield ScenarioItem.of(self, scenario)


class ScenarioItem(pytest.Item):
    """One scenario with one MC service."""

    scenario: "Scenario"

    @classmethod
    def of(cls, parent: ScenarioFile, scenario: "Scenario") -> "ScenarioItem":
        """Return the test of a scenario."""
        name = f"{scenario.stem}[{scenario.topology.service.key}]"
        item: ScenarioItem = cls.from_parent(parent, name=name)
        item.scenario = scenario
        words = (scenario.name, *scenario.tags, *scenario.clauses)
        item.extra_keyword_matches.update(words)
        for tag in scenario.tags:
            item.config.addinivalue_line("markers", f"{tag}: a tag of mcsip scenarios")
            item.add_marker(tag)
        item.user_properties += list(_properties(scenario))
        return item

    def runtest(self) -> None:
        """Run the scenario.

        Raises:
            ScenarioFailedError: its verdict is worse than pass.
        """
        from mcsip.report.case import make_case
        from mcsip.scenario.result import Verdict
        from mcsip.scenario.run import run_scenario

        if self.scenario.no_meaning:
            pytest.skip(self.scenario.no_meaning)
        seed = self._seed()
        self.user_properties.append(("seed", str(seed)))
        run = run_scenario(self.scenario, seed=seed)
        case = make_case(run.result, run.trace)
        if self.config.getoption("mcsip_check"):
            case = self._checked(case)
        self.user_properties.append(("verdict", case.result.verdict.value))
        if case.result.verdict is Verdict.NONE:
            pytest.skip("nothing was judged")
        if case.result.verdict is not Verdict.PASS:
            raise ScenarioFailedError(case)

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: "TracebackStyle | None" = None,
    ) -> "str | TerminalRepr":
        """Return what a failure looks like: the ladder and the findings, no traceback of ours."""
        if isinstance(excinfo.value, ScenarioFailedError):
            return excinfo.value.render()
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the test is, and what it is called in reports."""
        return self.path, 0, f"{self.scenario.name} [{self.scenario.topology.service.key}]"

    def _seed(self) -> int:
        """Return the seed: the scenario's own, else that of the command line."""
        own = self.scenario.options.seed
        given = self.config.getoption("mcsip_seed")
        return own if own is not None else _DEFAULT_SEED if given is None else int(given)

    def _checked(self, case: "Case") -> "Case":
        """Return the case with what all rules say of its trace."""
        from mcsip.conformance.check import check_trace
        from mcsip.conformance.views import DEFAULT_RELEASE, Release
        from mcsip.report.case import with_check
        from mcsip.scenario.run import timers

        assert case.trace is not None
        release = _setting(self.config, "release")
        result = check_trace(
            case.trace,
            release=Release(int(release)) if release else DEFAULT_RELEASE,
            timers=timers(self.scenario.options),
            source=case.title,
        )
        return with_check(case, result, strict=bool(self.config.getoption("mcsip_strict")))


class ScenarioFailedError(Exception):
    """A scenario did not pass."""

    def __init__(self, case: "Case") -> None:
        super().__init__(case.result.reason)
        self.case = case

    def render(self) -> str:
        """Return the reason, which a summary begins with, the ladder, and all that is wrong."""
        from mcsip.redact import redact_text
        from mcsip.report.terminal import render_ladder
        from mcsip.report.verdict import render_verdict

        ladder = render_ladder(self.case.ladder, width=_WIDTH)
        reason = redact_text(self.case.result.reason)
        return f"{reason}\n\n{ladder}\n{render_verdict(self.case, width=_WIDTH)}"


def _shown(path: Path, config: pytest.Config) -> str:
    """Return the name of a file as errors call it."""
    folder = config.rootpath
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _setting(config: pytest.Config, name: str) -> str:
    """Return a setting: of the command line, else of the configuration file, else "".

    Raises:
        UsageError: the configuration file has a value that there is not.
    """
    given = config.getoption(f"mcsip_{name}")
    if given is not None:
        return str(given)
    value = str(config.getini(f"mcsip_{name}"))
    choices = _SETTINGS[name][0]
    if value and value not in choices:
        raise pytest.UsageError(f"mcsip_{name}: {value!r} is none of {', '.join(choices)}")
    return value


def _services(config: pytest.Config) -> Iterator[str | None]:
    """Yield the services to run each scenario with; None is the topology's own."""
    service = _setting(config, "service")
    if service == _ALL_SERVICES:
        yield from _SERVICES
    else:
        yield service or None


def _options(config: pytest.Config, service: str | None) -> "RunOptions":
    """Return what the command line and the configuration file say."""
    from mcsip.scenario.model import RunOptions

    return RunOptions(
        service=service,
        transport=_setting(config, "transport") or None,
        network=_setting(config, "network") or None,
        gateways=_setting(config, "gateways") or None,
    )


def _properties(scenario: "Scenario") -> Iterator[tuple[str, object]]:
    """Yield the properties that a JUnit report gets."""
    for clause in scenario.clauses:
        yield "clause", clause
    for tag in scenario.tags:
        yield "tag", tag
    yield "service", scenario.topology.service.key
    yield "transport", scenario.topology.transport.lower()
    yield "network", scenario.options.network or "loopback"
