"""All nodes of a topology in one process, each with an endpoint of its own: they speak only SIP.

Those that are somebody else's (mode ``sut`` or ``observed``) are not started: the others reach them
at the addresses of the topology, and what they do is in the trace as their neighbours saw it. A run
with them does not repeat octet for octet: they remember the tags, branches and Call-IDs of the run
before, so that these are truly random.
"""

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from mcsip.errors import UsageError
from mcsip.mc.roles import Role
from mcsip.migration.records import DEFAULT_LIMITS, PartnerRecord, PrimaryRecord
from mcsip.migration.routing import serving_server
from mcsip.net.clock import Clock, running_clock
from mcsip.net.ids import SeededIds, SystemIds
from mcsip.net.media_ports import MemoryPorts, SocketPorts
from mcsip.net.network import Network
from mcsip.nodes.assembly import Assembly
from mcsip.nodes.base import Node
from mcsip.nodes.client import Client
from mcsip.nodes.client_host import make_hosts
from mcsip.nodes.directory import Directory
from mcsip.nodes.environment import (
    CLIENT_PATIENCE,
    PENDING_TIMEOUT_S,
    Environment,
)
from mcsip.nodes.mc_gateway import McGateway
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.routes import system_route
from mcsip.sip.timers import Timers
from mcsip.store.open import open_records
from mcsip.store.port import Store
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
        retention_s: how long a partner keeps the mapping of a user who left.
        confirmation_s: how long a primary waits for the notification of a new partner.
        client_timeout_s: how long a client waits for the partner; None: longer than that.
        open_store: opens the records of a server.
        hosts: how many endpoints the clients of a system share (``client_host``); 0: each client
            has one of its own.
        apart: names of the clients that have one of their own all the same.

    Attributes:
        nodes: the nodes that run here, by name.
        clients: the clients that run here, by name.
        sees_all: whether all messages that are under way are seen here: nobody else takes part,
            and no network in memory holds them back.

    Raises:
        UsageError: somebody else's node cannot be reached in the network in memory.
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
        retention_s: float = DEFAULT_LIMITS.retention_s,
        confirmation_s: float = DEFAULT_LIMITS.confirmation_s,
        client_timeout_s: float | None = None,
        open_store: Callable[[Path | str | None], Store] = open_records,
        hosts: int = 0,
        apart: Collection[str] = (),
    ) -> None:
        self.topology = topology
        in_memory = network.in_memory
        elsewhere = [*topology.foreign, *topology.borrowed]
        self.sees_all = not (in_memory or elsewhere)
        if in_memory and elsewhere:
            names = ", ".join(elsewhere)
            raise UsageError(f"{names} cannot be reached in the network in memory")
        seeded = SeededIds(random.Random(f"{seed} ids"))  # noqa: S311  # a run repeats from its seed
        ids = SystemIds() if topology.foreign else seeded
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
            retention_s=retention_s,
            confirmation_s=confirmation_s,
            client_timeout_s=client_timeout_s or pending_timeout_s * CLIENT_PATIENCE,
            open_store=open_store,
            media_ports=MemoryPorts() if in_memory else SocketPorts(),
        )
        self._assembly = Assembly(self.env, str(seed), data_dir)
        self.identities = self._assembly.identities
        self.nodes: Mapping[str, Node] = {
            name: self._assembly.node(name)
            for name, spec in topology.nodes.items()
            if not spec.mode.is_foreign
        }
        ours = {n: spec for n, spec in topology.clients.items() if not spec.mode.is_foreign}
        together = [spec for name, spec in ours.items() if hosts and name not in apart]
        found = make_hosts(together, self.env, hosts)
        self._hosts = list(dict.fromkeys(found.values()))
        self.clients: Mapping[str, Client] = {
            name: self._assembly.client(name, found.get(name)) for name in ours
        }

    async def start(self) -> None:
        """Start all nodes, then all clients.

        Raises:
            NetworkError: an address cannot be bound.
            UsageError: TLS with somebody else's node, and a node of ours has no certificates.
        """
        self._assembly.know_elsewhere(self.topology.foreign)
        specs: list[NodeSpec | ClientSpec] = [
            *(self.topology.nodes[name] for name in self.nodes),
            *(host.spec for host in self._hosts),
            *(client.spec for client in self.clients.values() if not client.is_guest),
        ]
        if wanting := self._assembly.take_certificates(specs):
            self._check_trusted(wanting)
            self._assembly.issue_certificates(wanting)
        gateways = [node for node in self.nodes.values() if isinstance(node, McGateway)]
        others = [node for node in self.nodes.values() if not isinstance(node, McGateway)]
        # Gateways last: a gateway hides the addresses of its system, so it must know all of them.
        for node in (*others, *self._hosts, *self.clients.values(), *gateways):
            await node.start()
        await self._assembly.lookups.start()

    def _check_trusted(self, wanting: Sequence[NodeSpec | ClientSpec]) -> None:
        """Refuse to meet others by TLS with certificates that only this process trusts."""
        hosts = {host.name for host in self._hosts}
        sip = [
            f"the clients of {spec.system}" if spec.name in hosts else spec.name
            for spec in wanting
            if spec.name not in self._idms
        ]
        if sip and self.topology.foreign:
            sip = list(dict.fromkeys(sip))
            others = ", ".join(self.topology.foreign)
            raise UsageError(
                f"no certificates for {', '.join(sip)}: {others} cannot trust what is made for the"
                " run; name 'tls: {certificate, key, ca}' in the topology"
            )

    @property
    def _idms(self) -> set[str]:
        return {name for name, spec in self.topology.nodes.items() if spec.role is Role.IDMS}

    async def stop(self) -> None:
        """Stop everything; the records of servers are closed."""
        await self._assembly.lookups.stop()
        for node in (*self.clients.values(), *self._hosts, *self.nodes.values()):
            if node.running:
                await node.stop()
        for server in self.nodes.values():
            if isinstance(server, McServer):
                server.close_store()
        self._assembly.close()

    async def stop_node(self, name: str) -> None:
        """Stop one node, as a crash would: what it has not committed is gone."""
        await self.nodes[name].stop()

    async def start_node(self, name: str) -> None:
        """Start a node again, at the address that it had."""
        await self.nodes[name].start()

    def unanswered(self) -> int:
        """Return how many requests of running nodes wait for their final response or ACK."""
        clients = (client for client in self.clients.values() if not client.is_guest)
        running = (n for n in (*self.nodes.values(), *self._hosts, *clients) if n.running)
        return sum(node.unanswered() for node in running)

    def stays_idle(self, for_s: float) -> bool:
        """Tell whether no message is sent in the next seconds: nothing is under way or comes due.

        Nobody can tell where not all is seen from here (``sees_all``). What is on its way to a
        socket is not seen either: it has been read after a turn of the loop.

        Args:
            for_s: how many seconds.
        """
        everybody = (*self.nodes.values(), *self._hosts, *self.clients.values())
        return self.sees_all and all(n.stays_idle(for_s) for n in everybody if n.running)

    def owed(self, node: str, user: str) -> list[str]:
        """Return the names of the messages about a user that a server still owes, in order.

        Args:
            node: name of an MC service server.
            user: MC service ID in the primary.

        Raises:
            UsageError: the node has no records.
        """
        return [debt.message for debt in self._server(node).store.debts() if debt.user == user]

    def id_of(self, client: str, system: str | None = None) -> str:
        """Return the MC service ID of a client's user: in the primary, or in another system.

        Args:
            client: the client's name; it may be somebody else's.
            system: name of the other system.
        """
        spec = self.topology.clients[client]
        if system in (None, spec.system):
            return spec.mc_id
        at = self.topology.systems[system]
        ours = self.clients.get(client)
        return self.identities.visitor_id(at, spec.mc_id) if ours is None else ours.id_in(at)

    def serving(self, system: str, mc_id: str) -> str:
        """Return the name of the MC service server of a system that serves an MC service ID."""
        route = system_route(self.topology.systems[system])
        return serving_server(mc_id, route.servers, route.assignments)

    def server_of(self, system: str, mc_id: str) -> McServer:
        """Return the MC service server of a system that serves an MC service ID.

        Raises:
            UsageError: it is not ours.
        """
        return self._server(self.serving(system, mc_id))

    def _server(self, node: str) -> McServer:
        server = self.nodes.get(node)
        if not isinstance(server, McServer):
            raise UsageError(f"{node} is no MC service server of ours: there are no records")
        return server

    def record(self, node: str, user: str) -> PrimaryRecord | PartnerRecord:
        """Return a server's record of a user: the primary's when the user is of its own system.

        Args:
            node: name of an MC service server.
            user: MC service ID in the primary.

        Raises:
            UsageError: the node has no records.
        """
        server = self._server(node)
        if user in server.system.users:
            return server.store.primary(user)
        return server.store.partner(user)
