"""Transactions: matched by RFC 3261 17.1.3 and 17.2.3, closed when quiet, bounded in number."""

import pytest

from mcsip.conformance import transactions
from tests.conformance.streams import A, B, C, Stream, numbers, request, response

ASK = request()


def test_neighbours_tell_transactions_of_one_branch_apart() -> None:
    """A proxy that forgets its own Via sends what came under the same branch."""
    stream = Stream()
    stream.sent(ASK)
    stream.sent(ASK, source=B, target=C)
    stream.sent(response(ASK), source=C, target=B)
    stream.sent(response(ASK, 202), source=B, target=A)
    stream.finish()
    found = [(it.sender.name, [r.status for _, r in it.responses]) for it in stream.transactions]
    assert found == [("10.0.0.1:5060", [202]), ("10.0.0.2:5060", [200])]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"branch=1", b"branch=2"),
        (b"UDP a", b"UDP elsewhere"),
        (b"1 MESSAGE", b"2 MESSAGE"),
        (b"1 MESSAGE", b"1 OPTIONS"),
        (b"Call-ID: call", b"Call-ID: other"),
        (b"Via: ", b"Vias: "),
    ],
)
def test_an_answer_with_one_thing_copied_wrongly_is_matched(old: bytes, new: bytes) -> None:
    stream = Stream()
    stream.sent(ASK)
    stream.sent(response(ASK).replace(old, new), source=B, target=A)
    [seen] = stream.finish().transactions
    assert len(seen.responses) == 1


def test_an_answer_of_somebody_else_is_not_matched_by_call_id() -> None:
    stream = Stream()
    stream.sent(ASK)
    stream.sent(response(ASK).replace(b"branch=1", b"branch=2"), source=C, target=A)
    [seen] = stream.finish().transactions
    assert not seen.responses


@pytest.mark.parametrize("method", ["CANCEL", "ACK"])
def test_the_answer_to_an_invite_before_the_trace_is_not_that_to_what_has_its_branch(
    method: str,
) -> None:
    """RFC 3261 9.1: both have the same branch; the method in CSeq tells them apart."""
    ask = request(method)
    stream = Stream()
    stream.sent(ask)
    refusal = response(ask, 487).replace(f"CSeq: 1 {method}".encode(), b"CSeq: 1 INVITE")
    stream.sent(refusal, source=B, target=A)
    [seen] = stream.finish().transactions
    assert seen.responses == ()


def test_an_answer_over_another_connection_is_matched() -> None:
    stream = Stream()
    stream.sent(ASK)
    stream.sent(response(ASK), source=B, target=A._replace(port=49_152))
    [seen] = stream.finish().transactions
    assert len(seen.responses) == 1


def test_the_ack_of_a_refusal_belongs_to_the_invite() -> None:
    invite = request("INVITE")
    ack = request("ACK", cseq="1 ACK")
    stream = Stream()
    stream.both(invite)
    stream.both(response(invite, 486), source=B, target=A)
    stream.both(ack, at=0.1)
    stream.both(ack, at=0.6)
    stream.finish()
    [of_invite, of_ack] = stream.transactions
    assert numbers(tuple(entry for entry, _ in of_invite.acks)) == [5, 7]
    assert (of_invite.ack, of_ack.ack) == (False, True)


def test_the_ack_of_a_success_stands_alone() -> None:
    stream = Stream()
    stream.sent(request("INVITE"))
    stream.sent(request("ACK", branch="2", cseq="1 ACK"))
    assert not stream.finish().transactions[0].acks


@pytest.mark.parametrize(
    ("method", "answer", "transport", "quiet_s"),
    [
        ("MESSAGE", 200, "UDP", 37.0),
        ("MESSAGE", None, "UDP", 37.0),
        ("MESSAGE", None, "TCP", 37.0),
        ("MESSAGE", 200, "TCP", 5.0),
        ("INVITE", 200, "TCP", 37.0),
        ("INVITE", 180, "UDP", 218.0),
        ("INVITE", None, "TCP", 218.0),
    ],
)
def test_how_long_it_is_kept(
    method: str, answer: int | None, transport: str, quiet_s: float
) -> None:
    """RFC 3261 17: 64*T1 and T4; an INVITE may ring until timer C and what follows it."""
    stream = Stream()
    data = request(method)
    stream.sent(data, transport=transport)
    if answer is not None:
        stream.sent(response(data, answer), source=B, target=A, transport=transport)
    stream.quiet(quiet_s - 0.6)
    assert not stream.transactions
    stream.quiet(quiet_s)
    [seen] = stream.transactions
    assert seen.ended


def test_an_entry_begins_the_waiting_anew() -> None:
    stream = Stream()
    stream.sent(ASK)
    stream.sent(ASK, at=30.0)
    stream.quiet(60.0)
    assert not stream.transactions
    stream.quiet(68.0)
    assert numbers(stream.transactions[0].requests) == [1, 2]


def test_what_the_end_of_the_trace_cuts_off_has_not_ended() -> None:
    stream = Stream()
    stream.sent(ASK)
    stream.quiet(10.0)
    assert not stream.finish().transactions[0].ended


def test_when_too_many_are_open_the_quietest_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "MAX_OPEN", 5)
    stream = Stream()
    for number in range(9):
        stream.sent(request(branch=str(number), call=str(number)), at=number / 10)
    stream.sent(request(branch="0", call="0"), at=0.95)
    stream.quiet(2.0)
    assert [seen.request.call_id for seen in stream.transactions] == ["1", "2", "3", "4"]
    assert not any(seen.ended for seen in stream.transactions)
    assert len(stream.collector._transactions) == 5


def test_nothing_is_left_when_all_is_closed() -> None:
    stream = Stream()
    for number in range(20):
        data = request(branch=str(number), call="one")
        stream.both(data, at=number)
        stream.both(response(data), at=number, source=B, target=A)
    stream.finish()
    left = stream.collector._transactions
    assert len(left) == 0
    assert not left._by_key._lists
    assert not left._by_call._lists
    assert len(stream.transactions) == 20
