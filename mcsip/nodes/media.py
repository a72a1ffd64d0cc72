"""The media of simulated clients: a real RTP stream, sent and received (RFC 3550, RFC 3551 [gen]).

Audio is PCMU, 8,000 samples a second, 20 ms in a packet: silence, or a tone. A receiver knows
whether what it got is whole: every sequence number once, and the same octets as were sent.
"""

import asyncio
import hashlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mcsip.net.clock import Clock
from mcsip.net.media_ports import MediaPorts
from mcsip.net.rtp_packet import (
    GOODBYE,
    RtpError,
    RtpPacket,
    SenderReport,
    build_goodbye,
    build_rtp,
    build_sender_report,
    parse_rtcp,
    parse_rtp,
)
from mcsip.sip.ids import IdSource
from mcsip.trace import Peer

PCMU = 0
"""Payload type of PCMU: RFC 3551 6 [gen]."""
RATE_HZ = 8000
PACKET_S = 0.02
SAMPLES = 160
"""Samples, and octets, in a packet of 20 ms: RFC 3551 4.2, 4.5.14 [gen]."""
REPORT_S = 5.0
"""Pause between two RTCP reports of a sender: RFC 3550 6.2 [gen]."""
MAX_PACKETS = 100_000
"""Packets that one receiver keeps account of; a stream of half an hour [ours]."""
_BIAS = 0x84
_CLIP = 32635


