"""A node's part in a scenario, as two runs in memory show it, for whoever is to stand in for it.

The runs differ in their seeds. What is made of both must be the same, octet for octet: then nothing
that belongs to one run is left in what is exported, no access token either.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mcsip.document import hint_for
from mcsip.errors import UsageError
from mcsip.export.courses import Course, find_courses
from mcsip.export.sipp_text import OWN, keyword_of
from mcsip.export.sipp_values import Values, find_values, issued_ids, lines_of
from mcsip.mc.certificates import issuer_of
from mcsip.mc.identity import domain_of
from mcsip.mc.jws import claimed_issuer
from mcsip.scenario.load import Scenario, load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import Verdict
from mcsip.scenario.run import Run, run_scenario
from mcsip.sip.host import host_port_text
from mcsip.topology import Topology

T = TypeVar("T")

SEEDS = (1, 2)
"""Of the two runs; which ones does not matter [ours]."""


@dataclass(frozen=True, slots=True)
class Exported:
    """Files of an export.

    Attributes:
        files: content by name.
        script: name of the file that is a program.
    """

    files: dict[str, str]
    script: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A node's part in one run.

    Attributes:
        scenario: the scenario.
        node: name of the node or client.
        run: the run.
        courses: what the node does.
        values: what of it is another one in every run.
        hosts: keyword of each node by its host: in memory every node has one of its own.
    """

    scenario: Scenario
    node: str
    run: Run
    courses: list[Course]
    values: Values
    hosts: dict[str, str]

    @property
    def title(self) -> str:
        """Name of the scenario, in one line: it stands in comments of programs."""
        return one_line(self.scenario.name)


def one_line(text: str) -> str:
    """Return text without line ends and other control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def load_for(
    path: Path, node: str, *, name: str | None = None, options: RunOptions, transport: str
) -> Scenario:
    """Return a scenario whose node is to be exported, to be run in memory.

    Args:
        path: the scenario file.
        node: ``system.node``, or a client's name.
        name: how errors call the file.
        options: those of the run.
        transport: "udp" or "tcp".

    Raises:
        FileError: the scenario or its topology is wrong.
        UsageError: there is no such node, or the scenario has no meaning with the options.
    """
    wanted = RunOptions(network="memory", transport=transport).over(options)
    scenario = load_scenario(path, name=name, over=wanted)
    parties = scenario.topology.parties
    if node not in parties:
        hint = hint_for(node, parties, "nodes and clients")
        raise UsageError(f"there is no node or client {node!r} in {scenario.topology.file}; {hint}")
    if scenario.no_meaning:
        raise UsageError(f"{scenario.file}: {scenario.no_meaning}")
    return scenario


def record_alike(scenario: Scenario, node: str, make: Callable[[Recording], T]) -> T:
    """Return what is made of a node's part, having made it of two runs.

    Args:
        scenario: the scenario.
        node: name of the node or client.
        make: makes it of one run; it may raise UsageError.

    Raises:
        UsageError: the scenario does not pass, it cannot be made, or the two differ.
    """
    refused = f"{node} cannot be exported from {scenario.file}"
    try:
        first, second = (make(_record(scenario, node, seed)) for seed in SEEDS)
    except UsageError as error:
        raise UsageError(f"{refused}: {error}") from None
    if first != second:
        raise UsageError(
            f"{refused}: it sends something that is another in every run, and that no request"
            " brought"
        )
    return first


def _record(scenario: Scenario, node: str, seed: int) -> Recording:
    run = run_scenario(scenario, seed=seed)
    if run.result.verdict is not Verdict.PASS:
        why = run.result.reason or "; ".join(each.message for each in run.result.findings)
        raise UsageError(f"the scenario itself does not pass in memory: {why}")
    courses = find_courses(run.trace, node)
    if not courses:
        raise UsageError("it neither sends nor receives anything in this scenario")
    issued = issued_ids(courses, _known_ids(scenario.topology))
    values = find_values(courses, issued, lines_of(courses))
    hosts = {
        host: OWN if name == node else keyword_of(name)
        for (host, _), name in run.trace.addresses.items()
    }
    return Recording(scenario, node, run, courses, values, hosts)


def _known_ids(topology: Topology) -> list[str]:
    """Return the MC service IDs that the topology names: they are the same in every run."""
    return [
        mc_id
        for system in topology.systems.values()
        for mc_id in (
            *system.users,
            *system.identity_pool,
            *(user.partner_id for user in system.provisioned),
        )
    ]


# For scripts


def variable_of(name: str) -> str:
    """Return the name of the environment variable with the address of a node."""
    return keyword_of(name).upper()


def given_variables(values: Values, topology: Topology) -> list[tuple[str, str]]:
    """Return variable and meaning of each value that a client has from its user."""
    issuers = {issuer_of(system.domain): system for system in topology.systems.values()}
    found = []
    for value in values.given:
        if value.startswith("sip:"):
            system = topology.with_domain(domain_of(value))
            kind, what = "ID", "MC service ID"
        else:
            system = issuers.get(claimed_issuer(value) or "")
            kind, what = "TOKEN", "access token"
        assert system is not None, "the run had it from a system of its topology"
        found.append((f"{kind}_{variable_of(system.name)}", f"{what} of {system.domain}"))
    return found


def shell_default(variable: str, value: str, what: str) -> str:
    """Return the line of a script that sets a variable where it is not set, or demands it."""
    if value:
        return f': "${{{variable}:={value}}}"  # {what}'
    return f': "${{{variable}:?{what}}}"'


def shell_addresses(topology: Topology, node: str, peers: list[str]) -> list[str]:
    """Return the lines of a script that set the addresses of a node and of its peers."""
    return [
        shell_default("LISTEN", _address(topology, node), f"host:port where {node} is"),
        *(
            shell_default(variable_of(peer), _address(topology, peer), f"host:port of {peer}")
            for peer in peers
        ),
    ]


def shell_credentials(given: list[tuple[str, str]]) -> list[str]:
    """Return the lines of a script that demand credentials."""
    return [shell_default(name, "", f"{what}, see 'mcsip export token'") for name, what in given]


def _address(topology: Topology, name: str) -> str:
    """Return the address of a node or client in the topology, or ""."""
    spec = topology.clients.get(name) or topology.nodes[name]
    return host_port_text(spec.host, spec.port) if spec.port else ""
