"""The files of a SIPp export: scenarios, and a script that runs them in the place of a node.

The part of a node is taken from two runs in memory with different seeds. What comes of both must be
the same, octet for octet: nothing that belongs to one run is left in the files, no token either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mcsip.errors import UsageError
from mcsip.export.courses import Course, find_courses
from mcsip.export.sipp import Part, build_part, lines_of
from mcsip.export.sipp_text import OWN, keyword_of
from mcsip.export.sipp_values import CREDENTIALS, MEMORY, find_values, issued_ids
from mcsip.mc.certificates import issuer_of
from mcsip.mc.identity import domain_of
from mcsip.mc.jws import claimed_issuer
from mcsip.scenario.load import Scenario, load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import StepResult, Verdict
from mcsip.scenario.run import Run, run_scenario
from mcsip.sip.host import host_port_text
from mcsip.topology import Topology

SEEDS = (1, 2)
"""Of the two runs; which ones does not matter [ours]."""
TIMEOUT_S = 120
"""How long the script lets SIPp run, unless its user says otherwise [ours]."""

PACE_MS = 3_000
"""How long a client waits before what belongs to the next step of a scenario: longer than the run
looks for what is still missing (``scenario.context.SETTLE_S``)."""


@dataclass(frozen=True, slots=True)
class Exported:
    """Files of an export.

    Attributes:
        files: content by name.
        script: name of the file that is a program.
    """

    files: dict[str, str]
    script: str


def export_sipp(
    path: Path, node: str, *, name: str | None = None, options: RunOptions, transport: str
) -> Exported:
    """Return the files with which SIPp stands in for a node of a scenario.

    Args:
        path: the scenario file.
        node: ``system.node``, or a client's name.
        name: how errors call the file.
        options: those of the run.
        transport: "udp" or "tcp": what SIPp sends by, and the run in memory.

    Raises:
        FileError: the scenario or its topology is wrong.
        UsageError: there is no such node, the scenario does not pass, or SIPp cannot do it.
    """
    wanted = RunOptions(network="memory", transport=transport).over(options)
    scenario = load_scenario(path, name=name, over=wanted)
    if node not in scenario.topology.parties:
        from mcsip.document import hint_for

        hint = hint_for(node, scenario.topology.parties, "nodes and clients")
        raise UsageError(f"there is no node or client {node!r} in {scenario.topology.file}; {hint}")
    if scenario.no_meaning:
        raise UsageError(f"{scenario.file}: {scenario.no_meaning}")
    try:
        first, second = (_part(scenario, node, seed, transport) for seed in SEEDS)
    except UsageError as error:
        raise UsageError(f"{node} cannot be exported from {scenario.file}: {error}") from None
    if (first.leading, first.serving) != (second.leading, second.serving):
        raise UsageError(
            f"{node} cannot be exported from {scenario.file}: it sends something that is another"
            " in every run, and that no request brought"
        )
    return _files(scenario, node, first, transport)


def _part(scenario: Scenario, node: str, seed: int, transport: str) -> Part:
    run = run_scenario(scenario, seed=seed)
    if run.result.verdict is not Verdict.PASS:
        why = run.result.reason or "; ".join(f.message for f in run.result.findings)
        raise UsageError(f"the scenario itself does not pass in memory: {why}")
    courses = find_courses(run.trace, node)
    known = [
        mc_id
        for system in scenario.topology.systems.values()
        for mc_id in (
            *system.users,
            *system.identity_pool,
            *(p.partner_id for p in system.provisioned),
        )
    ]
    values = find_values(courses, issued_ids(courses, known), lines_of(courses))
    pauses = _pauses(run, courses)
    hosts = _hosts(run, node)
    return build_part(scenario.name, courses, values, hosts, transport, pauses=pauses)


def _pauses(run: Run, courses: Sequence[Course]) -> list[int]:
    """Return the requests of a node's own accord that begin another step of the scenario.

    A run judges one step before it looks at the next; a client that goes ahead would change what is
    judged. Between registering and what follows there is nothing to judge.
    """
    steps = run.result.steps
    found: list[int] = []
    before: StepResult | None = None
    for event in (event for course in courses if course.leading for event in course.events):
        step = next((each for each in reversed(steps) if each.started_at <= event.at), None)
        if event.sent and before is not None and step is not None and step is not before:
            consecutive = step.number == before.number + 1 and before.verb == "register"
            if not consecutive:
                found.append(event.number)
        before = step
    return found


def _hosts(run: Run, node: str) -> dict[str, str]:
    """Return the keyword of each node by its host: in memory every node has one of its own."""
    return {
        host: OWN if name == node else keyword_of(name)
        for (host, _), name in run.trace.addresses.items()
    }


def _files(scenario: Scenario, node: str, part: Part, transport: str) -> Exported:
    names = {"serving": f"{node}.xml", "leading": f"{node}-sends.xml"}
    script = f"{node}.sh"
    intro = _intro(scenario, node, part, transport)
    files = {
        names[kind]: f'<?xml version="1.0" encoding="UTF-8"?>\n{intro}{text}'
        for kind, text in (("serving", part.serving), ("leading", part.leading))
        if text
    }
    files[script] = _script(scenario, node, part, transport)
    return Exported(files, script)


def _intro(scenario: Scenario, node: str, part: Part, transport: str) -> str:
    """Return the comment at the head of each file; no two dashes may stand together in it."""
    lines = [
        f"{node} in the scenario '{scenario.name}', by SIPp 3.6 over {transport.upper()}.",
        "Exported by mcsip from a run in memory. The script beside it runs this command:",
        "",
        *_command(node, part, transport, "    "),
        "",
        f"{MEMORY}: SEQUENTIAL, and the lines {' '.join(part.values.memory.split()) or '(none)'}",
    ]
    if part.values.given:
        fields = ", ".join(f"{at} {what}" for at, (_, what) in enumerate(_given(part, scenario)))
        lines.append(f"{CREDENTIALS}: SEQUENTIAL, and a line with the fields {fields}")
    text = "\n".join(f"     {line}".rstrip() for line in lines)
    return f"<!--\n{text.replace('--', '- -')}\n-->\n"


def _command(node: str, part: Part, transport: str, indent: str) -> list[str]:
    """Return the command line of SIPp; ``$`` names are those of the script."""
    lines = ["sipp " + (f'"${_variable(part.first)}"' if part.leading else "").strip()]
    if part.leading:
        lines.append(f'-sf "$folder/{node}-sends.xml"')
        lines += [f'-oocsf "$folder/{node}.xml"'] if part.serving else []
    else:
        lines.append(f'-sf "$folder/{node}.xml"')
    mode = {"udp": "u1", "tcp": "tn -max_socket 1000"}[transport]
    calls = 1 if part.leading else part.requests
    lines.append(f'-t {mode} -i "${{LISTEN%:*}}" -p "${{LISTEN##*:}}" -bind_local -m {calls}')
    lines.append(f"-inf {MEMORY}" + (f" -inf {CREDENTIALS}" if part.values.given else ""))
    places = [(OWN, "LISTEN"), *((keyword_of(name), _variable(name)) for name in part.peers)]
    for key, variable in places:
        lines.append(f'-key {key}_ip "${{{variable}%:*}}" -key {key}_port "${{{variable}##*:}}"')
    lines += ['-d "$PACE"'] if part.leading else []
    lines.append(
        '-deadcall_wait 0 -default_behaviors abortunexp -timeout "${TIMEOUT}s" -timeout_error'
    )
    return [f"{indent if at else indent[:-2]}{line}".rstrip() for at, line in enumerate(lines)]


def _variable(name: str) -> str:
    return keyword_of(name).upper()


def _given(part: Part, scenario: Scenario) -> list[tuple[str, str]]:
    """Return variable and meaning of each value that the node has from its user."""
    topology = scenario.topology
    issuers = {issuer_of(system.domain): system for system in topology.systems.values()}
    found = []
    for value in part.values.given:
        if value.startswith("sip:"):
            system = topology.with_domain(domain_of(value))
            kind, what = "ID", "MC service ID"
        else:
            system = issuers.get(claimed_issuer(value) or "")
            kind, what = "TOKEN", "access token"
        assert system is not None, "the run had it from a system of its topology"
        found.append((f"{kind}_{_variable(system.name)}", f"{what} of {system.domain}"))
    return found


def _script(scenario: Scenario, node: str, part: Part, transport: str) -> str:
    topology = scenario.topology
    given = _given(part, scenario)
    pace = (f': "${{PACE:={PACE_MS}}}"  # milliseconds before a next step',) if part.leading else ()
    memory = part.values.memory.replace("\n", "\\n")
    lines = [
        "#!/bin/sh",
        f"# {node} in the scenario '{scenario.name}', by SIPp 3.6 over {transport.upper()}.",
        "# Exported by mcsip. Start it, then the scenario with this node as the system under test:",
        "#",
        f"#   mcsip run {scenario.file} --transport {transport} --sut {node}={transport}:HOST:PORT",
        "#",
        "# What is written in capitals can be set in the environment. Further options of SIPp,",
        "# such as -trace_msg, may follow the name of the script. The exit code is SIPp's: 0 when",
        "# all went as in the scenario.",
        "set -eu",
        'folder=$(cd "$(dirname "$0")" && pwd)',
        f': "${{TIMEOUT:={TIMEOUT_S}}}"  # seconds',
        *pace,
        _default("LISTEN", _address(topology, node), f"host:port where {node} is"),
    ]
    lines += [
        *(
            _default(_variable(name), _address(topology, name), f"host:port of {name}")
            for name in part.peers
        ),
        *(_default(name, "", f"{what}, see 'mcsip export token'") for name, what in given),
        "umask 077",
        "work=$(mktemp -d)",
        "trap 'rm -rf \"$work\"' EXIT",
        'cd "$work"',
        f"printf 'SEQUENTIAL\\n{memory}' > {MEMORY}",
    ]
    if given:
        joined = ";".join(f"${variable}" for variable, _ in given)
        lines.append(f"printf 'SEQUENTIAL\\n%s\\n' \"{joined}\" > {CREDENTIALS}")
    command = _command(node, part, transport, "    ")
    command.append('    -nostdin -trace_err -error_file errors.log "$@" > screen.log 2>&1 || {')
    lines.append(" \\\n".join(command).lstrip())
    lines += [
        "        status=$?",
        "        sed 's/eyJ[A-Za-z0-9_.-]*/(access token)/g' errors.log screen.log >&2 || true",
        '        exit "$status"',
        "    }",
        "",
    ]
    return "\n".join(lines)


def _default(variable: str, value: str, what: str) -> str:
    if value:
        return f': "${{{variable}:={value}}}"  # {what}'
    return f': "${{{variable}:?{what}}}"'


def _address(topology: Topology, name: str) -> str:
    """Return the address of a node or client in the topology, or ""."""
    spec = topology.clients.get(name) or topology.nodes[name]
    return host_port_text(spec.host, spec.port) if spec.port else ""
