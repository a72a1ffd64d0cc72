"""What the reports of a check are made from: its result, and the part of the trace it points at."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mcsip.conformance.result import CheckResult, Finding, RuleResult
from mcsip.exchanges import Exchange, find_exchanges
from mcsip.report.ladder import Arrow, Ladder, build_ladder
from mcsip.report.wire import WireMessage, branch_of, steps_by_branch, title_of, wire_message
from mcsip.scenario.result import Verdict
from mcsip.trace import Trace
from mcsip.words import plural


@dataclass(frozen=True, slots=True)
class Quote:
    """The message that a finding points at.

    Attributes:
        wire: its octets without secrets, and between whom they went.
        label: name of the MC message, or SIP method; of a response, what it answers too.
        step: step of the clause, or "".
    """

    wire: WireMessage
    label: str
    step: str


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """How many rules of one document ended how.

    Attributes:
        document: as people write it ("RFC 3261").
        passed, failed, warned, none: numbers of rules; none had nothing to look at.
    """

    document: str
    passed: int
    failed: int
    warned: int
    none: int


@dataclass(frozen=True, slots=True)
class Check:
    """One source that was checked, as reports see it; made by ``make_check``.

    Attributes:
        result: what came of it.
        trace: the messages that reports show: all of the source, or those around the findings.
        nodes: table of the nodes, and how each came to be known, or "".
        strict: whether a should counts.
        whole: whether ``trace`` holds everything that the source does.
        timed_out: whether the time was over before the source was read to its end.
        elapsed_s: how long it took, in seconds of real time.
        exchanges: the exchanges of ``trace``.
        ladder: its ladder.
        quotes: the message that each finding points at, by its number.
    """

    result: CheckResult
    trace: Trace
    nodes: str = ""
    strict: bool = False
    whole: bool = True
    timed_out: bool = False
    elapsed_s: float = 0.0
    exchanges: tuple[Exchange, ...] = ()
    ladder: Ladder = field(default_factory=lambda: Ladder((), ()))
    quotes: Mapping[int, Quote] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """How it ended: fail, inconc (could not be read to the end), pass or none."""
        verdicts = {each.verdict(strict=self.strict) for each in self.result.rules}
        if "fail" in verdicts:
            return Verdict.FAIL
        if self.result.incomplete or self.timed_out:
            return Verdict.INCONC
        return Verdict.PASS if verdicts & {"pass", "warn"} else Verdict.NONE

    @property
    def broken(self) -> tuple[RuleResult, ...]:
        """The rules that were broken, those that count first."""
        found = [each for each in self.result.rules if each.broken]
        return tuple(sorted(found, key=lambda each: each.verdict(strict=self.strict) != "fail"))

    @property
    def reason(self) -> str:
        """Why it is not pass, in one sentence without a full stop, or ""."""
        failed = [each for each in self.broken if each.verdict(strict=self.strict) == "fail"]
        if failed:
            places = sum(each.broken for each in failed)
            return f"{plural(len(failed), 'rule')} broken in {plural(places, 'place')}"
        if self.timed_out:
            return "the time was over before everything was read"
        if self.result.incomplete:
            return "not everything could be read"
        if not self.result.messages:
            return "no SIP message was found"
        return "" if self.verdict is Verdict.PASS else "no rule had anything to look at"

    @property
    def counts(self) -> tuple[DocumentCounts, ...]:
        """How many rules of each document ended how, in the order of the catalogue."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for each in self.result.rules:
            found[each.rule.source.document][each.verdict(strict=self.strict)] += 1
        return tuple(
            DocumentCounts(document, each["pass"], each["fail"], each["warn"], each["none"])
            for document, each in found.items()
        )

    @property
    def marks(self) -> dict[int, tuple[str, ...]]:
        """The ids of the rules that each arrow of the ladder breaks, by the arrow's number."""
        found = marks_of(self.result.findings, self.quotes, self.exchanges, self.ladder)
        return {
            number: tuple(dict.fromkeys(finding.rule.id for finding in findings))
            for number, findings in found.items()
        }


def make_check(
    result: CheckResult,
    trace: Trace,
    *,
    nodes: str = "",
    strict: bool = False,
    whole: bool = True,
    timed_out: bool = False,
    elapsed_s: float = 0.0,
    exchanges: Sequence[Exchange] | None = None,
    ladder: Ladder | None = None,
) -> Check:
    """Return a check as reports see it; see ``Check`` for the arguments."""
    found = tuple(find_exchanges(trace) if exchanges is None else exchanges)
    wanted = {finding.number for finding in result.findings}
    known = steps_by_branch(found)
    return Check(
        result,
        trace,
        nodes,
        strict,
        whole,
        timed_out,
        elapsed_s,
        found,
        build_ladder(trace, found) if ladder is None else ladder,
        {
            entry.number: _quote(wire_message(trace, entry), known)
            for entry in trace.entries
            if entry.number in wanted
        },
    )


def _quote(wire: WireMessage, known: Mapping[tuple[str, str], Exchange]) -> Quote:
    """Return a message with its name, and its step where it has one."""
    title, branch = title_of(wire.data), branch_of(wire.data)
    exchange = known.get(branch) if branch is not None else None
    if exchange is None:
        return Quote(wire, title, "")
    is_answer = title[0].isdigit()
    label = f"{title} of {exchange.label}" if is_answer else exchange.label
    return Quote(wire, label, exchange.step or "")


def marks_of(
    findings: Iterable[Finding],
    quotes: Mapping[int, Quote],
    exchanges: Iterable[Exchange],
    ladder: Ladder,
) -> dict[int, tuple[Finding, ...]]:
    """Return the findings of each arrow, by its number.

    A message that cannot be told apart belongs to the last arrow before it.
    """
    arrows = [row.number for row in ladder.rows if isinstance(row, Arrow)]
    known = steps_by_branch(exchanges)
    marks: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        quote = quotes.get(finding.number)
        branch = None if quote is None else branch_of(quote.wire.data)
        exchange = known.get(branch) if branch is not None else None
        if exchange is not None:
            number = exchange.number
        else:
            before = max(bisect_right(arrows, finding.number) - 1, 0)
            number = arrows[before] if arrows else 0
        marks[number].append(finding)
    return {number: tuple(found) for number, found in marks.items()}
