"""From packets to what was heard: times, counts, progress."""

from pathlib import Path

import pytest

from mcsip.capture import read as module
from mcsip.capture.read import Reading
from mcsip.capture.remarks import Remarks
from mcsip.capture.sip_addresses import SipAddresses
from mcsip.capture.source import Kind
from tests.capture.crafting import (
    START,
    TCP,
    Frame,
    frames,
    ipv4,
    ipv4_fragments,
    message,
    pcap,
    tcp,
    udp,
)
from tests.capture.samples import LONG, ONE


def reading_of(path: Path, file: bytes) -> tuple[Reading, Remarks]:
    path.write_bytes(file)
    remarks = Remarks()
    return Reading(path, Kind.PCAP, remarks, SipAddresses()), remarks


def test_a_message_has_the_time_of_the_packet_that_completes_it(tmp_path: Path) -> None:
    halves = [ipv4(tcp(ONE[:50], 1), TCP), ipv4(tcp(ONE[50:], 51), TCP)]
    packets = [ipv4(b"", 1), *ipv4_fragments(udp(LONG), 1480), *halves]
    reading, remarks = reading_of(tmp_path / "a", pcap(frames(packets, 1)))
    captured = list(reading.captured())
    begin = START * 1_000_000_000
    assert [(each.at_ns - begin, each.packet) for each in captured] == [
        (3_000_000_000, 4),
        (5_000_000_000, 6),
    ]
    assert [each.heard.data for each in captured] == [LONG, ONE]
    assert (reading.packets, reading.messages, reading.first_ns) == (6, 2, begin)
    assert remarks.texts() == ()


def test_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKETS_PER_PROGRESS", 2)
    file = pcap(frames([ipv4(udp(message(call_id=str(number)))) for number in range(5)]))
    reading, _ = reading_of(tmp_path / "a", file)
    seen: list[int] = []

    def progress(done: int, total: int) -> None:
        assert total == len(file)
        seen.append(done)

    list(reading.captured(progress))
    assert len(seen) == 3
    assert seen == sorted(seen)
    assert seen[-1] == len(file)


def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path) -> None:
    _, remarks = tried = reading_of(tmp_path / "a", pcap(frames([b"\x45abc"])))
    assert list(tried[0].captured()) == []
    assert remarks.texts() == (
        "packet 1, octet 24: a packet that ends within its IP header; left out",
    )


def test_packets_that_are_not_sorted_are_told(tmp_path: Path) -> None:
    """What was captured at two places and put together one after the other."""
    packet = ipv4(udp(ONE))
    file = pcap([Frame(1.0, packet), Frame(2.0, packet), Frame(0.5, packet), Frame(3.0, packet)])
    reading, remarks = reading_of(tmp_path / "a", file)
    assert len(list(reading.captured())) == 4
    [told] = [text for text in remarks.texts() if "order of their times" in text]
    assert told.startswith("packet 3, octet ")
    assert not remarks.incomplete
    assert (reading.first_ns, reading.last_ns) == tuple(
        (START + second) * 1_000_000_000 for second in (1, 3)
    )
