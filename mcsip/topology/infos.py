"""What a trace says of the nodes and clients of a topology."""

from mcsip.mc.identity import psi_of
from mcsip.mc.roles import Role
from mcsip.topology.model import NodeSpec, Topology
from mcsip.trace import NodeInfo


def psi_in(topology: Topology, node: NodeSpec) -> str:
    """Return the public service identity of a node: its own, or the one made from its name."""
    domain = topology.systems[node.system].domain
    return node.psi or psi_of(node.short_name, topology.service, domain)


def host_name_in(topology: Topology, node: NodeSpec) -> str:
    """Return the inner host name of a node: ``server.partner.example`` [ours]."""
    return f"{node.short_name}.{topology.systems[node.system].domain}"


def node_info(topology: Topology, name: str) -> NodeInfo:
    """Return what reports need to know of a node or a client; raises KeyError for any other."""
    service = topology.service.key
    if (client := topology.clients.get(name)) is not None:
        domain = topology.systems[client.system].domain
        identities = (client.mc_id,)
        return NodeInfo(
            name, client.system, Role.CLIENT, service, domain, (), identities, client.mode
        )
    node = topology.nodes[name]
    return NodeInfo(
        name,
        node.system,
        node.role,
        service,
        topology.systems[node.system].domain,
        (host_name_in(topology, node),),
        (psi_in(topology, node),),
        node.mode,
    )
