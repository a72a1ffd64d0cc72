"""One test per row of the partner's table; every other input changes nothing (TS 23.280 10.6.3.3)."""

from dataclasses import replace
from typing import NamedTuple

import pytest

from mcsip.migration.events import (
    Deauthorized,
    Due,
    MigrationGranted,
    MigrationRequested,
    PartnerEvent,
    RequestUnreached,
    ResponseReceived,
)
from mcsip.migration.partner_table import (
    PARTNER_TABLE,
    PartnerInput,
    advance_partner,
    classify_partner,
)
from mcsip.migration.states import Basis, Limits, PartnerRecord, PartnerStatus

USER = "sip:alice@primary.example"
ID = "sip:v@b.example"
WALL = 1000.0
LIMITS = Limits(pending_s=40, retention_s=3600, confirmation_s=30)
S, In = PartnerStatus, PartnerInput

ABSENT = PartnerRecord(USER)
PENDING = PartnerRecord(USER, S.PENDING, ID, 2, "a1", since=990.0, until=WALL)
ACTIVE = PartnerRecord(USER, S.ACTIVE, ID, 2, "a1", since=995.0)
RETAINED = PartnerRecord(USER, S.RETAINED, ID, 2, "a1", since=900.0, until=WALL)
NOW_PENDING = PartnerRecord(USER, S.PENDING, ID, 2, "a2", since=WALL, until=WALL + 40)
NOW_ACTIVE = replace(ACTIVE, since=WALL)
NOW_RETAINED = replace(ACTIVE, status=S.RETAINED, since=WALL, until=WALL + 3600)
LOCALLY = PartnerRecord(USER, S.ACTIVE, ID, 2, "", since=WALL, basis=Basis.LOCAL)
ON_FAILURE = replace(NOW_ACTIVE, basis=Basis.ON_FAILURE)
ASK = MigrationRequested(ID, 2, "a2")
ASK_OTHER = MigrationRequested(ID, 1, "a2")
GRANTED = MigrationGranted(ID, 2)
YES = ResponseReceived(success=True, attempt="a1", partner_id=ID, profile=2)
MOVED = replace(YES, moved=True)
STALE = replace(YES, attempt="a0")
NO = ResponseReceived(success=False, attempt="a1")
LEFT = Deauthorized("a1", ID)
CHANGING = replace(NOW_PENDING, profile=1, former=ACTIVE)
COMING_BACK = replace(NOW_PENDING, former=RETAINED)


class Case(NamedTuple):
    before: PartnerRecord
    event: PartnerEvent
    after: PartnerRecord
    effects: str = ""


CASES: dict[tuple[PartnerStatus, PartnerInput], Case] = {
    (S.ABSENT, In.REQUESTED): Case(ABSENT, ASK, NOW_PENDING, "send request"),
    (S.ABSENT, In.GRANTED): Case(ABSENT, GRANTED, LOCALLY, "tell success"),
    (S.ABSENT, In.SUCCESS_STALE): Case(ABSENT, YES, ABSENT, "refuse response"),
    (S.PENDING, In.REQUESTED): Case(PENDING, ASK_OTHER, PENDING, "refuse simultaneous"),
    (S.PENDING, In.REQUESTED_AGAIN): Case(PENDING, ASK, PENDING, "join"),
    (S.PENDING, In.GRANTED): Case(
        PENDING, replace(GRANTED, profile=1), PENDING, "refuse simultaneous"
    ),
    (S.PENDING, In.GRANTED_AGAIN): Case(PENDING, GRANTED, PENDING, "refuse simultaneous"),
    (S.PENDING, In.SUCCESS): Case(PENDING, YES, NOW_ACTIVE, "take, tell success"),
    (S.PENDING, In.SUCCESS_MOVED): Case(
        PENDING, MOVED, NOW_ACTIVE, "take, tell success, notify primary"
    ),
    (S.PENDING, In.SUCCESS_FORMER): Case(CHANGING, YES, CHANGING, "take"),
    (S.PENDING, In.SUCCESS_STALE): Case(PENDING, STALE, PENDING, "refuse response"),
    (S.PENDING, In.FAILURE): Case(PENDING, NO, ABSENT, "take, tell refused"),
    (S.PENDING, In.UNREACHED): Case(PENDING, RequestUnreached("a1"), ABSENT, "tell failed"),
    (S.PENDING, In.UNREACHED_GRANTED): Case(
        PENDING, RequestUnreached("a1", grant_locally=True), ON_FAILURE, "tell success"
    ),
    (S.PENDING, In.TIMEOUT): Case(PENDING, Due(), ABSENT, "tell failed"),
    (S.PENDING, In.TIMEOUT_GRANTED): Case(
        PENDING, Due(grant_locally=True), ON_FAILURE, "tell success"
    ),
    (S.PENDING, In.DEAUTHORIZED): Case(PENDING, LEFT, ABSENT, "take, tell failed"),
    (S.PENDING, In.DEAUTHORIZED_FORMER): Case(
        CHANGING, LEFT, replace(CHANGING, former=NOW_RETAINED), "take"
    ),
    (S.PENDING, In.EXPIRED_FORMER): Case(COMING_BACK, Due(), NOW_PENDING),
    (S.ACTIVE, In.REQUESTED): Case(ACTIVE, ASK_OTHER, CHANGING, "send request"),
    (S.ACTIVE, In.REQUESTED_AGAIN): Case(ACTIVE, ASK, ACTIVE, "tell success"),
    (S.ACTIVE, In.GRANTED): Case(
        ACTIVE, replace(GRANTED, profile=1), replace(LOCALLY, profile=1), "tell success"
    ),
    (S.ACTIVE, In.GRANTED_AGAIN): Case(ACTIVE, GRANTED, ACTIVE, "tell success"),
    (S.ACTIVE, In.SUCCESS): Case(replace(ACTIVE, basis=Basis.ON_FAILURE), YES, ACTIVE, "take"),
    (S.ACTIVE, In.SUCCESS_MOVED): Case(ACTIVE, MOVED, ACTIVE, "take"),
    (S.ACTIVE, In.SUCCESS_STALE): Case(ACTIVE, STALE, ACTIVE, "refuse response"),
    (S.ACTIVE, In.DEAUTHORIZED): Case(ACTIVE, LEFT, NOW_RETAINED, "take"),
    (S.RETAINED, In.REQUESTED): Case(RETAINED, ASK, COMING_BACK, "send request"),
    (S.RETAINED, In.GRANTED): Case(RETAINED, GRANTED, LOCALLY, "tell success"),
    (S.RETAINED, In.SUCCESS_STALE): Case(RETAINED, YES, RETAINED, "refuse response"),
    (S.RETAINED, In.EXPIRED): Case(RETAINED, Due(), ABSENT, "release identity"),
}


