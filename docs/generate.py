"""Writes what is generated from the product: ``make docs``.

    schema/*.json        the JSON Schemas of topologies, scenarios, report.json, checks and loads
    state-machines.md    the transactions of SIP and the records of a migration, from their tables
    scenarios.md         every key of both kinds of files, every step, reason and message
    rules.md             every conformance rule, as the standards' tables of contents
    scaling.md           when to use what, and how far it goes, from the figures of scaling.json
    load.md              what a user of mcsip load needs: options, thresholds, verdicts, files
    procedures.md        every procedure: clauses, ladders and records from runs, scenario files

A committed copy that differs fails ``tests/architecture/test_generated.py``.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from docs.load import render_load
from docs.procedures import render_procedures
from docs.rules import render_rules
from docs.scaling import render_scaling
from mcsip.load.jsonmodel import load_schema
from mcsip.mc.communication import COMMUNICATIONS
from mcsip.mc.messages import MESSAGES, Element, HopKind
from mcsip.mc.warning import WARNINGS
from mcsip.migration import diagrams
from mcsip.migration.decision import Reason
from mcsip.report.checkmodel import check_schema
from mcsip.report.jsonmodel import report_schema
from mcsip.scenario.names import CLIENT_REASONS
from mcsip.scenario.schema import render_schemas, scenario_schema, topology_schema
from mcsip.scenario.steps import STEPS, StepKind
from mcsip.sip.tables import MACHINES, Action, Machine, Start, mermaid
from mcsip.sip.timers import TIMERS, Base, Reliable, Timer, Timers

FOLDER = Path(__file__).resolve().parent
NOTICE = "<!-- Written by 'make docs' from the code. Change it there. -->\n"

Schema = dict[str, Any]

CLIENT_REASON_TEXTS = {
    "unreachable": "the request could not be sent",
    "no-answer": "nobody answered the request in time",
    "no-response": "the request was taken, and no response message followed",
}
"""What the client itself says when it learns nothing from the network, by key."""


def render() -> dict[str, str]:
    """Return the text of each generated file by its name below ``docs``."""
    report = json.dumps(report_schema(), indent=2, ensure_ascii=False) + "\n"
    schemas = {**render_schemas(), "report.schema.json": report}
    schemas["check.schema.json"] = json.dumps(check_schema(), indent=2, ensure_ascii=False) + "\n"
    schemas["load.schema.json"] = json.dumps(load_schema(), indent=2, ensure_ascii=False) + "\n"
    return {
        **{f"schema/{name}": text for name, text in schemas.items()},
        "state-machines.md": state_machines(),
        "scenarios.md": scenarios(),
        "rules.md": f"# Conformance rules\n\n{NOTICE}\n{render_rules()}",
        "scaling.md": f"# Scaling\n\n{NOTICE}\n{render_scaling()}",
        "load.md": f"# Load\n\n{NOTICE}\n{render_load()}",
        "procedures.md": f"# Migration procedures\n\n{NOTICE}\n{render_procedures()}",
    }


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines) + "\n"


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def state_machines() -> str:
    """Return state-machines.md."""
    parts = [
        "# State machines\n",
        NOTICE,
        "An input that has no row in a state changes nothing there.\n",
        "## Transactions of SIP\n",
        _TRANSACTIONS,
    ]
    for machine in MACHINES:
        parts += [
            f"### {machine.name[:1].upper()}{machine.name[1:]}\n",
            f"{machine.clause}.\n",
            f"```mermaid\n{mermaid(machine)}```\n",
            _machine_rows(machine),
        ]
    parts += ["### Timers\n", _timers(), "## Records of a migration\n", _RECORDS]
    for title, draw, rows in (
        ("The primary's record", diagrams.primary_diagram, diagrams.primary_rows),
        ("The partner's record", diagrams.partner_diagram, diagrams.partner_rows),
    ):
        parts += [f"### {title}\n", f"```mermaid\n{draw()}```\n", rows()]
    return "\n".join(parts)


_TRANSACTIONS = """\
RFC 3261 17 with RFC 6026 and RFC 4320; the tables stand in `mcsip/sip/tables.py`. On an arrow: what
happens / what is done.
"""

_RECORDS = """\
Each MC service server keeps a record of each of its users who migrated, and of each visitor. The
tables stand in `mcsip/migration/primary_table.py` and `partner_table.py`, the theory in
`mcsip/migration/records.py`. The diagrams leave out rows that stay in their state. *former* is the
state that the record had before the attempt which failed. Of the primary's states, scenarios and
reports show `offered`, `migrated` and `moving` alike as `migrated`.
"""


def _machine_rows(machine: Machine) -> str:
    rows = [("", "new", machine.initial, machine.begin, machine.clause)] + [
        (row.state.name.capitalize(), _what(row.what), row.to, row.do, row.clause)
        for row in machine.rows
    ]
    return table(
        ("state", "input", "becomes", "done", "clause"),
        [
            (state, what, to.name.capitalize(), _done(do), clause)
            for state, what, to, do, clause in rows
        ],
    )


def _what(what: str) -> str:
    return f"timer {what}" if isinstance(what, Timer) else str(what)


def _done(do: tuple[Action | Start, ...]) -> str:
    return ", ".join(f"start {a.timer}" if isinstance(a, Start) else str(a) for a in do)


def _timers() -> str:
    reliable = {Reliable.SAME: "the same", Reliable.OFF: "not started", Reliable.ZERO: "at once"}
    usual = Timers()
    rows = [
        (
            row.timer,
            row.base.value
            if row.base in {Base.E_AT_T2, Base.F_AFTER_E_AT_T2}
            else f"{row.times:g} {row.base.value}",
            f"{usual.duration(row.timer):g} s",
            reliable[row.reliable],
            row.meaning,
            row.clause,
        )
        for row in TIMERS.values()
    ]
    head = ("timer", "first duration", "usually", "over TCP and TLS", "what for", "clause")
    return table(head, rows)


def scenarios() -> str:
    """Return scenarios.md."""
    topology, scenario = topology_schema(), scenario_schema()
    parts = [
        "# Topology and scenario files\n",
        NOTICE,
        _FILES,
        "## Topology\n",
        _TOPOLOGY,
        *_sections(topology, "###"),
        "## Scenario\n",
        *_sections(scenario, "###", skip={"steps"}),
        "## Steps\n",
        _STEPS,
    ]
    for kind in STEPS.values():
        parts += _step(kind, scenario)
    parts += ["## How expectations are matched\n", _MATCHING]
    parts += ["## Reasons\n", _REASONS, _reasons(), _client_reasons()]
    parts += ["## MC warnings\n", _WARNINGS, _warnings()]
    parts += ["## Messages\n", _MESSAGES, _messages(), _elements()]
    parts += [_COMMUNICATIONS, _communications()]
    return "\n".join(parts)


_FILES = """\
Both are YAML in UTF-8. Every key is known: one that is not is an error, with the nearest known
name as a hint. Text is not taken for a number, nor `yes` for a boolean. All faults of a file are
told at once, each as `file:line:column` with its line. `mcsip validate` checks without running;
editors check and complete with `schema/topology.schema.json` and `schema/scenario.schema.json`.

