"""Progress: where somebody watches, and nowhere else."""

import io
from pathlib import Path

import pytest

from mcsip.cli.progress import Progress
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
