"""Who is who in a capture: nodes for endpoints, while messages stream by."""

from mcsip.capture.evidence import Evidence
from mcsip.capture.given import match
from mcsip.capture.identify import Conclusion, address_name, conclude, conclude_one, name_nodes
from mcsip.capture.limits import MAX_NODES
from mcsip.mc.roles import Role
from mcsip.topology import ClientSpec, NodeSpec, Topology
from mcsip.topology.infos import node_info
from mcsip.trace import NodeInfo, Peer, Trace


class Who:
    """Knows the node of each address, and makes nodes known to a trace.

    Args:
        trace: where nodes and addresses are made known.
        topology: says who is who; what it does not know, and everything when None, is inferred.
    """

    def __init__(self, trace: Trace, topology: Topology | None) -> None:
        self._trace = trace
        self._topology = topology
        self.evidence = Evidence()
        self.reasons: dict[str, str] = {}
        self._names: dict[Peer, str] = {}
        self._systems: dict[str, str] = {}
        if topology is not None:
            specs: list[ClientSpec | NodeSpec] = [
                *topology.clients.values(),
                *topology.nodes.values(),
            ]
            for spec in specs:
                if spec.port:
                    self._place(spec.host, spec.port, spec.name)

    def conclude(self) -> None:
        """Conclude from the evidence so far who is who."""
        joined = self.evidence.join()
        conclusions = conclude(self.evidence.facts)
        given = {} if self._topology is None else match(self._topology, conclusions)
        inferred = name_nodes(each for each in conclusions if each.peer not in given)
        if self._topology is not None:
            for name in self._topology.parties:
                self._trace.add_node(node_info(self._topology, name))
                self.reasons[name] = "the topology; not in the capture"
        for each in conclusions:
            if each.peer in given:
                name, reason = given[each.peer]
                self.reasons[name] = reason
            else:
                name = self._add(inferred[each.peer], each)
            self._place(each.peer.host, each.peer.port, name)
        for peer, endpoint in joined.items():
            self._place(peer.host, peer.port, self._names[endpoint])
        for node in self._trace.nodes.values():
            if node.domain:
                self._systems.setdefault(node.domain, node.system)

    def name_of(self, peer: Peer, *, udp: bool) -> str | None:
        """Return the name of the node that has an address, or None when it is a new one."""
        return self._names.get(self.evidence.endpoint_of(peer, udp=udp))

    def meet(self, source: Peer, target: Peer, transport: str, data: bytes) -> str:
        """Take a message from an address that may be new; return the name of its node."""
        endpoint = self.evidence.place(source, transport, data)
        name = self._names.get(endpoint)
        if name is not None:
            return name
        self.evidence.take(source, target, transport, data)
        facts = self.evidence.facts.get(endpoint)
        if facts is None or len(self._names) >= MAX_NODES:
            return address_name(endpoint)
        seen = conclude_one(facts, frozenset(), ())
        given = {} if self._topology is None else match(self._topology, [seen])
        if endpoint in given:
            name, self.reasons[given[endpoint][0]] = given[endpoint]
        else:
            name = self._add(self._late(seen), seen)
        self._place(endpoint.host, endpoint.port, name)
        return name

    def _late(self, seen: Conclusion) -> NodeInfo:
        """Return the node of an endpoint that was met after the look ahead."""
        info = name_nodes([seen])[seen.peer]
        system = self._systems.setdefault(info.domain, info.system) if info.domain else ""
        # What one message says of a role is not much; only clients show theirs with the first.
        role = seen.role if seen.role is Role.CLIENT else None
        name = info.name if role is Role.CLIENT else address_name(seen.peer)
        if name in self._trace.nodes:
            name = address_name(seen.peer)
        return NodeInfo(name, system, role, info.service, info.domain, info.hosts, info.identities)

    def _add(self, info: NodeInfo, seen: Conclusion) -> str:
        if info.name not in self.reasons:
            self._trace.add_node(info)
            self.reasons[info.name] = seen.reason
        return info.name

    def _place(self, host: str, port: int, name: str) -> None:
        self._names[Peer(host, port)] = name
        self._trace.announce(name, host, port)
