"""Judging a capture or a trace by rules, in bounded memory."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from mcsip.capture import Kind, Progress, Source
from mcsip.conformance.check import Checker
from mcsip.conformance.result import CheckResult
from mcsip.conformance.rule import AnyRule
from mcsip.conformance.views import Release, Setting
from mcsip.report.checked import Check, make_check
from mcsip.trace import TraceEntry

MAX_KEPT = 20_000
"""Messages of a source that are kept to be shown; of a larger one, those around findings [ours]."""
AROUND = 10
"""Messages that are kept before and after one that a finding points at [ours]."""
_ITEMS_PER_LOOK = 256
"""After how many messages, and steps of nodes, the clock is looked at [ours]."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a check is asked to do.

    Attributes:
        rules: the rules.
        release: the release that bodies are held against.
        strict: whether a should counts.
        deadline: real monotonic time at which reading is given up, or None.
    """

    rules: Sequence[AnyRule]
    release: Release
    strict: bool = False
    deadline: float | None = None


def judge(source: Source, demand: Demand, progress: Progress | None = None) -> Check:
    """Judge a source, and keep of it what reports show."""
    began = time.monotonic()
    checker = Checker(Setting(source.trace, demand.release), demand.rules, source=str(source.path))
    kept: list[TraceEntry] | None = []
    late = False
    for count, item in enumerate(source.items(progress), 1):
        checker.feed(item)
        if kept is not None and isinstance(item, TraceEntry):
            kept.append(item)
            if len(kept) > MAX_KEPT:
                kept = None
        if demand.deadline is not None and count % _ITEMS_PER_LOOK == 0:
            late = time.monotonic() >= demand.deadline
            if late:
                break
    result = checker.finish(
        remarks=source.remarks, incomplete=source.incomplete, until=source.until
    )
    whole = kept is not None and not late
    trace = source.trace
    if whole and source.kind is Kind.TRACE:
        trace = source.load()  # with the inner steps of its nodes
    else:
        trace.entries = _around(source, result) if kept is None else kept
    return make_check(
        result,
        trace,
        nodes=source.describe(),
        strict=demand.strict,
        whole=whole,
        timed_out=late,
        elapsed_s=time.monotonic() - began,
    )


def _around(source: Source, result: CheckResult) -> list[TraceEntry]:
    """Return the messages around the findings, by reading the source once more."""
    wanted: set[int] = set()
    for finding in result.findings:
        if len(wanted) >= MAX_KEPT:
            break
        wanted.update(range(finding.number - AROUND, finding.number + AROUND + 1))
    last = max(wanted, default=0)
    found: list[TraceEntry] = []
    if wanted:
        for entry in source.entries():
            if entry.number in wanted:
                found.append(entry)
            if entry.number >= last:
                break
    return found
