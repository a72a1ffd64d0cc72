"""From entries to views: each message once, whatever copies a trace has of it."""

import pytest

from mcsip.conformance.collect import MAX_RECENT
from mcsip.conformance.rule import Scope
from tests.conformance.streams import A, B, C, Stream, numbers, request, response

ASK = request()
OK = response(ASK)


def test_a_live_trace_has_two_copies_and_one_message() -> None:
    stream = Stream()
    stream.both(ASK)
    stream.both(OK, source=B, target=A)
    stream.finish()
    assert [seen.entry.number for seen in stream.messages] == [1, 3]
    assert stream.collector.counts.messages == 2
    [seen] = stream.transactions
    assert numbers(seen.requests) == [1]
    assert numbers(seen.arrivals) == [2]
    assert [entry.number for entry, _ in seen.responses] == [3]
    assert [entry.number for entry, _ in seen.replies] == [4]


def test_so_it_has_where_octets_stand_beyond_the_body() -> None:
    stream = Stream()
    stream.both(ASK + b"beyond")
    stream.finish()
    assert [seen.entry.number for seen in stream.messages] == [1]


def test_a_capture_has_one_copy() -> None:
    stream = Stream()
    stream.sent(ASK)
    stream.sent(OK, source=B, target=A)
    stream.finish()
    assert [seen.entry.number for seen in stream.messages] == [1, 2]
    [seen] = stream.transactions
    assert (numbers(seen.requests), numbers(seen.arrivals)) == ([1], [])
    assert (len(seen.responses), len(seen.replies)) == (1, 0)


def test_a_node_whose_peer_is_not_traced_shows_what_it_received() -> None:
    stream = Stream()
    stream.received(ASK)
    stream.sent(OK, source=B, target=A)
    stream.received(ASK, at=0.5)
    stream.finish()
    assert [seen.entry.number for seen in stream.messages] == [1, 2]
    assert stream.collector.counts.messages == 3
    [seen] = stream.transactions
    assert numbers(seen.requests) == numbers(seen.arrivals) == [1, 3]
    assert stream.messages[0].sender.name == "10.0.0.1:5060"
    assert stream.messages[0].receiver.name == "10.0.0.2:5060"


def test_a_repeat_is_a_matter_of_its_transaction() -> None:
    stream = Stream()
    stream.sent(ASK, fault="lost")
    stream.both(ASK, at=0.5)
    stream.finish()
    assert [seen.entry.number for seen in stream.messages] == [1]
    assert stream.collector.counts.messages == 2
    assert numbers(stream.transactions[0].requests) == [1, 2]
    assert numbers(stream.transactions[0].arrivals) == [3]


def test_a_changed_repeat_is_looked_at() -> None:
    stream = Stream()
    stream.sent(ASK)
    stream.sent(ASK.replace(b"To: <sip:b@b>", b"To: <sip:c@b>"), at=0.5)
    stream.finish()
    assert len(stream.messages) == 2
    assert len(stream.transactions) == 1


def test_what_is_no_sip_is_shown_and_counted_once() -> None:
    stream = Stream()
    stream.both(b"GET / HTTP/1.1\r\n\r\n")
    stream.sent(b"GET / HTTP/1.1\r\n\r\n", source=B, target=C)
    stream.finish()
    counts = stream.collector.counts
    assert (counts.strangers, counts.messages) == (2, 0)
    assert [(seen.message, seen.malformed is None) for seen in stream.messages] == [
        (None, False)
    ] * 2


@pytest.mark.parametrize("data", [b"", b"\r\n", b"\r\n\r\n", b"\0\0\0\0"])
def test_what_keeps_a_connection_alive_is_no_stranger(data: bytes) -> None:
    stream = Stream()
    stream.sent(data)
    assert stream.finish().collector.counts.strangers == 0
    assert not stream.messages


def test_a_malformed_message_counts_and_belongs_to_its_transaction() -> None:
    stream = Stream()
    broken = ASK.replace(b"Content-Length: 0", b"Content-Length: 9")
    stream.both(broken)
    stream.both(OK, source=B, target=A)
    stream.finish()
    assert stream.collector.counts.messages == 2
    seen = stream.messages[0]
    assert seen.message is None
    assert seen.malformed is not None
    assert "Content-Length" in seen.malformed.reason
    assert len(stream.transactions) == 1
    assert stream.transactions[0].responses


def test_a_message_without_via_stands_alone() -> None:
    stream = Stream()
    data = ASK.replace(b"Via", b"Viaduct")
    stream.both(data)
    stream.both(data, at=1.0)
    stream.finish()
    assert len(stream.messages) == 1
    assert not stream.transactions


def test_an_answer_to_nothing_is_still_looked_at() -> None:
    stream = Stream()
    stream.both(OK)
    assert len(stream.finish().messages) == 1
    assert not stream.transactions


def test_copies_without_a_transaction_are_remembered_within_bounds() -> None:
    stream = Stream(scopes=())
    for number in range(MAX_RECENT + 10):
        stream.sent(b"stranger %d" % number)
    assert len(stream.collector._recent) == MAX_RECENT
    assert stream.collector.counts.strangers == MAX_RECENT + 10


@pytest.mark.parametrize("scope", Scope)
def test_only_the_views_that_are_wanted_are_made(scope: Scope) -> None:
    stream = Stream(scopes=(scope,))
    stream.both(ASK)
    stream.finish()
    made = [bool(stream.messages), bool(stream.transactions)]
    assert made == [scope is Scope.MESSAGE, scope is Scope.TRANSACTION]


def test_transactions_are_shown_while_the_trace_goes_on() -> None:
    stream = Stream()
    stream.sent(ASK)
    stream.sent(OK, source=B, target=A)
    stream.quiet(30.0)
    assert not stream.transactions
    stream.quiet(40.0)
    assert len(stream.transactions) == 1


@pytest.mark.parametrize(("until", "ended"), [(1.0, False), (400.0, True)])
def test_time_may_pass_without_messages(until: float, ended: bool) -> None:
    stream = Stream()
    stream.sent(ASK, at=0.0)
    stream.collector.pass_time(until)
    assert [seen.ended for seen in stream.finish().transactions] == [ended]


def test_time_that_runs_backwards_closes_nothing_early() -> None:
    stream = Stream()
    stream.sent(ASK, at=100.0)
    stream.sent(OK, at=3.0, source=B, target=A)
    stream.quiet(101.0)
    assert not stream.transactions
    assert len(stream.finish().transactions[0].responses) == 1
