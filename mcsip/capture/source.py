"""A source of messages: a capture or a saved trace, read as a stream in bounded memory."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

from mcsip.capture.remarks import Remarks
from mcsip.errors import Diagnostic, FileError, UsageError
from mcsip.topology import Topology
from mcsip.trace import Trace, TraceEntry, TraceNote

Progress = Callable[[int, int], None]
"""Is told, now and then, how many octets of the file are done, and how many it has."""

MAX_LOADED_MESSAGES = 200_000
"""Most messages that ``Source.load`` takes into memory: about 400 MB of them [ours]."""


class Kind(StrEnum):
    """What kind of file a source is, told by its first octets."""

    TRACE = "trace"
    PCAP = "pcap"
    PCAPNG = "pcapng"


class Source(ABC):
    """A capture or a saved trace.

    Attributes:
        path: the file.
        kind: what kind of file it is.
        octets: its size.
        trace: knows start, nodes and addresses, but holds no entries: they stream by. Nodes are
            known before the first entry is; more may be added while entries are read.
        until: when the last packet came, SIP or not, in seconds since the first; 0 until all was
            read.
    """

    kind: Kind

    def __init__(self, path: Path) -> None:
        self.path = path
        self.octets = path.stat().st_size
        self.trace = Trace()
        self.until = 0.0
        self._remarks = Remarks()

    @abstractmethod
    def entries(self, progress: Progress | None = None) -> Iterator[TraceEntry]:
        """Yield the messages in order, from the first one at each call.

        Of a capture each message once, as what its sender sent. What is damaged is left out and
        told in ``remarks``: nothing of what was read before is lost.
        """

    def items(self, progress: Progress | None = None) -> Iterator[TraceEntry | TraceNote]:
        """Yield the messages as ``entries`` does; in a trace with steps of nodes between."""
        return self.entries(progress)

    @abstractmethod
    def describe(self) -> str:
        """Return a table of the nodes, and how each came to be known, for people."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be said of the file as far as it was read, for people."""
        return self._remarks.texts()

    @property
    def incomplete(self) -> bool:
        """Whether something was left out that may have been SIP, as far as the file was read."""
        return self._remarks.incomplete

    def load(self, progress: Progress | None = None) -> Trace:
        """Return the whole as a trace in memory.

        Raises:
            UsageError: there are more than ``MAX_LOADED_MESSAGES``.
        """
        self.trace.entries = []
        for count, entry in enumerate(self.entries(progress), 1):
            if count > MAX_LOADED_MESSAGES:
                raise UsageError(
                    f"{self.path}: more than {MAX_LOADED_MESSAGES} messages do not fit into "
                    "memory: check it, which needs little, or cut it into parts"
                )
            self.trace.entries.append(entry)
        return self.trace


def open_source(
    path: Path, topology: Topology | None = None, progress: Progress | None = None
) -> Source:
    """Return the source that a file is.

    Args:
        path: the file.
        topology: says who is who in a capture; None to infer it. A saved trace says it itself.
        progress: is told how far the look ahead into a capture is, before this returns.

    Raises:
        FileError: it is neither a capture nor a saved trace, or is empty.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        kind = kind_of(file.read(16))
    if kind is None:
        raise not_a_source(path)
    if kind is Kind.TRACE:
        from mcsip.capture.saved import SavedTrace

        return SavedTrace(path)
    from mcsip.capture.captured import Capture

    return Capture(path, kind, topology, progress)


#: What a pcap file begins with: microseconds, nanoseconds, and modified by Kuznetzov, who wrote
#: more into each packet's header; in either order of octets (pcap(5), the registry of libpcap).
_PCAP = frozenset(
    magic
    for word in ("a1b2c3d4", "a1b23c4d", "a1b2cd34")
    for magic in (bytes.fromhex(word), bytes.fromhex(word)[::-1])
)
_PCAPNG = bytes.fromhex("0a0d0d0a")
_PACKED = {
    bytes.fromhex("1f8b"): "gzip",
    bytes.fromhex("28b52ffd"): "zstd",
    bytes.fromhex("04224d18"): "lz4",
    bytes.fromhex("fd377a585a00"): "xz",
}
"""What compressed files begin with (RFC 1952 2.3.1, RFC 8878 3.1.1, and the formats' own texts)."""


def kind_of(start: bytes) -> Kind | None:
    """Return the kind of file that begins like this, or None."""
    if start[:4] in _PCAP:
        return Kind.PCAP
    if start[:4] == _PCAPNG:
        return Kind.PCAPNG
    return Kind.TRACE if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" else None


def not_a_source(path: Path) -> FileError:
    """Return the error about a file that is nothing we read."""
    with path.open("rb") as file:
        start = file.read(16)
    packed = next((name for magic, name in _PACKED.items() if start.startswith(magic)), None)
    if not start:
        what, hint = "the file is empty", "was the capture stopped before anything was written?"
    elif packed is not None:
        what, hint = f"a file that is compressed with {packed}", f"unpack it first: {packed} -d"
    else:
        what = "neither a capture (pcap, pcapng) nor a saved trace of mcsip"
        hint = "give a file that tcpdump, dumpcap or Wireshark wrote, or a trace.jsonl of a run"
    return FileError([Diagnostic(str(path), 1, 1, what, hint=hint)])
