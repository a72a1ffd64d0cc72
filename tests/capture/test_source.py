"""What kind of file a source is, and what is said of files that are none."""

from pathlib import Path

import pytest

from mcsip.capture import Kind, open_source
from mcsip.capture import source as module
from mcsip.capture.source import kind_of
from mcsip.errors import FileError, UsageError
from tests.capture.crafting import frames, ipv4, pcap, pcapng, udp
from tests.capture.samples import OK, ONE

PACKETS = frames([ipv4(udp(ONE)), ipv4(udp(OK))])
TRACE = b'{"format": "mcsip-trace", "version": 1, "started_at": 1.0}\n'


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (pcap([]), Kind.PCAP),
        (pcap([], order=">"), Kind.PCAP),
        (pcap([], nanoseconds=True), Kind.PCAP),
        (pcap([], order=">", nanoseconds=True), Kind.PCAP),
        (pcap([], kuznetzov=True), Kind.PCAP),
        (pcapng([]), Kind.PCAPNG),
        (pcapng([], order=">"), Kind.PCAPNG),
        (TRACE, Kind.TRACE),
        (b"\xef\xbb\xbf " + TRACE, Kind.TRACE),
        (b"", None),
        (b"\xa1\xb2", None),
        (b"systems:\n", None),
        (b"\x00" * 16, None),
    ],
)
def test_kinds(start: bytes, kind: Kind | None) -> None:
    assert kind_of(start[:16]) is kind


@pytest.mark.parametrize(
    ("file", "error"),
    [
        (
            b"",
            (
                "{}:1:1: the file is empty\n"
                "     = was the capture stopped before anything was written?"
            ),
        ),
        (
            b"systems: {}\n",
            (
                "{}:1:1: neither a capture (pcap, pcapng) nor a saved trace of mcsip\n"
                "     = give a file that tcpdump, dumpcap or Wireshark wrote, or a trace.jsonl of a run"
            ),
        ),
        (
            bytes.fromhex("1f8b0800"),
            "{}:1:1: a file that is compressed with gzip\n     = unpack it first: gzip -d",
        ),
        (
            bytes.fromhex("28b52ffd00"),
            "{}:1:1: a file that is compressed with zstd\n     = unpack it first: zstd -d",
        ),
        (
            b"{}\n",
            (
                "{}:1:1: not a line of a trace: 'format' is missing\n"
                "     |  {{}}\n"
                "     |  ^\n"
                "     = the first line of a trace is "
                '{{"format": "mcsip-trace", "version": 1, …}}'
            ),
        ),
    ],
    ids=["empty", "other", "gzip", "zstd", "json"],
)
def test_files_that_are_none(tmp_path: Path, file: bytes, error: str) -> None:
    path = tmp_path / "given"
    path.write_bytes(file)
    with pytest.raises(FileError) as caught:
        open_source(path)
    assert str(caught.value) == error.format(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_source(tmp_path / "missing")


def test_loading_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "given"
    path.write_bytes(pcap(PACKETS))
    source = open_source(path)
    assert len(source.load().entries) == 2
    assert len(source.load().entries) == 2
    monkeypatch.setattr(module, "MAX_LOADED_MESSAGES", 1)
    with pytest.raises(UsageError, match="more than 1 messages do not fit into memory"):
        source.load()
