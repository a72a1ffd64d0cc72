"""What came of a load as JSON, for programs; ``jsonmodel`` says what is where."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from mcsip import __version__
from mcsip.load.histogram import MAX_ERROR, Histogram
from mcsip.load.jsonmodel import (
    LOAD_FORMAT,
    LOAD_SCHEMA_URI,
    LOAD_VERSION,
    CallsModel,
    GeneratorModel,
    LatencyModel,
    LoadReportModel,
    OfferedModel,
    PointLatencyModel,
    PointModel,
    RecordsModel,
    RulesModel,
    ScenarioModel,
    StageModel,
    StepModel,
    ThresholdModel,
)
from mcsip.load.pace import Pace
from mcsip.load.remarks import remarks_of
from mcsip.load.run import LoadResult, Sampled
from mcsip.load.statistics import Point, StepCounts
from mcsip.load.user import CALL
from mcsip.load.verdict import ending_of
from mcsip.nodes.agreement import Agreement
from mcsip.redact import redact_text

DIGITS = 6
"""Seconds are told to the microsecond."""


def render_json(result: LoadResult) -> str:
    """Return a load's report as JSON text; secrets are replaced."""
    report = {"$schema": LOAD_SCHEMA_URI, **asdict(report_of(result))}
    return redact_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")


def report_of(result: LoadResult) -> LoadReportModel:
    """Return a load's report."""
    ending = ending_of(result)
    statistics = result.statistics
    steps = sorted(statistics.steps.items(), key=lambda step: step[0] == CALL)
    return LoadReportModel(
        format=LOAD_FORMAT,
        version=LOAD_VERSION,
        generator=f"mcsip {__version__}",
        verdict=ending.verdict.value,
        reasons=list(ending.reasons),
        interrupted=result.interrupted,
        started_at=datetime.fromtimestamp(result.started_at, UTC).isoformat(),
        duration_s=round(result.duration_s, DIGITS),
        scenario=_scenario(result),
        offered=_offered(result),
        calls=_calls(result),
        steps=[_step(name, counts) for name, counts in steps],
        thresholds=[
            ThresholdModel(each.threshold.text, each.measured, each.threshold.percent, each.met)
            for each in result.crossings
        ],
        records=_records(result.agreement),
        rules=None if result.sampled is None else _rules(result.sampled),
        faults=list(result.faults),
        details=list(statistics.details),
        remarks=list(remarks_of(result)),
        points=_points(statistics.points, result.job.pace),
        process=GeneratorModel(
            round(result.elapsed_s, DIGITS),
            round(result.cpu_s, DIGITS),
            result.memory_octets,
            MAX_ERROR,
        ),
    )


def _scenario(result: LoadResult) -> ScenarioModel:
    scenario = result.job.plan.scenario
    return ScenarioModel(
        scenario.name,
        scenario.file,
        list(scenario.clauses),
        scenario.topology.service.key,
        scenario.topology.transport.lower(),
        scenario.options.network or "loopback",
        result.job.options.seed,
    )


def _offered(result: LoadResult) -> OfferedModel:
    job = result.job
    return OfferedModel(
        len(job.copies),
        str(job.order),
        [StageModel(s.begin_rate, s.end_rate, s.duration_s) for s in job.pace.stages],
        job.pace.calls,
        job.limit,
        job.grace_s,
    )


def _calls(result: LoadResult) -> CallsModel:
    statistics = result.statistics
    rate = statistics.begun / result.duration_s if result.duration_s else None
    return CallsModel(
        statistics.due,
        statistics.begun,
        statistics.calls.ok,
        statistics.calls.failed,
        dict(statistics.missed),
        statistics.not_reset,
        None if rate is None else round(rate, DIGITS),
        _latency(statistics.lag),
        {str(kind): count for kind, count in statistics.kinds.items()},
    )


def _step(name: str, counts: StepCounts) -> StepModel:
    reasons = dict(counts.reasons.most_common())
    latency = _latency(counts.latency)
    return StepModel(name, counts.ok, counts.failed, counts.functional, reasons, latency)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, DIGITS)


def _latency(histogram: Histogram) -> LatencyModel:
    exact = (histogram.mean_s, histogram.deviation_s, histogram.min_s, histogram.max_s)
    percentiles = map(histogram.percentile, (50.0, 90.0, 95.0, 99.0, 99.9))
    return LatencyModel(histogram.count, *map(_rounded, (*exact, *percentiles)))


def _records(agreement: Agreement) -> RecordsModel:
    return RecordsModel(
        agreement.verdict.value,
        agreement.away,
        agreement.visitors,
        agreement.waiting,
        [f"{each.user}: {each.text}" for each in agreement.found],
        agreement.more,
        list(agreement.unread),
        agreement.reason,
    )


def _rules(sampled: Sampled) -> RulesModel:
    rules = sampled.check.rules
    return RulesModel(
        sampled.users,
        sampled.cut,
        sampled.check.messages,
        int(sampled.check.release),
        sum(each.verdict() == "pass" for each in rules),
        {each.rule.id: each.broken for each in rules if each.verdict() == "fail"},
    )


def _points(points: Sequence[Point], pace: Pace) -> list[PointModel]:
    begins = [0.0, *(point.at_s for point in points)]
    return [
        _point(point, pace.mean_rate(begin_s, point.at_s))
        for begin_s, point in zip(begins, points, strict=False)
    ]


def _point(point: Point, target_rate: float) -> PointModel:
    latency = {
        step: PointLatencyModel(*(_rounded(each.percentile(p)) for p in (50.0, 95.0, 99.0)))
        for step, each in sorted(point.latency.items())
    }
    return PointModel(
        round(point.at_s, DIGITS),
        round(target_rate, DIGITS),
        point.due,
        point.begun,
        point.ok,
        point.failed,
        point.not_reset,
        point.outstanding,
        {str(kind): count for kind, count in point.kinds.items()},
        latency,
    )
