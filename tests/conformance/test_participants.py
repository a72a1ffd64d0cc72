"""Who is who while a trace streams by."""

from dataclasses import replace

import pytest

from mcsip.conformance import participants
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
