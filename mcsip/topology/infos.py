"""What others know of the nodes and clients of a topology: traces and certificates name them."""

from mcsip.mc.certificates import HOST
from mcsip.mc.identity import psi_of
from mcsip.mc.roles import Role
from mcsip.topology.model import ClientSpec, NodeSpec, Topology
from mcsip.trace import NodeInfo


def psi_in(topology: Topology, node: NodeSpec) -> str:
    """Return the public service identity of a node: its own, or the one made from its name."""
    domain = topology.systems[node.system].domain
    return node.psi or psi_of(node.short_name, topology.service, domain)


def host_name_in(topology: Topology, node: NodeSpec) -> str:
    """Return the inner host name of a node: ``server.partner.example`` [ours]."""
    return f"{node.short_name}.{topology.systems[node.system].domain}"


def certificate_names(
    topology: Topology, spec: NodeSpec | ClientSpec
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the certificate of a node or client names: SIP domains, and host names.

    A node speaks for the domain of its system (RFC 5922 7.1 [gen]). A client does not: its
    certificate names its own host alone, so that nobody takes it for a system [ours].
    """
    domain = topology.systems[spec.system].domain
    if isinstance(spec, ClientSpec):
        return (), (f"{spec.name}.{domain}",)
    host = host_name_in(topology, spec)
    if spec.role is Role.IDMS:
        return (domain,), tuple(dict.fromkeys((f"{HOST}.{domain}", host)))
    return (domain,), (host,)


def node_info(topology: Topology, name: str) -> NodeInfo:
    """Return what reports need to know of a node or a client; raises KeyError for any other."""
    service = topology.service.key
    if (client := topology.clients.get(name)) is not None:
        domain = topology.systems[client.system].domain
        identities = (client.mc_id,)
        return NodeInfo(
            name, client.system, Role.CLIENT, service, domain, (), identities, client.seen_as
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
