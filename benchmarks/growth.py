"""What a system costs when it has many migrated users, and whether a long time makes it grow.

Each measurement is a process of its own. The users who have migrated already stand in the databases
of both systems, and in the topology of the primary; those of the flows come on top of them.
"""

import asyncio
import gc
import multiprocessing
import random
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from benchmarks import flows
from benchmarks.topologies import two_systems
from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import RESPONSE
from mcsip.mc.services import MCPTT
from mcsip.migration.records import PartnerRecord, PartnerStatus, Placement, PrimaryRecord
from mcsip.net.memory import MemoryNetwork
from mcsip.net.process import tune_garbage_collector
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real, run_virtual
from mcsip.nodes.client import Client
from mcsip.nodes.client_host import ClientHost
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.registrar import Registrar
from mcsip.nodes.simulation import Simulation
from mcsip.sip.build import build_request
from mcsip.sip.stack import Source
from mcsip.store import rows
from mcsip.store.port import Owed, owed_id
from mcsip.store.sqlite import SqliteStore
from mcsip.topology import ClientSpec, Topology

T = TypeVar("T")
SIZES = (1_000, 100_000, 1_000_000)
"""How many users have migrated already."""
FLOWS = 1_000
"""Flows that come on top of them."""
OWED = 10_000
"""Responses that are owed when a server starts again."""
BINDINGS = 50_000
"""Registrations by which their memory is measured."""
ROUNDS = 3
DAY_S = 86_400.0
STAY_S = 1_800.0
EVERY_S = 10.0
"""In the simulated day somebody comes every so many seconds, and stays for ``STAY_S``."""
_PRIMARY, _PARTNER = "primary.server", "partner.server"
_CONCURRENCY = 20
_ANY_OWED = "SELECT 1 FROM owed LIMIT 1"
_PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class SizeFigures:
    """What flows cost beside many users who have migrated.

    Attributes:
        migrated: how many those are.
        cpu_us: CPU of one more flow, all nodes and clients together, in microseconds; the least of
            several rounds.
        start_s: from nothing to nodes that listen, in seconds; the topology is there.
        first_s: from there until the first flow has succeeded.
        topology_octets: memory of the primary's users in the topology.
        nodes_octets: memory that nodes took from their start until all flows were done.
    """

    migrated: int
    cpu_us: float
    start_s: float
    first_s: float
    topology_octets: int
    nodes_octets: int


@dataclass(frozen=True, slots=True)
class RecoveryFigures:
    """How a server takes up what it owes.

    Attributes:
        migrated: how many users have migrated besides.
        owed: how many responses are owed at the start.
        listening_s: from nothing to nodes that listen, in seconds.
        paid_s: from there until nothing is owed any more.
    """

    migrated: int
    owed: int
    listening_s: float
    paid_s: float


@dataclass(frozen=True, slots=True)
class Hour:
    """What there is at a moment of the simulated day.

    Attributes:
        hours: hours since it began.
        flows: how many users have come so far.
        away: how many of them are at the partner.
        memory_octets: memory of the process.
        objects: what the garbage collector knows of.
        transactions: client and server transactions of all nodes.
        timers: their timers.
        identities: IDs that are kept in memory by the partner.
        records: rows in all tables of both servers.
    """

    hours: float
    flows: int
    away: int
    memory_octets: int
    objects: int
    transactions: int
    timers: int
    identities: int
    records: int


def measure_sizes(sizes: Sequence[int] = SIZES, rounds: int = ROUNDS) -> list[SizeFigures]:
    """Measure flows beside so many migrated users; sizes take turns, and the best round counts."""
    with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as name:
        folders = {size: Path(name) / str(size) for size in sizes}
        for size, folder in folders.items():
            fill(folder, size)
        found: dict[int, SizeFigures] = {}
        for _ in range(rounds):
            for size, folder in folders.items():
                figure = in_process(_size, folder, size)
                best = found.setdefault(size, figure)
                if figure.cpu_us < best.cpu_us:
                    found[size] = replace(best, cpu_us=figure.cpu_us)
    return list(found.values())


def measure_recovery(migrated: int = SIZES[-1], owed: int = OWED) -> RecoveryFigures:
    """Start servers that have many records, and owe many responses."""
    with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as name:
        fill(Path(name), migrated, owed)
        return in_process(_recover, Path(name), migrated, owed)


def measure_binding(count: int = BINDINGS) -> float:
    """Return how many octets a registration takes in the SIP core."""
    return in_process(_bindings, count)


def measure_day(every_s: float = EVERY_S) -> list[Hour]:
    """Simulate a day of users who come, stay and return, in virtual time."""
    return in_process(_day, every_s)


