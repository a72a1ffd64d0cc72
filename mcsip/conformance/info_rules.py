"""How rules about info bodies are registered: one table for the three services.

TS 24.379 F.1 and TS 24.281 F.1 say the same of MCPTT and of MCVideo, and MCData follows by analogy
[gen], so each document's clause file only says for which service it takes a table. A judge looks at
the octets of a body alone: it is asked once for each body, however often that travels.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

from mcsip.conformance.bodies import InfoBody, body_seen
from mcsip.conformance.rule import Fault, Faults, Guard, Level, RuleBook
from mcsip.conformance.views import MessageSeen
from mcsip.mc.services import Service
from mcsip.mc.source import Grade
from mcsip.redact import redact_text

Judge = Callable[[InfoBody], tuple[Fault, ...] | None]

REQUESTS = ("MESSAGE", "INVITE", "PUBLISH", "REGISTER", "REFER", "NOTIFY")
"""The methods that carry info bodies."""


_SHOWN = 100
"""Longest text of a body that a finding repeats, in characters [ours]."""


def shown(text: str) -> str:
    """Return a text of a body as a finding may show it: short, on one line, no token in it."""
    return repr(redact_text(text)[:_SHOWN])


class BodyRule(NamedTuple):
    """One rule about info bodies.

    Attributes:
        name: last part of its id.
        requirement: as in ``Rule``; ``{service}`` stands for the service.
        judge: looks at a body; None when it has nothing to look at.
        level: how much it binds.
        grade: of its source, for MCPTT and MCVideo.
        answers: whether it looks at responses as well.
        unreadable: whether it looks at bodies that cannot be read; no other rule does.
    """

    name: str
    requirement: str
    judge: Judge
    level: Level = Level.SHALL
    grade: Grade = Grade.READ
    answers: bool = False
    unreadable: bool = False


def add_body_rules(book: RuleBook, clause: str, service: Service, rows: Iterable[BodyRule]) -> None:
    """Register rules for the info bodies of a service.

    Args:
        book: the document's.
        clause: its clause.
        service: whose info bodies the rules look at.
        rows: the rules.
    """
    for row in rows:
        add = book.on_message(
            clause,
            row.name,
            row.requirement.format(service=service.name),
            *REQUESTS,
            *(("response",) if row.answers else ()),
            level=row.level,
            grade=grade_for(service, row.grade),
            fields=("content-type",),
            guard=has_body_of(service),
        )
        add(_check(row.judge, unreadable=row.unreadable))


@cache
def has_body_of(service: Service) -> Guard:
    """Return what tells whether a message has an info body of a service."""

    def guard(seen: MessageSeen) -> bool:
        body = body_seen(seen)
        return body is not None and body.service is service

    return guard


def grade_for(service: Service, grade: Grade) -> Grade:
    """Return the grade of a rule for a service: what was read of another holds by analogy only."""
    analogy = service.migration_source.grade
    return analogy if grade in (Grade.SEED, Grade.READ, Grade.SECOND) and _weak(analogy) else grade


def _weak(grade: Grade) -> bool:
    return grade not in (Grade.SEED, Grade.READ)


def _check(judge: Judge, *, unreadable: bool) -> Callable[[MessageSeen], Faults]:
    """Return the rule's function; its guard has seen that there is a body of the service."""

    def check(seen: MessageSeen) -> Faults:
        body = body_seen(seen)
        if body is None or (body.fault is not None and not unreadable):
            return None
        return body.judged(judge)

    return check
