"""What must be known of the figures of a load."""

from dataclasses import replace

import pytest

from mcsip.load.remarks import LATE_S, hints_of, remarks_of
from mcsip.load.statistics import LIMIT, NO_FREE_USER, Statistics

from .results import good
from .world import counted, loaded


def began_late(late: int, lag_s: float) -> Statistics:
    """Return a load of 100 calls of which some began late."""
    statistics = Statistics(["migrate"])
    counted(statistics, ok=100 - late)
    for _ in range(late):
        statistics.on_due()
        statistics.on_begun(lag_s)
    return statistics


def test_a_process_that_is_too_slow_is_told_of() -> None:
    result = replace(good(), statistics=began_late(2, 13.5), elapsed_s=5.0, cpu_s=5.0)
    (remark,) = remarks_of(result)
    assert remark.startswith(
        "calls began late: 20 a second of the 4 that were due, 1 % of them more than 13.5 s after"
        " their time. This process took 100 % of one CPU"
    )


@pytest.mark.parametrize(("late", "lag_s"), [(0, 0.0), (1, 13.5), (50, LATE_S * 0.9)])
def test_a_busy_moment_is_not(late: int, lag_s: float) -> None:
    assert not remarks_of(replace(good(), statistics=began_late(late, lag_s)))
    assert not remarks_of(replace(good(), statistics=Statistics(["migrate"])))


def test_calls_of_users_who_are_away_are_another_procedure() -> None:
    (remark,) = remarks_of(loaded(users=5, rate=10.0, duration_s=2.0, reset=False))
    assert remark.startswith("15 of 20 calls were of users who were not at home when they began")
    assert not remarks_of(loaded(users=5, rate=10.0, duration_s=2.0, reset=True))
    assert not remarks_of(loaded("return-home/success", users=5, rate=1.0, duration_s=10.0))


@pytest.mark.parametrize(("count", "who"), [(1, "1 user was"), (3, "3 users were")])
def test_users_who_were_away_before(count: int, who: str) -> None:
    (remark,) = remarks_of(replace(good(), away_before=count))
    assert remark.startswith(f"{who} away since an earlier run")


def test_what_may_help_against_calls_that_are_not_made() -> None:
    statistics = Statistics(["migrate"])
    result = replace(good(), statistics=statistics, job=replace(good().job, limit=1))
    assert hints_of(result) == []
    statistics.on_missed(LIMIT)
    assert hints_of(result) == ["as many calls were under way as --limit allows: 1"]
    statistics.on_missed(NO_FREE_USER)
    assert hints_of(result)[0].startswith("of 4 users each was in a call or on the way home")
