"""Saved traces: what was traced comes back, but for secrets (design.md, principle 2)."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.errors import FileError
from mcsip.trace import Direction, Trace
from mcsip.tracefile import (
    FORMAT,
    VERSION,
    TraceReader,
    load_trace,
    read_trace,
    save_trace,
    trace_lines,
)

from .small_trace import A, B, small_trace


def same(one: Trace, other: Trace) -> bool:
    return (
        list(one.items()) == list(other.items())
        and one.nodes == other.nodes
        and one.addresses == other.addresses
        and one.started_at == other.started_at
    )


def test_a_saved_trace_comes_back(tmp_path: Path) -> None:
    trace = small_trace()
    save_trace(trace, tmp_path / "trace.jsonl")
    loaded = load_trace(tmp_path / "trace.jsonl")
    assert same(trace, loaded)
    assert [path.name for path in tmp_path.iterdir()] == ["trace.jsonl"]


def test_a_loaded_trace_can_grow() -> None:
    trace = read_trace(trace_lines(small_trace()))
    assert trace.append_entry(2.0, "stranger", Direction.SENT, "UDP", A, B, b"").number == 4


def test_the_first_line_names_format_and_version() -> None:
    head = json.loads(next(trace_lines(small_trace())))
    assert head == {"format": "mcsip-trace", "version": 1, "started_at": 1_700_000_000.25}


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.binary(max_size=60) | st.text(max_size=30).map(str.encode), max_size=5),
    st.floats(0, 1e9, allow_nan=False),
)
def test_any_octets_come_back(messages: list[bytes], at: float) -> None:
    trace = Trace()
    for data in messages:
        trace.append_entry(at, "n", Direction.SENT, "UDP", A, B, data)
    text = "\n".join(trace_lines(trace, redacted=False))
    assert same(read_trace(text.split("\n")), trace)


def test_secrets_are_not_saved() -> None:
    trace = Trace()
    data = b"x eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJ4In0.c2ln\r\n"
    trace.append_entry(0.0, "n", Direction.SENT, "UDP", A, B, data)
    trace.append_note(0.0, "n", "2", "", data.decode())
    lines = "\n".join(trace_lines(trace))
    assert "eyJ" not in lines
    assert trace.entries[0].data == data, "the trace itself stays what was on the wire"
    assert len(read_trace(lines.split("\n")).entries[0].data) == len(data)


HEAD = json.dumps({"format": FORMAT, "version": VERSION, "started_at": 0})
ENTRY = {
    "kind": "message",
    "number": 1,
    "at": 0,
    "node": "n",
    "direction": "sent",
    "transport": "UDP",
    "local": ["a", 1],
    "remote": ["b", 2],
    "text": "",
}


@pytest.mark.parametrize(
    ("lines", "where", "what"),
    [
        ([], "t:1:1", "the trace is empty"),
        (["{"], "t:1:2", "not JSON"),
        (['{"format": "pcap", "version": 1}'], "t:1:1", "the format is 'pcap'"),
        ([json.dumps({"format": FORMAT, "version": 9})], "t:1:1", "version 9 is not known"),
        (['["a"]'], "t:1:1", "not a line of a trace"),
        ([HEAD, '{"number": 1}'], "t:2:1", "'kind' is missing"),
        ([HEAD, '{"kind": "gossip"}'], "t:2:1", "the kind 'gossip' is not known"),
        ([HEAD, json.dumps(ENTRY | {"node": 7})], "t:2:1", "node is 7, expected text"),
        ([HEAD, json.dumps(ENTRY | {"number": True})], "t:2:1", "expected a whole number"),
        ([HEAD, json.dumps(ENTRY | {"at": "soon"})], "t:2:1", "expected a number"),
        ([HEAD, json.dumps(ENTRY | {"local": "a:1"})], "t:2:1", "expected [host, port]"),
        ([HEAD, json.dumps(ENTRY | {"direction": "up"})], "t:2:1", "'up' is not a valid Direction"),
        ([HEAD, json.dumps(ENTRY | {"text": "\udcff"})], "t:2:1", "surrogates not allowed"),
    ],
)
def test_a_broken_trace_is_refused_with_its_position(
    lines: list[str], where: str, what: str
) -> None:
    with pytest.raises(FileError) as caught:
        read_trace(lines, "t")
    text = str(caught.value)
    assert text.startswith(where)
    assert what in text


def test_a_damaged_trace_never_fails_in_another_way() -> None:
    text = "\n".join(trace_lines(small_trace()))
    chance = random.Random(1)
    for _ in range(300):
        position = chance.randrange(len(text))
        damaged = text[:position] + chance.choice('"{}[]:,x0') + text[position + 1 :]
        try:
            read_trace(damaged.split("\n"))
        except FileError:
            continue


class TestReadingLineByLine:
    """What streams by, and what is kept of it."""

    def test_what_is_read_is_kept_only_when_told(self) -> None:
        lines = list(trace_lines(small_trace()))
        into = Trace()
        reader = TraceReader("a", into)
        items = [item for line in lines if (item := reader.read(line)) is not None]
        assert reader.trace is into
        assert reader.lines == len(lines)
        assert (into.entries, into.notes) == ([], [])
        assert into.nodes == small_trace().nodes
        for item in items:
            reader.keep(item)
        assert list(trace_lines(into)) == lines

    def test_after_a_damaged_line_the_next_one_is_read(self) -> None:
        lines = list(trace_lines(small_trace()))
        reader = TraceReader("a")
        reader.read(lines[0])
        for damaged in ("{", "[" * 100_000, "[]", '{"kind": "x"}'):
            with pytest.raises(FileError):
                reader.read(damaged)
        kept = [item for line in lines[1:] if (item := reader.read(line)) is not None]
        assert len(kept) == len(list(small_trace().items()))

    def test_without_a_line_there_is_no_trace(self) -> None:
        with pytest.raises(FileError, match="the trace is empty"):
            _ = TraceReader("a").trace
