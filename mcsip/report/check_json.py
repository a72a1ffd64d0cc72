"""The result of a check for programs; the shape is that of the data classes of ``checkmodel``."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict

from mcsip import __version__
from mcsip.conformance.result import Finding, RuleResult
from mcsip.conformance.rule import Level
from mcsip.redact import redact_text
from mcsip.report.checked import Check
from mcsip.report.checkmodel import (
    CHECK_FORMAT,
    CHECK_SCHEMA_URI,
    CHECK_VERSION,
    CheckReportModel,
    CheckVerdict,
    ConformanceModel,
    FaultModel,
    RuleLevel,
    RuleModel,
    RuleVerdict,
    SystemNodeModel,
)
from mcsip.report.quoted import quote_line
from mcsip.scenario.result import Verdict

MAX_LINE = 4000
"""Longest line of a message that is quoted, in characters [ours]."""

_RULE_VERDICTS: dict[str, RuleVerdict] = {
    "none": "none", "pass": "pass", "warn": "warn", "fail": "fail",
}  # fmt: skip


def render_check_json(checks: Sequence[Check]) -> str:
    """Return the report of a check as JSON text."""
    report = CheckReportModel(
        format=CHECK_FORMAT,
        version=CHECK_VERSION,
        generator=f"mcsip {__version__}",
        verdict=_name(Verdict.worst(check.verdict for check in checks)),
        traces=[build_conformance(check) for check in checks],
    )
    fields = {"$schema": CHECK_SCHEMA_URI, **asdict(report)}
    return json.dumps(fields, indent=2, ensure_ascii=False) + "\n"


def build_conformance(check: Check) -> ConformanceModel:
    """Return what came of the check of one trace."""
    result = check.result
    totals = Counter(each.verdict(strict=check.strict) for each in result.rules)
    return ConformanceModel(
        source=result.source,
        verdict=_name(check.verdict),
        reason=check.reason,
        release=result.release.value,
        strict=check.strict,
        messages=result.messages,
        strangers=result.strangers,
        incomplete=result.incomplete,
        remarks=[redact_text(remark) for remark in result.remarks],
        nodes=_nodes(check),
        totals={name: totals[name] for name in _RULE_VERDICTS if totals[name]},
        rules=[_rule(each, check) for each in result.rules],
    )


def _name(verdict: Verdict) -> CheckVerdict:
    """Return the verdict of a check by its name; a check has no errors."""
    match verdict:
        case Verdict.NONE:
            return "none"
        case Verdict.PASS:
            return "pass"
        case Verdict.INCONC | Verdict.ERROR:
            return "inconc"
        case Verdict.FAIL:
            return "fail"


def _nodes(check: Check) -> list[SystemNodeModel]:
    """Return the nodes with their addresses."""
    addresses: dict[str, list[str]] = defaultdict(list)
    for (host, port), name in check.trace.addresses.items():
        addresses[name].append(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    return [
        SystemNodeModel(
            node.name,
            node.system,
            None if node.role is None else node.role.value,
            node.domain,
            sorted(addresses[node.name]),
        )
        for node in check.trace.nodes.values()
    ]


def _rule(result: RuleResult, check: Check) -> RuleModel:
    """Return what came of one rule."""
    rule = result.rule
    return RuleModel(
        id=rule.id,
        document=rule.source.document,
        clause=rule.source.clause,
        level=_level(rule.level),
        grade=rule.source.grade.value,
        requirement=rule.requirement,
        verdict=_RULE_VERDICTS[result.verdict(strict=check.strict)],
        looked_at=result.looked_at,
        broken=result.broken,
        findings=[_fault(finding, check) for finding in result.findings],
    )


def _level(level: Level) -> RuleLevel:
    """Return a level by its name."""
    match level:
        case Level.SHALL:
            return "shall"
        case Level.SHOULD:
            return "should"
        case Level.MAY:
            return "may"


def _fault(finding: Finding, check: Check) -> FaultModel:
    """Return one place where a rule is broken."""
    quote = check.quotes.get(finding.number)
    line = None if quote is None else quote_line(quote.wire.data, finding, MAX_LINE)
    pointed = line is not None and bool(line.length)
    return FaultModel(
        number=finding.number,
        at=round(finding.at, 6),
        node=finding.node,
        peer=finding.peer,
        sender="" if quote is None else quote.wire.sender,
        receiver="" if quote is None else quote.wire.receiver,
        message="" if quote is None else quote.label,
        step="" if quote is None else quote.step,
        expected=redact_text(finding.expected),
        actual=redact_text(finding.actual),
        line=line.number if line is not None and pointed else finding.line,
        text=line.text if line is not None and pointed else "",
        span=None if finding.span is None else list(finding.span),
    )
