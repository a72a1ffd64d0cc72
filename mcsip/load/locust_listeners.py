"""What Locust tells a process of a load: which arguments there are, that a test begins or ends.

The master checks what was asked for before anything starts, and tells its workers how many users
each has. A worker makes its users when a test starts, and ends them when it stops; one that comes
while a test runs hears of the test even before Locust's runner is there.

This module is loaded in Locust's processes only: importing Locust changes the standard library.
"""

import logging
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import gevent
from gevent.hub import get_hub
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.event import Events
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from mcsip.errors import FileError, McsipError, UsageError
from mcsip.load.locust_job import LocustOptions, locust_plan, share
from mcsip.load.locust_records import check_records, compare_records, exit_code_of
from mcsip.load.locust_user import LocustCrowd, McsipUser
from mcsip.load.plan import Plan
from mcsip.load.text import agreement_lines
from mcsip.mc.services import SERVICES
from mcsip.net.process import tune_garbage_collector

log = logging.getLogger(__name__)

EXIT_USAGE, EXIT_FILE, EXIT_ERROR = 2, 3, 4
"""Exit codes of a process that cannot do what it was asked for, as those of ``mcsip``."""
BLOCK = "mcsip_block"
"""The option by which the master tells its workers how many users each has."""
BEGUN, COMPARES = "mcsip_begun", "mcsip_compares"
"""The options by which a process remembers that there was a load, and that records are compared."""
LOOK_S = 0.01
"""How often a worker looks whether its runner is there, in seconds [ours]."""


class _Hook(Protocol):
    """One of Locust's events, as it is used here."""

    def add_listener(self, handler: Callable[..., None]) -> object: ...


def add_listeners(events: Events) -> None:
    """Let a process of Locust know our arguments, and make and end its users."""
    _add(events.init_command_line_parser, add_arguments)
    _add(events.init, check_arguments)
    _add(events.test_start, start_crowd)
    _add(events.test_stop, stop_crowd)
    _add(events.quitting, judge_records)


def _add(hook: _Hook, listener: Callable[..., None]) -> None:
    hook.add_listener(listener)


def add_arguments(parser: LocustArgumentParser) -> None:
    """Add our arguments to Locust's; the master hands them to its workers."""
    group = parser.add_argument_group("mcsip")
    group.add_argument(
        "--scenario",
        env_var="LOCUST_SCENARIO",
        help="Scenario file whose clients become the users",
    )
    group.add_argument(
        "--users-file",
        env_var="LOCUST_USERS_FILE",
        help="The users, in SIPp's injection format (generated if absent)",
    )
    group.add_argument(
        "--users-per-worker",
        type=int,
        default=0,
        env_var="LOCUST_USERS_PER_WORKER",
        help="Users that each worker has to itself (--users by the number of workers if absent)",
    )
    group.add_argument(
        "--pace",
        type=float,
        default=1.0,
        env_var="LOCUST_PACE",
        help="Seconds between two calls of a user (1)",
    )
    group.add_argument(
        "--key-seed",
        type=int,
        default=0,
        env_var="LOCUST_KEY_SEED",
        help="What keys are made from: that of 'mcsip serve --seed' (0)",
    )
    group.add_argument(
        "--transport",
        choices=("udp", "tcp", "tls"),
        env_var="LOCUST_TRANSPORT",
        help="Instead of the topology's",
    )
    group.add_argument(
        "--service",
        choices=tuple(SERVICES),
        env_var="LOCUST_SERVICE",
        help="MC service, instead of the topology's",
    )
    group.add_argument(
        "--records",
        action="append",
        metavar="NODE=DATABASE",
        env_var="LOCUST_RECORDS",
        help="Database of a server, to compare the records of all systems afterwards; may be "
        "repeated (registries that the topology names are read anyway)",
    )
    group.add_argument(
        "--quiet-within",
        type=float,
        default=40.0,
        env_var="LOCUST_QUIET_WITHIN",
        help="Seconds that the systems may take to be done with each other before that (40)",
    )


