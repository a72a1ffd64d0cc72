"""The complete service authorization for migration: all nodes in one process, over loopback.

Twelve steps through both gateways, bodies validated, records in SQLite files, trace off. Users are
registered and have their tokens before the clock starts. ``concurrency`` users migrate at a time.
One process uses one core; ``measure_side_by_side`` runs several, each with nodes and users of its
own, at the same time.
"""

import asyncio
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from cProfile import Profile
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Barrier

from benchmarks.topologies import two_systems
from mcsip.net.process import tune_garbage_collector
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.client import Client
from mcsip.nodes.client_host import ClientHost
from mcsip.nodes.simulation import Simulation
from mcsip.topology import ClientSpec

START_S = 120.0
"""How long processes wait for each other until all are ready, in seconds."""


@dataclass(frozen=True, slots=True)
class FlowFigures:
    """What a run of complete procedures cost.

    Attributes:
        flows: how many were done; all of them ended with success.
        wall_s: how long that took.
        cpu_s: CPU time of the process or processes, all nodes and clients together.
        concurrency: how many were under way at a time.
        transport: of every hop.
        processes: how many processes ran at the same time, each with all nodes.
    """

    flows: int
    wall_s: float
    cpu_s: float
    concurrency: int
    transport: str
    processes: int = 1

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
    flows: int,
    concurrency: int,
    transport: str,
    folder: Path,
    profile: Profile | None,
    ready: Callable[[], object],
) -> FlowFigures:
    topology = two_systems(flows, transport)
    simulation = Simulation(topology, network=SocketNetwork(), seed=1, data_dir=folder)
    await simulation.start()
    clients = await present(simulation, topology.systems["primary"].users)
    tune_garbage_collector()
    ready()
    if profile is not None:
        profile.enable()
    wall, cpu = time.perf_counter(), time.process_time()
    await migrate_all(clients, concurrency)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if profile is not None:
        profile.disable()
    await simulation.stop()
    return FlowFigures(flows, wall, cpu, concurrency, transport)


def _at_once() -> None:
    """Begin at once: there is nobody to wait for."""


def measure(
    flows: int = 2000,
    concurrency: int = 50,
    transport: str = "tcp",
    *,
    profile: Profile | None = None,
    ready: Callable[[], object] = _at_once,
) -> FlowFigures:
    """Run ``flows`` procedures, ``concurrency`` at a time, and return what they cost.

    Args:
        flows: how many.
        concurrency: how many are under way at a time.
        transport: of every hop.
        profile: is on while they run; makes them much slower.
        ready: called when all is ready, before the clock starts.
    """
    with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as folder:
        return run_real(_measure(flows, concurrency, transport, Path(folder), profile, ready))


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def measure_side_by_side(
    processes: int, flows: int = 2000, concurrency: int = 50, transport: str = "tcp"
) -> FlowFigures:
    """Run ``measure`` in several processes at the same time, and return all together.

    Args:
        processes: how many.
        flows, concurrency: of each process.
        transport: of every hop.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(processes)
    with ProcessPoolExecutor(
        processes, mp_context=context, initializer=_wait_at, initargs=(barrier,)
    ) as pool:
        tasks = [
            pool.submit(_measure_together, flows, concurrency, transport) for _ in range(processes)
        ]
        found = [task.result() for task in tasks]
    return FlowFigures(
        sum(each.flows for each in found),
        max(each.wall_s for each in found),
        sum(each.cpu_s for each in found),
        sum(each.concurrency for each in found),
        transport,
        processes,
    )


_barrier: Barrier | None = None


def _wait_at(barrier: Barrier) -> None:
    """Tell a process where it waits for the others."""
    global _barrier  # noqa: PLW0603  # a pool hands things to its processes in no other way
    _barrier = barrier


def _measure_together(flows: int, concurrency: int, transport: str) -> FlowFigures:
    barrier = _barrier
    assert barrier is not None
    return measure(flows, concurrency, transport, ready=lambda: barrier.wait(START_S))
