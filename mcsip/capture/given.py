"""Nodes that a topology gives, found again among the endpoints of a capture."""

from collections.abc import Iterable

from mcsip.capture.identify import Conclusion
from mcsip.mc.roles import Role
from mcsip.topology import ClientSpec, NodeSpec, Topology
from mcsip.topology.infos import host_name_in, psi_in
from mcsip.trace import Peer


def match(topology: Topology, conclusions: Iterable[Conclusion]) -> dict[Peer, tuple[str, str]]:
    """Return the node or client of the topology that each endpoint is, and why.

    What is tried, in this order: the address; the host name; a public service identity or MC
    service ID; the only node of its role and system. Endpoints that are none of them are left out.
    """
    found: dict[Peer, tuple[str, str]] = {}
    matcher = _Matcher(topology)
    left: list[Conclusion] = []
    for each in conclusions:
        named = matcher.by_address(each) or matcher.by_host(each) or matcher.by_identity(each)
        if named is None:
            left.append(each)
        else:
            found[each.peer] = named
    for each in left:
        named = matcher.by_role(each)
        if named is not None:
            found[each.peer] = named
    return found


class _Matcher:
    """Finds the nodes of a topology by what a capture shows of them."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        specs: list[NodeSpec | ClientSpec] = [
            *topology.clients.values(),
            *topology.nodes.values(),
        ]
        self._addresses = {Peer(spec.host, spec.port): spec.name for spec in specs if spec.port}
        self._hosts = {
            host_name_in(topology, node).lower(): node.name for node in topology.nodes.values()
        }
        self._hosts |= {spec.host.lower(): spec.name for spec in specs if _is_name(spec.host)}
        self._identities = {psi_in(topology, node): node.name for node in topology.nodes.values()}
        clients = {client.mc_id: client.name for client in topology.clients.values()}
        self._identities |= clients
        for system in topology.systems.values():
            for user in system.provisioned:  # TR 23.700-90 7.X.2: the partner's name for a user
                if user.mc_id in clients:
                    self._identities[user.partner_id] = clients[user.mc_id]

    def by_address(self, seen: Conclusion) -> tuple[str, str] | None:
        """Find it by its address."""
        name = self._addresses.get(seen.peer)
        return None if name is None else (name, "its address in the topology")

    def by_host(self, seen: Conclusion) -> tuple[str, str] | None:
        """Find it by its host name in Via."""
        for host in seen.hosts:
            if host in self._hosts:
                return self._hosts[host], f"its host name {host} in the topology"
        return None

    def by_identity(self, seen: Conclusion) -> tuple[str, str] | None:
        """Find it by an identity that is its own."""
        for identity in seen.identities:
            name = self._identities.get(identity)
            if name is not None and self._fits(name, seen):
                return name, f"its identity {identity} in the topology"
        return None

    def _fits(self, name: str, seen: Conclusion) -> bool:
        """Return whether the role that was inferred does not contradict."""
        is_client = name in self._topology.clients
        return seen.role is None or (seen.role is Role.CLIENT) == is_client

    def by_role(self, seen: Conclusion) -> tuple[str, str] | None:
        """Find it as the only node of its role and system."""
        system = self._topology.with_domain(seen.domain)
        if system is None or seen.role is None or seen.role is Role.CLIENT:
            return None
        nodes = system.with_role(seen.role)
        if len(nodes) != 1:
            return None
        return nodes[0].name, f"the only {seen.role} of {system.name}; {seen.reason}"


def _is_name(host: str) -> bool:
    """Return whether a host is a name, not an address."""
    return ":" not in host and not host.replace(".", "").isdigit()
