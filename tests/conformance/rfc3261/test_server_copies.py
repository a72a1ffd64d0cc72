"""What both server transactions have in common; the rules are tested with their clauses."""

import pytest

from mcsip.conformance.rfc3261.server_copies import judge_last, judge_same
from mcsip.conformance.rfc3261.timing import Answered
from tests.conformance.rfc3261.times import seen
from tests.conformance.streams import Stream


def answers(*given: tuple[float, int]) -> list[Answered]:
    made = seen("MESSAGE", [0.0], given)
    stream = Stream(made)
    for entry in made.entries:
        stream.collector.feed(entry)
    return list(stream.finish().transactions[0].responses)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([], None),
        ([(1.0, 100)], None),
        ([(1.0, 100), (2.0, 200)], []),
        ([(2.0, 200), (3.0, 200)], []),
        ([(2.0, 200), (3.0, 486)], ["486 X"]),
        ([(2.0, 200), (3.0, 180), (4.0, 500)], ["180 X", "500 X"]),
    ],
)
def test_nothing_follows_the_final_response(
    given: list[tuple[float, int]], found: list[str] | None
) -> None:
    faults = judge_last(answers(*given))
    assert (None if faults is None else [it.actual for it in faults]) == found


def test_copies_are_compared_octet_by_octet() -> None:
    one, two = [entry for entry, _ in answers((1.0, 200), (2.0, 200))]
    assert judge_same([one]) is None
    assert judge_same([one, two]) == []
    two.data += b"x"
    assert [it.number for it in judge_same([one, two]) or ()] == [two.number]
