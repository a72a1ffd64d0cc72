"""What a process of a load by Locust does: which users are its own, and whom they speak to.

Every worker has a block of users to itself: with 100 users for each worker, the first has numbers 1
to 100, the second 101 to 200. Locust never gives an index twice, so that a worker that is started
again gets users whom nobody has driven yet, rather than those of the worker it replaces.
"""

import ipaddress
import math
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mcsip.errors import UsageError
from mcsip.load.crowd import served_elsewhere
from mcsip.load.databases import parse_databases
from mcsip.load.plan import Plan, make_plan
from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.run import MEMORY
from mcsip.topology import Topology
from mcsip.topology.copies import Copy, numbered_copies
from mcsip.topology.injection import read_injection


@dataclass(frozen=True, slots=True)
class LocustOptions:
    """What a load by Locust was asked for, by arguments of our own.

    Attributes:
        scenario: the scenario file.
        users_file: the users, in SIPp's injection format; None: generated.
        users_per_worker: how many users each worker has; 0: all, divided by the workers.
        pace_s: how long after each other the calls of one user are due, in seconds.
        key_seed: what the keys are made from; the same as that of the servers.
        transport, service: instead of the topology's; None: the topology's.
        records: databases of servers, ``NODE=DATABASE``, to compare their records afterwards.
        quiet_s: how long the systems may take to be done with each other then, in seconds.
    """

    scenario: Path
    users_file: Path | None = None
    users_per_worker: int = 0
    pace_s: float = 1.0
    key_seed: int = 0
    transport: str | None = None
    service: str | None = None
    records: tuple[str, ...] = ()
    quiet_s: float = 40.0


def locust_plan(options: LocustOptions) -> Plan:
    """Return what each user does, at nodes that all run elsewhere.

    Raises:
        FileError: the scenario is wrong, or cannot be driven.
        UsageError: a node has no address, or an option is impossible.
    """
    if not 0 < options.pace_s < math.inf:
        raise UsageError("the pace is the time between two calls of a user: more than 0 seconds")
    if not 0 <= options.quiet_s < math.inf:
        raise UsageError("the systems have 0 seconds or more to be done with each other")
    if options.users_per_worker < 0:
        raise UsageError("the users of a worker cannot be fewer than none")
    over = RunOptions(transport=options.transport, service=options.service)
    scenario = load_scenario(options.scenario, over=over)
    if scenario.no_meaning:
        raise UsageError(f"{options.scenario}: {scenario.no_meaning}")
    if scenario.options.network == MEMORY:
        raise UsageError(
            f"{options.scenario}: its network is in memory, where nobody else can be reached"
        )
    plan = make_plan(scenario)
    without = [name for name, node in scenario.topology.nodes.items() if not node.port]
    if without:
        raise UsageError(
            f"{', '.join(without)}: no address; Locust's users meet nodes that run elsewhere:"
            " give each an 'address' in the topology"
        )
    topology = from_here(served_elsewhere(scenario.topology))
    parse_databases(options.records, topology)
    return replace(plan, scenario=replace(scenario, topology=topology))


def from_here(topology: Topology) -> Topology:
    """Return a topology whose clients can be reached by nodes on other machines.

    A client without an address of its own listens on the loopback address. Where a node is on
    another machine, it gets the address from which this machine reaches that one.
    """
    away = [node for node in topology.nodes.values() if not _is_loopback(node.host)]
    if not away:
        return topology
    host = _address_towards(away[0].host, away[0].port)
    clients = {
        name: replace(client, host=host) if _is_loopback(client.host) else client
        for name, client in topology.clients.items()
    }
    return replace(topology, clients=clients)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return host == "localhost"


def _address_towards(host: str, port: int) -> str:
    """Return the address of this machine from which another one is reached; nothing is sent.

    Raises:
        UsageError: there is no way to it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((host, port))
        except OSError as error:
            raise UsageError(f"there is no way to {host}: {error.strerror or error}") from error
        return str(sock.getsockname()[0])


def share(options: LocustOptions, plan: Plan, index: int, block: int) -> Sequence[Copy]:
    """Return the users of one worker; those of another index are others.

    Args:
        options: what was asked for.
        plan: what users do.
        index: that of the worker, from 0.
        block: how many users each worker has.

    Raises:
        FileError: the file of users has too few for this worker.
    """
    first, last = index * block, (index + 1) * block
    topology = plan.scenario.topology
    if options.users_file is None:
        return numbered_copies(topology, last)[first:]
    return read_injection(options.users_file, topology, last).copies[first:last]
