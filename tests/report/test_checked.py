"""What the reports of a check are made from."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mcsip.report.checked import Check, DocumentCounts, make_check, marks_of
from mcsip.scenario.result import Verdict
from mcsip.trace import Trace

from .checks import broken_check, cut_check, empty_check, good_check


def test_the_verdict_of_each_kind_of_ending(checks: list[Check]) -> None:
    found = [(check.verdict, check.reason) for check in checks]
    assert found == [
        (Verdict.FAIL, "2 rules broken in 2 places"),
        (Verdict.PASS, ""),
        (Verdict.NONE, "no SIP message was found"),
        (Verdict.NONE, "no rule had anything to look at"),
        (Verdict.INCONC, "not everything could be read"),
    ]


def test_strict_counts_should(refused: Trace) -> None:
    check = broken_check(refused, "t", strict=True)
    assert check.reason.startswith("3 rules broken in ")
    assert check.counts[0] == DocumentCounts("RFC 3261", 1, 2, 0, 0)
    assert broken_check(refused, "t").counts[0] == DocumentCounts("RFC 3261", 1, 1, 1, 0)


def test_the_time_was_over(success: Trace) -> None:
    check = replace(good_check(success), timed_out=True)
    assert check.verdict is Verdict.INCONC
    assert check.reason == "the time was over before everything was read"


def test_rules_that_count_come_first(broken: Check) -> None:
    verdicts = [each.verdict() for each in broken.broken]
    assert verdicts == ["fail", "fail", "warn"]


def test_a_quote_is_named_like_the_ladder_and_has_no_secrets(
    broken: Check, secrets: tuple[bytes, ...]
) -> None:
    labels = {quote.label for quote in broken.quotes.values()}
    assert "200 OK of REGISTER" in labels
    assert "migration-service-authorization-request" in labels
    steps = {quote.step for quote in broken.quotes.values()}
    assert {"1", ""} <= steps
    for quote in broken.quotes.values():
        assert not any(secret in quote.wire.data for secret in secrets)


def test_a_finding_marks_the_arrow_of_its_message(broken: Check) -> None:
    arrows = {arrow.number: arrow.label for arrow in broken.ladder.arrows}
    (order,) = [n for n, ids in broken.marks.items() if "ts23280/10.6.3.3/order" in ids]
    assert arrows[order] == "REGISTER", "the answer is part of the request's arrow"
    (cookie,) = [n for n, ids in broken.marks.items() if "rfc3261/8.1.1.7/magic-cookie" in ids]
    assert arrows[cookie] == "migration-service-authorization-request"


def test_what_cannot_be_told_apart_marks_the_arrow_before(broken: Check) -> None:
    (finding,) = broken.broken[0].findings
    numbers = [arrow.number for arrow in broken.ladder.arrows]
    far = replace(finding, number=10_000)
    assert list(marks_of([far], {}, (), broken.ladder)) == numbers[-1:]
    assert list(marks_of([replace(finding, number=0)], {}, (), broken.ladder)) == numbers[:1]
    assert list(marks_of([far], {}, (), replace(broken.ladder, rows=()))) == [0]


def test_findings_of_messages_that_are_not_kept(broken: Check) -> None:
    check = make_check(broken.result, Trace())
    assert check.quotes == {}
    assert check.verdict is Verdict.FAIL


@pytest.mark.parametrize("make", [empty_check, lambda: cut_check(Trace())])
def test_nothing_marks_nothing(make: Callable[[], Check]) -> None:
    assert make().marks == {}
