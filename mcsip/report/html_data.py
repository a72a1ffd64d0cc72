"""What the HTML report knows, as plain values: the part of it that is data, apart from its looks.

Names of nodes stand in rows as indices of lanes. What reads it are the scripts in ``templates/``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mcsip.conformance.result import CheckResult
from mcsip.conformance.result import Finding as Fault
from mcsip.exchanges import Exchange, find_exchanges
from mcsip.hops import find_hops
from mcsip.mc.roles import Role
from mcsip.redact import redact_text
from mcsip.report.case import Case, as_ranges, count, steps_of, steps_seen
from mcsip.report.html_messages import Wire, group_messages, message_data, place_in_text
from mcsip.report.html_rows import Drawing, Plain
from mcsip.report.ladder import Ladder, Lane
from mcsip.scenario.result import Finding, ScenarioResult, StepResult, Verdict
from mcsip.trace import Trace


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that a report is about: a scenario that ran, a capture that was checked, or both.

    Attributes:
        title: its name, for people.
        trace: what went over the wire, or None when nothing ran.
        result: what came of the scenario, or None for a capture.
        check: what came of the conformance check, or None when there was none.
        exchanges: the exchanges of the trace, when the caller has them already.
        skipped: why it was not run, or "".
        strict: whether a should counts in the check.
    """

    title: str
    trace: Trace | None = None
    result: ScenarioResult | None = None
    check: CheckResult | None = None
    exchanges: tuple[Exchange, ...] | None = field(default=None, repr=False)
    skipped: str = ""
    strict: bool = False


def subject_of(case: Case, check: CheckResult | None = None, *, strict: bool = False) -> Subject:
    """Return the subject that a case of a run is, with the check of its trace if there was one."""
    return Subject(
        case.title, case.trace, case.result, check, case.exchanges, case.skipped, strict=strict
    )


def subject_data(subject: Subject) -> Plain:
    """Return a subject as plain values."""
    trace = subject.trace
    data: Plain = {
        "title": subject.title,
        "verdict": verdict_of(subject),
        "reason": subject.skipped or redact_text(subject.result.reason if subject.result else ""),
        "facts": [list(fact) for fact in _facts(subject)],
    }
    if subject.result is not None:
        data |= _result_data(subject.result)
    if subject.check is not None:
        data["rules"] = _rules_data(subject.check, strict=subject.strict)
    if trace is None:
        return data
    hops = find_hops(trace)
    exchanges = subject.exchanges
    if exchanges is None:
        exchanges = tuple(find_exchanges(trace, hops))
    wire = group_messages(trace, hops)
    drawing = Drawing(trace, exchanges, wire, subject.result)
    data |= {
        "summary": _summary(drawing.folded),
        "lanes": [_lane_data(trace, lane) for lane in drawing.lanes],
        "rows": drawing.rows(),
        "hops": [
            {
                "from": drawing.index[group.sender],
                "to": drawing.index[group.receiver],
                "messages": group.messages,
            }
            for group in wire.hops
        ],
        "messages": [
            message_data(message, arrived)
            for message, arrived in zip(wire.messages, wire.arrivals, strict=True)
        ],
    }
    if subject.check is not None:
        index = {each.rule.id: at for at, each in enumerate(subject.check.rules)}
        data["faults"] = [
            {"rule": index[fault.rule.id], **_fault_data(fault, wire)}
            for fault in subject.check.findings
        ]
    return data


def verdict_of(subject: Subject) -> str:
    """Return how it ended: the scenario's verdict, made worse by the check.

    "skipped" says that nothing ran, "warn" that what is broken does not count, "" that nothing was
    to be judged.
    """
    if subject.skipped:
        return "skipped"
    if subject.result is None and subject.check is None:
        return ""
    verdict = subject.result.verdict if subject.result is not None else Verdict.NONE
    if subject.check is None:
        return verdict.value
    checked = {rule.verdict(strict=subject.strict) for rule in subject.check.rules}
    if "fail" in checked:
        verdict = verdict.worsen(Verdict.FAIL)
    elif "pass" in checked or "warn" in checked:
        verdict = verdict.worsen(Verdict.PASS)
    return "warn" if verdict is Verdict.PASS and "warn" in checked else verdict.value


# --- facts ----------------------------------------------------------------------------------------


