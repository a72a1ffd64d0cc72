"""The shape of a load's JSON report, version 1: data classes of which its JSON Schema is made."""

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

LOAD_FORMAT: Final = "mcsip-load"
LOAD_VERSION: Final = 1
LOAD_SCHEMA_URI = "https://mcsip.example/schema/load.schema.json"
"""Names the schema; nothing has to be fetched from there. It stands in docs/schema."""

Verdict = Literal["none", "pass", "missed", "fail", "inconc", "error"]
RecordsVerdict = Literal["none", "pass", "fail", "inconc", "error"]


class Described:
    """Base of the shapes: the texts behind their fields become descriptions in the schema."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, bool]] = {"use_attribute_docstrings": True}


@dataclass(frozen=True, slots=True)
class LatencyModel(Described):
    """Latencies in seconds, measured from when something was due; null where there were none."""

    count: int
    """How many there were."""
    mean: float | None
    """The mean, exactly."""
    deviation: float | None
    """The standard deviation."""
    min: float | None
    """The shortest, exactly."""
    max: float | None
    """The longest, exactly."""
    p50: float | None
    """The median."""
    p90: float | None
    """What 90 percent do not exceed."""
    p95: float | None
    """What 95 percent do not exceed."""
    p99: float | None
    """What 99 percent do not exceed."""
    p99_9: float | None
    """What 99.9 percent do not exceed."""


@dataclass(frozen=True, slots=True)
class StepModel(Described):
    """What came of one step."""

    name: str
    """The step: its verb, numbered where it comes again; total for whole calls."""
    ok: int
    """How many ended as they should."""
    failed: int
    """How many did not."""
    functional: int
    """How many of these because somebody answered otherwise than the scenario says."""
    reasons: dict[str, int]
    """The failures by reason."""
    latency: LatencyModel
    """How long those took that ended as they should."""


@dataclass(frozen=True, slots=True)
class CallsModel(Described):
    """What came of the calls."""

    due: int
    """Calls that were due."""
    begun: int
    """Calls that began."""
    ok: int
    """Calls that ended as they should."""
    failed: int
    """Calls that did not."""
    not_made: dict[str, int]
    """Calls that were due and not made, by reason."""
    not_reset: int
    """Calls that ended as they should, and whose user did not get home after them."""
    rate: float | None
    """Calls that began, a second."""
    lag: LatencyModel
    """How much later than due calls began."""
    kinds: dict[str, int]
    """Calls that failed or were not made, by kind of failure."""


@dataclass(frozen=True, slots=True)
class StageModel(Described):
    """A part of the offered load; the rate goes in a straight line."""

    begin_rate: float
    """Calls a second when it begins."""
    end_rate: float
    """Calls a second when it ends."""
    duration_s: float
    """How long it lasts, in seconds."""


@dataclass(frozen=True, slots=True)
class ScenarioModel(Described):
    """What each call does, and with what."""

    name: str
    """The scenario's name."""
    file: str
    """Its file, as the user named it."""
    clauses: list[str]
    """The clauses that it is about."""
    service: str
    """Key of the MC service."""
    transport: str
    """udp, tcp or tls."""
    network: str
    """loopback or memory."""
    seed: int
    """What keys and identities are made from."""


@dataclass(frozen=True, slots=True)
class OfferedModel(Described):
    """What was asked for."""

    users: int
    """How many users there are."""
    order: str
    """In which order they are taken, as in SIPp's injection files."""
    stages: list[StageModel]
    """The rate over time."""
    max_calls: int | None
    """At most so many calls in all, or null."""
    limit: int | None
    """At most so many calls under way, or null: as many as there are users."""
    grace_s: float
    """How long calls could take after the last one was due."""


@dataclass(frozen=True, slots=True)
class ThresholdModel(Described):
    """A threshold, and what came of it."""

    text: str
    """As the user wrote it."""
    measured: float | None
    """Seconds, a number, calls a second, or a percentage; null: nothing was measured."""
    percent: bool
    """Whether it is a percentage."""
    met: bool
    """Whether it holds."""


