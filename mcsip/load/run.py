"""A whole load: users and nodes up, calls, quiet, records and rules, a result.

After the calls, the run waits until nothing is owed between the systems, and holds their records
against each other. The messages of the users who were followed are judged by the conformance rules.
Once calls were made there is a result, whatever fails after them: a load takes long, and is to be
told of.
"""

import asyncio
import logging
import math
import random
import resource
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from mcsip.conformance.check import check_trace
from mcsip.conformance.result import CheckResult
from mcsip.conformance.views import DEFAULT_RELEASE, Release
from mcsip.load.crowd import Crowd, CrowdOptions
from mcsip.load.generator import Generator
from mcsip.load.interruption import Interruption
from mcsip.load.pace import Pace
from mcsip.load.plan import Plan
from mcsip.load.progress import Observer, Progress, Settling
from mcsip.load.statistics import Statistics
from mcsip.load.threshold import Crossing, Threshold, check_threshold
from mcsip.mc.identity import canonical_id
from mcsip.migration.agreement import Disagreement
from mcsip.net.clock import running_clock
from mcsip.net.virtual import run_real, run_virtual
from mcsip.nodes.agreement import MAX_TOLD, Agree, Agreement, Records, settled_agreement
from mcsip.nodes.briefing import briefing
from mcsip.scenario.run import MEMORY, timers
from mcsip.topology.copies import Copy
from mcsip.topology.injection import Order
from mcsip.trace import Trace

