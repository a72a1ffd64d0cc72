"""A whole load: users and nodes up, calls, quiet, records and rules, a result.

After the calls, the run waits until nothing is owed between the systems, and holds their records
against each other. The messages of the users who were followed are judged by the conformance rules.
"""

import asyncio
import random
import resource
import signal
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mcsip.conformance.check import check_trace
from mcsip.conformance.result import CheckResult
from mcsip.conformance.views import DEFAULT_RELEASE, Release
from mcsip.load.crowd import Crowd, CrowdOptions
from mcsip.load.generator import Generator
from mcsip.load.pace import Pace
from mcsip.load.plan import Plan
from mcsip.load.statistics import Statistics
from mcsip.load.threshold import Crossing, Threshold, check_threshold
from mcsip.net.clock import running_clock
from mcsip.net.virtual import run_real, run_virtual
from mcsip.nodes.agreement import Agreement, Records, settled_agreement
from mcsip.nodes.briefing import briefing
from mcsip.scenario.run import MEMORY, timers
from mcsip.topology.copies import Copy
from mcsip.topology.injection import Order
from mcsip.trace import Trace

PROGRESS_S = 1.0
"""How often is told how it goes, in seconds [ours]."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to load, with whom, and how much.

    Attributes:
        plan: what each user does.
        copies: the users.
        pace: when calls are due.
        thresholds: what must hold.
        order: in which order users are taken.
        limit: how many calls may be under way; None: as many as there are users.
        grace_s: how long calls may take after the last one was due, in seconds.
        quiet_s: how long the systems may take to be done with each other afterwards, in seconds.
        databases: the databases of servers elsewhere, by the name of the server.
        release: the release that bodies of the sample are held against.
        options: how users are made.
    """

    plan: Plan
    copies: tuple[Copy, ...]
    pace: Pace
    thresholds: tuple[Threshold, ...] = ()
    order: Order = Order.SEQUENTIAL
    limit: int | None = None
    grace_s: float = 10.0
    quiet_s: float = 40.0
    databases: Mapping[str, Path | str] = field(default_factory=dict)
    release: Release = DEFAULT_RELEASE
    options: CrowdOptions = field(default_factory=CrowdOptions)


@dataclass(frozen=True, slots=True)
class Sampled:
    """What the conformance rules say of the messages that were kept.

    Attributes:
        users: how many users were followed.
        check: what came of the rules.
        trace: the messages.
    """

    users: int
    check: CheckResult
    trace: Trace

    @property
    def broken(self) -> list[str]:
        """The rules that are broken and count, with how often: ``rfc3261/8.1.1.7-branch: 3``."""
        return [
            f"{each.rule.id}: {each.broken}"
            for each in self.check.rules
            if each.verdict() == "fail"
        ]


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What came of a load.

    Attributes:
        job: what was asked for.
        statistics: what was counted.
        crossings: what came of each threshold.
        agreement: whether the records of the systems agree.
        sampled: what the rules say of the sample, or None where nobody was followed.
        faults: what was wrong inside nodes of ours, one line each.
        interrupted: whether the user ended it early.
        started_at: when it began, in seconds since the epoch.
        duration_s: how long calls were due, in seconds of the run's clock.
        elapsed_s: how long the calls took in all, in seconds of real time.
        cpu_s: CPU time of this process meanwhile, in seconds.
        memory_octets: the most memory that this process has had.
    """

    job: Job
    statistics: Statistics
    crossings: tuple[Crossing, ...]
    agreement: Agreement
    sampled: Sampled | None = None
    faults: tuple[str, ...] = ()
    interrupted: bool = False
    started_at: float = 0.0
    duration_s: float = 0.0
    elapsed_s: float = 0.0
    cpu_s: float = 0.0
    memory_octets: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How a load goes on.

    Attributes:
        elapsed_s: for how long calls have been due, in seconds.
        pace: when calls are due.
        statistics: what was counted so far.
        ending: whether no more calls are made.
    """

    elapsed_s: float
    pace: Pace
    statistics: Statistics
    ending: bool


class Observer:
    """Is told how a load goes on; this one does nothing with it."""

    def on_progress(self, progress: Progress) -> None:
        """Hear how it goes, about every second of real time."""

    def on_notice(self, text: str) -> None:
        """Hear what the user must know meanwhile."""


def run_load(job: Job, observer: Observer | None = None) -> LoadResult:
    """Run a load to its end, or until it is interrupted.

    Args:
        job: what to do.
        observer: is told how it goes.

    Raises:
        McsipError: the nodes cannot be started, or records not be read.
    """
    run: Callable[[Coroutine[object, object, LoadResult]], LoadResult]
    run = run_virtual if job.plan.scenario.options.network == MEMORY else run_real
    return run(_run(job, observer or Observer()))


async def _run(job: Job, observer: Observer) -> LoadResult:
    clock = running_clock()
    statistics = Statistics(job.plan.driven)
    crowd = Crowd(job.plan, job.copies, statistics, job.options)
    generator = Generator(
        crowd.users,
        job.pace,
        statistics,
        clock,
        limit=job.limit,
        grace_s=job.grace_s,
        rng=_rng(job),
    )
    records = Records(crowd.simulation, job.databases)
    try:
        await crowd.start()
        for line in briefing(crowd.simulation, job.options.seed):
            observer.on_notice(line)
        started_at, began, cpu = clock.wall(), time.monotonic(), time.process_time()
        interrupted = await _generate(generator, statistics, job.pace, observer)
        elapsed_s, cpu_s = time.monotonic() - began, time.process_time() - cpu
        agreement = await settled_agreement(records, job.quiet_s)
    finally:
        await crowd.stop()
    duration_s = generator.elapsed_s
    return LoadResult(
        job,
        statistics,
        tuple(check_threshold(each, statistics, duration_s) for each in job.thresholds),
        agreement,
        _judge_sample(job, crowd),
        tuple(crowd.simulation.env.faults),
        interrupted,
        started_at,
        duration_s,
        elapsed_s,
        cpu_s,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


def _rng(job: Job) -> random.Random | None:
    """Return what users are chosen with, where they are taken at random."""
    if job.order is not Order.RANDOM:
        return None
    return random.Random(f"{job.options.seed} users")  # noqa: S311  # a load repeats from its seed


async def _generate(
    generator: Generator, statistics: Statistics, pace: Pace, observer: Observer
) -> bool:
    """Make the calls; return whether the user has ended them early by SIGINT."""
    interrupted = False

    def on_interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        generator.end()

    async def tell() -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(PROGRESS_S)
            if time.monotonic() - last >= PROGRESS_S / 2:  # in virtual time seconds pass in no time
                last = time.monotonic()
                ending = interrupted or bool(generator.ended_at)
                observer.on_progress(Progress(generator.elapsed_s, pace, statistics, ending))

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, on_interrupt)
    telling = asyncio.ensure_future(tell())
    try:
        await generator.run()
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    return interrupted


def _judge_sample(job: Job, crowd: Crowd) -> Sampled | None:
    """Let the conformance rules look at the messages that were kept."""
    if crowd.sample is None:
        return None
    check = check_trace(
        crowd.sample,
        release=job.release,
        timers=timers(job.plan.scenario.options),
        source=job.plan.scenario.name,
    )
    return Sampled(crowd.followed, check, crowd.sample)
