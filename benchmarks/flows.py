"""The complete service authorization for migration: all nodes in one process, over loopback.

Twelve steps through both gateways, bodies validated, records in SQLite files, trace off. Users are
registered and have their tokens before the clock starts. ``concurrency`` users migrate at a time.
"""

import asyncio
import tempfile
import time
from cProfile import Profile
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.topologies import two_systems
from mcsip.net.process import tune_garbage_collector
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.client import Client
from mcsip.nodes.environment import Environment
from mcsip.nodes.identities import Identities
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


class SharedClient(Client):
    """A client of one user that speaks through the endpoint of another client."""

    def __init__(self, host: Client, mc_id: str, env: Environment, identities: Identities) -> None:
        assert isinstance(host.spec, ClientSpec)
        super().__init__(replace(host.spec, mc_id=mc_id), env, identities)
        self._endpoint = host.endpoint
        self._responses = host._responses


async def _measure(
    flows: int, concurrency: int, transport: str, folder: Path, profile: Profile | None
) -> FlowFigures:
    topology = two_systems(flows, transport)
    simulation = Simulation(topology, network=SocketNetwork(), seed=1, data_dir=folder)
    await simulation.start()
    host = simulation.clients["host"]
    users = [
        SharedClient(host, mc_id, simulation.env, simulation.identities)
        for mc_id in topology.systems["primary"].users
    ]
    for user in users:
        await user.authenticate("partner")
        assert await user.register("partner") == 200

    waiting = iter(users)

    async def work() -> None:
        for user in waiting:
            outcome = await user.migrate("partner", 2)
            if outcome.result != "success":
                raise RuntimeError(f"{user.mc_id}: {outcome}")

    tune_garbage_collector()
    if profile is not None:
        profile.enable()
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(concurrency)))
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
