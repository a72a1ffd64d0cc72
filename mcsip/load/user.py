"""One user of a load: it runs the steps of a scenario, and tells how each of them ended.

This is what every load engine drives: the generator of ``mcsip load``, and Locust. An engine says
when a call is due, and listens; the user knows nothing of rates, pacing or statistics. Latencies
are measured from the moment a request was due, not from the moment it was sent: the first step of a
call from when the call was due, each later one from the end of the step before it. A step that lets
time pass, such as a call that is held, has taken until what it asked for was there.

A user tells of each call once, when its last step has ended. What follows, the way home to where
the next call begins (the *reset*), is told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from mcsip.load.failure import (
    NO_FAILURE,
    OK,
    UNEXPECTED,
    Failure,
    Kind,
    failure_of,
    guarded,
    kind_of_text,
)
from mcsip.load.plan import EXPECTATIONS, Plan, step_for
from mcsip.load.sample import SampleTrace
from mcsip.mc.identity import domain_of
from mcsip.nodes.client import Client
from mcsip.nodes.simulation import Simulation
from mcsip.scenario.context import StepContext
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.migrate import describe_outcome
from mcsip.scenario.steps.registry import AnyStep
from mcsip.topology.copies import Copy
from mcsip.trace import Trace

CALL = "total"
"""The name under which whole calls are counted, beside their steps."""
RESET = "reset"
"""The name under which it is counted that users go home after a call, to begin the next one."""
NOWHERE = "between steps"
"""Where a call failed that was in no step."""


@dataclass(frozen=True, slots=True)
class StepEvent:
    """How one step of one user ended.

    Attributes:
        user: number of the user, from 1.
        step: name of the step in the plan; ``CALL`` for all of them together.
        at: when it ended, on the clock of the loop, in seconds.
        latency_s: since it was due, in seconds.
        outcome, kind, detail: how it failed, if it did; see ``Failure``.
        after_ok: whether it is the reset after a call that had ended as it should.
    """

    user: int
    step: str
    at: float
    latency_s: float
    outcome: str = OK
    kind: Kind | None = None
    detail: str = ""
    after_ok: bool = False


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

    def break_off(self, failure: Failure) -> None:
        """Tell that what it does has failed, and with it the call, unless that is told already."""
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
        began_away: how many of them with a client that was not at home.
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
    began_away: int = 0
    doing: str = ""
    _due: float = field(default=0.0, init=False)
    _untold: bool = field(default=False, init=False)
    """Whether it is in a call of which it has not told yet."""
    _ended_well: bool = field(default=False, init=False)
    """Whether the last call of which it has told ended as it should."""

    @property
    def number(self) -> int:
        """The user's number, from 1."""
        return self.copy.number

    @property
    def clients(self) -> Sequence[Client]:
        """Its clients."""
        return [self.simulation.clients[name] for name in self.copy.names.values()]

    @property
    def stays(self) -> dict[str, str]:
        """At the system of which domain each of its MC service IDs is away, as it was told.

        Nothing is said while it is in a call, or after one that did not end as it should.
        """
        if self._untold or not self._ended_well:
            return {}
        systems = self.simulation.topology.systems
        found: dict[str, str] = {}
        for client in self.clients:
            places = {each.place for each in self.clients if each.mc_id == client.mc_id}
            if len(places) == 1:
                found[client.mc_id] = systems[client.place].domain
        return {mc_id: domain for mc_id, domain in found.items() if domain != domain_of(mc_id)}

    async def run_once(self, due: float | None = None) -> bool:
        """Run the steps of the scenario once; tell whether all ended as they should.

        A call ends with the first step that does not. Expectations of messages and records are
        judged in the first call of a user who has a trace: they say what comes of a user who was
        never seen before; what they take is not counted. A user whose reset has failed goes home
        before its next call, and makes none where that fails again. Cancelled, the call is told to
        nobody: whoever cancels it breaks it off.

        Args:
            due: when the call was due, on the clock of the loop; None: now.
        """
        now = self.simulation.env.clock.now
        self._due = now() if due is None else due
        self._untold, self._ended_well = True, False
        self.runs += 1
        if self.trace is not None and self.sample is not None and self.sample.is_full:
            self.sample.let_go(self.trace)
            self.trace = None
        for client in self.clients:
            client.forget()
        stranded = await self._go_home() if self.reset else NO_FAILURE
        self.began_away += any(client.place != client.system.name for client in self.clients)
        if stranded.kind is None:
            failure, taken_s = await self._run_steps()
        else:
            failure, taken_s = stranded, now() - self._due
        self._tell(CALL, taken_s, failure)
        self._untold, self._ended_well = False, failure.kind is None
        if self.reset and stranded.kind is None:
            await self._go_home()
        return failure.kind is None

    def break_off(self, failure: Failure) -> None:
        """Tell that what it does has failed, and with it the call, unless that is told already."""
        late_s = self.simulation.env.clock.now() - self._due
        self._tell(self.doing or NOWHERE, late_s, failure)
        if self._untold:
            self._tell(CALL, late_s, failure)
        self._untold, self.doing = False, ""

    def _tell(self, step: str, latency_s: float, failure: Failure) -> None:
        now = self.simulation.env.clock.now()
        after_ok = step == RESET and self._ended_well and not self._untold
        event = StepEvent(self.number, step, now, latency_s, *failure, after_ok)
        self.listener.on_event(event)

    async def _run_steps(self) -> tuple[Failure, float]:
        """Run the steps; return how the call failed, if it did, and how long it took in seconds."""
        now = self.simulation.env.clock.now
        context = self._context()
        words = self.copy.words
        failure, began, taken_s = NO_FAILURE, self._due, 0.0
        for planned in self.plan.steps:
            if planned.judged and (self.trace is None or self.runs > 1):
                continue
            self.doing = planned.name
            failure = await _perform(step_for(planned.step, words), context)
            answered = now() if context.answered_at is None else context.answered_at
            latency_s = max(0.0, answered - began)
            if not planned.judged:
                taken_s += latency_s
            if not planned.judged or failure.kind is not None:
                self._tell(planned.name, latency_s, failure)
            began = now()
            if failure.kind is not None:
                break
        self.doing = ""
        return failure, taken_s

    async def _go_home(self) -> Failure:
        """Let all clients be where they were before the first call: at home, and in no call."""
        away = [client for client in self.clients if not _is_home(client)]
        if not away:
            return NO_FAILURE
        began = self.simulation.env.clock.now()
        self.doing = RESET
        failures = [await guarded(client.name, _return(client)) for client in away]
        failure = next((each for each in failures if each.kind is not None), NO_FAILURE)
        self._tell(RESET, self.simulation.env.clock.now() - began, failure)
        self.doing = ""
        return failure

    def _context(self) -> StepContext:
        """Return what the steps of one call work with."""
        trace = (
            Trace(began_at=self.simulation.env.clock.now()) if self.trace is None else self.trace
        )
        context = StepContext(self.simulation, trace, self.plan.scenario, settle_s=self.settle_s)
        context.window = trace.newest
        return context


async def _perform(step: AnyStep, context: StepContext) -> Failure:
    """Perform a step; return how it failed, if it did."""
    context.findings, context.error, context.answered_at = [], None, None

    async def judged() -> Failure:
        await step.perform(context)
        worst = max(context.findings, key=lambda finding: finding.verdict.rank, default=None)
        if worst is None or worst.verdict.rank <= Verdict.PASS.rank:
            return NO_FAILURE
        if step.verb.startswith(EXPECTATIONS):
            return Failure(UNEXPECTED, Kind.UNEXPECTED, worst.render())
        return failure_of(worst, step.title, context.error)

    return await guarded(step.title, judged())


def _is_home(client: Client) -> bool:
    return not client.calls.in_call and client.place == client.system.name


async def _return(client: Client) -> Failure:
    """Let a client leave its call and go home; return how that failed, if it did."""
    if client.calls.in_call:
        await client.calls.hang_up()
    if client.place == client.system.name:
        return NO_FAILURE
    outcome = await client.return_home()
    if outcome.result == "success":
        return NO_FAILURE
    told = describe_outcome(replace(outcome, text=""), client.env.topology)
    return Failure(told, kind_of_text(told), f"{client.name}: {outcome.text or told}")
