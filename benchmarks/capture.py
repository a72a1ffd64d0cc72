"""How many messages a second are read from a capture, and in how much memory.

The capture is one run of the main procedure (TS 23.280 10.6.3.3), again and again, with sequence
numbers that go on.
"""

import asyncio
import random
import resource
import struct
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.topologies import two_systems
from mcsip.capture import open_source
from mcsip.net.memory import MemoryNetwork
from mcsip.net.virtual import run_virtual
from mcsip.nodes.simulation import Simulation
from mcsip.report.pcap import build_pcap
from mcsip.topology import Topology
from mcsip.trace import Trace

_TCP = 6
_RUN_LASTS_NS = 500_000_000
_FILE_HEADER_OCTETS = 24
_PACKET_HEADER = struct.Struct("<IIII")


@dataclass(frozen=True, slots=True)
class CaptureFigures:
    """What reading a capture costs.

    Attributes:
        messages: how many messages it holds.
        octets: how large it is.
        cpu_s: CPU seconds for reading it, the look ahead included.
        peak_octets: the largest memory that the process has had so far.
    """

    messages: int
    octets: int
    cpu_s: float
    peak_octets: int

    @property
    def per_second(self) -> float:
        """Messages per second of CPU."""
        return self.messages / self.cpu_s


async def _run(topology: Topology) -> Trace:
    trace = Trace(1_700_000_000.0)
    network = MemoryNetwork(random.Random(1))  # a run repeats from its seed
    simulation = Simulation(topology, network=network, seed=1, trace=trace)
    await simulation.start()
    client = simulation.clients["host"]
    await client.authenticate("partner")
    assert await client.register("partner") == 200
    outcome = await client.migrate("partner", 2)
    assert outcome.result == "success", outcome
    await asyncio.sleep(1.0)
    await simulation.stop()
    return trace


def _packets(capture: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield time in nanoseconds and octets of the packets of a capture that ``report`` wrote."""
    position = _FILE_HEADER_OCTETS
    while position < len(capture):
        seconds, nanoseconds, octets, _ = _PACKET_HEADER.unpack_from(capture, position)
        position += _PACKET_HEADER.size
        yield seconds * 1_000_000_000 + nanoseconds, capture[position : position + octets]
        position += octets


def write_capture(path: Path, transport: str, octets: int) -> None:
    """Write a capture of about so many octets.

    Args:
        path: the file.
        transport: "udp" or "tcp".
        octets: how large it shall be.
    """
    capture = build_pcap(run_virtual(_run(two_systems(1, transport))))
    packets = list(_packets(capture))
    sent: dict[bytes, int] = {}
    for _, packet in packets:
        if packet[9] == _TCP:
            sent[packet[12:24]] = sent.get(packet[12:24], 0) + len(packet) - 40
    with path.open("wb") as file:
        file.write(capture[:_FILE_HEADER_OCTETS])
        for turn in range(max(1, octets // len(capture))):
            for number, (at_ns, packet) in enumerate(packets):
                moved = _moved(packet, turn, turn * len(packets) + number, sent)
                seconds, nanoseconds = divmod(at_ns + turn * _RUN_LASTS_NS, 1_000_000_000)
                size = len(moved)
                file.write(_PACKET_HEADER.pack(seconds, nanoseconds, size, size) + moved)


def _moved(packet: bytes, turn: int, number: int, sent: dict[bytes, int]) -> bytes:
    """Return a packet as it would be in a later turn: with numbers that have gone on."""
    moved = bytearray(packet)
    struct.pack_into("!H", moved, 4, number & 0xFFFF)
    if packet[9] == _TCP:
        way = packet[12:24]
        back = way[4:8] + way[:4] + way[10:12] + way[8:10]
        for place, octets in ((24, sent[way]), (28, sent.get(back, 0))):
            value = struct.unpack_from("!I", moved, place)[0] + turn * octets
            struct.pack_into("!I", moved, place, value & 0xFFFFFFFF)
    return bytes(moved)


def measure(transport: str, octets: int) -> CaptureFigures:
    """Read a capture of about so many octets."""
    with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as folder:
        path = Path(folder) / "capture.pcap"
        write_capture(path, transport, octets)
        cpu = time.process_time()
        source = open_source(path)
        messages = sum(1 for _ in source.entries())
        cpu = time.process_time() - cpu
        assert source.remarks == (), source.remarks
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return CaptureFigures(messages, path.stat().st_size, cpu, peak)
