"""Checking: every rule looks at every view of a trace that is its own; findings are kept.

``Checker`` takes entries one by one, so that a large capture never stands in memory as a whole;
``check_trace`` feeds it a trace.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import cast

from mcsip.conformance.catalogue import RULES
from mcsip.conformance.collect import Collector
from mcsip.conformance.locate import locate
from mcsip.conformance.places import place_of
from mcsip.conformance.result import MAX_FINDINGS, CheckResult, Finding, RuleResult
from mcsip.conformance.rule import AnyRule, Fault, Faults, Scope, View
from mcsip.conformance.views import (
    DEFAULT_TIMERS,
    Course,
    MessageSeen,
    Passage,
    Release,
    Setting,
    TransactionSeen,
)
from mcsip.errors import PeerError
from mcsip.sip.message import Request
from mcsip.sip.timers import Timers
from mcsip.trace import Trace, TraceEntry


@dataclass(slots=True)
class _Tally:
    """What came of one rule so far."""

    rule: AnyRule
    looked_at: int = 0
    findings: list[Finding] = field(default_factory=list)
    omitted: int = 0

    def add(self, finding: Finding) -> None:
        """Keep a finding, if it is among the first in order of their entries."""
        self.findings.append(finding)
        if len(self.findings) >= 2 * MAX_FINDINGS:
            self._cut()

    def _cut(self) -> None:
        self.findings.sort(key=attrgetter("number"))
        self.omitted += len(self.findings[MAX_FINDINGS:])
        del self.findings[MAX_FINDINGS:]

    def close(self) -> RuleResult:
        """Return what came of the rule."""
        self._cut()
        return RuleResult(self.rule, self.looked_at, tuple(self.findings), self.omitted)


_Calls = list[tuple[Callable[[View], Faults], _Tally]]
"""Rules about one kind of view, as they are called."""


class Checker:
    """Judges a trace while it streams by.

    Args:
        setting: what holds for the whole check.
        rules: the rules to hold it against.
        source: the trace or capture, as the user named it.
    """

    def __init__(
        self, setting: Setting, rules: Sequence[AnyRule] = RULES, *, source: str = ""
    ) -> None:
        self._setting = setting
        self._source = source
        self._tallies = [_Tally(rule) for rule in rules]

        def calls(scope: Scope, _view: type[View]) -> _Calls[View]:
            # a rule was registered by the decorator of its scope, so it takes that view
            return [
                (cast("Callable[[View], Faults]", tally.rule.check), tally)
                for tally in self._tallies
                if tally.rule.scope is scope
            ]

        self._of_message = calls(Scope.MESSAGE, MessageSeen)
        self._of_transaction = calls(Scope.TRANSACTION, TransactionSeen)
        self._of_passage = calls(Scope.PASSAGE, Passage)
        self._of_course = calls(Scope.COURSE, Course)
        self._of_kind: dict[str, _Calls[MessageSeen]] = {}
        self._collector = Collector(setting, self, {rule.scope for rule in rules})

    def feed(self, entry: TraceEntry) -> None:
        """Take the next entry."""
        self._collector.feed(entry)

    def finish(self, *, remarks: Iterable[str] = (), incomplete: bool = False) -> CheckResult:
        """Judge what is left and return what came of the check.

        Args:
            remarks: what is to be said of the source, for people.
            incomplete: whether something of the source could not be read.
        """
        self._collector.finish()
        return CheckResult(
            self._source,
            self._setting.release,
            tuple(tally.close() for tally in self._tallies),
            self._collector.counts.messages,
            self._collector.counts.strangers,
            tuple(remarks),
            incomplete,
        )

    def on_message(self, seen: MessageSeen) -> None:
        """Let the rules about messages look at one."""
        message = seen.message
        if isinstance(message, Request):
            kind = message.method
        else:
            kind = "" if message is None else "response"
        calls = self._of_kind.get(kind)
        if calls is None:
            calls = self._calls_of(kind, request=isinstance(message, Request))
        _judge(calls, seen)

    def _calls_of(self, kind: str, *, request: bool) -> _Calls[MessageSeen]:
        """Return the rules for a kind of message: a method, "response", or "" for no message."""
        wanted = {kind, "request"} if request else {kind}
        calls = [
            (check, tally)
            for check, tally in self._of_message
            if not tally.rule.kinds or not wanted.isdisjoint(tally.rule.kinds)
        ]
        if len(self._of_kind) < _MAX_KINDS:
            self._of_kind[kind] = calls
        return calls

    def on_transaction(self, seen: TransactionSeen) -> None:
        """Let the rules about transactions look at one."""
        _judge(self._of_transaction, seen)

    def on_passage(self, seen: Passage) -> None:
        """Let the rules about passages through a proxy look at one."""
        _judge(self._of_passage, seen)

    def on_course(self, seen: Course) -> None:
        """Let the rules about the course of a user look at one."""
        _judge(self._of_course, seen)


_MAX_KINDS = 64
"""Methods for which the rules are sorted out once [ours]; anybody may invent more."""


def _judge(calls: _Calls[View], view: View) -> None:
    """Let rules look at a view, and keep what they find."""
    for check, tally in calls:
        try:
            faults = check(view)
            if faults is None:
                continue
            found = faults if isinstance(faults, tuple | list) else list(faults)
        except PeerError:
            continue  # what the rule needs cannot be read, which is the matter of another rule
        tally.looked_at += 1
        for fault in found:
            tally.add(_finding(tally.rule, fault, view))


def _finding(
    rule: AnyRule, fault: Fault, view: MessageSeen | TransactionSeen | Passage | Course
) -> Finding:
    """Return a fault with its place."""
    place = place_of(view, fault.number)
    line, span = locate(place.data, fault.field, fault.text)
    node = fault.node or place.node
    return Finding(
        rule,
        fault.expected,
        fault.actual,
        place.number,
        place.at,
        node,
        place.node if node == place.peer else place.peer,
        line,
        span,
    )


def check_trace(
    trace: Trace,
    *,
    rules: Sequence[AnyRule] = RULES,
    release: Release = Release.R18,
    timers: Timers = DEFAULT_TIMERS,
    source: str = "",
) -> CheckResult:
    """Judge a whole trace.

    Args:
        trace: the trace.
        rules: the rules to hold it against.
        release: the release that bodies are held against.
        timers: the timers of RFC 3261 that its nodes ran with.
        source: the trace or capture, as the user named it.
    """
    checker = Checker(Setting(trace, release, timers), rules, source=source)
    for entry in trace.entries:
        checker.feed(entry)
    return checker.finish()
