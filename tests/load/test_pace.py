"""When calls are due: steady rates, ramps, steps; and paces that make no sense."""

import pytest

from mcsip.errors import UsageError
from mcsip.load.pace import Pace, Stage, parse_steps, shown_pace, steady


def test_a_steady_rate_is_evenly_spaced() -> None:
    due = list(Pace(steady(10, 1)).due())
    assert due == pytest.approx([number / 10 for number in range(10)])


def test_a_ramp_rises_in_a_straight_line() -> None:
    due = list(Pace(steady(100, 4, ramp_s=2)).due())
    assert len(due) == 100 + 200  # half of the rate for 2 s, all of it for 2 s
    in_ramp = [at for at in due if at < 2]
    assert sum(at < 1 for at in in_ramp) == pytest.approx(25, abs=1)  # a quarter of 100
    rates = [
        sum(begin <= at < begin + 0.5 for at in due) * 2 for begin in (0.0, 0.5, 1.0, 1.5, 2.0)
    ]
    assert rates == sorted(rates)
    assert rates[-1] == 100


def test_steps_follow_each_other() -> None:
    pace = Pace(parse_steps("10:30,50:60"))
    due = list(pace.due())
    assert sum(at < 30 for at in due) == 300
    assert len(due) == 300 + 3000
    assert max(due) < pace.duration_s == 90


def test_calls_that_fall_between_two_stages_are_not_lost() -> None:
    # 0.5 calls in each stage: one call in the whole, and one for what is left
    pace = Pace((Stage(0.5, 0.5, 1.0),) * 4)
    assert list(pace.due()) == pytest.approx([0.0, 2.0])


def test_no_more_calls_than_are_asked_for() -> None:
    assert len(list(Pace(steady(100, 60), calls=7).due())) == 7


@pytest.mark.parametrize("rate", [0.1, 1, 3, 7, 333.3])
def test_there_are_as_many_calls_as_rate_and_time_say(rate: float) -> None:
    due = list(Pace(steady(rate, 30)).due())
    assert len(due) in {int(rate * 30), int(rate * 30) + 1}
    assert due == sorted(due)


def test_how_many_calls_are_due_until_a_time() -> None:
    pace = Pace(steady(100, 4, ramp_s=2))
    assert [pace.calls_until(at) for at in (0.0, 1.0, 2.0, 3.9, 4.0, 9.0)] == pytest.approx(
        [0, 25, 100, 290, 300, 300]
    )
    assert pace.peak_rate == 100


def test_a_pace_ends_when_the_call_after_the_last_one_would_be_due() -> None:
    assert Pace(steady(10, 4)).ends_s == 4
    assert Pace(steady(1, 1), calls=1).ends_s == 1
    assert Pace(steady(10, 60), calls=2).ends_s == pytest.approx(0.2)
    assert Pace(parse_steps("10:1,50:2"), calls=60).ends_s == pytest.approx(2)
    assert Pace(steady(10, 1), calls=50).ends_s == 1
    assert Pace(steady(10, 60), calls=2).calls_until(0.3) == pytest.approx(2)


def test_the_rate_on_average() -> None:
    pace = Pace(parse_steps("10:1.5,50:2"))
    parts = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
    assert [pace.mean_rate(*part) for part in parts] == [10, 30, 50, 25, 0]
    assert Pace(steady(100, 4, ramp_s=2)).mean_rate(0, 2) == 50
    assert Pace(steady(10, 60), calls=5).mean_rate(0, 1) == 5
    assert pace.mean_rate(1, 1) == 0


def test_the_rate_as_corners() -> None:
    assert Pace(steady(100, 4, ramp_s=2)).corners() == [(0, 0), (2, 100), (2, 100), (4, 100)]
    limited = Pace(parse_steps("10:1,50:2,100:5"), calls=60)
    assert limited.corners() == [(0, 10), (1, 10), (1, 50), (2, 50)]


@pytest.mark.parametrize(
    "text", ["", "10", "10:", ":5", "ten:5", "10:30,,5:1", "0:5", "-1:5", "10:0", "nan:5", "1e9:1"]
)
def test_steps_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_steps(text)


@pytest.mark.parametrize(
    ("rate", "duration_s", "ramp_s"),
    [(0, 1, 0), (-1, 1, 0), (float("inf"), 1, 0), (1, 0, 0), (1, 1, 2), (1, 1, -1)],
)
def test_a_pace_that_makes_no_sense_is_refused(
    rate: float, duration_s: float, ramp_s: float
) -> None:
    with pytest.raises(UsageError):
        steady(rate, duration_s, ramp_s)


def test_a_pace_in_words() -> None:
    assert shown_pace(steady(100, 4, ramp_s=2)) == "0 to 100/s in 2 s, 100/s for 2 s"
