"""What people read of a load: golden, and what latencies look like."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mcsip.load.run import LoadResult, Progress
from mcsip.load.text import progress_line, render_result, shown_time
from mcsip.migration.agreement import Disagreement
from mcsip.nodes.agreement import Agree

from .results import bad, good, with_records
from .world import plan_of, replace_plan

GOLDEN = Path(__file__).parent / "golden"
HALF = Disagreement("sip:alice-3@primary.example", "partner.example says active, the primary home")


def interrupted() -> LoadResult:
    return replace(good(), interrupted=True)


RESULTS: dict[str, Callable[[], LoadResult]] = {
    "good": good,
    "bad": bad,
    "interrupted": interrupted,
    "half-migrated": lambda: with_records(good(), Agree.NO, found=(HALF,), more=4),
    "owed": lambda: with_records(good(), Agree.OPEN, waiting=2),
    "unread": lambda: with_records(
        good(), Agree.UNKNOWN, unread=("primary.server",), reason="nobody reads it"
    ),
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
    result = bad()
    progress = Progress(0.5, result.job.pace, result.statistics, ending=False)
    line = progress_line(progress)
    assert line.startswith("   0.5 s  200/s due  0 under way  ")
    assert line.endswith("no free user]")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"), (0.0, "0 µs"), (0.000512, "512 µs"), (0.001, "1 ms"), (0.00351, "3.51 ms"),
        (0.0999, "99.9 ms"), (0.25, "250 ms"), (1.5, "1.5 s"), (61.26, "61.3 s"), (3600.0, "3600 s"),
    ],
)  # fmt: skip
def test_latencies_for_people(seconds: float | None, shown: str) -> None:
    assert shown_time(seconds) == shown
