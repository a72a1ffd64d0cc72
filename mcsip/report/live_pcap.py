"""A capture that is written while messages flow, and can be read at any moment.

Each message is in the file, whole, before the next one is handled: whoever reads it while the
server runs, or after it was killed, sees everything up to then. A capture of ours that is there
already is continued; what is not whole at its end is dropped.
"""

import logging
import os
from collections import OrderedDict
from pathlib import Path

from mcsip.errors import Diagnostic, FileError
from mcsip.report.pcap import FILE_HEADER, PACKET_HEADER, Packets, media_message
from mcsip.report.wire import wire_message
from mcsip.trace import Direction, MediaPacket, Peer, Trace, TraceEntry

log = logging.getLogger(__name__)

MAX_SENT = 4096
"""Messages sent that are remembered, so that what one of our nodes gets from another of ours in the
same process is not there twice [ours]."""
_LENGTH_AT = 8
"""Where in a packet's header its captured length stands, little endian, four octets."""


class LivePcap:
    """A capture on its way into a file; close it at the end. Secrets are replaced in it.

    Args:
        path: the file; continued when it is there.
        trace: the trace whose messages it gets; it tells when they began.

    Raises:
        FileError: there is something else in the file.
        OSError: it cannot be read or written.
    """

    def __init__(self, path: Path, trace: Trace) -> None:
        self._path = path
        self._trace = trace
        self._packets = Packets(trace.started_at)
        self._sent: OrderedDict[tuple[str, Peer, bytes], None] = OrderedDict()
        whole = _whole_octets(path) if path.exists() else 0
        self._file: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        os.ftruncate(self._file, whole)
        os.lseek(self._file, 0, os.SEEK_END)
        if not whole:
            self._write(FILE_HEADER)

    def add_entry(self, entry: TraceEntry) -> None:
        """Write a message, unless its sender was here too: then it is written already."""
        if entry.direction is Direction.SENT:
            self._sent[entry.transport, entry.remote, entry.data] = None
            if len(self._sent) > MAX_SENT:
                self._sent.popitem(last=False)
        elif (entry.transport, entry.local, entry.data) in self._sent:
            return
        self._write(self._packets.of(wire_message(self._trace, entry)))

    def add_media(self, packet: MediaPacket) -> None:
        """Write a packet of media."""
        self._write(self._packets.of(media_message(packet)))

    def close(self) -> None:
        """Let go of the file; what comes afterwards is not written."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _write(self, octets: bytes) -> None:
        """Write octets in one piece. Where that fails the capture ends, and the server goes on."""
        if self._file is None:
            return
        fault = ""
        try:
            written = os.write(self._file, octets)
            if written < len(octets):
                os.ftruncate(self._file, os.lseek(self._file, 0, os.SEEK_CUR) - written)
                fault = f"only {written} of {len(octets)} octets"
        except OSError as error:
            fault = str(error)
        if fault:
            log.error("the capture ends: cannot write %s: %s", self._path, fault)
            self.close()


def _whole_octets(path: Path) -> int:
    """Return how many octets of a capture of ours are whole packets; 0 for an empty file.

    Raises:
        FileError: it is no capture of ours.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(len(FILE_HEADER))
        if head != FILE_HEADER[: len(head)]:
            message = "there is something else than a capture that mcsip writes"
            raise FileError([Diagnostic(str(path), 1, 1, message, hint="name another file")])
        if len(head) < len(FILE_HEADER):
            return 0
        whole = len(head)
        while len(header := file.read(PACKET_HEADER.size)) == PACKET_HEADER.size:
            length = int.from_bytes(header[_LENGTH_AT : _LENGTH_AT + 4], "little")
            if whole + len(header) + length > size:
                break
            whole += len(header) + length
            file.seek(whole)
        return whole
