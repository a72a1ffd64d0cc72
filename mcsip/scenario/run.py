"""Running one scenario: nodes up, steps in order, nodes down, a result.

A step that fails does not end the scenario at once: expectations after it are still judged, because
they tell what happened instead. After an error or an inconclusive step nothing more is run.
"""

import asyncio
import logging
import random
import signal
import time
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Protocol, TypeVar

from mcsip.errors import BeyondError, McsipError
from mcsip.migration.records import DEFAULT_LIMITS
from mcsip.net.clock import Clock, running_clock
from mcsip.net.network import Network
from mcsip.net.virtual import run_real, run_virtual
from mcsip.nodes.briefing import briefing
from mcsip.nodes.environment import PENDING_TIMEOUT_S
from mcsip.nodes.simulation import Simulation
from mcsip.scenario.context import ACT_S, SETTLE_S, SETTLE_VIRTUAL_S, StepContext, place_of
from mcsip.scenario.load import Scenario
from mcsip.scenario.model import FaultOptions, RunOptions
from mcsip.scenario.result import Finding, ScenarioResult, StepResult, Verdict, add_step
from mcsip.scenario.steps.registry import AnyStep
from mcsip.sip.timers import Timers
from mcsip.trace import Trace

__all__ = ["Observer", "Run", "StepContext", "run_scenario", "simulation_of", "timers"]

log = logging.getLogger(__name__)
T = TypeVar("T")

MEMORY = "memory"
#: What expectations wait once a step has failed, as a part of the usual time [ours].
_SETTLE_AFTER_FAILURE = 0.1


class Observer(Protocol):
    """Is told how a run goes on."""

    def on_step(self, scenario: Scenario, step: AnyStep) -> None:
        """Hear that a step begins."""
        ...

    def on_step_done(self, scenario: Scenario, result: StepResult) -> None:
        """Hear what came of a step."""
        ...

    def on_notice(self, text: str) -> None:
        """Hear what the user must know while it runs: where others are, what to do on them."""
        ...


@dataclass(frozen=True, slots=True)
class Run:
    """What is left of a run.

    Attributes:
        result: the verdict, and what it stands on.
        trace: what happened.
        timed_out: whether the time for the whole run was over before it was complete.
        logs: what programs of another make have logged, by node; without secrets.
    """

    result: ScenarioResult
    trace: Trace
    timed_out: bool = False
    logs: Mapping[str, str] = field(default_factory=dict)


def run_scenario(
    scenario: Scenario,
    *,
    seed: int,
    data_dir: Path | None = None,
    observer: Observer | None = None,
    deadline: float | None = None,
) -> Run:
    """Run a scenario to its end.

    Args:
        scenario: the scenario, with its options.
        seed: seed of everything random.
        data_dir: where servers keep their records; in memory when None.
        observer: is told how it goes on.
        deadline: real monotonic time at which the run is given up, or None.
    """
    runner = _Runner(scenario, seed, data_dir, observer)
    began = time.monotonic()
    run: Callable[[Coroutine[object, object, bool]], bool]
    run = run_virtual if scenario.options.network == MEMORY else run_real
    timed_out = False
    try:
        timed_out = run(_with_deadline(runner.run(), deadline))
    except McsipError as error:
        runner.fail(str(error))
    result = replace(runner.result, elapsed_s=time.monotonic() - began)
    if timed_out:
        result = replace(
            result,
            verdict=result.verdict.worsen(Verdict.INCONC),
            reason=result.reason or f"the time for the whole run was over{runner.where}",
        )
    return Run(runner.finished(result), runner.trace, timed_out, runner.logs)


async def _with_deadline(main: Coroutine[object, object, None], deadline: float | None) -> bool:
    """Run ``main``; give it up at a moment of real time, and tell whether that was so.

    An alarm of the operating system counts real time, which a loop of virtual time cannot.
    """
    if deadline is None:
        await main
        return False
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(main)
    late = False

    def on_alarm(_number: int, _frame: FrameType | None) -> None:
        nonlocal late
        late = True
        loop.call_soon_threadsafe(task.cancel)

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, max(0.001, deadline - time.monotonic()))
    try:
        await task
    except asyncio.CancelledError:
        if not late:
            raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return late


