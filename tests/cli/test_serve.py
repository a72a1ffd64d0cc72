"""``mcsip serve``: the readiness line, the log, the trace, how it ends, and what it refuses."""

import asyncio
import json
import logging
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcsip.cli import serve
from mcsip.cli.serve import JsonLines, ready_line
from mcsip.migration.records import PrimaryRecord
from mcsip.net import process
from mcsip.net.network import ListenSpec
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.assembly import Assembly
from mcsip.nodes.service import Service
from mcsip.sip.transport_rules import Target
from mcsip.store.sqlite import SqliteStore
from mcsip.topology.load import load_topology
from mcsip.trace import Peer, Trace
from tests.nodes.world import BASE, BarePeer, merged
from tests.system.serving import Served, free_port

from .conftest import Cli

ALICE = "sip:alice@primary.example"


@pytest.fixture(autouse=True)
def leave_this_process_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log and the garbage collector of the tests are not those of a server."""
    monkeypatch.setattr(serve, "use_structured_log", lambda *_: None)
    monkeypatch.setattr(process, "tune_garbage_collector", lambda: None)


def make_file(folder: Path, *, without: tuple[str, ...] = ()) -> Path:
    """Write two systems, every node at an address but those without."""
    topology: dict[str, Any] = merged(BASE, {})
    taken: set[int] = set()
    for system, each in topology["systems"].items():
        for name, node in each["nodes"].items():
            if f"{system}.{name}" not in without:
                node["address"] = f"127.0.0.1:{free_port(taken)}"
    path = folder / "two.topology.yaml"
    path.write_text(yaml.safe_dump(topology))
    return path


@asynccontextmanager
async def serving(
    folder: Path, file: Path, *names: str, options: tuple[str, ...] = ()
) -> AsyncIterator[Served]:
    served = Served(names, ["--topology", str(file), *options], folder / f"{names[0]}.log")
    await served.start()
    try:
        yield served
    finally:
        await served.close()


def test_every_node_as_a_process_of_its_own(tmp_path: Path) -> None:
    """TS 23.280 10.6.3.3, over six processes that share a topology file and nothing else."""

    async def main() -> None:
        file = make_file(tmp_path)
        topology = load_topology(file)
        data = ("--data", str(tmp_path / "data"))
        all_ = [
            Served(
                [name],
                ["--topology", str(file), *data, "--trace", str(tmp_path / f"{name}.jsonl")],
                tmp_path / f"{name}.log",
            )
            for name in topology.nodes
        ]
        try:
            await asyncio.gather(*(each.start() for each in all_))
            env = Service(topology, (), network=SocketNetwork(), secret="0").env
            client = Assembly(env, "0", None).client("alice-ue")
            await client.start()
            await client.authenticate("partner")
            assert await client.register("partner") == 200
            assert (await client.migrate("partner", 2)).result == "success"
            store = SqliteStore(tmp_path / "data" / "primary.server.sqlite", read_only=True)
            record = store.primary(ALICE)
            store.close()
            await client.stop()
            assert [await each.end() for each in all_] == [0] * len(all_)
        finally:
            for each in all_:
                await each.close()
        assert isinstance(record, PrimaryRecord)
        assert record.partner == "partner.example"
        for name in set(topology.nodes) - {"primary.core"}:  # nobody registered there
            trace = Trace.load(tmp_path / f"{name}.jsonl")
            assert trace.entries, name
            assert {entry.node for entry in trace.entries} == {name}

    run_real(main())


def test_the_readiness_line_tells_addresses_and_who_is_missing(tmp_path: Path) -> None:
    async def main() -> None:
        file = make_file(tmp_path, without=("partner.core", "partner.gateway", "primary.server"))
        async with serving(tmp_path, file, "partner.server") as served:
            port = load_topology(file).nodes["partner.server"].port
            assert served.ready == (
                f"ready partner.server=udp:127.0.0.1:{port},tcp:127.0.0.1:{port}"
                " missing=partner.core,partner.gateway"
            )
            assert await served.end() == 0

    run_real(main())


def test_a_message_for_a_neighbour_without_an_address_is_answered_503(tmp_path: Path) -> None:
    """RFC 3261 21.5.4; nobody hears the names of our nodes."""
    from tests.nodes.world import mc_message, request_info

    async def main() -> None:
        file = make_file(tmp_path, without=("primary.server",))
        topology = load_topology(file)
        async with serving(tmp_path, file, "primary.gateway") as served:
            assert "missing=primary.server" in served.ready
            peer = BarePeer()
            peer.attachment = await SocketNetwork().attach("peer", ListenSpec(), peer, None, None)
            world: Any = type("World", (), {})()
            world.sim = Service(topology, (), network=SocketNetwork(), secret="0")
            info = request_info(world, partner_id="sip:v@partner.example")
            uri = world.sim.env.directory.psi("primary.gateway")
            port = topology.nodes["primary.gateway"].port
            source = peer.address("TCP")
            via = f"SIP/2.0/TCP {source.host}:{source.port};branch=z9hG4bKpeer"
            data = mc_message(info, uri, via=via)
            answer = await peer.ask(data, Target("TCP", "127.0.0.1", port))
            await peer.attachment.close()
        assert (answer.status, answer.reason) == (503, "Service Unavailable")

    run_real(main())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it(tmp_path: Path, number: signal.Signals, code: int) -> None:
    async def main() -> None:
        async with serving(tmp_path, make_file(tmp_path), "partner") as served:
            assert served.ready.count("=udp:") == 3
            assert await served.end(number) == code
            log = await asyncio.to_thread(served.log_lines)
        assert log[-1]["message"] == "ended"
        assert {"time", "level", "logger", "message"} <= set(log[0])
        assert any("for tests only" in line["message"] for line in log)
        assert any("kept in memory" in line["message"] for line in log)

    run_real(main())


def test_an_address_that_is_taken_is_an_error(cli: Cli, tmp_path: Path) -> None:
    file = make_file(tmp_path)
    port = load_topology(file).nodes["partner.server"].port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        outcome = cli("serve", "partner.server", "--topology", file)
    assert outcome.code == 4
    assert f"cannot listen at 127.0.0.1:{port}" in outcome.err
    assert outcome.out == ""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["partner.sever"], 2, "did you mean 'partner.server'"),
        (["partner.server", "-t", "tls"], 2, "no certificates for partner.server"),
        (["partner.server", "--topology", "none.yaml"], 2, "none.yaml"),
        (["partner.server", "--seed", "x"], 2, "--seed"),
        ([], 2, "NODE"),
        (["partner.server", "--trace", "two.topology.yaml"], 3, "two.topology.yaml:1:1"),
    ],
)
def test_what_cannot_be_served_is_refused(
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    make_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    outcome = cli("serve", "--topology", "two.topology.yaml", *arguments)
    assert outcome.code == code, outcome
    assert said in outcome.err
    assert outcome.out == ""


def test_a_wrong_topology_is_told_with_its_position(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("systems: 3\n")
    outcome = cli("serve", "a.b", "--topology", path)
    assert outcome.code == 3
    assert "wrong.yaml:1:" in outcome.err


def test_the_readiness_line_of_ipv6() -> None:
    line = ready_line({"a.b": {"TCP": Peer("::1", 5060), "UDP": Peer("::1", 5060)}}, [])
    assert line == "ready a.b=udp:[::1]:5060,tcp:[::1]:5060"


def test_a_line_of_the_log_is_json_without_secrets() -> None:
    text = "Authorization: Bearer abcdefghijklmnop"
    record = logging.LogRecord("mcsip.x", logging.INFO, "", 1, "%s", (text,), None)
    line = json.loads(JsonLines().format(record))
    assert (line["level"], line["logger"]) == ("info", "mcsip.x")
    assert "abcdefghijklmnop" not in line["message"]
