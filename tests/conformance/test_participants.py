"""Who is who while a trace streams by."""

from dataclasses import replace

import pytest

from mcsip.conformance import participants
from mcsip.conformance.known import HostKind, Known
from mcsip.conformance.participants import Participants
from mcsip.mc.roles import Role
from mcsip.trace import NodeInfo, Peer, Trace
from tests.conformance.streams import A, B, Stream, request, with_nodes

CORE = NodeInfo("x.core", "x", Role.SIP_CORE)


def test_announced_learnt_and_unknown_addresses() -> None:
    trace = with_nodes((CORE, B))
    who = Participants(trace)
    entry = Stream(trace).sent(request())
    assert who.name_at(B, "UDP") == "x.core"
    assert who.name_at(A, "UDP") == "10.0.0.1:5060"
    who.learn(replace(entry, node="ue"))
    assert who.name_at(A, "UDP") == "ue"
    assert who.name_at(A, "TCP") == "10.0.0.1:5060"


def test_the_latest_owner_of_an_address_counts() -> None:
    who = Participants(Trace())
    entry = Stream().sent(request())
    for name in ("first", "second"):
        who.learn(replace(entry, node=name))
        assert who.name_at(A, "UDP") == name


def test_what_is_known_of_a_node_and_of_a_stranger() -> None:
    who = Participants(with_nodes((CORE, B)))
    assert who.info("x.core") is CORE
    assert who.info("10.0.0.1:5060") == NodeInfo("10.0.0.1:5060")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(participants, "MAX_ADDRESSES", 8)
    who = Participants(with_nodes((CORE, B)))
    for port in range(100):
        who.info(who.name_at(Peer("10.0.0.9", port), "UDP"))
    assert len(who._names) <= 8
    assert len(who._infos) <= 9
    assert who.info("x.core") is CORE


def test_the_way_of_an_entry() -> None:
    who = Participants(with_nodes((CORE, B)))
    stream = Stream()
    sent = who.way(stream.sent(request()))
    assert (sent.sender.name, sent.receiver) == ("10.0.0.1:5060", CORE)
    received = who.way(stream.received(request()))
    assert (received.sender.name, received.receiver.name) == ("10.0.0.1:5060", "10.0.0.2:5060")
    assert (received.local, received.remote, received.transport) == (B, A, "UDP")


def test_entries_that_go_the_same_way_have_one_until_an_address_changes_hands() -> None:
    who = Participants(Trace())
    stream = Stream()
    first, again = stream.sent(request()), stream.sent(request(), at=1.0)
    assert who.way(first) is who.way(again)
    assert who.way(first).likeness != who.way(stream.received(request())).likeness
    assert who.way(first).likeness != who.way(replace(first, transport="TCP")).likeness
    who.learn(replace(first, node="other", local=B))
    assert who.way(first).receiver.name == "other"


def test_clients_go_the_same_way_under_other_names() -> None:
    nodes = [NodeInfo(name, "x", Role.CLIENT, identities=(f"sip:{name}@x",)) for name in "ab"]
    ends = [Peer("10.0.0.7", 40_000), Peer("10.0.0.8", 50_000)]
    trace = with_nodes((CORE, B), *zip(nodes, ends, strict=True))
    who, stream = Participants(trace), Stream(trace)
    one, two = (who.way(stream.sent(request(), source=end)) for end in ends)
    assert one.likeness == two.likeness
    assert one.names == ("a", "10.0.0.7", "40000", "sip:a", "a")
    assert two.names == ("b", "10.0.0.8", "50000", "sip:b", "b")


def test_ways_are_told_anew_when_a_host_is_shared_after_all() -> None:
    client = NodeInfo("a", "x", Role.CLIENT)
    trace = with_nodes((CORE, B), (client, A))
    known = Known(trace)
    who, entry = Participants(trace, known), Stream(trace).sent(request())
    assert who.way(entry).names
    trace.announce("x.core", A.host, 5070)
    assert known.kind_of(A.host) is HostKind.OTHERS
    assert who.way(entry).names == ()


def test_ways_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(participants, "MAX_WAYS", 8)
    who = Participants(Trace())
    entry = Stream().sent(request())
    ways = {who.way(replace(entry, remote=Peer("10.0.0.9", port))) for port in range(100)}
    assert len(ways) == 100
    assert len({way.likeness for way in ways}) == 1
    kinds = (f"kind{number}" for number in range(100))
    assert len({who.way(replace(entry, transport=kind)).likeness for kind in kinds}) == 100
    assert len(who._ways) <= 8
    assert len(who._likenesses) <= 8
