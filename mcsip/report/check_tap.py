"""The result of a check as TAP 14: one test point per rule, numbered over all traces.

A rule that is broken but does not count is ``ok``, with what is wrong in its block.
"""

from collections.abc import Iterator, Sequence

from mcsip.conformance.result import RuleResult
from mcsip.report.checked import Check
from mcsip.report.tap import escape, quote


def render_check_tap(checks: Sequence[Check]) -> str:
    """Return the report of a check."""
    points = [point for check in checks for point in _points(check, several=len(checks) > 1)]
    lines = ["TAP version 14", f"1..{len(points)}"]
    for number, (outcome, rest) in enumerate(points, 1):
        first, *block = rest
        lines += [f"{outcome} {number} - {first}", *block]
    return "\n".join(lines) + "\n"


def _points(check: Check, *, several: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield the test points of one trace: "ok" or "not ok", and the lines after its number."""
    before = f"{escape(check.result.source)}: " if several else ""
    incomplete = check.result.incomplete or check.timed_out
    remarks = [f"    - {quote(remark)}" for remark in check.result.remarks]
    block = ["  ---", "  remarks:", *remarks, "  ..."] if remarks else []
    outcome = "not ok" if incomplete else "ok"
    yield outcome, [f"{before}the source can be read to its end", *block]
    for result in check.result.rules:
        yield _rule(result, check, before)


def _rule(result: RuleResult, check: Check, before: str) -> tuple[str, list[str]]:
    """Return the test point of one rule."""
    title = before + escape(result.rule.id)
    match result.verdict(strict=check.strict):
        case "none":
            return "ok", [f"{title} # SKIP nothing to look at"]
        case "pass":
            return "ok", [title]
        case "warn":
            return "ok", [title, *_block(result, "warn", check)]
        case verdict:
            return "not ok", [title, *_block(result, verdict, check)]


def _block(result: RuleResult, verdict: str, check: Check) -> list[str]:
    """Return the YAML block that says what is wrong where."""
    rule = result.rule
    lines = [
        "  ---",
        f"  verdict: {verdict}",
        f"  clause: {quote(str(rule.source))}",
        f"  level: {rule.level.value}",
        f"  requirement: {quote(rule.requirement)}",
        f"  broken: {result.broken}",
        "  findings:",
    ]
    for finding in result.findings:
        label = check.quotes[finding.number].label if finding.number in check.quotes else ""
        fields = {
            "number": str(finding.number),
            "node": quote(finding.node),
            "message": quote(label),
            "expected": quote(finding.expected),
            "actual": quote(finding.actual),
        }
        shown = [f"{name}: {value}" for name, value in fields.items() if value != '""']
        lines += [f"    {'-' if not index else ' '} {field}" for index, field in enumerate(shown)]
    return [*lines, "  ..."]
