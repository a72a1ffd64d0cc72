"""A trace that mcsip saved, read as a stream."""

from collections.abc import Iterator
from pathlib import Path

from mcsip.capture.remarks import Place, Remarks
from mcsip.capture.source import MAX_LOADED_MESSAGES, Kind, Progress, Source
from mcsip.capture.table import describe_nodes
from mcsip.errors import FileError, UsageError
from mcsip.trace import Item, Trace, TraceEntry, TraceNote
from mcsip.tracefile import TraceReader

MAX_LINE_OCTETS = 4 * 1024 * 1024
"""Longest line that is read: a message of the largest size, escaped [ours]."""
LINES_PER_PROGRESS = 1000
"""After how many lines it is told how far the reading is [ours]."""


class SavedTrace(Source):
    """A saved trace; it knows everything about its nodes.

    Raises:
        FileError: the first line is not that of a trace.
        OSError: the file cannot be read.
    """

    kind = Kind.TRACE

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        for _ in self._items(None, nodes_only=True):
            break

    def entries(self, progress: Progress | None = None) -> Iterator[TraceEntry]:
        """Yield the messages in order: both its sender's and its receiver's copy, if traced."""
        for item in self.items(progress):
            if isinstance(item, TraceEntry):
                yield item

    def items(self, progress: Progress | None = None) -> Iterator[TraceEntry | TraceNote]:
        """Yield the messages in order, and between them the inner steps of the nodes."""
        for item in self._items(progress):
            if isinstance(item, TraceEntry):
                self.trace.learn(item)
                yield item
            elif isinstance(item, TraceNote):
                yield item

    def load(self, progress: Progress | None = None) -> Trace:
        """Return the whole as a trace in memory, with notes and media; see ``Source.load``."""
        messages = 0
        self.trace.entries, self.trace.notes, self.trace.media = [], [], []
        for item in self._items(progress):
            self._reader.keep(item)
            messages += isinstance(item, TraceEntry)
            if messages > MAX_LOADED_MESSAGES:
                raise UsageError(
                    f"{self.path}: more than {MAX_LOADED_MESSAGES} messages do not fit into memory"
                )
        return self.trace

    def describe(self) -> str:
        """Return a table of the nodes, for people."""
        return describe_nodes(self.trace)

    def _items(self, progress: Progress | None, *, nodes_only: bool = False) -> Iterator[Item]:
        """Yield what the lines hold; what is no line of a trace is told and left out."""
        self._remarks = Remarks("line")
        self._reader = reader = TraceReader(str(self.path), self.trace)
        done = 0
        with self.path.open("rb") as file:
            while line := file.readline(MAX_LINE_OCTETS):
                number = reader.lines + 1
                place = Place(number, done)
                done += len(line)
                try:
                    item = reader.read(line.decode("utf-8", "surrogateescape"))
                except FileError as error:
                    if number == 1:
                        raise
                    cut = not line.endswith(b"\n") and done == self.octets
                    what = "the file ends in the middle of a line" if cut else ""
                    self._remarks.add(what or error.diagnostics[0].message, place)
                    continue
                if item is not None:
                    yield item
                    if nodes_only:
                        return
                if progress is not None and number % LINES_PER_PROGRESS == 0:
                    progress(done, self.octets)
        if progress is not None:
            progress(done, self.octets)
