"""Who is who while a trace streams by: the nodes behind transport addresses."""

from mcsip.trace import NodeInfo, Peer, Trace, TraceEntry

MAX_ADDRESSES = 100_000
"""Addresses that are remembered [ours]: of a host with all its ports, and about 20 MB."""


class Participants:
    """Tells the node that has an address; learns from every entry.

    Args:
        trace: knows the nodes and the addresses that were announced.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._names: dict[tuple[bool, Peer], str] = {}
        self._infos: dict[str, NodeInfo] = dict(trace.nodes)

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

    def _remember(self, key: tuple[bool, Peer], name: str) -> None:
        if len(self._names) >= MAX_ADDRESSES:
            self._names.clear()
        self._names[key] = name
