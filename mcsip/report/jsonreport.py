"""report.json: what came of the scenarios of a run, for programs.

The shape is that of the data classes of ``jsonmodel``; the published JSON Schema is made from them.
Field names and meanings stay as they are within one version; fields may be added.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from mcsip import __version__
from mcsip.redact import redact_text
from mcsip.report.case import Case, count, steps_seen
from mcsip.report.checkmodel import ConformanceModel
from mcsip.report.jsonmodel import (
    FORMAT,
    SCHEMA_URI,
    VERSION,
    CountsModel,
    FindingModel,
    MessageModel,
    ModeName,
    NodeModel,
    NoteModel,
    PlaceModel,
    ReportModel,
    ScenarioModel,
    StepModel,
    StepsModel,
    VerdictName,
)
from mcsip.report.ladder import Arrow, Box
from mcsip.scenario.result import Finding, Place, StepResult, Verdict
from mcsip.trace import Mode

_MODES: dict[Mode, ModeName] = {
    Mode.SIMULATED: "simulated",
    Mode.SUT: "sut",
    Mode.OBSERVED: "observed",
}
_NAMES: dict[Verdict, VerdictName] = {
    Verdict.NONE: "none",
    Verdict.PASS: "pass",
    Verdict.INCONC: "inconc",
    Verdict.FAIL: "fail",
    Verdict.ERROR: "error",
}


def render_json(cases: Sequence[Case]) -> str:
    """Return the report of the scenarios of a run as JSON text."""
    fields = {"$schema": SCHEMA_URI, **asdict(build_report(cases))}
    return json.dumps(fields, indent=2, ensure_ascii=False) + "\n"


def build_report(cases: Sequence[Case]) -> ReportModel:
    """Return the report of the scenarios of a run."""
    verdicts = [case.result.verdict for case in cases if not case.skipped]
    totals: dict[str, int] = {
        _NAMES[verdict]: verdicts.count(verdict) for verdict in Verdict if verdict in verdicts
    }
    skipped = len(cases) - len(verdicts)
    return ReportModel(
        format=FORMAT,
        version=VERSION,
        generator=f"mcsip {__version__}",
        verdict=_NAMES[Verdict.worst(verdicts)],
        totals=totals | ({"skipped": skipped} if skipped else {}),
        scenarios=[_scenario(case) for case in cases],
    )


def _scenario(case: Case) -> ScenarioModel:
    """Return what came of one scenario."""
    result = case.result
    started_at = datetime.fromtimestamp(result.started_at, UTC).isoformat(timespec="milliseconds")
    lanes = case.ladder.lanes
    nodes = case.trace.nodes if case.trace is not None else {}
    return ScenarioModel(
        name=result.name,
        file=result.file,
        clauses=list(result.clauses),
        tags=list(result.tags),
        description=result.description,
        service=result.service,
        transport=result.transport,
        network=result.network,
        seed=result.seed,
        verdict=_NAMES[result.verdict],
        reason=redact_text(result.reason),
        skipped=case.skipped,
        started_at=started_at.replace("+00:00", "Z"),
        duration_s=round(result.duration_s, 6),
        elapsed_s=round(result.elapsed_s, 6),
        steps=[_step(step) for step in result.steps],
        nodes=[
            NodeModel(
                lane.node,
                nodes[lane.node].system if lane.node in nodes else "",
                lane.role.value if lane.role is not None else None,
                _MODES[nodes[lane.node].mode if lane.node in nodes else Mode.OBSERVED],
            )
            for lane in lanes
        ],
        messages=[_message(case, arrow) for arrow in case.ladder.arrows],
        notes=[_note(case, box) for box in case.ladder.boxes],
        steps_seen=[
            StepsModel(clause, list(steps)) for clause, steps in steps_seen(case.ladder).items()
        ],
        counts=CountsModel(**asdict(count(case.ladder))),
        pcap=case.pcap or None,
        conformance=_conformance(case),
    )


def _conformance(case: Case) -> ConformanceModel | None:
    """Return what the conformance rules say of the scenario's trace, or None."""
    if case.check is None:
        return None
    from mcsip.report.check_json import build_conformance

    return build_conformance(case.check)


def _step(step: StepResult) -> StepModel:
    """Return what came of one step of a scenario."""
    return StepModel(
        number=step.number,
        verb=step.verb,
        title=redact_text(step.title),
        place=_place(step.place),
        verdict=_NAMES[step.verdict],
        findings=[_finding(finding) for finding in step.findings],
        started_at=round(step.started_at, 6),
        duration_s=round(step.duration_s, 6),
    )


def _finding(finding: Finding) -> FindingModel:
    """Return one thing that was judged."""
    return FindingModel(
        verdict=_NAMES[finding.verdict],
        message=redact_text(finding.message),
        place=_place(finding.place),
        expected=redact_text(finding.expected),
        actual=redact_text(finding.actual),
        hint=redact_text(finding.hint),
    )


def _place(place: Place) -> PlaceModel:
    """Return where something stands in a file."""
    return PlaceModel(place.file, place.line, place.column)


def _message(case: Case, arrow: Arrow) -> MessageModel:
    """Return one message from an MC entity to the next."""
    lanes = case.ladder.lanes
    return MessageModel(
        number=arrow.number,
        at=round(arrow.at, 6),
        sender=lanes[arrow.sender].node,
        receiver=lanes[arrow.receiver].node,
        via=list(arrow.cores),
        label=arrow.label,
        migration=arrow.migration,
        step=arrow.step,
        clause=arrow.clause,
        outcome=arrow.detail,
        status=arrow.status,
        reason=arrow.reason,
        warning=arrow.warning,
        answered_at=None if arrow.answered_at is None else round(arrow.answered_at, 6),
        transport=arrow.transport,
        retransmissions=arrow.retransmissions,
        lost=arrow.lost,
    )


def _note(case: Case, box: Box) -> NoteModel:
    """Return one inner step of a node."""
    node = case.ladder.lanes[box.lane].node
    return NoteModel(box.number, round(box.at, 6), node, box.step, box.clause, box.text)
