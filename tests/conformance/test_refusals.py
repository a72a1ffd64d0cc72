"""Refused TCP connections: which request they are of."""

from dataclasses import replace

import pytest

from mcsip.conformance.forms import OwnForm
from mcsip.conformance.heard import Heard
from mcsip.conformance.participants import Participants
from mcsip.conformance.refusals import Refusals
from mcsip.sip.message import Request
from mcsip.sip.parse import parse_datagram
from mcsip.trace import Direction, NodeInfo, Peer, Trace, TraceEntry, TraceNote
from mcsip.undelivered import CLAUSE, describe_undelivered
from tests.conformance.streams import A, B, C, request, with_nodes

ENTRY = TraceEntry(2, 0.0, "a", Direction.SENT, "UDP", A, B, request(branch="one"))


@pytest.fixture
def trace() -> Trace:
    return with_nodes((NodeInfo("a"), A), (NodeInfo("b"), B), (NodeInfo("c"), C))


def heard(trace: Trace, entry: TraceEntry) -> Heard:
    message = parse_datagram(entry.data)
    assert isinstance(message, Request)
    way = Participants(trace).way(entry)
    return Heard(entry.number, entry.at, None, way, OwnForm(0, message, entry.data), ())


def refusal(branch: str = "one", peer: Peer = B) -> TraceNote:
    reason = f"TCP to {peer.host}:{peer.port}: connection refused"
    return TraceNote(1, 0.0, "a", "", CLAUSE, describe_undelivered("MESSAGE", reason, branch))


def test_it_is_of_one_request_once(trace: Trace) -> None:
    refusals = Refusals()
    refusals.add(refusal())
    assert refusals.take(heard(trace, ENTRY), "one")
    assert not refusals.take(heard(trace, ENTRY), "one")
    assert not refusals


@pytest.mark.parametrize(
    ("entry", "branch"),
    [
        (ENTRY, "two"),
        (replace(ENTRY, node="c", local=C), "one"),
        (replace(ENTRY, remote=C), "one"),
        (replace(ENTRY, remote=Peer(B.host, 5062)), "one"),
        (replace(ENTRY, transport="TCP"), "one"),
        (replace(ENTRY, data=request("OPTIONS", branch="one")), "one"),
        (replace(ENTRY, direction=Direction.RECEIVED), "one"),
    ],
    ids=["branch", "node", "peer", "port", "transport", "method", "receiver"],
)
def test_it_is_of_no_other(trace: Trace, entry: TraceEntry, branch: str) -> None:
    refusals = Refusals()
    refusals.add(refusal())
    assert not refusals.take(heard(trace, entry), branch)
    assert len(refusals) == 1


def test_a_step_about_something_else_is_none() -> None:
    refusals = Refusals()
    refusals.add(replace(refusal(), text="permitted"))
    assert not refusals


def test_those_that_wait_are_bounded(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcsip.conformance.refusals.MAX_REFUSALS", 2)
    refusals = Refusals()
    for branch in ("one", "two", "three"):
        refusals.add(refusal(branch))
    assert len(refusals) == 2
    assert not refusals.take(heard(trace, ENTRY), "one")
