"""Who is who while a trace streams by: the nodes behind transport addresses, and the ways between.

What is between two addresses goes the same way each time, so a way is made once.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import count

from mcsip.conformance.forms import Names
from mcsip.conformance.known import Known
from mcsip.trace import Direction, NodeInfo, Peer, Trace, TraceEntry

MAX_ADDRESSES = 100_000
"""Addresses that are remembered [ours]: of a host with all its ports, and about 20 MB."""
MAX_WAYS = 10_000
"""Ways that are remembered [ours]: about 5 MB."""

_WayKey = tuple[str, str, bool, str, Peer, Peer]


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """From whom to whom entries go, and how.

    Attributes:
        likeness: the same for entries that are judged alike, but for their names.
        names: what tells the way of a client from that of another.
        node: name of who saw them.
        direction: whether that one sent or received.
        transport: "UDP", "TCP" or "TLS".
        local: the address of who saw them.
        remote: the other side's.
        sender: what is known of who sends.
        receiver: what is known of whom it is sent to.
        crosses: whether it goes from one MC system to another.
    """

    likeness: int
    names: Names
    node: str
    direction: Direction
    transport: str
    local: Peer
    remote: Peer
    sender: NodeInfo
    receiver: NodeInfo
    crosses: bool


class Participants:
    """Tells the node that has an address; learns from every entry.

    Args:
        trace: knows the nodes and the addresses that were announced.
        known: what is known of clients.
    """

    def __init__(self, trace: Trace, known: Known | None = None) -> None:
        self._trace = trace
        self._known = known or Known(trace)
        self._told = self._known.version, self._known.sharing
        self._names: dict[tuple[bool, Peer], str] = {}
        self._infos: dict[str, NodeInfo] = dict(trace.nodes)
        self._ways: dict[_WayKey, Way] = {}
        self._likenesses: dict[Hashable, int] = {}
        self._numbers = count()

    def learn(self, entry: TraceEntry) -> None:
        """Remember that the node of an entry has the address that it used."""
        key = (entry.transport == "UDP", entry.local)
        if self._names.get(key) != entry.node:
            self._remember(key, entry.node)

    def name_at(self, peer: Peer, transport: str) -> str:
        """Return the name of who has an address: a node's, or "host:port" of a stranger."""
        key = (transport == "UDP", peer)
        name = self._names.get(key)
        if name is None:
            name = self._trace.node_at(peer, transport) or f"{peer[0]}:{peer[1]}"
            self._remember(key, name)
        return name

    def info(self, name: str) -> NodeInfo:
        """Return what is known of a node; of a stranger nothing but its name."""
        info = self._infos.get(name)
        if info is None:
            info = self._trace.nodes.get(name)
            if info is None:
                info = NodeInfo(name)
            if len(self._infos) >= MAX_ADDRESSES:
                self._infos = dict(self._trace.nodes)
            self._infos[name] = info
        return info

    def way(self, entry: TraceEntry) -> Way:
        """Return the way that an entry went."""
        node, transport, remote = entry.node, entry.transport, entry.remote
        sent = entry.direction is Direction.SENT
        # An address may change hands, so who has it is a part of what tells the way.
        far = self.name_at(remote, transport)
        key = (node, far, sent, transport, entry.local, remote)
        told = self._known.version, self._known.sharing
        if told != self._told:
            self._ways.clear()
            self._told = told
        way = self._ways.get(key)
        if way is None:
            if len(self._ways) >= MAX_WAYS:
                self._ways.clear()
            way = self._ways[key] = self._way(entry, far)
        return way

    def _way(self, entry: TraceEntry, far: str) -> Way:
        """Return the way of an entry; ``far`` is the name of the other side."""
        here, there = self.info(entry.node), self.info(far)
        near_end = self._known.end(here, entry.local)
        far_end = self._known.end(there, entry.remote)
        key = (entry.direction, entry.transport, near_end.likeness, far_end.likeness)
        likeness = self._likenesses.get(key)
        if likeness is None:
            if len(self._likenesses) >= MAX_WAYS:
                self._likenesses.clear()
            likeness = self._likenesses[key] = next(self._numbers)
        sender, receiver = (here, there) if entry.direction is Direction.SENT else (there, here)
        return Way(
            likeness,
            near_end.names + far_end.names,
            entry.node,
            entry.direction,
            entry.transport,
            entry.local,
            entry.remote,
            sender,
            receiver,
            bool(sender.system and receiver.system) and sender.system != receiver.system,
        )

    def _remember(self, key: tuple[bool, Peer], name: str) -> None:
        if len(self._names) >= MAX_ADDRESSES:
            self._names.clear()
        self._names[key] = name
