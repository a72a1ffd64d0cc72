"""Checking: every rule looks at every view of a trace that is its own; findings are kept.

``Checker`` takes entries one by one, so that a large capture never stands in memory as a whole;
``check_trace`` feeds it a trace.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, cast

from mcsip.conformance.catalogue import RULES
from mcsip.conformance.collect import Collector
from mcsip.conformance.locate import locate
from mcsip.conformance.memo import Memo
from mcsip.conformance.places import place_of
from mcsip.conformance.result import MAX_FINDINGS, CheckResult, Finding, RuleResult
from mcsip.conformance.rule import AnyRule, Fault, Faults, Guard, Scope, View
from mcsip.conformance.views import (
    DEFAULT_TIMERS,
    Call,
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
from mcsip.trace import Trace, TraceEntry, TraceNote


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


_Called = tuple[Callable[[View], Faults], _Tally]
"""A rule about one kind of view, as it is called."""

_Calls = list[_Called[View]]
"""Rules about one kind of view."""

_Guarded = list[tuple[Guard | None, _Calls[MessageSeen]]]
"""Rules about messages, by what must hold for them."""


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
        self._of_call = calls(Scope.CALL, Call)
        self._of_course = calls(Scope.COURSE, Course)
        self._of_form: dict[tuple[str, ...], _Guarded] = {}
        self._of_transaction_by: dict[str, _Calls[TransactionSeen]] = {}
        self._of_passage_by: dict[str, _Calls[Passage]] = {}
        self._memo = Memo[_Called[Any]]()
        self._collector = Collector(
            setting, self, {rule.scope for rule in rules}, knows=self._memo.knows
        )

    def feed(self, item: TraceEntry | TraceNote) -> None:
        """Take the next entry, or the next inner step of a node where the trace has them."""
        if isinstance(item, TraceEntry):
            self._collector.feed(item)
        else:
            self._collector.note(item)

    def finish(
        self, *, remarks: Iterable[str] = (), incomplete: bool = False, until: float = 0.0
    ) -> CheckResult:
        """Judge what is left and return what came of the check.

        Args:
            remarks: what is to be said of the source, for people.
            incomplete: whether something of the source could not be read.
            until: for how long the source goes on, in seconds since it began: what has not come by
                then has not come. A capture has packets of others after the last message.
        """
        self._collector.pass_time(until)
        self._collector.finish()
        self._memo.count()
        return CheckResult(
            self._source,
            self._setting.release,
            tuple(tally.close() for tally in self._tallies),
            self._collector.counts.messages,
            self._collector.counts.strangers,
            tuple(remarks),
            incomplete,
        )

    def on_message(self, seen: MessageSeen, key: Hashable | None) -> None:
        """Let the rules about messages look at one."""
        if not self._asked_again(seen, key):
            self._judge(self._calls_for(seen), seen, key)

    def _calls_for(self, seen: MessageSeen) -> _Calls[MessageSeen]:
        """Return the rules that may have something to look at in a message."""
        message = seen.message
        if message is None:
            form: tuple[str, ...] = ("",)
        elif isinstance(message, Request):
            form = (message.method, *[field[0] for field in message.fields])
        else:
            form = ("response", *[field[0] for field in message.fields])
        guarded = self._of_form.get(form)
        if guarded is None:
            guarded = self._guarded(form, request=isinstance(message, Request))
        chosen: _Calls[MessageSeen] = []
        for guard, calls in guarded:
            if guard is None or guard(seen):
                chosen += calls
        return chosen

    def _guarded(self, form: tuple[str, ...], *, request: bool) -> _Guarded:
        """Return the rules for messages of a form, by guard.

        Args:
            form: method, "response", or "" for no message; and the keys of the fields.
            request: whether it is a request.
        """
        wanted = {form[0], "request"} if request else {form[0]}
        guards: dict[Guard | None, _Calls[MessageSeen]] = {}
        for check, tally in self._of_message:
            rule = tally.rule
            if rule.kinds and wanted.isdisjoint(rule.kinds):
                continue
            if rule.fields and not any(key in form[1:] for key in rule.fields):
                continue
            guards.setdefault(rule.guard, []).append((check, tally))
        if len(self._of_form) >= MAX_FORMS:
            self._of_form.clear()
        guarded = self._of_form[form] = list(guards.items())
        return guarded

    def on_transaction(self, seen: TransactionSeen, key: Hashable | None) -> None:
        """Let the rules about transactions look at one."""
        if self._asked_again(seen, key):
            return
        method = seen.request.method
        calls = self._of_transaction_by.get(method)
        if calls is None:
            calls = _for_method(self._of_transaction, method, self._of_transaction_by)
        self._judge(calls, seen, key)

    def on_passage(self, seen: Passage, key: Hashable | None) -> None:
        """Let the rules about passages through a proxy look at one."""
        if self._asked_again(seen, key):
            return
        method = seen.incoming.request.method
        calls = self._of_passage_by.get(method)
        if calls is None:
            calls = _for_method(self._of_passage, method, self._of_passage_by)
        self._judge(calls, seen, key)

    def on_call(self, seen: Call, key: Hashable | None) -> None:
        """Let the rules about the requests of one call look at them."""
        if not self._asked_again(seen, key):
            self._judge(self._of_call, seen, key)

    def on_course(self, seen: Course, key: Hashable | None) -> None:
        """Let the rules about the course of a user look at one."""
        if not self._asked_again(seen, key):
            self._judge(self._of_course, seen, key)

    def _asked_again(self, seen: View, key: Hashable | None) -> bool:
        """Ask the rules again that found such a view wrong, and tell whether there are any."""
        wrong = self._memo.wrong(key)
        if wrong:
            _judge(wrong, seen)
        return bool(wrong)

    def _judge(self, calls: _Calls[View], seen: View, key: Hashable | None) -> None:
        """Let rules look at a view, and remember what came of it."""
        right, wrong = _judge(calls, seen)
        if key is not None:
            self._memo.keep(key, right, wrong)


MAX_FORMS = 4096
"""Forms of messages for which the rules are sorted out once [ours]: anybody may invent more."""


def _for_method(calls: _Calls[View], method: str, known: dict[str, _Calls[View]]) -> _Calls[View]:
    """Return the rules for a method, and remember them."""
    chosen = [(check, tally) for check, tally in calls if method in (tally.rule.kinds or (method,))]
    if len(known) < MAX_FORMS:
        known[method] = chosen
    return chosen


def _judge(calls: Iterable[_Called[View]], view: View) -> tuple[list[_Tally], list[_Called[View]]]:
    """Let rules look at a view, and keep what they find.

    Returns:
        Those that had something to look at and found nothing, and those that found something.
    """
    right: list[_Tally] = []
    wrong: list[_Called[View]] = []
    for called in calls:
        check, tally = called
        try:
            faults = check(view)
            if faults is None:
                continue
            found = list(faults) if faults else ()
        except PeerError:
            continue  # what the rule needs cannot be read, which is the matter of another rule
        tally.looked_at += 1
        if not found:
            right.append(tally)
            continue
        wrong.append(called)
        for fault in found:
            tally.add(_finding(tally.rule, fault, view))
    return right, wrong


def _finding(
    rule: AnyRule, fault: Fault, view: MessageSeen | TransactionSeen | Passage | Call | Course
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
    for item in trace.items():
        checker.feed(item)
    return checker.finish()
