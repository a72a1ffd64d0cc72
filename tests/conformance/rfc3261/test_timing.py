"""Intervals, tolerances, and who saw what."""

from itertools import islice

import pytest

from mcsip.conformance.rfc3261.timing import (
    after,
    changed_copies,
    doubling,
    first_interval,
    is_live,
    judge_intervals,
    lifetime,
    sent_copies,
)
from mcsip.conformance.views import TransactionSeen
from mcsip.trace import TraceEntry
from tests.conformance.rfc3261.times import DOUBLING, LIFETIME, T1, T2, UP_TO_T2, Times, seen
from tests.conformance.streams import Stream


def transaction(times: Times, *, live: bool = True) -> TransactionSeen:
    made = seen("MESSAGE", times, live=live)
    stream = Stream(made)
    for entry in made.entries:
        stream.collector.feed(entry)
    return stream.finish().transactions[0]


def copies(times: Times) -> list[TraceEntry]:
    return list(transaction(times).requests)


def test_intervals_double_up_to_the_largest() -> None:
    assert list(islice(doubling(T1, T2), 6)) == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
    assert list(islice(doubling(T1, 99.0), 4)) == [0.5, 1.0, 2.0, 4.0]
    assert list(islice(doubling(8.0, T2), 3)) == [8.0, 8.0, 8.0]


@pytest.mark.parametrize(
    ("times", "missing", "right"),
    [
        (UP_TO_T2, 0, True),
        (DOUBLING, 0, False),
        ((0.0, 0.5, 1.5), 0, True),
        ((0.0, 0.7, 1.7), 0, True),
        ((0.0, 0.81), 0, False),
        ((0.0, 0.41), 0, True),
        ((0.0, 0.39), 0, False),
        ((0.0, 0.5, 1.0), 0, False),
        ((0.0, 0.5, 3.5), 0, False),
        ((0.0, 0.5, 3.5), 1, True),
        ((0.0, 0.5, 7.5), 1, False),
        ((0.0, 0.5, 7.5), 2, True),
        ((0.0, 0.5, 2.3), 2, False),
        ((0.0,), 0, True),
    ],
)
def test_copies_come_when_they_are_due(times: Times, missing: int, right: bool) -> None:
    found = judge_intervals(copies(times), doubling(T1, T2), missing=missing)
    assert (found == []) is right


def test_the_t1_of_the_sender() -> None:
    assert first_interval(copies([0.0, 0.55]), T1) == T1
    assert first_interval(copies([0.0, 0.1]), T1) == pytest.approx(0.1)
    assert first_interval(copies([0.0, 2.0]), T1) == 2.0


def test_a_longer_t1_makes_a_longer_life() -> None:
    usual, longer = transaction([0.0, 0.5]), transaction([0.0, 1.0])
    assert LIFETIME < lifetime(usual, usual.requests) < 1.2 * LIFETIME
    assert 2 * LIFETIME < lifetime(longer, longer.requests) < 2.4 * LIFETIME


def test_who_was_traced() -> None:
    assert is_live(transaction([0.0]))
    assert not is_live(transaction([0.0], live=False))


def test_a_capture_may_double_what_it_sees() -> None:
    doubled = [0.0, 0.001, 0.5, 0.502]
    of_capture = transaction(doubled, live=False)
    assert [it.at for it in sent_copies(of_capture, of_capture.requests)] == [0.0, 0.5]
    of_nodes = transaction(doubled)
    assert len(sent_copies(of_nodes, of_nodes.requests)) == 4


def test_clearly_later() -> None:
    assert [it.at for it in after(copies([0.0, 0.2, 0.3]), 0.0)] == [0.3]


def test_the_first_line_that_differs_is_told() -> None:
    one, two, three = copies([0.0, 0.5, 1.5])
    two.data = two.data.replace(b"Max-Forwards: 70", b"Max-Forwards: 69")
    three.data += b"xx"
    assert [it.actual for it in changed_copies([one, two, three])] == [
        "another line 3: Max-Forwards: 69",
        "another line 10: xx",
    ]
