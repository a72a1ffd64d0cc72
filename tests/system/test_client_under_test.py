"""A client that is not ours: somebody acts on it, the run waits and judges what it sees."""

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mcsip.migration.geography import Position
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.assembly import Assembly
from mcsip.nodes.client import Client
from mcsip.nodes.client_alias import publish_alias
from mcsip.nodes.service import Service
from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import Verdict
from mcsip.scenario.run import Run, run_scenario
from mcsip.sip.sdp import Direction
from mcsip.topology.load import load_topology
from mcsip.topology.under_test import UnderTest
from mcsip.trace import Mode
from tests.nodes.world import Changes
from tests.ports import free_port

from .sut import SEED, run_with, told, write_scenario, write_topology

ALICE = UnderTest("alice-ue")
WAIT_S = 20.0

Act = Callable[..., Awaitable[object]]


async def register(client: Client, system: str) -> None:
    await client.authenticate(system)
    assert await client.register(system) == 200


async def migrate(client: Client, system: str, profile: str) -> None:
    await client.migrate(system, int(profile))


async def visit(client: Client, system: str, profile: str) -> None:
    await register(client, system)
    await migrate(client, system, profile)


async def move(client: Client, latitude: str, longitude: str) -> None:
    await client.roaming.move(Position(float(latitude), float(longitude)))


ACTS: dict[str, Act] = {
    r"register in (\w+)": register,
    r"migrate to (\w+) with profile (\d+)": migrate,
    r"register in (\w+), and migrate to it with profile (\d+)": visit,
    r"be authorised in primary again": lambda client: client.return_home(),
    r"send short data to (\S+): (.*)": lambda client, to, text: client.data.send(to, text),
    r"call (\S+)": lambda client, to: client.calls.call(to),
    r"end the call": lambda client: client.calls.hang_up(),
    r"change the call to (\w+)": lambda client, way: client.calls.change(Direction(way)),
    r"activate (\S+)": publish_alias,
    r"be at ([\d.]+), ([\d.]+)": move,
    r"tell alice-ue to migrate .*": lambda _client: asyncio.sleep(0),  # it does so by itself
}
"""What a tester does on the device, by what the run asks for."""


class Device:
    """A client in a thread of its own, with somebody who does what the run asks for.

    Attributes:
        prompts: what the run said.
    """

    def __init__(self, topology: Path, service: str | None) -> None:
        self._topology = load_topology(topology, service=service)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: asyncio.Queue[str | None] = asyncio.Queue()
        self._ready = threading.Event()
        self.prompts: list[str] = []

    def on_step(self, *_: object) -> None:
        """Nothing."""

    def on_step_done(self, *_: object) -> None:
        """Nothing."""

    def on_notice(self, text: str) -> None:
        self.prompts.append(text)
        if (
            found := re.fullmatch(r"waiting for alice-ue: (.*) \(for at most 60 s\)", text)
        ) is not None:
            self._tell(found[1])

    def _tell(self, what: str | None) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._asked.put_nowait, what)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        env = Service(self._topology, (), network=SocketNetwork(), secret=str(SEED)).env
        client = Assembly(env, str(SEED), None).client("alice-ue")
        assert isinstance(client, Client)
        await client.start()
        self._ready.set()
        try:
            while (what := await self._asked.get()) is not None:
                matches = [(re.fullmatch(each, what), act) for each, act in ACTS.items()]
                ((match, act),) = [(found, act) for found, act in matches if found is not None]
                await act(client, *match.groups())
        finally:
            await client.stop()

    @contextmanager
    def used(self) -> Iterator[None]:
        """Let somebody use the device while the run goes on."""
        thread = threading.Thread(target=lambda: run_real(self._main()))
        thread.start()
        try:
            assert self._ready.wait(WAIT_S)
            yield
        finally:
            self._tell(None)
            thread.join(WAIT_S)
            assert not thread.is_alive()


def play(
    folder: Path, steps: str, changes: Changes | None = None, service: str | None = None
) -> tuple[Run, Device]:
    """Run steps with a client of somebody else's; they must pass."""
    clients = {"clients": {"alice-ue": {"address": f"127.0.0.1:{free_port()}"}}}
    topology = write_topology(folder, {**clients, **(changes or {})})
    scenario = write_scenario(folder, steps, {} if service is None else {"service": service})
    device = Device(topology, service)
    loaded = load_scenario(scenario, over=RunOptions(under_test=(ALICE,)))
    assert not loaded.no_meaning, loaded.no_meaning
    with device.used():
        done = run_scenario(loaded, seed=SEED, observer=device)
    assert done.result.verdict is Verdict.PASS, told(done)
    return done, device


