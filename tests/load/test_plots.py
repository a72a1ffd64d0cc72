"""Plots of a load: the data that they draw, images of it, and what is said without matplotlib."""

import builtins
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from mcsip.errors import MissingToolError
from mcsip.load.failure import Kind
from mcsip.load.pace import Pace, parse_steps
from mcsip.load.plots import check_plots, draw_failures, draw_latency, draw_rate, make_plots
from mcsip.load.run import LoadResult
from mcsip.load.statistics import Statistics

from .results import bad, good
from .world import counted

PNG = b"\x89PNG\r\n\x1a\n"


def axes() -> Axes:
    return Figure().add_subplot()


def levels(drawn: Axes) -> dict[str, tuple[list[float], list[float]]]:
    """Return what is drawn in levels, by label: the levels, and where they begin and end."""
    found = {}
    for patch in drawn.patches:
        assert isinstance(patch, StepPatch)
        values, edges, _ = patch.get_data()
        found[str(patch.get_label())] = (list(values), list(edges))
    return found


def result_of(statistics: Statistics, steps: str = "10:1") -> LoadResult:
    """Return a result with these statistics."""
    job = replace(good().job, pace=Pace(parse_steps(steps)))
    return replace(good(), statistics=statistics, job=job)


def failing() -> Statistics:
    """Return a load of one second in which every call fails, 20 of one kind and 10 of another."""
    statistics = Statistics(["migrate"])
    counted(statistics, failed=20, kind=Kind.UNREACHABLE)
    counted(statistics, failed=10, kind=Kind.NO_ANSWER)
    statistics.on_time(1.0)
    return statistics


def test_failures_of_the_first_part_of_the_time_are_drawn() -> None:
    drawn = axes()
    draw_failures(result_of(failing()), drawn)
    assert levels(drawn) == {"no answer": ([10.0], [0.0, 1.0]), "unreachable": ([30.0], [0.0, 1.0])}
    second = drawn.patches[1]
    assert isinstance(second, StepPatch)
    assert list(np.atleast_1d(second.get_data()[2])) == [10.0]  # one above the other


def test_users_who_do_not_get_home_are_drawn_as_failures() -> None:
    statistics = failing()
    statistics.points[0].not_reset = 5
    drawn = axes()
    draw_failures(result_of(statistics), drawn)
    assert levels(drawn)["not reset"] == ([35.0], [0.0, 1.0])


def test_without_failures_there_is_a_line_at_the_bottom() -> None:
    drawn = axes()
    draw_failures(good(), drawn)
    assert {label: set(values) for label, (values, _) in levels(drawn).items()} == {"none": {0.0}}


def test_the_rate_that_was_due_is_drawn_as_it_was() -> None:
    drawn = axes()
    draw_rate(result_of(failing(), "10:1,50:2"), drawn)
    (due,) = drawn.lines
    corners = np.column_stack([due.get_xdata(), due.get_ydata()]).tolist()
    assert corners[:4] == [[0, 10], [1, 10], [1, 50], [3, 50]]
    assert levels(drawn)["begun"] == ([30.0], [0.0, 1.0])
    assert levels(drawn)["ended as they should"] == ([0.0], [0.0, 1.0])


def test_a_last_moment_is_no_rate() -> None:
    statistics = Statistics(["migrate"])
    counted(statistics, ok=10)
    statistics.on_time(1.0)
    counted(statistics, ok=1)
    statistics.on_end(1.001)
    drawn = axes()
    draw_rate(result_of(statistics), drawn)
    (rate,), edges = levels(drawn)["begun"]
    assert rate == pytest.approx(11, rel=0.01)
    assert edges == [0.0, 1.001]


def test_latencies_are_drawn_over_the_part_in_which_they_were() -> None:
    statistics = Statistics(["migrate"])
    counted(statistics, ok=4)  # 10, 20, 30, 40 ms
    statistics.on_time(1.0)
    statistics.on_time(2.0)
    drawn = axes()
    draw_latency(result_of(statistics), drawn, step="migrate")
    found = levels(drawn)
    assert list(found) == ["p50", "p95", "p99"]
    (first, second), edges = found["p50"]
    assert first == pytest.approx(20, rel=0.01)
    assert math.isnan(second)
    assert edges == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("result", [good(), bad()], ids=["good", "bad"])
def test_rate_failures_and_the_latency_of_each_step(result: LoadResult) -> None:
    plots = make_plots(result)
    went_home = ["reset"] if "reset" in result.statistics.steps else []
    steps = [*result.job.plan.driven, *went_home, "total"]
    assert [plot.name for plot in plots] == ["rate", "failures", *(f"latency-{s}" for s in steps)]
    for plot in plots:
        assert plot.png.startswith(PNG)
        assert len(plot.png) > 2000
        assert plot.title


def test_the_same_load_is_drawn_the_same() -> None:
    assert make_plots(good()) == make_plots(good())


def test_without_matplotlib_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingToolError, match=r"pip install 'mcsip\[load\]'"):
        check_plots()
