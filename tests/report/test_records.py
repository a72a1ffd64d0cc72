"""The records of a database as tables and as JSON."""

import json
from pathlib import Path

import pytest

from mcsip.migration.records import (
    Basis,
    PartnerRecord,
    PartnerStatus,
    Placement,
    PrimaryRecord,
)
from mcsip.report.records import Records, render_records, show_time, to_json
from mcsip.store.port import Owed

GOLDEN = Path(__file__).parent / "golden" / "records.txt"
NEW_YEAR = 1_767_225_600.0
ALICE, BOB, CAROL = (f"sip:{name}@primary.example" for name in ("alice", "bob", "carol"))
AT_B = Placement("b.example", "sip:v1@b.example", 2, "first", NEW_YEAR, taken=True)
AT_C = Placement("c.example", None, 3, "second", NEW_YEAR + 60.5)
FULL = Records(
    "primary.server.sqlite",
    (PrimaryRecord(ALICE, AT_C, (AT_B,)), PrimaryRecord(BOB, ended=("third",))),
    (
        PartnerRecord(
            "sip:dora@d.example",
            PartnerStatus.PENDING,
            "sip:v9@primary.example",
            1,
            "fourth",
            NEW_YEAR,
            NEW_YEAR + 40,
            former=PartnerRecord(
                "sip:dora@d.example",
                PartnerStatus.RETAINED,
                "sip:v8@primary.example",
                1,
                "zeroth",
                NEW_YEAR - 10,
                NEW_YEAR + 3590,
                Basis.ON_FAILURE,
            ),
        ),
    ),
    (
        Owed(
            "id",
            "migration-service-deauthorization-notification",
            "b.example",
            BOB,
            "third",
            b"secret body",
            NEW_YEAR,
            3,
            NEW_YEAR + 8,
        ),
    ),
)


def test_the_table_says_who_is_where_and_what_is_owed() -> None:
    assert render_records(FULL) == GOLDEN.read_text(encoding="utf-8")


def test_an_empty_database_says_so() -> None:
    text = render_records(Records("empty.sqlite"))
    assert text.splitlines()[0] == "empty.sqlite"
    assert text.count(": none") == 3


def test_what_would_move_the_cursor_is_not_shown() -> None:
    text = render_records(Records("x", (PrimaryRecord("sip:a\x1b[2J@b.example", AT_B),)))
    assert "\x1b" not in text


def test_the_json_is_plain_and_has_no_body() -> None:
    text = json.dumps(to_json([FULL]))
    assert "secret body" not in text
    read = json.loads(text)
    assert (read["format"], read["version"]) == ("mcsip-state", 1)
    (database,) = read["databases"]
    alice, bob = database["users"]
    assert (alice["status"], alice["partner"], alice["taken"]) == ("migrated", "c.example", False)
    assert alice["before"][0]["partner_id"] == "sip:v1@b.example"
    assert (bob["status"], bob["ended_attempts"]) == ("home", ["third"])
    (visitor,) = database["visitors"]
    assert (visitor["status"], visitor["until"]) == ("pending", "2026-01-01T00:00:40.000Z")
    assert visitor["before"]["basis"] == "on-failure"
    (owed,) = database["owed"]
    assert (owed["to"], owed["tries"], owed["next_try"]) == (
        "b.example",
        3,
        "2026-01-01T00:00:08.000Z",
    )


@pytest.mark.parametrize(
    ("mc_id", "counts"),
    [
        (ALICE, (1, 0, 0)),
        (BOB, (1, 0, 1)),
        ("sip:dora@d.example", (0, 1, 0)),
        ("sip:v9@primary.example", (0, 1, 0)),
        ("sip:v8@primary.example", (0, 1, 0)),
        (CAROL, (0, 0, 0)),
    ],
)
def test_one_user_is_found_by_either_id(mc_id: str, counts: tuple[int, int, int]) -> None:
    found = FULL.about(mc_id)
    assert (len(found.users), len(found.visitors), len(found.owed)) == counts


def test_times_are_utc() -> None:
    assert show_time(NEW_YEAR + 0.25) == "2026-01-01T00:00:00.250Z"
    assert show_time(None) == ""
