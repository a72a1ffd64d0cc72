"""Which messages of a scenario can be seen, and which are judged, where nodes are not ours.

A message is in the trace as the nodes of ours saw it that sent or received it, at every hop between
MC entities and the SIP cores on the way. Between two nodes that are not ours it is not seen.
"""

from itertools import pairwise

from mcsip.topology import Topology
from mcsip.trace import Mode


def is_seen(topology: Topology, sender: str, receiver: str) -> bool:
    """Tell whether a message from one node or client to another is in the trace as a whole."""
    way = [sender, *_cores(topology, sender, receiver), receiver]
    ours = [topology.traces(name) for name in way]
    return all(one or other for one, other in pairwise(ours))


def is_judged(topology: Topology, sender: str, receiver: str) -> bool:
    """Tell whether a message is judged: neither of its ends is only observed."""
    return Mode.OBSERVED not in (topology.mode(sender), topology.mode(receiver))


def _cores(topology: Topology, sender: str, receiver: str) -> list[str]:
    """Return the SIP core between a client and a server, where there is one."""
    clients = [name for name in (sender, receiver) if name in topology.clients]
    nodes = [name for name in (sender, receiver) if name in topology.nodes]
    if len(clients) != 1 or not nodes:
        return []
    core = topology.system_of(nodes[0]).core
    return [core.name] if core is not None and core.name != nodes[0] else []
