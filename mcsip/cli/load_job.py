"""From the command line to a job: what ``mcsip load`` is asked for, checked before it begins."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mcsip.cli.discover import find_scenarios
from mcsip.conformance.views import Release
from mcsip.errors import UsageError
from mcsip.load.crowd import DEFAULT_ENDPOINTS, SAMPLED, CrowdOptions, served_elsewhere
from mcsip.load.databases import parse_databases
from mcsip.load.pace import Pace, Stage, parse_steps, steady
from mcsip.load.plan import Plan, check_users, make_plan
from mcsip.load.run import Job
from mcsip.load.threshold import FAILURES, NO_FAILURE, Threshold, parse_threshold
from mcsip.load.user import CALL, RESET
from mcsip.mc.roles import Role
from mcsip.mc.schema import check_schema
from mcsip.net.virtual import MAX_VIRTUAL_S
from mcsip.scenario.context import SETTLE_S, SETTLE_VIRTUAL_S
from mcsip.scenario.load import Scenario, load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.run import MEMORY
from mcsip.topology.copies import numbered_copies
from mcsip.topology.injection import Injection, Order, read_injection

DEFAULT_USERS = 100
DEFAULT_GRACE_S = 10.0
SERVED = "served"
SPARE_DESCRIPTORS = 200
"""Open files that the process needs beside the sockets of its users [ours]."""


def make_job(text: str, options: Mapping[str, Any]) -> Job:
    """Return what the command line asks for.

    Args:
        text: the scenario, as the user named it.
        options: the options of ``mcsip load``, by name.

    Raises:
        FileError: the scenario or the users' file is wrong.
        UsageError: options are wrong, or do not go together.
    """
    pace = _pace(options)
    scenario = _scenario(text, options)
    plan = make_plan(scenario)
    check_schema(scenario.topology.service)
    users = _users(plan, options)
    count = len(users.copies)
    check_users(plan, count)
    grace_s = DEFAULT_GRACE_S + plan.idle_s if options["grace"] is None else options["grace"]
    if scenario.options.network == MEMORY:
        _check_virtual_time(pace.duration_s + grace_s + options["quiet_within"])
    databases = parse_databases(options["databases"], scenario.topology)
    every = options["check_sample"]
    reset = pace.expected_calls > count if options["reset"] is None else options["reset"]
    crowd = CrowdOptions(
        seed=options["seed"],
        endpoints=DEFAULT_ENDPOINTS if options["endpoints"] is None else options["endpoints"],
        sample_every=max(1, count // SAMPLED) if every is None else every,
        data_dir=options["data"],
        settle_s=scenario.options.settle_s or _settle_s(scenario),
        reset=reset,
    )
    _check_sockets(plan, count, crowd)
    if crowd.data_dir is not None:
        crowd.data_dir.mkdir(parents=True, exist_ok=True)
    return Job(
        plan,
        users.copies,
        pace,
        _thresholds(options["thresholds"], (*plan.driven, RESET) if reset else plan.driven),
        users.order,
        options["limit"],
        grace_s,
        options["quiet_within"],
        databases,
        Release(int(options["release"])),
        crowd,
    )


def _check_virtual_time(needed_s: float) -> None:
    """Check that the load fits into the time that the network in memory has."""
    if needed_s > MAX_VIRTUAL_S:
        raise UsageError(
            f"a load of {needed_s:g} s with its waits is longer than the time of the network in"
            f" memory, {MAX_VIRTUAL_S:g} s: ask for a shorter one"
        )


def _settle_s(scenario: Scenario) -> float:
    return SETTLE_VIRTUAL_S if scenario.options.network == MEMORY else SETTLE_S


def _pace(options: Mapping[str, Any]) -> Pace:
    """Return when calls are due."""
    rate, duration_s, calls = options["rate"], options["duration"], options["calls"]
    ramp_s = options["ramp"] or 0.0
    if options["steps"] is not None:
        for name in ("rate", "duration", "ramp"):
            if options[name] is not None:
                raise UsageError(
                    f"--steps says how fast and how long: --{name} does not go with it"
                )
        return Pace(parse_steps(options["steps"]), calls)
    if rate is None:
        raise UsageError("how fast? --rate CALLS-A-SECOND, or --steps RATE:SECONDS,...")
    if duration_s is None and calls is None:
        raise UsageError("how long? --duration SECONDS, or --calls NUMBER")
    if duration_s is None:
        duration_s = ramp_s + max(calls - rate * ramp_s / 2, 1) / rate
    stages: tuple[Stage, ...] = steady(rate, duration_s, ramp_s)
    return Pace(stages, calls)


def _scenario(text: str, options: Mapping[str, Any]) -> Scenario:
    """Return the scenario, with what the user chose over what it says."""
    found = find_scenarios([text])
    if len(found) != 1:
        raise UsageError(f"one scenario at a time: {text} holds {len(found)}")
    over = RunOptions(
        transport=options["transport"],
        service=options["service"],
        network=options["network"],
        gateways=options["gateways"],
        t1_s=options["t1"],
        under_test=options["sut"] or None,
    )
    (path, name) = found[0]
    scenario = load_scenario(path, name=name, over=over)
    if options["nodes"] == SERVED:
        scenario = replace(scenario, topology=served_elsewhere(scenario.topology))
        _check_served(scenario, options)
    if scenario.no_meaning:
        raise UsageError(f"{name}: {scenario.no_meaning}")
    return scenario


def _check_served(scenario: Scenario, options: Mapping[str, Any]) -> None:
    """Check that all nodes can be reached elsewhere, and that nothing asks for one of ours."""
    nodes = scenario.topology.nodes
    if options["data"] is not None:
        raise UsageError("--data is for servers of ours: with --nodes served there is none")
    if options["sut"]:
        raise UsageError("--sut takes the place of --nodes served: with it no node is ours anyway")
    if scenario.options.network == MEMORY:
        raise UsageError("nodes that are served elsewhere cannot be reached in memory")
    if without := [name for name, node in nodes.items() if not node.port]:
        raise UsageError(
            f"{', '.join(without)}: no address in {scenario.topology.file}; nodes that are served"
            " elsewhere have one"
        )
    if any(node.role is Role.IDMS for node in nodes.values()):
        raise UsageError("identity management servers run in the process of their clients")


def _users(plan: Plan, options: Mapping[str, Any]) -> Injection:
    """Return the users, and in which order they are taken."""
    file, count = options["users_file"], options["users"]
    topology = plan.scenario.topology
    if file is not None:
        return read_injection(file, topology, count)
    copies = numbered_copies(topology, count or DEFAULT_USERS)
    return Injection(Order.SEQUENTIAL, tuple(copies))


def _thresholds(texts: Sequence[str], steps: Sequence[str]) -> tuple[Threshold, ...]:
    """Return what must hold; where nothing is said of failures in all, there must be none."""
    parts = [part for text in texts for part in text.split(",")]
    found = tuple(parse_threshold(part, steps) for part in parts)
    if any(each.metric == FAILURES and each.step == CALL for each in found):
        return found
    return (*found, NO_FAILURE)


def _check_sockets(plan: Plan, users: int, options: CrowdOptions) -> None:
    """Check that the process may have as many sockets as its users need."""
    if plan.scenario.options.network == MEMORY:
        return
    import resource

    clients = len(plan.scenario.topology.clients)
    followed = -(-users // options.sample_every) if options.sample_every else 0
    apart = users if not options.endpoints else followed
    needed = 4 * apart * clients + SPARE_DESCRIPTORS  # UDP, TCP, TLS, and a connection
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if needed <= limit:
        return
    if needed <= most or most == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, most))
        return
    raise UsageError(
        f"{apart} users with sockets of their own need about {needed} open files, and this process"
        f" may have {most}: raise 'ulimit -n', or let users share (--endpoints, --check-sample)"
    )
