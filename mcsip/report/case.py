"""What the reports of one scenario are made from: its result, its trace, and the ladder of both."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mcsip.exchanges import Exchange, find_exchanges
from mcsip.mc.steps import STEPS, Procedure
from mcsip.report.ladder import Arrow, Ladder, build_ladder
from mcsip.scenario.result import ScenarioResult, Verdict
from mcsip.trace import Trace

if TYPE_CHECKING:
    from mcsip.conformance.result import CheckResult
    from mcsip.report.checked import Check


_RULES_NAMED = 3
"""How many of the rules that were broken a reason names [ours]."""


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario of a run, as reports see it; made by ``make_case`` or ``skipped_case``.

    Attributes:
        result: what came of it.
        trace: its trace, or None when it did not run.
        exchanges: the exchanges of the trace.
        ladder: its ladder.
        skipped: why it was not run, or "".
        pcap: name of its capture file, or "".
        check: what the conformance rules say of its trace, or None when they were not asked.
    """

    result: ScenarioResult
    trace: Trace | None = None
    exchanges: tuple[Exchange, ...] = ()
    ladder: Ladder = field(default_factory=lambda: Ladder((), ()))
    skipped: str = ""
    pcap: str = ""
    check: "Check | None" = None

    @property
    def title(self) -> str:
        """The scenario's name, with the service that it ran with."""
        service = self.result.service
        return f"{self.result.name} [{service}]" if service else self.result.name


def make_case(result: ScenarioResult, trace: Trace, *, pcap: str = "") -> Case:
    """Return the case of a scenario that ran."""
    exchanges = tuple(find_exchanges(trace))
    return Case(result, trace, exchanges, build_ladder(trace, exchanges), "", pcap)


def with_check(case: Case, result: "CheckResult", *, strict: bool = False) -> Case:
    """Return a case with what the conformance rules say of its trace.

    A rule that is broken makes the verdict worse: fail, with the first such rule as the reason.
    """
    from mcsip.report.checked import make_check

    assert case.trace is not None
    check = make_check(
        result, case.trace, strict=strict, exchanges=case.exchanges, ladder=case.ladder
    )
    verdict = case.result.verdict.worsen(check.verdict)
    if check.verdict is not Verdict.FAIL or verdict is case.result.verdict:
        return replace(case, check=check)
    ids = [each.rule.id for each in check.broken[:_RULES_NAMED]]
    more = ", …" if len(check.broken) > len(ids) else ""
    reason = f"{check.reason}: {', '.join(ids)}{more}"
    return replace(case, check=check, result=replace(case.result, verdict=verdict, reason=reason))


def skipped_case(result: ScenarioResult, reason: str) -> Case:
    """Return the case of a scenario that was filtered; its result has the verdict none."""
    return Case(result, skipped=reason)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much happened.

    Attributes:
        mc_messages: MC messages from one MC entity to the next.
        other_requests: other SIP requests.
        retransmissions: copies of requests beyond the first.
        lost: requests that never arrived.
        unanswered: requests that arrived and were not answered.
        refused: requests answered with 300 or more.
    """

    mc_messages: int = 0
    other_requests: int = 0
    retransmissions: int = 0
    lost: int = 0
    unanswered: int = 0
    refused: int = 0


def count(ladder: Ladder) -> Counts:
    """Return how much happened in a ladder."""
    arrows = ladder.arrows
    mc_messages = sum(arrow.migration for arrow in arrows)
    return Counts(
        mc_messages=mc_messages,
        other_requests=len(arrows) - mc_messages,
        retransmissions=sum(arrow.retransmissions for arrow in arrows),
        lost=sum(arrow.lost for arrow in arrows),
        unanswered=sum(
            arrow.status is None and not arrow.lost and arrow.label != "ACK"  # RFC 3261 17
            for arrow in arrows
        ),
        refused=sum(arrow.status is not None and arrow.status >= 300 for arrow in arrows),
    )


def steps_seen(ladder: Ladder) -> dict[str, tuple[int, ...]]:
    """Return for each clause the numbers of its steps that the ladder shows, in order."""
    seen: dict[str, set[int]] = {}
    for row in ladder.rows:
        if not row.clause or not row.step or (isinstance(row, Arrow) and row.lost):
            continue
        first, _, last = row.step.partition("-")
        if first.isdecimal() and (last or first).isdecimal():
            steps = seen.setdefault(row.clause, set())
            steps.update(range(int(first), int(last or first) + 1))
    onward, ending = (_clause(p) for p in (Procedure.ONWARD, Procedure.RETURN_HOME))
    if onward in seen and len(seen.get(ending, ())) == len(STEPS[Procedure.RETURN_HOME]):
        seen[onward].add(2)  # 10.6.3.3.2.2 step 2 is steps 1 to 4 of 10.6.3.3.2.1 [seed]
    return {clause: tuple(sorted(steps)) for clause, steps in seen.items()}


def _clause(procedure: Procedure) -> str:
    """Return document and clause of a procedure, as rows of a ladder name them."""
    return f"{procedure.value.document} {procedure.value.clause}"


def steps_of(clause: str) -> int | None:
    """Return how many steps a clause has, or None when it is no procedure of ours."""
    for procedure in Procedure:
        if clause == _clause(procedure):
            return len(STEPS[procedure])
    return None


def as_ranges(numbers: tuple[int, ...]) -> str:
    """Return rising numbers as text: (1, 2, 3, 5) as "1-3, 5"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
