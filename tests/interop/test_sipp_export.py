"""SIPp 3.6 in the place of each node, by what ``mcsip export sipp`` writes (TS 23.280 10.6.3.3)."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from mcsip.export.credentials import issue_credentials
from mcsip.export.sipp_files import export_sipp
from mcsip.scenario.load import Scenario, load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import StepResult, Verdict
from mcsip.scenario.run import Run, run_scenario
from mcsip.scenario.steps.registry import AnyStep
from mcsip.topology import Topology
from mcsip.topology.load import load_topology
from mcsip.topology.under_test import parse_under_test
from mcsip.trace import Mode
from tests.ports import free_port
from tests.system.sut import (
    AUTHORIZATION,
    RETURN_HOME,
    SEED,
    run_with,
    told,
    write_scenario,
    write_topology,
)

from .programs import Program, require, running

pytestmark = pytest.mark.interop

NODES = (
    "partner.core",
    "partner.server",
    "partner.gateway",
    "primary.gateway",
    "primary.server",
    "primary.core",
)
CLIENT = "alice-ue"
VISITOR = "sip:visitor-with-sipp@partner.example"


@pytest.fixture(scope="module", autouse=True)
def sipp() -> str:
    """SIPp, or the reason why these tests are skipped."""
    return require("sipp", "sip-tester")


def prepared(folder: Path, node: str, transport: str) -> tuple[Path, Path, Topology]:
    """Write scenario and topology, and the export of a node; return scenario, script, topology."""
    file = write_topology(folder)
    content = yaml.safe_load(file.read_text())
    content["clients"][CLIENT]["address"] = f"127.0.0.1:{free_port()}"
    file.write_text(yaml.safe_dump(content))
    scenario = write_scenario(folder, AUTHORIZATION + RETURN_HOME)
    exported = export_sipp(scenario, node, options=RunOptions(), transport=transport)
    for name, text in exported.files.items():
        (folder / name).write_text(text)
    script = folder / exported.script
    script.chmod(0o755)
    return scenario, script, load_topology(file)


def failure(run: Run, program: Program, folder: Path) -> str:
    """Return what there is to know of a run that did not pass."""
    log = folder / "messages.log"
    said = log.read_text(errors="replace") if log.exists() else ""
    return "\n".join((told(run), program.output, said))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("node", NODES)
def test_a_node_is_sipp(tmp_path: Path, node: str, transport: str) -> None:
    """Authorization, 10.6.3.3, and de-authorization, 10.6.3.3.2.1, with everybody else ours."""
    scenario, script, topology = prepared(tmp_path, node, transport)
    port = topology.nodes[node].port
    log = ("-trace_msg", "-message_file", tmp_path / "messages.log")
    with running([script, *log], tmp_path) as program:
        program.wait_for(program.listens(port, transport))
        run = run_with(scenario, [f"{node}={transport}:127.0.0.1:{port}"], transport=transport)
        assert run.result.verdict is Verdict.PASS, failure(run, program, tmp_path)
        assert program.wait() == 0, failure(run, program, tmp_path)
    assert run.trace.nodes[node].mode is Mode.SUT
    assert node not in {entry.node for entry in run.trace.entries}


class Starter:
    """Starts a client when the run first waits for it."""

    def __init__(self, script: Path, environment: Mapping[str, str]) -> None:
        self.program: Program | None = None
        self._script = script
        self._environment = environment

    def on_step(self, scenario: Scenario, step: AnyStep) -> None:
        """Pass over the beginning of a step."""

    def on_step_done(self, scenario: Scenario, result: StepResult) -> None:
        """Pass over the end of a step."""

    def on_notice(self, text: str) -> None:
        """Start SIPp once the nodes are there and wait."""
        if self.program is None and text.startswith("waiting for"):
            folder = self._script.parent
            log = ("-trace_msg", "-message_file", str(folder / "messages.log"))
            self.program = Program([str(self._script), *log], folder, self._environment)


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_the_client_is_sipp(tmp_path: Path, transport: str) -> None:
    """The same; SIPp begins, and answers the response of step 12 out of call."""
    scenario, script, topology = prepared(tmp_path, CLIENT, transport)
    environment = {"PACE": "2000"}
    for system in ("partner", "primary"):
        granted = issue_credentials(
            topology, CLIENT, system, seed=SEED, wall=time.time(), mc_id=VISITOR
        )
        environment[f"ID_{system.upper()}"] = granted.mc_id
        environment[f"TOKEN_{system.upper()}"] = granted.token
    target = f"{CLIENT}={transport}:127.0.0.1:{topology.clients[CLIENT].port}"
    options = RunOptions(under_test=(parse_under_test(target),), transport=transport, act_s=20.0)
    starter = Starter(script, environment)
    try:
        run = run_scenario(load_scenario(scenario, over=options), seed=SEED, observer=starter)
        program = starter.program
        assert program is not None, told(run)
        assert run.result.verdict is Verdict.PASS, failure(run, program, tmp_path)
        assert program.wait() == 0, failure(run, program, tmp_path)
    finally:
        if starter.program is not None:
            starter.program.end()


def test_a_node_that_does_otherwise_is_told(tmp_path: Path) -> None:
    """A server that is asked for something else than in the scenario ends with an exit code."""
    _, script, topology = prepared(tmp_path, "primary.server", "udp")
    text = (tmp_path / "primary.server.xml").read_text()
    assert text.count("migration-service-authorization-request") > 1
    changed = text.replace("migration-service-authorization-request", "something-else")
    (tmp_path / "primary.server.xml").write_text(changed)
    scenario = write_scenario(tmp_path, AUTHORIZATION, {"timeouts": {"t1": 0.05, "settle": 0.5}})
    port = topology.nodes["primary.server"].port
    with running([script], tmp_path, {"TIMEOUT": "3"}) as program:
        program.wait_for(program.listens(port, "udp"))
        run = run_with(scenario, [f"primary.server=udp:127.0.0.1:{port}"], transport="udp")
        assert run.result.verdict is Verdict.FAIL
        assert program.wait() != 0
    assert "regexp" in program.output.lower() or "timeout" in program.output.lower()
