"""Progress: where somebody watches, and nowhere else."""

import io
from pathlib import Path

import pytest

from mcsip.cli.progress import LARGE_OCTETS, FileProgress, Progress
from mcsip.resources import scenarios_dir
from mcsip.scenario.load import Scenario, load_scenario


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def scenario() -> Scenario:
    return load_scenario(Path(scenarios_dir() / "authorization" / "success.yaml"))


def test_a_terminal_sees_the_step_that_runs(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    with Progress(2, shown=True) as progress:
        progress.on_step(scenario, scenario.steps[0])
        progress.pause()
        progress.go_on()
    first = scenario.steps[0].title
    count = f"1/2 {scenario.name}: step 1 of {len(scenario.steps)}: {first}"
    assert count in terminal.getvalue().replace("\n", " ")


@pytest.mark.parametrize("terminal", [True, False])
def test_quiet_or_a_pipe_sees_nothing(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    with Progress(1, shown=not terminal) as progress:
        progress.on_step(scenario, scenario.steps[0])
    assert stream.getvalue() == ""


def test_a_bar_for_a_large_file(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with FileProgress("reading [x].pcap", shown=True) as progress:
        progress(LARGE_OCTETS // 2, LARGE_OCTETS)
        progress(LARGE_OCTETS, LARGE_OCTETS)
    assert "reading [x].pcap" in terminal.getvalue()
    assert "4.2/4.2 MB" in terminal.getvalue()


@pytest.mark.parametrize(
    ("terminal", "shown", "octets"),
    [(False, True, LARGE_OCTETS), (True, False, LARGE_OCTETS), (True, True, LARGE_OCTETS - 1)],
)
def test_no_bar_for_a_small_file_or_where_nobody_watches(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, shown: bool, octets: int
) -> None:
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    with FileProgress("reading", shown=shown) as progress:
        progress(octets, octets)
    assert stream.getvalue() == ""
