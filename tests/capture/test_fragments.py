"""Fragments: RFC 791 3.2, RFC 8200 4.5."""

from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcsip.capture.fragments import Fragments, Key, Part
from mcsip.capture.limits import FRAGMENTS_WAIT_NS, MAX_DATAGRAMS
from mcsip.capture.remarks import Remarks

DATA = bytes(range(40))
PARTS = [
    Part(0, DATA[:16], last=False),
    Part(16, DATA[16:32], last=False),
    Part(32, DATA[32:], last=True),
]


def key(number: int = 1) -> Key:
    return b"a", b"b", number, 17


@pytest.mark.parametrize("order", list(permutations(PARTS)))
def test_any_order(order: tuple[Part, ...]) -> None:
    fragments = Fragments(Remarks())
    done = [fragments.add(key(), part, 0) for part in order]
    assert done == [None, None, DATA]


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), max_size=12),
    st.randoms(use_true_random=False),
)
def test_overlaps_and_repetitions(more: list[tuple[int, int]], random: Random) -> None:
    """Whatever part of the same datagram comes twice, the octets are those of the datagram."""
    parts = list(PARTS)
    for start, length in more:
        begin, end = start * 8, min(len(DATA), (start + length) * 8)
        parts.append(Part(begin, DATA[begin:end], last=end == len(DATA)))
    random.shuffle(parts)
    fragments = Fragments(Remarks())
    done = [whole for part in parts if (whole := fragments.add(key(), part, 0)) is not None]
    assert done
    assert set(done) == {DATA}


def test_datagrams_are_told_apart() -> None:
    fragments = Fragments(Remarks())
    assert fragments.add(key(1), PARTS[0], 0) is None
    assert fragments.add(key(2), PARTS[1], 0) is None
    assert fragments.add(key(2), PARTS[2], 0) is None


def test_fragments_do_not_wait_for_ever() -> None:
    remarks = Remarks()
    fragments = Fragments(remarks)
    fragments.add(key(1), PARTS[0], 0)
    fragments.add(key(2), PARTS[0], FRAGMENTS_WAIT_NS + 1)
    assert remarks.texts() == ("a datagram of which a fragment was not captured; left out",)
    assert fragments.add(key(1), PARTS[1], FRAGMENTS_WAIT_NS + 2) is None
    assert fragments.add(key(1), PARTS[2], FRAGMENTS_WAIT_NS + 2) is None


def test_too_many_datagrams() -> None:
    remarks = Remarks()
    fragments = Fragments(remarks)
    for number in range(MAX_DATAGRAMS + 3):
        fragments.add(key(number), PARTS[0], 0)
    assert remarks.texts() == (
        "too many fragments wait for others: the oldest are left out (3 times)",
    )


def test_a_datagram_that_would_be_too_large() -> None:
    remarks = Remarks()
    fragments = Fragments(remarks)
    fragments.add(key(), Part(65_528, b"x" * 8, last=True), 0)
    assert remarks.texts() == ("fragments that make more than a datagram may have; left out",)


def test_what_still_waits_at_the_end_is_told() -> None:
    remarks = Remarks()
    fragments = Fragments(remarks)
    fragments.add(key(), PARTS[0], 0)
    fragments.finish()
    assert remarks.texts() == ("a datagram of which a fragment was not captured; left out",)