`include` names files to build on: mappings are joined key by key, lists are put one after the
other, and where both have a value the including file wins.
"""

_TOPOLOGY = """\
Nodes are called `system.node` in scenarios, clients by their own name. Where `address` is absent a
node gets a free port of the loopback interface, so that nothing has to be configured.

### Nodes that are not ours

`mode: sut` says that a node or client is a system under test: it is not started, and the others
reach it at its `address`, which must be given. `mode: observed` says the same of a node that is in
the way but not the subject: what it does is recorded and not judged. `mcsip run --sut
NODE=udp:HOST:PORT` (or `tcp:`, `tls:`, a SIP URI, or `NODE` alone where the topology has the
address; several times) makes one of a node of any scenario.

- Everything else that the topology says of the node stays true: its role, its public service
  identity, its host name. Gateways hide it and servers believe it by these.
- Before the first step the run says on standard error where the node's neighbours listen, and of
  an MC service server which access tokens it must be able to check. Give the neighbours an
  `address`, else their ports are new in every run.
- Its lane in ladders is marked: `server *` is under test, `server o` observed. In the trace are its
  neighbours' copies of its messages.
- `expect_messages`: a message between two nodes that are not ours is not seen, and its verdict is
  *none*. `expect_record` compares what the server's messages show of its record; what no message
  shows is *none*, with the reason.
- The steps of a client that is not ours become waits: the run says what to do on the device, and
  waits for it (`options.timeouts.act`, `--act`). Nothing came: *inconc*.
- A scenario that stops or starts such a node, or that runs in memory, is passed over with the
  reason.
- Nobody resets the node: it begins where the run before has left it.
- A silent node costs Timer F and the waits above it. `options.timeouts.t1` or `--t1` shortens all
  of them in proportion; `options.timeouts.scenario` and `--timeout` end the whole.

