"""What an MC gateway server hides and shows, made from the topology (3gpp.md's list is [gen])."""

from mcsip.mc.roles import Role
from mcsip.nodes.directory import Directory
from mcsip.sip.proxy.codec import SivCodec
from mcsip.sip.proxy.hiding import TopologyHiding
from mcsip.sip.proxy.names import InnerNames, PublicFace


def inner_names(directory: Directory, gateway: str) -> InnerNames:
    """Return the names and addresses of a gateway's system that nobody outside may see.

    Every node of the system but the gateway: host name, public service identity, and addresses. An
    IP address that the gateway or another system uses too (as on one machine) says nothing by
    itself; then only the ports are told apart.
    """
    topology = directory.topology
    own = topology.system_of(gateway)
    inner = [node for node in own.nodes.values() if node.role is not Role.MC_GATEWAY]
    addresses = {
        (address.host, address.port)
        for node in inner
        for address in directory.addresses(node.name).values()
    }
    return InnerNames(
        hosts=frozenset(directory.host_name(node.name) for node in inner),
        addresses=frozenset(addresses),
        uris=frozenset(directory.psi(node.name) for node in inner),
    )


def topology_hiding(directory: Directory, gateway: str, secret: bytes) -> TopologyHiding:
    """Return the hiding of a gateway.

    Args:
        directory: names and addresses.
        gateway: the gateway's name.
        secret: key of its tokens, 32 octets.
    """
    system = directory.topology.system_of(gateway)
    address = directory.target(gateway)
    face = PublicFace(
        identity=directory.psi(gateway),
        host=address.host,
        port=address.port,
        uri_params="" if address.transport == "UDP" else f";transport={address.transport.lower()}",
        agent=system.domain,
    )
    return TopologyHiding(inner_names(directory, gateway), face, SivCodec(secret))
