"""One user of a load: it runs the steps of a scenario, and tells how each of them ended.

This is what every load engine drives: the generator of ``mcsip load``, and Locust. An engine says
when a call is due, and listens; the user knows nothing of rates, pacing or statistics. Latencies
are measured from the moment a request was due, not from the moment it was sent: the first step of a
call from when the call was due, each later one from the end of the step before it.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from mcsip.errors import McsipError, NetworkError
from mcsip.load.plan import EXPECTATIONS, Plan, step_for
from mcsip.load.sample import SampleTrace
from mcsip.net.network import RequestTimeoutError
from mcsip.nodes.client import Client
from mcsip.nodes.simulation import Simulation
from mcsip.scenario.context import StepContext
from mcsip.scenario.result import Finding, Verdict
from mcsip.scenario.steps.registry import AnyStep
from mcsip.topology.copies import Copy
from mcsip.trace import Trace

log = logging.getLogger(__name__)

OK = ""
"""The outcome of a step that ended as it should."""
CALL = "total"
"""The name under which whole calls are counted, beside their steps."""
RESET = "reset"
"""The name under which it is counted that users go home after a call, to begin the next one."""
CRASH = "crash"
"""The reason of a failure that is a fault of ours."""


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


UNEXPECTED = "not as expected"
"""The reason of a failure that is told in its detail."""
_TOLD = frozenset({"result", "by", "reason", "status"})
"""What a reason tells of how a step ended."""
_CANNOT_SERVE = re.compile(r"(?:^|status: )(?:408|5\d\d)\b")


@dataclass(frozen=True, slots=True)
class StepEvent:
    """How one step of one user ended.

    Attributes:
        user: number of the user, from 1.
        step: name of the step in the plan; ``CALL`` for all of them together.
        at: when it ended, on the clock of the loop, in seconds.
        latency_s: since it was due, in seconds.
        outcome: ``OK``, or the reason of the failure: the key of what the expectation names
            ("result: refused"), or what kind of error it was.
        kind: what kind of failure; None for ``OK``.
        detail: the failure in one line, for people.
    """

    user: int
    step: str
    at: float
    latency_s: float
    outcome: str = OK
    kind: Kind | None = None
    detail: str = ""


class Listener(Protocol):
    """Hears of every step; it must return at once."""

    def on_event(self, event: StepEvent) -> None:
        """Hear how a step, or a whole call, ended."""
        ...


class Caller(Protocol):
    """A user, as a load engine sees it."""

    @property
    def number(self) -> int:
        """The user's number, from 1."""
        ...

    @property
    def doing(self) -> str:
        """The name of the step that it performs, or ""."""
        ...

    async def run_once(self, due: float | None = None) -> bool:
        """Make one call, which was due at a time of the loop; tell whether it ended well."""
        ...


@dataclass(slots=True)
class LoadUser:
    """One user of a load, with all clients that a scenario has.

    Attributes:
        copy: who it is.
        plan: what it does.
        simulation: the nodes and clients.
        listener: hears how each step ends.
        trace: what is kept of its messages; None where nothing is.
        settle_s: how long expectations wait for what has not happened yet.
        sample: where its trace is kept, or None; it is followed no further when that is full.
        reset: whether its clients go home after each call: a partner that serves a user already
            answers success without asking the primary, which is no whole procedure.
        runs: how many calls it has begun.
        doing: name of the step that it performs, or "".
    """

    copy: Copy
    plan: Plan
    simulation: Simulation
    listener: Listener
    trace: Trace | None = None
    settle_s: float = 2.0
    sample: SampleTrace | None = None
    reset: bool = False
    runs: int = 0
    doing: str = ""

    @property
    def number(self) -> int:
        """The user's number, from 1."""
        return self.copy.number

    @property
    def clients(self) -> Sequence[Client]:
        """Its clients."""
        return [self.simulation.clients[name] for name in self.copy.names.values()]

    async def run_once(self, due: float | None = None) -> bool:
        """Run the steps of the scenario once; tell whether all ended as they should.

        A call ends with the first step that does not. Expectations of messages and records are
        judged in the first call of a user who has a trace: they say what comes of a user who was
        never seen before; what they take is not counted. Cancelled, the call is told to nobody.

        Args:
            due: when the call was due, on the clock of the loop; None: now.
        """
        now = self.simulation.env.clock.now
        due = began = now() if due is None else due
        self.runs += 1
        if self.trace is not None and self.sample is not None and self.sample.is_full:
            self.sample.let_go(self.trace)
            self.trace = None
        for client in self.clients:
            client.forget()
        context = self._context()
        words = self.copy.words
        failure, taken_s = NO_FAILURE, 0.0
        for planned in self.plan.steps:
            if planned.judged and (self.trace is None or self.runs > 1):
                continue
            self.doing = planned.name
            failure = await _perform(step_for(planned.step, words), context)
            ended = now()
            if not planned.judged:
                taken_s += ended - began
            if not planned.judged or failure.kind is not None:
                event = StepEvent(self.number, planned.name, ended, ended - began, *failure)
                self.listener.on_event(event)
            began = ended
            if failure.kind is not None:
                break
        self.doing = ""
        self.listener.on_event(StepEvent(self.number, CALL, now(), taken_s, *failure))
        if self.reset:
            await self._go_home()
        return failure.kind is None

    async def _go_home(self) -> None:
        """Let all clients be where they were before the first call: at home, and in no call."""
        now = self.simulation.env.clock.now
        self.doing = RESET
        for client in self.clients:
            began = now()
            if not client.calls.in_call and client.place == client.system.name:
                continue
            failure = await _return(client)
            ended = now()
            event = StepEvent(self.number, RESET, ended, ended - began, *failure)
            self.listener.on_event(event)
        self.doing = ""

    def _context(self) -> StepContext:
        """Return what the steps of one call work with."""
        trace = (
            Trace(began_at=self.simulation.env.clock.now()) if self.trace is None else self.trace
        )
        context = StepContext(self.simulation, trace, self.plan.scenario, settle_s=self.settle_s)
        context.window = trace.newest
        return context


