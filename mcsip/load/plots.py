"""Plots of a load as PNG images: rate, latency percentiles, failures, each over time.

What was counted in a part of the time is drawn as one level over the whole of that part.
"""

import math
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

from mcsip.errors import MissingToolError
from mcsip.load.failure import Kind
from mcsip.load.histogram import Histogram
from mcsip.load.run import LoadResult
from mcsip.load.statistics import Point
from mcsip.load.text import SHOWN
from mcsip.load.user import CALL, RESET

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE_WIDTH = 90
"""Characters of a scenario's name that stand over a plot [ours]."""
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


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a plot is drawn.

    Attributes:
        name, title: those of the plot.
        unit: what its values are.
        draw: draws what came of a load.
    """

    name: str
    title: str
    unit: str
    draw: "Callable[[LoadResult, Axes], None]"


MATPLOTLIB = "plots need matplotlib: pip install 'mcsip[load]', in a clone pip install -e '.[load]'"
"""What is said where it is not installed."""


def check_plots() -> None:
    """Check that plots can be made.

    Raises:
        MissingToolError: matplotlib is not installed; with what to install.
    """
    try:
        import matplotlib as mpl  # noqa: F401  # only whether it is there
    except ImportError as error:
        raise MissingToolError(MATPLOTLIB) from error


def make_plots(result: LoadResult) -> list[Plot]:
    """Return the plots of a load.

    Raises:
        MissingToolError: matplotlib is not installed.
    """
    check_plots()
    drawings = [
        Drawing("rate", "Rate", "calls a second", draw_rate),
        Drawing("failures", "Failures", "failures a second", draw_failures),
    ]
    went_home = [RESET] if RESET in result.statistics.steps else []
    for step in (*result.job.plan.driven, *went_home, CALL):
        title = "Latency of whole calls" if step == CALL else f"Latency of {step}"
        draw = partial(draw_latency, step=step)
        drawings.append(Drawing(f"latency-{step}", title, "milliseconds", draw))
    return [Plot(each.name, each.title, _png(each, result)) for each in drawings]


def _png(drawing: Drawing, result: LoadResult) -> bytes:
    """Return one plot as PNG; nothing of the run's time or place is in it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_INCHES, HEIGHT_INCHES), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    drawing.draw(result, axes)
    of = textwrap.shorten(result.job.plan.scenario.name, TITLE_WIDTH, placeholder="…")
    axes.set_title(f"{drawing.title}: {of}", fontsize="medium", parse_math=False)
    axes.set_xlabel("seconds from the begin")
    axes.set_ylabel(drawing.unit)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", fontsize="small")
    file = BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _edges(points: Sequence[Point]) -> list[float]:
    """Return where the parts of the time begin and end, in seconds."""
    return [0.0, *(point.at_s for point in points)]


def _per_second(points: Sequence[Point], counts: Iterable[int]) -> list[float]:
    """Return how many a second there were in each part."""
    edges = _edges(points)
    lengths = (max(end - begin, 1e-9) for begin, end in pairwise(edges))
    return [count / part_s for count, part_s in zip(counts, lengths, strict=True)]


def draw_rate(result: LoadResult, axes: "Axes") -> None:
    """Draw the rate that was due, that of the calls which began, and how many were under way."""
    points, edges = result.statistics.points, _edges(result.statistics.points)
    corners = result.job.pace.corners()
    times, rates = zip(*corners, (corners[-1][0], 0.0), (edges[-1], 0.0), strict=True)
    axes.plot(times, rates, label="due", color="grey", linestyle="--")
    begun = _per_second(points, (point.begun for point in points))
    axes.stairs(begun, edges, baseline=None, label="begun", color="tab:orange")
    ok = _per_second(points, (point.ok for point in points))
    axes.stairs(ok, edges, baseline=None, label="ended as they should", color="tab:green")
    other = axes.twinx()
    outstanding = [0, *(point.outstanding for point in points)]
    other.plot(edges, outstanding, color="tab:red", alpha=0.5, linewidth=1)
    other.set_ylabel("calls under way", color="tab:red")
    other.set_ylim(bottom=0)


def draw_failures(result: LoadResult, axes: "Axes") -> None:
    """Draw the failures of each kind, one above the other."""
    points, edges = result.statistics.points, _edges(result.statistics.points)
    counts = {str(kind): [point.kinds[kind] for point in points] for kind in Kind}
    counts["not reset"] = [point.not_reset for point in points]
    below = [0.0] * len(points)
    for name, each in counts.items():
        if not any(each):
            continue
        above = [low + rate for low, rate in zip(below, _per_second(points, each), strict=True)]
        axes.stairs(above, edges, baseline=below, fill=True, label=name)
        below = above
    if not any(below):
        axes.stairs(below, edges, label="none")


def draw_latency(result: LoadResult, axes: "Axes", step: str) -> None:
    """Draw percentiles of the latency of a step; a part in which none ended well is a gap."""
    points = result.statistics.points
    for percent in SHOWN:
        found = (point.latency.get(step, Histogram()).percentile(percent) for point in points)
        values = [math.nan if value is None else value * 1000 for value in found]
        axes.stairs(values, _edges(points), baseline=None, label=f"p{percent:g}")