def in_process(work: Callable[..., T], *arguments: object) -> T:
    """Do work in a process of its own, whose memory is nobody else's."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(work, *arguments).result()


def memory_octets() -> int:
    """Return the memory that this process has now (resident)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


# Databases


def _user(number: int) -> str:
    return f"sip:away{number}@primary.example"


def _visitor(number: int) -> str:
    return f"sip:visitor-away{number}@partner.example"


def fill(folder: Path, migrated: int, owed: int = 0) -> None:
    """Write the databases of both servers: users who have migrated, the first of them in doubt.

    Args:
        folder: where to.
        migrated: how many users are at the partner.
        owed: for how many of them the primary still owes its response, and the partner waits.
    """
    folder.mkdir(exist_ok=True)
    wall = time.time()
    numbers = range(migrated)
    _insert(folder / f"{_PRIMARY}.sqlite", rows.PRIMARY, _primaries(numbers, wall, owed))
    _insert(folder / f"{_PARTNER}.sqlite", rows.PARTNER, _partners(numbers, wall, owed))
    _insert(folder / f"{_PRIMARY}.sqlite", rows.OWED, _debts(range(owed), wall))


def _insert(path: Path, table: rows.Table, values: Iterable[rows.Row]) -> None:
    SqliteStore(path).close()
    marks = ", ".join("?" for _ in table.columns)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous=OFF")
        db.executemany(f"INSERT INTO {table.name} VALUES ({marks})", values)
        db.commit()


def _primaries(numbers: range, wall: float, owed: int) -> Iterator[rows.Row]:
    for number in numbers:
        taken = number >= owed
        at = Placement("partner.example", _visitor(number), 2, f"a{number}", wall, taken, taken)
        yield rows.primary_row(PrimaryRecord(_user(number), at))


def _partners(numbers: range, wall: float, owed: int) -> Iterator[rows.Row]:
    for number in numbers:
        waits = number < owed
        status = PartnerStatus.PENDING if waits else PartnerStatus.ACTIVE
        until = wall + 2 * _PATIENCE_S if waits else None
        yield rows.partner_row(
            PartnerRecord(_user(number), status, _visitor(number), 2, f"a{number}", wall, until)
        )


def _debts(numbers: range, wall: float) -> Iterator[rows.Row]:
    for number in numbers:
        user, attempt = _user(number), f"a{number}"
        info = Info(MCPTT, RESPONSE, primary_id=user, partner_id=_visitor(number), success=True)
        identity, body = owed_id(RESPONSE, user, attempt), build_info(info)
        yield rows.owed_row(
            Owed(identity, RESPONSE, "partner.example", user, attempt, body, wall, 0, wall + 30.0)
        )


def _with_migrated(topology: Topology, migrated: int) -> Topology:
    """Return a topology whose primary has these users too; they share a profile."""
    primary = topology.systems["primary"]
    first = next(iter(primary.users.values()))
    users = dict(primary.users)
    for number in range(migrated):
        mc_id = _user(number)
        users[mc_id] = replace(first, mc_id=mc_id)
    return replace(topology, systems={**topology.systems, "primary": replace(primary, users=users)})


# What is done in a process


def _size(original: Path, migrated: int) -> SizeFigures:
    with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as name:
        folder = shutil.copytree(original, Path(name) / "data")  # every round finds it as it was
        return run_real(_flows_beside(folder, migrated))


async def _flows_beside(folder: Path, migrated: int) -> SizeFigures:
    small = two_systems(FLOWS + 1, "tcp")
    tune_garbage_collector()
    before = memory_octets()
    topology = _with_migrated(small, migrated)
    topology_octets = memory_octets() - before
    before, began = memory_octets(), time.perf_counter()
    simulation = Simulation(topology, network=SocketNetwork(), seed=1, data_dir=folder)
    await simulation.start()
    start_s = time.perf_counter() - began
    first, *clients = await flows.present(simulation, small.systems["primary"].users)
    began = time.perf_counter()
    await flows.migrate_all([first], 1)
    first_s = time.perf_counter() - began
    cpu = time.process_time()
    await flows.migrate_all(clients, _CONCURRENCY)
    cpu = time.process_time() - cpu
    nodes_octets = memory_octets() - before
    await simulation.stop()
    cpu_us = cpu / len(clients) * 1e6
    return SizeFigures(migrated, cpu_us, start_s, first_s, topology_octets, nodes_octets)


def _recover(folder: Path, migrated: int, owed: int) -> RecoveryFigures:
    return run_real(_pay(folder, migrated, owed))