@pytest.mark.parametrize("key", PARTNER_TABLE, ids=lambda k: f"{k[0]}-{k[1]}")
def test_row(key: tuple[PartnerStatus, PartnerInput]) -> None:
    case = CASES[key]
    row = PARTNER_TABLE[key]
    assert case.before.state is key[0]
    assert classify_partner(case.before, case.event, WALL) is key[1]
    after, effects, used = advance_partner(case.before, case.event, WALL, LIMITS)
    assert after == case.after
    assert ", ".join(effects) == case.effects
    assert used is row
    assert row.to in (None, after.status)
    assert row.clause.endswith("]")


def test_every_case_is_a_row() -> None:
    assert CASES.keys() == PARTNER_TABLE.keys()


@pytest.mark.parametrize(
    "state", list(dict.fromkeys(case.before for case in CASES.values())), ids=str
)
@pytest.mark.parametrize("wall", [WALL - 5, WALL])
def test_every_other_input_changes_nothing(state: PartnerRecord, wall: float) -> None:
    events: list[PartnerEvent] = [case.event for case in CASES.values()]
    events += [
        RequestUnreached("zz"),
        Deauthorized("zz"),
        Deauthorized("a1", "sip:other@b.example"),
        replace(NO, attempt="zz"),
    ]
    for event in events:
        what = classify_partner(state, event, wall)
        if what is None or (state.status, what) not in PARTNER_TABLE:
            assert advance_partner(state, event, wall, LIMITS) == (state, (), None)


@pytest.mark.parametrize(
    ("event", "after"),
    [
        (NO, ABSENT),
        (RequestUnreached("a2"), ACTIVE),
        (replace(NO, attempt="a2"), ACTIVE),
        (Deauthorized("a2"), ACTIVE),
    ],
)
def test_what_was_before_comes_back(event: PartnerEvent, after: PartnerRecord) -> None:
    """A change of profile that fails leaves the visitor as he was; another attempt's end does not."""
    expected = CHANGING if after is ABSENT else after
    assert advance_partner(CHANGING, event, WALL, LIMITS)[0] == expected


def test_grant_after_failure_takes_nothing_away() -> None:
    event = RequestUnreached("a2", grant_locally=True)
    assert advance_partner(CHANGING, event, WALL, LIMITS)[0] == ACTIVE


def test_grant_after_failure_asks_the_primary_again() -> None:
    after, effects, _ = advance_partner(ON_FAILURE, ASK, WALL, LIMITS)
    assert (after.status, [*effects]) == (S.PENDING, ["send request"])


@pytest.mark.parametrize(
    ("before", "event", "status"),
    [
        (PENDING, ResponseReceived(success=True), S.ACTIVE),
        (PENDING, ResponseReceived(success=True, profile=1), S.PENDING),
        (PENDING, ResponseReceived(success=False), S.ABSENT),
        (ACTIVE, Deauthorized(partner_id=ID), S.RETAINED),
        (ACTIVE, Deauthorized(partner_id="sip:other@b.example"), S.ACTIVE),
        (PENDING, Deauthorized(partner_id=ID), S.PENDING),
        (LOCALLY, Deauthorized(partner_id=ID), S.ACTIVE),
    ],
)
def test_peer_that_names_no_attempt(
    before: PartnerRecord, event: PartnerEvent, status: PartnerStatus
) -> None:
    """A peer of another make is understood by its IDs."""
    assert advance_partner(before, event, WALL - 5, LIMITS)[0].status is status


def test_deadline() -> None:
    assert ABSENT.deadline is None
    assert PENDING.deadline == WALL
    assert COMING_BACK.deadline == WALL
    assert CHANGING.deadline == WALL + 40
