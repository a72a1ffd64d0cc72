"""Topologies with fewer MC gateway servers, and who stands in for those that are gone.

A system without a gateway lets its MC service servers speak to the other systems directly (TS
23.280 10.6.3.3 NOTE 3, TR 23.781 6.x.1 NOTE [seed]). The *primary* systems of a topology are those
of its clients' users; all others are partners [ours].
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from mcsip.mc.roles import Role
from mcsip.topology.model import System, Topology


class Gateways(StrEnum):
    """Which systems keep the gateways that a topology gives them."""

    BOTH = "both"
    PRIMARY = "primary"
    PARTNER = "partner"
    NONE = "none"

    def keeps(self, *, primary: bool) -> bool:
        """Tell whether a primary system, or a partner, keeps its gateway."""
        match self:
            case Gateways.BOTH:
                return True
            case Gateways.PRIMARY:
                return primary
            case Gateways.PARTNER:
                return not primary
            case Gateways.NONE:
                return False


@dataclass(frozen=True, slots=True)
class StandIns:
    """Who takes the place of the gateways that a topology has lost.

    Attributes:
        servers: by the name of a gateway that is gone, the MC service servers of its system.
        others: by the name of a gateway that is gone, the nodes of other systems that now reach its
            servers, or are reached by them, directly.
    """

    servers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    others: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, node: str) -> frozenset[str]:
        """Return the nodes that stand for a node: itself, unless it is a gateway that is gone."""
        return self.servers.get(node) or frozenset({node})

    def is_inner(self, one: str, other: str) -> bool:
        """Tell whether a hop between two nodes has become a matter within one server."""
        gone = one if one in self.servers else other
        return gone in self.servers and bool(self.of(one) & self.of(other))


def with_gateways(topology: Topology, wanted: Gateways) -> tuple[Topology, StandIns]:
    """Return a topology without the gateways that are not wanted, and who stands in for them.

    Args:
        topology: the topology, with all its gateways.
        wanted: which systems keep theirs.
    """
    homes = {client.system for client in topology.clients.values()}
    systems = {
        name: system if wanted.keeps(primary=name in homes) else _without_gateway(system)
        for name, system in topology.systems.items()
    }
    gone = {
        gateway.name: system
        for name, system in topology.systems.items()
        if (gateway := system.gateway) is not None and systems[name].gateway is None
    }
    reduced = replace(topology, systems=systems)
    return reduced, StandIns(
        {gateway: _names(system, Role.MC_SERVER) for gateway, system in gone.items()},
        {gateway: _beyond(reduced, system) for gateway, system in gone.items()},
    )


def _without_gateway(system: System) -> System:
    nodes = {name: n for name, n in system.nodes.items() if n.role is not Role.MC_GATEWAY}
    return replace(system, nodes=nodes)


def _names(system: System, *roles: Role) -> frozenset[str]:
    return frozenset(node.name for role in roles for node in system.with_role(role))


def _beyond(topology: Topology, system: System) -> frozenset[str]:
    """Return the MC nodes of the other systems."""
    roles = (Role.MC_SERVER, Role.MC_GATEWAY)
    others = (each for each in topology.systems.values() if each.name != system.name)
    return frozenset().union(*(_names(each, *roles) for each in others))
