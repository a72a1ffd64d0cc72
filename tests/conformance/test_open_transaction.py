"""A transaction while it is open, and closed."""

import pytest

from mcsip.conformance.open_transaction import OpenTransaction
from mcsip.conformance.views import Setting
from mcsip.hops import find_hops
from mcsip.mc.roles import Role
from mcsip.trace import NodeInfo, Trace
from tests.conformance.bases import Shipped, run_shipped
from tests.conformance.streams import A, B, C, Stream, numbers, request, response, with_nodes

ASK = request(branch="z9hG4bK1")
OK = response(ASK)
NAMES = (";branch=z9hG4bK1", "sip:a", ";tag=fcall", "sip:b", "call", "1", "0")


def closed(stream: Stream) -> OpenTransaction:
    [transaction] = stream.collector._transactions.take_all(100.0)
    return transaction


def asked() -> Stream:
    stream = Stream(scopes=())
    stream.sent(ASK)
    return stream


def test_what_was_sent_once_and_at_once_has_a_shape() -> None:
    stream = asked()
    stream.sent(OK, 0.1, B, A)
    shape = closed(stream).shape
    assert shape is not None
    assert shape.numbers == (1, 2)
    ends = ("10.0.0.1:5060", "10.0.0.2:5060")
    ways = tuple(name for end in ends for name in (end, end[:-5]))
    assert shape.names == (*ends, "sip:x", *NAMES, *ways, *NAMES, *ways[2:], *ways[:2])


@pytest.mark.parametrize("side", ["both", "received"])
def test_on_whichever_sides_it_was_seen(side: str) -> None:
    stream = Stream(scopes=())
    feed = getattr(stream, side)
    feed(ASK)
    feed(OK, 0.1, B, A)
    assert closed(stream).shape is not None


def test_what_took_longer_or_was_sent_again_has_none() -> None:
    late, repeated, answered_twice = asked(), asked(), asked()
    late.sent(OK, 0.2, B, A)
    repeated.sent(ASK)
    answered_twice.sent(OK, 0.0, B, A)
    answered_twice.sent(OK, 0.0, B, A)
    half = asked()
    half.sent(response(ASK, 100), 0.0, B, A)
    half.received(OK, 0.0, B, A)
    for stream in (late, repeated, answered_twice, half):
        assert closed(stream).shape is None


@pytest.mark.parametrize("at", [-40.0, -0.05])
def test_what_came_before_its_time_has_none(at: float) -> None:
    """The clocks of several captures may differ: then rules about time see what others do not."""
    stream = Stream(scopes=())
    stream.sent(ASK, 40.0)
    stream.received(ASK, 40.0 + at)
    assert closed(stream).shape is None


def test_the_same_octets_are_no_others_when_names_in_them_have_become_known() -> None:
    """The address of a client is no name any more once a server has it, too."""
    data = ASK.replace(b"UDP a;", b"UDP 10.0.0.1;")
    server = NodeInfo("server", "x", Role.MC_SERVER)
    trace = with_nodes((NodeInfo("ue", "x", Role.CLIENT), A), (server, B))
    stream = Stream(trace)
    stream.sent(data)
    trace.announce("server", A.host, 5070)
    stream.received(data)
    stream.finish()
    assert len(stream.messages) == 1
    [seen] = stream.transactions
    assert len(seen.requests) == len(seen.arrivals) == 1


def test_what_has_ended_is_another_shape() -> None:
    shapes = []
    for now in (1.0, 100.0):
        [transaction] = asked().collector._transactions.take_all(now)
        shapes.append(transaction.shape)
    assert shapes[0] != shapes[1]
    assert None not in shapes


def test_an_invite_with_the_ack_of_a_refusal_has_none() -> None:
    invite = request("INVITE", branch="z9hG4bK1")
    stream = Stream(scopes=())
    stream.sent(invite)
    stream.sent(response(invite, 486), 0.0, B, A)
    stream.sent(request("ACK", branch="z9hG4bK1", cseq="1 ACK"))
    transactions = list(stream.collector._transactions.take_all(100.0))
    assert [each.shape for each in transactions] == [None, None]


def test_the_view_is_made_once_and_may_be_forgotten() -> None:
    stream = asked()
    stream.sent(OK, 0.1, B, A)
    transaction, setting = closed(stream), Setting(Trace())
    view = transaction.view(setting)
    assert transaction.view(setting) is view
    transaction.make_slim()
    again = transaction.view(setting)
    assert again is not view
    assert again.requests == view.requests
    assert [entry for entry, _ in again.responses] == [entry for entry, _ in view.responses]
    assert numbers(again.requests) == [1]


def test_the_first_copy_is_that_with_the_lowest_number() -> None:
    stream = Stream(scopes=())
    stream.received(ASK)
    stream.number = -1
    stream.sent(ASK)
    transaction = closed(stream)
    assert transaction.first is transaction.sent
    assert transaction.origin == "10.0.0.1:5060"


def test_who_sent_a_request_that_only_its_receiver_shows() -> None:
    stream = Stream(scopes=())
    stream.received(ASK, source=C, target=B)
    assert closed(stream).origin == "10.0.0.3:5060"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_hops_are_those_of_the_whole_trace(transport: str) -> None:
    trace = run_shipped(Shipped(scenario="calls/forwarded", transport=transport))
    stream = Stream(trace, scopes=())
    for entry in trace.entries[:-1]:
        stream.collector.feed(entry)
    found = [each.hop() for each in stream.collector._transactions.take_all(100.0)]
    for one, other in zip(found, find_hops(trace), strict=True):
        assert one.request.octets() == other.request.octets()
        for name in ("number", "at", "sender", "receiver", "transport", "info", "sent", "received"):
            assert getattr(one, name) == getattr(other, name)
        assert (one.answers, one.faults, one.about) == (other.answers, other.faults, other.about)
