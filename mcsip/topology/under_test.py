"""Systems under test that the command line names: ``NODE=udp:HOST:PORT``.

What the topology says of the node stays: its role, its identity, its certificates. What changes is
that it is not started, and where it is.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from mcsip.document import hint_for
from mcsip.mc.roles import Role
from mcsip.topology.address import Address, parse_target
from mcsip.topology.model import ClientSpec, NodeSpec, Topology
from mcsip.trace import Mode

S = TypeVar("S", NodeSpec, ClientSpec)


@dataclass(frozen=True, slots=True)
class UnderTest:
    """A node or client that is somebody else's.

    Attributes:
        name: ``system.node``, or a client's name.
        address: where it is; None: where the topology says.
    """

    name: str
    address: Address | None = None

    def __str__(self) -> str:
        return self.name


def parse_under_test(text: str) -> UnderTest:
    """Read ``NODE=TARGET``, or ``NODE`` alone.

    Raises:
        ValueError: it is neither; the message says what is wrong.
    """
    name, equals, target = text.partition("=")
    if not name:
        raise ValueError(f"{text!r} names no node: write NODE=udp:HOST:PORT")
    return UnderTest(name, parse_target(target) if equals else None)


def with_under_test(topology: Topology, wanted: Sequence[UnderTest]) -> tuple[Topology, str]:
    """Return a topology in which nodes are systems under test, and why that cannot be, or "".

    Args:
        topology: the topology.
        wanted: who is somebody else's; a later one wins over an earlier one of the same name.
    """
    why = ""
    systems, clients = dict(topology.systems), dict(topology.clients)
    for each in wanted:
        if (client := clients.get(each.name)) is not None:
            why = why or _why_not(each, client)
            clients[each.name] = _placed(client, each.address)
        elif (node := topology.nodes.get(each.name)) is not None:
            why = why or _why_not(each, node)
            system = systems[node.system]
            nodes = {**system.nodes, node.name: _placed(node, each.address)}
            systems[node.system] = replace(system, nodes=nodes)
        else:
            hint = hint_for(each.name, topology.parties, "nodes and clients")
            why = why or f"there is no node or client {each.name!r} in {topology.file}; {hint}"
    return replace(topology, systems=systems, clients=clients), why


def as_ours(topology: Topology, names: Collection[str]) -> Topology:
    """Return a topology in which these nodes are ours, whatever the file says of their mode."""
    systems = {
        name: replace(
            system,
            nodes={
                key: replace(node, mode=Mode.SIMULATED) if key in names else node
                for key, node in system.nodes.items()
            },
        )
        for name, system in topology.systems.items()
    }
    return replace(topology, systems=systems)


def _why_not(wanted: UnderTest, spec: NodeSpec | ClientSpec) -> str:
    if isinstance(spec, NodeSpec) and spec.role is Role.IDMS:
        return f"{spec.name} cannot be under test: tokens of others are not looked into"
    if wanted.address is None and not spec.port:
        return f"{spec.name} has no address in the topology: write {spec.name}=udp:HOST:PORT"
    return ""


def _placed(spec: S, address: Address | None) -> S:
    """Return a node or client as one that is not started."""
    if address is None:
        return replace(spec, mode=Mode.SUT)
    transport = address.transport or spec.transport
    return replace(spec, mode=Mode.SUT, host=address.host, port=address.port, transport=transport)
