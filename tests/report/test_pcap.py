"""The capture file: its structure, and what tshark reads out of it."""

import struct
import subprocess
from pathlib import Path

import pytest

from mcsip.report.pcap import MAX_DATAGRAM_OCTETS, MAX_SEGMENT_OCTETS, build_pcap
from mcsip.sip.build import build_request
from mcsip.sip.field import make_field
from mcsip.sip.message import Request
from mcsip.trace import Direction, Peer, Trace

PI_ERROR = 0x00800000
"""Severity "error" of an expert item (epan/proto.h of Wireshark)."""


def message(transport: str, peer: Peer, body: bytes = b"hello", number: int = 1) -> bytes:
    request = build_request(
        "MESSAGE",
        "sip:bob@example.com",
        from_="<sip:alice@example.com>;tag=a",
        to="<sip:bob@example.com>",
        call_id=f"call{number}",
        cseq=number,
        content_type="text/plain",
        body=body,
    )
    host = f"[{peer.host}]" if ":" in peer.host else peer.host
    via = make_field("Via", f"SIP/2.0/{transport} {host}:{peer.port};branch=z9hG4bKb{number}")
    return Request(request.method, request.uri, (via, *request.fields), request.body).octets()


def trace_of(transport: str, source: Peer, target: Peer, *bodies: bytes) -> Trace:
    trace = Trace(1_700_000_000.123456)
    for number, body in enumerate(bodies, 1):
        data = message(transport, source, body, number)
        trace.append_entry(number / 1000, "a", Direction.SENT, transport, source, target, data)
    return trace


def packets(capture: bytes) -> list[tuple[int, int, bytes]]:
    """Return seconds, nanoseconds and octets of each packet."""
    assert struct.unpack("<IHHiIII", capture[:24]) == (0xA1B23C4D, 2, 4, 0, 0, 262_144, 101)
    found, position = [], 24
    while position < len(capture):
        seconds, nanoseconds, size, original = struct.unpack_from("<IIII", capture, position)
        assert size == original
        found.append((seconds, nanoseconds, capture[position + 16 : position + 16 + size]))
        position += 16 + size
    return found


A, B = Peer("127.0.0.1", 40001), Peer("127.0.0.2", 5060)


def test_each_message_is_one_packet(success: Trace) -> None:
    found = packets(build_pcap(success))
    assert len(found) == 22
    assert [packet[:2] for packet in found] == sorted(packet[:2] for packet in found)


def test_time_is_kept_to_the_nanosecond() -> None:
    ((seconds, nanoseconds, _),) = packets(build_pcap(trace_of("UDP", A, B, b"x")))
    assert (seconds, nanoseconds) == (1_700_000_000, 124_456_000) or nanoseconds // 1000 == 124_455


def test_numbers_of_a_connection_go_on() -> None:
    """RFC 9293 3.4: each side counts its octets and acknowledges the other's."""
    trace = Trace()
    one, two, three = (message("TCP", A, b"x" * n, n) for n in (1, 2, 3))
    trace.append_entry(0.0, "a", Direction.SENT, "TCP", A, B, one)
    trace.append_entry(0.1, "b", Direction.SENT, "TCP", B, A, two)
    trace.append_entry(0.2, "a", Direction.SENT, "TCP", A, B, three)
    numbers = [struct.unpack_from("!II", packet, 24) for _, _, packet in packets(build_pcap(trace))]
    assert numbers == [(1, 1), (1, 1 + len(one)), (1 + len(one), 1 + len(two))]


def test_media_stand_between_the_messages_as_they_came() -> None:
    """TS 23.280 5.2.9.1: the log of a relay is part of the capture."""
    trace = trace_of("UDP", Peer("127.0.0.1", 5060), Peer("127.0.0.2", 5060), b"a", b"b")
    media = Peer("127.0.0.3", 20_000), Peer("127.0.0.4", 20_002)
    trace.append_media(0.0015, "primary.server", *media, b"\x80\x00rtp")
    _, middle, _ = packets(build_pcap(trace))
    assert middle[2][12:24] == bytes([127, 0, 0, 3, 127, 0, 0, 4]) + struct.pack(
        "!HH", *[20_000, 20_002]
    )
    assert middle[2][28:] == b"\x80\x00rtp"


def test_a_large_message_is_several_segments() -> None:
    trace = trace_of("TCP", A, B, b"x" * (2 * MAX_SEGMENT_OCTETS))
    found = packets(build_pcap(trace))
    assert len(found) == 3
    assert b"".join(packet[40:] for _, _, packet in found) == trace.entries[0].data


def test_a_datagram_that_cannot_be_is_cut() -> None:
    ((_, _, packet),) = packets(build_pcap(trace_of("UDP", A, B, b"x" * 70_000)))
    assert len(packet) == 28 + MAX_DATAGRAM_OCTETS


def test_an_empty_trace_is_an_empty_capture() -> None:
    assert packets(build_pcap(Trace())) == []


