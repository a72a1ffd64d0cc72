"""Histograms: percentiles within the stated error, in bounded memory."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcsip.load.histogram import MAX_BUCKETS, MAX_ERROR, MAX_VALUE_S, Histogram

latencies = st.lists(st.floats(0, MAX_VALUE_S), min_size=1, max_size=200)
HALF_A_TICK_S = 1e-6


@given(latencies, st.floats(0.1, 100))
def test_a_percentile_is_within_the_stated_error(values: list[float], percent: float) -> None:
    histogram = Histogram(values)
    exact = sorted(values)[max(1, math.ceil(len(values) * percent / 100 - 1e-9)) - 1]
    found = histogram.percentile(percent)
    assert found is not None
    assert abs(found - exact) <= exact * MAX_ERROR + HALF_A_TICK_S


@given(latencies, latencies)
def test_two_histograms_together_are_that_of_all_values(one: list[float], two: list[float]) -> None:
    together, whole = Histogram(one), Histogram([*one, *two])
    together.add(Histogram(two))
    assert together.counts == whole.counts
    assert together.count == whole.count
    assert (together.min_s, together.max_s) == (whole.min_s, whole.max_s)


def test_mean_and_deviation_are_exact() -> None:
    histogram = Histogram([0.1, 0.2, 0.3, 0.4])
    assert histogram.mean_s == pytest.approx(0.25)
    assert histogram.deviation_s == pytest.approx(math.sqrt(0.0125))


def test_the_hundredth_percentile_is_the_longest() -> None:
    assert Histogram([0.5, 0.123456]).percentile(100) == 0.5


def test_what_is_below_a_limit() -> None:
    histogram = Histogram([0.004, 0.009, 0.011, 0.2])
    assert [histogram.below(limit_s) for limit_s in (0.01, 0.05, 1.0)] == [2, 3, 4]


def test_memory_is_bounded_whatever_is_counted() -> None:
    rng = random.Random(1)
    histogram = Histogram(rng.uniform(0, 10 ** rng.uniform(-6, 5)) for _ in range(200_000))
    assert len(histogram.counts) <= MAX_BUCKETS


@pytest.mark.parametrize(("value_s", "counted_s"), [(-1.0, 0.0), (1e9, MAX_VALUE_S)])
def test_what_cannot_be_is_counted_as_the_nearest(value_s: float, counted_s: float) -> None:
    assert Histogram([value_s]).max_s == counted_s


def test_of_nothing_there_is_nothing() -> None:
    empty = Histogram()
    nothing = [empty.percentile(50), empty.mean_s, empty.min_s, empty.max_s, empty.deviation_s]
    assert nothing == [None] * 5
