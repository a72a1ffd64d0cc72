"""Systems on hosts of their own, in network namespaces: a visit, and a cable that is pulled.

Clauses: TS 23.280 10.6.3.3, 10.6.3.3.2.2; that records agree is the design's [ours].
"""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcsip.migration.agreement import SystemRecords, disagreements, unsettled
from mcsip.migration.records import PartnerStatus
from mcsip.net.virtual import run_real
from mcsip.nodes.agreement import read_records
from tests.interop.hosts import Hosts, hosts_on_a_switch, permitted
from tests.interop.tools import process
from tests.nodes.world import ALICE
from tests.system.serving import Served

pytestmark = [pytest.mark.interop, pytest.mark.slow]

SEED = "7"
WAITS = ("--t1", "0.1", "--pending", "25", "--confirmation", "2")
LIMIT_S = 60.0
NODES = {"core": "sip-core", "server": "mc-server", "gateway": "mc-gateway"}


@pytest.fixture(scope="module")
def ip() -> str:
    return permitted()


@dataclass
class World:
    """Two systems, each on its host, and a client on one of them or on a third.

    Attributes:
        folder: where everything is.
        hosts: the hosts.
        file: the topology.
        served: the processes, by host and node.
        alice: the client's process.
    """

    folder: Path
    hosts: Hosts
    file: Path
    served: dict[str, Served]
    alice: asyncio.subprocess.Process

    async def tell(self, *what: object) -> None:
        """Tell the client what to do."""
        assert self.alice.stdin is not None
        self.alice.stdin.write(json.dumps(what).encode() + b"\n")
        await self.alice.stdin.drain()

    async def outcome(self) -> list[str | None]:
        """Return result and reason of what the client was told to do."""
        assert self.alice.stdout is not None
        line = await asyncio.wait_for(self.alice.stdout.readline(), LIMIT_S)
        said: list[str | None] = json.loads(line)
        return said

    def records(self) -> list[SystemRecords]:
        """Return the records of both servers, while they run."""
        return [
            read_records(f"{name}.example", self.folder / "data" / f"{name}.server.sqlite")
            for name in SYSTEMS
        ]

    async def away(self) -> list[str]:
        """Return who is away, once nothing is owed or waited for; both sides say the same."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                records = self.records()
                if not unsettled(records):
                    break
                await asyncio.sleep(0.05)
        assert list(disagreements(records)) == []
        return [user.user for user in records[0].users]

    async def until_seen(self, name: str, node: str, text: str) -> None:
        """Wait until a node has sent something, as its live trace says."""
        trace = self.folder / f"{name}.trace.jsonl"
        async with asyncio.timeout(LIMIT_S):
            while True:
                lines = trace.read_text().splitlines()[:-1]
                entries = [json.loads(line) for line in lines if f'"{node}"' in line]
                if any(text in json.dumps(entry) for entry in entries):
                    return
                await asyncio.sleep(0.02)


SYSTEMS = ("primary", "partner")


def make_topology(folder: Path, hosts: Hosts, client_host: str) -> Path:
    """Write the two systems, each at the address of its host."""
    systems: dict[str, Any] = {
        name: {
            "domain": f"{name}.example",
            "nodes": {
                node: {"role": role, "address": f"{hosts.address(name)}:{5060 + 10 * number}"}
                for number, (node, role) in enumerate(NODES.items())
            },
        }
        for name in SYSTEMS
    }
    systems["partner"]["visitors"] = [{"from": "primary"}]
    profiles = {2: {"migrate_to": ["partner"]}}
    systems["primary"]["users"] = {"alice": {"mc_id": ALICE, "profiles": profiles}}
    topology = {
        "systems": systems,
        "agreements": [{"between": list(SYSTEMS)}],
        "clients": {
            "alice-ue": {"user": "primary.alice", "address": f"{hosts.address(client_host)}:6000"}
        },
    }
    path = folder / "hosts.topology.yaml"
    path.write_text(yaml.safe_dump(topology))
    return path


@asynccontextmanager
async def world(ip: str, folder: Path, names: tuple[str, ...]) -> AsyncIterator[World]:
    """Start everything: a process for the primary's server, and one for each other half."""
    client_host = names[-1]
    parts = {
        "primary-server": ("primary", ["primary.server"]),
        "primary": ("primary", ["primary.core", "primary.gateway"]),
        "partner": ("partner", ["partner"]),
    }
    async with hosts_on_a_switch(ip, *names) as hosts, AsyncExitStack() as stack:
        file = make_topology(folder, hosts, client_host)
        served: dict[str, Served] = {}
        for name, (host, nodes) in parts.items():
            trace = str(folder / f"{name}.trace.jsonl")
            data = ["--data", str(folder / "data"), "--trace", trace]
            options = ["--topology", str(file), "--seed", SEED, *data, *WAITS]
            started = Served(nodes, options, folder / f"{name}.log", hosts.within(host))
            stack.push_async_callback(started.close)
            await started.start()
            served[name] = started
        client = [sys.executable, "-m", "tests.interop.roaming", str(file), "alice-ue", SEED]
        alice = await stack.enter_async_context(
            process(
                *hosts.within(client_host),
                *client,
                log=folder / "alice.log",
                stdin=asyncio.subprocess.PIPE,
            )
        )
        yield World(folder, hosts, file, served, alice)
        for each in served.values():
            assert await each.end() == 0
            assert [line for line in each.log_lines() if line["level"] == "error"] == []


