"""The tables of the database, and records as their rows.

Version 2; version 1 had no table of functional aliases. A placement or record that stands behind
another (``former``) is kept as JSON in its row; nothing looks into it but the tables of
``mcsip.migration``.
"""

import json
from dataclasses import asdict
from typing import Any, NamedTuple

from mcsip.migration.records import Basis, PartnerRecord, PartnerStatus, Placement, PrimaryRecord
from mcsip.store.port import Activation, Owed

SCHEMA_VERSION = 2
"""Kept in the database (``PRAGMA user_version``); another number is refused."""

APPLICATION_ID = 0x6D637369
"""Marks the file as ours (``PRAGMA application_id``): "mcsi" in ASCII."""

SCHEMA = """
CREATE TABLE primary_record (
  user TEXT PRIMARY KEY,
  partner TEXT,
  partner_id TEXT,
  profile INTEGER,
  attempt TEXT,
  since REAL,
  taken INTEGER,
  notified INTEGER,
  confirm_until REAL,
  due REAL,
  former TEXT,
  ended TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX primary_due ON primary_record (due) WHERE due IS NOT NULL;

CREATE TABLE partner_record (
  user TEXT PRIMARY KEY,
  status TEXT NOT NULL,
  partner_id TEXT,
  profile INTEGER,
  attempt TEXT NOT NULL,
  since REAL,
  until REAL,
  basis TEXT NOT NULL,
  due REAL,
  former_partner_id TEXT,
  former TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX partner_due ON partner_record (due) WHERE due IS NOT NULL;
CREATE INDEX partner_by_id ON partner_record (partner_id) WHERE partner_id IS NOT NULL;
CREATE INDEX partner_by_former_id ON partner_record (former_partner_id)
  WHERE former_partner_id IS NOT NULL;

CREATE TABLE owed (
  id TEXT PRIMARY KEY,
  message TEXT NOT NULL,
  destination TEXT NOT NULL,
  user TEXT NOT NULL,
  attempt TEXT NOT NULL,
  body BLOB NOT NULL,
  created_at REAL NOT NULL,
  attempts INTEGER NOT NULL,
  next_try_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX owed_due ON owed (next_try_at);
"""

ALIASES = """
CREATE TABLE alias (
  alias TEXT PRIMARY KEY,
  user TEXT NOT NULL,
  attempt TEXT NOT NULL,
  since REAL NOT NULL
) STRICT, WITHOUT ROWID
"""
"""What version 2 added."""

Value = str | bytes | int | float | None
Row = tuple[Value, ...]


class Table(NamedTuple):
    """The statements of one table that all adapters share.

    Attributes:
        name: the table.
        key: its primary key.
        due: the column of deadlines.
        columns: the names of its columns, in order.
    """

    name: str
    key: str
    due: str
    columns: tuple[str, ...]

    @property
    def deadlines(self) -> str:
        """Statement that selects key and deadline, the earliest first."""
        return (
            f"SELECT {self.key}, {self.due} FROM {self.name} "  # noqa: S608 - names of our own tables
            f"WHERE {self.due} IS NOT NULL ORDER BY {self.due}"
        )

    def select(self, rest: str) -> str:
        """Return the statement that selects rows.

        Args:
            rest: what follows the table's name.
        """
        return f"SELECT * FROM {self.name} {rest}"  # noqa: S608 - names of our own tables


def _columns(names: str) -> tuple[str, ...]:
    return tuple(names.split())


PRIMARY = Table(
    "primary_record",
    '"user"',  # in quotation marks: PostgreSQL has a function of this name
    "due",
    _columns(
        "user partner partner_id profile attempt since taken notified confirm_until due former"
        " ended"
    ),
)
PARTNER = Table(
    "partner_record",
    '"user"',
    "due",
    _columns(
        "user status partner_id profile attempt since until basis due former_partner_id former"
    ),
)
OWED = Table(
    "owed",
    "id",
    "next_try_at",
    _columns("id message destination user attempt body created_at attempts next_try_at"),
)
ALIAS = Table("alias", "alias", "since", _columns("alias user attempt since"))
TABLES = (PRIMARY, PARTNER, OWED, ALIAS)


def _json(values: object) -> str:
    return json.dumps(values, separators=(",", ":"))


def primary_row(record: PrimaryRecord) -> Row:
    """Return the row of a primary's record; without a partner where only debts are left."""
    at = record.current
    ended = _json(record.ended) if record.ended else None
    if at is None:
        return (record.user, *(None,) * 10, ended)
    former = _json([asdict(p) for p in record.former]) if record.former else None
    return (
        record.user,
        at.partner,
        at.partner_id,
        at.profile,
        at.attempt,
        at.since,
        int(at.taken),
        int(at.notified),
        at.confirm_until,
        record.deadline,
        former,
        ended,
    )


def read_primary(row: Any) -> PrimaryRecord:
    """Return the primary's record of a row."""
    user, partner, partner_id, profile, attempt, since, taken, notified, until = row[:9]
    former, ended = row[10:]
    over = tuple(json.loads(ended)) if ended else ()
    if partner is None:
        return PrimaryRecord(user, ended=over)
    at = Placement(partner, partner_id, profile, attempt, since, bool(taken), bool(notified), until)
    behind = tuple(Placement(**fields) for fields in json.loads(former)) if former else ()
    return PrimaryRecord(user, at, behind, over)


def partner_row(record: PartnerRecord) -> Row:
    """Return the row of a partner's record; an absent visitor has none."""
    former = record.former
    return (
        record.user,
        str(record.status),
        record.partner_id,
        record.profile,
        record.attempt,
        record.since,
        record.until,
        str(record.basis),
        record.deadline,
        former.partner_id if former else None,
        _json(asdict(former)) if former else None,
    )


def read_partner(row: Any) -> PartnerRecord:
    """Return the partner's record of a row."""
    user, status, partner_id, profile, attempt, since, until, basis, _, _, former = row
    behind = None
    if former:
        fields = json.loads(former)
        fields |= {"status": PartnerStatus(fields["status"]), "basis": Basis(fields["basis"])}
        behind = PartnerRecord(**fields)
    return PartnerRecord(
        user,
        PartnerStatus(status),
        partner_id,
        profile,
        attempt,
        since,
        until,
        Basis(basis),
        behind,
    )


def owed_row(owed: Owed) -> Row:
    """Return the row of a debt."""
    return (
        owed.id,
        owed.message,
        owed.to,
        owed.user,
        owed.attempt,
        owed.body,
        owed.created_at,
        owed.attempts,
        owed.next_try_at,
    )


def read_owed(row: Any) -> Owed:
    """Return the debt of a row."""
    return Owed(*row)


def alias_row(activation: Activation) -> Row:
    """Return the row of an activation that has a user."""
    return activation.alias, activation.user, activation.attempt, activation.since


def read_alias(row: Any) -> Activation:
    """Return the activation of a row."""
    return Activation(*row)
