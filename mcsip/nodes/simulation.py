"""All nodes of a topology in one process, each with an endpoint of its own: they speak only SIP."""

import random
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mcsip.errors import UsageError
from mcsip.mc.roles import Role
from mcsip.migration.records import PartnerRecord, PrimaryRecord
from mcsip.net.clock import Clock, running_clock
from mcsip.net.ids import SeededIds
from mcsip.net.network import Network
from mcsip.net.tls import TlsConfig
from mcsip.nodes.base import Node
from mcsip.nodes.client import Client
from mcsip.nodes.directory import Directory
from mcsip.nodes.environment import PENDING_TIMEOUT_S, Environment
from mcsip.nodes.identities import Identities, derive
from mcsip.nodes.mc_gateway import McGateway
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.sip_core import SipCore
from mcsip.sip.timers import Timers
from mcsip.topology import ClientSpec, NodeSpec, Topology
from mcsip.trace import Trace


class Simulation:
    """The running nodes and clients of a topology.

    Args:
        topology: what there is.
        network: sockets, or the network in memory.
        seed: what all keys, tags and identities of the run are made from.
        trace: where messages and inner steps are recorded, or None.
        data_dir: folder of the records; None keeps them in memory for as long as the run lasts.
        clock: the time; None: that of the running loop.
        timers: T1, T2 and T4.
        pending_timeout_s: how long a partner server waits for the primary.
    """

    def __init__(
        self,
        topology: Topology,
        *,
        network: Network,
        seed: int | str,
        trace: Trace | None = None,
        data_dir: Path | None = None,
        clock: Clock | None = None,
        timers: Timers | None = None,
        pending_timeout_s: float = PENDING_TIMEOUT_S,
    ) -> None:
        self.topology = topology
        self._seed = str(seed)
        self._data_dir = data_dir
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        ids = SeededIds(random.Random(f"{seed} ids"))  # noqa: S311  # a run repeats from its seed
        self.env = Environment(
            topology=topology,
            directory=Directory(topology),
            network=network,
            clock=clock or running_clock(),
            ids=ids,
            service=topology.service,
            transport=topology.transport,
            trace=trace,
            timers=timers or Timers(),
            tls={},
            pending_timeout_s=pending_timeout_s,
        )
        self.identities = Identities(topology, self._seed, ids)
        self.nodes: Mapping[str, Node] = {
            name: self._make(node) for name, node in topology.nodes.items()
        }
        self.clients: Mapping[str, Client] = {
            name: Client(spec, self.env, self.identities) for name, spec in topology.clients.items()
        }

    def _make(self, spec: NodeSpec) -> Node:
        match spec.role:
            case Role.SIP_CORE:
                return SipCore(spec, self.env)
            case Role.MC_GATEWAY:
                return McGateway(spec, self.env, derive(self._seed, f"gateway {spec.name}"))
            case Role.MC_SERVER:
                verifiers = self.identities.verifiers(self.topology.systems[spec.system])
                database = self._data_dir / f"{spec.name}.sqlite" if self._data_dir else None
                return McServer(spec, self.env, verifiers, database)
            case Role.CLIENT:
                raise UsageError(f"{spec.name}: a client is no node of a system")

    async def start(self) -> None:
        """Start all nodes, then all clients.

        Raises:
            NetworkError: an address cannot be bound.
        """
        self._make_certificates()
        gateways = [node for node in self.nodes.values() if isinstance(node, McGateway)]
        others = [node for node in self.nodes.values() if not isinstance(node, McGateway)]
        # Gateways last: a gateway hides the addresses of its system, so it must know all of them.
        for node in (*others, *self.clients.values(), *gateways):
            await node.start()

    async def stop(self) -> None:
        """Stop everything; the records of servers are closed."""
        for node in (*self.clients.values(), *self.nodes.values()):
            if node.running:
                await node.stop()
        for server in self.nodes.values():
            if isinstance(server, McServer):
                server.close_store()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    async def stop_node(self, name: str) -> None:
        """Stop one node, as a crash would: what it has not committed is gone."""
        await self.nodes[name].stop()

    async def start_node(self, name: str) -> None:
        """Start a node again, at the address that it had."""
        await self.nodes[name].start()

    def unanswered(self) -> int:
        """Return how many requests of running nodes wait for their final response."""
        running = (n for n in (*self.nodes.values(), *self.clients.values()) if n.running)
        return sum(node.endpoint.stack.unanswered() for node in running)

    def record(self, node: str, user: str) -> PrimaryRecord | PartnerRecord:
        """Return a server's record of a user: the primary's when the user is of its own system.

        Args:
            node: name of an MC service server.
            user: MC service ID in the primary.

        Raises:
            UsageError: the node has no records.
        """
        server = self.nodes.get(node)
        if not isinstance(server, McServer):
            raise UsageError(f"{node} is no MC service server: it has no records")
        if user in server.system.users:
            return server.store.primary(user)
        return server.store.partner(user)

    # Certificates

    def _make_certificates(self) -> None:
        """Take the certificates that the topology names; make the others for this run."""
        specs: list[NodeSpec | ClientSpec] = [
            *self.topology.nodes.values(),
            *self.topology.clients.values(),
        ]
        names: dict[tuple[str, int], str] = {}
        wanting = []
        for spec in specs:
            if spec.transport != "TLS":
                continue
            tls = spec.tls
            if tls is None or tls.certificate is None or tls.key is None or tls.ca is None:
                wanting.append(spec)
                continue
            self.env.tls[spec.name] = TlsConfig(
                tls.certificate, tls.key, tls.ca, tls.mutual, tls.verify, names
            )
        if wanting:
            self._issue(wanting)

    def _issue(self, specs: list[NodeSpec | ClientSpec]) -> None:
        from dataclasses import replace

        from mcsip.net.certificates import ThrowawayAuthority

        self._folder = tempfile.TemporaryDirectory(prefix="mcsip-certificates-")
        authority = ThrowawayAuthority(Path(self._folder.name), self.env.clock.wall())
        for spec in specs:
            domain = self.topology.systems[spec.system].domain
            config = authority.issue(spec.name, domains=[domain], addresses=[spec.host])
            if spec.tls is not None:
                config = replace(config, mutual=spec.tls.mutual, verify=spec.tls.verify)
            self.env.tls[spec.name] = config
