"""Saved traces as streams."""

import json
from pathlib import Path

import pytest

from mcsip.capture import Kind, open_source
from mcsip.capture import saved as module
from mcsip.errors import UsageError
from mcsip.mc.roles import Role
from mcsip.trace import Direction, NodeInfo, Peer, Trace, TraceEntry
from mcsip.tracefile import load_trace, save_trace, trace_lines
from tests.capture.samples import OK, ONE

A, B = Peer("10.0.0.1", 5060), Peer("10.0.0.2", 5060)
EPHEMERAL = Peer("10.0.0.1", 49_152)


def make_trace() -> Trace:
    trace = Trace(100.0)
    trace.add_node(NodeInfo("x.server", "x", Role.MC_SERVER, "mcptt", "x.example"))
    trace.announce("x.server", *B)
    trace.append_entry(0.5, "ue", Direction.SENT, "TCP", EPHEMERAL, B, ONE)
    trace.append_note(0.6, "x.server", "1", "TS 23.280", "checked")
    trace.append_entry(0.7, "x.server", Direction.SENT, "TCP", B, EPHEMERAL, OK)
    trace.append_media(0.8, "x.server", A, B, b"rtp")
    return trace


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "trace.jsonl"
    save_trace(make_trace(), path, redacted=False)
    return path


def test_entries_stream_by(path: Path) -> None:
    source = open_source(path)
    assert source.kind is Kind.TRACE
    assert list(source.trace.nodes) == ["x.server"]
    assert list(source.entries()) == make_trace().entries
    assert list(source.entries()) == make_trace().entries
    assert (source.trace.entries, source.trace.notes) == ([], [])
    assert (source.trace.started_at, source.remarks, source.incomplete) == (100.0, (), False)
    assert source.trace.node_at(EPHEMERAL, "TCP") == "ue"


def test_items_are_the_steps_of_nodes_too(path: Path) -> None:
    items = list(open_source(path).items())
    assert [item for item in items if isinstance(item, TraceEntry)] == list(
        open_source(path).entries()
    )
    assert [item for item in items if not isinstance(item, TraceEntry)] == load_trace(path).notes
    numbers = [item.number for item in items]
    assert numbers == sorted(numbers)


def test_loading_takes_notes_and_media_too(path: Path) -> None:
    source = open_source(path)
    for _ in range(2):
        trace = source.load()
        assert trace is source.trace
        assert list(trace_lines(trace, redacted=False)) == list(
            trace_lines(make_trace(), redacted=False)
        )


def test_loading_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LOADED_MESSAGES", 1)
    with pytest.raises(UsageError, match="more than 1 messages"):
        open_source(path).load()


def test_damaged_lines_are_told_and_the_rest_is_kept(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    place = sum(map(len, lines[:3]))
    path.write_bytes(b"".join([*lines[:3], b"{broken\n", b'{"kind": "x"}\n', *lines[3:]]))
    source = open_source(path)
    assert list(source.entries()) == make_trace().entries
    assert source.incomplete
    assert source.remarks == (
        f"line 4, octet {place}: not JSON: Expecting property name enclosed in double quotes",
        f"line 5, octet {place + 8}: not a line of a trace: the kind 'x' is not known",
    )


def test_a_file_that_is_cut(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b'"note"') + 3])
    source = open_source(path)
    assert [entry.data for entry in source.entries()] == [ONE]
    assert len(source.remarks) == 1
    assert source.remarks[0].endswith("the file ends in the middle of a line")
    assert source.incomplete


def test_deep_nesting_is_a_damaged_line(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"[" * 200_000 + b"\n")
    source = open_source(path)
    assert len(list(source.entries())) == 2
    assert source.remarks[0].endswith("not JSON: nested too deep")


def test_a_line_too_long_is_not_taken_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE_OCTETS", 2000)
    with path.open("ab") as file:
        file.write(json.dumps({"kind": "note", "text": "x" * 9000}).encode() + b"\n")
    source = open_source(path)
    assert len(list(source.entries())) == 2
    assert source.incomplete


def test_progress(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINES_PER_PROGRESS", 2)
    seen: list[tuple[int, int]] = []
    list(open_source(path).entries(lambda done, total: seen.append((done, total))))
    size = path.stat().st_size
    assert seen[-1] == (size, size)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len(seen) == 4


def test_the_table(path: Path) -> None:
    assert open_source(path).describe() == (
        "node      role       system  domain     address\n"
        "x.server  mc-server  x       x.example  10.0.0.2:5060"
    )
