"""Saved traces: files of JSON lines.

The first line names the format, its version and the start of the run; then one line per node, per
announced address, per entry or note in order, and per packet of media that a relay saw. Octets are
saved as text when they are UTF-8 and as base64 when not, so a trace comes back octet for octet,
except that secrets are replaced by placeholders of the same length before anything is written.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from mcsip.errors import Diagnostic, FileError
from mcsip.mc.roles import Role
from mcsip.redact import redact, redact_text
from mcsip.trace import (
    Direction,
    Item,
    MediaPacket,
    Mode,
    NodeInfo,
    Peer,
    Trace,
    TraceEntry,
    TraceNote,
)

FORMAT = "mcsip-trace"
VERSION = 1


def trace_lines(trace: Trace, *, redacted: bool = True) -> Iterator[str]:
    """Return the lines of the saved form, without line ends; secrets are replaced on demand."""
    yield head_line(trace.started_at)
    for node in trace.nodes.values():
        yield node_line(node)
    for (host, port), name in trace.announced.items():
        yield address_line(name, host, port)
    for item in trace.items():
        yield item_line(item, redacted=redacted)
    for packet in trace.media:
        yield media_line(packet)


def save_trace(trace: Trace, path: Path, *, redacted: bool = True) -> None:
    """Write a trace to ``path``, which is replaced as a whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    draft = path.with_name(path.name + ".part")
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(line + "\n" for line in trace_lines(trace, redacted=redacted))
    draft.replace(path)


def load_trace(path: Path) -> Trace:
    """Read a saved trace.

    Raises:
        FileError: a line is not one of a trace, with its position.
        OSError: the file cannot be read.
    """
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        return read_trace(file, str(path))


def read_trace(lines: Iterable[str], name: str = "<trace>") -> Trace:
    """Read a saved trace from its lines; ``name`` is that of the file, for errors."""
    reader = TraceReader(name)
    for line in lines:
        reader.keep(reader.read(line))
    return reader.trace


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
        if item is not None:
            self.trace.keep(item)


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
