"""Media of simulated clients: a stream arrives whole, or one knows what is missing (RFC 3550)."""

import asyncio
import random
import shutil
import subprocess
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from mcsip.net.clock import running_clock
from mcsip.net.ids import SeededIds
from mcsip.net.media_ports import MediaPorts, MemoryPorts, SocketPorts
from mcsip.net.rtp import MediaRelay, RelaySide
from mcsip.net.rtp_packet import RtpPacket
from mcsip.net.virtual import run_real, run_virtual
from mcsip.nodes.media import SILENCE, MediaClient, Received, Sent, encode_pcmu, silence, tone
from mcsip.report.pcap import build_pcap
from mcsip.trace import Peer, Trace

Run = Callable[[Coroutine[object, object, None]], None]


def client(ports: MediaPorts, host: str = "127.0.0.1", seed: int = 1) -> MediaClient:
    return MediaClient(ports, host, SeededIds(random.Random(seed)), running_clock())


def relayed(ports: MediaPorts, trace: Trace) -> tuple[MediaClient, MediaClient, MediaRelay]:
    """Return two clients and the relay between them, which logs into the trace."""
    one, other = client(ports, seed=1), client(ports, seed=2)
    now = running_clock().now

    def log(source: Peer, target: Peer, data: bytes) -> None:
        trace.append_media(now(), "primary.server", source, target, data)

    relay = MediaRelay(ports, "127.0.0.1", "127.0.0.1", on_packet=log)
    relay.announce(RelaySide.A, one.address)
    relay.announce(RelaySide.B, other.address)
    return one, other, relay


@pytest.mark.parametrize(
    ("kind", "run", "pause_s"),
    [(SocketPorts, run_real, 0.001), (MemoryPorts, run_virtual, 0.02)],
    ids=["UDP", "memory"],
)
def test_a_stream_through_a_relay_arrives_whole_and_is_in_the_log(
    kind: Callable[[], MediaPorts], run: Run, pause_s: float
) -> None:
    """TS 23.280 5.2.9.1."""

    async def main() -> None:
        trace = Trace(began_at=running_clock().now())
        one, other, relay = relayed(kind(), trace)
        sent, answered = await asyncio.gather(
            one.send(relay.address(RelaySide.A), 100, tone(440.0), pause_s=pause_s),
            other.send(relay.address(RelaySide.B), 60, silence, pause_s=pause_s),
        )
        await asyncio.sleep(0.05)
        assert other.received[sent.ssrc].is_whole(sent)
        assert one.received[answered.ssrc].is_whole(answered)
        assert (sent.packets, sent.octets) == (100, 16_000)
        for got in (other.received[sent.ssrc], one.received[answered.ssrc]):
            assert (got.lost, got.duplicates, got.reordered, got.ended) == (0, 0, 0, True)
        assert other.received[sent.ssrc].reports == 2
        assert relay.counters[RelaySide.A].packets == 100
        assert relay.counters[RelaySide.B].packets == 60
        logged = [packet for packet in trace.media if packet.source == one.address]
        assert len(logged) == 100
        assert len(trace.media) == 2 * (100 + 60 + 2 + 2)
        relay.close()
        one.close()
        other.close()

    run(main())


def test_what_is_lost_is_known() -> None:
    async def main() -> None:
        seen = 0

        def every_tenth(data: bytes) -> bool:
            nonlocal seen
            seen += len(data) == 172
            return len(data) == 172 and seen % 10 == 5

        ports = MemoryPorts(is_lost=every_tenth)
        one, other = client(ports, seed=1), client(ports, seed=2)
        sent = await one.send(other.address, 100)
        await asyncio.sleep(1)
        got = other.received[sent.ssrc]
        assert (got.lost, len(got.packets), got.is_whole(sent)) == (10, 90, False)

    run_virtual(main())


def packet(number: int) -> RtpPacket:
    return RtpPacket(0, number & 0xFFFF, 0, 1, bytes([number & 0xFF]))


def test_numbers_go_on_beyond_16_bits_and_out_of_order() -> None:
    """RFC 3550 A.1."""
    got = Received()
    for number in (65534, 65535, 65537, 65536, 65536, 65540):
        got.take(packet(number))
    assert sorted(got.packets) == [65534, 65535, 65536, 65537, 65540]
    assert (got.lost, got.duplicates, got.reordered) == (2, 1, 1)
    assert Received().lost == 0


def test_the_same_number_of_other_octets_is_not_whole() -> None:
    got = Received()
    got.take(packet(1))
    assert not got.is_whole(Sent(1, 1, 1, "another digest"))


def test_what_is_no_packet_is_counted() -> None:
    async def main() -> None:
        ports = MemoryPorts()
        one, other = client(ports), client(ports)
        one._rtp.send(b"no RTP", other.address)
        one._rtcp.send(b"no RTCP at all", Peer(other.address.host, other.address.port + 1))
        await asyncio.sleep(1)
        assert (other.faults, other.received) == (2, {})

    run_virtual(main())


@pytest.mark.parametrize(
    ("sample", "octet"),
    [(0, 0xFF), (-1, 0x7F), (32767, 0x80), (-32768, 0x00), (8, 0xFE), (1000, 0xCE), (-1000, 0x4E)],
)
def test_mu_law(sample: int, octet: int) -> None:
    """ITU-T G.711, table 2a/2b: the ends and some values between."""
    assert encode_pcmu(sample) == octet


def test_audio() -> None:
    assert silence(7) == SILENCE == b"\xff" * 160
    beep = tone(400.0)
    assert beep(0) == beep(1)  # 8 periods in a packet
    assert len(set(beep(0))) > 10
    assert tone(440.0)(0) != tone(440.0)(1)


def test_tshark_reads_the_log_as_rtp(tmp_path: Path) -> None:
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed")
    trace = Trace(1_700_000_000.0)

    async def main() -> None:
        trace.began_at = running_clock().now()
        one, _, relay = relayed(MemoryPorts(), trace)
        await one.send(relay.address(RelaySide.A), 50, tone(440.0))

    run_virtual(main())
    file = tmp_path / "media.pcap"
    file.write_bytes(build_pcap(trace))
    run = subprocess.run(
        [tshark, "-q", "-o", "rtp.heuristic_rtp:TRUE", "-r", str(file), "-z", "rtp,streams"],
        capture_output=True,
        text=True,
        check=True,
    )
    streams = [line.split() for line in run.stdout.splitlines() if "g711U" in line]
    assert len(streams) == 2  # towards the relay, and from it
    assert all("50" in fields and "0" in fields for fields in streams)
