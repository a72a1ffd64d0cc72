"""Plots of a load: PNG images of what they should show, and what is said without matplotlib."""

import builtins
from typing import Any

import pytest

from mcsip.errors import MissingToolError
from mcsip.load.plots import check_plots, make_plots
from mcsip.load.run import LoadResult

from .results import bad, good

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("result", [good(), bad()], ids=["good", "bad"])
def test_rate_failures_and_the_latency_of_each_step(result: LoadResult) -> None:
    plots = make_plots(result)
    steps = [*result.job.plan.driven, "total"]
    assert [plot.name for plot in plots] == ["rate", "failures", *(f"latency-{s}" for s in steps)]
    for plot in plots:
        assert plot.png.startswith(PNG)
        assert len(plot.png) > 2000
        assert plot.title


def test_the_same_load_is_drawn_the_same() -> None:
    assert make_plots(good()) == make_plots(good())


def test_different_loads_are_drawn_differently() -> None:
    one, other = make_plots(good()), make_plots(bad())
    assert one[0].png != other[0].png
    assert one[1].png != other[1].png


def test_without_matplotlib_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingToolError, match=r"pip install 'mcsip\[load\]'"):
        check_plots()
