"""The complete service authorization for migration: all nodes in one process, over loopback.

Twelve steps through both gateways, bodies validated, records in SQLite files, trace off. Users are
registered and have their tokens before the clock starts. ``concurrency`` users migrate at a time.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterable
from cProfile import Profile
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.topologies import two_systems
from mcsip.net.process import tune_garbage_collector
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.client import Client
from mcsip.nodes.client_host import ClientHost
from mcsip.nodes.simulation import Simulation
from mcsip.topology import ClientSpec


@dataclass(frozen=True, slots=True)
class FlowFigures:
    """What a run of complete procedures cost.

    Attributes:
        flows: how many were done; all of them ended with success.
        wall_s: how long that took.
        cpu_s: CPU time of the process, all nodes and clients together.
        concurrency: how many were under way at a time.
        transport: of every hop.
    """

    flows: int
    wall_s: float
    cpu_s: float
    concurrency: int
    transport: str

    @property
    def per_second(self) -> float:
        """Flows per second."""
        return self.flows / self.wall_s

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU per flow."""
        return self.cpu_s / self.flows * 1e6


async def present(simulation: Simulation, mc_ids: Iterable[str]) -> list[Client]:
    """Return a client for each user, all at one endpoint, with tokens, registered abroad."""
    env = simulation.env
    place = ClientSpec("users", "primary", "", env.transport)
    host = ClientHost(place, env)
    await host.start()
    clients = []
    for number, mc_id in enumerate(mc_ids):
        spec = replace(place, name=f"user-{number}", mc_id=mc_id)
        client = Client(spec, env, simulation.identities, host)
        await client.start()
        await client.authenticate("partner")
        assert await client.register("partner") == 200
        clients.append(client)
    return clients


async def migrate_all(clients: Iterable[Client], concurrency: int) -> None:
    """Let all of them migrate, so many at a time; each has to succeed."""
    waiting = iter(clients)

    async def work() -> None:
        for client in waiting:
            outcome = await client.migrate("partner", 2)
            if outcome.result != "success":
                raise RuntimeError(f"{client.mc_id}: {outcome}")

    await asyncio.gather(*(work() for _ in range(concurrency)))


async def _measure(
    flows: int, concurrency: int, transport: str, folder: Path, profile: Profile | None
) -> FlowFigures:
    topology = two_systems(flows, transport)
    simulation = Simulation(topology, network=SocketNetwork(), seed=1, data_dir=folder)
    await simulation.start()
    clients = await present(simulation, topology.systems["primary"].users)
    tune_garbage_collector()
    if profile is not None:
        profile.enable()
    wall, cpu = time.perf_counter(), time.process_time()
    await migrate_all(clients, concurrency)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if profile is not None:
        profile.disable()
    await simulation.stop()
    return FlowFigures(flows, wall, cpu, concurrency, transport)


def measure(
    flows: int = 2000,
    concurrency: int = 50,
    transport: str = "tcp",
    *,
    profile: Profile | None = None,
) -> FlowFigures:
    """Run ``flows`` procedures, ``concurrency`` at a time, and return what they cost.

    Args:
        flows: how many.
        concurrency: how many are under way at a time.
        transport: of every hop.
        profile: is on while they run; makes them much slower.
    """
    with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as folder:
        return run_real(_measure(flows, concurrency, transport, Path(folder), profile))
