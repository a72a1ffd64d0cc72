"""A client that is not ours: somebody acts on it, the run waits and judges what it sees."""

import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.assembly import Assembly
from mcsip.nodes.client import Client
from mcsip.nodes.service import Service
from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import Verdict
from mcsip.scenario.run import run_scenario
from mcsip.topology.load import load_topology
from mcsip.topology.under_test import UnderTest
from mcsip.trace import Mode

from .serving import free_port
from .sut import SEED, run_with, told, write_scenario, write_topology

ALICE = (UnderTest("alice-ue"),)
WAIT_S = 20.0

STEPS = """
  - authenticate: {client: alice-ue, in: partner}
  - register: {client: alice-ue, in: partner}
  - migrate: {client: alice-ue, to: partner, profile: %d}
"""
SUCCESS = """
  - expect_messages:
      - [alice-ue, partner.server, migration-service-authorization-request]
      - [partner.server, alice-ue, migration-service-authorization-response]
  - return_home: {client: alice-ue}
  - expect_record:
      primary.server: {user: sip:alice@primary.example, status: home}
      partner.server: {user: sip:alice@primary.example, status: retained}
"""


class Device:
    """A client in a thread of its own, as a tester's device would be.

    Args:
        topology: the file.
        acts: what the tester does on it, once the run asks for the first thing.
    """

    def __init__(self, topology: Path, acts: Callable[[Client], Awaitable[None]]) -> None:
        self._topology = topology
        self._acts = acts
        self.asked = threading.Event()
        self.prompts: list[str] = []

    def on_step(self, *_: object) -> None:
        """Nothing."""

    def on_step_done(self, *_: object) -> None:
        """Nothing."""

    def on_notice(self, text: str) -> None:
        self.prompts.append(text)
        if text.startswith("waiting for alice-ue: register"):
            self.asked.set()

    async def _main(self) -> None:
        topology = load_topology(self._topology)
        env = Service(topology, (), network=SocketNetwork(), secret=str(SEED)).env
        client = Assembly(env, str(SEED), None).client("alice-ue")
        await client.start()
        try:
            await self._acts(client)
        finally:
            await client.stop()

    def _run(self) -> None:
        if self.asked.wait(WAIT_S):
            run_real(self._main())

    @contextmanager
    def used(self) -> Iterator[None]:
        """Let somebody use the device while the run goes on."""
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self.asked.set()
            thread.join(WAIT_S)
            assert not thread.is_alive()


@pytest.fixture
def topology(tmp_path: Path) -> Path:
    address = f"127.0.0.1:{free_port(set())}"
    return write_topology(tmp_path, {"clients": {"alice-ue": {"address": address}}})


async def go_and_return(client: Client) -> None:
    await client.authenticate("partner")
    assert await client.register("partner") == 200
    assert (await client.migrate("partner", 2)).result == "success"
    assert (await client.return_home()).result == "success"


def test_what_it_does_is_judged(topology: Path) -> None:
    scenario = write_scenario(topology.parent, STEPS % 2 + SUCCESS)
    device = Device(topology, go_and_return)
    loaded = load_scenario(scenario, over=RunOptions(under_test=ALICE))
    with device.used():
        done = run_scenario(loaded, seed=SEED, observer=device)
    assert done.result.verdict is Verdict.PASS, told(done)
    assert done.result.steps[0].verdict is Verdict.NONE  # it gets its token by itself
    assert done.trace.nodes["alice-ue"].mode is Mode.SUT
    assert any("alice-ue is under test at tcp:127.0.0.1:" in text for text in device.prompts)
    assert "waiting for alice-ue: migrate to partner with profile 2 (for at most 60 s)" in (
        device.prompts
    )


def test_a_refusal_is_judged(topology: Path) -> None:
    async def ask(client: Client) -> None:
        await client.authenticate("partner")
        await client.register("partner")
        assert (await client.migrate("partner", 1)).result == "refused"

    expected = "    expect: {result: refused, by: primary.server, reason: profile-not-permitted}\n"
    scenario = write_scenario(topology.parent, STEPS % 1 + expected)
    device = Device(topology, ask)
    loaded = load_scenario(scenario, over=RunOptions(under_test=ALICE))
    with device.used():
        done = run_scenario(loaded, seed=SEED, observer=device)
    assert done.result.verdict is Verdict.PASS, told(done)


def test_nobody_acts(topology: Path) -> None:
    scenario = write_scenario(topology.parent, STEPS % 2)
    done = run_with(scenario, ["alice-ue"], act_s=0.1)
    assert done.result.verdict is Verdict.INCONC
    finding = done.result.findings[0]
    assert finding.message == "nothing came from alice-ue"
    assert finding.expected == "register in partner, within 0.1 s"
    assert finding.actual == "no request"
    assert "has to be done on it" in finding.hint
