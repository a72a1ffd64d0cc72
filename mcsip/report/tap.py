"""TAP, the Test Anything Protocol, version 14: one test point per scenario."""

import json
from collections.abc import Sequence

from mcsip.redact import redact_text
from mcsip.report.canvas import printable
from mcsip.report.case import Case
from mcsip.scenario.result import Verdict


def render_tap(cases: Sequence[Case]) -> str:
    """Return the report of the scenarios of a run."""
    lines = ["TAP version 14", f"1..{len(cases)}"]
    for number, case in enumerate(cases, 1):
        lines += _test_point(number, case)
    return "\n".join(lines) + "\n"


def _test_point(number: int, case: Case) -> list[str]:
    """Return the lines of one scenario."""
    title = escape(case.title)
    if case.skipped or case.result.verdict is Verdict.NONE:
        reason = escape(case.skipped or "nothing was judged")
        return [f"ok {number} - {title} # SKIP {reason}"]
    if case.result.verdict is Verdict.PASS:
        return [f"ok {number} - {title}"]
    return [f"not ok {number} - {title}", *_diagnostic(case)]


def _diagnostic(case: Case) -> list[str]:
    """Return the YAML block that says why a scenario did not pass."""
    result = case.result
    lines = ["  ---", f"  verdict: {result.verdict.value}", f"  message: {quote(result.reason)}"]
    if result.findings:
        lines.append("  findings:")
    for finding in result.findings:
        fields = {
            "verdict": finding.verdict.value,
            "at": str(finding.place),
            "message": finding.message,
            "expected": finding.expected,
            "actual": finding.actual,
            "hint": finding.hint,
        }
        shown = [f"{name}: {quote(value)}" for name, value in fields.items() if value]
        lines += [f"    {'-' if not index else ' '} {field}" for index, field in enumerate(shown)]
    if case.check is not None and case.check.broken:
        lines += ["  rules:", *(f"    - {each.rule.id}" for each in case.check.broken)]
    return [*lines, "  ..."]


def quote(text: str) -> str:
    """Return text as a scalar of YAML, which takes the strings of JSON."""
    return json.dumps(redact_text(text), ensure_ascii=False)


def escape(text: str) -> str:
    """Return a description in which nothing is a directive (TAP 14, escaping)."""
    return printable(redact_text(text)).replace("\\", "\\\\").replace("#", "\\#")
