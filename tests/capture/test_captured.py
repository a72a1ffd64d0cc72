"""Captures as streams of entries: what is whole, what is damaged, and random octets."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.capture import open_source
from mcsip.errors import FileError
from mcsip.trace import Direction, Peer, TraceEntry
from tests.capture.crafting import A, B, frames, ipv4, message, pcap, udp
from tests.capture.samples import DAMAGED, OK, ONE, SAMPLES, Sample


def read(path: Path, file: bytes) -> tuple[list[TraceEntry], tuple[str, ...], bool]:
    path.write_bytes(file)
    source = open_source(path)
    entries = list(source.entries())
    return entries, source.remarks, source.incomplete


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_whole_captures(tmp_path: Path, sample: Sample) -> None:
    entries, remarks, incomplete = read(tmp_path / "a.pcap", sample.file)
    assert [entry.data for entry in entries] == sample.messages
    assert (remarks, incomplete) == ((), False)
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    assert all(entry.direction is Direction.SENT for entry in entries)


@pytest.mark.parametrize("sample", DAMAGED.values(), ids=DAMAGED)
def test_damaged_captures_tell_what_and_keep_the_rest(tmp_path: Path, sample: Sample) -> None:
    entries, remarks, incomplete = read(tmp_path / "a.pcap", sample.file)
    assert [entry.data for entry in entries] == sample.messages
    assert len(remarks) == len(sample.remarks), remarks
    for remark, expected in zip(remarks, sample.remarks, strict=True):
        assert remark.startswith(expected)
    assert incomplete == any(
        "captured twice" not in remark and "no SIP in" not in remark for remark in remarks
    )


def test_an_entry_is_what_its_sender_sent(tmp_path: Path) -> None:
    packets = [ipv4(udp(ONE)), ipv4(udp(OK, B, A), source=B, target=A)]
    entries, _, _ = read(tmp_path / "a.pcap", pcap(frames(packets, 0.25)))
    first, second = entries
    assert (first.local, first.remote) == (Peer(*A), Peer(*B))
    assert (second.local, second.remote) == (Peer(*B), Peer(*A))
    assert (first.transport, first.at, second.at) == ("UDP", 0.0, 0.25)


def test_time_goes_on_with_the_packets_of_others(tmp_path: Path) -> None:
    """What has not come when they stop has not come."""
    path = tmp_path / "a.pcap"
    dns = ipv4(udp(b"\x12\x34\1\0\0\1\0\0\0\0\0\0", ("10.0.0.1", 5353), ("10.0.0.9", 53)))
    path.write_bytes(pcap(frames([ipv4(udp(ONE)), dns], 99.5)))
    source = open_source(path)
    assert source.until == 0.0
    assert [entry.at for entry in source.entries()] == [0.0]
    assert source.until == 99.5


def test_a_capture_without_packets_says_so(tmp_path: Path) -> None:
    entries, remarks, incomplete = read(tmp_path / "a.pcap", pcap([]))
    assert (entries, incomplete) == ([], False)
    assert remarks[0].startswith("there is no packet in it")


def test_entries_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(DAMAGED["gap"].file)
    source = open_source(path)
    once = list(source.entries())
    remarks = source.remarks
    assert list(source.entries()) == once
    assert source.remarks == remarks
    assert source.load().entries == once
    assert source.trace.started_at == 1_700_000_000.0


def test_progress_ends_with_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(SAMPLES["microseconds"].file)
    seen: list[tuple[int, int]] = []
    source = open_source(path, progress=lambda done, total: seen.append((done, total)))
    list(source.entries(lambda done, total: seen.append((done, total))))
    size = path.stat().st_size
    assert seen == [(size, size)] * 2


def test_garbage_before_the_first_message_at_its_address_is_kept(tmp_path: Path) -> None:
    """The look ahead knows the address before the entries begin."""
    target = ("10.0.0.2", 7000)
    sip = message(via="SIP/2.0/UDP 10.0.0.1:7001")
    packets = [ipv4(udp(data, ("10.0.0.1", 7001), target)) for data in (b"\x80junk", sip)]
    entries, _, _ = read(tmp_path / "a.pcap", pcap(frames(packets)))
    assert [entry.data for entry in entries] == [b"\x80junk", sip]


HEADS = [sample.file[:40] for sample in (SAMPLES["microseconds"], SAMPLES["pcapng"])]


@given(st.sampled_from(HEADS), st.binary(max_size=600))
@settings(max_examples=300)
def test_random_octets_after_a_sound_beginning(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, rest: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "random.pcap"
    read(path, head + rest)


@given(
    st.sampled_from([sample.file for sample in SAMPLES.values()]),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=8),
)
@settings(max_examples=600)
def test_changed_octets_anywhere(
    tmp_path_factory: pytest.TempPathFactory, file: bytes, changes: list[tuple[float, int]]
) -> None:
    """Whatever is changed, reading ends, and says so or gives entries."""
    changed = bytearray(file)
    for place, octet in changes:
        changed[int(place * len(changed))] = octet
    path = tmp_path_factory.getbasetemp() / "changed.pcap"
    try:
        entries, remarks, _ = read(path, bytes(changed))
    except FileError:
        return
    assert entries or remarks
