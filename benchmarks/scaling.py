"""``python -m benchmarks.scaling``: one process, several, and several on one registry.

The complete service authorization for migration, bodies validated, records durable, over TCP; the
same users from the same process drive each layout, one layout after the other in one run. They are
registered and have their tokens before the clock starts, and ``AT_ONCE`` of them migrate at a time.
CPU time is that of the system's own accounting, by process. All layouts are measured in ``ROUNDS``
rounds, and the quickest of each counts, since others may use the machine. ``--json FILE`` writes
the figures; ``docs/scaling.md`` is generated from ``docs/scaling.json``.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from benchmarks import generators, partners
from benchmarks.arguments import output, whole_number
from benchmarks.generators import GeneratorFigures
from benchmarks.machine import describe
from benchmarks.partners import PartnersFigures
from benchmarks.processes import SYSTEMS, Process, all_serving, write_topology
from mcsip.load.crowd import DEFAULT_ENDPOINTS, crowded, served_elsewhere
from mcsip.net.process import tune_garbage_collector
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.client import Client
from mcsip.nodes.simulation import Simulation
from mcsip.topology import Topology
from mcsip.topology.copies import numbered_copies
from mcsip.topology.load import load_topology

AT_ONCE = 50
"""Users who migrate at a time."""
ROUNDS = 2
CONNECTIONS = 3000
"""Users of the measurement of connections."""
SHARED = (1, 2, 3)
"""Numbers of servers of a system that share a registry."""
PARTNERS = (1, 10, 100)
"""Numbers of partner systems that are compared."""
FILES, DATABASE = "sqlite", "postgresql"
SERVERS, OTHERS, USERS = "servers", "cores and gateways", "users"


@dataclass(frozen=True, slots=True)
class LayoutFigures:
    """What flows cost in one layout.

    Attributes:
        layout: its name.
        store: where the records are.
        servers: MC service servers of each system.
        transport: of every hop.
        flows: how many; all ended with success.
        wall_s: how long they took.
        cpu_s: CPU time by part, in seconds.
        busiest_s: CPU time of the process of the nodes that took most, in seconds.
        registering_s: CPU time of the nodes for the registrations of all users before, in seconds.
        syncs: how often the database forced its log to disk; 0 where it is no database server.
        written_octets: what the database wrote into its log.
        memory_octets: what all processes of the nodes have when they are ready.
        registered_octets: by how much that grew with the registrations of all users.
        migrated_octets: by how much it grew with their migrations.
    """

    layout: str
    store: str
    servers: int
    transport: str
    flows: int
    wall_s: float
    cpu_s: Mapping[str, float]
    busiest_s: float
    registering_s: float
    syncs: int
    written_octets: int
    memory_octets: int
    registered_octets: int
    migrated_octets: int

    @property
    def per_second(self) -> float:
        """Flows per second."""
        return self.flows / self.wall_s

    def cpu_us(self, part: str) -> float:
        """Microseconds of CPU of one part per flow."""
        return self.cpu_s.get(part, 0.0) / self.flows * 1e6


@dataclass(frozen=True, slots=True)
class ConnectionFigures:
    """What a TCP connection of a user takes at the SIP core.

    Attributes:
        users: how many registered.
        shared_octets: by how much the core grew where they share ``DEFAULT_ENDPOINTS`` connections.
        own_octets: by how much where each has a connection of its own.
    """

    users: int
    shared_octets: int
    own_octets: int


@dataclass(frozen=True, slots=True)
class Layout:
    """How nodes are spread over processes."""

    name: str
    groups: tuple[tuple[str, ...], ...]
    servers: int = 1
    store: str = FILES
    transport: str = "tcp"


def layouts(database: bool) -> Iterator[Layout]:
    """Return the layouts that are compared."""
    relays = tuple(f"{system}.{node}" for system in SYSTEMS for node in ("core", "gateway"))
    alone = tuple((f"{system}.s1",) for system in SYSTEMS)
    yield Layout("one process", (SYSTEMS,))
    yield Layout("one process, UDP", (SYSTEMS,), transport="udp")
    yield Layout("a process per system", tuple((system,) for system in SYSTEMS))
    yield Layout("servers apart", (relays, *alone))
    yield Layout("a process per node", (*((name,) for name in relays), *alone))
    for count in SHARED if database else ():
        numbers = range(1, count + 1)
        servers = tuple((f"{system}.s{number}",) for system in SYSTEMS for number in numbers)
        yield Layout(f"registry, {count}", (relays, *servers), count, DATABASE)


class Database:
    """A PostgreSQL server, and what it has done."""

    def __init__(self, url: str, pid: int) -> None:
        import psycopg

        self._connection = psycopg.connect(url, autocommit=True)
        self.process = Process(pid)
        self.url = url

    def work(self) -> tuple[int, int]:
        """Return how often it has forced its log to disk, and how much it has written there."""
        row = self._connection.execute("SELECT wal_sync, wal_bytes FROM pg_stat_wal").fetchone()
        assert row is not None
        return int(row[0]), int(row[1])


@contextmanager
def database() -> Iterator[Database | None]:
    """Run a PostgreSQL server with its own settings; None where none is installed."""
    from tests import postgresql

    if postgresql.programs() is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="mcsip-bench-pg-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        inner = folder / "server"
        inner.mkdir()
        with postgresql.running(inner) as server:
            yield Database(server.url, server.process.pid)


@contextmanager
def _running(
    layout: Layout, users: int, url: str | None, folder: Path
) -> Iterator[tuple[Topology, dict[str, Process]]]:
    """Run the nodes of a layout; yield their topology as the users see it."""
    stores: dict[str, str] = {}
    if url is not None:
        fresh = uuid4().hex
        stores = {name: f"{url}?schema={name}_{fresh}" for name in SYSTEMS}
    file = write_topology(folder, layout.servers, users, stores, layout.transport)
    topology = served_elsewhere(load_topology(file))
    topology = crowded(topology, numbered_copies(topology, users))
    with all_serving(file, folder, layout.groups) as processes:
        yield topology, processes


async def _present(clients: Sequence[Client]) -> None:
    """Let clients get their tokens and register in the partner's SIP core."""

    async def one(client: Client) -> None:
        async with room:
            await client.authenticate("partner")
            status = await client.register("partner")
            assert status == 200, f"{client.mc_id}: {status}"

    room = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*map(one, clients))


