"""Loads for tests: scenarios in memory, jobs, and users who do what they are told."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mcsip.load.crowd import CrowdOptions
from mcsip.load.failure import NO_FAILURE, OK, Failure, Kind
from mcsip.load.pace import Pace, steady
from mcsip.load.plan import Plan, make_plan
from mcsip.load.run import Job, LoadResult, run_load
from mcsip.load.statistics import Statistics
from mcsip.load.threshold import parse_threshold
from mcsip.load.user import CALL, RESET, StepEvent
from mcsip.resources import scenarios_dir
from mcsip.scenario.load import Scenario, load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.topology.copies import numbered_copies

MEMORY = RunOptions(network="memory")


def shipped(name: str, over: RunOptions = MEMORY) -> Scenario:
    """Return a shipped scenario, as it runs in memory."""
    return load_scenario(scenarios_dir() / f"{name}.yaml", name=f"{name}.yaml", over=over)


def written(folder: Path, steps: str, topology: str = "two-systems", **over: Any) -> Scenario:
    """Return a scenario with steps of its own, on a shipped topology."""
    path = folder / "own.yaml"
    where = scenarios_dir() / "topologies" / f"{topology}.yaml"
    path.write_text(f"name: Own\ntopology: {where}\nsteps:\n{steps}", encoding="utf-8")
    return load_scenario(path, name="own.yaml", over=RunOptions(network="memory", **over))


def job(
    scenario: Scenario | str = "authorization/success",
    *,
    users: int = 5,
    rate: float = 10.0,
    duration_s: float = 2.0,
    thresholds: Sequence[str] = (),
    sample_every: int = 0,
    seed: int = 1,
    reset: bool = True,
    **more: Any,
) -> Job:
    """Return a job in memory."""
    scenario = shipped(scenario) if isinstance(scenario, str) else scenario
    plan = make_plan(scenario)
    return Job(
        plan,
        tuple(numbered_copies(scenario.topology, users)),
        Pace(steady(rate, duration_s)),
        tuple(parse_threshold(text, plan.driven) for text in thresholds),
        options=CrowdOptions(seed, sample_every=sample_every, settle_s=120.0, reset=reset),
        **more,
    )


def loaded(*args: Any, **options: Any) -> LoadResult:
    """Return what comes of a job in memory; see ``job``."""
    return run_load(job(*args, **options))


def plan_of(name: str = "authorization/success") -> Plan:
    return make_plan(shipped(name))


class Told:
    """A user who does what it is told, in virtual time.

    Args:
        number: its number.
        statistics: hears of its calls.
        takes_s: how long a call takes that begins at a time.
        reset_s: how long its way home takes after each call; 0: it has none.
    """

    def __init__(
        self,
        number: int,
        statistics: Statistics,
        takes_s: Mapping[int, float],
        reset_s: float = 0.0,
    ) -> None:
        self.number = number
        self.doing = ""
        self._statistics = statistics
        self._takes_s = takes_s
        self._reset_s = reset_s
        self._due = 0.0
        self._untold = False
        self.begun: list[tuple[float, float]] = []

    async def run_once(self, due: float | None = None) -> bool:
        loop = asyncio.get_running_loop()
        assert due is not None
        self.begun.append((due, loop.time()))
        self._due, self._untold, self.doing = due, True, "migrate"
        await self.migrate(due)
        for step in ("migrate", CALL):
            self._tell(step)
        self._untold, self.doing = False, ""
        if self._reset_s:
            self.doing = RESET
            await self.go_home()
            self._tell(RESET)
            self.doing = ""
        return True

    async def migrate(self, due: float) -> None:
        await asyncio.sleep(self._takes_s.get(int(due + 1e-9), self._takes_s.get(-1, 0.0)))

    async def go_home(self) -> None:
        await asyncio.sleep(self._reset_s)

    def break_off(self, failure: Failure) -> None:
        self._tell(self.doing, failure)
        if self._untold:
            self._tell(CALL, failure)

    def _tell(self, step: str, failure: Failure = NO_FAILURE) -> None:
        now = asyncio.get_running_loop().time()
        after_ok = step == RESET and not self._untold
        event = StepEvent(self.number, step, now, now - self._due, *failure, after_ok)
        self._statistics.on_event(event)


def event(
    step: str = "migrate",
    latency_s: float = 0.1,
    outcome: str = OK,
    kind: Kind | None = None,
    detail: str = "",
) -> StepEvent:
    return StepEvent(1, step, 0.0, latency_s, outcome, kind, detail)


def counted(
    statistics: Statistics, ok: int = 0, failed: int = 0, kind: Kind = Kind.NO_ANSWER
) -> None:
    """Count so many calls, all of whose steps but migrate do not matter."""
    for number in range(ok + failed):
        statistics.on_due()
        statistics.on_begun(0.001)
        outcome = OK if number < ok else "result: failed, reason: no-answer"
        said = None if number < ok else kind
        for step in ("migrate", CALL):
            statistics.on_event(event(step, 0.01 * (number + 1), outcome, said, "why"))
        statistics.on_ended()


def replace_plan(result: LoadResult, plan: Plan) -> LoadResult:
    """Return a result as if it had been one of another plan."""
    return replace(result, job=replace(result.job, plan=plan))
