"""Verdicts only get worse, and the first reason is kept (ETSI ES 201 873-1 clause 24)."""

import itertools

import pytest

from mcsip.scenario.result import Finding, Place, ScenarioResult, StepResult, Verdict, add_step

PLACE = Place("f.yaml", 3, 5, "  - migrate: x", 7)


def step(number: int, verdict: Verdict, message: str = "m") -> StepResult:
    finding = Finding(verdict, message, PLACE, "expected", "actual")
    return StepResult(number, "migrate", "title", PLACE, verdict, (finding,))


@pytest.mark.parametrize(("one", "other"), list(itertools.product(Verdict, Verdict)))
def test_the_worse_verdict_wins(one: Verdict, other: Verdict) -> None:
    order = ["none", "pass", "inconc", "fail", "error"]
    worse = max(one, other, key=lambda verdict: order.index(verdict.value))
    assert one.worsen(other) is worse
    assert Verdict.worst([one, other]) is worse


def test_nothing_judged_is_none_and_not_pass() -> None:
    assert Verdict.worst([]) is Verdict.NONE


def test_the_first_reason_is_kept_until_it_gets_worse() -> None:
    result = ScenarioResult("n", "f.yaml")
    result = add_step(result, step(1, Verdict.PASS))
    assert (result.verdict, result.reason) == (Verdict.PASS, "")
    result = add_step(result, step(2, Verdict.FAIL, "first"))
    result = add_step(result, step(3, Verdict.FAIL, "second"))
    assert result.reason == "f.yaml:3:5: first"
    result = add_step(result, step(4, Verdict.INCONC, "third"))
    assert (result.verdict, result.reason) == (Verdict.FAIL, "f.yaml:3:5: first")
    result = add_step(result, step(5, Verdict.ERROR, "worst"))
    assert (result.verdict, result.reason) == (Verdict.ERROR, "f.yaml:3:5: worst")
    assert [finding.message for finding in result.findings] == ["first", "second", "third", "worst"]


def test_a_finding_as_text() -> None:
    finding = Finding(Verdict.FAIL, "another result", PLACE, "success", "refused\nby p", "look")
    assert finding.render() == (
        "f.yaml:3:5: another result\n"
        "     |    - migrate: x\n"
        "     |      ^^^^^^^\n"
        "     = expected: success\n"
        "     = observed: refused\n"
        "                 by p\n"
        "     = hint:     look"
    )


def test_the_worst_finding_speaks_for_a_step() -> None:
    done = StepResult(
        1, "v", "t", PLACE, Verdict.FAIL,
        (Finding(Verdict.PASS, "a", PLACE), Finding(Verdict.FAIL, "b", PLACE, "e", "o")),
    )  # fmt: skip
    assert (done.expected, done.actual) == ("e", "o")
    assert StepResult(1, "v", "t", PLACE).expected == ""
