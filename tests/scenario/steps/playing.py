"""Steps played in memory, on the shipped topology of two systems with gateways."""

from pathlib import Path

import pytest

from mcsip.errors import FileError
from mcsip.resources import scenarios_dir
from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.run import Run, run_scenario

READY = """
- authenticate: {client: alice-ue, in: partner}
- register: {client: alice-ue, in: partner}
"""
MIGRATED = """
- given: {client: alice-ue, migrated_to: partner, profile: 2}
"""


def play(folder: Path, steps: str, service: str | None = None) -> Run:
    """Run steps and return what came of them."""
    path = folder / "steps.yaml"
    topology = scenarios_dir() / "topologies" / "two-systems.yaml"
    path.write_text(f"name: X\ntopology: {topology}\nsteps:\n{steps}", encoding="utf-8")
    return run_scenario(
        load_scenario(path, over=RunOptions(network="memory", service=service)), seed=1
    )


def verdicts(run: Run) -> list[str]:
    """Return the verdict of each step."""
    return [step.verdict.value for step in run.result.steps]


def faults(folder: Path, steps: str, service: str | None = None) -> list[str]:
    """Return the faults of steps that are refused, without their places."""
    with pytest.raises(FileError) as caught:
        play(folder, steps, service)
    return [fault.message for fault in caught.value.diagnostics]
