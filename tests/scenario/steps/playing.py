"""Steps played in memory, on the shipped topology of two systems with gateways."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mcsip.errors import FileError
from mcsip.nodes.simulation import Simulation
from mcsip.resources import scenarios_dir
from mcsip.scenario import run as run_module
from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.run import Run, run_scenario
from mcsip.topology import System, Topology
from mcsip.topology.under_test import as_ours, parse_under_test
from mcsip.trace import Mode

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


def no_meaning(folder: Path, steps: str, *sut: str) -> str:
    """Return why steps have no meaning where these nodes are under test, or ""."""
    path = folder / "steps.yaml"
    topology = scenarios_dir() / "topologies" / "two-systems.yaml"
    path.write_text(f"name: X\ntopology: {topology}\nsteps:\n{steps}", encoding="utf-8")
    under_test = tuple(parse_under_test(text) for text in sut)
    return load_scenario(path, over=RunOptions(under_test=under_test)).no_meaning


def play_as_if(folder: Path, steps: str, **modes: Mode) -> Run:
    """Run steps on nodes that are all ours, and judge them as if some were not.

    Args:
        folder: where the scenario is written.
        steps: its steps.
        modes: the mode of a node, by its name with '_' for '.'.
    """
    path = folder / "steps.yaml"
    file = scenarios_dir() / "topologies" / "two-systems.yaml"
    path.write_text(f"name: X\ntopology: {file}\nsteps:\n{steps}", encoding="utf-8")
    scenario = load_scenario(path, over=RunOptions(network="memory"))
    wanted = {name.replace("_", "."): mode for name, mode in modes.items()}
    topology = _with_modes(scenario.topology, wanted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "Simulation", _AllOurs)
        return run_scenario(replace(scenario, topology=topology), seed=1)


def _with_modes(topology: Topology, modes: Mapping[str, Mode]) -> Topology:
    def change(system: System) -> System:
        nodes = {
            name: replace(node, mode=modes.get(name, node.mode))
            for name, node in system.nodes.items()
        }
        return replace(system, nodes=nodes)

    systems = {name: change(system) for name, system in topology.systems.items()}
    return replace(topology, systems=systems)


class _AllOurs(Simulation):
    """Runs also the nodes that are said to be somebody else's; the trace has the modes."""

    def __init__(self, topology: Topology, **options: Any) -> None:
        super().__init__(as_ours(topology, topology.nodes), **options)
        self._modes = {name: node.mode for name, node in topology.nodes.items()}

    async def start(self) -> None:
        await super().start()
        trace = self.env.trace
        assert trace is not None
        for name, mode in self._modes.items():
            trace.add_node(replace(trace.nodes[name], mode=mode))
