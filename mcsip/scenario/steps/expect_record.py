"""The step ``expect_record``: what the MC service servers hold of a user.

A server's record is asked for by the user's primary MC service ID. Only what is written is
compared. What is not so yet may become so: the step waits before it fails.

The records of a server that is not ours (``mode: sut`` or ``observed``) cannot be read. What its
messages show of them is compared: that a visitor is stored, success to the client tells. What no
message shows is reported with the verdict none.

Clause: TS 23.280 10.6.3.3 steps 7 and 11 [seed].

Example::

    - expect_record:
        primary.server: {user: sip:alice@primary.example, status: migrated, profile: 2}
        partner.server: {user: sip:alice@primary.example, status: active, basis: primary}
"""

from typing import Literal

from pydantic import Field

from mcsip.exchanges import find_exchanges
from mcsip.filemodel import FileModel
from mcsip.mc.roles import Role
from mcsip.migration.states import PartnerRecord, PartnerStatus, PrimaryRecord
from mcsip.scenario.behaviour import Shown, shown_record
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import NoExpectation, Step, StepKind


class RecordFile(FileModel):
    """What a server is to hold of a user."""

    user: str = Field(description="The user's MC service ID in the primary system.")
    status: str | None = Field(
        None,
        description="In the primary: home, migrated. In a partner: absent, pending, active, "
        "retained.",
    )
    partner: str | None = Field(
        None, description="In the primary: domain or name of the partner system."
    )
    profile: int | None = Field(None, ge=0, description="Index of the selected user profile.")
    partner_id: str | None = Field(
        None, description="MC service ID that the partner issued; 'none' when it issued none."
    )
    basis: Literal["primary", "local", "on-failure"] | None = Field(
        None,
        description="In a partner: on whose word it serves the user: the primary's, its own "
        "without interconnection, its own after a failure.",
    )
    owed: list[str] | None = Field(
        None, description="In the primary: the messages that partners have not taken yet."
    )


class ExpectRecordArguments(FileModel):
    """What is expected, by node."""

    records: dict[str, RecordFile] = Field(
        min_length=1, description="By MC service server, written system.node."
    )


Record = PrimaryRecord | PartnerRecord

#: How a scenario says that the partner issued no ID.
NOTHING = "none"


