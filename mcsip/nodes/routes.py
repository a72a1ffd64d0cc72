"""The view of one MC system on the others, made from the topology."""

from mcsip.migration.routing import Router, SystemRoute
from mcsip.topology import System, Topology


def system_route(system: System) -> SystemRoute:
    """Return what routing knows of a system: node names, gateway, and who serves whom."""
    assignments = {
        user.mc_id: user.server for user in system.users.values() if user.server is not None
    }
    return SystemRoute(
        system.domain,
        tuple(node.name for node in system.servers),
        system.gateway.name if system.gateway else None,
        assignments,
    )


def router_of(topology: Topology, domain: str) -> Router:
    """Return the router of the system that has a domain."""
    systems = [system_route(system) for system in topology.systems.values()]
    return Router(domain, systems, topology.agreements)
