"""The users of one process, and the nodes that run with them: what a load engine starts and stops.

``Crowd`` is what Locust's workers and the generator of ``mcsip load`` have in common: it makes the
users of a plan, each of whom the engine lets run by ``LoadUser.run_once``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mcsip.load.plan import Plan
from mcsip.load.sample import SampleTrace
from mcsip.load.user import Listener, LoadUser
from mcsip.net.clock import running_clock
from mcsip.nodes.simulation import Simulation
from mcsip.scenario.run import simulation_of
from mcsip.topology import Topology
from mcsip.topology.copies import Copy, with_copies
from mcsip.trace import Mode

DEFAULT_ENDPOINTS = 8
"""Endpoints that the users of a system share [ours]: as many connections to its SIP core."""
SAMPLED = 10
"""About how many users are followed where nobody says how many [ours]."""


@dataclass(frozen=True, slots=True)
class CrowdOptions:
    """How the users of a process are made.

    Attributes:
        seed: what keys and identities are made from; the same as that of servers elsewhere.
        endpoints: how many endpoints the users of a system share; 0: each has its own.
        sample_every: every so manieth user is followed, its messages kept; 0: nobody.
        data_dir: where servers of ours keep their records; in memory when None.
        settle_s: how long expectations wait for what has not happened yet.
        reset: whether users go home after each call; needed where they make more than one.
    """

    seed: int = 0
    endpoints: int = DEFAULT_ENDPOINTS
    sample_every: int = 0
    data_dir: Path | None = None
    settle_s: float = 2.0
    reset: bool = False


class Crowd:
    """Users and nodes of one process. Make it in the running loop; ``start`` first, ``stop`` last.

    Args:
        plan: what the users do.
        copies: who they are.
        listener: hears how each of their steps ends.
        options: how they are made.

    Attributes:
        simulation: the nodes and clients.
        sample: the messages of the users who are followed, or None where nobody is.
        users: the users, in the order of ``copies``.

    Raises:
        UsageError: somebody else's node cannot be reached in the network in memory.
    """

    def __init__(
        self, plan: Plan, copies: Sequence[Copy], listener: Listener, options: CrowdOptions
    ) -> None:
        clock = running_clock()
        topology = crowded(plan.scenario.topology, copies)
        scenario = replace(plan.scenario, topology=topology)
        plan = replace(plan, scenario=scenario)
        every = options.sample_every
        followed = [copy for copy in copies if every and (copy.number - 1) % every == 0]
        self.sample = SampleTrace(clock.wall(), began_at=clock.now()) if followed else None
        self.simulation: Simulation = simulation_of(
            scenario,
            options.seed,
            trace=self.sample,
            data_dir=options.data_dir,
            hosts=options.endpoints,
            apart=[name for copy in followed for name in copy.names.values()],
        )
        traces = {
            copy.number: self.sample.follow(list(copy.ids.values()), list(copy.names.values()))
            for copy in followed
            if self.sample is not None
        }
        self.users = [
            LoadUser(
                copy,
                plan,
                self.simulation,
                listener,
                traces.get(copy.number),
                options.settle_s,
                self.sample,
                options.reset,
            )
            for copy in copies
        ]

    async def start(self) -> None:
        """Start all nodes of ours, then all clients.

        Raises:
            NetworkError: an address cannot be bound.
            UsageError: TLS with somebody else's node, and a node of ours has no certificates.
        """
        await self.simulation.start()

    async def stop(self) -> None:
        """Stop everything."""
        await self.simulation.stop()


def crowded(topology: Topology, copies: Sequence[Copy]) -> Topology:
    """Return a topology with the copies of its clients, and without the clients themselves."""
    whole = with_copies(topology, copies)
    clients = {name: c for name, c in whole.clients.items() if name not in topology.clients}
    return replace(whole, clients=clients)


def served_elsewhere(topology: Topology) -> Topology:
    """Return a topology none of whose nodes are ours: all run at their addresses."""
    systems = {
        name: replace(
            system, nodes={n: replace(node, mode=Mode.SUT) for n, node in system.nodes.items()}
        )
        for name, system in topology.systems.items()
    }
    return replace(topology, systems=systems)
