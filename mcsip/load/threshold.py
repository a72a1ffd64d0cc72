"""Thresholds: what must hold of a load, beside that it works.

p95(migrate)<200ms      a percentile of a step's latency; p50, p99.9 and so on
avg(register)<20ms      its mean; max(...), min(...) likewise; without a step, of whole calls
p99(lag)<50ms           how much later than due calls began: whether the generator kept up
failures<1%             calls that failed, were not made, or whose user did not get home after them,
                        of those that were due; or a number
failures(migrate)<5     failures of a step; failures(reset): of the way home between two calls
rate>=99%               calls that began, of those that were due; or calls a second
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from operator import ge, gt, le, lt

from mcsip.errors import UsageError
from mcsip.load.histogram import Histogram
from mcsip.load.statistics import LAG, Statistics, StepCounts
from mcsip.load.user import CALL, RESET

_FORM = re.compile(
    r"(?P<metric>[a-z]+[0-9.]*)(?:\((?P<step>[^()]*)\))?"
    r"\s*(?P<sign><=|>=|<|>)\s*(?P<value>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>%|us|ms|s|/s)?"
)
_PERCENTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]+)?|100)")
_SIGNS: dict[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
_LATENCIES = ("avg", "max", "min")
FAILURES, RATE = "failures", "rate"
_EXAMPLES = "write p95(migrate)<200ms, failures<1% or rate>=99%"


@dataclass(frozen=True, slots=True)
class Threshold:
    """What must hold of a load.

    Attributes:
        text: as the user wrote it.
        metric: "p95", "avg", "max", "min", "failures" or "rate".
        step: of which step; ``CALL`` for whole calls, ``LAG`` for how late they began.
        sign: how the two are compared.
        value: with what: seconds, a number, calls a second, or a percentage.
        percent: whether it is a percentage.
    """

    text: str
    metric: str
    step: str
    sign: str
    value: float
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Crossing:
    """What came of a threshold.

    Attributes:
        threshold: the threshold.
        measured: what there was, in its unit; None: nothing was measured.
        met: whether it holds; where nothing was measured it does not.
    """

    threshold: Threshold
    measured: float | None
    met: bool


NO_FAILURE = Threshold("failures<=0", FAILURES, CALL, "<=", 0.0)
"""What must hold where nothing is said about failures."""


def parse_threshold(text: str, steps: Collection[str]) -> Threshold:
    """Read a threshold.

    Args:
        text: what the user wrote.
        steps: the names of the steps that are counted, the reset included where there is one.

    Raises:
        UsageError: it is none, or names a metric or step that there is not; with what to write.
    """
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise UsageError(f"{text!r} is no threshold: {_EXAMPLES}")
    metric, step, unit = form["metric"], form["step"] or CALL, form["unit"]
    latency = metric in _LATENCIES or _PERCENTILE.fullmatch(metric) is not None
    if not latency and metric not in {FAILURES, RATE}:
        raise UsageError(f"{text!r}: there is no metric {metric!r}; {_EXAMPLES}")
    _check_step(text, metric, step, steps)
    _check_unit(text, metric, unit, latency=latency)
    value = float(form["value"]) * _SECONDS.get(unit or "", 1.0)
    return Threshold(text.strip(), metric, step, form["sign"], value, unit == "%")


def _check_step(text: str, metric: str, step: str, steps: Collection[str]) -> None:
    known = {CALL} if metric == RATE else {*steps, CALL}
    if metric not in {FAILURES, RATE}:
        known.add(LAG)
    if step not in known:
        from mcsip.document import hint_for

        if metric == RATE:
            raise UsageError(f"{text!r}: a rate is of whole calls: write rate, without a step")
        hint = hint_for(step, sorted(known), "steps of the load")
        if step == RESET:
            hint = "users go home after their calls only with --reset"
        raise UsageError(f"{text!r}: there is no step {step!r} to measure; {hint}")


def _check_unit(text: str, metric: str, unit: str | None, *, latency: bool) -> None:
    if latency and unit not in _SECONDS:
        raise UsageError(f"{text!r}: a latency has a unit: write us, ms or s")
    if metric == FAILURES and unit not in {None, "%"}:
        raise UsageError(f"{text!r}: failures are a number, or a percentage with %")
    if metric == RATE and unit not in {None, "/s", "%"}:
        raise UsageError(f"{text!r}: a rate is in calls a second, or a percentage with %")


def check_threshold(threshold: Threshold, statistics: Statistics, duration_s: float) -> Crossing:
    """Hold a threshold against a load.

    Args:
        threshold: the threshold.
        statistics: what was counted.
        duration_s: how long calls were due, in seconds.
    """
    measured = _measure(threshold, statistics, duration_s)
    met = measured is not None and _SIGNS[threshold.sign](measured, threshold.value)
    return Crossing(threshold, measured, met)


def _measure(threshold: Threshold, statistics: Statistics, duration_s: float) -> float | None:
    match threshold.metric:
        case "failures":
            return _failures(threshold, statistics)
        case "rate":
            if threshold.percent:
                return _share(statistics.begun, statistics.due)
            return statistics.begun / duration_s if duration_s else None
        case metric:
            return _latency(metric, _histogram(threshold.step, statistics))


def _failures(threshold: Threshold, statistics: Statistics) -> float | None:
    if threshold.step == CALL:
        failed, of = statistics.failures, statistics.due
    else:
        counts = _counts(threshold.step, statistics)
        failed, of = counts.failed, counts.ok + counts.failed
    return _share(failed, of) if threshold.percent else float(failed)


def _share(part: int, whole: int) -> float | None:
    return 100.0 * part / whole if whole else None


def _histogram(step: str, statistics: Statistics) -> Histogram:
    return statistics.lag if step == LAG else _counts(step, statistics).latency


def _counts(step: str, statistics: Statistics) -> StepCounts:
    """Return what came of a step; of the reset, where nobody had to go home, nothing."""
    return statistics.steps.get(step) or StepCounts()


def _latency(metric: str, latency: Histogram) -> float | None:
    match metric:
        case "avg":
            return latency.mean_s
        case "max":
            return latency.max_s
        case "min":
            return latency.min_s
        case _:
            return latency.percentile(float(metric[1:]))
