"""A capture on its way into a file: the same packets as a capture of the whole, at any moment."""

import logging
import os
from pathlib import Path

import pytest

from mcsip.errors import FileError
from mcsip.report.live_pcap import LivePcap
from mcsip.report.pcap import FILE_HEADER, build_pcap
from mcsip.trace import Direction, MediaPacket, Peer, Trace

A, B = Peer("127.0.0.1", 5060), Peer("127.0.0.2", 5060)
OPTIONS = b"OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\r\n"


def make(transport: str = "TCP", count: int = 3) -> Trace:
    """Return messages from A to B, each traced by both."""
    trace = Trace(1000.0)
    for number in range(count):
        data = OPTIONS.replace(b"bK1", b"bK%d" % number)
        trace.append_entry(number, "x.a", Direction.SENT, transport, A, B, data)
        trace.append_entry(number, "x.b", Direction.RECEIVED, transport, B, A, data)
    return trace


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS"])
def test_it_is_the_capture_of_the_whole(tmp_path: Path, transport: str) -> None:
    trace, path = make(transport), tmp_path / "c.pcap"
    live = LivePcap(path, trace)
    for entry in trace.entries:
        live.add_entry(entry)
    assert path.read_bytes() == build_pcap(trace)  # before it is closed
    live.close()
    live.close()


def test_what_only_the_receiver_traced_is_there(tmp_path: Path) -> None:
    trace, path = make(), tmp_path / "c.pcap"
    trace.entries = [e for e in trace.entries if e.direction is Direction.RECEIVED]
    live = LivePcap(path, trace)
    for entry in trace.entries:
        live.add_entry(entry)
    live.close()
    assert path.read_bytes() == build_pcap(trace)
    assert path.read_bytes().count(b"OPTIONS sip:b") == 3


def test_media_are_there(tmp_path: Path) -> None:
    path = tmp_path / "c.pcap"
    live = LivePcap(path, Trace(1000.0))
    live.add_media(MediaPacket(1.0, "x.a", A, B, b"rtp and no more"))
    live.close()
    assert b"rtp and no more" in path.read_bytes()


def test_secrets_are_not_there(tmp_path: Path) -> None:
    path, trace = tmp_path / "c.pcap", Trace(1000.0)
    live = LivePcap(path, trace)
    data = b"REGISTER sip:b SIP/2.0\r\nAuthorization: Bearer abcdefghijkl\r\n\r\n"
    live.add_entry(trace.append_entry(1.0, "x.a", Direction.SENT, "UDP", A, B, data))
    live.close()
    assert b"REGISTER" in path.read_bytes()
    assert b"abcdefghijkl" not in path.read_bytes()


@pytest.mark.parametrize("cut", [1, 15, 40])
def test_a_packet_that_was_cut_off_is_dropped_and_the_file_continued(
    tmp_path: Path, cut: int
) -> None:
    whole, path = make("UDP", 2), tmp_path / "c.pcap"
    octets = build_pcap(whole)
    path.write_bytes(octets[:-cut])
    live = LivePcap(path, whole)
    live.add_entry(whole.entries[2])
    live.close()
    again = path.read_bytes()
    assert len(again) == len(octets)
    assert again.startswith(build_pcap(make("UDP", 1)))


def test_a_header_that_was_cut_off_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "c.pcap"
    path.write_bytes(FILE_HEADER[:10])
    LivePcap(path, Trace()).close()
    assert path.read_bytes() == FILE_HEADER


@pytest.mark.parametrize("octets", [b"mine", b"\x0a\x0d\x0d\x0a pcapng", b"\0" * 100])
def test_another_file_is_left_alone(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "c.pcap"
    path.write_bytes(octets)
    with pytest.raises(FileError, match="something else than a capture"):
        LivePcap(path, Trace())
    assert path.read_bytes() == octets


def test_a_full_disk_ends_the_capture_and_not_the_server(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    trace = make("UDP", 2)
    live = LivePcap(tmp_path / "c.pcap", trace)
    live.close()
    live._file = os.open(full, os.O_WRONLY)
    with caplog.at_level(logging.ERROR):
        live.add_entry(trace.entries[0])
        live.add_entry(trace.entries[2])
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1
    assert "the capture ends: cannot write" in said[0]
    assert "No space left on device" in said[0]
