"""The trace: every octet that was sent or received, and the inner steps of the nodes.

The trace is the single truth of a run: rules, ladders, captures and reports read it and nothing
else. Appending is cheap on purpose (a slots object into a list): nothing is parsed, copied or
formatted while messages flow. Reading, which happens once the run is over, does the work.

``tracefile`` saves it and reads it again.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import merge
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from mcsip.mc.roles import Role
from mcsip.sip.sender import said_sender


class Peer(NamedTuple):
    """A transport address: host as an IP address in text (or a name), port number."""

    host: str
    port: int


class Direction(StrEnum):
    """Which way a message went, seen from the node that traced it."""

    SENT = "sent"
    RECEIVED = "received"


class Mode(StrEnum):
    """How a node takes part in a run; the values are those of topology files.

    A simulated node is ours. A system under test (``sut``) is somebody else's, and what is expected
    of it is judged. An observed one is somebody else's too; what it does is recorded, not judged.
    """

    SIMULATED = "simulated"
    SUT = "sut"
    OBSERVED = "observed"

    @property
    def is_foreign(self) -> bool:
        """Whether the node is not ours: nobody here starts it, or reads its records."""
        return self is not Mode.SIMULATED


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """What reports need to know of a node.

    Attributes:
        name: "system.node", or a client's own name.
        system: the name of its MC system; for a client the one it belongs to, or "".
        role: its role, or None when it is not known (a node seen only in a capture).
        service: key of its MC service ("mcptt"), or None when it serves all or none.
        domain: the domain of its MC system, or "" when it is not known.
        hosts: the host names that it goes by within its system.
        identities: its public service identities, or the MC service IDs of a client's user.
        mode: whether it is ours; of one that is not, only the neighbours' copies are in the trace.
    """

    name: str
    system: str = ""
    role: Role | None = None
    service: str | None = None
    domain: str = ""
    hosts: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    mode: Mode = Mode.SIMULATED


@dataclass(slots=True)
class TraceEntry:
    """One message, or whatever arrived in the place of one, at one node.

    Attributes:
        number: position in the trace, from 1, counted together with the notes.
        at: seconds since the run began.
        node: the node that sent or received.
        direction: which of the two.
        transport: "UDP", "TCP" or "TLS".
        local: the node's own transport address.
        remote: the other side's.
        data: the octets, those of TLS in plain text.
        fault: what the network did to a sent message ("lost", "duplicated", "delayed"), or None.
    """

    number: int
    at: float
    node: str
    direction: Direction
    transport: str
    local: Peer
    remote: Peer
    data: bytes
    fault: str | None = None


@dataclass(slots=True)
class TraceNote:
    """An inner step of a node, such as a check or the commit of a record.

    Attributes:
        number: position in the trace, from 1, counted together with the entries.
        at: seconds since the run began.
        node: the node that took the step.
        step: number of the step in its clause ("6"), or "".
        clause: document and clause ("TS 23.280 10.6.3.3"), or "".
        text: what happened, for people.
    """

    number: int
    at: float
    node: str
    step: str
    clause: str
    text: str


MAX_MEDIA_PACKETS = 200_000
"""Packets of media that one trace keeps: half an hour of one call through a relay [ours]."""


MAX_LEARNT = 200_000
"""Addresses of entries that stream by which a trace remembers: about 40 MB [ours]."""


class MediaPacket(NamedTuple):
    """One packet of media on the wire: RTP or RTCP over UDP, as a relay saw it.

    Attributes:
        at: seconds since the run began.
        node: the node that relays it.
        source: where it comes from.
        target: where it goes to.
        data: the octets.
    """

    at: float
    node: str
    source: Peer
    target: Peer
    data: bytes


Item = TraceEntry | TraceNote | MediaPacket
"""What a trace is made of, beside its nodes and their addresses."""


class Trace:
    """What happened in one run, in order.

    Args:
        started_at: when the run began, in seconds since the epoch.
        began_at: the same moment on the clock from which ``now`` is read (monotonic seconds).
    """

    __slots__ = (
        "_announced",
        "_announced_at",
        "_last",
        "_learnt",
        "_learnt_at",
        "_owners",
        "_seen",
        "began_at",
        "entries",
        "media",
        "media_omitted",
        "nodes",
        "notes",
        "started_at",
    )

    def __init__(self, started_at: float = 0.0, *, began_at: float = 0.0) -> None:
        self.started_at = started_at
        self.began_at = began_at
        self.nodes: dict[str, NodeInfo] = {}
        self.entries: list[TraceEntry] = []
        self.notes: list[TraceNote] = []
        self.media: list[MediaPacket] = []
        self.media_omitted = 0
        self._announced: dict[Peer, str] = {}
        self._announced_at: dict[str, set[str]] = {}
        self._learnt: OrderedDict[tuple[bool, Peer], str] = OrderedDict()
        self._learnt_at: dict[str, set[str]] = {}
        self._owners = 0
        self._seen = 0
        self._last = 0

    def beside(self) -> "Trace":
        """Return an empty trace of the same run, which knows the same nodes and addresses."""
        other = Trace(self.started_at, began_at=self.began_at)
        other.nodes = self.nodes
        other._announced = self._announced
        other._announced_at = self._announced_at
        return other

    def add_node(self, node: NodeInfo) -> None:
        """Make a node known; the order in which nodes are added is kept."""
        self.nodes[node.name] = node

    def announce(self, node: str, host: str, port: int) -> None:
        """Say that ``node`` listens at this address, on whatever transport."""
        self._announced[Peer(host, port)] = node
        self._announced_at.setdefault(host, set()).add(node)
        self._owners += 1

    def append_entry(
        self,
        now: float,
        node: str,
        direction: Direction,
        transport: str,
        local: Peer,
        remote: Peer,
        data: bytes,
        fault: str | None = None,
    ) -> TraceEntry:
        """Append a message; ``now`` is on the clock of ``began_at``; the rest as in TraceEntry."""
        self._last = number = self._last + 1
        at = now - self.began_at
        entry = TraceEntry(number, at, node, direction, transport, local, remote, data, fault)
        self.entries.append(entry)
        return entry

    def append_note(self, now: float, node: str, step: str, clause: str, text: str) -> TraceNote:
        """Append an inner step; ``now`` is on the clock of ``began_at``. See TraceNote."""
        self._last = number = self._last + 1
        note = TraceNote(number, now - self.began_at, node, step, clause, text)
        self.notes.append(note)
        return note

    def append_media(self, now: float, node: str, source: Peer, target: Peer, data: bytes) -> None:
        """Append a packet of media; beyond ``MAX_MEDIA_PACKETS`` it is counted as omitted.

        Args:
            now: on the clock of ``began_at``.
            node: the node that relays it.
            source: where it comes from.
            target: where it goes to.
            data: the octets.
        """
        if len(self.media) >= MAX_MEDIA_PACKETS:
            self.media_omitted += 1
            return
        self.media.append(MediaPacket(now - self.began_at, node, source, target, data))

    def keep(self, item: Item) -> None:
        """Add what was read from a saved trace; its number and time stay."""
        match item:
            case TraceEntry():
                self.entries.append(item)
                self._last = max(self._last, item.number)
            case TraceNote():
                self.notes.append(item)
                self._last = max(self._last, item.number)
            case MediaPacket():
                self.media.append(item)

    @property
    def announced(self) -> Mapping[Peer, str]:
        """Which node was said to listen at an address."""
        return self._announced

    def items(self) -> Iterator[TraceEntry | TraceNote]:
        """Return the entries and notes together, in order of their number."""
        return merge(self.entries, self.notes, key=attrgetter("number"))

    @property
    def newest(self) -> int:
        """Number of the entry or note that came last; 0 where nothing has come."""
        ends = (self.entries[-1:], self.notes[-1:])
        return max((item.number for end in ends for item in end), default=0)

    @property
    def addresses(self) -> Mapping[tuple[str, int], str]:
        """Which node owns an address: announced ones, and those its own messages came from."""
        self._learn()
        learnt: dict[tuple[str, int], str] = {
            peer: node for (_, peer), node in self._learnt.items()
        }
        return learnt | self._announced

    def node_at(self, peer: tuple[str, int], transport: str = "UDP") -> str | None:
        """Return the node that owns ``peer`` on this transport, or None.

        A port number may belong to one node on UDP and to another's connection on TCP, so what a
        node itself sent from or received at on this kind of transport counts first.
        """
        self._learn()
        address = Peer(*peer)
        node = self._learnt.get((transport == "UDP", address))
        return node if node is not None else self._announced.get(address)

    def names_at(self, host: str) -> set[str]:
        """Return the names of the nodes that have, or had, an address of a host."""
        self._learn()
        learnt, announced = self._learnt_at.get(host), self._announced_at.get(host)
        return (learnt or set()) | (announced or set())

    @property
    def owners_told(self) -> int:
        """How often it was told who has an address of a host: what ``names_at`` rests on."""
        self._learn()
        return self._owners

    def learn(self, entry: TraceEntry) -> None:
        """Remember which node has the local address of an entry that is not kept: it streams by.

        An address that changes hands, such as the port of a connection, is the last one's. Of
        more than ``MAX_LEARNT`` addresses the first are forgotten.
        """
        key = entry.transport == "UDP", entry.local
        if self._learnt.get(key) == entry.node:
            return
        if key not in self._learnt and len(self._learnt) >= MAX_LEARNT:
            self._learnt.popitem(last=False)
        self._learnt[key] = entry.node
        self._note_host(entry.local.host, entry.node)

    def _learn(self) -> None:
        """Catch up: remember the local address of each entry that came since the last time."""
        if self._seen == len(self.entries):
            return
        foreign = [node for node in self.nodes.values() if node.mode.is_foreign]
        for entry in self.entries[self._seen :]:
            datagram = entry.transport == "UDP"
            key = (datagram, entry.local)
            if key not in self._learnt:
                self._learnt[key] = entry.node
                self._note_host(entry.local.host, entry.node)
            if foreign and entry.direction is Direction.RECEIVED:
                far = (datagram, entry.remote)
                if far not in self._learnt and entry.remote not in self._announced:
                    name = self._foreign_sender(entry.data, foreign)
                    if name is not None:
                        self._learnt[far] = name
                        self._note_host(entry.remote.host, name)
        self._seen = len(self.entries)

    def _note_host(self, host: str, node: str) -> None:
        """Remember that a node has an address of a host."""
        names = self._learnt_at.get(host)
        if names is None:
            if len(self._learnt_at) >= MAX_LEARNT:
                del self._learnt_at[next(iter(self._learnt_at))]
            names = self._learnt_at[host] = set()
        if node not in names:
            names.add(node)
            self._owners += 1

    def _foreign_sender(self, data: bytes, foreign: Sequence[NodeInfo]) -> str | None:
        """Return which of the nodes that are not ours sent a request from an unknown address.

        Their connections come from ports that nobody announced: what the request says counts.
        """
        said = said_sender(data)
        if said is None:
            return None
        names = {node.name for node in foreign}
        listening = self._announced.get(Peer(said.host, said.port))
        if listening is not None:
            return listening if listening in names else None
        by_host = (node.name for node in foreign if said.host in node.hosts)
        by_identity = (
            node.name for uri in said.identities for node in foreign if uri in node.identities
        )
        return next(chain(by_host, by_identity), None)
