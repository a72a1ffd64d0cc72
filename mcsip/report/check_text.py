"""The result of a check as text: nodes, findings with the very line, a summary by document.

::

  FAIL   rfc3261/8.1.1.7/magic-cookie
         RFC 3261 8.1.1.7 [gen], shall: the branch begins with the magic cookie

   #12 0.004 s  partner.gateway → primary.gateway: MESSAGE
       |  Via: SIP/2.0/UDP 192.0.2.3:5060;branch=1
       |                                         ^
       = expected: a branch that begins with z9hG4bK
       = observed: 1
"""

import re
import textwrap
from collections.abc import Sequence

from mcsip.conformance.result import Finding, RuleResult
from mcsip.redact import redact_text
from mcsip.report.canvas import Style, paint, printable, to_ascii
from mcsip.report.checked import Check, Quote
from mcsip.report.quoted import quote_line
from mcsip.report.terminal import render_ladder
from mcsip.report.verdict import STYLES
from mcsip.scenario.result import Verdict
from mcsip.words import plural

MAX_SHOWN = 3
"""Findings of one rule that are shown in full, unless more is asked for [ours]."""

_INDENT = " " * 8
_SURROGATE = re.compile(r"\\udc([0-9a-f]{2})")
"""An octet that is no text, as ``repr`` shows it."""
_QUOTE = "     |  "


def render_check(
    check: Check,
    *,
    width: int = 80,
    colour: bool = False,
    ascii_only: bool = False,
    verbose: int = 0,
    quiet: bool = False,
) -> str:
    """Return what came of one source as lines of text, each ended.

    Args:
        check: the source.
        width: columns to use.
        colour: use colours (SGR sequences).
        ascii_only: use ASCII characters only.
        verbose: 1: every finding, rules that passed, and the ladder.
        quiet: only what is wrong.
    """
    parts = [] if quiet else [_head(check, colour=colour)]
    if check.trace.nodes and check.nodes and not quiet:
        parts.append([f" {printable(line)}".rstrip() for line in check.nodes.split("\n")])
    if verbose and check.ladder.lanes:
        ladder = render_ladder(check.ladder, width=width, colour=colour, marks=check.marks)
        parts.append(ladder.rstrip("\n").split("\n"))
    parts.append(
        findings_lines(check, width=width, colour=colour, limit=0 if verbose else MAX_SHOWN)
    )
    if verbose:
        parts.append(_passed(check))
    if not quiet:
        parts.append(_table(check))
    parts.append(_verdict(check, width=width, colour=colour))
    text = "\n\n".join("\n".join(part) for part in parts if part) + "\n"
    return to_ascii(text) if ascii_only else text


def findings_lines(check: Check, *, width: int, colour: bool, limit: int = MAX_SHOWN) -> list[str]:
    """Return the lines of every rule that was broken, with its findings.

    Args:
        check: the source.
        width: columns to use.
        colour: use colours.
        limit: how many findings of one rule are shown; 0: all.
    """
    lines: list[str] = []
    for result in check.broken:
        lines += ["", *rule_lines(result, check, width=width, colour=colour, limit=limit)]
    return lines[1:]


def rule_lines(
    result: RuleResult, check: Check, *, width: int, colour: bool, limit: int
) -> list[str]:
    """Return the lines of one rule that was broken, with its findings; see ``findings_lines``."""
    lines = _rule(result, check, width, colour=colour)
    shown = result.findings[: limit or None]
    for finding in shown:
        quote = check.quotes.get(finding.number)
        lines += ["", *_finding(finding, quote, width, colour=colour)]
    left = result.broken - len(shown)
    if left:
        more = " (-v shows them)" if limit and result.broken == len(result.findings) else ""
        lines += ["", f"   … and in {plural(left, 'more place')}{more}"]
    return lines


def _head(check: Check, *, colour: bool) -> list[str]:
    """Return the line that says what was checked."""
    result = check.result
    title = paint(printable(result.source), Style.STRONG, colour=colour)
    strict = ", strict" if check.strict else ""
    facts = f"{plural(result.messages, 'SIP message')}, release {result.release.value}{strict}"
    return [f"{title}: {facts}"]


def _rule(result: RuleResult, check: Check, width: int, *, colour: bool) -> list[str]:
    """Return the lines that say which rule was broken, and what it asks for."""
    rule = result.rule
    failed = result.verdict(strict=check.strict) == "fail"
    badge = paint(
        f" {'FAIL' if failed else 'WARN':^6} ",
        Style.FAILED if failed else Style.UNSURE,
        colour=colour,
    )
    lines = [f"{badge}{'' if colour else ' '}{paint(rule.id, Style.STRONG, colour=colour)}"]
    text = f"{rule.source}, {rule.level.value}: {rule.requirement}"
    return lines + [f"{_INDENT} {line}" for line in _wrapped(text, width - len(_INDENT) - 1)]