def _cpu_s(processes: Mapping[str, Process]) -> float:
    return sum(process.cpu_s() for process in processes.values())


def _memory(processes: Mapping[str, Process]) -> int:
    return sum(process.memory_octets() for process in processes.values())


async def _measure(
    layout: Layout, topology: Topology, processes: Mapping[str, Process], served: Database | None
) -> LayoutFigures:
    simulation = Simulation(topology, network=SocketNetwork(), seed=0, hosts=DEFAULT_ENDPOINTS)
    await simulation.start()
    clients = list(simulation.clients.values())
    ready = _memory(processes)
    registering = -_cpu_s(processes)
    await _present(clients)
    registering += _cpu_s(processes)
    present = _memory(processes)

    waiting = iter(clients)

    async def work() -> None:
        for client in waiting:
            outcome = await client.migrate("partner", 2)
            if outcome.result != "success":
                raise RuntimeError(f"{client.mc_id}: {outcome}")

    tune_garbage_collector()
    parties = {name: process.cpu_s() for name, process in processes.items()}
    base = served.process.cpu_s() if served is not None else 0.0
    syncs, written = served.work() if served is not None else (0, 0)
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    spent = {name: process.cpu_s() - parties[name] for name, process in processes.items()}
    parts = {USERS: cpu, SERVERS: 0.0, OTHERS: 0.0}
    for name, seconds in spent.items():
        parts[SERVERS if ".s" in name or name in SYSTEMS else OTHERS] += seconds
    if served is not None:
        parts[DATABASE] = served.process.cpu_s() - base
        after, grown = served.work()
        syncs, written = after - syncs, grown - written
    grown_to = _memory(processes)
    await simulation.stop()
    return LayoutFigures(
        layout.name,
        layout.store,
        layout.servers,
        layout.transport,
        len(clients),
        wall,
        parts,
        max(spent.values()),
        registering,
        syncs,
        written,
        ready,
        present - ready,
        grown_to - present,
    )