def test_secrets_are_not_captured(success: Trace, secrets: tuple[bytes, ...]) -> None:
    capture = build_pcap(success)
    assert not any(secret in capture for secret in secrets)


BY_HEURISTICS = (
    "-o", "udp.try_heuristic_first:TRUE", "-o", "tcp.try_heuristic_first:TRUE",
)  # fmt: skip
CHECKED = (
    "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
)  # fmt: skip


def dissect(tshark: str, capture: Path, *options: str, fields: tuple[str, ...]) -> list[list[str]]:
    """Return the fields of each frame, as tshark sees them."""
    command = [tshark, "-r", str(capture), *CHECKED, *options, "-T", "fields", "-E", "separator=/t"]
    for name in fields:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return [line.split("\t") for line in done.stdout.splitlines()]


def check_frames(tshark: str, capture: Path, frames: int, *options: str) -> None:
    """Every frame is SIP, with right checksums, and has neither a malformed mark nor an error."""
    fields = (
        "frame.protocols", "_ws.malformed", "_ws.expert.severity", "ip.checksum.status",
        "udp.checksum.status", "tcp.checksum.status", "_ws.expert.message",
    )  # fmt: skip
    rows = dissect(tshark, capture, *options, fields=fields)
    assert len(rows) == frames
    for protocols, malformed, severities, *checksums, remark in rows:
        assert "sip" in protocols.split(":"), (protocols, remark)
        assert not malformed, remark
        assert all(int(severity) < PI_ERROR for severity in severities.split(",") if severity), (
            remark
        )
        assert all(set(status.split(",")) <= {"", "1"} for status in checksums), checksums


PORTS = ("-d", "tcp.port==40001,sip", "-d", "udp.port==5060,sip", "-d", "tcp.port==5061,sip")
TRACES = {
    "udp": (trace_of("UDP", A, B, b"1", b"22", b""), 3),
    "tcp": (trace_of("TCP", A, B, b"1", b"22", b"x" * 3000), 3),
    "tls": (trace_of("TLS", A, Peer("127.0.0.2", 5061), b"1", b"22"), 2),
    "udp-over-ipv6": (trace_of("UDP", Peer("::1", 40001), Peer("::1", 5060), b"1", b"22"), 2),
    "tcp-over-ipv6": (trace_of("TCP", Peer("::1", 40001), Peer("::1", 5060), b"1", b"22"), 2),
    "mixed": (trace_of("UDP", Peer("::1", 40001), B, b"1"), 1),
    "names": (trace_of("UDP", Peer("alice-ue", 40001), Peer("partner.core", 5060), b"1"), 1),
    "large": (trace_of("UDP", A, B, b"x" * 60_000), 1),
}


@pytest.mark.interop
@pytest.mark.parametrize("way", [BY_HEURISTICS, PORTS], ids=["heuristics", "decode-as"])
@pytest.mark.parametrize(("trace", "frames"), TRACES.values(), ids=TRACES.keys())
def test_tshark_dissects_every_frame(
    tshark: str, tmp_path: Path, trace: Trace, frames: int, way: tuple[str, ...]
) -> None:
    capture = tmp_path / "a.pcap"
    capture.write_bytes(build_pcap(trace))
    check_frames(tshark, capture, frames, *way)


@pytest.mark.interop
@pytest.mark.parametrize(
    "way", [(), BY_HEURISTICS, PORTS], ids=["plain", "heuristics", "decode-as"]
)
def test_tshark_dissects_the_main_procedure(
    tshark: str, tmp_path: Path, success: Trace, refused: Trace, way: tuple[str, ...]
) -> None:
    for trace, frames in ((success, 22), (refused, 23)):
        capture = tmp_path / "a.pcap"
        capture.write_bytes(build_pcap(trace))
        check_frames(tshark, capture, frames, *way)


@pytest.mark.interop
def test_tshark_reads_the_messages_of_the_main_procedure(
    tshark: str, tmp_path: Path, success: Trace
) -> None:
    """The 8 MC messages over 10 hops and their 200s, bodies as XML."""
    capture = tmp_path / "a.pcap"
    capture.write_bytes(build_pcap(success))
    rows = dissect(tshark, capture, fields=("sip.Method", "sip.Status-Code", "xml.cdata"))
    requests = [row for row in rows if row[0] == "MESSAGE"]
    assert len(requests) == 10
    assert sum("migration-service-authorization-request" in row[2] for row in requests) == 5
    assert sum("migration-service-authorization-response" in row[2] for row in requests) == 5
    assert [row[1] for row in rows if row[1]] == ["200"] * 11


@pytest.mark.interop
def test_tshark_puts_a_large_message_together(tshark: str, tmp_path: Path) -> None:
    capture = tmp_path / "a.pcap"
    capture.write_bytes(build_pcap(trace_of("TCP", A, B, b"x" * 150_000)))
    rows = dissect(tshark, capture, fields=("sip.Method", "sip.Content-Length", "_ws.malformed"))
    assert rows[-1] == ["MESSAGE", "150000", ""]
