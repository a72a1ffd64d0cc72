"""Each role as a process that the run did not start: ``mcsip serve`` in the place of a product."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from mcsip.cli.main import run_cli
from mcsip.resources import scenarios_dir
from mcsip.scenario.result import Verdict
from mcsip.topology.load import load_topology
from mcsip.trace import Mode
from tests.ports import free_port

from .serving import Served
from .sut import AUTHORIZATION, RETURN_HOME, SEED, run_with, told, write_scenario, write_topology

NODES = (
    "partner.core",
    "partner.server",
    "partner.gateway",
    "primary.gateway",
    "primary.server",
    "primary.core",
)


@contextmanager
def served(folder: Path, topology: Path, names: Sequence[str]) -> Iterator[None]:
    """Run each of these nodes as a process of its own."""
    with asyncio.Runner() as runner:
        processes = [
            Served([name], ["--topology", str(topology)], folder / f"{name}.log") for name in names
        ]

        async def start() -> None:
            await asyncio.gather(*(each.start() for each in processes))

        async def end() -> None:
            codes = await asyncio.gather(*(each.end() for each in processes))
            assert codes == [0] * len(processes)

        async def close() -> None:
            await asyncio.gather(*(each.close() for each in processes))

        try:
            runner.run(start())
            yield
            runner.run(end())
        finally:
            runner.run(close())


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("name", NODES)
def test_authorization_and_return_home(tmp_path: Path, name: str, transport: str) -> None:
    """TS 23.280 10.6.3.3 and 10.6.3.3.2.1."""
    topology = write_topology(tmp_path)
    node = load_topology(topology).nodes[name]
    scenario = write_scenario(tmp_path, AUTHORIZATION + RETURN_HOME)
    with served(tmp_path, topology, [name]):
        target = f"{name}={transport}:{node.host}:{node.port}"
        done = run_with(scenario, [target], transport=transport)
    assert done.result.verdict is Verdict.PASS, told(done)
    assert done.trace.nodes[name].mode is Mode.SUT
    assert name not in {entry.node for entry in done.trace.entries}


@pytest.mark.slow
def test_all_nodes_as_processes_of_their_own(tmp_path: Path) -> None:
    """What goes on between them is not seen; what the client sees is judged."""
    topology = write_topology(tmp_path)
    scenario = write_scenario(tmp_path, AUTHORIZATION + RETURN_HOME)
    with served(tmp_path, topology, NODES):
        done = run_with(scenario, NODES)
    assert done.result.verdict is Verdict.PASS, told(done)
    unseen = [finding for finding in done.result.remarks if "not seen" in finding.message]
    assert len(unseen) == 11
    by_verb = {step.verb: step.verdict for step in done.result.steps}
    assert by_verb["migrate"] is by_verb["return_home"] is Verdict.PASS


@pytest.mark.slow
def test_the_shipped_topology_with_all_nodes_under_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The shipped scenario as it is; where its nodes are, the command line says."""
    shipped = scenarios_dir() / "topologies" / "two-systems.yaml"
    names = list(load_topology(shipped).nodes)
    at = {name: f"127.0.0.1:{free_port()}" for name in names}
    systems: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for name, address in at.items():
        system, _, node = name.partition(".")
        systems.setdefault(system, {"nodes": {}})["nodes"][node] = {"address": address}
    topology = tmp_path / "here.topology.yaml"
    topology.write_text(yaml.safe_dump({"include": str(shipped), "systems": systems}))
    arguments = ["run", "authorization/success", "--seed", str(SEED)]
    for name, address in at.items():
        arguments += ["--sut", f"{name}=tcp:{address}"]
    with served(tmp_path, topology, names):
        code = run_cli([*arguments, "--out", str(tmp_path / "out")])
    said = capsys.readouterr()
    assert code == 0, said
    assert f"under test (*): {', '.join(names)}" in " ".join(said.out.split())