def measure(layout: Layout, flows: int, served: Database | None) -> LayoutFigures:
    """Run ``flows`` procedures in a layout and return what they cost."""
    served = served if layout.store == DATABASE else None
    url = None if served is None else served.url
    with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as name, ExitStack() as stack:
        topology, processes = stack.enter_context(_running(layout, flows, url, Path(name)))
        return run_real(_measure(layout, topology, processes, served))


async def _register(topology: Topology, core: Process, hosts: int) -> int:
    simulation = Simulation(topology, network=SocketNetwork(), seed=0, hosts=hosts)
    await simulation.start()
    before = core.memory_octets()
    await _present(list(simulation.clients.values()))
    grown = core.memory_octets() - before
    await simulation.stop()
    return grown


def measure_connections(users: int = CONNECTIONS) -> ConnectionFigures:
    """Let users register, by few connections and then by one each, at cores that are fresh."""
    layout = Layout(
        "connections", (("partner.core",), ("partner.s1", "partner.gateway", "primary"))
    )
    found = []
    for hosts in (DEFAULT_ENDPOINTS, 0):
        with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as name, ExitStack() as stack:
            running = stack.enter_context(_running(layout, users, None, Path(name)))
            topology, processes = running
            found.append(run_real(_register(topology, processes["partner.core"], hosts)))
    return ConnectionFigures(users, *found)


def main() -> None:
    """Measure every layout, print tables, and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--flows", type=whole_number, default=800, help="procedures each (800)")
    parser.add_argument("--json", type=output, help="also write the figures as JSON")
    options = parser.parse_args()
    machine = describe()
    print("machine: " + ", ".join(f"{key} {value}" for key, value in machine.items()))
    report = {
        "machine": machine,
        "layouts": [asdict(figure) for figure in _layouts(options.flows)],
        "partners": [asdict(figure) for figure in _partners(options.flows)],
        "generators": [asdict(figure) for figure in _generators()],
        "connections": asdict(connections := measure_connections()),
    }
    each = (connections.own_octets - connections.shared_octets) / connections.users
    print(f"a connection at the core: {each:.0f} octets")
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _layouts(flows: int) -> list[LayoutFigures]:
    parts = (SERVERS, OTHERS, DATABASE, USERS)
    _line("layout", "flows/s", "CPU each", *parts, "busiest")
    found: dict[str, LayoutFigures] = {}
    with database() as served:
        for _ in range(ROUNDS):
            for layout in layouts(served is not None):
                figure = measure(layout, flows, served)
                best = found.setdefault(layout.name, figure)
                if figure.per_second > best.per_second:
                    found[layout.name] = figure
    for figure in found.values():
        total = sum(map(figure.cpu_us, figure.cpu_s))
        cells = (total, *map(figure.cpu_us, parts), figure.busiest_s / flows * 1e6)
        _line(figure.layout, f"{figure.per_second:.0f}", *(f"{cell:.0f} µs" for cell in cells))
    return list(found.values())


def _partners(flows: int) -> list[PartnersFigures]:
    _line("partner systems", "CPU each", "flows/s")
    found = []
    for count in PARTNERS:
        figure = partners.measure(count, flows)
        found.append(figure)
        _line(str(count), f"{figure.cpu_us:.0f} µs", f"{figure.flows / figure.wall_s:.0f}")
    return found


def _generators() -> list[GeneratorFigures]:
    _line("who makes the calls", "CPU each")
    found = []
    for figure in generators.measure():
        found.append(figure)
        _line(figure.name, f"{figure.cpu_us:.0f} µs")
    return found


def _line(*cells: str) -> None:
    print("".join(f"{cell:>20}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
