"""After a load by Locust: the records of all systems are held against each other.

That is what ``mcsip load`` does after each load; here the master does it, or the one process.
"""

from collections.abc import Coroutine
from typing import TypeVar

from mcsip.load.databases import parse_databases
from mcsip.load.locust_job import LocustOptions
from mcsip.load.native_loop import NativeLoop
from mcsip.load.plan import Plan
from mcsip.nodes.agreement import Agree, Agreement, Records, settled_agreement
from mcsip.scenario.run import simulation_of

T = TypeVar("T")

EXIT_FAIL, EXIT_ERROR = 1, 4
"""Exit codes, as those of ``mcsip``."""


def check_records(plan: Plan, options: LocustOptions) -> None:
    """Check that the records can be read.

    Args:
        plan: what users do, at nodes that all run elsewhere.
        options: what was asked for.

    Raises:
        MissingToolError: psycopg is needed and not installed.
        StoreError: a database cannot be read.
        UsageError: the URL of a database is none.
    """

    async def check() -> None:
        _records(plan, options).check()

    _run(check())


def compare_records(plan: Plan, options: LocustOptions) -> Agreement:
    """Return whether the records of all systems agree, once nothing is owed any more.

    Args:
        plan: what the users did, at nodes that all run elsewhere.
        options: what was asked for.
    """

    async def compare() -> Agreement:
        return await settled_agreement(_records(plan, options), options.quiet_s)

    return _run(compare())


def _records(plan: Plan, options: LocustOptions) -> Records:
    simulation = simulation_of(plan.scenario, options.key_seed, trace=None)  # it is not started
    return Records(simulation, parse_databases(options.records, plan.scenario.topology))


def _run(work: Coroutine[object, object, T]) -> T:
    loop = NativeLoop()
    try:
        return loop.run(work)
    finally:
        loop.close()


def exit_code_of(agreement: Agreement) -> int | None:
    """Return the exit code that records mean, or None where Locust's own stays."""
    match agreement.verdict:
        case Agree.NO:
            return EXIT_FAIL
        case Agree.OPEN | Agree.ERROR:
            return EXIT_ERROR
        case Agree.YES | Agree.UNKNOWN:
            return None