class _Failure(NamedTuple):
    """How a step failed: reason, kind and detail, as in ``StepEvent``."""

    outcome: str
    kind: Kind | None
    detail: str


NO_FAILURE = _Failure(OK, None, "")


async def _perform(step: AnyStep, context: StepContext) -> _Failure:
    """Perform a step; return how it failed, if it did."""
    context.findings = []
    try:
        await step.perform(context)
    except McsipError as error:
        return _Failure(_name_of(error), _kind_of_error(error), f"{step.title}: {error}")
    except Exception as error:  # the border: a crash of ours is counted, not lost
        log.exception("%s: the step crashed", step.title)
        return _Failure(CRASH, Kind.CRASH, f"{step.title}: {type(error).__name__}: {error}")
    worst = max(context.findings, key=lambda finding: finding.verdict.rank, default=None)
    if worst is None or worst.verdict.rank <= Verdict.PASS.rank:
        return NO_FAILURE
    if step.verb.startswith(EXPECTATIONS):
        return _Failure(UNEXPECTED, Kind.UNEXPECTED, worst.render())
    told = f"{step.title}: {worst.actual or worst.message}"
    return _Failure(_reason(worst), _kind_of(worst), told)


async def _return(client: Client) -> _Failure:
    """Let a client leave its call and go home; return how that failed, if it did."""
    try:
        if client.calls.in_call:
            await client.calls.hang_up()
        if client.place == client.system.name:
            return NO_FAILURE
        outcome = await client.return_home()
    except McsipError as error:
        return _Failure(_name_of(error), _kind_of_error(error), f"{client.name}: {error}")
    if outcome.result == "success":
        return NO_FAILURE
    told = f"result: {outcome.result}, reason: {outcome.reason}, status: {outcome.status}"
    return _Failure(told, _kind_of_text(told), f"{client.name}: {outcome.text or told}")


def _name_of(error: McsipError) -> str:
    """Return an error as a reason: ``RequestTimeoutError`` is ``request-timeout``."""
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


def _kind_of_error(error: McsipError) -> Kind:
    match error:
        case RequestTimeoutError():
            return Kind.NO_ANSWER
        case NetworkError():
            return Kind.UNREACHABLE
        case _:
            return Kind.UNEXPECTED


def _reason(finding: Finding) -> str:
    """Return the reason of a failure in few words: how it ended, without what differs each time."""
    first = finding.actual.partition("\n")[0].partition(" (")[0]
    if first.isdecimal():
        return f"status: {first}"
    parts = [part for part in first.split(", ") if part.partition(":")[0] in _TOLD]
    return ", ".join(parts) or UNEXPECTED


def _kind_of(finding: Finding) -> Kind:
    return _kind_of_text(finding.actual.partition("\n")[0])


def _kind_of_text(first: str) -> Kind:
    """Return the kind of a failure from how a step ended, in one line."""
    if "reason: no-answer" in first or "reason: no-response" in first:
        return Kind.NO_ANSWER
    if "reason: unreachable" in first:
        return Kind.UNREACHABLE
    if "result: failed" in first or _CANNOT_SERVE.search(first):
        return Kind.OVERLOADED
    return Kind.UNEXPECTED
