"""Segments in order of their sequence numbers: RFC 9293 3.4, 3.10.7.4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcsip.capture.limits import MAX_PENDING_OCTETS, MAX_PENDING_SEGMENTS
from mcsip.capture.reassembly import MAX_JUMP_OCTETS, Reassembly, distance

DATA = bytes(range(200))


@pytest.mark.parametrize(
    ("later", "earlier", "octets"),
    [(5, 3, 2), (3, 5, -2), (1, 2**32 - 1, 2), (2**32 - 1, 1, -2), (7, 7, 0)],
)
def test_distance_modulo_2_to_the_32(later: int, earlier: int, octets: int) -> None:
    assert distance(later, earlier) == octets


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.tuples(st.integers(0, 199), st.integers(1, 80)), max_size=30),
    st.data(),
)
def test_any_segments_in_any_order_give_the_octets_once(
    first: int, pieces: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Lengths, overlaps, repetitions and order are the network's; the octets are the sender's."""
    cover = [(start, 40) for start in range(0, 200, 40)]
    segments = data.draw(st.permutations(cover + pieces))
    reassembly = Reassembly(first)
    got = b"".join(
        reassembly.add((first + start) % 2**32, DATA[start : start + length])
        for start, length in segments
    )
    assert got == DATA
    assert not reassembly.waiting
    assert reassembly.waiting_octets == 0
    assert reassembly.next == (first + 200) % 2**32


def test_without_the_beginning_the_first_segment_is_the_first() -> None:
    reassembly = Reassembly()
    assert reassembly.add(500, b"abc") == b"abc"
    assert reassembly.add(400, b"earlier") == b""
    assert reassembly.add(503, b"def") == b"def"


def test_of_octets_that_came_twice_the_first_count() -> None:
    reassembly = Reassembly(0)
    assert reassembly.add(0, b"abc") == b"abc"
    assert reassembly.add(1, b"XYZ") == b"Z"


def test_skipping_what_is_missing() -> None:
    reassembly = Reassembly(0)
    reassembly.add(0, b"abc")
    assert reassembly.add(10, b"klm") == b""
    assert reassembly.add(20, b"uvw") == b""
    assert reassembly.skip() == (7, b"klm")
    assert reassembly.waiting_octets == 3
    assert reassembly.skip() == (7, b"uvw")
    assert (reassembly.waiting_octets, reassembly.next) == (0, 23)


@pytest.mark.parametrize(
    ("acknowledgement", "beyond"), [(3, False), (9, False), (10, False), (11, True), (99, True)]
)
def test_what_the_receiver_has_will_not_come_again(acknowledgement: int, beyond: bool) -> None:
    reassembly = Reassembly(0)
    reassembly.add(0, b"abc")
    assert not reassembly.acknowledged_beyond(99)
    reassembly.add(10, b"klm")
    assert reassembly.acknowledged_beyond(acknowledgement) is beyond


def test_what_waits_is_bounded() -> None:
    many = Reassembly(0)
    for number in range(MAX_PENDING_SEGMENTS + 1):
        assert not many.overfull
        many.add(10 + 2 * number, b"x")
    assert many.overfull
    large = Reassembly(0)
    large.add(10, b"x" * (MAX_PENDING_OCTETS + 1))
    assert large.overfull


def test_another_connection_is_far_away() -> None:
    reassembly = Reassembly(1000)
    assert not reassembly.is_elsewhere(1000 + MAX_JUMP_OCTETS)
    assert reassembly.is_elsewhere(1001 + MAX_JUMP_OCTETS)
    assert not Reassembly().is_elsewhere(5)
