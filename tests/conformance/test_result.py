"""What came of a check: a rule that saw nothing is never passed."""

from dataclasses import replace

import pytest

from mcsip.conformance.result import CheckResult, Finding, RuleResult
from mcsip.conformance.rule import Level, Rule, Scope
from mcsip.conformance.views import MessageSeen, Release
from mcsip.mc.source import Grade, Source

RULE: Rule[MessageSeen] = Rule(
    "rfc/1/one",
    Level.SHALL,
    Source("RFC", "1", Grade.READ),
    "One",
    Scope.MESSAGE,
    lambda _seen: None,
)


def finding(number: int) -> Finding:
    return Finding(RULE, "this", "that", number, 0.0, "a")


@pytest.mark.parametrize(
    ("level", "looked_at", "broken", "usual", "strict"),
    [
        (Level.SHALL, 0, 0, "none", "none"),
        (Level.SHALL, 1, 0, "pass", "pass"),
        (Level.SHALL, 1, 1, "fail", "fail"),
        (Level.SHOULD, 1, 1, "warn", "fail"),
        (Level.SHOULD, 0, 0, "none", "none"),
        (Level.MAY, 1, 1, "warn", "warn"),
        (Level.MAY, 1, 0, "pass", "pass"),
    ],
)
def test_verdict(level: Level, looked_at: int, broken: int, usual: str, strict: str) -> None:
    rule = replace(RULE, level=level)
    result = RuleResult(rule, looked_at, tuple(finding(i) for i in range(broken)))
    assert (result.verdict(), result.verdict(strict=True)) == (usual, strict)


def test_what_was_omitted_counts() -> None:
    assert RuleResult(RULE, 9, (finding(1),), 4).broken == 5


def test_findings_of_all_rules_come_in_order_of_their_entries() -> None:
    one = RuleResult(RULE, 2, (finding(3), finding(9)))
    two = RuleResult(RULE, 2, (finding(1), finding(5)))
    result = CheckResult("x", Release.R18, (one, two))
    assert [it.number for it in result.findings] == [1, 3, 5, 9]