def _facts(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield what is to be known of the circumstances: name and value."""
    result, check, trace = subject.result, subject.check, subject.trace
    if result is not None:
        yield "file", result.file
        yield "clauses", ", ".join(result.clauses)
        yield "tags", ", ".join(result.tags)
        yield "service", result.service
        yield "transport", result.transport
        yield "network", result.network
        yield "seed", str(result.seed)
    elif check is not None:
        yield "capture", check.source
    if trace is not None and trace.started_at:
        yield "began", show_moment(trace.started_at)
    if result is not None and not subject.skipped:
        yield "took", f"{result.duration_s:.3f} s"
    if check is not None:
        yield "release", f"3GPP release {check.release.value}"
        yield "SIP messages checked", str(check.messages)
        if check.strangers:
            yield "no SIP", f"{check.strangers} entries at SIP addresses"
        for remark in check.remarks:
            yield "remark", remark
        if check.incomplete:
            yield "incomplete", "a part of the source could not be read"


def show_moment(at: float) -> str:
    """Return seconds since the epoch as UTC in ISO 8601."""
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def _summary(ladder: Ladder) -> list[str]:
    """Return what happened, one fact per line."""
    lines = []
    for clause, steps in steps_seen(ladder).items():
        total = steps_of(clause)
        word = "step" if len(steps) == 1 else "steps"
        shown = f"all {total} steps" if len(steps) == total else f"{word} {as_ranges(steps)}"
        lines.append(
            f"{clause}: {shown}" + (f" of {total}" if total not in (None, len(steps)) else "")
        )
    counts = count(ladder)
    parts = (
        (counts.mc_messages, "MC message", "MC messages"),
        (counts.other_requests, "other request", "other requests"),
        (counts.retransmissions, "retransmission", "retransmissions"),
        (counts.lost, "lost", "lost"),
        (counts.unanswered, "unanswered", "unanswered"),
        (counts.refused, "refused", "refused"),
    )
    told = (f"{number} {one if number == 1 else more}" for number, one, more in parts if number)
    lines.append(", ".join(told))
    return [line for line in lines if line]


def _lane_data(trace: Trace, lane: Lane) -> Plain:
    node = trace.nodes.get(lane.node)
    return {
        "node": lane.node,
        "system": lane.system,
        "home": node.system if node is not None else "",
        "label": lane.label,
        "role": lane.role.value if lane.role is not None else "",
        "core": lane.role is Role.SIP_CORE,
        "gateway": lane.role is Role.MC_GATEWAY,
    }


# --- what was judged ------------------------------------------------------------------------------


def _result_data(result: ScenarioResult) -> Plain:
    return {
        "description": result.description,
        "steps": [_step_data(step) for step in result.steps],
    }


def _step_data(step: StepResult) -> Plain:
    return {
        "number": step.number,
        "verb": step.verb,
        "title": redact_text(step.title),
        "place": str(step.place),
        "verdict": step.verdict.value,
        "findings": [_finding_data(finding) for finding in step.findings],
    }


def _finding_data(finding: Finding) -> Plain:
    return {
        "verdict": finding.verdict.value,
        "message": redact_text(finding.message),
        "place": str(finding.place),
        "source": redact_text(finding.place.source),
        "caret": [finding.place.column - 1, finding.place.length],
        "expected": redact_text(finding.expected),
        "actual": redact_text(finding.actual),
        "hint": redact_text(finding.hint),
        "diff": [
            [row.sign.value, row.sender, row.receiver, row.label, row.number, row.status]
            for row in finding.diff
        ],
    }


def _rules_data(check: CheckResult, *, strict: bool) -> list[Plain]:
    return [
        {
            "id": result.rule.id,
            "level": result.rule.level.value,
            "source": f"{result.rule.source.document} {result.rule.source.clause}".rstrip(),
            "grade": result.rule.source.grade.value,
            "requirement": result.rule.requirement,
            "verdict": result.verdict(strict=strict),
            "looked_at": result.looked_at,
            "broken": result.broken,
            "shown": len(result.findings),
        }
        for result in check.rules
    ]


def _fault_data(fault: Fault, wire: Wire) -> Plain:
    """Return a finding of the check, with its place in its message."""
    index = wire.index_of.get(fault.number)
    data: Plain = {
        "number": fault.number,
        "at": round(fault.at, 6),
        "node": fault.node,
        "peer": fault.peer,
        "expected": redact_text(fault.expected),
        "actual": redact_text(fault.actual),
    }
    if index is not None:
        data["message"] = index
        if fault.span is not None:
            data["span"] = place_in_text(wire.messages[index].data, fault.span)
    if fault.line is not None:
        data["line"] = fault.line
    return data
