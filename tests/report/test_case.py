"""Counting what happened, and the steps that were seen."""

from dataclasses import replace

import pytest

from mcsip.report.case import (
    Case,
    Counts,
    as_ranges,
    count,
    steps_of,
    steps_seen,
    with_check,
)
from mcsip.report.checked import Check
from mcsip.report.ladder import Box, Ladder, build_ladder
from mcsip.scenario.result import Verdict
from mcsip.trace import Trace

CLAUSE = "TS 23.280 10.6.3.3"


def test_counts(success: Trace, refused: Trace, troubled: Trace) -> None:
    assert count(build_ladder(success)) == Counts(mc_messages=8, other_requests=1)
    assert count(build_ladder(refused)) == Counts(
        mc_messages=8, other_requests=1, retransmissions=1
    )
    assert count(build_ladder(troubled)) == Counts(
        mc_messages=3, retransmissions=1, lost=1, unanswered=1, refused=1
    )


def test_steps_seen(success: Trace, refused: Trace) -> None:
    assert steps_seen(build_ladder(success)) == {CLAUSE: tuple(range(1, 13))}
    assert steps_seen(build_ladder(refused)) == {CLAUSE: (1, 2, 3, 4, 5, 6, 8, 9, 10, 12)}


def test_a_hop_of_several_steps_counts_for_each() -> None:
    """NOTE 3 of TS 23.280 10.6.3.3: without gateways."""
    ladder = Ladder((), (Box(1, 0.0, 0, "3-5", CLAUSE, ""), Box(2, 0.0, 0, "x", CLAUSE, "")))
    assert steps_seen(ladder) == {CLAUSE: (3, 4, 5)}


@pytest.mark.parametrize(
    ("clause", "steps"), [(CLAUSE, 12), ("TS 23.280 10.6.3.3.2.1", 4), ("RFC 3261 8.2", None)]
)
def test_steps_of(clause: str, steps: int | None) -> None:
    assert steps_of(clause) == steps


@pytest.mark.parametrize(
    ("numbers", "text"), [((), ""), ((1,), "1"), ((1, 2, 3, 5), "1-3, 5"), ((2, 4, 5), "2, 4-5")]
)
def test_ranges(numbers: tuple[int, ...], text: str) -> None:
    assert as_ranges(numbers) == text


def test_titles_name_the_service(passed_case: Case) -> None:
    assert passed_case.title.endswith(" [mcptt]")


def test_a_broken_rule_makes_the_verdict_worse_and_names_itself(
    passed_case: Case, failed_case: Case, broken: Check
) -> None:
    case = with_check(passed_case, broken.result)
    assert case.result.verdict is Verdict.FAIL
    assert case.result.reason == (
        "2 rules broken in 2 places: rfc3261/8.1.1.7/magic-cookie, ts23280/10.6.3.3/order, "
        "rfc3261/8.1.1.6/hop-limit"
    )
    assert case.check is not None
    assert case.check.ladder is passed_case.ladder
    kept = with_check(failed_case, broken.result)
    assert kept.result == failed_case.result, "the first reason is kept"


def test_rules_that_hold_change_nothing(passed_case: Case, broken: Check) -> None:
    warned = replace(broken.result, rules=broken.result.rules[1:3], incomplete=False)
    assert with_check(passed_case, warned).result == passed_case.result
    assert with_check(passed_case, warned, strict=True).result.verdict is Verdict.FAIL
