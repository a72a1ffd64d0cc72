"""Scenarios run to a verdict: the shipped ones, the contract's, and those that go wrong."""

import time
from pathlib import Path

import pytest

from mcsip.errors import BeyondError
from mcsip.nodes.mc_gateway import McGateway
from mcsip.resources import scenarios_dir
from mcsip.scenario.context import StepContext
from mcsip.scenario.load import Scenario, load_scenario
from mcsip.scenario.model import FaultOptions, RunOptions
from mcsip.scenario.result import StepResult, Verdict
from mcsip.scenario.run import Run, run_scenario
from mcsip.scenario.steps.migrate import Migrate
from mcsip.scenario.steps.registry import AnyStep

SHIPPED = sorted((scenarios_dir() / "authorization").glob("*.yaml"))
MEMORY = RunOptions(network="memory")


def run(path: Path, options: RunOptions = MEMORY, *, seed: int = 1) -> Run:
    return run_scenario(load_scenario(path, name=path.name, over=options), seed=seed)


def explain(done: Run) -> str:
    return "\n".join(finding.render() for finding in done.result.findings) or done.result.reason


@pytest.mark.parametrize("service", ["mcptt", "mcvideo", "mcdata"])
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios_pass_with_each_service(path: Path, service: str) -> None:
    done = run(path, RunOptions(network="memory", service=service))
    assert done.result.verdict is Verdict.PASS, explain(done)
    assert done.result.service == service


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_the_main_scenario_passes_over_real_sockets(transport: str) -> None:
    path = scenarios_dir() / "authorization" / "success.yaml"
    done = run(path, RunOptions(network="loopback", transport=transport))
    assert done.result.verdict is Verdict.PASS, explain(done)


@pytest.mark.parametrize("name", ["authorization", "refused-by-primary"])
def test_the_contract(shared: Path, name: str) -> None:
    done = run(shared / "contract" / f"{name}.scenario.yaml", RunOptions())
    assert done.result.verdict is Verdict.PASS, explain(done)


@pytest.mark.parametrize("seed", range(5))
def test_a_run_with_loss_repeats_byte_for_byte_from_its_seed(seed: int) -> None:
    path = scenarios_dir() / "authorization" / "several-servers.yaml"
    options = RunOptions(
        network="memory", transport="udp", faults=FaultOptions(0.1, 0.05, 0.05, 0.01)
    )
    one, other = (run(path, options, seed=seed) for _ in range(2))
    assert one.result.verdict is Verdict.PASS, explain(one)
    assert [e.data for e in one.trace.entries] == [e.data for e in other.trace.entries]


def write(folder: Path, steps: str, head: str = "") -> Path:
    path = folder / "x.yaml"
    topology = scenarios_dir() / "topologies" / "two-systems.yaml"
    path.write_text(f"name: X\ntopology: {topology}\n{head}steps:\n{steps}")
    return path


READY = (
    "  - authenticate: {client: alice-ue, in: partner}\n"
    "  - register: {client: alice-ue, in: partner}\n"
)


def test_a_failure_shows_expected_and_observed_and_judges_on(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        READY + "  - migrate: {client: alice-ue, to: partner, profile: 1}\n"
        "    expect: {result: success}\n"
        "  - expect_messages:\n"
        "      - [alice-ue, partner.server, migration-service-authorization-request]\n"
        "      - [primary.server, alice-ue, migration-service-authorization-response]\n"
        "  - expect_record:\n"
        "      primary.server: {user: sip:alice@primary.example, status: migrated}\n"
        "  - stop: {node: primary.core}\n",
    )
    done = run(path)
    assert done.result.verdict is Verdict.FAIL
    assert done.result.reason == "x.yaml:7:22: another result than expected"
    assert explain(done) == (Path(__file__).parent / "golden" / "failure.txt").read_text().rstrip()
    assert [step.verdict.value for step in done.result.steps] == [
        "pass", "pass", "fail", "fail", "fail", "none",
    ]  # fmt: skip


def test_a_precondition_that_cannot_be_met_is_inconclusive(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "  - given: {client: alice-ue, migrated_to: partner, profile: 1}\n"
        "  - stop: {node: primary.core}\n",
    )
    done = run(path)
    assert done.result.verdict is Verdict.INCONC
    assert [step.verdict.value for step in done.result.steps] == ["inconc", "none"]
    assert "profile-not-permitted" in done.result.findings[0].actual


def test_messages_of_a_precondition_are_not_looked_at(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "  - given: {client: alice-ue, migrated_to: partner, profile: 2}\n"
        "  - expect_messages: {exactly: true, list: []}\n",
    )
    done = run(path)
    assert done.result.verdict is Verdict.PASS, explain(done)


