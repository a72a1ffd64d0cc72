"""What people read of a load: golden, and what latencies look like."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mcsip.load.failure import Kind
from mcsip.load.progress import Progress, Settling
from mcsip.load.run import LoadResult
from mcsip.load.statistics import Statistics
from mcsip.load.text import progress_line, render_result, settling_line, shown_time
from mcsip.load.user import RESET
from mcsip.migration.agreement import Disagreement
from mcsip.nodes.agreement import Agree

from .results import bad, good, with_records
from .world import counted, event, plan_of, replace_plan

GOLDEN = Path(__file__).parent / "golden"
HALF = Disagreement("sip:alice-3@primary.example", "partner.example says active, the primary home")


def interrupted() -> LoadResult:
    return replace(good(), interrupted=True)


def nothing_sampled(result: LoadResult) -> LoadResult:
    assert result.sampled is not None
    check = replace(result.sampled.check, messages=0)
    return replace(result, sampled=replace(result.sampled, users=1, check=check))


def stranded(result: LoadResult) -> LoadResult:
    statistics = Statistics(result.job.plan.driven)
    counted(statistics, ok=3)
    lost = event(RESET, outcome="transport", kind=Kind.UNREACHABLE, detail="alice-ue-1: refused")
    statistics.on_event(replace(lost, after_ok=True))
    return replace(result, statistics=statistics, crossings=())


RESULTS: dict[str, Callable[[], LoadResult]] = {
    "good": good,
    "bad": bad,
    "interrupted": interrupted,
    "half-migrated": lambda: with_records(good(), Agree.NO, found=(HALF,), more=4),
    "owed": lambda: with_records(good(), Agree.OPEN, waiting=2),
    "unread": lambda: with_records(
        good(), Agree.UNKNOWN, unread=("primary.server",), reason="nobody reads it"
    ),
    "unreadable": lambda: with_records(good(), Agree.ERROR, reason="cannot open the store x"),
    "nothing-sampled": lambda: nothing_sampled(good()),
    "not-reset": lambda: stranded(good()),
    "remarks": lambda: replace_plan(good(), plan_of("identities/none")),
}


@pytest.mark.parametrize("name", RESULTS)
def test_what_is_told_at_the_end(name: str) -> None:
    text = render_result(RESULTS[name]())
    path = GOLDEN / f"text-{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path.name} differs (UPDATE_GOLDEN=1)"


def test_a_line_while_it_runs() -> None:
    told = Progress(0.5, bad().statistics, due_rate=200.0, rate=9.5, late=0, ending=False)
    line = progress_line(told)
    assert line.startswith("   0.5 s  200/s due, 9.5/s begun  0 under way  ")
    assert line.endswith("no free user]")
    assert "9.5/s begun  95 late  0 under way" in progress_line(replace(told, late=95))
    assert progress_line(replace(told, ending=True)).startswith("   0.5 s  ending  0 under way")


def test_a_line_while_the_records_are_waited_for() -> None:
    line = settling_line(Settling(12.3, 40.0, 1))
    assert line == "calls are over; 12 of 40 s: 1 user not settled between the systems"
    line = settling_line(Settling(12.3, 40.0, 0, "cannot open the store x"))
    assert line == "calls are over; 12 of 40 s: the records cannot be read: cannot open the store x"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"), (0.0, "0 µs"), (0.000512, "512 µs"), (0.001, "1 ms"), (0.00351, "3.51 ms"),
        (0.0999, "99.9 ms"), (0.25, "250 ms"), (1.5, "1.5 s"), (61.26, "61.3 s"), (3600.0, "3600 s"),
    ],
)  # fmt: skip
def test_latencies_for_people(seconds: float | None, shown: str) -> None:
    assert shown_time(seconds) == shown
