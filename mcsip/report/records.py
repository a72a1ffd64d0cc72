"""The records of a node's database, for people and for programs: who is where, and what is owed.

Pure functions: from what the store held at one moment to a table or to plain JSON values. A user at
home about whom nothing is owed, and an absent visitor, have no record and so no line.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mcsip.migration.records import PartnerRecord, Placement, PrimaryRecord
from mcsip.report.canvas import printable
from mcsip.store.port import Owed

FORMAT = "mcsip-state"
VERSION = 1

Rows = list[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Records:
    """What a database held at one moment.

    Attributes:
        database: name of the file.
        users: the primary's records of its own users.
        visitors: the partner's records of users of other systems.
        owed: what is owed to other systems.
    """

    database: str
    users: tuple[PrimaryRecord, ...] = ()
    visitors: tuple[PartnerRecord, ...] = ()
    owed: tuple[Owed, ...] = ()

    def about(self, mc_id: str) -> "Records":
        """Return only what is about one user, named by the ID in the primary or in a partner."""
        users = tuple(r for r in self.users if mc_id in {r.user, r.partner_id})
        visitors = tuple(r for r in self.visitors if mc_id in {r.user, *_issued(r)})
        named = {mc_id, *(r.user for r in users), *(r.user for r in visitors)}
        return Records(
            self.database, users, visitors, tuple(o for o in self.owed if o.user in named)
        )


def _issued(record: PartnerRecord) -> tuple[str | None, ...]:
    return record.partner_id, record.former.partner_id if record.former else None


def show_time(wall: float | None) -> str:
    """Return epoch seconds as UTC in ISO 8601, to the millisecond; "" for None."""
    if wall is None:
        return ""
    moment = dt.datetime.fromtimestamp(wall, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# The table


def render_records(records: Records) -> str:
    """Return the records of one database as tables of text."""
    parts = [printable(records.database)]
    for title, head, rows in (
        ("users of this system who are not simply at home", _USERS, _user_rows(records.users)),
        ("visitors from other systems", _VISITORS, _visitor_rows(records.visitors)),
        ("owed to other systems", _OWED, _owed_rows(records.owed)),
    ):
        parts.append(f"\n  {title}: {_count(rows)}")
        if rows:
            parts += _table([head, *rows])
    return "\n".join(parts) + "\n"


_USERS = ("user", "status", "partner", "ID there", "profile", "since", "state")
_VISITORS = ("user", "status", "ID here", "profile", "since", "until", "basis")
_OWED = ("message", "to", "about", "since", "tries", "next try")


def _count(rows: Rows) -> str:
    return str(sum(bool(row[0]) for row in rows) or "none")


def _user_rows(users: Iterable[PrimaryRecord]) -> Rows:
    rows: Rows = []
    for record in users:
        rows.append((record.user, str(record.status), *_placement(record.current), record.state))
        before = (("", "before", *_placement(at), "") for at in record.former)
        rows += before
    return rows


def _placement(at: Placement | None) -> tuple[str, str, str, str]:
    if at is None:
        return "", "", "", ""
    return at.partner, at.partner_id or "", str(at.profile), show_time(at.since)


def _visitor_rows(visitors: Iterable[PartnerRecord]) -> Rows:
    rows: Rows = []
    for record in visitors:
        rows.append((record.user, str(record.status), *_stay(record)))
        if record.former is not None:
            rows.append(("", f"before: {record.former.status}", *_stay(record.former)))
    return rows


def _stay(record: PartnerRecord) -> tuple[str, ...]:
    profile = "" if record.profile is None else str(record.profile)
    since, until = show_time(record.since), show_time(record.until)
    return record.partner_id or "", profile, since, until, str(record.basis)


def _owed_rows(owed: Iterable[Owed]) -> Rows:
    return [
        (
            o.message,
            o.to,
            o.user,
            show_time(o.created_at),
            str(o.attempts),
            show_time(o.next_try_at),
        )
        for o in owed
    ]


def _table(rows: Rows) -> list[str]:
    """Return rows as lines with aligned columns; columns without any content are left out."""
    shown = [[printable(cell) for cell in row] for row in rows]
    kept = [i for i in range(len(shown[0])) if any(row[i] for row in shown[1:])]
    widths = [max(len(row[i]) for row in shown) for i in kept]
    return [
        "    " + "  ".join(row[i].ljust(w) for i, w in zip(kept, widths, strict=True)).rstrip()
        for row in shown
    ]


# JSON


def to_json(records: Iterable[Records]) -> dict[str, Any]:
    """Return the records of databases as plain values; times are UTC in ISO 8601."""
    return {"format": FORMAT, "version": VERSION, "databases": [_database(r) for r in records]}


def _database(records: Records) -> dict[str, Any]:
    return {
        "database": records.database,
        "users": [
            {
                "user": record.user,
                "status": str(record.status),
                "state": str(record.state),
                **_placement_json(record.current),
                "before": [_placement_json(at) for at in record.former],
                "ended_attempts": list(record.ended),
                "due": _time(record.deadline),
            }
            for record in records.users
        ],
        "visitors": [
            {"user": r.user, **_stay_json(r), "due": _time(r.deadline)} for r in records.visitors
        ],
        "owed": [
            {
                "message": o.message,
                "to": o.to,
                "user": o.user,
                "attempt": o.attempt,
                "since": _time(o.created_at),
                "tries": o.attempts,
                "next_try": _time(o.next_try_at),
            }
            for o in records.owed
        ],
    }


def _placement_json(at: Placement | None) -> dict[str, Any]:
    if at is None:
        return {"partner": None, "partner_id": None, "profile": None, "since": None}
    return {
        "partner": at.partner,
        "partner_id": at.partner_id,
        "profile": at.profile,
        "since": _time(at.since),
        "attempt": at.attempt,
        "taken": at.taken,
    }


def _stay_json(record: PartnerRecord) -> dict[str, Any]:
    return {
        "status": str(record.status),
        "partner_id": record.partner_id,
        "profile": record.profile,
        "since": _time(record.since),
        "until": _time(record.until),
        "basis": str(record.basis),
        "attempt": record.attempt,
        "before": None if record.former is None else _stay_json(record.former),
    }


def _time(wall: float | None) -> str | None:
    return show_time(wall) or None
