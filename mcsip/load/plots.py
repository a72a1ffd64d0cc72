"""Plots of a load as PNG images: rate, latency percentiles, failures, each over time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

from mcsip.errors import MissingToolError
from mcsip.load.failure import Kind
from mcsip.load.run import LoadResult
from mcsip.load.statistics import Point
from mcsip.load.text import SHOWN
from mcsip.load.user import CALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_INCHES, HEIGHT_INCHES, DOTS_PER_INCH = 9.0, 3.6, 100


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot.

    Attributes:
        name: the name of its file, without ``.png``.
        title: its title.
        png: the image.
    """

    name: str
    title: str
    png: bytes


def check_plots() -> None:
    """Check that plots can be made.

    Raises:
        MissingToolError: matplotlib is not installed; with what to install.
    """
    try:
        import matplotlib as mpl  # noqa: F401  # only whether it is there
    except ImportError as error:
        raise MissingToolError("plots need matplotlib: pip install 'mcsip[load]'") from error


def make_plots(result: LoadResult) -> list[Plot]:
    """Return the plots of a load.

    Raises:
        MissingToolError: matplotlib is not installed.
    """
    check_plots()
    points = result.statistics.points
    plots = [
        Plot("rate", "Rate", _drawn("calls a second", partial(_rate, result))),
        Plot("failures", "Failures", _drawn("calls a second", partial(_failures, points))),
    ]
    for step in (*result.job.plan.driven, CALL):
        title = "Latency of whole calls" if step == CALL else f"Latency of {step}"
        drawn = _drawn("milliseconds", partial(_latency, points, step))
        plots.append(Plot(f"latency-{step}", title, drawn))
    return plots


def _drawn(unit: str, draw: "Callable[[Axes], None]") -> bytes:
    """Return one plot as PNG; nothing of the run's time or place is in it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_INCHES, HEIGHT_INCHES), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    draw(axes)
    axes.set_xlabel("seconds from the begin")
    axes.set_ylabel(unit)
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", fontsize="small")
    file = BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _lengths(points: Sequence[Point]) -> list[float]:
    """Return how long each part of the time is, in seconds."""
    ends = [point.at_s for point in points]
    return [max(end - begin, 1e-9) for begin, end in zip([0.0, *ends], ends, strict=False)]


def _per_second(points: Sequence[Point], counts: Sequence[int]) -> list[float]:
    return [count / part_s for count, part_s in zip(counts, _lengths(points), strict=True)]


def _rate(result: LoadResult, axes: "Axes") -> None:
    points = result.statistics.points
    ends = [point.at_s for point in points]
    middles = [end - part_s / 2 for end, part_s in zip(ends, _lengths(points), strict=True)]
    target = [result.job.pace.rate(at_s) for at_s in middles]
    axes.plot(ends, target, label="due", color="grey", linestyle="--")
    axes.plot(ends, _per_second(points, [p.begun for p in points]), label="begun")
    axes.plot(ends, _per_second(points, [p.ok for p in points]), label="ended as they should")
    other = axes.twinx()
    other.plot(ends, [p.outstanding for p in points], color="tab:red", alpha=0.5, linewidth=1)
    other.set_ylabel("calls under way", color="tab:red")
    other.set_ylim(bottom=0)


def _failures(points: Sequence[Point], axes: "Axes") -> None:
    ends = [point.at_s for point in points]
    found = [kind for kind in Kind if any(point.kinds[kind] for point in points)]
    rates = [_per_second(points, [point.kinds[kind] for point in points]) for kind in found]
    if found:
        axes.stackplot(ends, rates, labels=[str(kind) for kind in found], step="pre")
    else:
        axes.plot(ends, [0.0] * len(ends), label="none")


def _latency(points: Sequence[Point], step: str, axes: "Axes") -> None:
    for percent in SHOWN:
        known = [(p.at_s, p.latency[step].percentile(percent)) for p in points if step in p.latency]
        times = [at_s for at_s, _ in known]
        axes.plot(times, [(value or 0.0) * 1000 for _, value in known], label=f"p{percent:g}")
