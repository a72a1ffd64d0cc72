"""One user of a load: it runs the steps of a scenario, and tells how each of them ended.

This is what every load engine drives: the generator of ``mcsip load``, and Locust. An engine says
when a call is due, and listens; the user knows nothing of rates, pacing or statistics. Latencies
are measured from the moment a request was due, not from the moment it was sent: the first step of a
call from when the call was due, each later one from the end of the step before it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mcsip.errors import McsipError
from mcsip.load.plan import EXPECTATIONS, Plan, step_for
from mcsip.nodes.client import Client
from mcsip.nodes.simulation import Simulation
from mcsip.scenario.context import StepContext
from mcsip.scenario.result import Finding, Verdict
from mcsip.scenario.steps.registry import AnyStep
from mcsip.topology.copies import Copy
from mcsip.trace import Trace

OK = ""
"""The outcome of a step that ended as it should."""
CALL = "call"
"""The name under which whole calls are counted, beside their steps."""
CRASH = "crash"
"""The reason of a failure that is a fault of ours."""
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
        functional: whether something answered other than the scenario says, rather than too late or
            not at all.
        detail: the failure in one line, for people.
    """

    user: int
    step: str
    at: float
    latency_s: float
    outcome: str = OK
    functional: bool = False
    detail: str = ""


class Listener(Protocol):
    """Hears of every step; it must return at once."""

    def on_event(self, event: StepEvent) -> None:
        """Hear how a step, or a whole call, ended."""
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
        runs: how many calls it has begun.
        doing: name of the step that it performs, or "".
    """

    copy: Copy
    plan: Plan
    simulation: Simulation
    listener: Listener
    trace: Trace | None = None
    settle_s: float = 2.0
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
        never seen before. Cancelled, the call is told to nobody.

        Args:
            due: when the call was due, on the clock of the loop; None: now.
        """
        now = self.simulation.env.clock.now
        due = began = now() if due is None else due
        self.runs += 1
        for client in self.clients:
            client.forget()
        context = self._context()
        words = self.copy.words
        outcome, functional, detail = OK, False, ""
        for planned in self.plan.steps:
            if planned.judged and (self.trace is None or self.runs > 1):
                continue
            self.doing = planned.name
            outcome, functional, detail = await _perform(step_for(planned.step, words), context)
            ended = now()
            if not planned.judged or outcome != OK:
                event = StepEvent(
                    self.number, planned.name, ended, ended - began, outcome, functional, detail
                )
                self.listener.on_event(event)
            began = ended
            if outcome != OK:
                break
        self.doing = ""
        ended = now()
        self.listener.on_event(
            StepEvent(self.number, CALL, ended, ended - due, outcome, functional, detail)
        )
        return outcome == OK

    def _context(self) -> StepContext:
        """Return what the steps of one call work with."""
        trace = (
            Trace(began_at=self.simulation.env.clock.now()) if self.trace is None else self.trace
        )
        context = StepContext(self.simulation, trace, self.plan.scenario, settle_s=self.settle_s)
        context.window = max(
            trace.entries[-1].number if trace.entries else 0,
            trace.notes[-1].number if trace.notes else 0,
        )
        return context


async def _perform(step: AnyStep, context: StepContext) -> tuple[str, bool, str]:
    """Perform a step; return its outcome, whether it is functional, and its detail."""
    context.findings = []
    try:
        await step.perform(context)
    except McsipError as error:
        return _kind(error), False, f"{step.title}: {error}"
    except Exception as error:  # noqa: BLE001  # the border: a crash of ours is counted, not lost
        return CRASH, True, f"{step.title}: {type(error).__name__}: {error}"
    worst = max(context.findings, key=lambda finding: finding.verdict.rank, default=None)
    if worst is None or worst.verdict.rank <= Verdict.PASS.rank:
        return OK, False, ""
    if step.verb.startswith(EXPECTATIONS):
        return UNEXPECTED, True, worst.render()
    return _reason(worst), _is_functional(worst), f"{step.title}: {worst.actual or worst.message}"


def _kind(error: McsipError) -> str:
    """Return the kind of an error as a reason: ``RequestTimeoutError`` is ``request-timeout``."""
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


def _reason(finding: Finding) -> str:
    """Return the reason of a failure in few words: how it ended, without what differs each time."""
    first = finding.actual.partition("\n")[0].partition(" (")[0]
    if first.isdecimal():
        return f"status: {first}"
    parts = [part for part in first.split(", ") if part.partition(":")[0] in _TOLD]
    return ", ".join(parts) or UNEXPECTED


def _is_functional(finding: Finding) -> bool:
    """Tell whether somebody answered otherwise than expected, rather than too late or not at all.

    That nobody could be asked, or that a server said that it cannot serve now (RFC 3261 21.5), is a
    matter of load.
    """
    first = finding.actual.partition("\n")[0]
    return "result: failed" not in first and not _CANNOT_SERVE.search(first)
