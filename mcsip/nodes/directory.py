"""Where each node is reached, and by which identity: the static routes of a topology, and lookups.

A node has an inner host name ``node.domain`` and a public service identity (PSI)
``sip:mcptt-node@domain`` unless the topology says otherwise [ours]. Addresses are announced when a
node listens; whoever sends asks for the target of a node by its name.
"""

from collections.abc import Iterable, Mapping

from mcsip.errors import NetworkError
from mcsip.mc.roles import Role
from mcsip.net.lookup import Lookup
from mcsip.sip.stack import Target
from mcsip.topology import NodeSpec, Topology
from mcsip.topology.infos import certificate_names, host_name_in, node_info, psi_in
from mcsip.trace import NodeInfo, Peer


class Directory:
    """Names, identities and addresses of all nodes of a topology.

    Args:
        topology: the systems and their nodes.

    Attributes:
        lookups: the nodes that DNS is asked for, by name.
    """

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self._addresses: dict[str, Mapping[str, Peer]] = {}
        self._targets: dict[str, Target] = {}
        self._domains: dict[tuple[str, int], str] = {}
        self._expected: dict[str, list[tuple[str, int]]] = {}
        self.lookups: dict[str, Lookup] = {}
        self._psis = {name: psi_in(topology, node) for name, node in topology.nodes.items()}
        self._by_psi = {psi: name for name, psi in self._psis.items()}

    def announce(self, name: str, addresses: Mapping[str, Peer], preferred: str) -> None:
        """Tell where a node listens.

        Args:
            name: ``system.node``, or a client's name.
            addresses: host and port for each transport ("UDP", "TCP", "TLS").
            preferred: the transport that others use towards it.
        """
        self._addresses[name] = addresses
        address = addresses[preferred]
        self._targets[name] = Target(preferred, address.host, address.port)
        spec = self.topology.nodes.get(name) or self.topology.clients.get(name)
        if spec is not None and "TLS" in addresses:
            at = addresses["TLS"]
            domains, hosts = certificate_names(self.topology, spec)
            self._domains[at.host, at.port] = (*domains, *hosts)[0]

    def announce_configured(self, names: Iterable[str]) -> list[str]:
        """Tell where nodes of other processes listen, by their addresses in the topology.

        Args:
            names: ``system.node``, or names of clients.

        Returns:
            Those that have no address there.
        """
        missing = []
        for name in names:
            spec = self.topology.clients.get(name) or self.topology.nodes[name]
            if isinstance(spec, NodeSpec) and spec.lookup is not None:
                continue
            if not spec.port:
                missing.append(name)
                continue
            address = Peer(spec.host, spec.port)
            transports = ("TLS",) if spec.transport == "TLS" else ("TCP", "UDP")
            self.announce(name, dict.fromkeys(transports, address), spec.transport)
        return missing

    def target(self, name: str) -> Target:
        """Return where a node is reached.

        Raises:
            NetworkError: it has no address yet.
        """
        target = self._targets.get(name)
        return self.targets(name)[0] if target is None else target

    def targets(self, name: str) -> list[Target]:
        """Return where a node is reached, in the order to try; several where DNS says so.

        Raises:
            NetworkError: it has no address yet, or DNS knows none.
        """
        target = self._targets.get(name)
        if target is not None:
            return [target]
        lookup = self.lookups.get(name)
        if lookup is None:
            raise NetworkError(f"{name} has no address: it is not running and none is configured")
        return lookup.targets()

    def expect(self, name: str, targets: Iterable[Target]) -> None:
        """Tell at which addresses DNS has found a node: there its certificate must name it.

        An address that belongs to somebody else already stays his: who writes his own records must
        not be able to say what another system's certificate has to name.
        """
        for at in self._expected.pop(name, ()):
            del self._domains[at]
        domains, hosts = certificate_names(self.topology, self.topology.nodes[name])
        mine = self._expected[name] = []
        for target in targets:
            at = (target.host, target.port)
            if target.transport == "TLS" and at not in self._domains:
                self._domains[at] = (*domains, *hosts)[0]
                mine.append(at)

    def addresses(self, name: str) -> Mapping[str, Peer]:
        """Return every address at which a node listens, by transport; empty when none is known."""
        return self._addresses.get(name, {})

    @property
    def domains(self) -> Mapping[tuple[str, int], str]:
        """The name that the certificate at a TLS address must hold; grows as nodes listen."""
        return self._domains

    def psi(self, name: str) -> str:
        """Return the public service identity of a node."""
        return self._psis[name]

    def node_of_psi(self, uri: str) -> str | None:
        """Return the name of the node whose public service identity this is, or None."""
        return self._by_psi.get(uri)

    def info(self, name: str) -> NodeInfo:
        """Return what reports need to know of a node or a client."""
        return node_info(self.topology, name)

    def stand_ins(self, name: str) -> list[tuple[Target, str]]:
        """Return target and public service identity of the servers that share a server's registry.

        Args:
            name: ``system.node``.
        """
        node = self.topology.nodes[name]
        system = self.topology.systems[node.system]
        if system.store is None or node.role is not Role.MC_SERVER:
            return []
        others = [other.name for other in system.servers if other.name != name]
        return [
            (self._targets[other], self.psi(other)) for other in others if other in self._targets
        ]

    def host_name(self, name: str) -> str:
        """Return the inner host name of a node: ``server.partner.example``."""
        return host_name_in(self.topology, self.topology.nodes[name])
