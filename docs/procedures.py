"""Writes procedures.md: what each migration procedure is, with a ladder from a run of it.

``procedures.yaml`` is the table: a procedure has clauses with what they say in our words, the runs
that its ladders come from, its scenario files, and what about it is not the standard's. A row
without scenario files is an error, and so is a scenario file without a row:
``tests/architecture/test_procedures.py``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from mcsip.document import Position
from mcsip.migration.states import PartnerRecord, PrimaryRecord
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.simulation import Simulation
from mcsip.report.ladder import Ladder, build_ladder
from mcsip.report.terminal import render_ladder
from mcsip.resources import scenarios_dir
from mcsip.scenario.context import StepContext
from mcsip.scenario.load import Scenario, load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import Verdict
from mcsip.scenario.run import run_scenario
from mcsip.scenario.steps.base import Step
from mcsip.scenario.steps.expect_record import describe_record
from mcsip.scenario.steps.registry import AnyStep
from mcsip.topology.gateways import Gateways
from mcsip.trace import Trace
from mcsip.yamlfile import read_document

SEED = 1
WIDTH = 80


@dataclass(frozen=True, slots=True)
class Says:
    """What a clause says about a procedure, in one sentence of our own.

    Attributes:
        clause: document and clause.
        grade: how we know: seed, read, 2nd or gen.
        sentence: what it says.
    """

    clause: str
    grade: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A run whose ladder and records are shown.

    Attributes:
        file: the scenario, below the folder of scenarios.
        gateways: which systems keep their gateways.
        title: what the reader sees, where a procedure has several.
        steps: how many of its steps are run; None: all.
    """

    file: str
    gateways: Gateways = Gateways.BOTH
    title: str = ""
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class Procedure:
    """One section.

    Attributes:
        title: its name.
        about: what happens, in a few sentences.
        clauses: what it stands on.
        runs: what is shown.
        files: its scenarios, as patterns below the folder of scenarios.
        own: what about it is [gen] or [ours], one sentence each.
    """

    title: str
    about: str
    clauses: tuple[Says, ...]
    runs: tuple[Shown, ...]
    files: tuple[str, ...]
    own: tuple[str, ...]


TABLE = Path(__file__).resolve().parent / "procedures.yaml"


def _read() -> tuple[Procedure, ...]:
    """Return the procedures of the table, in its order."""
    return tuple(
        Procedure(
            title=row["title"],
            about=row["about"].strip(),
            clauses=tuple(Says(**each) for each in row["clauses"]),
            runs=tuple(
                Shown(**{**run, "gateways": Gateways(run.get("gateways", "both"))})
                for run in row["runs"]
            ),
            files=tuple(row["files"]),
            own=tuple(row["own"]),
        )
        for row in yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    )


PROCEDURES = _read()
"""The procedures, in the order of the sections."""


def files_of(procedure: Procedure) -> list[Path]:
    """Return the scenario files of a procedure, the ones shown first."""
    folder = scenarios_dir()
    shown = [folder / run.file for run in procedure.runs]
    found = {
        path
        for pattern in procedure.files
        for path in folder.glob(pattern)
        if path.parent.name != "topologies"
    }
    return list(dict.fromkeys([*(path for path in shown if path in found), *sorted(found)]))


# --- a run ----------------------------------------------------------------------------------------

Records = dict[tuple[str, str], str]
"""What servers hold, in words, by server and user."""


@dataclass(slots=True)
class _Look(Step[Any, Any]):
    """A step between two others that looks at the records.

    Attributes:
        beside: the step whose place in the file it names.
        records: what it saw.
        mark: the last number of the trace when it looked.
    """

    verb = "look"
    beside: AnyStep
    records: Records = field(default_factory=dict)
    mark: int = 0

    @property
    def position(self) -> Position:
        """Where the step beside it stands."""
        return self.beside.position

    @property
    def title(self) -> str:
        """The step in one line."""
        return "look at the records"

    def check(self, names: object) -> None:
        """Check nothing: it has no names."""

    async def perform(self, context: StepContext) -> None:
        """Remember the records, and how far the trace is, once nothing is under way."""
        simulation = context.simulation
        await context.settle(lambda: simulation.unanswered() == 0 and not _debts(simulation))
        self.records = _records(context.simulation)
        self.mark = len(context.trace.entries) + len(context.trace.notes)


def _records(simulation: Simulation) -> Records:
    """Return what the server of each user holds in each system, and what it owes."""
    found: Records = {}
    topology = simulation.topology
    for client in topology.clients.values():
        for system in topology.systems.values():
            server = simulation.server_of(system.name, client.mc_id).name
            text = describe_record(simulation.record(server, client.mc_id))
            owed = simulation.owed(server, client.mc_id)
            found[server, client.mc_id] = f"{text}, owed: {', '.join(owed)}" if owed else text
    return found


