"""The step call: TS 23.280 10.16.5, TR 23.781 6.x.1."""

from pathlib import Path

import pytest

from .playing import faults, play, verdicts

READY = """
- authenticate: {client: bob-ue, in: primary}
- register: {client: bob-ue, in: primary}
- given: {client: alice-ue, migrated_to: partner, profile: 2}
"""


def test_calls(tmp_path: Path) -> None:
    run = play(
        tmp_path,
        f"{READY}- call: {{from: bob-ue, to: alice-ue, hold_s: 1}}\n"
        "- call: {from: bob-ue, to: alice-ue, in: partner, media_s: 0.1, hold_s: 0}\n"
        "  expect: {result: established, status: 200, redirected: false, media_through: []}\n"
        "- call: {from: bob-ue, to: alice-ue, answer: busy}\n  expect: {result: busy, status: 486}\n"
        "- call: {from: bob-ue, id: 'sip:x@primary.example'}\n"
        "  expect: {result: refused, reason: target-unknown}\n",
    )
    assert verdicts(run) == ["pass"] * 7
    assert [step.title for step in run.result.steps[3:]] == [
        "bob-ue calls alice-ue",
        "bob-ue calls alice-ue in partner",
        "bob-ue calls alice-ue",
        "bob-ue calls sip:x@primary.example",
    ]


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("result: busy", "result: established, status: 200"),
        ("status: 404", "result: established, status: 200"),
        ("redirected: true", "result: established, status: 200"),
        ("media_through: [primary.server]", None),
    ],
)
def test_another_outcome_than_expected(tmp_path: Path, expected: str, actual: str | None) -> None:
    steps = (
        f"{READY}- call: {{from: bob-ue, to: alice-ue, media_s: 0.1}}\n  expect: {{{expected}}}\n"
    )
    run = play(tmp_path, steps)
    assert verdicts(run)[-1] == "fail"
    found = next(f for f in run.result.steps[-1].findings if f.verdict.value == "fail")
    if actual is not None:
        assert (found.expected, found.actual) == (expected, actual)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{from: x, to: alice-ue}", "there is no client 'x'"),
        ("{from: bob-ue, to: x}", "there is no client 'x'"),
        ("{from: bob-ue}", "one of 'to' and 'id' says who is called"),
        ("{from: bob-ue, to: alice-ue, in: x}", "there is no system 'x'"),
        ("{from: bob-ue, id: 'sip:a@b.c', in: partner}", "'in' goes with 'to'"),
        ("{from: bob-ue, id: 'sip:a@b.c', answer: busy}", "'answer' goes with 'to'"),
        ("{from: bob-ue, id: 'sip:a@b.c', media_s: 1}", "'media_s' goes with 'to'"),
    ],
)
def test_faults(tmp_path: Path, step: str, message: str) -> None:
    assert message in faults(tmp_path, f"- call: {step}\n")
