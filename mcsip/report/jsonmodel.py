"""The shape of report.json, version 1: data classes of which its JSON Schema is made.

They are neither frozen nor compared nor shown, as those of ``checkmodel``.
"""

from dataclasses import dataclass
from typing import Final, Literal

from mcsip.report.checkmodel import ConformanceModel, Described

FORMAT: Final = "mcsip-report"
VERSION: Final = 1
SCHEMA_URI = "https://mcsip.example/schema/report.schema.json"
"""Names the schema; nothing has to be fetched from there. It stands in docs/schema."""

ModeName = Literal["simulated", "sut", "observed"]
VerdictName = Literal["none", "pass", "inconc", "fail", "error"]


@dataclass(slots=True, eq=False, repr=False)
class PlaceModel(Described):
    """Where something stands in a file."""

    file: str
    """Name of the file as the user gave it."""
    line: int
    """Line, from 1."""
    column: int
    """Column, from 1."""


@dataclass(slots=True, eq=False, repr=False)
class FindingModel(Described):
    """One thing that was judged within a step of the scenario."""

    verdict: VerdictName
    """How it ended."""
    message: str
    """What was judged, or what is wrong."""
    place: PlaceModel
    """Where what is judged stands."""
    expected: str
    """What the scenario says, or empty."""
    actual: str
    """What was observed, or empty."""
    hint: str
    """What may explain it, or empty."""


@dataclass(slots=True, eq=False, repr=False)
class StepModel(Described):
    """One step of the scenario."""

    number: int
    """Position in the scenario, from 1."""
    verb: str
    """The step's verb, such as migrate."""
    title: str
    """The step in one line."""
    place: PlaceModel
    """Where it stands."""
    verdict: VerdictName
    """The worst of its findings; none when it was not run."""
    findings: list[FindingModel]
    """What was judged in it, in order."""
    started_at: float
    """Seconds since the run began."""
    duration_s: float
    """Seconds of the run's clock."""


@dataclass(slots=True, eq=False, repr=False)
class NodeModel(Described):
    """A node that took part, in the order of the ladder's lanes."""

    name: str
    """Its name."""
    system: str
    """The MC system it belongs to, or empty."""
    role: str | None
    """Its role (client, sip-core, mc-server, mc-gateway), or null when it is not known."""
    mode: ModeName
    """simulated: it was ours; sut: a system under test; observed: recorded and not judged."""


@dataclass(slots=True, eq=False, repr=False)
class MessageModel(Described):
    """One request from an MC entity to the next, over any number of SIP cores, with its answer."""

    number: int
    """Position in the trace."""
    at: float
    """Seconds since the run began."""
    sender: str
    """Node that sent it, or host:port of a foreign one."""
    receiver: str
    """Node that it was sent to, or host:port of a foreign one."""
    via: list[str]
    """SIP cores that it passed."""
    label: str
    """Name of the MC message, or SIP method."""
    migration: bool
    """Whether it is an MC message."""
    step: str
    """Step of the clause (several as 3-5), or empty."""
    clause: str
    """Document and clause of the procedure, or empty."""
    outcome: str
    """The result that the message tells of: success, or fail with its reason; else empty."""
    status: int | None
    """Status code of the final answer that the sender got, or null."""
    reason: str
    """Reason phrase of that answer, or empty."""
    warning: str
    """Text of its Warning header field, or empty."""
    answered_at: float | None
    """When it was answered, in seconds since the run began, or null."""
    transport: str
    """UDP, TCP or TLS."""
    retransmissions: int
    """Copies of the request beyond the first."""
    lost: bool
    """Whether the receiver never got it."""


@dataclass(slots=True, eq=False, repr=False)
class NoteModel(Described):
    """One inner step of a node, such as a check or the commit of a record."""

    number: int
    """Position in the trace."""
    at: float
    """Seconds since the run began."""
    node: str
    """The node."""
    step: str
    """Step of the clause, or empty."""
    clause: str
    """Document and clause, or empty."""
    text: str
    """What happened."""


@dataclass(slots=True, eq=False, repr=False)
class StepsModel(Described):
    """The steps of a clause that were observed."""

    clause: str
    """Document and clause."""
    steps: list[int]
    """Their numbers, rising."""


@dataclass(slots=True, eq=False, repr=False)
class CountsModel(Described):
    """How much happened."""

    mc_messages: int
    """MC messages from one MC entity to the next."""
    other_requests: int
    """Other SIP requests."""
    retransmissions: int
    """Copies of requests beyond the first."""
    lost: int
    """Requests that never arrived."""
    unanswered: int
    """Requests that arrived and were not answered."""
    refused: int
    """Requests answered with 300 or more."""


@dataclass(slots=True, eq=False, repr=False)
class ScenarioModel(Described):
    """What came of one scenario."""

    name: str
    """Its name."""
    file: str
    """Its file, as the user gave it."""
    clauses: list[str]
    """The clauses it is about."""
    tags: list[str]
    """Its tags."""
    description: str
    """For people, or empty."""
    service: str
    """Key of the MC service it ran with: mcptt, mcvideo or mcdata."""
    transport: str
    """udp, tcp or tls."""
    network: str
    """loopback or memory."""
    seed: int
    """Seed of the run; the same seed repeats it."""
    verdict: VerdictName
    """The worst of its steps; none when nothing was judged."""
    reason: str
    """Why it is not pass, or empty."""
    skipped: str
    """Why it was filtered, or empty."""
    started_at: str
    """When it began, in UTC (RFC 3339)."""
    duration_s: float
    """Seconds of the run's clock, which is virtual in the memory network."""
    elapsed_s: float
    """Seconds of real time."""
    steps: list[StepModel]
    """Its steps, also those not run."""
    nodes: list[NodeModel]
    """The nodes that took part."""
    messages: list[MessageModel]
    """The messages between MC entities, in order."""
    notes: list[NoteModel]
    """The inner steps of nodes, in order."""
    steps_seen: list[StepsModel]
    """The steps of clauses that were observed, as messages or inner steps."""
    counts: CountsModel
    """How many messages there were, and what became of them."""
    pcap: str | None
    """Name of the capture file, or null."""
    conformance: ConformanceModel | None = None
    """What the rules say of its trace, where they were asked (--check), or null."""


@dataclass(slots=True, eq=False, repr=False)
class ReportModel(Described):
    """What came of the scenarios of a run."""

    format: Literal["mcsip-report"]
    """Names this kind of file."""
    version: Literal[1]
    """Version of the format: fields may be added within a version, none change or go."""
    generator: str
    """The program and its version."""
    verdict: VerdictName
    """The worst verdict of the scenarios that were not skipped."""
    totals: dict[str, int]
    """How many scenarios ended with each verdict, and how many were skipped."""
    scenarios: list[ScenarioModel]
    """The scenarios, in the order in which they ran."""


def report_schema() -> dict[str, object]:
    """Return the JSON Schema of report.json (draft 2020-12); docs/schema has a copy of it."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(ReportModel).json_schema(mode="serialization")
    schema["properties"]["$schema"] = {"type": "string", "description": "Names this schema."}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_URI}
    return {**head, **schema, "title": "mcsip report"}
