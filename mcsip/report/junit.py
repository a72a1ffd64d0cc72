"""JUnit XML: one test case per scenario, for continuous integration.

A verdict of fail is a ``failure``; error and inconclusive are an ``error``; a scenario that was
filtered, or in which nothing was judged, is ``skipped``. ``system-out`` holds the ladder.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree

from mcsip.redact import redact_text
from mcsip.report.case import Case
from mcsip.report.terminal import render_ladder
from mcsip.report.verdict import render_verdict
from mcsip.scenario.result import Verdict

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 2.2 does not allow, even escaped."""

_WIDTH = 120


def build_junit(cases: Sequence[Case], *, suite: str = "mcsip") -> bytes:
    """Return the report of the scenarios of a run, in UTF-8."""
    kinds = [_kind(case) for case in cases]
    totals = {
        "tests": str(len(cases)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
        "time": f"{sum(case.result.elapsed_s for case in cases):.3f}",
    }
    root = etree.Element("testsuites", {"name": clean(suite), **totals})
    element = etree.SubElement(root, "testsuite", {"name": clean(suite), **totals})
    if cases:
        began = min(case.result.started_at for case in cases)
        stamp = datetime.fromtimestamp(began, UTC).replace(tzinfo=None)
        element.set("timestamp", stamp.isoformat(timespec="seconds"))
    for case in cases:
        _add_case(element, case)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _kind(case: Case) -> str | None:
    """Return the element that tells how a scenario ended; None for pass."""
    if case.skipped:
        return "skipped"
    match case.result.verdict:
        case Verdict.PASS:
            return None
        case Verdict.FAIL:
            return "failure"
        case Verdict.ERROR | Verdict.INCONC:
            return "error"
        case Verdict.NONE:
            return "skipped"


def _add_case(suite: etree._Element, case: Case) -> None:
    """Add the element of one scenario."""
    result = case.result
    element = etree.SubElement(
        suite,
        "testcase",
        {
            "name": clean(case.title),
            "classname": _class_name(result.file),
            "file": clean(result.file),
            "time": f"{result.elapsed_s:.3f}",
        },
    )
    properties = etree.SubElement(element, "properties")
    for name, value in _properties(case):
        etree.SubElement(properties, "property", {"name": name, "value": clean(value)})
    kind = _kind(case)
    if kind is not None:
        _add_outcome(element, kind, case)
    if case.ladder.lanes:
        output = etree.SubElement(element, "system-out")
        output.text = clean("\n" + render_ladder(case.ladder) + "\n" + render_verdict(case))


def _properties(case: Case) -> list[tuple[str, str]]:
    """Return the properties of one scenario; a name may come more than once."""
    result = case.result
    pairs = [("clause", clause) for clause in result.clauses]
    pairs += [("tag", tag) for tag in result.tags]
    pairs += [
        ("verdict", result.verdict.value),
        ("seed", str(result.seed)),
        ("service", result.service),
        ("transport", result.transport),
        ("network", result.network),
        ("pcap", case.pcap),
        ("release", "" if case.check is None else str(case.check.result.release.value)),
    ]
    return [(name, value) for name, value in pairs if value]


def _add_outcome(element: etree._Element, kind: str, case: Case) -> None:
    """Add the element that says why a scenario did not pass."""
    if kind == "skipped":
        message = case.skipped or "nothing was judged"
        etree.SubElement(element, kind, {"message": clean(message)})
        return
    result = case.result
    outcome = etree.SubElement(
        element, kind, {"message": clean(result.reason), "type": result.verdict.value}
    )
    texts = [finding.render() for finding in result.findings]
    if case.check is not None:
        from mcsip.report.check_text import findings_lines

        texts.append("\n".join(findings_lines(case.check, width=_WIDTH, colour=False)))
    outcome.text = clean("\n\n".join(texts))


def _class_name(file: str) -> str:
    """Return the class name of a file: its path with dots, as the trees of reports expect it."""
    stem = file.removesuffix(".yaml").removesuffix(".yml").removesuffix(".scenario")
    return clean(
        ".".join(part for part in re.split(r"[\\/]+", stem) if part not in ("", ".", ".."))
    )


def clean(text: str) -> str:
    """Return text for a report: without secrets and without characters that XML does not allow."""
    return _ILLEGAL.sub("", redact_text(text))
