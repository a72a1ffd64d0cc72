"""The trace: appending, learning addresses, saving and loading (design.md, principle 2)."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.errors import FileError
from mcsip.mc.roles import Role
from mcsip.trace import (
    FORMAT,
    VERSION,
    Direction,
    Mode,
    NodeInfo,
    Peer,
    Trace,
    TraceEntry,
    TraceReader,
)

A = Peer("127.0.0.1", 5060)
B = Peer("127.0.0.2", 5060)
V6 = Peer("::1", 40000)


def small_trace() -> Trace:
    trace = Trace(1_700_000_000.25, began_at=100.0)
    trace.add_node(NodeInfo("partner.server", "partner", Role.MC_SERVER, "mcptt"))
    trace.add_node(NodeInfo("stranger"))
    trace.announce("stranger", "::1", 40000)
    trace.append_entry(
        100.5, "partner.server", Direction.SENT, "UDP", A, V6, b"\xff\x00\r\n", "lost"
    )
    trace.append_note(
        100.75, "partner.server", "2", "TS 23.280 10.6.3.3", "initial check: permitted ✓"
    )
    trace.append_entry(101.0, "stranger", Direction.RECEIVED, "TCP", V6, A, "é\r\n\x00".encode())
    return trace


def same(one: Trace, other: Trace) -> bool:
    return (
        list(one.items()) == list(other.items())
        and one.nodes == other.nodes
        and one.addresses == other.addresses
        and one.started_at == other.started_at
    )


def test_times_count_from_the_beginning_of_the_run() -> None:
    trace = small_trace()
    assert [entry.at for entry in trace.entries] == [0.5, 1.0]
    assert trace.notes[0].at == 0.75


def test_entries_and_notes_share_one_numbering() -> None:
    assert [(item.number, isinstance(item, TraceEntry)) for item in small_trace().items()] == [
        (1, True),
        (2, False),
        (3, True),
    ]


def test_addresses_are_announced_or_learnt() -> None:
    trace = small_trace()
    assert trace.addresses == {A: "partner.server", V6: "stranger"}
    trace.append_entry(102.0, "partner.server", Direction.SENT, "UDP", B, A, b"")
    assert trace.node_at(B) == "partner.server"
    assert trace.node_at(("192.0.2.1", 1)) is None


def test_a_port_may_belong_to_another_node_on_another_transport() -> None:
    trace = Trace()
    trace.announce("server", "127.0.0.1", 5060)
    trace.append_entry(0.0, "client", Direction.SENT, "TCP", A, B, b"")
    assert trace.node_at(A, "TCP") == "client"
    assert trace.node_at(A, "TLS") == "client"
    assert trace.node_at(A, "UDP") == "server"


def test_a_saved_trace_comes_back(tmp_path: Path) -> None:
    trace = small_trace()
    trace.save(tmp_path / "trace.jsonl")
    loaded = Trace.load(tmp_path / "trace.jsonl")
    assert same(trace, loaded)
    assert [path.name for path in tmp_path.iterdir()] == ["trace.jsonl"]


def test_a_loaded_trace_can_grow() -> None:
    trace = Trace.from_lines(small_trace().to_lines())
    assert trace.append_entry(2.0, "stranger", Direction.SENT, "UDP", A, B, b"").number == 4


def test_the_first_line_names_format_and_version() -> None:
    head = json.loads(next(small_trace().to_lines()))
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
    text = "\n".join(trace.to_lines(redacted=False))
    assert same(Trace.from_lines(text.split("\n")), trace)


def test_secrets_are_not_saved() -> None:
    trace = Trace()
    data = b"x eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJ4In0.c2ln\r\n"
    trace.append_entry(0.0, "n", Direction.SENT, "UDP", A, B, data)
    trace.append_note(0.0, "n", "2", "", data.decode())
    lines = "\n".join(trace.to_lines())
    assert "eyJ" not in lines
    assert trace.entries[0].data == data, "the trace itself stays what was on the wire"
    assert len(Trace.from_lines(lines.split("\n")).entries[0].data) == len(data)


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
        Trace.from_lines(lines, "t")
    text = str(caught.value)
    assert text.startswith(where)
    assert what in text


def test_a_damaged_trace_never_fails_in_another_way() -> None:
    text = "\n".join(small_trace().to_lines())
    chance = random.Random(1)
    for _ in range(300):
        position = chance.randrange(len(text))
        damaged = text[:position] + chance.choice('"{}[]:,x0') + text[position + 1 :]
        try:
            Trace.from_lines(damaged.split("\n"))
        except FileError:
            continue


def test_media_come_back_octet_for_octet_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """TS 23.280 5.2.9.1: media run through the primary to be logged."""
    monkeypatch.setattr("mcsip.trace.MAX_MEDIA_PACKETS", 2)
    trace = Trace(began_at=100.0)
    for second in range(3):
        source, target = Peer("10.0.0.1", 20_000), Peer("10.0.0.2", 20_002)
        trace.append_media(101.0 + second, "primary.server", source, target, b"\x80\x00\xff")
    assert (len(trace.media), trace.media_omitted) == (2, 1)
    assert trace.media[0].at == 1.0
    assert Trace.from_lines(trace.to_lines()).media == trace.media
    assert not list(trace.items())


class TestForeignNodes:
    """Of a node that is not ours only the neighbours' copies are in the trace."""

    REQUEST = (
        "MESSAGE sip:s@b.example SIP/2.0\r\nVia: SIP/2.0/TCP {by};branch=z9hG4bK1\r\n"
        "From: <sip:gateway@a.example>;tag=1\r\nTo: <sip:s@b.example>\r\nCall-ID: 1\r\n"
        "CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n"
    )

    def make(self, by: str, mode: Mode = Mode.SUT) -> Trace:
        trace = Trace()
        info = NodeInfo(
            "a.gateway",
            "a",
            Role.MC_GATEWAY,
            "mcptt",
            "a.example",
            ("gateway.a.example",),
            ("sip:gateway@a.example",),
            mode,
        )
        trace.add_node(info)
        trace.announce("a.gateway", "192.0.2.1", 5070)
        data = self.REQUEST.format(by=by).encode()
        local, remote = Peer("192.0.2.2", 5060), Peer("192.0.2.1", 40000)
        trace.append_entry(0.0, "b.server", Direction.RECEIVED, "TCP", local, remote, data)
        return trace

    @pytest.mark.parametrize("by", ["192.0.2.1:5070", "gateway.a.example", "203.0.113.9:1"])
    def test_a_connection_is_known_by_what_its_request_says(self, by: str) -> None:
        """By sent-by's address, by its host name, by the identity."""
        assert self.make(by).node_at(("192.0.2.1", 40000), "TCP") == "a.gateway"

    def test_nobody_takes_the_name_of_a_node_of_ours(self) -> None:
        trace = self.make("192.0.2.1:5070", Mode.SIMULATED)
        assert trace.node_at(("192.0.2.1", 40000), "TCP") is None

    @pytest.mark.parametrize("mode", [Mode.SUT, Mode.OBSERVED])
    def test_the_mode_is_saved(self, mode: Mode) -> None:
        trace = self.make("192.0.2.1:5070", mode)
        again = Trace.from_lines(trace.to_lines())
        assert again.nodes["a.gateway"].mode is mode
        assert again.node_at(("192.0.2.1", 40000), "TCP") == "a.gateway"


