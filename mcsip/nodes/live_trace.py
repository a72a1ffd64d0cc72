"""A trace that is written to its file while it happens, and keeps nothing in memory.

A server runs for days: it must not hold what it has sent, and whoever looks at the file wants the
last message, not the last run. Each line is in the file before the next message is handled. A file
that is there already, from the time before the server was stopped or killed, is continued: its
numbers and its clock go on, and a line that was cut off in the middle is dropped.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple, Protocol

from mcsip.trace import Direction, MediaPacket, NodeInfo, Peer, Trace, TraceEntry, TraceNote
from mcsip.tracefile import address_line, head_line, item_line, media_line, node_line, read_trace

log = logging.getLogger(__name__)


class Listener(Protocol):
    """Something else that messages are written into as they come, such as a capture."""

    def add_entry(self, entry: TraceEntry) -> None:
        """Take a message."""
        ...

    def add_media(self, packet: MediaPacket) -> None:
        """Take a packet of media."""
        ...


class _Begun(NamedTuple):
    """What is known of a file that is continued: start of the run, last number, whole octets."""

    started_at: float
    last: int
    octets: int


class LiveTrace(Trace):
    """A trace on its way into a file; close it at the end. Secrets are replaced in it.

    Args:
        path: the file; continued when it is there. None: nothing is written.
        wall: now, in epoch seconds.
        now: the same moment on the clock of the nodes, in monotonic seconds.

    Attributes:
        listeners: are told of each message, packet of media included, as it is traced.

    Raises:
        FileError: there is something else in the file.
        OSError: it cannot be read or written.
    """

    __slots__ = ("_file", "_path", "listeners")

    def __init__(self, path: Path | None, *, wall: float, now: float) -> None:
        self.listeners: list[Listener] = []
        there = path is not None and path.exists() and path.stat().st_size > 0
        begun = _read_begun(path) if path is not None and there else None
        started_at = wall if begun is None else begun.started_at
        super().__init__(started_at, began_at=now - (wall - started_at))
        self._path = path
        self._file: IO[str] | None = None
        if path is None:
            return
        self._file = path.open("a", encoding="utf-8", newline="\n")
        if begun is None:
            self._file.truncate(0)
            self._write(head_line(started_at))
        else:
            self._file.truncate(begun.octets)
            self._last = begun.last

    def add_node(self, node: NodeInfo) -> None:
        """Make a node known."""
        super().add_node(node)
        self._write(node_line(node))

    def announce(self, node: str, host: str, port: int) -> None:
        """Say that ``node`` listens at this address; once is enough."""
        if self._announced.get(Peer(host, port)) != node:
            super().announce(node, host, port)
            self._write(address_line(node, host, port))

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
        """Write a message; it is not kept."""
        entry = super().append_entry(now, node, direction, transport, local, remote, data, fault)
        self.entries.clear()
        self._write(item_line(entry))
        for listener in self.listeners:
            listener.add_entry(entry)
        return entry

    def append_note(self, now: float, node: str, step: str, clause: str, text: str) -> TraceNote:
        """Write an inner step; it is not kept."""
        note = super().append_note(now, node, step, clause, text)
        self.notes.clear()
        self._write(item_line(note))
        return note

    def append_media(self, now: float, node: str, source: Peer, target: Peer, data: bytes) -> None:
        """Write a packet of media; it is not kept."""
        super().append_media(now, node, source, target, data)
        packet = self.media.pop()
        self._write(media_line(packet))
        for listener in self.listeners:
            listener.add_media(packet)

    def close(self) -> None:
        """Let go of the file; what comes afterwards is not written."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):  # what could not be written was told
                file.close()

    def _write(self, line: str) -> None:
        """Write a line. Where that fails the trace ends, and the server goes on."""
        if self._file is None:
            return
        try:
            self._file.write(line + "\n")
            self._file.flush()
        except OSError as error:
            log.error("the trace ends: cannot write %s: %s", self._path, error)  # noqa: TRY400
            self.close()


def _read_begun(path: Path) -> _Begun:
    """Return what is known of a file that is continued.

    Raises:
        FileError: it is no trace.
        OSError: it cannot be read.
    """
    octets = last = 0
    head: Trace | None = None
    for line in _whole_lines(path):
        octets += len(line)
        if head is None:
            head = read_trace([line.decode("utf-8", "replace")], str(path))
        elif b'"number": ' in line:
            last = max(last, _number_of(line))
    if head is None:  # not even the first line is whole
        head = read_trace([path.read_text(encoding="utf-8", errors="replace")], str(path))
    return _Begun(head.started_at, last, octets)


def _number_of(line: bytes) -> int:
    """Return the number of a line; 0 where the line is damaged, which readers will tell."""
    try:
        return int(json.loads(line)["number"])
    except (ValueError, KeyError, TypeError):
        return 0


def _whole_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield line