def _finding(finding: Finding, quote: Quote | None, width: int, *, colour: bool) -> list[str]:
    """Return the lines of one finding: where, the very line, expected, observed."""
    where = f"#{finding.number} {finding.at:.3f} s  "
    if quote is None:
        where += f"{finding.node} → {finding.peer}" if finding.peer else finding.node
    else:
        step = f", step {quote.step}" if quote.step else ""
        where += f"{quote.wire.sender} → {quote.wire.receiver}: {quote.label}{step}"
    lines = [f"   {paint(printable(where), Style.STRONG, colour=colour)}"]
    if quote is not None:
        line = quote_line(quote.wire.data, finding, width - len(_QUOTE) - 2)
        lines.append(f"  {_QUOTE}{line.text}")
        if line.carets:
            lines.append(f"  {_QUOTE}{paint(line.carets, Style.BAD, colour=colour)}")
    labelled = (("expected:", finding.expected), ("observed:", finding.actual))
    for label, text in labelled:
        style = Style.BAD if label == "observed:" else Style.PLAIN
        first, *others = _wrapped(text, width - 20) or [""]
        lines.append(paint(f"       = {label} {first}".rstrip(), style, colour=colour))
        lines += [paint(f"{' ' * 19}{each}", style, colour=colour) for each in others]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    """Return a text without secrets in lines."""
    clean = printable(_SURROGATE.sub(r"\\x\1", redact_text(text).replace("\n", " ")))
    return textwrap.wrap(clean, max(width, 20), break_on_hyphens=False)


def _passed(check: Check) -> list[str]:
    """Return the rules that were kept, with how often each was looked at."""
    kept = [each for each in check.result.rules if each.verdict(strict=check.strict) == "pass"]
    width = max((len(each.rule.id) for each in kept), default=0)
    return [f" pass  {each.rule.id:{width}}  {each.looked_at:>6}" for each in kept]


def _table(check: Check) -> list[str]:
    """Return the summary by document."""
    rows = check.counts
    if not rows:
        return []
    width = max(len("document"), *(len(row.document) for row in rows))
    lines = [f" {'document':{width}}  passed  failed  warned  not applicable"]
    return lines + [
        f" {row.document:{width}}  {row.passed:>6}  {row.failed:>6}  {row.warned:>6}"
        f"  {row.none:>14}"
        for row in rows
    ]


def _verdict(check: Check, *, width: int, colour: bool) -> list[str]:
    """Return the last lines: the verdict, and what is to be said of the source."""
    verdict, result = check.verdict, check.result
    badge = paint(f" {verdict.value.upper():^6} ", STYLES[verdict], colour=colour)
    lines = [f"{badge}{'' if colour else ' '}{printable(result.source)}"]
    kept = sum(each.verdict(strict=check.strict) == "pass" for each in result.rules)
    facts = [check.reason or f"{plural(kept, 'rule')} kept"]
    warned = sum(each.verdict(strict=check.strict) == "warn" for each in result.rules)
    if warned:
        facts.append(f"broken, but not counted: {plural(warned, 'rule')} (--strict counts should)")
    if result.strangers:
        facts.append(f"no SIP, at addresses of SIP: {plural(result.strangers, 'message')}")
    facts += result.remarks
    for fact in facts:
        lines += [f"{_INDENT} {line}" for line in _wrapped(fact, width - len(_INDENT) - 1)]
    return lines


def render_check_summary(
    checks: Sequence[Check], *, colour: bool = False, ascii_only: bool = False
) -> str:
    """Return the end of a check of several sources: which did not pass, and how many did what."""
    lines = []
    for check in checks:
        if check.verdict is not Verdict.PASS:
            word = f" {check.verdict.value.upper():^6} "
            badge = paint(word, STYLES[check.verdict], colour=colour)
            lines += [f"{badge} {printable(check.result.source)}", f"{_INDENT} {check.reason}"]
    order = (Verdict.PASS, Verdict.FAIL, Verdict.INCONC, Verdict.NONE)
    counts = [
        f"{number} {verdict.value}"
        for verdict in order
        if (number := sum(check.verdict is verdict for check in checks))
    ]
    lines.append(f"{plural(len(checks), 'trace')}: {', '.join(counts) or 'nothing was checked'}")
    text = "".join(line + "\n" for line in lines)
    return to_ascii(text) if ascii_only else text
