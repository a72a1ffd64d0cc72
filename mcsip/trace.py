"""The trace: every octet that was sent or received, and the inner steps of the nodes.

The trace is the single truth of a run: rules, ladders, captures and reports read it and nothing
else. Appending is cheap on purpose (a slots object into a list): nothing is parsed, copied or
formatted while messages flow. Reading, which happens once the run is over, does the work.

A saved trace is a file of JSON lines: the first line names the format, its version and the start of
the run; then one line per node, per announced address, per entry or note in order, and per packet
of media that a relay saw. Octets are
saved as text when they are UTF-8 and as base64 when not, so a trace comes back octet for octet,
except that secrets are replaced by placeholders of the same length before anything is written.
"""

import base64
import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import merge
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from mcsip.errors import Diagnostic, FileError
from mcsip.mc.roles import Role
from mcsip.redact import redact, redact_text
from mcsip.sip.sender import said_sender

FORMAT = "mcsip-trace"
VERSION = 1


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


class Trace:
    """What happened in one run, in order.

    Args:
        started_at: when the run began, in seconds since the epoch.
        began_at: the same moment on the clock from which ``now`` is read (monotonic seconds).
    """

    __slots__ = (
        "_announced",
        "_last",
        "_learnt",
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
        self._learnt: OrderedDict[tuple[bool, Peer], str] = OrderedDict()
        self._seen = 0
        self._last = 0

    def beside(self) -> "Trace":
        """Return an empty trace of the same run, which knows the same nodes and addresses."""
        other = Trace(self.started_at, began_at=self.began_at)
        other.nodes = self.nodes
        other._announced = self._announced
        return other

    def add_node(self, node: NodeInfo) -> None:
        """Make a node known; the order in which nodes are added is kept."""
        self.nodes[node.name] = node

    def announce(self, node: str, host: str, port: int) -> None:
        """Say that ``node`` listens at this address, on whatever transport."""
        self._announced[Peer(host, port)] = node

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

    def learn(self, entry: TraceEntry) -> None:
        """Remember which node has the local address of an entry that is not kept: it streams by.

        An address that changes hands, such as the port of a connection, is the last one's. Of
        more than ``MAX_LEARNT`` addresses the first are forgotten.
        """
        key = entry.transport == "UDP", entry.local
        if key not in self._learnt and len(self._learnt) >= MAX_LEARNT:
            self._learnt.popitem(last=False)
        self._learnt[key] = entry.node

    def _learn(self) -> None:
        """Catch up: remember the local address of each entry that came since the last time."""
        foreign = [node for node in self.nodes.values() if node.mode.is_foreign]
        for entry in self.entries[self._seen :]:
            datagram = entry.transport == "UDP"
            self._learnt.setdefault((datagram, entry.local), entry.node)
            if foreign and entry.direction is Direction.RECEIVED:
                far = (datagram, entry.remote)
                if far not in self._learnt and entry.remote not in self._announced:
                    name = self._foreign_sender(entry.data, foreign)
                    if name is not None:
                        self._learnt[far] = name
        self._seen = len(self.entries)

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

    def to_lines(self, *, redacted: bool = True) -> Iterator[str]:
        """Return the lines of the saved form, without line ends; secrets are replaced on demand."""
        yield head_line(self.started_at)
        for node in self.nodes.values():
            yield node_line(node)
        for (host, port), name in self._announced.items():
            yield address_line(name, host, port)
        for item in self.items():
            yield item_line(item, redacted=redacted)
        for packet in self.media:
            yield media_line(packet)

    def save(self, path: Path, *, redacted: bool = True) -> None:
        """Write the trace to ``path``, which is replaced as a whole or not at all.

        Raises:
            OSError: the file cannot be written.
        """
        draft = path.with_name(path.name + ".part")
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(line + "\n" for line in self.to_lines(redacted=redacted))
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Trace":
        """Read a saved trace.

        Raises:
            FileError: a line is not one of a trace, with its position.
            OSError: the file cannot be read.
        """
        with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            return cls.from_lines(file, str(path))

    @classmethod
    def from_lines(cls, lines: Iterable[str], name: str = "<trace>") -> "Trace":
        """Read a saved trace from its lines; ``name`` is that of the file, for errors."""
        reader = TraceReader(name)
        for line in lines:
            reader.keep(reader.read(line))
        return reader.trace


Item = TraceEntry | TraceNote | MediaPacket
"""What a line of a saved trace may hold beside nodes and addresses."""


class TraceReader:
    """Reads a saved trace line by line, and keeps of it only what it is told to keep.

    Args:
        name: that of the file, for errors.
        into: an empty trace to fill; a new one when None.
    """

    def __init__(self, name: str = "<trace>", into: Trace | None = None) -> None:
        self._name = name
        self._into = Trace() if into is None else into
        self._trace: Trace | None = None
        self.lines = 0

    @property
    def trace(self) -> Trace:
        """The trace so far: its nodes and addresses, and what was kept.

        Raises:
            FileError: not even the first line was read.
        """
        if self._trace is None:
            raise _fault(self._name, self.lines + 1, "", "the trace is empty")
        return self._trace

    def read(self, line: str) -> Item | None:
        """Take the next line; return what it holds, or None where it is about a node.

        Raises:
            FileError: it is not a line of a trace, with its position; the next one may be read.
        """
        self.lines += 1
        try:
            fields = json.loads(line)
            if self._trace is not None:
                return _read_line(self._trace, fields)
            self._into.started_at = _read_head(fields)
            self._trace = self._into
        except json.JSONDecodeError as error:
            what = f"not JSON: {error.msg}"
            raise _fault(self._name, self.lines, line, what, error.colno) from error
        except RecursionError as error:
            raise _fault(self._name, self.lines, line, "not JSON: nested too deep") from error
        except (KeyError, TypeError, ValueError) as error:
            reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else error
            what = f"not a line of a trace: {reason}"
            raise _fault(self._name, self.lines, line, what) from error
        return None

    def keep(self, item: Item | None) -> None:
        """Add to the trace what ``read`` has returned."""
        trace = self.trace
        match item:
            case TraceEntry():
                trace.entries.append(item)
                trace._last = max(trace._last, item.number)  # noqa: SLF001
            case TraceNote():
                trace.notes.append(item)
                trace._last = max(trace._last, item.number)  # noqa: SLF001
            case MediaPacket():
                trace.media.append(item)
            case None:
                pass


def head_line(started_at: float) -> str:
    """Return the first line of a saved trace."""
    return json.dumps({"format": FORMAT, "version": VERSION, "started_at": started_at})


def node_line(node: NodeInfo) -> str:
    """Return the line that makes a node known."""
    line: dict[str, object] = {"kind": "node", "name": node.name, "system": node.system}
    line |= {"role": node.role, "service": node.service, "domain": node.domain}
    if node.mode.is_foreign:
        line["mode"] = node.mode
    return json.dumps(line | {"hosts": list(node.hosts), "identities": list(node.identities)})


def address_line(node: str, host: str, port: int) -> str:
    """Return the line that says where a node listens."""
    return json.dumps({"kind": "address", "host": host, "port": port, "node": node})


def item_line(item: TraceEntry | TraceNote, *, redacted: bool = True) -> str:
    """Return the line of an entry or a note; secrets are replaced on demand."""
    line = (
        _entry_line(item, redacted=redacted)
        if isinstance(item, TraceEntry)
        else _note_line(item, redacted=redacted)
    )
    return json.dumps(line, ensure_ascii=False)


def _fault(file: str, line: int, source: str, message: str, column: int = 1) -> FileError:
    """Return the error that points at one line of a saved trace."""
    shown = source.rstrip("\n")[:100]
    hint = f"the first line of a trace is {{'format': '{FORMAT}', 'version': {VERSION}, …}}"
    hint = hint.replace("'", '"')
    return FileError([Diagnostic(file, line, column, message, shown, hint=hint)])


def _entry_line(entry: TraceEntry, *, redacted: bool) -> dict[str, object]:
    """Return the saved form of an entry."""
    line: dict[str, object] = {
        "kind": "message",
        "number": entry.number,
        "at": entry.at,
        "node": entry.node,
        "direction": entry.direction,
        "transport": entry.transport,
        "local": list(entry.local),
        "remote": list(entry.remote),
    }
    if entry.fault is not None:
        line["fault"] = entry.fault
    data = redact(entry.data) if redacted else entry.data
    try:
        line["text"] = data.decode("utf-8")
    except UnicodeDecodeError:
        line["base64"] = base64.b64encode(data).decode("ascii")
    return line


def _note_line(note: TraceNote, *, redacted: bool) -> dict[str, object]:
    """Return the saved form of a note."""
    return {
        "kind": "note",
        "number": note.number,
        "at": note.at,
        "node": note.node,
        "step": note.step,
        "clause": note.clause,
        "text": redact_text(note.text) if redacted else note.text,
    }


def media_line(packet: MediaPacket) -> str:
    """Return the line of a packet of media."""
    return json.dumps(
        {
            "kind": "media",
            "at": packet.at,
            "node": packet.node,
            "source": list(packet.source),
            "target": list(packet.target),
            "base64": base64.b64encode(packet.data).decode("ascii"),
        }
    )


def _read_head(fields: dict[str, object]) -> float:
    """Return the start of the run from the first line; raises ValueError when it is not one."""
    if fields["format"] != FORMAT:
        raise ValueError(f"the format is {fields['format']!r}, expected {FORMAT!r}")
    if fields["version"] != VERSION:
        raise ValueError(f"version {fields['version']!r} is not known, expected {VERSION}")
    return _number(fields, "started_at")


def _read_line(trace: Trace, fields: dict[str, object]) -> Item | None:
    """Return what one line holds, or make its node or address known to the trace.

    Raises:
        KeyError, TypeError, ValueError: it is malformed.
    """
    match fields["kind"]:
        case "message":
            return _read_entry(fields)
        case "note":
            return _read_note(fields)
        case "node":
            role = fields["role"]
            service = fields["service"]
            trace.add_node(
                NodeInfo(
                    _text(fields, "name"),
                    _text(fields, "system"),
                    None if role is None else Role(_text(fields, "role")),
                    None if service is None else _text(fields, "service"),
                    _text(fields, "domain") if "domain" in fields else "",
                    _texts(fields, "hosts"),
                    _texts(fields, "identities"),
                    Mode(_text(fields, "mode")) if "mode" in fields else Mode.SIMULATED,
                )
            )
        case "media":
            return MediaPacket(
                _number(fields, "at"),
                _text(fields, "node"),
                _peer(fields, "source"),
                _peer(fields, "target"),
                base64.b64decode(_text(fields, "base64"), validate=True),
            )
        case "address":
            trace.announce(_text(fields, "node"), _text(fields, "host"), _int(fields, "port"))
        case kind:
            raise ValueError(f"the kind {kind!r} is not known")
    return None


def _read_entry(fields: dict[str, object]) -> TraceEntry:
    """Return the entry of a line; raises KeyError, TypeError or ValueError."""
    data = (
        _text(fields, "text").encode("utf-8")
        if "text" in fields
        else base64.b64decode(_text(fields, "base64"), validate=True)
    )
    return TraceEntry(
        _int(fields, "number"),
        _number(fields, "at"),
        _text(fields, "node"),
        Direction(_text(fields, "direction")),
        _text(fields, "transport"),
        _peer(fields, "local"),
        _peer(fields, "remote"),
        data,
        _text(fields, "fault") if fields.get("fault") is not None else None,
    )


def _read_note(fields: dict[str, object]) -> TraceNote:
    """Return the note of a line; raises KeyError, TypeError or ValueError."""
    return TraceNote(
        _int(fields, "number"),
        _number(fields, "at"),
        _text(fields, "node"),
        _text(fields, "step"),
        _text(fields, "clause"),
        _text(fields, "text"),
    )


def _text(fields: dict[str, object], key: str) -> str:
    """Return a text field; raises KeyError or TypeError."""
    value = fields[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is {value!r}, expected text")
    return value


def _texts(fields: dict[str, object], key: str) -> tuple[str, ...]:
    """Return a list of texts, empty where there is none; raises TypeError."""
    value = fields.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise TypeError(f"{key} is {value!r}, expected a list of texts")
    return tuple(value)


def _int(fields: dict[str, object], key: str) -> int:
    """Return a whole number; raises KeyError or TypeError."""
    value = fields[key]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{key} is {value!r}, expected a whole number")
    return value


def _number(fields: dict[str, object], key: str) -> float:
    """Return a number; raises KeyError or TypeError."""
    value = fields[key]
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{key} is {value!r}, expected a number")
    return float(value)


def _peer(fields: dict[str, object], key: str) -> Peer:
    """Return a transport address; raises KeyError or TypeError."""
    match fields[key]:
        case [str(host), int(port)]:
            return Peer(host, port)
        case value:
            raise TypeError(f"{key} is {value!r}, expected [host, port]")
