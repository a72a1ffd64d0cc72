"""The verdict at the end of a run, as text: counts, reasons with position, expected, observed."""

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mcsip.redact import redact_text
from mcsip.report.canvas import Style, paint, printable, to_ascii
from mcsip.report.case import Case, as_ranges, count, steps_of, steps_seen
from mcsip.report.ladder import order_lanes
from mcsip.report.terminal import render_diff
from mcsip.scenario.result import Finding, Verdict
from mcsip.trace import Mode
from mcsip.words import plural

if TYPE_CHECKING:
    from mcsip.report.checked import Check

STYLES = {
    Verdict.NONE: Style.UNSURE,
    Verdict.PASS: Style.PASSED,
    Verdict.INCONC: Style.UNSURE,
    Verdict.FAIL: Style.FAILED,
    Verdict.ERROR: Style.FAILED,
}
"""How the badge of a verdict looks."""
_ORDER = (Verdict.PASS, Verdict.FAIL, Verdict.ERROR, Verdict.INCONC, Verdict.NONE)
_INDENT = " " * 8


def render_verdict(
    case: Case, *, width: int = 80, colour: bool = False, ascii_only: bool = False
) -> str:
    """Return the verdict of one scenario as lines of text, each ended.

    Args:
        case: the scenario.
        width: columns to use for what is not quoted.
        colour: use colours (SGR sequences).
        ascii_only: use ASCII characters only.
    """
    result = case.result
    word = "skip" if case.skipped else result.verdict.value
    badge = paint(f" {word.upper():^6} ", STYLES[result.verdict], colour=colour)
    title = paint(printable(result.name), Style.STRONG, colour=colour)
    lines = [f"{badge}{'' if colour else ' '}{title}"]
    facts = [case.skipped] if case.skipped else _facts(case)
    for fact in facts:
        lines += textwrap.wrap(printable(fact), width - len(_INDENT), break_on_hyphens=False)[:4]
    lines[1:] = [f"{_INDENT} {line}" for line in lines[1:]]
    for finding in result.findings:
        lines += ["", *_finding(finding, colour=colour)]
        lines += _diff(case, finding, width, colour=colour)
    if case.check is not None:
        from mcsip.report.check_text import findings_lines

        broken = findings_lines(case.check, width=width, colour=colour)
        lines += ["", *broken] if broken else []
    for finding in result.remarks:
        lines += ["", *_finding(finding, colour=colour)]
    told = any(result.reason.startswith(str(finding.place)) for finding in result.findings)
    if result.reason and not told:
        lines += ["", *(f"  {line}" for line in _clean(result.reason))]
    text = "".join(line + "\n" for line in lines)
    return to_ascii(text) if ascii_only else text


def _facts(case: Case) -> list[str]:
    """Return what happened, one fact per line."""
    result, counts = case.result, count(case.ladder)
    facts = [_steps(clause, numbers) for clause, numbers in steps_seen(case.ladder).items()]
    parts = [
        plural(counts.mc_messages, "MC message"),
        *([plural(counts.other_requests, "other request")] if counts.other_requests else []),
        *([plural(counts.retransmissions, "retransmission")] if counts.retransmissions else []),
        *([f"{counts.lost} lost"] if counts.lost else []),
        *([f"{counts.unanswered} unanswered"] if counts.unanswered else []),
        *([f"{counts.refused} refused"] if counts.refused else []),
    ]
    facts.append(", ".join(parts))
    if case.trace is not None:
        nodes = case.trace.nodes.values()
        for mode, mark, what in ((Mode.SUT, "*", "under test"), (Mode.OBSERVED, "o", "observed")):
            names = [node.name for node in nodes if node.mode is mode]
            facts += [f"{what} ({mark}): {', '.join(names)}"] if names else []
    ran = [step for step in result.steps if step.verdict is not Verdict.NONE or step.findings]
    if len(ran) < len(result.steps):
        facts.append(f"{len(ran)} of {plural(len(result.steps), 'scenario step')} judged")
    if case.check is not None:
        facts.append(_conformance(case.check))
    setting = [result.service, result.transport, result.network, f"seed {result.seed}"]
    facts.append(", ".join(part for part in (*setting, f"{result.duration_s:.3f} s") if part))
    return facts


def _conformance(check: "Check") -> str:
    """Return how many rules were kept and broken."""
    totals = Counter(each.verdict(strict=check.strict) for each in check.result.rules)
    broken = [f"{totals[name]} {word}" for name, word in _BROKEN.items() if totals[name]]
    kept = plural(totals["pass"], "rule")
    return ", ".join([f"{kept} kept", *broken, f"release {check.result.release.value}"])


_BROKEN = {"fail": "broken", "warn": "broken that do not count"}


def _steps(clause: str, numbers: tuple[int, ...]) -> str:
    """Return which steps of a clause were taken."""
    total = steps_of(clause)
    word = "step" if len(numbers) == 1 else "steps"
    if total is None:
        return f"{clause}: {word} {as_ranges(numbers)}"
    if len(numbers) == total:
        return f"{clause}: all {total} steps"
    return f"{clause}: {word} {as_ranges(numbers)} of {total}"


def _finding(finding: Finding, *, colour: bool) -> list[str]:
    """Return the lines of one reason; the line with the carets and what was observed stand out."""
    lines = []
    for number, line in enumerate(_clean(finding.render())):
        style = Style.PLAIN
        if number == 0:
            style = Style.STRONG
        elif line.lstrip().startswith(("= observed", "|")) and (
            "observed" in line or set(line) <= set(" |^")
        ):
            style = Style.BAD
        lines.append(f"  {paint(line, style, colour=colour)}")
    return lines


def _diff(case: Case, finding: Finding, width: int, *, colour: bool) -> list[str]:
    """Return expected against observed as a ladder, where messages were judged."""
    if not finding.diff or case.trace is None:
        return []
    used = {node for row in finding.diff for node in (row.sender, row.receiver)}
    lanes = order_lanes(case.trace, used, case.exchanges)
    head = "  expected against observed (- missing, + not expected):"
    drawn = render_diff(lanes, finding.diff, width=width, colour=colour)
    return ["", head, "", *drawn.rstrip("\n").split("\n")]


def _clean(text: str) -> list[str]:
    """Return the lines of a text without secrets and without control characters."""
    return [printable(line) for line in redact_text(text).split("\n")]


def render_summary(cases: Sequence[Case], *, colour: bool = False, ascii_only: bool = False) -> str:
    """Return the end of a run of several scenarios: what did not pass, and how many did what."""
    lines = []
    for case in cases:
        if case.result.verdict.rank > Verdict.PASS.rank:
            badge = paint(
                f" {case.result.verdict.value.upper():^6} ",
                STYLES[case.result.verdict],
                colour=colour,
            )
            lines.append(f"{badge} {printable(case.title)}")
            if case.result.reason:
                lines.append(f"{_INDENT} {_clean(case.result.reason)[0]}")
    parts = [
        f"{number} {verdict.value}"
        for verdict in _ORDER
        if (number := sum(case.result.verdict is verdict and not case.skipped for case in cases))
    ]
    skipped = sum(bool(case.skipped) for case in cases)
    if skipped:
        parts.append(f"{skipped} skipped")
    lines.append(f"{plural(len(cases), 'scenario')}: {', '.join(parts) or 'nothing ran'}")
    text = "".join(line + "\n" for line in lines)
    return to_ascii(text) if ascii_only else text
