"""Whether what goes from one MC system to another goes by the MC gateway servers.

TS 23.280 10.6.3.3 steps 3 to 5 and NOTE 3, 10.6.3.3.2.1 steps 1 to 3 and NOTE 1 [seed]; for calls
and data TR 23.781 6.x.2 [seed].
"""

from functools import lru_cache

from mcsip.conformance.rule import Fault
from mcsip.conformance.views import MessageSeen
from mcsip.mc.roles import Role
from mcsip.trace import NodeInfo, Trace


@lru_cache(maxsize=8)
def _gateways(trace: Trace, _known: int) -> frozenset[str]:
    """Return the systems that have an MC gateway server, as long as no more nodes are known."""
    nodes = trace.nodes.values()
    return frozenset(node.system for node in nodes if node.role is Role.MC_GATEWAY)


def has_gateway(trace: Trace, system: str) -> bool:
    """Tell whether the trace knows an MC gateway server of a system."""
    return system in _gateways(trace, len(trace.nodes))


def crosses_systems(seen: MessageSeen) -> bool:
    """Tell whether a message goes from one system to another.

    A client belongs to no other system than the one that serves it, wherever it is at home.
    """
    return seen.crosses and Role.CLIENT not in (seen.sender.role, seen.receiver.role)


def migration_crosses(seen: MessageSeen) -> bool:
    """Tell whether a message of migration goes from one system to another."""
    return seen.info is not None and crosses_systems(seen)


def bypassed(seen: MessageSeen) -> list[Fault] | None:
    """Return a fault for each gateway that a message between systems passes by.

    None when there is none to pass.
    """
    trace = seen.setting.trace
    ends = [node for node in (seen.sender, seen.receiver) if has_gateway(trace, node.system)]
    if not ends:
        return None
    return [_fault(seen, node) for node in ends if node.role is not Role.MC_GATEWAY]


def _fault(seen: MessageSeen, node: NodeInfo) -> Fault:
    if node is seen.sender:
        return Fault(f"the MC gateway server of {node.system} sends it", f"{node.name} sends it")
    return Fault(
        f"it is sent to the MC gateway server of {node.system}", f"it is sent to {node.name}"
    )
