"""How what a user does can fail: of what kind, and in how few words it is counted.

A kind says whose matter a failure is. What works otherwise than it should is functional, whatever
the load; that nobody answers, or that somebody cannot serve, is what a load is there to find.
"""

import logging
import re
from collections.abc import Awaitable
from enum import StrEnum
from typing import NamedTuple

from mcsip.errors import McsipError, NetworkError
from mcsip.net.network import RequestTimeoutError
from mcsip.nodes.call_agent import NoAnswerError
from mcsip.scenario.result import Finding

log = logging.getLogger(__name__)

OK = ""
"""The outcome of what ended as it should."""
CRASH = "crash"
"""The reason of a failure that is a fault of ours."""
UNEXPECTED = "not as expected"
"""The reason of a failure that is told in its detail."""


class Kind(StrEnum):
    """What kind of failure one is: the first two are functional, the others matters of load."""

    UNEXPECTED = "unexpected"
    """Somebody answered otherwise than the scenario says."""
    CRASH = "crash"
    """A fault of ours."""
    NO_ANSWER = "no answer"
    """Nobody answered in time."""
    UNREACHABLE = "unreachable"
    """A request could not be sent."""
    OVERLOADED = "cannot serve"
    """Somebody says that it cannot serve, or cannot ask whom it must (RFC 3261 21.5)."""
    UNFINISHED = "unfinished"
    """It was under way when the load, and the grace after it, had ended."""
    NOT_MADE = "not made"
    """No user was free, or as many calls as are allowed were under way."""

    @property
    def is_functional(self) -> bool:
        """Whether it says that something works otherwise than it should."""
        return self in {Kind.UNEXPECTED, Kind.CRASH}


class Failure(NamedTuple):
    """How something failed, if it did.

    Attributes:
        outcome: ``OK``, or the reason: the key of what the expectation names ("result: refused"),
            or what kind of error it was.
        kind: what kind of failure; None for ``OK``.
        detail: the failure in one line, for people.
    """

    outcome: str
    kind: Kind | None
    detail: str


NO_FAILURE = Failure(OK, None, "")
_TOLD = frozenset({"result", "by", "reason", "status"})
"""What a reason tells of how a step ended."""
_CANNOT_SERVE = re.compile(r"(?:^|status: )(?:408|5\d\d)\b")


async def guarded(what: str, doing: Awaitable[Failure]) -> Failure:
    """Return what comes of something; an error is a failure too.

    Args:
        what: what is done, for people.
        doing: does it.
    """
    try:
        return await doing
    except McsipError as error:
        return Failure(name_of(error), kind_of_error(error), f"{what}: {error}")
    except Exception as error:  # the border: a crash of ours is counted, not lost
        log.exception("%s: crashed", what)
        return Failure(CRASH, Kind.CRASH, f"{what}: {type(error).__name__}: {error}")


def name_of(error: McsipError) -> str:
    """Return an error as a reason: ``RequestTimeoutError`` is ``request-timeout``."""
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


def kind_of_error(error: McsipError) -> Kind:
    """Return the kind of a failure by an error."""
    match error:
        case RequestTimeoutError() | NoAnswerError():
            return Kind.NO_ANSWER
        case NetworkError():
            return Kind.UNREACHABLE
        case _:
            return Kind.UNEXPECTED


def failure_of(finding: Finding, what: str, error: McsipError | None) -> Failure:
    """Return the failure that a finding of a step is.

    Args:
        finding: what was judged.
        what: the step in one line.
        error: what it came from, where it came from an error.
    """
    told = f"{what}: {finding.actual or finding.message}"
    if error is not None and (kind := kind_of_error(error)) is not Kind.UNEXPECTED:
        return Failure(name_of(error), kind, told)
    first = finding.actual.partition("\n")[0]
    return Failure(_reason(first), kind_of_text(first), told)


def _reason(first: str) -> str:
    """Return the reason of a failure in few words: how it ended, without what differs each time."""
    first = first.partition(" (")[0]
    if first.isdecimal():
        return f"status: {first}"
    parts = [part for part in first.split(", ") if part.partition(":")[0] in _TOLD]
    return ", ".join(parts) or UNEXPECTED


def kind_of_text(first: str) -> Kind:
    """Return the kind of a failure from how a step ended, in one line."""
    if "reason: no-answer" in first or "reason: no-response" in first:
        return Kind.NO_ANSWER
    if "reason: unreachable" in first:
        return Kind.UNREACHABLE
    cannot_serve = _CANNOT_SERVE.search(first) is not None
    if "reason: not-registered" in first:  # a registrar that refuses is asked, and says no
        return Kind.OVERLOADED if cannot_serve else Kind.UNEXPECTED
    if "result: failed" in first or cannot_serve:
        return Kind.OVERLOADED
    return Kind.UNEXPECTED
