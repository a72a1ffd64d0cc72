"""A conformance rule: what a clause requires, in a sentence of our own, and how it is looked for.

A rule is a function with a ``@rule`` above it, in the file of its clause
(``conformance/<document>/clause_<X_Y>.py``). The decorator says the rule's id, level, source and
requirement; the function looks at one *view* (a message, a transaction, a passage through a proxy,
the course of one user's migrations, see ``views``) and returns ``None`` when the rule has nothing
to look at there, else the faults, none of them when all is well. A rule that never had anything to
look at is not applicable: ``none``, never ``pass``.

A function must not keep anything between calls, and must not raise whatever the trace holds, but
for ``PeerError``: a field that it needs and that cannot be read counts as nothing to look at, since
that field is the matter of another rule.

What it says must rest on the view alone, and on which names in it are the same, never on their
letters: views that differ in names only are judged once (``memo``). What counts as a name stands in
``names`` and ``known``; a rule that looks at the letters of one takes it out of there.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Generic, TypeVar

from mcsip.conformance.views import Call, Course, MessageSeen, Passage, TransactionSeen
from mcsip.mc.source import Grade, Source


class Level(StrEnum):
    """How much a requirement binds (RFC 2119; in 3GPP: shall, should, may)."""

    SHALL = "shall"
    SHOULD = "should"
    MAY = "may"


class Scope(Enum):
    """What a rule looks at, one at a time."""

    MESSAGE = "message"
    """One message on one hop, as ``MessageSeen``."""
    TRANSACTION = "transaction"
    """One transaction between two neighbours with all its copies, as ``TransactionSeen``."""
    PASSAGE = "passage"
    """One request through one proxy, with its answers, as ``Passage``."""
    CALL = "call"
    """The requests with one Call-ID between two neighbours, as ``Call``."""
    COURSE = "course"
    """All that happened about one migrating user, as ``Course``."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What one rule found wrong at one place.

    Attributes:
        expected: what the clause asks for here, for people.
        actual: what was there instead, for people; never a secret.
        number: number of the trace entry that shows it; None for the message looked at.
        field: key of the header field that is wrong ("via"), to mark its line; "" where it is
            none, or missing.
        text: the octets within the entry that are wrong, to mark them; empty where there are none.
        node: name of who is at fault; "" for the sender of the entry.
    """

    expected: str
    actual: str
    number: int | None = None
    field: str = ""
    text: bytes = b""
    node: str = ""


Faults = Iterable[Fault] | None
"""What a rule returns: None when it had nothing to look at, else the faults found."""

Guard = Callable[[MessageSeen], bool]
"""Tells whether rules have something to look at in a message."""

View = TypeVar("View", MessageSeen, TransactionSeen, Passage, Call, Course)


@dataclass(frozen=True, slots=True)
class Rule(Generic[View]):
    """One rule of the catalogue.

    Attributes:
        id: stable, "rfc3261/8.1.1.7/magic-cookie": document, clause, name.
        level: how much it binds.
        source: document, clause and grade.
        requirement: one sentence of ours, without a full stop.
        scope: what it looks at.
        check: the function.
        kinds: what it is called for: methods in upper case, of the message or of the request of a
            transaction or passage; for ``Scope.MESSAGE`` also "response", or "request" for every
            request; empty: everything.
        fields: keys of header fields: for ``Scope.MESSAGE``, it is called only for messages that
            have one of them; empty: for all.
        guard: for ``Scope.MESSAGE``: it is called only where this holds. Rules that share one
            guard have it called once for all of them.
    """

    id: str
    level: Level
    source: Source
    requirement: str
    scope: Scope
    check: Callable[[View], Faults]
    kinds: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    guard: Guard | None = None


AnyRule = Rule[MessageSeen] | Rule[TransactionSeen] | Rule[Passage] | Rule[Call] | Rule[Course]


class RuleBook:
    """The rules of one document, collected by the decorators of its clause files, in their order.

    Args:
        prefix: first part of every id ("rfc3261").
        document: as people write it ("RFC 3261").
        grade: of the document's text, where a rule does not say its own.
    """

    def __init__(self, prefix: str, document: str, grade: Grade) -> None:
        self.prefix = prefix
        self.document = document
        self.grade = grade
        self.rules: list[AnyRule] = []

    def on_message(
        self,
        clause: str,
        name: str,
        requirement: str,
        *kinds: str,
        level: Level = Level.SHALL,
        grade: Grade | None = None,
        fields: tuple[str, ...] = (),
        guard: Guard | None = None,
    ) -> Callable[[Callable[[MessageSeen], Faults]], Callable[[MessageSeen], Faults]]:
        """Make a function a rule about single messages; see ``Rule``."""
        scope = Scope.MESSAGE
        return self._adder(clause, name, requirement, scope, level, grade, kinds, fields, guard)

    def on_transaction(
        self,
        clause: str,
        name: str,
        requirement: str,
        *kinds: str,
        level: Level = Level.SHALL,
        grade: Grade | None = None,
    ) -> Callable[[Callable[[TransactionSeen], Faults]], Callable[[TransactionSeen], Faults]]:
        """Make a function a rule about transactions; see ``Rule``."""
        return self._adder(clause, name, requirement, Scope.TRANSACTION, level, grade, kinds)

    def on_passage(
        self,
        clause: str,
        name: str,
        requirement: str,
        *kinds: str,
        level: Level = Level.SHALL,
        grade: Grade | None = None,
    ) -> Callable[[Callable[[Passage], Faults]], Callable[[Passage], Faults]]:
        """Make a function a rule about passages through a proxy; see ``Rule``."""
        return self._adder(clause, name, requirement, Scope.PASSAGE, level, grade, kinds)

    def on_call(
        self,
        clause: str,
        name: str,
        requirement: str,
        *,
        level: Level = Level.SHALL,
        grade: Grade | None = None,
    ) -> Callable[[Callable[[Call], Faults]], Callable[[Call], Faults]]:
        """Make a function a rule about the requests of one call; see ``Rule``."""
        return self._adder(clause, name, requirement, Scope.CALL, level, grade)

    def on_course(
        self,
        clause: str,
        name: str,
        requirement: str,
        *,
        level: Level = Level.SHALL,
        grade: Grade | None = None,
    ) -> Callable[[Callable[[Course], Faults]], Callable[[Course], Faults]]:
        """Make a function a rule about the course of one user's migrations; see ``Rule``."""
        return self._adder(clause, name, requirement, Scope.COURSE, level, grade)

    def _adder(
        self,
        clause: str,
        name: str,
        requirement: str,
        scope: Scope,
        level: Level,
        grade: Grade | None,
        kinds: tuple[str, ...] = (),
        fields: tuple[str, ...] = (),
        guard: Guard | None = None,
    ) -> Callable[[Callable[[View], Faults]], Callable[[View], Faults]]:
        """Return what makes a function a rule of a scope, and leaves it as it is."""
        rule_id = f"{self.prefix}/{clause}/{name}"
        source = Source(self.document, clause, grade or self.grade)

        def add(check: Callable[[View], Faults]) -> Callable[[View], Faults]:
            self.rules.append(
                Rule(rule_id, level, source, requirement, scope, check, kinds, fields, guard)
            )
            return check

        return add


def selected(rules: Iterable[AnyRule], prefixes: Sequence[str]) -> tuple[AnyRule, ...]:
    """Return the rules whose id begins with one of the prefixes, whole parts only; all if none.

    ``ts23280/10.6.3.3`` selects ``ts23280/10.6.3.3/order`` and the rules of its subclauses, and not
    ``ts23280/10.6.3.30/x``.
    """
    if not prefixes:
        return tuple(rules)
    starts = tuple(f"{prefix.strip('/').lower()}{end}" for prefix in prefixes for end in ("/", "."))
    return tuple(rule for rule in rules if f"{rule.id}/".lower().startswith(starts))