def play(
    ip: str, folder: Path, names: tuple[str, ...], scenario: Callable[[World], Awaitable[None]]
) -> None:
    async def run() -> None:
        async with world(ip, folder, names) as made:
            await scenario(made)

    run_real(run())


@pytest.mark.parametrize(
    "names", [("primary", "partner"), ("primary", "partner", "device")], ids=["two", "three"]
)
def test_a_visit_across_hosts(ip: str, tmp_path: Path, names: tuple[str, ...]) -> None:
    async def scenario(world: World) -> None:
        await world.tell("migrate", "partner", 2)
        assert await world.outcome() == ["success", None]
        assert await world.away() == [ALICE]
        await world.tell("home")
        assert await world.outcome() == ["success", None]
        assert await world.away() == []

    play(ip, tmp_path, names, scenario)


def test_a_cable_that_is_pulled_before(ip: str, tmp_path: Path) -> None:
    """Nobody can ask the primary: the user is told, nothing has changed, later it works."""

    async def scenario(world: World) -> None:
        await world.hosts.cut("primary")
        await world.tell("migrate", "partner", 2)
        assert await world.outcome() == ["failed", "primary-unreachable"]
        await world.hosts.mend("primary")
        assert await world.away() == []
        await world.tell("migrate", "partner", 2)
        assert await world.outcome() == ["success", None]
        assert await world.away() == [ALICE]

    play(ip, tmp_path, ("primary", "partner", "device"), scenario)


@pytest.mark.parametrize("names", [("primary", "partner"), ("primary", "partner", "device")])
def test_a_cable_that_is_pulled_in_mid_procedure(
    ip: str, tmp_path: Path, names: tuple[str, ...]
) -> None:
    """The primary decides while nobody can hear it: what it owes is delivered once they can.

    The primary's server sleeps while the request reaches its host, so that it decides after the
    cable was pulled, and never before.
    """

    async def scenario(world: World) -> None:
        server = world.served["primary-server"].process
        server.send_signal(signal.SIGSTOP)
        await world.tell("migrate", "partner", 2)
        await world.until_seen("primary", "primary.gateway", "sip:server@primary.example")
        await world.hosts.cut("primary")
        server.send_signal(signal.SIGCONT)
        async with asyncio.timeout(LIMIT_S):
            while True:
                primary, partner = world.records()
                if primary.users:
                    break
                await asyncio.sleep(0.02)
        assert primary.owed == {ALICE}, "the response is owed, and nobody can take it"
        assert [visitor.status for visitor in partner.visitors] == [PartnerStatus.PENDING]
        await world.hosts.mend("primary")
        assert await world.outcome() == ["success", None]
        assert await world.away() == [ALICE]

    play(ip, tmp_path, names, scenario)
