"""The values of the two records: what follows from what is stored."""

from dataclasses import replace

import pytest

from mcsip.migration.states import (
    PartnerRecord,
    PartnerStatus,
    Placement,
    PrimaryRecord,
    PrimaryState,
    PrimaryStatus,
)

USER = "sip:alice@primary.example"
STAY = Placement("partner.example", "sip:v@partner.example", 2, "attempt", 100.0)
TAKEN = replace(STAY, taken=True, confirm_until=130.0)
BEFORE = replace(TAKEN, partner="tactical.example", attempt="before")


@pytest.mark.parametrize(
    ("record", "state", "status"),
    [
        (PrimaryRecord(USER), PrimaryState.HOME, PrimaryStatus.HOME),
        (PrimaryRecord(USER, STAY), PrimaryState.OFFERED, PrimaryStatus.MIGRATED),
        (PrimaryRecord(USER, STAY, (BEFORE,)), PrimaryState.OFFERED, PrimaryStatus.MIGRATED),
        (PrimaryRecord(USER, TAKEN), PrimaryState.MIGRATED, PrimaryStatus.MIGRATED),
        (PrimaryRecord(USER, TAKEN, (BEFORE,)), PrimaryState.MOVING, PrimaryStatus.MIGRATED),
    ],
)
def test_state_and_status(
    record: PrimaryRecord, state: PrimaryState, status: PrimaryStatus
) -> None:
    assert (record.state, record.status) == (state, status)


def test_what_a_primary_record_says_of_the_stay() -> None:
    home, away = PrimaryRecord(USER), PrimaryRecord(USER, STAY)
    assert (home.partner, home.partner_id, home.profile, home.since) == (None,) * 4
    assert (away.partner, away.profile, away.since) == ("partner.example", 2, 100.0)
    assert away.partner_id == "sip:v@partner.example"


def test_a_primary_waits_only_while_it_moves() -> None:
    assert PrimaryRecord(USER, TAKEN).deadline is None
    assert PrimaryRecord(USER, TAKEN, (BEFORE,)).deadline == 130.0


def test_what_need_not_be_stored() -> None:
    assert PrimaryRecord(USER).is_blank
    assert not PrimaryRecord(USER, STAY).is_blank
    assert not PrimaryRecord(USER, ended=("attempt",)).is_blank
    assert PartnerRecord(USER).is_blank
    assert not PartnerRecord(USER, PartnerStatus.PENDING).is_blank


def test_a_partner_waits_for_the_earlier_of_two_ends() -> None:
    former = PartnerRecord(USER, PartnerStatus.RETAINED, until=50.0)
    pending = PartnerRecord(USER, PartnerStatus.PENDING, until=40.0)
    assert PartnerRecord(USER, PartnerStatus.ACTIVE).deadline is None
    assert pending.deadline == 40.0
    assert replace(pending, former=former).deadline == 40.0
    assert replace(pending, until=60.0, former=former).deadline == 50.0