async def _pay(folder: Path, migrated: int, owed: int) -> RecoveryFigures:
    topology = _with_migrated(two_systems(1, "tcp"), migrated)
    tune_garbage_collector()
    began = time.perf_counter()
    simulation = Simulation(topology, network=SocketNetwork(), seed=1, data_dir=folder)
    await simulation.start()
    listening = time.perf_counter()
    with closing(sqlite3.connect(folder / f"{_PRIMARY}.sqlite")) as db:
        async with asyncio.timeout(_PATIENCE_S):
            while db.execute(_ANY_OWED).fetchone():  # noqa: ASYNC110 - nobody tells when it is empty
                await asyncio.sleep(0.05)
    paid = time.perf_counter()
    await simulation.stop()
    return RecoveryFigures(migrated, owed, listening - began, paid - listening)


def _bindings(count: int) -> float:
    registrar = Registrar("partner.example")
    source = Source("TCP", "127.0.0.1", 5060, 1)
    before = memory_octets()
    for number in range(count):
        user = _visitor(number)
        register = build_request(
            "REGISTER",
            "sip:partner.example",
            from_=f"<{user}>;tag=a",
            to=f"<{user}>",
            call_id=f"call-{number:08d}",
            cseq=1,
            fields=[("Contact", f"<sip:u{number}@127.0.0.1:40000;transport=tcp>")],
        )
        assert registrar.handle_register(register, source, 0.0, "tag").status == 200
    return (memory_octets() - before) / count


def _day(every_s: float) -> list[Hour]:
    return run_virtual(_live(every_s))


async def _live(every_s: float) -> list[Hour]:
    """Let users come, one after the other, and each return home after a while."""
    visits = int(DAY_S / every_s)
    topology = two_systems(visits, "udp")
    simulation = Simulation(topology, network=MemoryNetwork(random.Random(1)), seed=1)
    await simulation.start()
    host = ClientHost(ClientSpec("users", "primary", "", "UDP"), simulation.env)
    await host.start()
    watch = _Watch(simulation, host)
    stays: set[asyncio.Task[None]] = set()
    hours = [watch.look(0.0)]
    for mc_id in topology.systems["primary"].users:
        task = asyncio.ensure_future(_visit(watch, mc_id))
        stays.add(task)
        task.add_done_callback(stays.discard)
        await asyncio.sleep(every_s)
        elapsed = watch.flows * every_s / 3600.0
        if elapsed >= hours[-1].hours + 1.0:
            hours.append(watch.look(round(elapsed, 1)))
    await asyncio.gather(*stays)
    await asyncio.sleep(2 * 3600.0)  # until mappings and registrations have ended
    hours.append(watch.look(DAY_S / 3600.0 + (STAY_S + 7200.0) / 3600.0))
    await simulation.stop()
    return hours


async def _visit(watch: "_Watch", mc_id: str) -> None:
    env = watch.simulation.env
    spec = ClientSpec(f"user-{watch.flows}", "primary", mc_id, "UDP")
    client = Client(spec, env, watch.simulation.identities, watch.host)
    watch.flows += 1
    await client.start()
    await client.authenticate("partner")
    assert await client.register("partner") == 200
    outcome = await client.migrate("partner", 2)
    assert outcome.result == "success", outcome
    watch.away += 1
    await asyncio.sleep(STAY_S)
    outcome = await client.return_home()
    assert outcome.result == "success", outcome
    watch.away -= 1
    await client.stop()


class _Watch:
    """Looks at what there is.

    Attributes:
        simulation: the nodes.
        host: where the clients are.
        flows: how many users have come.
        away: how many of them are at the partner.
    """

    def __init__(self, simulation: Simulation, host: ClientHost) -> None:
        self.simulation = simulation
        self.host = host
        self.flows = 0
        self.away = 0

    def look(self, hours: float) -> Hour:
        """Return what there is now."""
        gc.collect()
        nodes = [*self.simulation.nodes.values(), self.host]
        stacks = [node.endpoint.stack for node in nodes]
        servers = [node for node in nodes if isinstance(node, McServer)]
        partner = next(server for server in servers if server.name == _PARTNER)
        records = sum(
            sum(1 for _ in each)
            for server in servers
            for each in (server.store.primaries(), server.store.partners(), server.store.debts())
        )
        return Hour(
            hours,
            self.flows,
            self.away,
            memory_octets(),
            len(gc.get_objects()),
            sum(len(stack.clients) + len(stack.servers) for stack in stacks),
            sum(len(stack.queue) for stack in stacks),
            partner.identities.kept,
            records,
        )
