"""The step wait: time of the run passes."""

from pathlib import Path

from mcsip.scenario.load import load_scenario
from mcsip.scenario.result import Verdict
from mcsip.scenario.run import run_scenario

from .files import write_scenario


def test_an_hour_of_virtual_time(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, "  - wait: {seconds: 3600}\n", "options: {network: memory}\n")
    done = run_scenario(load_scenario(path), seed=1)
    assert done.result.verdict is Verdict.PASS
    assert done.result.duration_s >= 3600 > done.result.elapsed_s
    assert done.result.steps[0].title == "wait 3600 s"


def test_a_moment_of_real_time(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, "  - wait: {seconds: 0.01}\n")
    done = run_scenario(load_scenario(path), seed=1)
    assert done.result.verdict is Verdict.PASS
    assert done.result.steps[0].duration_s >= 0.005  # event loops round to milliseconds
