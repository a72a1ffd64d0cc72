"""The trace: appending, and learning addresses (design.md, principle 2)."""

import pytest

from mcsip.mc.roles import Role
from mcsip.trace import Direction, Mode, NodeInfo, Peer, Trace, TraceEntry
from mcsip.tracefile import read_trace, trace_lines

from .small_trace import V6, A, B, small_trace


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


def test_who_has_or_had_an_address_of_a_host() -> None:
    trace = small_trace()
    assert trace.names_at("127.0.0.1") == {"partner.server"}
    trace.announce("other", *A)
    trace.learn(TraceEntry(9, 0.0, "later", Direction.SENT, "TCP", A, B, b""))
    assert trace.names_at("127.0.0.1") == {"partner.server", "other", "later"}
    assert trace.names_at("::1") == {"stranger"}
    assert trace.names_at("192.0.2.1") == set()
    assert trace.beside().names_at("127.0.0.1") == {"other"}


def test_a_port_may_belong_to_another_node_on_another_transport() -> None:
    trace = Trace()
    trace.announce("server", "127.0.0.1", 5060)
    trace.append_entry(0.0, "client", Direction.SENT, "TCP", A, B, b"")
    assert trace.node_at(A, "TCP") == "client"
    assert trace.node_at(A, "TLS") == "client"
    assert trace.node_at(A, "UDP") == "server"


def test_media_come_back_octet_for_octet_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """TS 23.280 5.2.9.1: media run through the primary to be logged."""
    monkeypatch.setattr("mcsip.trace.MAX_MEDIA_PACKETS", 2)
    trace = Trace(began_at=100.0)
    for second in range(3):
        source, target = Peer("10.0.0.1", 20_000), Peer("10.0.0.2", 20_002)
        trace.append_media(101.0 + second, "primary.server", source, target, b"\x80\x00\xff")
    assert (len(trace.media), trace.media_omitted) == (2, 1)
    assert trace.media[0].at == 1.0
    assert read_trace(trace_lines(trace)).media == trace.media
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
        again = read_trace(trace_lines(trace))
        assert again.nodes["a.gateway"].mode is mode
        assert again.node_at(("192.0.2.1", 40000), "TCP") == "a.gateway"


def test_addresses_of_entries_that_stream_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcsip.trace.MAX_LEARNT", 2)
    trace = Trace()
    ports = [Peer("192.0.2.1", port) for port in (1, 2, 3)]
    for name, local in zip(("a", "b", "c", "d"), [*ports, ports[2]], strict=True):
        trace.learn(TraceEntry(1, 0.0, name, Direction.SENT, "TCP", local, A, b""))
    assert [trace.node_at(peer, "TCP") for peer in ports] == [None, "b", "d"]
    assert trace.entries == []
    for host in ("192.0.2.2", "192.0.2.3"):
        trace.learn(TraceEntry(1, 0.0, "e", Direction.SENT, "TCP", Peer(host, 1), A, b""))
    assert trace.names_at("192.0.2.3") == {"e"}
    assert trace.names_at("192.0.2.1") == set()


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