class ExpectRecord(Step[ExpectRecordArguments, NoExpectation]):
    """What the MC service servers hold of a user."""

    verb = "expect_record"
    wraps = "records"

    @property
    def title(self) -> str:
        """The step in one line."""
        parts = [
            f"{node} {record.status or 'as described'}"
            for node, record in self.arguments.records.items()
        ]
        return f"expect record: {', '.join(parts)}"

    def check(self, names: Names) -> None:
        """Check nodes, users, statuses and domains."""
        for node, record in self.arguments.records.items():
            path = self.under(node)
            names.node(path, node, key=True, role=Role.MC_SERVER)
            names.user((*path, "user"), record.user)
            if record.status is not None:
                names.status((*path, "status"), node, record.user, record.status)
            if record.partner is not None:
                names.domain((*path, "partner"), record.partner)
            for number, message in enumerate(record.owed or ()):
                names.message((*path, "owed", number), message)
            if record.partner_id not in (None, NOTHING):
                names.mc_id((*path, "partner_id"), record.partner_id)

    async def perform(self, context: StepContext) -> None:
        """Compare each record, once it is as expected or the time is over."""
        for node, wanted in self.arguments.records.items():
            if context.is_foreign(node):
                await self._judge_shown(context, node, wanted)
            else:
                await self._judge(context, node, wanted)

    async def _judge_shown(self, context: StepContext, node: str, wanted: RecordFile) -> None:
        """Judge the record of a server that is not ours, by what its messages show of it."""
        rows = self._rows(context, wanted)
        primary = wanted.user in context.scenario.topology.system_of(node).users

        def shown() -> Shown:
            exchanges = find_exchanges(context.trace)
            found = shown_record(exchanges, node, wanted.user, primary=primary)
            return Shown() if found is None or _may_have_ended(found, wanted) else found

        def wrong(seen: Shown) -> list[tuple[str, object]]:
            return [(key, it) for key, it in rows if seen.fields.get(key, it) != it]

        await context.settle(lambda: bool(shown().fields) and not wrong(shown()))
        seen = shown()
        if context.is_of_observed(node):
            message = f"{node} is observed, and not judged: {_told(seen)}"
            context.judge(Verdict.NONE, message, self.at(node))
            return
        for key, value in wrong(seen):
            context.judge(
                Verdict.FAIL,
                f"{node} behaves as if it held another {key} of {wanted.user}",
                self.at(node, key),
                expected=f"{key}: {value}",
                actual=_told(seen),
            )
        unknown = [key for key, _ in rows if key not in seen.fields]
        if len(unknown) < len(rows) and not wrong(seen):
            context.judge(Verdict.PASS, f"{node} behaves so: {_told(seen)}", self.at(node))
        if unknown:
            keys = ", ".join(unknown)
            message = f"{node} is not ours: no message shows its record's {keys}"
            context.judge(Verdict.NONE, message, self.at(node, unknown[0]))

    async def _judge(self, context: StepContext, node: str, wanted: RecordFile) -> None:
        """Judge one record."""
        rows = self._rows(context, wanted)

        def differences() -> list[tuple[str, object]]:
            record = context.simulation.record(node, wanted.user)
            owed = sorted(context.simulation.owed(node, wanted.user))
            return [
                (key, value)
                for key, value in rows
                if (owed if key == "owed" else _field(record, key)) != value
            ]

        await context.settle(lambda: not differences())
        found = describe_record(context.simulation.record(node, wanted.user))
        if wanted.owed is not None:
            found += f", owed: {', '.join(context.simulation.owed(node, wanted.user)) or 'nothing'}"
        for key, value in differences():
            context.judge(
                Verdict.FAIL,
                f"{node} holds another {key} of {wanted.user}",
                self.at(node, key),
                expected=f"{key}: {value}",
                actual=found,
            )
        if not differences():
            context.judge(Verdict.PASS, f"{node}: {found}", self.at(node))

    @staticmethod
    def _rows(context: StepContext, wanted: RecordFile) -> tuple[tuple[str, object], ...]:
        """Return key and value of what is written; a system's name becomes its domain."""
        systems = context.scenario.topology.systems
        partner = wanted.partner
        if partner is not None and partner in systems:
            partner = systems[partner].domain
        rows = (
            ("status", wanted.status),
            ("partner", partner),
            ("profile", wanted.profile),
            ("basis", wanted.basis),
            ("owed", None if wanted.owed is None else sorted(wanted.owed)),
        )
        given: list[tuple[str, object]] = [(key, value) for key, value in rows if value is not None]
        if wanted.partner_id is not None:
            id_ = None if wanted.partner_id == NOTHING else wanted.partner_id
            given.append(("partner_id", id_))
        return tuple(given)


KIND = StepKind.of(ExpectRecord, ExpectRecordArguments)


def _told(shown: Shown) -> str:
    """Return what is shown of a record in one line, for people."""
    fields = ", ".join(f"{key}: {value}" for key, value in shown.fields.items())
    return f"{fields} (by {shown.evidence})" if fields else "no message shows it"


def _may_have_ended(shown: Shown, wanted: RecordFile) -> bool:
    """Tell whether a partner may have forgotten a user since: nobody is told of that."""
    retained, absent = str(PartnerStatus.RETAINED), str(PartnerStatus.ABSENT)
    return wanted.status == absent and shown.fields.get("status") == retained


def _field(record: Record, key: str) -> object:
    """Return a field of a record as scenarios write it."""
    match key:
        case "status":
            return str(record.status)
        case "partner":
            return record.partner if isinstance(record, PrimaryRecord) else None
        case "profile":
            return record.profile
        case "basis":
            return _basis(record)
        case _:
            return record.partner_id


def _basis(record: Record) -> str | None:
    """Return on whose word a visitor is served; None where nobody is."""
    if isinstance(record, PrimaryRecord) or record.status is PartnerStatus.ABSENT:
        return None
    return str(record.basis)


def describe_record(record: Record) -> str:
    """Return a record in one line, for people."""
    parts = [
        f"{key}: {value}"
        for key in ("status", "partner", "profile", "partner_id", "basis")
        if (value := _field(record, key)) is not None
    ]
    return ", ".join(parts)
