"""How a load ended, and what counts first."""

from dataclasses import replace

import pytest

from mcsip.load.failure import Kind
from mcsip.load.run import LoadResult
from mcsip.load.statistics import LIMIT, Statistics
from mcsip.load.verdict import LoadVerdict, ending_of
from mcsip.migration.agreement import Disagreement
from mcsip.nodes.agreement import Agree

from .results import good, with_records
from .world import counted, event


def functional(result: LoadResult) -> LoadResult:
    statistics = Statistics(["migrate"])
    counted(statistics, ok=1, failed=2, kind=Kind.UNEXPECTED)
    return replace(result, statistics=statistics)


def unreached(result: LoadResult, ok: int = 0) -> LoadResult:
    statistics = Statistics(["authenticate", "wait", "migrate"])
    for step in ("authenticate", "wait"):
        statistics.on_event(event(step))
    counted(statistics, ok=ok, failed=2, kind=Kind.UNREACHABLE)
    statistics.on_missed(LIMIT)
    return replace(result, statistics=statistics)


HALF = (Disagreement("sip:alice@primary.example", "they differ"),)


def test_a_missed_threshold_and_nothing_else() -> None:
    ending = ending_of(good())
    assert ending.verdict is LoadVerdict.MISSED
    assert ending.reasons == ("missed: p99(total)<1us",)


def test_all_is_well() -> None:
    assert ending_of(replace(good(), crossings=())).verdict is LoadVerdict.PASS


def test_no_call_was_due() -> None:
    nothing = replace(good(), crossings=(), statistics=Statistics([]))
    ending = ending_of(nothing)
    assert (ending.verdict, ending.reasons) == (LoadVerdict.NONE, ("no call was due",))


@pytest.mark.parametrize(
    ("result", "verdict", "reason"),
    [
        (functional(good()), LoadVerdict.FAIL, "2 steps ended otherwise than the scenario says"),
        (with_records(good(), Agree.NO, found=HALF, more=2), LoadVerdict.FAIL, "the records of 3"),
        (with_records(good(), Agree.OPEN, waiting=2), LoadVerdict.INCONC, "2 users are still"),
        (with_records(good(), Agree.ERROR, reason="x"), LoadVerdict.ERROR, "the records cannot"),
        (with_records(good(), Agree.UNKNOWN), LoadVerdict.MISSED, "missed: p99(total)<1us"),
        (replace(good(), faults=("x crashed",)), LoadVerdict.ERROR, "x crashed"),
        (functional(replace(good(), faults=("x crashed",))), LoadVerdict.ERROR, "x crashed"),
        (unreached(good()), LoadVerdict.ERROR, "no SIP request could be sent: user 1: why"),
        (unreached(good(), ok=1), LoadVerdict.MISSED, "missed: p99(total)<1us"),
    ],
    ids=[
        "functional",
        "half-migrated",
        "owed",
        "unreadable",
        "unread",
        "fault",
        "fault first",
        "nobody reached",
        "somebody reached",
    ],
)
def test_the_worst_counts_and_all_is_told(
    result: LoadResult, verdict: LoadVerdict, reason: str
) -> None:
    ending = ending_of(result)
    assert ending.verdict is verdict
    assert ending.reasons[0].startswith(reason)
    assert ending.reasons[-1] == "missed: p99(total)<1us"