def test_what_cannot_be_done_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, "  - migrate: {client: alice-ue, to: partner, profile: 2}\n")
    done = run(path)
    assert done.result.verdict is Verdict.ERROR
    assert done.result.reason.endswith("alice-ue has not authenticated in partner")


def test_a_crash_in_a_step_is_an_error_and_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(Migrate, "perform", crash)
    done = run(write(tmp_path, "  - migrate: {client: alice-ue, to: partner, profile: 2}\n"))
    assert done.result.verdict is Verdict.ERROR
    assert done.result.reason.endswith("the step crashed: RuntimeError: boom")
    assert "the step crashed" in caplog.text


def test_a_crash_in_a_node_is_an_error_and_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever else is judged: the verdict is error, and tells which node it was (RFC 3261 21.5.1)."""

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(McGateway, "_forward", crash)
    done = run(
        write(
            tmp_path,
            READY + "  - migrate: {client: alice-ue, to: partner, profile: 2}\n"
            "    expect: {result: failed}\n",
        )
    )
    assert done.result.verdict is Verdict.ERROR
    assert done.result.reason == "partner.gateway crashed: RuntimeError: boom"
    assert "partner.gateway: an input was not handled" in caplog.text
    answers = [e.data for e in done.trace.entries if b"SIP/2.0 500 " in (e.data or b"")]
    assert answers


def test_an_address_that_is_taken_is_an_error(tmp_path: Path) -> None:
    topology = tmp_path / "topology.yaml"
    topology.write_text(
        "systems:\n  a:\n    domain: a.example\n    nodes: {server: {role: mc-server, address: '127.0.0.1:1'}}\n"
        "    users: {u: {mc_id: sip:u@a.example}}\nclients: {ue: {user: a.u}}\n"
    )
    path = tmp_path / "x.yaml"
    path.write_text(
        "name: X\ntopology: topology.yaml\nsteps: [{authenticate: {client: ue, in: a}}]\n"
    )
    topology.write_text(topology.read_text().replace("127.0.0.1:1'", "192.0.2.1:5060'"))
    done = run(path, RunOptions())
    assert done.result.verdict is Verdict.ERROR
    assert "192.0.2.1" in done.result.reason
    assert [step.verdict for step in done.result.steps] == [Verdict.NONE]


def test_the_time_of_a_scenario(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        READY + "  - stop: {node: primary.gateway}\n"
        "  - migrate: {client: alice-ue, to: partner, profile: 2}\n",
        "options: {network: memory, transport: udp, timeouts: {scenario: 5}}\n",
    )
    done = run(path)
    assert done.result.verdict is Verdict.ERROR
    head, _, step = done.result.reason.partition(", in the step: ")
    assert head == "not complete after 5 s"
    assert step.endswith(".yaml:8:5: alice-ue migrates to partner with profile 2")
    assert not done.timed_out


@pytest.mark.parametrize("network", ["loopback", "memory"])
def test_the_time_for_the_whole_run_is_real_time(tmp_path: Path, network: str) -> None:
    scenario = load_scenario(write(tmp_path, READY), over=RunOptions(network=network))
    done = run_scenario(scenario, seed=1, deadline=time.monotonic() - 1)
    assert done.timed_out
    assert done.result.verdict is Verdict.INCONC
    assert done.result.reason.startswith("the time for the whole run was over, in the step: ")


def test_an_observer_is_told_of_every_step(tmp_path: Path) -> None:
    told: list[str] = []

    class Listening:
        def on_step(self, scenario: Scenario, step: AnyStep) -> None:
            told.append(f"{scenario.name}: {step.verb}")

        def on_step_done(self, scenario: Scenario, result: StepResult) -> None:
            told.append(f"{result.verb}: {result.verdict.value}")

        def on_notice(self, text: str) -> None:
            told.append(text)

    scenario = load_scenario(write(tmp_path, READY), over=MEMORY)
    run_scenario(scenario, seed=1, observer=Listening())
    assert told == ["X: authenticate", "authenticate: pass", "X: register", "register: pass"]


def test_records_on_disk(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    path = scenarios_dir() / "authorization" / "success.yaml"
    done = run_scenario(load_scenario(path), seed=1, data_dir=folder)
    assert done.result.verdict is Verdict.PASS, explain(done)
    assert (folder / "primary.server.sqlite").is_file()


def test_what_another_make_cannot_do_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    async def beyond(_step: Migrate, _context: StepContext) -> None:
        raise BeyondError("PJSIP has at most 8 accounts in a process")

    monkeypatch.setattr(Migrate, "perform", beyond)
    done = run(scenarios_dir() / "authorization" / "success.yaml")
    assert done.result.verdict is Verdict.INCONC
    assert done.result.reason is not None
    assert "at most 8 accounts" in done.result.reason
