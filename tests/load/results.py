"""Results of loads for the tests of reports: alike in every run but for what is real time."""

from dataclasses import replace
from functools import cache
from typing import Any

from mcsip.load.run import LoadResult
from mcsip.nodes.agreement import Agree, Agreement

from .world import loaded

THRESHOLDS = ("p95(migrate)<200ms", "p99(total)<1us", "failures<1%", "rate>=99%")


@cache
def good() -> LoadResult:
    """A load that works, with a threshold that is missed."""
    return steadied(
        loaded(users=4, rate=4.0, duration_s=5.0, sample_every=2, thresholds=THRESHOLDS)
    )


@cache
def bad() -> LoadResult:
    """A load with one user too few, who is refused."""
    name = "authorization/refused-profile-not-permitted"
    job_result = loaded(name, users=1, rate=200.0, duration_s=1.0, thresholds=("failures<1%",))
    return steadied(job_result)


def steadied(result: LoadResult) -> LoadResult:
    """Return a result without what differs from run to run."""
    return replace(result, elapsed_s=5.0, cpu_s=1.0, memory_octets=64 * 1024 * 1024)


def with_records(result: LoadResult, verdict: Agree, **more: Any) -> LoadResult:
    return replace(result, agreement=Agreement(verdict, **more))
