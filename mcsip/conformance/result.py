"""What came of a check, as plain data: reports are pure functions of it and of the trace."""

from dataclasses import dataclass, field

from mcsip.conformance.rule import AnyRule, Level
from mcsip.conformance.views import Release

MAX_FINDINGS = 1000
"""Findings that are kept of one rule [ours]."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule is broken.

    Attributes:
        rule: the rule.
        expected, actual: for people, on one line each.
        number: number of the trace entry that shows it.
        at: seconds since the trace began, of that entry.
        node: name of who broke it: the sender of the entry, unless the rule says otherwise.
        peer: name of the other side.
        line: number of the line within the message, from 1, or None: the message as a whole.
        span: first octet and first octet after, within the entry's data, or None.
    """

    rule: AnyRule
    expected: str
    actual: str
    number: int
    at: float
    node: str
    peer: str = ""
    line: int | None = None
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What came of one rule.

    Attributes:
        rule: the rule.
        looked_at: how many views it had something to look at.
        findings: the first ``MAX_FINDINGS`` in order of their entries.
        omitted: how many more there were.
    """

    rule: AnyRule
    looked_at: int = 0
    findings: tuple[Finding, ...] = ()
    omitted: int = 0

    @property
    def broken(self) -> int:
        """How often it was broken."""
        return len(self.findings) + self.omitted

    def verdict(self, *, strict: bool = False) -> str:
        """Return "none", "pass", "fail", or "warn": broken, but its level does not count.

        Args:
            strict: whether a should counts.
        """
        if not self.looked_at:
            return "none"
        if not self.broken:
            return "pass"
        counts = self.rule.level is Level.SHALL or (strict and self.rule.level is Level.SHOULD)
        return "fail" if counts else "warn"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of a check.

    Attributes:
        source: the capture or trace, as the user named it.
        release: the release that bodies were held against.
        rules: one result for each selected rule, in the order of the catalogue.
        messages: how many SIP messages were looked at.
        strangers: entries at a SIP address that hold no SIP.
        remarks: what is to be said of the source ("cut after 1200 packets"), for people.
        incomplete: whether something of the source could not be read.
    """

    source: str
    release: Release
    rules: tuple[RuleResult, ...]
    messages: int = 0
    strangers: int = 0
    remarks: tuple[str, ...] = field(default=())
    incomplete: bool = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in order of their entries."""
        found = (finding for result in self.rules for finding in result.findings)
        return tuple(sorted(found, key=lambda finding: finding.number))
