"""Some nodes of a topology in this process, as long-lived servers; the others are elsewhere.

The nodes are those of a ``Simulation``; what differs is the world round them. Their neighbours are
reached at the addresses of the topology. Tags, branches and Call-IDs are truly random: attempts are
named by them, and a server that is started again must not use a name twice. Keys come from the
secret text that all processes of the topology share.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mcsip.errors import UsageError
from mcsip.mc.roles import Role
from mcsip.migration.records import DEFAULT_LIMITS
from mcsip.net.clock import running_clock
from mcsip.net.endpoint import DEFAULT_LIMITS as ENDPOINT_LIMITS
from mcsip.net.ids import SystemIds
from mcsip.net.network import Network
from mcsip.nodes.assembly import Assembly
from mcsip.nodes.base import Node
from mcsip.nodes.directory import Directory
from mcsip.nodes.environment import PENDING_TIMEOUT_S, Environment
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.neighbours import neighbours
from mcsip.sip.limits import Limits
from mcsip.sip.timers import Timers
from mcsip.topology import NodeSpec, Topology
from mcsip.topology.under_test import as_ours
from mcsip.trace import Peer, Trace

DRAIN_LOOK_S = 0.02
"""How often a service that is ending looks whether everything is finished [ours]."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the nodes of a service wait.

    Attributes:
        timers: T1, T2 and T4 of RFC 3261 17.
        pending_s: how long a partner server waits for the primary.
        retention_s: how long a partner keeps the mapping of a user who left.
        confirmation_s: how long a primary waits for the notification of a new partner.
    """

    timers: Timers = field(default_factory=Timers)
    pending_s: float = PENDING_TIMEOUT_S
    retention_s: float = DEFAULT_LIMITS.retention_s
    confirmation_s: float = DEFAULT_LIMITS.confirmation_s


class Service:
    """Nodes of a topology that run until they are told to end. Make it in the running loop.

    Args:
        topology: what there is.
        names: which nodes run here, ``system.node``.
        network: what they are attached to.
        secret: what all keys are made from; the same in all processes of the topology.
        trace: where messages and inner steps are recorded, or None.
        data_dir: folder of the records; None keeps them in memory.
        waits: how long the nodes wait.
        limits: what each node takes on before it refuses.

    Attributes:
        nodes: the nodes by name.
        missing: neighbours that have no address, by name.

    Raises:
        UsageError: there is no such node, or one that speaks TLS has no certificates.
    """

    def __init__(
        self,
        topology: Topology,
        names: Sequence[str],
        *,
        network: Network,
        secret: str,
        trace: Trace | None = None,
        data_dir: Path | None = None,
        waits: Waits | None = None,
        limits: Limits = ENDPOINT_LIMITS,
    ) -> None:
        waits = waits or Waits()
        topology = as_ours(topology, [spec.name for spec in served(topology, names)])
        self.env = Environment(
            topology=topology,
            directory=Directory(topology),
            network=network,
            clock=running_clock(),
            ids=SystemIds(),
            service=topology.service,
            transport=topology.transport,
            trace=trace,
            timers=waits.timers,
            tls={},
            pending_timeout_s=waits.pending_s,
            retention_s=waits.retention_s,
            confirmation_s=waits.confirmation_s,
            limits=limits,
        )
        specs = served(topology, names)
        assembly = Assembly(self.env, secret, data_dir)
        self._lookups = assembly.lookups
        if wanting := assembly.take_certificates(specs):
            text = ", ".join(spec.name for spec in wanting)
            raise UsageError(
                f"no certificates for {text}: a node that is served on its own needs"
                " 'tls: {certificate, key, ca}' in the topology, which its peers trust"
            )
        self.nodes: dict[str, Node] = {spec.name: assembly.node(spec.name) for spec in specs}
        without = assembly.know_elsewhere(name for name in topology.nodes if name not in self.nodes)
        needed = {name for spec in specs for name in neighbours(topology, spec)}
        self.missing = [name for name in without if name in needed]

    async def start(self) -> None:
        """Start the nodes: gateways last, which hide the addresses of the others.

        Raises:
            NetworkError: an address cannot be bound.
            StoreError: the records cannot be opened.
        """
        for node in self.nodes.values():
            if isinstance(node, McServer):
                node.store.next_due()  # opened before anybody hears of the node
                node.make_all_sides()
        for node in sorted(self.nodes.values(), key=lambda node: node.role is Role.MC_GATEWAY):
            await node.start()
        await self._lookups.start()

    def forgetful(self) -> list[str]:
        """Return the names of the MC service servers whose records end with this process."""
        servers = (node for node in self.nodes.values() if isinstance(node, McServer))
        return [server.name for server in servers if server.is_forgetful]

    def addresses(self, name: str) -> dict[str, Peer]:
        """Return where a node listens, by transport."""
        return dict(self.env.directory.addresses(name))

    async def drain(self, grace_s: float) -> bool:
        """Take nothing new, and finish what is under way; return whether that was done in time.

        Args:
            grace_s: how long that may take, in seconds.
        """
        for node in self.nodes.values():
            if node.running:
                node.refuse_new()
        end = self.env.clock.now() + grace_s
        while not all(node.is_idle for node in self.nodes.values()):
            if self.env.clock.now() >= end:
                return False
            await asyncio.sleep(DRAIN_LOOK_S)
        return True

    async def stop(self) -> None:
        """Stop the nodes and close their records."""
        await self._lookups.stop()
        for node in self.nodes.values():
            await node.stop()
            if isinstance(node, McServer):
                node.close_store()


def served(topology: Topology, names: Sequence[str]) -> list[NodeSpec]:
    """Return the nodes that are meant; a system's name means all its nodes.

    Raises:
        UsageError: there is no such node.
    """
    from mcsip.document import hint_for

    specs: dict[str, NodeSpec] = {}
    for name in names:
        system = topology.systems.get(name)
        found = dict(system.nodes) if system else {}
        if name in topology.nodes:
            found = {name: topology.nodes[name]}
        if not found:
            hint = hint_for(name, [*topology.nodes, *topology.systems], "nodes")
            raise UsageError(f"there is no node {name!r} in {topology.file}; {hint}")
        specs |= found
    return list(specs.values())
