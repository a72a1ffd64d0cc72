"""What the HTML report knows: golden values, verdicts, findings with their places."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from mcsip.report.case import Case
from mcsip.report.html_data import Subject, subject_data, subject_of, verdict_of
from mcsip.scenario.result import DiffRow, Sign, Verdict
from mcsip.trace import Trace
from tests.report.conftest import FAILED, make_result, step
from tests.report.faults import check_of

Golden = Callable[[str, str], None]


def test_a_case_with_findings(refused: Trace, golden: Golden) -> None:
    diff = (DiffRow(Sign.MISSING, "alice-ue", "partner.server", "BYE"),)
    finding = replace(FAILED, diff=diff)
    result = make_result(refused, step(1, "expect_messages", "1 message", finding))
    subject = Subject("Refused", refused, result, check_of(refused))
    golden("html-data.json", json.dumps(subject_data(subject), indent=1, ensure_ascii=False) + "\n")


def test_endings(cases: list[Case]) -> None:
    assert [verdict_of(subject_of(case)) for case in cases] == [
        "pass", "fail", "error", "inconc", "skipped", "none",
    ]  # fmt: skip
    assert subject_data(subject_of(cases[4]))["reason"] == "does not match -k refused"


@pytest.mark.parametrize(
    ("verdict", "strict", "kept", "expected"),
    [
        (Verdict.PASS, False, False, "fail"),
        (Verdict.ERROR, False, False, "error"),
        (Verdict.PASS, False, True, "pass"),
        (Verdict.FAIL, False, True, "fail"),
    ],
)
def test_a_check_makes_a_verdict_worse(
    success: Trace, verdict: Verdict, strict: bool, kept: bool, expected: str
) -> None:
    check = check_of(success)
    if kept:
        check = replace(check, rules=tuple(each for each in check.rules if not each.broken))
    result = replace(make_result(success), verdict=verdict)
    assert verdict_of(Subject("x", success, result, check, strict=strict)) == expected


def test_a_should_warns_unless_strict(success: Trace) -> None:
    check = check_of(success)
    check = replace(check, rules=tuple(each for each in check.rules if each.rule.level == "should"))
    assert verdict_of(Subject("x", success, check=check)) == "warn"
    assert verdict_of(Subject("x", success, check=check, strict=True)) == "fail"


def test_where_nothing_was_judged_there_is_no_verdict(success: Trace) -> None:
    assert not verdict_of(Subject("x", success))


def test_a_capture_needs_no_scenario(success: Trace) -> None:
    data = subject_data(Subject("capture.pcap", success, check=check_of(success)))
    assert "steps" not in data
    assert ["capture", "capture.pcap"] in data["facts"]  # type: ignore[operator]  # a list
    assert ["release", "3GPP release 18"] in data["facts"]  # type: ignore[operator]  # a list
    assert data["verdict"] == "fail"


def test_a_finding_points_into_its_message(success: Trace) -> None:
    data = subject_data(Subject("x", success, check=check_of(success)))
    faults, messages = data["faults"], data["messages"]
    assert isinstance(faults, list)
    assert isinstance(messages, list)
    field, body = faults
    text = messages[field["message"]]["text"]
    assert text[slice(*field["span"])].startswith("P-Asserted-Identity:")
    assert text.splitlines()[field["line"] - 1] == text[slice(*field["span"])]
    assert messages[body["message"]]["text"][slice(*body["span"])] == "mcpttinfo"