def encode_pcmu(sample: int) -> int:
    """Return the µ-law octet of a linear sample of 16 bits (ITU-T G.711 [gen])."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return ~(sign | exponent << 4 | mantissa) & 0xFF


SILENCE = bytes([encode_pcmu(0)]) * SAMPLES
Audio = Callable[[int], bytes]
"""Gives the payload of a packet by its number in the stream, from 0."""


def silence(_number: int) -> bytes:
    """Return a packet of silence."""
    return SILENCE


def tone(frequency_hz: float, amplitude: int = 8000) -> Audio:
    """Return the audio of a sine tone.

    Args:
        frequency_hz: below half the sampling rate.
        amplitude: 0 to 32767.
    """
    step = 2 * math.pi * frequency_hz / RATE_HZ

    def packet(number: int) -> bytes:
        first = number * SAMPLES
        return bytes(
            encode_pcmu(round(amplitude * math.sin(step * (first + i)))) for i in range(SAMPLES)
        )

    return packet


@dataclass(slots=True)
class Sent:
    """What a stream has sent.

    Attributes:
        ssrc: its synchronization source; 0 where another's program sent it, and does not tell.
        packets, octets: how much; octets of payload.
        digest: SHA-256 over the payloads in order, in hexadecimal digits; "" where another's
            program sent them, which goes on after those that were counted.
    """

    ssrc: int
    packets: int = 0
    octets: int = 0
    digest: str = ""


@dataclass(slots=True)
class Received:
    """What has been received of one source.

    Attributes:
        packets: payloads by sequence number, extended beyond 16 bits.
        duplicates: packets that came again.
        reordered: packets that came after a later one.
        reports: RTCP packets of the source.
        ended: whether it said goodbye.
        last: the highest sequence number, extended; None before the first packet.
    """

    packets: dict[int, bytes] = field(default_factory=dict)
    duplicates: int = 0
    reordered: int = 0
    reports: int = 0
    ended: bool = False
    last: int | None = None

    @property
    def lost(self) -> int:
        """How many packets are missing between the first and the last."""
        if not self.packets:
            return 0
        return max(self.packets) - min(self.packets) + 1 - len(self.packets)

    @property
    def digest(self) -> str:
        """SHA-256 over the payloads in order, in hexadecimal digits."""
        return _digest(self.packets[number] for number in sorted(self.packets))

    def is_whole(self, sent: Sent) -> bool:
        """Tell whether this is all that was sent."""
        return len(self.packets) == sent.packets and self.digest == sent.digest

    def has_all(self, sent: Sent) -> bool:
        """Tell whether all of a stream is here: to its goodbye, where it has come to its end."""
        if sent.digest:
            return self.ended and self.is_whole(sent)
        return len(self.packets) >= sent.packets and not self.lost

    def take(self, packet: RtpPacket) -> None:
        """Take account of a packet."""
        if len(self.packets) >= MAX_PACKETS:
            return
        last = packet.sequence if self.last is None else self.last
        number = last + ((packet.sequence - last + 0x8000) & 0xFFFF) - 0x8000  # RFC 3550 A.1
        if number in self.packets:
            self.duplicates += 1
            return
        if number < last:
            self.reordered += 1
        self.packets[number] = packet.payload
        self.last = max(last, number)


class MediaClient:
    """Where a simulated client sends and receives one stream.

    Args:
        ports: where ports come from.
        host: IP address of the client.
        ids: makes synchronization sources and first numbers, so that a run repeats.
        clock: tells the time.

    Attributes:
        received: what came, by synchronization source.
        faults: packets that could not be read.

    Raises:
        NetworkError: no ports are free.
    """

    def __init__(self, ports: MediaPorts, host: str, ids: IdSource, clock: Clock) -> None:
        self._ids = ids
        self._clock = clock
        self.received: dict[int, Received] = {}
        self.faults = 0
        self._rtp, self._rtcp = ports.open_pair(host, self._on_rtp, self._on_rtcp)

    @property
    def address(self) -> Peer:
        """Where it receives RTP; RTCP at the next port."""
        return self._rtp.local

    def close(self) -> None:
        """Let go of the ports."""
        self._rtp.close()
        self._rtcp.close()

    async def send(
        self, to: Peer, packets: int, audio: Audio = silence, *, pause_s: float = PACKET_S
    ) -> Sent:
        """Send a stream in real time, with RTCP reports, and a goodbye at its end.

        Args:
            to: where RTP goes; RTCP goes to the next port.
            packets: how many packets; 50 are a second.
            audio: what is sent.
            pause_s: time between two packets; the timestamps say 20 ms all the same.
        """
        numbers = hashlib.sha256(self._ids.token().encode()).digest()
        ssrc, first = int.from_bytes(numbers[:4], "big"), int.from_bytes(numbers[4:6], "big")
        begin = int.from_bytes(numbers[6:10], "big")
        sent, hasher = Sent(ssrc), hashlib.sha256()
        control = Peer(to.host, to.port + 1)
        loop = asyncio.get_running_loop()
        started = loop.time()
        each = max(1, round(REPORT_S / PACKET_S))
        for number in range(packets):
            payload = audio(number)
            timestamp = (begin + number * SAMPLES) & 0xFFFFFFFF
            sequence = (first + number) & 0xFFFF
            packet = RtpPacket(PCMU, sequence, timestamp, ssrc, payload, marker=number == 0)
            self._rtp.send(build_rtp(packet), to)
            hasher.update(payload)
            sent.packets += 1
            sent.octets += len(payload)
            if number % each == 0:
                self._rtcp.send(self._report(sent, timestamp), control)
            await asyncio.sleep(max(0.0, started + (number + 1) * pause_s - loop.time()))
        end = (begin + packets * SAMPLES) & 0xFFFFFFFF
        self._rtcp.send(self._report(sent, end) + build_goodbye(ssrc), control)
        sent.digest = hasher.hexdigest()
        return sent

    def _report(self, sent: Sent, timestamp: int) -> bytes:
        local = self._rtp.local
        return build_sender_report(
            SenderReport(
                sent.ssrc,
                self._clock.wall(),
                timestamp,
                sent.packets,
                sent.octets,
                f"{sent.ssrc:08x}@{local.host}",
            )
        )

    def _on_rtp(self, data: bytes, _source: Peer) -> None:
        try:
            packet = parse_rtp(data)
        except RtpError:
            self.faults += 1
            return
        self.received.setdefault(packet.ssrc, Received()).take(packet)

    def _on_rtcp(self, data: bytes, _source: Peer) -> None:
        try:
            parts = parse_rtcp(data)
        except RtpError:
            self.faults += 1
            return
        ssrc = parts[0].ssrc
        if ssrc is not None:
            source = self.received.setdefault(ssrc, Received())
            source.reports += 1
            source.ended = source.ended or any(part.packet_type == GOODBYE for part in parts)


def _digest(payloads: Iterable[bytes]) -> str:
    hasher = hashlib.sha256()
    for payload in payloads:
        hasher.update(payload)
    return hasher.hexdigest()