`mcsip serve` takes no notice of `mode`: one topology serves a node here and tests it there.
"""

_STEPS = """\
`steps` is a list. An item has one verb with its arguments and, where the verb knows it, `expect`
beside the verb. After a step that fails, the expectations that follow are still judged, up to the
next step that does something: the scenario ends as *fail*. What could not be done at all ends it as
*error*, a precondition that could not be brought about as *inconc*.
"""

_MATCHING = """\
- **`result`** is `success`; `refused`, when somebody said no; or `failed`, when nobody could be
  asked. The [reasons](#reasons) say which of the two they are.
- **`reason`** is a key of the table of reasons. On the spot it comes in the second value of the
  `Warning` header field, `399 agent "key: text (clause)"`; in a response message it comes in the
  reason element of the info body. From a node of another make, which knows only the MC codes of
  TS 24.379 4.4 or only SIP, the reason is taken from the code (101 `token-invalid`, 141
  `user-unknown`, 164 `simultaneous-authorization`, 179 `no-agreement`) or else from the status 404
  (`unknown-system`). What a partner's server gets from the primary's way means something by any
  status (408 and 504 `primary-timeout`, other 5xx and 6xx `primary-unreachable`); a client that
  gets such an answer is not told whose fault it is, and has no reason.
- **`by`** is the node that refused. A refusal names the domain of its system and its role; of
  several nodes with that role in that system, each is accepted.
- **`status`** is the final answer to the client's own request. A refusal that comes from further
  away arrives in a response message, and the client's request was answered 200 before.
- **Messages**: see [`expect_messages`](#expect_messages). A hop is told from sender and receiver,
  the message from `req-type` or `resp-type` of the body. A retransmission is no message of its own.
- **Records**: see [`expect_record`](#expect_record). Only the keys that are written are compared. A
  user of whom a server holds nothing is `home` at the primary and `absent` at a partner.
- Expectations wait for what has not happened yet: 2 s on real sockets, 120 s of virtual time in
  memory, or `options.timeouts.settle`.
"""

_REASONS = """\
*grade* says how sure we are that status and Warning code are the standard's: `2nd` comes from a
public project that read it, `ours` is our own choice. The reasons themselves are our reading of the
clause or policy beside them.
"""

_WARNINGS = """\
Sent as `399 agent "code text"` (TS 24.379 4.4, RFC 3261 20.43).
"""

_MESSAGES = """\
Each is a SIP MESSAGE with an info body of the MC service. The *flow* is stage 2; the string *on the
wire* is stage 3. `[ours]` marks what was not obtainable: `mcsip/mc/messages.py` is the one place to
correct it.
"""


_COMMUNICATIONS = """\
Calls and data between users have names too. Each is a request with an info body that names the
caller and the target, and belongs to the MC services beside it alone: in a run of another service
the steps for it have no meaning, and are refused when the scenario is read.
"""


def _sections(
    schema: Schema, level: str, skip: frozenset[str] | set[str] = frozenset()
) -> list[str]:
    """Return a section for each mapping of a file, the root first."""
    definitions = schema["$defs"]
    shown: dict[str, str] = {}
    waiting: list[tuple[str, str]] = []

    def section(path: str, mapping: Schema) -> list[str]:
        title = f"`{path}`" if path else "The file"
        about = f"{mapping['description']}\n"
        keys = {name: value for name, value in mapping["properties"].items() if name not in skip}
        inner = [
            (each, f"{path}.{name}{suffix}".lstrip("."))
            for name, value in keys.items()
            for each, suffix in _references(value)
        ]
        waiting[:0] = inner
        return [f"{level} {title}\n", about, _keys(mapping, keys)]

    parts = section("", schema)
    while waiting:
        name, path = waiting.pop(0)
        if name in shown:
            parts += [f"{level} `{path}`\n", f"As in [`{shown[name]}`](#{_anchor(shown[name])}).\n"]
            continue
        shown[name] = path
        parts += section(path, definitions[name])
    return parts


def _anchor(title: str) -> str:
    """Return the anchor that GitHub makes of a title."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _keys(mapping: Schema, keys: dict[str, Schema]) -> str:
    required = mapping.get("required", [])
    rows = [
        (f"`{name}`", _type(value), _default(name, value, required), value.get("description", ""))
        for name, value in keys.items()
    ]
    return table(("key", "value", "default", "meaning"), rows)


def _default(name: str, value: Schema, required: Sequence[str]) -> str:
    if name in required:
        return "required"
    default = value.get("default")
    return "" if default in {None, ""} else f"`{json.dumps(default).strip(chr(34))}`"


def _references(value: Schema, suffix: str = "") -> Iterator[tuple[str, str]]:
    """Return the definitions that a value refers to, each with the path to it."""
    if "$ref" in value:
        yield value["$ref"].rpartition("/")[2], suffix
    for each in [*value.get("anyOf", ()), *value.get("oneOf", ())]:
        yield from _references(each, suffix)
    if isinstance(value.get("additionalProperties"), dict):
        yield from _references(value["additionalProperties"], f"{suffix}.*")
    if "items" in value:
        yield from _references(value["items"], f"{suffix}[]")


def _type(value: Schema) -> str:
    """Return what a value may be, in words."""
    choices = [*value.get("anyOf", ()), *value.get("oneOf", ())]
    if choices:
        return " or ".join(_type(each) for each in choices if each.get("type") != "null")
    if "$ref" in value:
        return "mapping"
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return ", ".join(f"`{each}`" for each in value["enum"])
    if value["type"] == "array":
        low, high = value.get("minItems"), value.get("maxItems")
        count = f" of {low}" if low is not None and low == high else ""
        return f"list{count}: {_type(value['items'])}".replace("list: mapping", "list of mappings")
    if value["type"] == "object":
        return f"mapping: each a {_type(value['additionalProperties'])}"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "boolean"}
    return words[value["type"]] + _bounds(value)


def _bounds(value: Schema) -> str:
    low, above, high = (value.get(k) for k in ("minimum", "exclusiveMinimum", "maximum"))
    if above is not None:
        return f" above {above:g}" + (f", to {high:g}" if high is not None else "")
    if low is not None and high is not None:
        return f" {low:g} to {high:g}"
    return f" from {low:g}" if low is not None else ""


def _step(kind: StepKind, schema: Schema) -> list[str]:
    """Return the section of a step: its documentation, its arguments, what it expects."""
    definitions = schema["$defs"]
    parts = [f"### `{kind.verb}`\n", _prose(kind.reference)]
    arguments = definitions[kind.arguments.__name__]
    inner = {}
    if kind.wraps is not None:
        wrapped = arguments["properties"][kind.wraps]
        inner = dict(_references(wrapped))
    if kind.wraps is None or len(arguments["properties"]) > 1:
        parts.append(_keys(arguments, arguments["properties"]))
    if kind.wraps is not None and len(arguments["properties"]) > 1:
        parts.append(f"`{kind.wraps}` may also stand directly under the verb.\n")
    for name in inner:
        parts += [f"{definitions[name]['description']}\n", _of(definitions[name])]
    if kind.expectation is not None:
        parts += ["`expect`:\n", _of(definitions[kind.expectation.__name__])]
    return parts


def _of(mapping: Schema) -> str:
    return _keys(mapping, mapping["properties"])


def _prose(reference: str) -> str:
    """Return a step's documentation as Markdown."""
    first, _, rest = reference.partition("\n")
    summary = first.partition(": ")[2]
    text, _, example = rest.partition("Example::\n")
    lines = "\n".join(line.removeprefix("    ") for line in example.strip("\n").splitlines())
    body = text.strip().replace("``", "`")
    paragraphs = [f"{summary[:1].upper()}{summary[1:]}", body, f"```yaml\n{lines}\n```"]
    return "\n\n".join(each for each in paragraphs if each) + "\n"


def _reasons() -> str:
    rows = [
        (f"`{r.key}`", r.outcome, r.status, r.warning or "", r.text, r.clause, r.value.grade)
        for r in Reason
    ]
    return table(("reason", "result", "status", "Warning", "text", "clause", "grade"), rows)


def _client_reasons() -> str:
    about = "A client that learns nothing from the network ends as `failed` and says itself:\n\n"
    rows = [(f"`{key}`", CLIENT_REASON_TEXTS[key]) for key in CLIENT_REASONS]
    return about + table(("reason", "meaning"), rows)


def _warnings() -> str:
    rows = [(row.code, row.text, row.status, row.use, row.source) for row in WARNINGS.values()]
    return table(("code", "text", "status", "sent when", "source"), rows)


def _messages() -> str:
    rows = [
        (f"`{m.name}`", m.towards, f"`{m.carried_in}`: `{m.value}`", m.flow, m.wire)
        for m in MESSAGES.values()
    ]
    return table(("message", "towards", "on the wire", "flow", "wire"), rows)


def _communications() -> str:
    rows = [
        (f"`{k.name}`", ", ".join(k.services), f"`{k.element}`: `{k.value}`", k.flow, k.wire)
        for k in COMMUNICATIONS.values()
    ]
    return table(("message", "services", "on the wire", "flow", "wire"), rows)


def _elements() -> str:
    hops = {
        HopKind.CLIENT: "between client and server",
        HopKind.SYSTEM: "between servers and gateways",
    }
    rows = [
        (f"`{m.name}`", hops[hop], _names(c.required), _names(c.optional), _names(c.forbidden))
        for m in MESSAGES.values()
        for hop, c in m.content.items()
    ]
    return table(("message", "hop", "must carry", "may carry", "never carries"), rows)


def _names(elements: Iterable[Element]) -> str:
    said = {Element.RESULT: "result"}
    return ", ".join(sorted(said.get(each, each.replace("_", " ")) for each in elements))


def main() -> None:
    """Write the files."""
    for name, text in render().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"written: docs/{name}")


if __name__ == "__main__":
    main()
