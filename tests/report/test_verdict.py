"""The verdict as text: where, expected, observed, hint (style.md, errors)."""

import re
from collections.abc import Callable
from dataclasses import replace

from mcsip.mc.messages import REQUEST
from mcsip.report.case import Case, make_case, with_check
from mcsip.report.checked import Check
from mcsip.report.terminal import render_ladder
from mcsip.report.verdict import render_summary, render_verdict
from mcsip.scenario.result import (
    DiffRow,
    Finding,
    Place,
    ScenarioResult,
    Sign,
    StepResult,
    Verdict,
)
from mcsip.trace import Mode, Trace
from mcsip.tracefile import read_trace, trace_lines

Golden = Callable[[str, str], None]


def test_verdicts(cases: list[Case], golden: Golden) -> None:
    golden("verdicts.txt", "\n".join(render_verdict(case) for case in cases))


def test_summary(cases: list[Case], golden: Golden) -> None:
    golden("summary.txt", render_summary(cases))
    assert render_summary([]) == "0 scenarios: nothing ran\n"


def test_colour_changes_nothing_else(failed_case: Case) -> None:
    coloured = render_verdict(failed_case, colour=True)
    assert "\x1b[1;37;41m  FAIL  \x1b[0m" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert plain.split() == render_verdict(failed_case).split()


def test_ascii(cases: list[Case]) -> None:
    assert render_summary(cases, ascii_only=True).isascii()
    assert all(render_verdict(case, ascii_only=True).isascii() for case in cases)


def test_neither_secrets_nor_escapes(failed_case: Case, secrets: tuple[bytes, ...]) -> None:
    text = render_verdict(failed_case)
    assert "\x1b" not in text
    assert not any(secret in text.encode() for secret in secrets)


def test_expected_against_observed(success: Trace, golden: Golden) -> None:
    rows = (
        DiffRow(Sign.BOTH, "alice-ue", "partner.server", REQUEST, 5, 200),
        DiffRow(Sign.MISSING, "partner.server", "primary.server", REQUEST),
        DiffRow(Sign.EXTRA, "partner.server", "partner.gateway", REQUEST, 14, 200),
    )
    place = Place("scenario.yaml", 9, 7, "    - [partner.server, primary.server, x]", 4)
    message = "message 2 of the list was not observed"
    finding = Finding(Verdict.FAIL, message, place, "x", diff=rows)
    step = StepResult(1, "expect_messages", "expect 2 messages", place, Verdict.FAIL, (finding,))
    result = ScenarioResult("Diff", "scenario.yaml", verdict=Verdict.FAIL, steps=(step,))
    golden("verdict-diff.txt", render_verdict(make_case(result, success)))


def test_what_the_rules_say(passed_case: Case, broken: Check, golden: Golden) -> None:
    case = with_check(passed_case, broken.result)
    assert case.result.verdict is Verdict.FAIL
    golden("verdict-check.txt", render_verdict(case))
    good = with_check(passed_case, replace(broken.result, rules=broken.result.rules[2:3]))
    assert good.result == passed_case.result
    assert "1 rule kept, release 18" in render_verdict(good)


def test_nodes_that_are_not_ours(passed_case: Case, golden: Golden) -> None:
    """Who is under test or observed, and what could not be judged, with the reason (TTCN-3 none)."""
    assert passed_case.trace is not None
    trace = read_trace(trace_lines(passed_case.trace))
    for name, mode in (("partner.server", Mode.SUT), ("primary.gateway", Mode.OBSERVED)):
        trace.add_node(replace(trace.nodes[name], mode=mode))
    place = Place("x.yaml", 3, 5, "  - expect_record: {partner.server: {owed: []}}", 13)
    message = "partner.server is not ours: no message shows its record's owed"
    unknown = StepResult(
        3,
        "expect_record",
        "expect record",
        place,
        findings=(Finding(Verdict.NONE, message, place),),
    )
    result = replace(passed_case.result, steps=(*passed_case.result.steps, unknown))
    case = make_case(result, trace)
    golden("under-test.txt", render_ladder(case.ladder) + "\n" + render_verdict(case))
