"""``mcsip serve``: the readiness line, the log, the trace, how it ends, and what it refuses."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcsip.cli import serve
from mcsip.cli.serve import ready_line
from mcsip.migration.records import PrimaryRecord
from mcsip.net import process
from mcsip.net.network import ListenSpec
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.assembly import Assembly
from mcsip.nodes.service import Service
from mcsip.report.pcap import FILE_HEADER, PACKET_HEADER
from mcsip.sip.transport_rules import Target
from mcsip.store.sqlite import SqliteStore
from mcsip.topology.load import load_topology
from mcsip.trace import Peer
from mcsip.tracefile import load_trace
from tests.nodes.world import BASE, BarePeer, merged
from tests.ports import free_port
from tests.system.serving import Served

from .conftest import Cli

ALICE = "sip:alice@primary.example"


@pytest.fixture(autouse=True)
def leave_this_process_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log and the garbage collector of the tests are not those of a server."""
    monkeypatch.setattr(serve, "use_log", lambda *_: None)
    monkeypatch.setattr(process, "tune_garbage_collector", lambda: None)


def make_file(folder: Path, *, without: tuple[str, ...] = ()) -> Path:
    """Write two systems, every node at an address but those without."""
    topology: dict[str, Any] = merged(BASE, {})
    for system, each in topology["systems"].items():
        for name, node in each["nodes"].items():
            if f"{system}.{name}" not in without:
                node["address"] = f"127.0.0.1:{free_port()}"
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
            trace = load_trace(tmp_path / f"{name}.jsonl")
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
        said = [line["message"] for line in log if "records" in line["message"]]
        assert said == ["the records of partner.server end with this process (--data)"]

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


@pytest.mark.slow
def test_a_capture_is_whole_at_any_moment_and_continued_after_a_kill(tmp_path: Path) -> None:
    """SIGKILL, as a power failure would: everything up to then is there."""

    async def main() -> list[int]:
        file = make_file(tmp_path)
        topology = load_topology(file)
        path = tmp_path / "live.pcap"
        rest = [name for name in topology.nodes if name != "partner.server"]
        others = Served(rest, ["--topology", str(file)], tmp_path / "others.log")
        options = ["--topology", str(file), "--pcap", str(path), "--log-format", "text"]
        found: list[int] = []
        try:
            await others.start()
            for number in range(2):
                server = Served(["partner.server"], options, tmp_path / "server.log")
                await server.start()
                env = Service(topology, (), network=SocketNetwork(), secret="0").env
                client = Assembly(env, "0", None).client("alice-ue")
                await client.start()
                await client.authenticate("partner")
                assert await client.register("partner") == 200
                assert (await client.migrate("partner", 2)).result == "success"
                found.append(len(sip_packets(path)))
                await (server.kill() if number == 0 else server.end())
                await client.stop()
        finally:
            await others.close()
            await server.close()
        return found

    first, both = run_real(main())
    # Requests of steps 1, 3, 10, 12 and their answers, of which the last may be on its way.
    assert first in {7, 8}
    assert both > first
    log_text = (tmp_path / "server.log").read_text()
    assert " warning mcsip.cli.serve: keys are made from the seed 0" in log_text


def sip_packets(path: Path) -> list[bytes]:
    """Return the packets of a capture that hold the beginning of a SIP message."""
    data = path.read_bytes()
    at, packets = len(FILE_HEADER), []
    while at < len(data):
        size = PACKET_HEADER.unpack_from(data, at)[2]
        packets.append(data[at + PACKET_HEADER.size :][:size])
        assert len(packets[-1]) == size, "the capture is not whole"
        at += PACKET_HEADER.size + size
    return [packet for packet in packets if b"SIP/2.0" in packet]


def test_another_file_is_not_continued_as_a_capture(cli: Cli, tmp_path: Path) -> None:
    file = make_file(tmp_path)
    other = tmp_path / "notes.txt"
    other.write_text("mine")
    done = cli("serve", "partner.server", "--topology", file, "--pcap", other)
    assert done.code == 3
    assert "notes.txt:1:1: there is something else than a capture" in done.err
    assert other.read_text() == "mine"