class TestReadingLineByLine:
    """What streams by, and what is kept of it."""

    def test_what_is_read_is_kept_only_when_told(self) -> None:
        lines = list(small_trace().to_lines())
        into = Trace()
        reader = TraceReader("a", into)
        items = [item for line in lines if (item := reader.read(line)) is not None]
        assert reader.trace is into
        assert reader.lines == len(lines)
        assert (into.entries, into.notes) == ([], [])
        assert into.nodes == small_trace().nodes
        for item in items:
            reader.keep(item)
        assert list(into.to_lines()) == lines

    def test_after_a_damaged_line_the_next_one_is_read(self) -> None:
        lines = list(small_trace().to_lines())
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

    def test_addresses_of_entries_that_stream_by(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("mcsip.trace.MAX_LEARNT", 2)
        trace = Trace()
        ports = [Peer("192.0.2.1", port) for port in (1, 2, 3)]
        for name, local in zip(("a", "b", "c", "d"), [*ports, ports[2]], strict=True):
            trace.learn(TraceEntry(1, 0.0, name, Direction.SENT, "TCP", local, A, b""))
        assert [trace.node_at(peer, "TCP") for peer in ports] == [None, "b", "d"]
        assert trace.entries == []


def test_a_trace_beside_another_knows_its_nodes_and_holds_nothing() -> None:
    trace = Trace(100.0, began_at=5.0)
    beside = trace.beside()
    trace.add_node(NodeInfo("partner.server"))
    trace.announce("partner.server", "127.0.0.1", 5070)
    trace.append_note(6.0, "partner.server", "2", "TS 23.280", "checked")
    assert beside.nodes == trace.nodes
    assert beside.node_at(("127.0.0.1", 5070)) == "partner.server"
    assert (beside.started_at, beside.began_at, beside.notes) == (100.0, 5.0, [])


def test_the_newest_number_of_entries_and_notes() -> None:
    trace = Trace()
    assert trace.newest == 0
    here, there = Peer("127.0.0.1", 1), Peer("127.0.0.1", 2)
    trace.append_entry(1.0, "a", Direction.SENT, "UDP", here, there, b"x")
    trace.append_note(2.0, "a", "", "", "text")
    assert trace.newest == 2
    trace.append_entry(3.0, "a", Direction.SENT, "UDP", here, there, b"x")
    assert trace.newest == 3
