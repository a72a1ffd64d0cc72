"""The result of a check as JUnit XML: one test suite per trace, one test case per rule.

A rule that fails is a ``failure``, one that had nothing to look at is ``skipped``. That a trace
could not be read to its end is an ``error`` of a test case of its own.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree

from mcsip.conformance.result import RuleResult
from mcsip.report.check_text import rule_lines
from mcsip.report.checked import Check
from mcsip.report.junit import clean
from mcsip.report.terminal import render_ladder
from mcsip.words import plural

READING = "the source can be read to its end"
"""Name of the test case about the source itself."""

_WIDTH = 120


def build_check_junit(checks: Sequence[Check], *, suite: str = "mcsip check") -> bytes:
    """Return the report of a check, in UTF-8."""
    root = etree.Element("testsuites", {"name": suite})
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for check in checks:
        for name, count in _add_suite(root, check).items():
            totals[name] += count
    for name, count in totals.items():
        root.set(name, str(count))
    root.set("time", f"{sum(check.elapsed_s for check in checks):.3f}")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add_suite(root: etree._Element, check: Check) -> dict[str, int]:
    """Add the test suite of one trace; return its totals."""
    result = check.result
    element = etree.SubElement(root, "testsuite", {"name": clean(result.source)})
    verdicts = [each.verdict(strict=check.strict) for each in result.rules]
    incomplete = result.incomplete or check.timed_out
    totals = {
        "tests": len(verdicts) + 1,
        "failures": verdicts.count("fail"),
        "errors": int(incomplete),
        "skipped": verdicts.count("none"),
    }
    for name, count in totals.items():
        element.set(name, str(count))
    element.set("time", f"{check.elapsed_s:.3f}")
    if check.trace.started_at:
        stamp = datetime.fromtimestamp(check.trace.started_at, UTC).replace(tzinfo=None)
        element.set("timestamp", stamp.isoformat(timespec="seconds"))
    properties = etree.SubElement(element, "properties")
    facts = {
        "release": str(result.release.value),
        "strict": str(check.strict).lower(),
        "messages": str(result.messages),
        "verdict": check.verdict.value,
    }
    for name, value in facts.items():
        etree.SubElement(properties, "property", {"name": name, "value": value})
    _add_reading(element, check)
    for each in result.rules:
        _add_rule(element, each, check)
    if check.ladder.lanes:
        output = etree.SubElement(element, "system-out")
        output.text = clean("\n" + render_ladder(check.ladder, marks=check.marks))
    return totals


def _add_reading(suite: etree._Element, check: Check) -> None:
    """Add the test case about the source itself."""
    names = {"name": READING, "classname": "source", "time": "0.000"}
    element = etree.SubElement(suite, "testcase", names)
    remarks = "\n".join(check.result.remarks)
    if check.result.incomplete or check.timed_out:
        message = "the time was over" if check.timed_out else "not everything could be read"
        outcome = etree.SubElement(element, "error", {"message": message, "type": "inconc"})
        outcome.text = clean(remarks)
    elif remarks:
        etree.SubElement(element, "system-out").text = clean(remarks)


def _add_rule(suite: etree._Element, result: RuleResult, check: Check) -> None:
    """Add the test case of one rule."""
    rule = result.rule
    verdict = result.verdict(strict=check.strict)
    document, clause, _ = rule.id.split("/", 2)
    names = {"name": rule.id, "classname": f"{document}.{clause.replace('.', '_')}"}
    element = etree.SubElement(suite, "testcase", {**names, "time": "0.000"})
    properties = etree.SubElement(element, "properties")
    facts = {
        "clause": f"{rule.source.document} {rule.source.clause}".rstrip(),
        "level": rule.level.value,
        "grade": rule.source.grade.value,
        "requirement": rule.requirement,
        "verdict": verdict,
        "looked_at": str(result.looked_at),
    }
    for name, value in facts.items():
        etree.SubElement(properties, "property", {"name": name, "value": clean(value)})
    if verdict == "none":
        etree.SubElement(element, "skipped", {"message": "nothing to look at"})
    elif result.broken:
        text = "\n".join(rule_lines(result, check, width=_WIDTH, colour=False, limit=0))
        if verdict == "fail":
            message = f"{rule.requirement}: broken in {plural(result.broken, 'place')}"
            where = {"message": clean(message), "type": rule.level.value}
            etree.SubElement(element, "failure", where).text = clean(f"\n{text}\n")
        else:
            etree.SubElement(element, "system-out").text = clean(f"\n{text}\n")
