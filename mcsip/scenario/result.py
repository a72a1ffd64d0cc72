"""What came of a scenario, as plain data: reports are pure functions of it and of the trace.

Verdicts follow TTCN-3 (ETSI ES 201 873-1 clause 24): ``none < pass < inconc < fail < error``. A
verdict may only get worse, and the reason of the first to make it so is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from mcsip.errors import excerpt


class Verdict(Enum):
    """How something ended, from best to worst in the order of definition."""

    NONE = "none"
    PASS = "pass"  # noqa: S105  # a verdict, no password
    INCONC = "inconc"
    FAIL = "fail"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """How bad it is: 0 for none, 4 for error."""
        return _RANKS[self]

    def worsen(self, other: "Verdict") -> "Verdict":
        """Return the worse of the two."""
        return max(self, other, key=lambda verdict: verdict.rank)

    @classmethod
    def worst(cls, verdicts: Iterable["Verdict"]) -> "Verdict":
        """Return the worst of all; none when there is nothing."""
        return max(verdicts, key=lambda verdict: verdict.rank, default=cls.NONE)


_RANKS = {verdict: rank for rank, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step stands in its file.

    Attributes:
        file: the file's name as the user gave it.
        line, column: from 1.
        source: the line of the file.
        length: how many characters carets underline.
    """

    file: str
    line: int
    column: int
    source: str = ""
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Sign(Enum):
    """What a row of a ladder diff is: in both, only expected, or only observed."""

    BOTH = "="
    MISSING = "-"
    EXTRA = "+"


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One message of a ladder diff, expected against observed.

    Attributes:
        sign: which of the two it is in.
        sender, receiver: names of nodes, as observed where it was.
        label: name of the MC message, or SIP method.
        number: position in the trace of the message observed, or None.
        status: status code that its sender got; for a missing one the expected status, or None.
    """

    sign: Sign
    sender: str
    receiver: str
    label: str
    number: int | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was judged within a step.

    Attributes:
        verdict: how it ended.
        message: what was judged, or what is wrong, in one sentence without a full stop.
        place: where what is judged stands.
        expected: what the scenario says, or "".
        actual: what was observed, or "".
        hint: what may explain it, or "".
        diff: expected against observed, message by message, where messages were judged.
    """

    verdict: Verdict
    message: str
    place: Place
    expected: str = ""
    actual: str = ""
    hint: str = ""
    diff: tuple[DiffRow, ...] = ()

    def render(self) -> str:
        """Return the finding as text of several lines: where, the line, expected, actual, hint."""
        lines = [f"{self.place}: {self.message}"]
        if self.place.source:
            shown = excerpt(self.place.source, self.place.column, self.place.length)
            lines += [f"     |  {line}" for line in shown]
        lines += _labelled("expected", self.expected)
        lines += _labelled("observed", self.actual)
        lines += _labelled("hint", self.hint)
        return "\n".join(lines)


def _labelled(label: str, text: str) -> list[str]:
    """Return a text of one or more lines under its label."""
    if not text:
        return []
    first, *others = text.split("\n")
    return [f"     = {label + ':':9} {first}", *(f"       {'':9} {line}" for line in others)]


@dataclass(frozen=True, slots=True)
class StepResult:
    """What came of one step.

    Attributes:
        number: position in the scenario, from 1.
        verb: the step's verb ("migrate").
        title: the step in one line, for people.
        place: where it stands.
        verdict: the worst of its findings; none when it was not run.
        findings: what was judged in it, in order.
        started_at: seconds since the run began.
        duration_s: how long it took, in seconds of the run's clock.
    """

    number: int
    verb: str
    title: str
    place: Place
    verdict: Verdict = Verdict.NONE
    findings: tuple[Finding, ...] = ()
    started_at: float = 0.0
    duration_s: float = 0.0

    @property
    def expected(self) -> str:
        """What the worst finding expected, or ""."""
        worst = self.worst
        return "" if worst is None else worst.expected

    @property
    def actual(self) -> str:
        """What the worst finding observed, or ""."""
        worst = self.worst
        return "" if worst is None else worst.actual

    @property
    def worst(self) -> Finding | None:
        """The first of the worst findings, or None when there is none."""
        return max(self.findings, key=lambda finding: finding.verdict.rank, default=None)


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What came of a scenario.

    Attributes:
        name: the scenario's name.
        file: the file's name as the user gave it.
        clauses: the clauses it is about.
        tags: its tags.
        description: for people, or "".
        service: key of the MC service it ran with.
        transport: "udp", "tcp" or "tls".
        network: "loopback" or "memory".
        seed: the seed of the run.
        verdict: the worst of its steps.
        reason: why it is not pass, by the first step that made it so, or "".
        steps: the steps in order, also those not run.
        started_at: when it began, in seconds since the epoch.
        duration_s: how long it took, in seconds of the run's clock (virtual in the memory network).
        elapsed_s: how long it took, in seconds of real time.
    """

    name: str
    file: str
    clauses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    description: str = ""
    service: str = ""
    transport: str = ""
    network: str = ""
    seed: int = 0
    verdict: Verdict = Verdict.NONE
    reason: str = ""
    steps: tuple[StepResult, ...] = ()
    started_at: float = 0.0
    duration_s: float = 0.0
    elapsed_s: float = 0.0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings that are not pass, in order."""
        return tuple(
            finding
            for step in self.steps
            for finding in step.findings
            if finding.verdict.rank > Verdict.PASS.rank
        )

    @property
    def remarks(self) -> tuple[Finding, ...]:
        """What was looked at and could not be judged, or is not to be, in order."""
        return tuple(
            finding
            for step in self.steps
            for finding in step.findings
            if finding.verdict is Verdict.NONE
        )


def add_step(result: ScenarioResult, step: StepResult) -> ScenarioResult:
    """Return the result with one more step; the verdict may only get worse (TTCN-3)."""
    verdict = result.verdict.worsen(step.verdict)
    reason = result.reason
    if verdict is not result.verdict and verdict.rank > Verdict.PASS.rank:
        worst = step.worst
        reason = (
            f"{step.place}: {step.title}" if worst is None else f"{worst.place}: {worst.message}"
        )
    return replace(result, steps=(*result.steps, step), verdict=verdict, reason=reason)