def test_authorization_and_return_home(tmp_path: Path) -> None:
    """TS 23.280 10.6.3.3, 10.6.3.3.2.1."""
    done, device = play(
        tmp_path,
        """
  - authenticate: {client: alice-ue, in: partner}
  - register: {client: alice-ue, in: partner}
  - migrate: {client: alice-ue, to: partner, profile: 2}
  - expect_messages:
      - [alice-ue, partner.server, migration-service-authorization-request]
      - [partner.server, alice-ue, migration-service-authorization-response]
  - return_home: {client: alice-ue}
  - expect_record:
      primary.server: {user: sip:alice@primary.example, status: home}
      partner.server: {user: sip:alice@primary.example, status: retained}
""",
    )
    assert done.result.steps[0].verdict is Verdict.NONE  # it gets its token by itself
    assert done.trace.nodes["alice-ue"].mode is Mode.SUT
    assert "alice-ue" not in {entry.node for entry in done.trace.entries}
    assert any("alice-ue is under test at tcp:127.0.0.1:" in text for text in device.prompts)


def test_a_refusal(tmp_path: Path) -> None:
    play(
        tmp_path,
        """
  - register: {client: alice-ue, in: partner}
  - migrate: {client: alice-ue, to: partner, profile: 1}
    expect: {result: refused, by: primary.server, reason: profile-not-permitted}
""",
    )


def test_the_primary_triggers_it(tmp_path: Path) -> None:
    """TS 23.280 5.2.9.1: the client hears of it and goes by itself."""
    play(
        tmp_path,
        """
  - register: {client: alice-ue, in: primary}
  - trigger: {client: alice-ue, to: partner, profile: 2}
  - expect_record:
      partner.server: {user: sip:alice@primary.example, status: active}
""",
    )


def test_it_moves(tmp_path: Path) -> None:
    """TS 23.280 5.2.9.1: geographical changes."""
    areas = {
        "systems": {
            "primary": {"service_area": {"circle": {"center": [48.0, 16.0], "radius_m": 1000}}},
            "partner": {"service_area": {"circle": {"center": [50.0, 16.0], "radius_m": 1000}}},
        }
    }
    play(
        tmp_path,
        """
  - move: {client: alice-ue, to: [50.0, 16.0]}
    expect: {system: partner, result: success}
""",
        areas,
    )


def test_short_data(tmp_path: Path) -> None:
    play(
        tmp_path,
        """
  - authenticate: {client: bob-ue, in: primary}
  - register: {client: bob-ue, in: primary}
  - register: {client: alice-ue, in: primary}
  - send_data: {from: bob-ue, to: alice-ue, text: "good morning"}
  - expect_data: {client: alice-ue, text: "good morning", from: "sip:bob@primary.example"}
  - send_data: {from: alice-ue, to: bob-ue, text: "to you too"}
  - expect_data: {client: bob-ue, text: "to you too", from: "sip:alice@primary.example"}
  - expect_data: {client: alice-ue, text: "gone", count: 0}
""",
        service="mcdata",
    )


def test_calls(tmp_path: Path) -> None:
    """It calls, is called, changes a call and ends it (TS 24.379 11.1.1)."""
    done, device = play(
        tmp_path,
        """
  - authenticate: {client: bob-ue, in: primary}
  - register: {client: bob-ue, in: primary}
  - register: {client: alice-ue, in: primary}
  - call: {from: alice-ue, to: bob-ue}
    expect: {result: established, status: 200}
  - change_call: {client: alice-ue, direction: sendonly}
  - hang_up: {client: alice-ue}
  - call: {from: bob-ue, to: alice-ue, hold_s: 0}
  - call: {from: alice-ue, to: bob-ue, answer: busy}
    expect: {result: busy, status: 486}
""",
    )
    assert "alice-ue is called: accept the call" in device.prompts
    assert {step.verdict for step in done.result.steps} == {Verdict.PASS}


def test_a_functional_alias(tmp_path: Path) -> None:
    """TS 23.280 10.16.3."""
    aliases: dict[str, Any] = {"sip:dispatch@partner.example": {}}
    play(
        tmp_path,
        """
  - given: {client: alice-ue, migrated_to: partner, profile: 2}
  - activate_alias: {client: alice-ue, alias: "sip:dispatch@partner.example"}
  - activate_alias: {client: alice-ue, alias: "sip:nobody@partner.example"}
    expect: {result: refused, status: 404, reason: alias-unknown}
""",
        {"systems": {"partner": {"functional_aliases": aliases}}},
    )


def test_nobody_acts(tmp_path: Path) -> None:
    write_topology(tmp_path, {"clients": {"alice-ue": {"address": "127.0.0.1:9"}}})
    scenario = write_scenario(tmp_path, "  - register: {client: alice-ue, in: partner}\n")
    done = run_with(scenario, ["alice-ue"], act_s=0.1)
    assert done.result.verdict is Verdict.INCONC
    finding = done.result.findings[0]
    assert finding.message == "nothing came from alice-ue"
    assert finding.expected == "register in partner, within 0.1 s"
    assert finding.actual == "no request"
    assert "has to be done on it" in finding.hint
