"""Clients with the SIP and RTP of PJSIP, through every client procedure (``backend: pjsua2``)."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from mcsip.net.rtp_packet import is_rtcp
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.pjsua_client import PjsuaClient
from mcsip.nodes.pjsua_process import CrashedError
from mcsip.resources import scenarios_dir
from mcsip.scenario.context import StepContext
from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import Verdict
from mcsip.scenario.run import Run, run_scenario
from mcsip.scenario.steps.migrate import Migrate
from mcsip.trace import Mode
from tests.nodes.world import World, make_topology, running

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("pjsua2")]

BOTH = ("alice-ue", "bob-ue")
PROCEDURES = [
    "authorization/success",
    "authorization/refused-user-check",
    "authorization/refused-wrong-tokens",
    "authorization/repeated-request",
    "return-home/success",
    "onward/success",
    "calls/at-home",
    "calls/forwarded",
    "calls/from-visitor",
    "calls/redirected",
    "calls/not-answered",
    "calls/functional-alias",
    "calls/media-direct",
    "calls/media-through-the-primary",
    "data/at-home",
    "data/forwarded",
    "data/from-visitor",
    "data/redirected",
    "data/refused",
]
"""Shipped scenarios, in each of which a client of ours is replaced by PJSIP."""


def with_pjsip(folder: Path, name: str, clients: tuple[str, ...], transport: str = "tcp") -> Run:
    """Run a shipped scenario with PJSIP in the place of clients."""
    source = scenarios_dir() / f"{name}.yaml"
    scenario = yaml.safe_load(source.read_text(encoding="utf-8"))
    shipped = (source.parent / scenario["topology"]).resolve()
    return play(folder, scenario, shipped, clients, transport)


def play(
    folder: Path, scenario: object, shipped: Path, clients: tuple[str, ...], transport: str = "tcp"
) -> Run:
    """Run a scenario, with PJSIP in the place of clients of a shipped topology."""
    assert isinstance(scenario, dict)
    include = os.path.relpath(shipped, folder)
    overlay = {"include": include, "clients": {name: {"backend": "pjsua2"} for name in clients}}
    (folder / "pjsip.topology.yaml").write_text(yaml.safe_dump(overlay), encoding="utf-8")
    file = folder / "pjsip.yaml"
    changed = {**scenario, "topology": "pjsip.topology.yaml"}
    file.write_text(yaml.safe_dump(changed, sort_keys=False), encoding="utf-8")
    options = RunOptions(network="loopback", transport=transport)
    return run_scenario(load_scenario(file, over=options), seed=1)


def assert_passed(run: Run) -> None:
    logs = "\n".join(f"=== {name}\n{text[-6000:]}" for name, text in run.logs.items())
    findings = [
        f"{each.message} {each.expected} {each.actual}"
        for step in run.result.steps
        for each in step.findings
        if each.verdict is not Verdict.PASS
    ]
    assert run.result.verdict is Verdict.PASS, f"{run.result.reason}\n{findings}\n{logs}"


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("name", PROCEDURES)
def test_every_procedure_of_a_client(tmp_path: Path, name: str, transport: str) -> None:
    assert_passed(with_pjsip(tmp_path, name, BOTH, transport))


@pytest.mark.parametrize(
    "name", ["authorization/success", "calls/forwarded", "return-home/success"]
)
def test_over_tls_that_is_verified(tmp_path: Path, name: str) -> None:
    assert_passed(with_pjsip(tmp_path, name, BOTH, "tls"))


@pytest.mark.parametrize("client", BOTH)
def test_a_call_between_pjsip_and_a_client_of_ours(tmp_path: Path, client: str) -> None:
    assert_passed(with_pjsip(tmp_path, "calls/media-through-the-primary", (client,)))


def test_what_a_run_tells_of_the_client(tmp_path: Path) -> None:
    run = with_pjsip(tmp_path, "authorization/success", ("alice-ue",))
    assert_passed(run)
    assert run.trace.nodes["alice-ue"].mode is Mode.SUT
    assert not [entry for entry in run.trace.entries if entry.node == "alice-ue"]
    log = run.logs["alice-ue"]
    assert "REGISTER sip:partner.example SIP/2.0" in log
    token = next(each for each in run.trace.entries if b"access-token" in each.data)
    secret = token.data.split(b"access-token")[1].split(b">")[2].split(b"<")[0].decode()
    assert len(secret) > 40
    assert secret not in log


# Media


def test_rtp_goes_both_ways_through_the_relay_and_all_counts_agree() -> None:
    topology = make_topology(
        {
            "clients": {"alice-ue": {"backend": "pjsua2"}, "bob-ue": {"backend": "pjsua2"}},
            "systems": {"primary": {"media": "anchor"}},
        }
    )

    async def test() -> None:
        async with running(topology, network=SocketNetwork()) as world:
            alice, bob = pjsip(world, "alice-ue"), pjsip(world, "bob-ue")
            await world.admit(bob, "primary")
            await world.admit(alice, "partner")
            assert (await alice.migrate("partner", 2)).result == "success"
            outcome = await bob.calls.call(alice.mc_id, media=True)
            assert outcome.result == "established"
            await until(lambda: alice.calls.in_call and bob.calls.in_call)
            sent = [await client.calls.talk(25) for client in (alice, bob)]
            assert min(each.packets for each in sent) >= 25
            await until(lambda: alice.calls.has_heard(sent[1]))
            await until(lambda: bob.calls.has_heard(sent[0]))
            for client in (alice, bob):
                assert client.pjsua_calls.counts.lost == 0
            await bob.calls.hang_up()
            await until(lambda: not alice.calls.in_call)
            rtp = [packet for packet in world.trace.media if not is_rtcp(packet.data)]
            assert {packet.node for packet in rtp} == {"primary.server"}
            ssrcs = {packet.data[8:12] for packet in rtp}
            assert len(ssrcs) == 2
            for ssrc in ssrcs:  # one stream each way; each packet as it came, and as it went on
                passed = [packet.data for packet in rtp if packet.data[8:12] == ssrc]
                assert len(passed) >= 2 * 25
                assert passed[::2] == passed[1::2]

    run_real(test())


async def until(done: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def pjsip(world: World, name: str) -> PjsuaClient:
    client = world.sim.clients[name]
    assert isinstance(client, PjsuaClient)
    return client


# Crashes


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
def test_a_crash_of_pjsip_is_an_error_with_the_last_lines_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    migrate = Migrate.perform

    async def crash_and_migrate(step: Migrate, context: StepContext) -> None:
        client = context.simulation.clients["alice-ue"]
        assert isinstance(client, PjsuaClient)
        os.kill(client.process.pid, number)
        await migrate(step, context)

    monkeypatch.setattr(Migrate, "perform", crash_and_migrate)
    run = with_pjsip(tmp_path, "authorization/success", ("alice-ue",))
    assert run.result.verdict is Verdict.ERROR
    assert run.result.reason is not None
    assert f"was ended by {number.name}" in run.result.reason
    assert "--end msg--" in run.result.reason or "registration success" in run.result.reason
    assert "alice-ue" in run.logs


def test_a_hang_of_pjsip_is_an_error() -> None:
    async def test() -> None:
        topology = make_topology({"clients": {"alice-ue": {"backend": "pjsua2"}}})
        async with running(topology, network=SocketNetwork()) as world:
            alice = pjsip(world, "alice-ue")
            os.kill(alice.process.pid, signal.SIGSTOP)
            with pytest.raises(CrashedError, match="did not answer 'counts' within 1 s"):
                await alice.process.ask("counts", {"call": "none"}, within_s=1.0)
            assert "alice-ue" in world.sim.env.faults[0]

    run_real(test())


# Limits


def test_a_message_beyond_pjsips_size_is_inconclusive(tmp_path: Path) -> None:
    scenario = {
        "name": "Short data that is longer than a message of PJSIP",
        "clauses": ["TS 24.282 9.2.2"],
        "steps": [
            {"authenticate": {"client": "bob-ue", "in": "primary"}},
            {"register": {"client": "bob-ue", "in": "primary"}},
            {"send_data": {"from": "bob-ue", "to": "alice-ue", "text": "a" * 3000}},
        ],
    }
    shipped = scenarios_dir() / "topologies" / "two-systems.yaml"
    run = play(tmp_path, {**scenario, "options": {"service": "mcdata"}}, shipped, ("bob-ue",))
    assert run.result.verdict is Verdict.INCONC
    assert run.result.reason is not None
    assert "PJSIP sends at most 4000 octets" in run.result.reason


def test_sixteen_octets_of_anything_arrive_as_they_were_sent() -> None:
    """Message IDs are no UTF-8, which is all that the texts of pjsua2 take (TS 24.282 15.2.10)."""
    topology = make_topology({"clients": {"bob-ue": {"backend": "pjsua2"}}}, service="mcdata")

    async def test() -> None:
        async with running(topology, network=SocketNetwork()) as world:
            await world.admit(world.alice, "primary")
            await world.admit(world.bob, "primary")
            for text in ("one", "zwei", "três"):
                assert (await world.bob.data.send(world.alice.mc_id, text)).result == "success"
            received = list(world.alice.data.received)
            assert [each.text for each in received] == ["one", "zwei", "três"]
            for each in received:
                assert each.signalling.message[8] >> 6 == 2  # RFC 4122 4.1.1: above 127
                assert len(each.signalling.message) == 16

    run_real(test())