log = logging.getLogger(__name__)

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
        grace_s: how long calls may take after the last one began, in seconds.
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
        users: how many users were followed, and had a message.
        cut: how many users were followed no further, or not at all, because enough was kept.
        check: what came of the rules.
        trace: the messages.
    """

    users: int
    cut: int
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
        interrupted: whether a signal ended it early.
        started_at: when it began, in seconds since the epoch.
        duration_s: how long calls were due, in seconds of the run's clock.
        elapsed_s: how long the calls took in all, in seconds of real time.
        cpu_s: CPU time of this process meanwhile, in seconds.
        began_away: how many calls began with a client that was not at home.
        away_before: how many of the users were away since an earlier run.
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
    began_away: int = 0
    away_before: int = 0


def run_load(
    job: Job, observer: Observer | None = None, interruption: Interruption | None = None
) -> LoadResult:
    """Run a load to its end, or until it is interrupted.

    Args:
        job: what to do.
        observer: is told how it goes.
        interruption: listens to signals that end it; None: nothing does.

    Raises:
        McsipError: the nodes cannot be started, or records not be read before anything is begun.
        KeyboardInterrupt: a signal came before the first call.
    """
    load = _Load(job, observer or Observer(), interruption or Interruption())
    run: Callable[[Coroutine[object, object, LoadResult]], LoadResult]
    run = run_virtual if job.plan.scenario.options.network == MEMORY else run_real
    return run(load.run())


class _Load:
    """A load within an event loop."""

    def __init__(self, job: Job, observer: Observer, interruption: Interruption) -> None:
        self._job = job
        self._observer = observer
        self._interruption = interruption
        self._faults: list[str] = []
        """What went wrong once calls were made."""
        self._away_before = 0

    async def run(self) -> LoadResult:
        """Bring users and nodes up, make the calls, look at what came of them."""
        job, clock = self._job, running_clock()
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
            records.check()
            await crowd.start()
            self._tell_before(crowd, records)
            started_at, began, cpu = clock.wall(), time.monotonic(), time.process_time()
            await self._generate(generator, statistics)
            elapsed_s, cpu_s = time.monotonic() - began, time.process_time() - cpu
            agreement = self._with_stays(await self._settle(records), records, crowd)
        finally:
            self._interruption.ends(_nothing)
            with self._guard("the nodes could not be stopped"):
                await crowd.stop()
        duration_s = generator.elapsed_s
        sampled = None
        with self._guard("the rules could not be asked"):
            sampled = _judge_sample(job, crowd)
        return LoadResult(
            job,
            statistics,
            tuple(check_threshold(each, statistics, duration_s) for each in job.thresholds),
            agreement,
            sampled,
            (*crowd.simulation.env.faults, *self._faults),
            self._interruption.count > 0,
            started_at,
            duration_s,
            elapsed_s,
            cpu_s,
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            sum(user.began_away for user in crowd.users),
            self._away_before,
        )

    def _tell_before(self, crowd: Crowd, records: Records) -> None:
        """Say what is to be known before the first call."""
        # where no node is ours, nobody elsewhere has to be told of one
        tell = self._observer.on_notice if crowd.simulation.nodes else self._observer.on_detail
        for line in briefing(crowd.simulation, self._job.options.seed):
            tell(line)
        idle_s, pace, count = self._job.plan.idle_s, self._job.pace, len(self._job.copies)
        if pace.peak_rate * idle_s >= count and pace.expected_calls > count:
            self._observer.on_notice(
                f"each call lets {idle_s:g} s pass: at {pace.peak_rate:g}/s it takes more than"
                f" {math.ceil(pace.peak_rate * idle_s)} users (-n)"
            )
        users = {canonical_id(mc_id) for copy in self._job.copies for mc_id in copy.ids.values()}
        away = records.away(users)
        self._away_before = len(away)
        if away:
            who = f"{len(away)} users of the load are" if len(away) > 1 else f"{min(away)} is"
            self._observer.on_notice(
                f"{who} away since an earlier run: what their first calls do is another procedure;"
                " begin with new records, or let them return home before"
            )

    async def _generate(self, generator: Generator, statistics: Statistics) -> None:
        """Make the calls."""
        interruption, pace = self._interruption, self._job.pace

        async def tell() -> None:
            last, before_s, begun = time.monotonic(), 0.0, 0
            while True:
                await asyncio.sleep(PROGRESS_S)
                if time.monotonic() - last < PROGRESS_S / 2:  # virtual seconds pass in no time
                    continue
                last = time.monotonic()
                ending = interruption.count > 0 or bool(generator.ended_at)
                now_s = generator.elapsed_s
                due_rate = pace.mean_rate(before_s, now_s)
                rate = (statistics.begun - begun) / max(1e-9, now_s - before_s)
                late = 0 if ending else max(0, int(pace.calls_until(now_s)) - statistics.due)
                before_s, begun = now_s, statistics.begun
                told = Progress(now_s, statistics, due_rate, rate, late, ending)
                self._observer.on_progress(told)

        loop = asyncio.get_running_loop()
        interruption.ends(lambda: loop.call_soon_threadsafe(generator.end))
        telling = asyncio.ensure_future(tell())
        try:
            await generator.run()
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _settle(self, records: Records) -> Agreement:
        """Wait until the records agree, or long enough, or until it is interrupted."""
        loop, enough, within_s = asyncio.get_running_loop(), asyncio.Event(), self._job.quiet_s
        self._interruption.ends(lambda: loop.call_soon_threadsafe(enough.set))
        began, last = loop.time(), time.monotonic()

        def tell(found: Agreement) -> None:
            nonlocal last
            if time.monotonic() - last < PROGRESS_S:
                return
            last = time.monotonic()
            users = len(found.found) + found.more or found.waiting
            reason = found.reason if found.verdict is Agree.ERROR else ""
            self._observer.on_settling(Settling(loop.time() - began, within_s, users, reason))

        try:
            return await settled_agreement(records, within_s, enough=enough, tell=tell)
        except Exception as error:  # the border: the calls were made, and are to be told of
            log.exception("the records could not be compared")
            return Agreement(Agree.ERROR, reason=f"{type(error).__name__}: {error}")

    def _with_stays(self, agreement: Agreement, records: Records, crowd: Crowd) -> Agreement:
        """Hold records that agree with each other also against what the users were told.

        The databases of another run agree too, and so do those of servers that forget everybody.
        """
        if agreement.verdict is not Agree.YES:
            return agreement
        stays = {mc_id: domain for user in crowd.users for mc_id, domain in user.stays.items()}
        found: list[Disagreement] = []
        with self._guard("the records could not be compared with the users"):
            found = records.unserved(stays)
        if not found:
            return agreement
        told, more = tuple(found[:MAX_TOLD]), len(found[MAX_TOLD:])
        return replace(agreement, verdict=Agree.NO, found=told, more=more)

    @contextmanager
    def _guard(self, what: str) -> Iterator[None]:
        """Note what goes wrong once calls were made, and go on: there is something to report."""
        try:
            yield
        except Exception as error:  # the border: nothing may cost the report
            log.exception("%s", what)
            self._faults.append(f"{what}: {type(error).__name__}: {error}")


def _nothing() -> None:
    """Do nothing: what runs now is short, and a signal changes nothing about it."""


def _rng(job: Job) -> random.Random | None:
    """Return what users are chosen with, where they are taken at random."""
    if job.order is not Order.RANDOM:
        return None
    return random.Random(f"{job.options.seed} users")  # noqa: S311  # a load repeats from its seed


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
    return Sampled(crowd.sample.seen, crowd.sample.cut, check, crowd.sample)
