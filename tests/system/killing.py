"""Servers as processes that are killed while 200 users come and go, and what records say then.

Clause: TS 23.280 10.6.3.3, 10.6.3.3.2.1, 10.6.3.3.2.2; the invariant is the design's [ours].
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcsip.errors import McsipError
from mcsip.migration.agreement import SystemRecords, disagreements, unsettled
from mcsip.net.sockets import SocketNetwork
from mcsip.nodes.agreement import read_records
from mcsip.nodes.assembly import Assembly
from mcsip.nodes.client import Client
from mcsip.nodes.service import Service, Waits
from mcsip.sip.timers import Timers
from mcsip.topology.load import load_topology

from .serving import Served, with_addresses

SEED = 7
USERS = 200
AT_ONCE = 10
HOME = "home"
WAYS = (("partner",), ("partner", "other"), ("partner", "other", HOME), ("partner", HOME))
T1_S = 0.05
"""Timer F is 64 times that: 3.2 s."""
WAITS = ("--t1", str(T1_S), "--pending", "4", "--confirmation", "2")
SYSTEMS = ("primary", "partner", "other")
DOMAINS = {name: f"{name}.example" for name in SYSTEMS}
TRIES = 40
PAUSE_S = 0.25
QUIET_WITHIN_S = 30.0


def make_topology_file(
    folder: Path, servers: Sequence[str] = ("server",), stores: Mapping[str, str] | None = None
) -> Path:
    """Write three systems with 200 users, every node at an address of its own.

    Args:
        folder: where to.
        servers: names of the MC service servers of each system.
        stores: URL of the registry that they share, by system.
    """
    roles = {"core": "sip-core", "gateway": "mc-gateway", **dict.fromkeys(servers, "mc-server")}
    systems: dict[str, Any] = {
        name: {
            "domain": domain,
            "nodes": {node: {"role": role} for node, role in roles.items()},
            "visitors": [] if name == "primary" else [{"from": "primary"}],
        }
        for name, domain in DOMAINS.items()
    }
    systems["primary"]["users"] = {
        f"u{n}": {
            "mc_id": f"sip:u{n}@primary.example",
            "profiles": {2: {"migrate_to": ["partner", "other"]}},
        }
        for n in range(USERS)
    }
    for name, url in (stores or {}).items():
        systems[name]["store"] = url
    with_addresses(systems)
    topology = {
        "systems": systems,
        "agreements": [{"between": ["primary", name]} for name in ("partner", "other")],
        "clients": {f"ue{n}": {"user": f"primary.u{n}"} for n in range(USERS)},
    }
    path = folder / "kill.topology.yaml"
    path.write_text(yaml.safe_dump(topology))
    return path


@dataclass
class World:
    """The processes, and what the users were told.

    Attributes:
        folder: where they work.
        file: the topology.
        servers: the MC service servers, each a process.
        databases: the records of each system, as ``mcsip state`` takes them.
        told: where each user was told to be, by MC service ID.
        failures: what users were told instead of success.
        kills: how often each server was killed.
        served: the processes, by name.
        arrivals: released by every arrival.
        enough: set when all users have arrived.
    """

    folder: Path
    file: Path
    servers: tuple[str, ...]
    databases: Mapping[str, str]
    told: dict[str, str] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    served: dict[str, Served] = field(default_factory=dict)
    arrivals: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def options(self) -> list[str]:
        data = str(self.folder / "data")
        return ["--topology", str(self.file), "--data", data, "--seed", str(SEED), "-q", *WAITS]

    async def start(self) -> None:
        """Start each server as a process, and one process for all other nodes."""
        others = [f"{name}.{node}" for name in DOMAINS for node in ("core", "gateway")]
        for name in self.servers:
            self.served[name] = Served([name], self.options, self.folder / f"{name}.log")
        self.served["others"] = Served(others, self.options, self.folder / "others.log")
        await asyncio.gather(*(each.start() for each in self.served.values()))
        assert all("missing=" not in each.ready for each in self.served.values())

    # The users

    async def users(self) -> None:
        """Let all users go their ways, some at a time."""
        service = Service(
            load_topology(self.file),
            (),
            network=SocketNetwork(),
            secret=str(SEED),
            waits=Waits(Timers(T1_S, 4 * T1_S, 10 * T1_S)),
        )
        env = replace(service.env, client_timeout_s=5.0)
        assembly = Assembly(env, str(SEED), None)
        room = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with room:
                client = assembly.client(f"ue{number}")
                await client.start()
                try:
                    for leg in WAYS[number % len(WAYS)]:
                        await self.go(client, leg)
                finally:
                    await client.stop()

        await asyncio.gather(*(one(number) for number in range(USERS)))

    async def go(self, client: Client, leg: str) -> None:
        """Let a user go somewhere, and try again until it worked."""
        for _ in range(TRIES):
            try:
                if leg == HOME:
                    outcome = await client.return_home()
                else:
                    await client.authenticate(leg)
                    await client.register(leg)
                    outcome = await client.migrate(leg, 2)
            except McsipError as error:
                self.failures[type(error).__name__] += 1
            else:
                if outcome.result == "success":
                    self.told[client.mc_id] = leg
                    self.arrivals.release()
                    return
                self.failures[outcome.reason or outcome.result] += 1
            await asyncio.sleep(PAUSE_S)
        pytest.fail(f"{client.mc_id} never got to {leg}: {self.failures}")

    # What the databases say

    def records(self) -> dict[str, SystemRecords]:
        """Return what the databases hold, by system, while the nodes run."""
        places = {n: at if "://" in at else Path(at) for n, at in self.databases.items()}
        return {name: read_records(DOMAINS[name], place) for name, place in places.items()}

    async def quiet(self) -> dict[str, SystemRecords]:
        """Return the records once nothing is owed or waited for."""
        loop = asyncio.get_running_loop()
        end = loop.time() + QUIET_WITHIN_S
        while True:
            records = await asyncio.to_thread(self.records)
            if not unsettled(records.values()):
                return records
            assert loop.time() < end, "something is still owed or waited for"
            await asyncio.sleep(0.5)


async def check(world: World) -> None:
    """Wait until it is quiet; then everybody is where they were told, and no record differs."""
    records = await world.quiet()
    assert list(disagreements(list(records.values()))) == []
    at = {record.user: record.partner for record in records["primary"].users}
    for user, leg in world.told.items():
        assert at.get(user) == DOMAINS.get(leg), f"{user} was told {leg}"
    assert len(world.told) == USERS


async def end(world: World) -> None:
    """End what still runs in good order; nothing was wrong inside any node."""
    running = [each for each in world.served.values() if each.process.returncode is None]
    codes = await asyncio.gather(*(each.end() for each in running))
    assert codes == [0] * len(codes)
    errors = [
        line
        for each in world.served.values()
        for line in each.log_lines()
        if line["level"] == "error"
    ]
    assert errors == []
