"""The files of a SIPp export: scenarios, and a script that runs them in the place of a node."""

from pathlib import Path

from mcsip.export.recording import (
    Exported,
    Recording,
    given_variables,
    load_for,
    one_line,
    record_alike,
    shell_addresses,
    shell_credentials,
    variable_of,
)
from mcsip.export.sipp import Part, build_part
from mcsip.export.sipp_text import OWN, keyword_of
from mcsip.export.sipp_values import CREDENTIALS, MEMORY
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import StepResult

TIMEOUT_S = 120
"""How long the script lets SIPp run, unless its user says otherwise [ours]."""
PACE_MS = 3_000
"""How long a client waits before what belongs to the next step of a scenario: longer than the run
looks for what is still missing (``scenario.context.SETTLE_S``)."""


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
    scenario = load_for(path, node, name=name, options=options, transport=transport)
    return record_alike(scenario, node, lambda recording: _exported(recording, transport))


def _exported(recording: Recording, transport: str) -> Exported:
    part = build_part(
        recording.title,
        recording.courses,
        recording.values,
        recording.hosts,
        transport,
        pauses=_pauses(recording),
    )
    return _files(recording, part, transport)


def _pauses(recording: Recording) -> list[int]:
    """Return the requests of a node's own accord that begin another step of the scenario.

    A run judges one step before it looks at the next; a client that goes ahead would change what is
    judged. Between registering and what follows there is nothing to judge.
    """
    courses, steps = recording.courses, recording.run.result.steps
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


def _files(recording: Recording, part: Part, transport: str) -> Exported:
    node = recording.node
    names = {"serving": f"{node}.xml", "leading": f"{node}-sends.xml"}
    script = f"{node}.sh"
    intro = _intro(recording, part, transport)
    files = {
        names[kind]: f'<?xml version="1.0" encoding="UTF-8"?>\n{intro}{text}'
        for kind, text in (("serving", part.serving), ("leading", part.leading))
        if text
    }
    files[script] = _script(recording, part, transport)
    return Exported(files, script)


def _intro(recording: Recording, part: Part, transport: str) -> str:
    """Return the comment at the head of each file; no two dashes may stand together in it."""
    lines = [
        _subject(recording, transport),
        "Exported by mcsip from a run in memory. The script beside it runs this command:",
        "",
        *_command(recording.node, part, transport, "    "),
        "",
        f"{MEMORY}: SEQUENTIAL, and the lines {' '.join(part.values.memory.split()) or '(none)'}",
    ]
    if part.values.given:
        given = given_variables(part.values, recording.scenario.topology)
        fields = ", ".join(f"{at} {what}" for at, (_, what) in enumerate(given))
        lines.append(f"{CREDENTIALS}: SEQUENTIAL, and a line with the fields {fields}")
    text = "\n".join(f"     {line}".rstrip() for line in lines)
    return f"<!--\n{text.replace('--', '- -')}\n-->\n"


def _subject(recording: Recording, transport: str) -> str:
    how = f"by SIPp 3.6 over {transport.upper()}"
    return f"{recording.node} in the scenario '{recording.title}', {how}."


def _command(node: str, part: Part, transport: str, indent: str) -> list[str]:
    """Return the command line of SIPp; ``$`` names are those of the script."""
    lines = ["sipp " + (f'"${variable_of(part.first)}"' if part.leading else "").strip()]
    if part.leading:
        lines.append(f'-sf "$folder/{node}-sends.xml"')
        lines += [f'-oocsf "$folder/{node}.xml"'] if part.serving else []
    else:
        lines.append(f'-sf "$folder/{node}.xml"')
    mode = {"udp": "u1", "tcp": "tn -max_socket 1000"}[transport]
    calls = 1 if part.leading else part.requests
    lines.append(f'-t {mode} -i "${{LISTEN%:*}}" -p "${{LISTEN##*:}}" -bind_local -m {calls}')
    lines.append(f"-inf {MEMORY}" + (f" -inf {CREDENTIALS}" if part.values.given else ""))
    places = [(OWN, "LISTEN"), *((keyword_of(name), variable_of(name)) for name in part.peers)]
    for key, variable in places:
        lines.append(f'-key {key}_ip "${{{variable}%:*}}" -key {key}_port "${{{variable}##*:}}"')
    lines += ['-d "$PACE"'] if part.leading else []
    lines.append(
        '-deadcall_wait 0 -default_behaviors abortunexp -timeout "${TIMEOUT}s" -timeout_error'
    )
    return [f"{indent if at else indent[:-2]}{line}".rstrip() for at, line in enumerate(lines)]


def _script(recording: Recording, part: Part, transport: str) -> str:
    node, topology = recording.node, recording.scenario.topology
    given = given_variables(part.values, topology)
    pace = (f': "${{PACE:={PACE_MS}}}"  # milliseconds before a next step',) if part.leading else ()
    memory = part.values.memory.replace("\n", "\\n")
    lines = [
        "#!/bin/sh",
        f"# {_subject(recording, transport)}",
        "# Exported by mcsip. Start it, then the scenario with this node as the system under test:",
        "#",
        f"#   mcsip run {one_line(recording.scenario.file)} --transport {transport} \\",
        f"#     --sut {node}={transport}:HOST:PORT",
        "#",
        "# What is written in capitals can be set in the environment. Further options of SIPp,",
        "# such as -trace_msg, may follow the name of the script. The exit code is SIPp's: 0 when",
        "# all went as in the scenario.",
        "set -eu",
        'folder=$(cd "$(dirname "$0")" && pwd)',
        f': "${{TIMEOUT:={TIMEOUT_S}}}"  # seconds',
        *pace,
        *shell_addresses(topology, node, list(part.peers)),
        *shell_credentials(given),
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
