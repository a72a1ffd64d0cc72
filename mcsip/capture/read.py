"""From the file of a capture to what was heard on the wire, in a stream."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mcsip.capture.fragments import Fragments
from mcsip.capture.ip import Protocol, encrypted_name, read_ip
from mcsip.capture.limits import PACKETS_PER_PROGRESS, READ_OCTETS
from mcsip.capture.link import ip_start, is_known
from mcsip.capture.packets import Packet
from mcsip.capture.pcap import read_pcap
from mcsip.capture.pcapng import read_pcapng
from mcsip.capture.remarks import Place, Remarks
from mcsip.capture.sip_addresses import SipAddresses
from mcsip.capture.source import Kind, Progress
from mcsip.capture.tcp import Connections, Heard
from mcsip.capture.udp import Datagrams

_UNSORTED = (
    "packets do not stand in the order of their times: sort them first (reordercap), as what came "
    "before what is judged"
)


class Captured(NamedTuple):
    """A message, or octets in the place of one, and when it was complete.

    Attributes:
        at_ns: nanoseconds since the epoch of the packet that completed it.
        packet: number of that packet.
        heard: what it is.
    """

    at_ns: int
    packet: int
    heard: Heard


class Reading:
    """Reads a capture once, from its beginning.

    Args:
        path: the file.
        kind: pcap or pcapng.
        remarks: is told what cannot be read.
        addresses: knows, and is told, who speaks SIP.

    Attributes:
        packets: how many were read.
        messages: how many messages, and octets in their place, were heard.
        octets: how far into the file the reading is.
        first_ns: when the first packet was captured, nanoseconds since the epoch.
        last_ns: likewise the last one, once all are read.
    """

    def __init__(self, path: Path, kind: Kind, remarks: Remarks, addresses: SipAddresses) -> None:
        self._path = path
        self._kind = kind
        self._remarks = remarks
        self._fragments = Fragments(remarks)
        self._connections = Connections(remarks, addresses)
        self._datagrams = Datagrams(remarks, addresses)
        self.packets = self.messages = self.octets = self.first_ns = self.last_ns = 0

    def captured(self, progress: Progress | None = None) -> Iterator[Captured]:
        """Yield what was heard, in the order in which it was complete.

        Raises:
            OSError: the file cannot be read.
        """
        total = self._path.stat().st_size
        at_ns = 0
        read = read_pcap if self._kind is Kind.PCAP else read_pcapng
        with self._path.open("rb", buffering=READ_OCTETS) as file:
            for packet in read(file, self._remarks):
                number, self.octets, at, *_ = packet
                if not self.packets:
                    self.first_ns = at
                elif at < at_ns:
                    self._remarks.add(_UNSORTED, Place(number, self.octets), lost=False)
                at_ns = at
                self.packets += 1
                for heard in self._hear(packet):
                    self.messages += 1
                    yield Captured(at_ns, number, heard)
                if progress is not None and self.packets % PACKETS_PER_PROGRESS == 0:
                    progress(self.octets, total)
        self._fragments.finish()
        for heard in self._connections.finish():
            self.messages += 1
            yield Captured(at_ns, self.packets, heard)
        self.octets, self.last_ns = total, at_ns
        if progress is not None:
            progress(total, total)

    def _hear(self, packet: Packet) -> list[Heard]:
        """Return what a packet completes."""
        number, octet, at_ns, link, frame, _ = packet
        start = ip_start(link, frame)
        if start < 0:
            if not is_known(link):
                self._remarks.add(
                    f"packets of link type {link} cannot be read: capture on an Ethernet, Linux "
                    "cooked, loopback or raw IP interface",
                    Place(number, octet),
                )
            return []
        datagram = read_ip(frame, start, at_ns, self._fragments)
        if datagram is None:
            return []
        place = Place(number, octet)
        if isinstance(datagram, str):
            self._remarks.add(f"{datagram}; left out", place)
            return []
        match datagram.protocol:
            case Protocol.UDP:
                return self._datagrams.add(datagram, place, at_ns)
            case Protocol.TCP:
                return self._connections.add(datagram, place)
        name = encrypted_name(datagram.protocol)
        if name is not None:
            self._remarks.add(f"{name} cannot be read: capture where it is plain text", place)
        return []
