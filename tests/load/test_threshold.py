"""Thresholds: read, measured, met or missed; and texts that are none, golden."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from mcsip.errors import UsageError
from mcsip.load.failure import Kind
from mcsip.load.statistics import NO_FREE_USER, Statistics
from mcsip.load.threshold import NO_FAILURE, check_threshold, parse_threshold
from mcsip.load.user import RESET

from .world import counted, event

STEPS = ("authenticate", "register", "migrate")
GOLDEN = Path(__file__).parent / "golden" / "thresholds.txt"


def statistics() -> Statistics:
    """Return 8 calls of 10 to 80 ms that are ok, 1 that failed and 1 that was not made."""
    counts = Statistics(STEPS)
    counted(counts, ok=8, failed=1)
    counts.on_due()
    counts.on_missed(NO_FREE_USER)
    return counts


@pytest.mark.parametrize(
    ("text", "measured", "met"),
    [
        ("p50(migrate)<50ms", 0.04, True),
        ("p50(migrate)<0.03s", 0.04, False),
        ("p95<=80000us", 0.08, True),
        ("p99.9(migrate)<80ms", 0.08, False),
        ("avg(migrate)<46ms", 0.045, True),
        ("max(migrate)>1s", 0.08, False),
        ("min(migrate) >= 10ms", 0.01, True),
        ("p99(lag)<2ms", 0.001, True),
        ("failures<1%", 20.0, False),
        ("failures<=20%", 20.0, True),
        ("failures<=2", 2.0, True),
        ("failures(migrate)<12%", 100 / 9, True),
        ("failures(register)<=0", 0.0, True),
        ("rate>=99%", 90.0, False),
        ("rate>=90%", 90.0, True),
        ("rate>4/s", 4.5, True),
        ("rate>5", 4.5, False),
    ],
)
def test_what_is_measured_and_whether_it_is_met(text: str, measured: float, met: bool) -> None:
    crossing = check_threshold(parse_threshold(text, STEPS), statistics(), duration_s=2.0)
    assert crossing.measured == pytest.approx(measured, rel=0.005)
    assert crossing.met is met


@pytest.mark.parametrize("text", ["p95(register)<1s", "failures(register)<1%", "avg(register)<1s"])
def test_where_nothing_was_measured_a_threshold_is_missed(text: str) -> None:
    crossing = check_threshold(parse_threshold(text, STEPS), statistics(), 2.0)
    assert (crossing.measured, crossing.met) == (None, False)


def test_the_reset_has_thresholds_where_there_is_one() -> None:
    steps, counts = (*STEPS, RESET), statistics()
    assert check_threshold(parse_threshold("failures(reset)<=0", steps), counts, 2.0).met
    counts.on_event(replace(event(RESET, outcome="x", kind=Kind.UNREACHABLE), after_ok=True))
    assert not check_threshold(parse_threshold("failures(reset)<=0", steps), counts, 2.0).met
    assert check_threshold(NO_FAILURE, counts, 2.0).measured == 3
    counts.on_event(event(RESET, 0.5))
    assert check_threshold(parse_threshold("max(reset)<1s", steps), counts, 2.0).met


def test_without_a_word_about_failures_there_must_be_none() -> None:
    assert not check_threshold(NO_FAILURE, statistics(), 2.0).met
    assert check_threshold(NO_FAILURE, Statistics(STEPS), 2.0).met


WRONG = [
    "", "fast", "p95", "p95(migrate)", "p95(migrate)<", "p95(migrate)=200ms", "p95(migrate)<200",
    "p95(migrate)<200%", "p95(migrat)<200ms", "p101(migrate)<1s", "q95(migrate)<1s", "mean<1s",
    "failures<1ms", "failures(lag)<1%", "rate>=99ms", "rate(migrate)>=99%", "p95(migrate)<-1ms",
    "p95(reset)<1s",
]  # fmt: skip


def test_texts_that_are_none_say_what_to_write() -> None:
    said = []
    for text in WRONG:
        with pytest.raises(UsageError) as caught:
            parse_threshold(text, STEPS)
        said.append(f"{caught.value}\n")
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text("".join(said), encoding="utf-8")
    assert "".join(said) == GOLDEN.read_text(encoding="utf-8")