class _Runner:
    """Runs one scenario within an event loop."""

    def __init__(
        self, scenario: Scenario, seed: int, data_dir: Path | None, observer: Observer | None
    ) -> None:
        options = scenario.options
        self.scenario = scenario
        self.seed = seed
        self.data_dir = data_dir
        self.observer = observer
        self.trace = Trace()
        self.logs: Mapping[str, str] = {}
        self.doing = ""
        """The step that runs, with its place."""
        self.result = ScenarioResult(
            name=scenario.name,
            file=scenario.file,
            clauses=scenario.clauses,
            tags=scenario.tags,
            description=scenario.description,
            service=scenario.topology.service.key,
            transport=scenario.topology.transport.lower(),
            network=options.network or "loopback",
            seed=seed,
        )

    async def run(self) -> None:
        """Bring the nodes up, run the steps, take the nodes down."""
        clock = running_clock()
        self.trace = Trace(clock.wall(), began_at=clock.now())
        self.result = replace(self.result, started_at=clock.wall())
        options = self.scenario.options
        try:
            async with asyncio.timeout(options.timeout_s), AsyncExitStack() as stack:
                if options.durable and self.data_dir is None:
                    folder = stack.enter_context(TemporaryDirectory(prefix="mcsip-records-"))
                    self.data_dir = Path(folder)
                simulation = simulation_of(
                    self.scenario, self.seed, trace=self.trace, data_dir=self.data_dir
                )
                stack.callback(self._take_faults, simulation)  # after the nodes have stopped
                stack.push_async_callback(simulation.stop)
                await simulation.start()
                for line in briefing(simulation, self.seed):
                    self._notify(line)
                await self._run_steps(simulation, clock)
        except TimeoutError:
            self.fail(f"not complete after {options.timeout_s:g} s{self.where}")
        finally:
            duration_s = clock.now() - self.trace.began_at
            self.result = replace(self.result, duration_s=duration_s)

    def _notify(self, text: str) -> None:
        if self.observer is not None:
            self.observer.on_notice(text)

    @property
    def where(self) -> str:
        """The step that runs, as the end of a sentence; "" before the first."""
        return f", in the step: {self.doing}" if self.doing else ""

    def _take_faults(self, simulation: Simulation) -> None:
        """Take up what went wrong inside nodes: a crash is a verdict, never silence."""
        for fault in simulation.env.faults:
            self.fail(fault)
        self.logs = simulation.env.logs

    def fail(self, reason: str) -> None:
        """Note that the scenario could not be run."""
        if self.result.verdict is not Verdict.ERROR:
            self.result = replace(self.result, verdict=Verdict.ERROR, reason=reason)

    def finished(self, result: ScenarioResult) -> ScenarioResult:
        """Return the result with the steps that were not run."""
        missing = (
            StepResult(number, step.verb, step.title, place_of(step.position))
            for number, step in enumerate(self.scenario.steps, 1)
            if number > len(result.steps)
        )
        return replace(result, steps=(*result.steps, *missing))

    async def _run_steps(self, simulation: Simulation, clock: Clock) -> None:
        """Run the steps until one makes the rest pointless."""
        options = self.scenario.options
        usual_s = SETTLE_VIRTUAL_S if options.network == MEMORY else SETTLE_S
        context = StepContext(
            simulation,
            self.trace,
            self.scenario,
            settle_s=options.settle_s or usual_s,
            act_s=options.act_s or ACT_S,
            notify=self._notify,
        )
        for number, step in enumerate(self.scenario.steps, 1):
            verdict = self.result.verdict
            if verdict in {Verdict.ERROR, Verdict.INCONC}:
                break
            if verdict is Verdict.FAIL:
                if not step.verb.startswith("expect_"):
                    break
                context.settle_s = min(context.settle_s, usual_s * _SETTLE_AFTER_FAILURE)
            if self.observer is not None:
                self.observer.on_step(self.scenario, step)
            done = await self._run_step(context, number, step, clock)
            self.result = add_step(self.result, done)
            if self.observer is not None:
                self.observer.on_step_done(self.scenario, done)
        if self.result.verdict is Verdict.PASS:
            # What is still under way belongs to the run: a ladder without its last answer misleads.
            await context.settle(lambda: simulation.unanswered() == 0)

    async def _run_step(
        self, context: StepContext, number: int, step: AnyStep, clock: Clock
    ) -> StepResult:
        """Run one step."""
        context.findings = []
        self.doing = f"{place_of(step.position)}: {step.title}"
        began = clock.now()
        try:
            await step.perform(context)
        except BeyondError as error:
            context.judge(Verdict.INCONC, str(error), step.position)
        except McsipError as error:
            context.judge(Verdict.ERROR, str(error), step.position)
        except Exception as error:  # the border: a crash in a step is a verdict, never silence
            log.exception("%s: the step crashed", step.position)
            context.judge(
                Verdict.ERROR, f"the step crashed: {type(error).__name__}: {error}", step.position
            )
        findings: tuple[Finding, ...] = tuple(context.findings)
        return StepResult(
            number=number,
            verb=step.verb,
            title=step.title,
            place=place_of(step.position),
            verdict=Verdict.worst(finding.verdict for finding in findings),
            findings=findings,
            started_at=began - self.trace.began_at,
            duration_s=clock.now() - began,
        )


def simulation_of(
    scenario: Scenario,
    seed: int,
    *,
    trace: Trace | None,
    data_dir: Path | None = None,
    hosts: int = 0,
    apart: Collection[str] = (),
) -> Simulation:
    """Return the nodes and clients of a scenario's topology, not yet running.

    Where T1 is another than the usual one, so are all waits for an answer, in proportion.

    Args:
        scenario: the scenario, with its options.
        seed: seed of everything random.
        trace: where messages are recorded, or None.
        data_dir: where servers keep their records; in memory when None.
        hosts: how many endpoints the clients of a system share; see ``Simulation``.
        apart: names of the clients that have one of their own all the same.
    """
    options = scenario.options
    part = timers(options).t1 / Timers().t1
    return Simulation(
        scenario.topology,
        network=_network(options, seed),
        seed=seed,
        trace=trace,
        data_dir=data_dir,
        timers=timers(options),
        pending_timeout_s=options.pending_timeout_s or PENDING_TIMEOUT_S * part,
        client_timeout_s=options.client_timeout_s,
        retention_s=options.retention_s or DEFAULT_LIMITS.retention_s,
        confirmation_s=options.confirmation_s or DEFAULT_LIMITS.confirmation_s,
        hosts=hosts,
        apart=apart,
    )


def _network(options: RunOptions, seed: int) -> Network:
    """Return the network that the options ask for."""
    if options.network == MEMORY:
        from mcsip.net.faults import Faults
        from mcsip.net.memory import MemoryNetwork

        wanted = options.faults or FaultOptions()
        faults = Faults(wanted.loss, wanted.duplicate, wanted.reorder, wanted.delay_s)
        return MemoryNetwork(random.Random(f"network {seed}"), faults)  # noqa: S311
    from mcsip.net.sockets import SocketNetwork

    return SocketNetwork()


def timers(options: RunOptions) -> Timers:
    """Return the timers of RFC 3261 that the options ask for."""
    return Timers.of(options.t1_s, options.t2_s, options.t4_s)
