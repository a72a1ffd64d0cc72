"""One seeded run in virtual time: a simulation is made, started, does the procedure and stops.

As the tests do for 1,000 seeds: over the network in memory, with a trace.
"""

import asyncio
import random
import time
from dataclasses import dataclass

from benchmarks.topologies import two_systems
from mcsip.net.memory import MemoryNetwork
from mcsip.net.virtual import run_virtual
from mcsip.nodes.simulation import Simulation
from mcsip.topology import Topology
from mcsip.trace import Trace


@dataclass(frozen=True, slots=True)
class SeedFigures:
    """What seeded runs cost.

    Attributes:
        runs: how many.
        cpu_s: CPU seconds for all of them.
    """

    runs: int
    cpu_s: float

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU per run."""
        return self.cpu_s / self.runs * 1e3


async def _run(topology: Topology, seed: int) -> None:
    network = MemoryNetwork(random.Random(seed))  # a run repeats from its seed
    simulation = Simulation(topology, network=network, seed=seed, trace=Trace())
    await simulation.start()
    client = simulation.clients["host"]
    await client.authenticate("partner")
    assert await client.register("partner") == 200
    outcome = await client.migrate("partner", 2)
    assert outcome.result == "success", outcome
    await asyncio.sleep(32.0)  # Timer F of whatever is still under way
    await simulation.stop()


def measure(runs: int = 100) -> SeedFigures:
    """Do ``runs`` runs, each with a seed of its own."""
    topology = two_systems(1, "udp")
    run_virtual(_run(topology, 0))
    cpu = time.process_time()
    for seed in range(1, runs + 1):
        run_virtual(_run(topology, seed))
    return SeedFigures(runs, time.process_time() - cpu)
