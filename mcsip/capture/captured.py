"""A capture of packets, read as a stream of SIP messages by nodes."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mcsip.capture.ip import address_text
from mcsip.capture.limits import LOOK_AHEAD_MESSAGES, LOOK_AHEAD_OCTETS, MAX_SIP_ADDRESSES
from mcsip.capture.read import Captured, Reading
from mcsip.capture.remarks import Remarks
from mcsip.capture.sip_addresses import Address, SipAddresses
from mcsip.capture.source import Kind, Progress, Source
from mcsip.capture.table import describe_nodes
from mcsip.capture.who import Who
from mcsip.topology import Topology
from mcsip.trace import Direction, Peer, TraceEntry

_METHOD_OCTETS = 11
"""How much of a message tells its method, or its status."""
_MANY_ALIKE = 30
"""How many messages of one method between the same addresses are looked at to tell who they are
[ours]: more say the same."""


class Capture(Source):
    """A capture in pcap or pcapng.

    It is looked at twice: ahead, to learn who is who before the first message is handed out, and
    then from the beginning.

    Args:
        path: the file.
        kind: pcap or pcapng.
        topology: says who is who; None to infer it.
        progress: is told how far the look ahead is.

    Raises:
        OSError: the file cannot be read.
    """

    def __init__(
        self,
        path: Path,
        kind: Kind,
        topology: Topology | None = None,
        progress: Progress | None = None,
    ) -> None:
        super().__init__(path)
        self.kind = kind
        self._addresses = SipAddresses()
        self._peers: dict[Address, Peer] = {}
        self._who = Who(self.trace, topology)
        self._look_ahead(progress)

    def entries(self, progress: Progress | None = None) -> Iterator[TraceEntry]:
        """Yield the messages in the order in which they were complete, each as its sender's.

        Times count from the first packet. Octets that are no SIP, at an address that speaks SIP,
        are an entry too. Who is met only after the look ahead becomes a node of the trace then.
        """
        self._remarks = remarks = Remarks()
        reading = Reading(self.path, self.kind, remarks, self._addresses)
        trace, who = self.trace, self._who
        for number, captured in enumerate(reading.captured(progress), 1):
            transport, source, target, data, first = captured.heard
            local, remote = self._peer(source), self._peer(target)
            name = who.name_of(local, udp=transport == "UDP")
            # A connection belongs to whom its first request names; port numbers are used again.
            if name is None or (first and transport != "UDP" and data[:4] != b"SIP/"):
                name = who.meet(local, remote, transport, data)
            at = (captured.at_ns - reading.first_ns) / 1_000_000_000
            entry = TraceEntry(number, at, name, Direction.SENT, transport, local, remote, data)
            trace.learn(entry)
            yield entry
        self.until = (reading.last_ns - reading.first_ns) / 1_000_000_000
        if not reading.messages and not remarks.incomplete:
            remarks.add(_why_nothing(reading.packets), lost=False)

    def describe(self) -> str:
        """Return a table of the nodes, and how each came to be known, for people."""
        return describe_nodes(self.trace, self._who.reasons)

    def _look_ahead(self, progress: Progress | None) -> None:
        """Learn who is who from the first messages."""
        reading = Reading(self.path, self.kind, Remarks(), self._addresses)
        seen: Counter[tuple[Address, Address, bytes]] = Counter()
        for captured in reading.captured(progress):
            _, source, target, data, _ = captured.heard
            alike = source, target, data[:_METHOD_OCTETS]
            seen[alike] += 1
            if seen[alike] <= _MANY_ALIKE:
                self._consider(captured)
            if reading.messages >= LOOK_AHEAD_MESSAGES or reading.octets >= LOOK_AHEAD_OCTETS:
                break
        self.trace.started_at = reading.first_ns / 1_000_000_000
        self._who.conclude()

    def _consider(self, captured: Captured) -> None:
        transport, source, target, data, _ = captured.heard
        self._who.evidence.take(self._peer(source), self._peer(target), transport, data)

    def _peer(self, address: Address) -> Peer:
        """Return an address as traces have it."""
        peer = self._peers.get(address)
        if peer is None:
            if len(self._peers) >= MAX_SIP_ADDRESSES:
                self._peers.clear()
            peer = self._peers[address] = Peer(address_text(address[0]), address[1])
        return peer


def _why_nothing(packets: int) -> str:
    """Return what to say of a capture that could be read and holds no SIP."""
    if not packets:
        return "there is no packet in it: capture on the interface that SIP uses, without a filter"
    counted = "1 packet" if packets == 1 else f"{packets} packets"
    return (
        f"no SIP in {counted}: capture where SIP is spoken in plain text, or give the plaintext "
        "capture that mcsip writes"
    )
