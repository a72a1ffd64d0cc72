"""The shape of a check's JSON report, version 1: data classes of which its JSON Schema is made.

What a check says of one trace also stands in report.json, for each scenario that ``mcsip run
--check`` ran.

The shapes are filled in, written, and thrown away. They are neither frozen nor compared nor shown:
the methods for that are compiled for each class at each start, and took 5 ms of every run.
"""

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

CHECK_FORMAT: Final = "mcsip-check"
CHECK_VERSION: Final = 1
CHECK_SCHEMA_URI = "https://mcsip.example/schema/check.schema.json"
"""Names the schema; nothing has to be fetched from there. It stands in docs/schema."""

RuleVerdict = Literal["none", "pass", "warn", "fail"]
RuleLevel = Literal["shall", "should", "may"]
CheckVerdict = Literal["none", "pass", "inconc", "fail"]


class Described:
    """Base of the shapes: the texts behind their fields become descriptions in the schema."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, bool]] = {"use_attribute_docstrings": True}


@dataclass(slots=True, eq=False, repr=False)
class FaultModel(Described):
    """One place where a rule is broken."""

    number: int
    """Position in the trace of the message that shows it."""
    at: float
    """Seconds since the trace began."""
    node: str
    """Who broke it."""
    peer: str
    """The other side, or empty."""
    sender: str
    """Who sent the message, or empty when it is not kept."""
    receiver: str
    """Whom it was sent to, or empty."""
    message: str
    """Name of the MC message, or SIP method, or what response to it; or empty."""
    step: str
    """Step of the clause that the message is, or empty."""
    expected: str
    """What the clause asks for."""
    actual: str
    """What was there instead."""
    line: int | None
    """Line of the message, from 1, or null: the message as a whole."""
    text: str
    """That line, or empty."""
    span: list[int] | None
    """First octet and first octet after, within the message, or null."""


@dataclass(slots=True, eq=False, repr=False)
class RuleModel(Described):
    """What came of one rule."""

    id: str
    """Its id: document, clause, name."""
    document: str
    """The document."""
    clause: str
    """The clause."""
    level: RuleLevel
    """How much it binds."""
    grade: str
    """How sure we are of the clause's text."""
    requirement: str
    """What it asks for."""
    verdict: RuleVerdict
    """none: it had nothing to look at; warn: broken, but its level does not count."""
    looked_at: int
    """How many messages, transactions, passages or courses it looked at."""
    broken: int
    """How often it was broken."""
    findings: list[FaultModel]
    """Where, the first ones."""


@dataclass(slots=True, eq=False, repr=False)
class SystemNodeModel(Described):
    """A node of the trace."""

    name: str
    """Its name."""
    system: str
    """Its MC system, or empty."""
    role: str | None
    """Its role (client, sip-core, mc-server, mc-gateway), or null when it is not known."""
    domain: str
    """The domain of its MC system, or empty."""
    addresses: list[str]
    """Where it was seen, as host:port."""


@dataclass(slots=True, eq=False, repr=False)
class ConformanceModel(Described):
    """What came of the check of one trace."""

    source: str
    """The capture or trace, as the user named it."""
    verdict: CheckVerdict
    """fail: a rule that counts was broken; inconc: it could not be read to its end."""
    reason: str
    """Why it is not pass, or empty."""
    release: int
    """Release of the 3GPP documents that bodies were held against."""
    strict: bool
    """Whether a should counts."""
    messages: int
    """SIP messages that were looked at."""
    strangers: int
    """Messages at SIP addresses that hold no SIP."""
    incomplete: bool
    """Whether something of the source could not be read."""
    remarks: list[str]
    """What is to be said of the source."""
    nodes: list[SystemNodeModel]
    """The nodes, given or inferred."""
    totals: dict[str, int]
    """How many rules ended with each verdict."""
    rules: list[RuleModel]
    """The selected rules, in the order of the catalogue."""


@dataclass(slots=True, eq=False, repr=False)
class CheckReportModel(Described):
    """What came of a check."""

    format: Literal["mcsip-check"]
    """Names this kind of file."""
    version: Literal[1]
    """Version of the format: fields may be added within a version, none change or go."""
    generator: str
    """The program and its version."""
    verdict: CheckVerdict
    """The worst verdict of the traces."""
    traces: list[ConformanceModel]
    """The traces, in order."""


def check_schema() -> dict[str, object]:
    """Return the JSON Schema of a check's report (draft 2020-12); docs/schema has a copy of it."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(CheckReportModel).json_schema(mode="serialization")
    schema["properties"]["$schema"] = {"type": "string", "description": "Names this schema."}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": CHECK_SCHEMA_URI}
    return {**head, **schema, "title": "mcsip check report"}
