"""When calls are due: the offered load, which nothing that happens can change.

A pace is a row of stages, in each of which the rate goes in a straight line from one value to
another. Call number k is due when k calls' worth of rate has passed. Times are seconds from the
begin of the load.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mcsip.errors import UsageError

MAX_RATE = 100_000.0
"""Highest rate that may be asked for, in calls a second: more than any one process makes [ours]."""
MAX_DURATION_S = 30 * 86_400.0
"""Longest load that may be asked for: a month [ours]."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a load.

    Attributes:
        begin_rate, end_rate: calls a second when it begins and when it ends.
        duration_s: how long it lasts, in seconds.
    """

    begin_rate: float
    end_rate: float
    duration_s: float

    @property
    def calls(self) -> float:
        """How many calls are due in it; the last of them not quite."""
        return self.calls_until(self.duration_s)

    def calls_until(self, at_s: float) -> float:
        """Return how many calls are due until a time of the stage; the last of them not quite."""
        return (self.begin_rate + self.rate(at_s)) / 2 * at_s

    def due(self, calls: float) -> float:
        """Return after how many seconds of the stage so many calls are due."""
        slope = (self.end_rate - self.begin_rate) / self.duration_s
        if not slope:
            return calls / self.begin_rate
        root = math.sqrt(max(0.0, self.begin_rate**2 + 2 * slope * calls))
        return 2 * calls / (self.begin_rate + root) if calls else 0.0

    def rate(self, at_s: float) -> float:
        """Return the rate at a time of the stage."""
        return self.begin_rate + (self.end_rate - self.begin_rate) * at_s / self.duration_s


@dataclass(frozen=True, slots=True)
class Pace:
    """A whole load.

    Attributes:
        stages: its parts, in order.
        calls: at most so many calls; None: as many as are due.
    """

    stages: tuple[Stage, ...]
    calls: int | None = None

    @property
    def duration_s(self) -> float:
        """How long its stages are, in seconds."""
        return sum(stage.duration_s for stage in self.stages)

    @property
    def ends_s(self) -> float:
        """After how many seconds the call after the last would be due, or all stages are over."""
        if self.calls is None:
            return self.duration_s
        begin_s, left = 0.0, float(self.calls)
        for stage in self.stages:
            if left < stage.calls:
                return begin_s + stage.due(left)
            begin_s, left = begin_s + stage.duration_s, left - stage.calls
        return begin_s

    @property
    def expected_calls(self) -> float:
        """About how many calls will be due."""
        due = sum(stage.calls for stage in self.stages)
        return due if self.calls is None else min(due, self.calls)

    @property
    def peak_rate(self) -> float:
        """The highest rate, in calls a second."""
        return max(max(stage.begin_rate, stage.end_rate) for stage in self.stages)

    def due(self) -> Iterator[float]:
        """Yield when each call is due, in seconds from the begin, in order."""
        begin_s, passed, number = 0.0, 0.0, 0
        for stage in self.stages:
            end = passed + stage.calls
            while number < end - _ROUNDING and (self.calls is None or number < self.calls):
                yield begin_s + stage.due(max(0.0, number - passed))
                number += 1
            begin_s, passed = begin_s + stage.duration_s, end

    def mean_rate(self, begin_s: float, end_s: float) -> float:
        """Return the rate between two times on average, in calls a second."""
        due = self.calls_until(end_s) - self.calls_until(begin_s)
        return due / (end_s - begin_s) if end_s > begin_s else 0.0

    def calls_until(self, at_s: float) -> float:
        """Return how many calls, and what part of the next one, are due until a time."""
        at_s = min(at_s, self.ends_s)
        calls = 0.0
        for stage in self.stages:
            calls += stage.calls_until(min(at_s, stage.duration_s))
            at_s -= stage.duration_s
            if at_s <= 0:
                break
        return calls

    def corners(self) -> list[tuple[float, float]]:
        """Return where the rate begins, bends, jumps and ends: times and rates, in order."""
        found: list[tuple[float, float]] = []
        begin_s, ends_s = 0.0, self.ends_s
        for stage in self.stages:
            length_s = min(stage.duration_s, ends_s - begin_s)
            if length_s <= 0:
                break
            found += [(begin_s, stage.begin_rate), (begin_s + length_s, stage.rate(length_s))]
            begin_s += length_s
        return found


_ROUNDING = 1e-6
"""What rates that are no binary fractions may lack of a whole call."""


def steady(rate: float, duration_s: float, ramp_s: float = 0.0) -> tuple[Stage, ...]:
    """Return the stages of a load at one rate.

    Args:
        rate: calls a second.
        duration_s: how long it lasts, the ramp included.
        ramp_s: how long the rate rises from 0 at the begin.

    Raises:
        UsageError: the ramp is longer than the load, or one of them makes no sense.
    """
    _check_rate(rate)
    _check_duration(duration_s)
    if ramp_s < 0 or ramp_s > duration_s:
        raise UsageError(f"a ramp of {ramp_s:g} s does not fit into a load of {duration_s:g} s")
    ramp = (Stage(0.0, rate, ramp_s),) if ramp_s else ()
    rest_s = duration_s - ramp_s
    return (*ramp, Stage(rate, rate, rest_s)) if rest_s else ramp


def parse_steps(text: str) -> tuple[Stage, ...]:
    """Read steps, ``10:30,50:60``: 10 calls a second for 30 seconds, then 50 for 60.

    Raises:
        UsageError: it is none such; the message says what is wrong.
    """
    stages: list[Stage] = []
    for part in text.split(","):
        rate, _, duration_s = part.strip().partition(":")
        try:
            step = Stage(float(rate), float(rate), float(duration_s))
        except ValueError:
            raise UsageError(
                f"{part.strip()!r} is no step: write RATE:SECONDS, such as 10:30,50:60"
            ) from None
        _check_rate(step.begin_rate)
        _check_duration(step.duration_s)
        stages.append(step)
    _check_duration(sum(stage.duration_s for stage in stages))
    return tuple(stages)


def _check_rate(rate: float) -> None:
    if not 0 < rate <= MAX_RATE:  # also false for what is no number
        raise UsageError(f"a rate of {rate:g} calls a second: from above 0 to {MAX_RATE:g}")


def _check_duration(duration_s: float) -> None:
    if not 0 < duration_s <= MAX_DURATION_S:
        raise UsageError(f"a load of {duration_s:g} s: from above 0 to {MAX_DURATION_S:g}")


def shown_pace(stages: Sequence[Stage]) -> str:
    """Return stages in words, for people."""
    return ", ".join(
        f"{stage.end_rate:g}/s for {stage.duration_s:g} s"
        if stage.begin_rate == stage.end_rate
        else f"{stage.begin_rate:g} to {stage.end_rate:g}/s in {stage.duration_s:g} s"
        for stage in stages
    )
