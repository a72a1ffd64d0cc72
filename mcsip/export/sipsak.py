"""sipsak as a client: each request of a client as a file, and a script that sends them in order.

sipsak sends one file as it is and ends with the first final answer: exit code 0 for 2xx, 1 for a
refusal. What comes in later, such as the response of step 12 (TS 23.280 10.6.3.3), it cannot take.
In the files stand marks in the place of credentials, addresses, and of what is new in every
request; the script puts in what belongs there. Content-Length is counted then.
"""

from collections.abc import Sequence
from pathlib import Path

from mcsip.errors import UsageError
from mcsip.export.courses import Event
from mcsip.export.recording import (
    Exported,
    Recording,
    given_variables,
    load_for,
    record_alike,
    shell_addresses,
    shell_credentials,
    variable_of,
)
from mcsip.export.sipp_text import OWN, Wording
from mcsip.scenario.model import RunOptions
from mcsip.sip.message import Request, Response


def export_sipsak(
    path: Path, client: str, *, name: str | None = None, options: RunOptions, transport: str
) -> Exported:
    """Return the files with which sipsak sends the requests of a client.

    Args:
        path: the scenario file.
        client: the client's name.
        name: how errors call the file.
        options: those of the run.
        transport: "udp" or "tcp": what sipsak sends by, and the run in memory.

    Raises:
        FileError: the scenario or its topology is wrong.
        UsageError: there is no such client, the scenario does not pass, or it sends no request of
            its own accord.
    """
    scenario = load_for(path, client, name=name, options=options, transport=transport)
    return record_alike(scenario, client, lambda recording: _exported(recording, transport))


def _exported(recording: Recording, transport: str) -> Exported:
    topology, client = recording.scenario.topology, recording.node
    events = [event for course in recording.courses if course.leading for event in course.events]
    sent = [event for event in events if event.sent]
    if not sent:
        raise UsageError("it sends no request of its own accord, and sipsak takes none")
    if any(event.request.method in {"INVITE", "ACK"} for event in sent):
        raise UsageError("it makes a call, and sipsak sends single requests")
    given = given_variables(recording.values, topology)
    files: dict[str, str] = {}
    lines: list[str] = []
    names = [name for name, _ in given]
    for number, event in enumerate(sent, 1):
        assert isinstance(event.message, Request)
        head, body = _texts(event.message, recording, names, transport.upper())
        stem = f"{client}-{number}-{event.message.method.lower()}"
        files[f"{stem}.head"], files[f"{stem}.body"] = head, body
        lines.append(f"send {stem} ${variable_of(event.peer)} {_exit_code(event, events)}")
    script = f"{client}-sipsak.sh"
    peers = list(dict.fromkeys(event.peer for event in sent))
    marks = ["LISTEN", *(variable_of(peer) for peer in peers), *names]
    files[script] = "\n".join(
        (
            *_intro(recording, transport),
            *shell_addresses(topology, client, peers),
            *shell_credentials(given),
            *_functions(transport, marks),
            *lines,
            "",
        )
    )
    return Exported(files, script)


def _texts(
    request: Request, recording: Recording, given: Sequence[str], transport: str
) -> tuple[str, str]:
    """Return head and body of a request, with marks; the transport as Via writes it."""
    values = dict(zip(recording.values.given, (f"@{name}@" for name in given), strict=True))
    hosts = {
        host: "LISTEN" if name == OWN else name.upper() for host, name in recording.hosts.items()
    }
    wording = Wording(hosts, values, host="@{}@", place="@{}@", brackets=False)
    lines = [request.start_line]
    for name, value, line in request.fields:
        match name:
            case "via":
                sent_by = value.partition(";")[0].partition(" ")[2]
                lines.append(f"Via: SIP/2.0/{transport} {sent_by};rport;branch=z9hG4bK@NEW@")
            case "call-id":
                lines.append("Call-ID: @NEW@")
            case "from":
                lines.append(f"{line.partition(';tag=')[0]};tag=@NEW@")
            case "content-length":
                lines.append("Content-Length: @LENGTH@")
            case _:
                lines.append(line)
    return wording.text("\r\n".join((*lines, "", ""))), wording.text(request.body.decode("utf-8"))


def _exit_code(event: Event, events: Sequence[Event]) -> int:
    """Return the exit code of sipsak when a request is answered as in the scenario."""
    answers = [
        each.message
        for each in events
        if each.request is event.request and isinstance(each.message, Response)
    ]
    return 0 if answers and answers[-1].status < 300 else 1


def _intro(recording: Recording, transport: str) -> list[str]:
    how = f"by sipsak over {transport.upper()}"
    return [
        "#!/bin/sh",
        f"# The requests of {recording.node} in the scenario '{recording.title}', {how}.",
        "# Exported by mcsip. What is written in capitals can be set in the environment. The exit",
        "# code is 0 when every request was answered as in the scenario: 2xx, or a refusal.",
        "set -eu",
        'folder=$(cd "$(dirname "$0")" && pwd)',
    ]


def _functions(transport: str, marks: Sequence[str]) -> list[str]:
    """Return the functions of the script: filling in the marks, and sending a file."""
    # Over TCP sipsak binds the port of its side, and cannot again soon afterwards.
    how = {"udp": '-l "${LISTEN##*:}" -S', "tcp": "-E tcp"}[transport]
    puts = [f"printf 's|@{mark}@|%s|g\\n' \"${mark}\"" for mark in marks]
    return [
        "umask 077",
        "work=$(mktemp -d)",
        "trap 'rm -rf \"$work\"' EXIT",
        "# In a file, where other users do not see it, as they see the arguments of programs.",
        f'{{ {"; ".join(puts)}; }} > "$work/marks"',
        "count=0",
        "now=$(date +%s)",
        "fill() {",
        '    sed -f "$work/marks" -e "s|@NEW@|$$.$now.$count|g" "$1"',
        "}",
        "send() {  # file, host:port, exit code of sipsak in the scenario",
        "    count=$((count + 1)) status=0",
        '    fill "$folder/$1.body" > "$work/body"',
        '    length=$(($(wc -c < "$work/body")))',
        '    fill "$folder/$1.head" | sed "s|@LENGTH@|$length|" > "$work/request"',
        '    cat "$work/body" >> "$work/request"',
        f'    sipsak -L -i {how} -f "$work/request" -s "sip:mcsip@$2" || status=$?',
        '    echo "$1: sipsak ended with $status, in the scenario with $3"',
        '    [ "$status" -eq "$3" ]',
        "}",
    ]
