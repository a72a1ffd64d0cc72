"""What a flow costs with one, ten and a hundred partner systems, all nodes in one process.

Users go to all partners in turn, over TCP, with records in SQLite files. Each partner has a SIP
core, a server and a gateway of its own. One flow to each partner comes before the clock starts: it
opens the connections.
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from mcsip.load.crowd import DEFAULT_ENDPOINTS, crowded
from mcsip.net.process import tune_garbage_collector
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.client import Client
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.simulation import Simulation
from mcsip.store.sqlite import SqliteStore
from mcsip.topology import Topology
from mcsip.topology.copies import numbered_copies
from mcsip.topology.load import load_topology

AT_ONCE = 50

_NODES = "{core: {role: sip-core}, server: {role: mc-server}, gateway: {role: mc-gateway}}"
_PARTNER = """\
  {name}:
    domain: {name}.example
    nodes: {nodes}
    visitors: [{{from: primary, users: any}}]
"""


@dataclass(frozen=True, slots=True)
class PartnersFigures:
    """What flows cost with so many partner systems.

    Attributes:
        partners: how many.
        flows: how many flows; all ended with success.
        wall_s: how long they took.
        cpu_s: CPU time of the process, all nodes and users together.
        commits: transactions of the databases of all servers, each forced to the disk.
    """

    partners: int
    flows: int
    wall_s: float
    cpu_s: float
    commits: int

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU per flow."""
        return self.cpu_s / self.flows * 1e6


def _topology(partners: list[str]) -> Topology:
    text = (
        "service: mcptt\ntransport: tcp\nsystems:\n"
        f"  primary:\n    domain: primary.example\n    nodes: {_NODES}\n"
        '    users: {alice: {mc_id: "sip:alice@primary.example", '
        f"profiles: {{2: {{migrate_to: [{', '.join(partners)}]}}}}}}}}\n"
    )
    text += "".join(_PARTNER.format(name=name, nodes=_NODES) for name in partners)
    text += "agreements:\n" + "".join(f"  - {{between: [primary, {n}]}}\n" for n in partners)
    text += "clients: {alice-ue: {user: primary.alice}}\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.topology.yaml"
        path.write_text(text, encoding="utf-8")
        return load_topology(path)


async def _measure(partners: list[str], flows: int, folder: Path) -> PartnersFigures:
    topology = _topology(partners)
    topology = crowded(topology, numbered_copies(topology, len(partners) + flows))
    simulation = Simulation(
        topology, network=SocketNetwork(), seed=1, data_dir=folder, hosts=DEFAULT_ENDPOINTS
    )
    await simulation.start()
    clients = list(simulation.clients.values())
    goals = [partners[number % len(partners)] for number in range(len(clients))]
    journeys = list(zip(clients, goals, strict=True))
    for client, goal in journeys:
        await client.authenticate(goal)
        status = await client.register(goal)
        assert status == 200, f"{client.mc_id} in {goal}: {status}"
    for client, goal in journeys[: len(partners)]:
        await _go(client, goal)
    waiting = iter(journeys[len(partners) :])

    async def work() -> None:
        for client, goal in waiting:
            await _go(client, goal)

    tune_garbage_collector()
    before = _commits(simulation)
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    commits = _commits(simulation) - before
    await simulation.stop()
    return PartnersFigures(len(partners), flows, wall, cpu, commits)


def _commits(simulation: Simulation) -> int:
    """Return how many transactions the databases of all servers have made."""
    stores = [node.store for node in simulation.nodes.values() if isinstance(node, McServer)]
    return sum(store.groups for store in stores if isinstance(store, SqliteStore))


async def _go(client: Client, goal: str) -> None:
    outcome = await client.migrate(goal, 2)
    if outcome.result != "success":
        raise RuntimeError(f"{client.mc_id} to {goal}: {outcome}")


def measure(partners: int, flows: int) -> PartnersFigures:
    """Run ``flows`` procedures with so many partners, and return what they cost."""
    names = [f"partner{number}" for number in range(1, partners + 1)]
    with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as folder:
        return run_real(_measure(names, flows, Path(folder)))