def _debts(simulation: Simulation) -> list[str]:
    """Return what servers that run still owe."""
    servers = [node for node in simulation.nodes.values() if isinstance(node, McServer)]
    return [debt.id for node in servers if node.running for debt in node.store.debts()]


def _first(scenario: Scenario) -> int:
    """Return the index of the first step that is shown: what is given is not."""
    verbs = [step.verb for step in scenario.steps]
    return max((index + 1 for index, verb in enumerate(verbs) if verb == "given"), default=0)


def _run(shown: Shown) -> tuple[Ladder, _Look, _Look]:
    """Run a scenario in memory; return its ladder, and the records before and after.

    Raises:
        RuntimeError: it does not pass.
    """
    options = RunOptions(network="memory", gateways=str(shown.gateways))
    scenario = load_scenario(scenarios_dir() / shown.file, name=shown.file, over=options)
    first = _first(scenario)
    steps = scenario.steps[: shown.steps]
    before, after = _Look(steps[0]), _Look(steps[-1])
    watched = replace(scenario, steps=(*steps[:first], before, *steps[first:], after))
    done = run_scenario(watched, seed=SEED)
    if done.result.verdict is not Verdict.PASS:
        raise RuntimeError(f"{shown.file} does not pass: {done.result.reason}")
    return _ladder(done.trace, before.mark), before, after


def _ladder(trace: Trace, mark: int) -> Ladder:
    """Return the ladder of what came after a mark."""
    ladder = build_ladder(trace)
    rows = tuple(row for row in ladder.rows if row.number > mark)
    return replace(ladder, rows=rows)


# --- Markdown -------------------------------------------------------------------------------------


def render_procedures() -> str:
    """Return procedures.md without its notice.

    Raises:
        RuntimeError: a scenario that is shown does not pass.
    """
    overview = [
        f"- [{each.title}](#{_anchor(each.title)}): {len(files_of(each))} scenarios"
        for each in PROCEDURES
    ]
    parts = [_HEAD, "\n".join(overview) + "\n"]
    for procedure in PROCEDURES:
        parts += _section(procedure)
    return "\n".join(parts)


_HEAD = """\
What each clause says stands here in our own words, with how we know: `seed` and `read` are the
standard's own text, `2nd` somebody who read it, `gen` general knowledge, `ours` our own choice. The
ladders are those of runs in the network in memory, with seed 1; a number on the left of an arrow is
the step of the clause above it, and a number on the right the answer. Records are what the servers
of the user hold before the first arrow and after the last one. In prose `[ours]` and `[gen]` mark
what is not the standard's.
"""


def _anchor(title: str) -> str:
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -")
    return kept.replace(" ", "-")


def _section(procedure: Procedure) -> Iterator[str]:
    """Yield the section of a procedure."""
    yield f"## {procedure.title}\n"
    yield f"{procedure.about}\n"
    rows = [(says.clause, says.sentence, says.grade) for says in procedure.clauses]
    yield _table(("clause", "what it says", "grade"), rows)
    for shown in procedure.runs:
        yield from _shown(shown)
    yield "What is not the standard's:\n"
    yield "".join(f"- {each}\n" for each in procedure.own)
    yield "Scenarios:\n"
    yield "".join(f"- {_link(path)}: {_name(path)}\n" for path in files_of(procedure))


def _shown(shown: Shown) -> Iterator[str]:
    """Yield ladder and records of a run."""
    ladder, before, after = _run(shown)
    path = scenarios_dir() / shown.file
    lead = f"{shown.title}: " if shown.title else ""
    option = "" if shown.gateways is Gateways.BOTH else f" `--gateways {shown.gateways}`"
    yield f"**{lead}{_name(path)}**, {_link(path)}{option}\n"
    lines = render_ladder(ladder, width=WIDTH).splitlines()
    yield "```text\n" + "\n".join(line.rstrip() for line in lines) + "\n```\n"
    yield _table(("server", "user", "before", "after"), _rows(before, after))


def _rows(before: _Look, after: _Look) -> Iterator[tuple[str, ...]]:
    """Yield the records of every user whom some server does not hold to be simply at home."""
    plain = {describe_record(PrimaryRecord(user="")), describe_record(PartnerRecord(user=""))}
    for (server, user), text in before.records.items():
        everywhere = [
            records[key]
            for records in (before.records, after.records)
            for key in records
            if key[1] == user
        ]
        if set(everywhere) <= plain:
            continue
        yield f"`{server}`", f"`{user}`", text, after.records[server, user]


def _link(path: Path) -> str:
    below = path.relative_to(scenarios_dir()).as_posix()
    return f"[{below}](../scenarios/{below})"


def _name(path: Path) -> str:
    node = read_document(path).get("name")
    assert node is not None
    return str(node.scalar)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