@dataclass(frozen=True, slots=True)
class RecordsModel(Described):
    """Whether the records of the systems agree."""

    verdict: RecordsVerdict
    """fail: somebody is half-migrated; inconc: something is still owed; none: not compared; error:
    the records cannot be read."""
    away: int
    """Users whom a primary says to have migrated."""
    visitors: int
    """Visitors whom a partner serves or remembers."""
    waiting: int
    """Users about whom something is still owed or waited for."""
    disagreements: list[str]
    """What the systems say of users of whom they do not say the same, the first ones."""
    more: int
    """How many more there are."""
    unread: list[str]
    """Servers whose records cannot be read."""
    reason: str
    """Why nothing was compared, or empty."""


@dataclass(frozen=True, slots=True)
class RulesModel(Described):
    """What the conformance rules say of the messages of the users who were followed."""

    users: int
    """How many users were followed, and had a message."""
    cut: int
    """How many users were followed no further, or not at all, because enough was kept."""
    messages: int
    """How many messages were looked at."""
    release: int
    """Release of the 3GPP documents that bodies were held against."""
    passed: int
    """How many rules had something to look at and were kept."""
    broken: dict[str, int]
    """The rules that were broken and count, and how often."""


@dataclass(frozen=True, slots=True)
class PointLatencyModel(Described):
    """Latencies of one step in a part of the time, in seconds."""

    p50: float | None
    """The median."""
    p95: float | None
    """What 95 percent do not exceed."""
    p99: float | None
    """What 99 percent do not exceed."""


@dataclass(frozen=True, slots=True)
class PointModel(Described):
    """What happened in a part of the time."""

    at_s: float
    """When it ended, in seconds from the begin."""
    target_rate: float
    """The rate that was due in it on average, in calls a second."""
    due: int
    """Calls that were due in it."""
    begun: int
    """Calls that began in it."""
    ok: int
    """Calls that ended in it as they should."""
    failed: int
    """Calls that failed in it, or were not made."""
    not_reset: int
    """Users who did not get home in it, after calls that had ended as they should."""
    outstanding: int
    """Calls under way when it ended, the resets after them included."""
    kinds: dict[str, int]
    """The failures by kind."""
    latency: dict[str, PointLatencyModel]
    """By step, of what ended as it should in it."""


@dataclass(frozen=True, slots=True)
class GeneratorModel(Described):
    """The process that made the calls, and the nodes in it."""

    elapsed_s: float
    """How long it worked on the calls, in seconds of real time."""
    cpu_s: float
    """CPU time that it took meanwhile, in seconds."""
    memory_octets: int
    """The most memory that it had."""
    percentile_error: float
    """Largest relative error of a percentile in this report."""


@dataclass(frozen=True, slots=True)
class LoadReportModel(Described):
    """What came of a load."""

    format: Literal["mcsip-load"]
    """Names this kind of file."""
    version: Literal[1]
    """Version of the format: fields may be added within a version, none change or go."""
    generator: str
    """The program and its version."""
    verdict: Verdict
    """missed: a threshold, without a functional failure; inconc: something is still owed."""
    reasons: list[str]
    """Why it is not pass, the worst first."""
    interrupted: bool
    """Whether the user ended it early."""
    started_at: str
    """When it began, in UTC."""
    duration_s: float
    """How long calls were due, in seconds of the run's clock."""
    scenario: ScenarioModel
    """What each call does."""
    offered: OfferedModel
    """What was asked for."""
    calls: CallsModel
    """What came of the calls."""
    steps: list[StepModel]
    """What came of each step; whole calls come last."""
    thresholds: list[ThresholdModel]
    """What came of each threshold."""
    records: RecordsModel
    """Whether the records of the systems agree."""
    rules: RulesModel | None
    """What the rules say of the sample; null: nobody was followed."""
    faults: list[str]
    """What was wrong inside nodes of ours."""
    details: list[str]
    """The first failures, each in full."""
    remarks: list[str]
    """What must be known of the figures, and what of the scenario was not judged, and why."""
    points: list[PointModel]
    """What happened when."""
    process: GeneratorModel
    """The process that made the calls."""


def load_schema() -> dict[str, object]:
    """Return the JSON Schema of a load's report (draft 2020-12); docs/schema has a copy of it."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(LoadReportModel).json_schema(mode="serialization")
    schema["properties"]["$schema"] = {"type": "string", "description": "Names this schema."}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": LOAD_SCHEMA_URI}
    return {**head, **schema, "title": "mcsip load report"}