def options_of(parsed: Namespace | None) -> LocustOptions:
    """Return what was asked for.

    Raises:
        UsageError: no scenario is named.
    """
    scenario = getattr(parsed, "scenario", None)
    if parsed is None or not scenario:
        raise UsageError("which scenario? Name one with --scenario or LOCUST_SCENARIO")
    return LocustOptions(
        Path(scenario),
        Path(parsed.users_file) if parsed.users_file else None,
        parsed.users_per_worker,
        parsed.pace,
        parsed.key_seed,
        parsed.transport or None,
        parsed.service or None,
        tuple(parsed.records or ()),
        parsed.quiet_within,
    )


def check_arguments(environment: Environment, **_: object) -> None:
    """Refuse what cannot be done before anything starts; workers hear it from the master."""
    if isinstance(environment.runner, WorkerRunner):
        return
    try:
        options = options_of(environment.parsed_options)
        plan = locust_plan(options)
        _check_records(plan, options, environment.parsed_options)
    except McsipError as error:
        log.error("%s", error)  # noqa: TRY400  # for people: the trace says nothing more
        raise SystemExit(_exit_code(error)) from error
    # gevent still has the time of before our imports, and would count --run-time from then.
    get_hub().loop.update_now()


def _check_records(plan: Plan, options: LocustOptions, parsed: Namespace | None) -> None:
    """Check that records can be read; those that only the topology names need not be.

    Raises:
        McsipError: a database that was named for this load cannot be read.
    """
    try:
        check_records(plan, options)
    except McsipError as error:
        if options.records:
            raise
        log.warning("records are not compared afterwards: %s", error)
    else:
        setattr(parsed, COMPARES, True)


def _exit_code(error: McsipError) -> int:
    match error:
        case UsageError():
            return EXIT_USAGE
        case FileError():
            return EXIT_FILE
        case _:
            return EXIT_ERROR


def start_crowd(environment: Environment, **_: object) -> None:
    """Make the users of this process; a master says how many each worker has."""
    parsed = environment.parsed_options
    while getattr(parsed, "worker", False) and environment.runner is None:
        gevent.sleep(LOOK_S)  # it hears of a test that runs while it still greets the master
    runner = environment.runner
    if not isinstance(runner, LocalRunner | MasterRunner | WorkerRunner):
        return
    try:
        options = options_of(parsed)
        if isinstance(runner, WorkerRunner):
            block: int = getattr(parsed, BLOCK)
        else:
            workers = runner.worker_count if isinstance(runner, MasterRunner) else 1
            block = options.users_per_worker or -(-runner.target_user_count // workers)
            setattr(parsed, BLOCK, block)
        plan = locust_plan(options)
        if isinstance(runner, MasterRunner):
            share(options, plan, runner.worker_count - 1, block)  # are there enough for the last?
        else:
            tune_garbage_collector()
            McsipUser.crowd = LocustCrowd(environment, options, plan, runner.worker_index, block)
        setattr(parsed, BEGUN, True)
    except McsipError as error:
        log.error("%s", error)  # noqa: TRY400  # for people: the trace says nothing more
        environment.process_exit_code = _exit_code(error)
        if isinstance(runner, LocalRunner):
            gevent.spawn(runner.quit)  # it is just being started: what ends now would begin again
        else:
            runner.quit()


def stop_crowd(**_: object) -> None:
    """Stop the users of this process."""
    crowd, McsipUser.crowd = McsipUser.crowd, None
    if crowd is not None:
        crowd.close()


def judge_records(environment: Environment, **_: object) -> None:
    """Hold the records of all systems against each other when the process is about to end."""
    runner, parsed = environment.runner, environment.parsed_options
    if not isinstance(runner, LocalRunner | MasterRunner):
        return
    if not getattr(parsed, BEGUN, False) or not getattr(parsed, COMPARES, False):
        return
    runner.quit()  # from now on nobody makes a call
    try:
        options = options_of(parsed)
        agreement = compare_records(locust_plan(options), options)
    except McsipError as error:
        code: int | None = _exit_code(error)
        log.error("the records cannot be compared: %s", error)  # noqa: TRY400  # for people
    else:
        code = exit_code_of(agreement)
        for line in agreement_lines(agreement):
            log.log(logging.INFO if code is None else logging.ERROR, "%s", line)
    if environment.process_exit_code is None:
        environment.process_exit_code = code
