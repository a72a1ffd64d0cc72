"""What came of a load with the columns of SIPp's statistics file (``-trace_stat``), version 3.6.

A row for each part of the time; ``(P)`` is of that part, ``(C)`` of all until then.
``ResponseTime1`` is the latency of the first step that is driven, ``ResponseTime2`` of the second,
and so on, and ``CallLength`` that of whole calls. ``TargetRate`` is the rate that was due in the
part on average. What there is nothing like in a load stays 0. A failure that is a fault of ours is
told as ``FailedCmdNotSent``, which no load has otherwise [ours].
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from mcsip.load.failure import Kind
from mcsip.load.histogram import Histogram
from mcsip.load.pace import Pace
from mcsip.load.run import LoadResult
from mcsip.load.statistics import Point
from mcsip.load.user import CALL

FAILURES: Mapping[str, frozenset[Kind]] = {
    "FailedCannotSendMessage": frozenset({Kind.UNREACHABLE}),
    "FailedMaxUDPRetrans": frozenset(),
    "FailedTcpConnect": frozenset(),
    "FailedTcpClosed": frozenset(),
    "FailedUnexpectedMessage": frozenset({Kind.UNEXPECTED}),
    "FailedCallRejected": frozenset({Kind.OVERLOADED}),
    "FailedCmdNotSent": frozenset({Kind.CRASH}),
    "FailedRegexpDoesntMatch": frozenset(),
    "FailedRegexpShouldntMatch": frozenset(),
    "FailedRegexpHdrNotFound": frozenset(),
    "FailedOutboundCongestion": frozenset({Kind.NOT_MADE}),
    "FailedTimeoutOnRecv": frozenset({Kind.NO_ANSWER, Kind.UNFINISHED}),
    "FailedTimeoutOnSend": frozenset(),
    "FailedTestDoesntMatch": frozenset(),
    "FailedTestShouldntMatch": frozenset(),
    "FailedStrcmpDoesntMatch": frozenset(),
    "FailedStrcmpShouldntMatch": frozenset(),
}
"""SIPp's kinds of failures, and which of ours they are."""
OTHERS = (
    "OutOfCallMsgs",
    "DeadCallMsgs",
    "Retransmissions",
    "AutoAnswered",
    "Warnings",
    "FatalErrors",
    "WatchdogMajor",
    "WatchdogMinor",
)
"""SIPp's counters of what is not counted here."""
RESPONSE_LIMITS_MS = (10, 20, 30, 40, 50, 100, 150, 200)
CALL_LIMITS_MS = (10, 50, 100, 500, 1000, 5000, 10000)
"""Limits of SIPp's repartitions, as they are unless a scenario says otherwise."""


def columns(steps: int) -> list[str]:
    """Return the names of the columns, for so many steps that are driven."""
    names = ["StartTime", "LastResetTime", "CurrentTime", *_both("ElapsedTime"), "TargetRate"]
    names += [*_both("CallRate"), *_both("IncomingCall"), *_both("OutgoingCall")]
    names += ["TotalCallCreated", "CurrentCall", *_both("SuccessfulCall"), *_both("FailedCall")]
    for each in (*FAILURES, *OTHERS):
        names += _both(each)
    times = [f"ResponseTime{number}" for number in range(1, steps + 1)]
    for each in (*times, "CallLength"):
        names += [*_both(each), *_both(f"{each}StDev")]
    for number in range(1, steps + 1):
        names += _repartition(f"ResponseTimeRepartition{number}", RESPONSE_LIMITS_MS)
    return names + _repartition("CallLengthRepartition", CALL_LIMITS_MS)


def _both(name: str) -> list[str]:
    return [f"{name}(P)", f"{name}(C)"]


def _repartition(name: str, limits_ms: tuple[int, ...]) -> list[str]:
    below = [f"{name}_<{limit}" for limit in limits_ms]
    return [name, *below, f"{name}_>={limits_ms[-1]}"]


def render_csv(result: LoadResult) -> str:
    """Return the statistics of a load, a line for each part of the time."""
    writer = _Writer(result)
    rows = [columns(len(writer.steps)), *writer.rows()]
    return "".join(";".join(row) + ";\n" for row in rows)


class _Writer:
    """Makes the rows of one load."""

    def __init__(self, result: LoadResult) -> None:
        self.steps = result.job.plan.driven
        self._points = result.statistics.points
        self._pace: Pace = result.job.pace
        self._started_at = result.started_at
        self._whole = Point()

    def rows(self) -> Iterator[list[str]]:
        """Yield a row for each point in time."""
        last_s = 0.0
        for point in self._points:
            self._whole.join(point)
            yield self._row(point, last_s)
            last_s = point.at_s

    def _row(self, point: Point, last_s: float) -> list[str]:
        whole, part_s = self._whole, max(point.at_s - last_s, 1e-9)
        cells = [_moment(self._started_at + at_s) for at_s in (0.0, last_s, point.at_s)]
        due = self._pace.mean_rate(last_s, point.at_s)
        cells += [_clock(round(part_s)), _clock(round(point.at_s)), f"{due:g}"]
        cells += [f"{point.begun / part_s:g}", f"{whole.begun / max(point.at_s, 1e-9):g}"]
        cells += ["0", "0", str(point.begun), str(whole.begun)]
        cells += [str(whole.begun), str(point.outstanding)]
        cells += [str(point.ok), str(whole.ok), str(point.failed), str(whole.failed)]
        for kinds in FAILURES.values():
            cells += [str(sum(each.kinds[kind] for kind in kinds)) for each in (point, whole)]
        cells += ["0"] * (2 * len(OTHERS))
        for step in (*self.steps, CALL):
            pair = [each.latency.get(step) or Histogram() for each in (point, whole)]
            cells += [_time(each.mean_s) for each in pair]
            cells += [_time(each.deviation_s) for each in pair]
        for step in self.steps:
            cells += _parts(whole.latency.get(step), RESPONSE_LIMITS_MS)
        return cells + _parts(whole.latency.get(CALL), CALL_LIMITS_MS)


def _parts(histogram: Histogram | None, limits_ms: tuple[int, ...]) -> list[str]:
    """Return how many latencies are between each two limits, after an empty cell, as SIPp does."""
    histogram = histogram or Histogram()
    below = [histogram.below(limit / 1000) for limit in limits_ms]
    counts = [upper - lower for lower, upper in zip([0, *below], below, strict=False)]
    return ["", *map(str, counts), str(histogram.count - below[-1])]


def _moment(wall: float) -> str:
    """Return a moment as SIPp writes it: date, time, and seconds since the epoch."""
    return f"{datetime.fromtimestamp(wall, UTC):%Y-%m-%d\t%H:%M:%S.%f}\t{wall:.6f}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _time(seconds: float | None) -> str:
    """Return a latency as SIPp writes it: hours, minutes, seconds, microseconds."""
    micros = round((seconds or 0.0) * 1_000_000)
    return f"{_clock(micros // 1_000_000)}:{micros % 1_000_000:06d}"
