"""What is counted: calls and steps, failures by reason and kind, points in time; all bounded."""

from dataclasses import replace

import pytest

from mcsip.load.failure import Kind
from mcsip.load.statistics import (
    MAX_DETAILS,
    MAX_POINTS,
    MAX_REASONS,
    NO_FREE_USER,
    OTHER,
    Statistics,
)
from mcsip.load.user import CALL, RESET

from .world import counted, event


def test_calls_and_steps_are_counted_apart() -> None:
    statistics = Statistics(["register", "migrate"])
    counted(statistics, ok=3, failed=1)
    assert (statistics.due, statistics.begun, statistics.outstanding) == (4, 4, 0)
    assert (statistics.calls.ok, statistics.calls.failed) == (3, 1)
    assert (statistics.steps["migrate"].ok, statistics.steps["register"].ok) == (3, 0)


def test_what_fails_stands_in_no_latency() -> None:
    statistics = Statistics(["migrate"])
    counted(statistics, ok=2, failed=2)
    assert statistics.calls.latency.count == 2
    assert statistics.calls.latency.max_s == 0.02


def test_calls_that_are_not_made_are_failures() -> None:
    statistics = Statistics(["migrate"])
    counted(statistics, ok=1, failed=1)
    statistics.on_due()
    statistics.on_missed(NO_FREE_USER)
    assert statistics.failures == 2
    assert statistics.reasons == {
        NO_FREE_USER: 1,
        "migrate: result: failed, reason: no-answer": 1,
    }


def test_who_does_not_get_home_is_a_failure_once_and_no_end_of_a_call() -> None:
    statistics = Statistics(["migrate"])
    counted(statistics, ok=2, failed=1)
    for after_ok in (True, False):
        lost = event(RESET, outcome="transport", kind=Kind.UNREACHABLE, detail="gone")
        statistics.on_event(replace(lost, after_ok=after_ok))
    statistics.on_time(1.0)
    assert (statistics.calls.ok, statistics.calls.failed, statistics.not_reset) == (2, 1, 1)
    assert statistics.failures == 2  # the call that failed, and the user who is away after another
    assert statistics.reasons[f"{RESET}: transport"] == 2
    (point,) = statistics.points
    assert (point.failed, point.not_reset, point.kinds.total()) == (1, 1, 1)


def test_a_call_is_under_way_until_its_user_is_free() -> None:
    statistics = Statistics(["migrate"])
    statistics.on_begun(0.0)
    statistics.on_event(event(CALL))
    assert statistics.outstanding == 1
    statistics.on_ended()
    assert statistics.outstanding == 0


def test_only_what_is_answered_otherwise_is_functional() -> None:
    for kind in Kind:
        statistics = Statistics(["migrate"])
        counted(statistics, failed=1, kind=kind)
        assert bool(statistics.functional) == (kind in {Kind.UNEXPECTED, Kind.CRASH})


def test_of_too_many_reasons_the_later_are_counted_together() -> None:
    statistics = Statistics(["migrate"])
    for number in range(MAX_REASONS + 7):
        statistics.on_event(event(outcome=f"reason {number}", kind=Kind.UNEXPECTED))
    reasons = statistics.steps["migrate"].reasons
    assert len(reasons) == MAX_REASONS + 1
    assert reasons[OTHER] == 7


def test_the_first_failures_are_told_in_full() -> None:
    statistics = Statistics(["migrate"])
    for _ in range(100):
        statistics.on_event(event(outcome="bad", kind=Kind.UNEXPECTED, detail="alice: bad"))
        statistics.on_event(event(CALL, outcome="bad", kind=Kind.UNEXPECTED, detail="alice: bad"))
    assert statistics.details == ["user 1: alice: bad"] * MAX_DETAILS


def test_an_expectation_that_is_not_met_gets_a_row() -> None:
    statistics = Statistics(["migrate"])
    statistics.on_event(event("expect_messages", outcome="not as expected", kind=Kind.UNEXPECTED))
    assert statistics.steps["expect_messages"].failed == 1


@pytest.mark.parametrize(("rest_s", "ends"), [(0.4, [1.0, 2.4]), (0.6, [1.0, 2.0, 2.6])])
def test_a_short_end_is_a_part_of_the_point_before(rest_s: float, ends: list[float]) -> None:
    statistics = Statistics(["migrate"])
    for second in (1.0, 2.0):
        counted(statistics, ok=2)
        statistics.on_time(second)
    counted(statistics, ok=1, failed=1)
    statistics.on_end(2 + rest_s)
    assert [point.at_s for point in statistics.points] == ends
    assert sum(point.ok for point in statistics.points) == 5
    assert statistics.points[-1].failed == 1


def test_a_load_shorter_than_an_interval_has_a_point() -> None:
    statistics = Statistics(["migrate"])
    counted(statistics, ok=1)
    statistics.on_end(0.1)
    assert [(point.at_s, point.ok) for point in statistics.points] == [(0.1, 1)]


def test_points_in_time_join_when_there_are_too_many_and_lose_nothing() -> None:
    statistics = Statistics(["migrate"])
    for second in range(1, 10 * MAX_POINTS + 1):
        counted(statistics, ok=2, failed=1)
        statistics.on_time(float(second))
    assert len(statistics.points) <= MAX_POINTS
    assert statistics.interval_s > 1
    assert sum(point.ok for point in statistics.points) == 20 * MAX_POINTS
    assert sum(point.kinds[Kind.NO_ANSWER] for point in statistics.points) == 10 * MAX_POINTS
    assert sum(point.latency["migrate"].count for point in statistics.points) == 20 * MAX_POINTS
    ends = [point.at_s for point in statistics.points]
    assert ends == sorted(ends)
    assert ends[-1] == 10 * MAX_POINTS
