"""What is counted while a load runs: calls, steps, failures by reason, latencies, all over time.

Percentiles are of what ended as it should; what failed is counted by reason. Memory is bounded,
however long a load lasts: latencies are counted in histograms, and when there are too many points
in time, each two of them become one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from mcsip.load.failure import OK, Kind
from mcsip.load.histogram import Histogram
from mcsip.load.user import CALL, StepEvent

LAG = "lag"
"""The name under which it is counted how much later than due calls began."""
MAX_POINTS = 300
"""Points in time that are kept [ours]."""
SHORTEST_PART = 0.5
"""Of the usual interval the last point in time is at least so much [ours]."""
MAX_REASONS = 50
"""Reasons of failures that are told apart, of each step [ours]."""
OTHER = "other reasons"
MAX_DETAILS = 20
"""Failures of which all is told [ours]."""

NO_FREE_USER = "no free user"
"""Why a call was not made: every user was in one."""
LIMIT = "limit of calls"
"""Why a call was not made: as many as are allowed were under way."""


@dataclass(slots=True)
class StepCounts:
    """What came of one step, or of whole calls.

    Attributes:
        ok, failed: how many ended as they should, and otherwise.
        functional: how many of the latter because somebody answered other than expected.
        reasons: the failures by reason.
        latency: how long those took that ended as they should, since they were due.
    """

    ok: int = 0
    failed: int = 0
    functional: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    latency: Histogram = field(default_factory=Histogram)

    def count(self, event: StepEvent) -> None:
        """Count how one ended."""
        if event.outcome == OK:
            self.ok += 1
            self.latency.record(event.latency_s)
            return
        self.failed += 1
        self.functional += event.kind is not None and event.kind.is_functional
        count_reason(self.reasons, event.outcome)


def count_reason(reasons: Counter[str], reason: str) -> None:
    """Count a reason; of too many different ones, the later are counted together."""
    known = reason in reasons or len(reasons) < MAX_REASONS
    reasons[reason if known else OTHER] += 1


@dataclass(slots=True)
class Point:
    """What happened in a part of the time.

    Attributes:
        at_s: when it ended, in seconds from the begin of the load.
        due, begun, ok, failed: calls that were due, began, ended as they should, and failed or were
            not made, in it.
        not_reset: users who did not get home in it, after calls that had ended as they should.
        outstanding: calls under way when it ended, the resets after them included.
        kinds: what kinds of failures the failed ones were.
        latency: of each step that ended as it should in it.
    """

    at_s: float = 0.0
    due: int = 0
    begun: int = 0
    ok: int = 0
    failed: int = 0
    not_reset: int = 0
    outstanding: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)
    latency: dict[str, Histogram] = field(default_factory=dict)

    def join(self, later: "Point") -> None:
        """Become one with the point that follows."""
        self.at_s = later.at_s
        self.due += later.due
        self.begun += later.begun
        self.ok += later.ok
        self.failed += later.failed
        self.not_reset += later.not_reset
        self.outstanding = later.outstanding
        self.kinds += later.kinds
        for step, histogram in later.latency.items():
            self.latency.setdefault(step, Histogram()).add(histogram)


class Statistics:
    """Counts a load; implements ``Listener``.

    Args:
        steps: the names of the steps, in order.
        interval_s: how long a point in time is at first, in seconds.

    Attributes:
        steps: what came of each step; ``CALL`` for whole calls, the last.
        due: calls that were due.
        begun: calls that began.
        ended: calls that have ended, and after which the user is free again.
        missed: calls that were due and not made, by reason.
        not_reset: users who did not get home, each after a call that had ended as it should.
        lag: how much later than due calls began.
        points: what happened when.
        details: the first failures, each in one line.
    """

    def __init__(self, steps: Sequence[str], interval_s: float = 1.0) -> None:
        self.steps: dict[str, StepCounts] = {step: StepCounts() for step in (*steps, CALL)}
        self.interval_s = interval_s
        self.due = 0
        self.begun = 0
        self.ended = 0
        self.missed: Counter[str] = Counter()
        self.not_reset = 0
        self.lag = Histogram()
        self.points: list[Point] = []
        self.details: list[str] = []
        self._point = Point()

    # What happens

    def on_due(self) -> None:
        """Count that a call was due."""
        self.due += 1
        self._point.due += 1

    def on_begun(self, lag_s: float) -> None:
        """Count that a call began, so much later than it was due."""
        self.begun += 1
        self._point.begun += 1
        self.lag.record(lag_s)

    def on_ended(self) -> None:
        """Count that a user is free again."""
        self.ended += 1

    def on_missed(self, reason: str) -> None:
        """Count that a call that was due was not made."""
        count_reason(self.missed, reason)
        self._point.failed += 1
        self._point.kinds[Kind.NOT_MADE] += 1

    def on_event(self, event: StepEvent) -> None:
        """Count how a step, or a whole call, ended."""
        counts = self.steps.get(event.step)
        if counts is None:  # an expectation that is not met, or what follows a call
            counts = self.steps[event.step] = StepCounts()
        counts.count(event)
        if event.outcome == OK:
            self._point.latency.setdefault(event.step, Histogram()).record(event.latency_s)
        elif event.step != CALL and len(self.details) < MAX_DETAILS:
            self.details.append(f"user {event.user}: {event.detail or event.outcome}")
        if event.step == CALL:
            self._point.ok += event.outcome == OK
            if event.kind is not None:
                self._point.failed += 1
                self._point.kinds[event.kind] += 1
        elif event.kind is not None and event.after_ok:
            self.not_reset += 1
            self._point.not_reset += 1

    def on_time(self, at_s: float) -> None:
        """End a point in time, so many seconds from the begin."""
        self.points.append(self._take_point(at_s))
        if len(self.points) > MAX_POINTS:
            self._thin_out()

    def on_end(self, at_s: float) -> None:
        """End the last point in time; a short one is a part of the one before.

        What happens within a moment says nothing of a rate.
        """
        last_s = self.points[-1].at_s if self.points else 0.0
        if self.points and at_s - last_s < self.interval_s * SHORTEST_PART:
            self.points[-1].join(self._take_point(at_s))
        else:
            self.on_time(at_s)

    def _take_point(self, at_s: float) -> Point:
        """Return what happened since the last point in time, and begin another one."""
        point, self._point = self._point, Point()
        point.at_s, point.outstanding = at_s, self.outstanding
        return point

    def _thin_out(self) -> None:
        """Let each two points become one."""
        pairs = zip(self.points[::2], self.points[1::2], strict=False)
        last = self.points[-1:] if len(self.points) % 2 else []
        joined: list[Point] = []
        for first, second in pairs:
            first.join(second)
            joined.append(first)
        self.points = joined + last
        self.interval_s *= 2

    # What came of it

    @property
    def calls(self) -> StepCounts:
        """What came of whole calls."""
        return self.steps[CALL]

    @property
    def outstanding(self) -> int:
        """How many calls are under way, the resets after them included."""
        return self.begun - self.ended

    @property
    def failures(self) -> int:
        """How many of the calls that were due failed, were not made, or left a user away."""
        return self.calls.failed + self.missed.total() + self.not_reset

    @property
    def kinds(self) -> Counter[Kind]:
        """How many of the calls failed, or were not made, in which way."""
        return sum((point.kinds for point in (*self.points, self._point)), Counter[Kind]())

    @property
    def functional(self) -> int:
        """How many steps were answered otherwise than expected."""
        return sum(counts.functional for name, counts in self.steps.items() if name != CALL)

    @property
    def reasons(self) -> Counter[str]:
        """Why calls failed or were not made: by step and reason."""
        found = Counter(self.missed)
        for name, counts in self.steps.items():
            if name != CALL:
                found.update({f"{name}: {why}": n for why, n in counts.reasons.items()})
        return found
