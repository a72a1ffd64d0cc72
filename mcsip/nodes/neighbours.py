"""Who is next to whom, as the topology and its agreements have it."""

from collections.abc import Sequence

from mcsip.topology import NodeSpec, System, Topology


def neighbours(topology: Topology, spec: NodeSpec) -> list[str]:
    """Return the names of the nodes that a node sends requests to of its own accord.

    The other nodes of its system; and where it stands at the border, the border of each system
    with which there is an agreement with interconnection.
    """
    own = topology.systems[spec.system]
    names = [name for name in own.nodes if name != spec.name]
    if spec.name not in {node.name for node in border(own)}:
        return names
    for other in topology.systems.values():
        agreement = topology.agreements.between(own.domain, other.domain)
        if other is not own and agreement is not None and agreement.interconnection:
            names += [node.name for node in border(other)]
    return names


def border(system: System) -> Sequence[NodeSpec]:
    """Return the nodes of a system that speak with other systems (10.6.3.3 NOTE 3)."""
    return (system.gateway,) if system.gateway is not None else system.servers
