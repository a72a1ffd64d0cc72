"""Whether records agree: "migrated to X" exactly when X says "active", and both mean one stay."""

from dataclasses import replace

import pytest

from mcsip.migration.agreement import SystemRecords, disagreements, unsettled
from mcsip.migration.states import Basis, PartnerRecord, PartnerStatus, Placement, PrimaryRecord

ALICE = "sip:alice@primary.example"
ID = "sip:visitor@partner.example"
AT = Placement("partner.example", ID, 2, "attempt", 0.0, taken=True)
AWAY = PrimaryRecord(ALICE, AT)
VISITOR = PartnerRecord(ALICE, PartnerStatus.ACTIVE, ID, 2, "attempt", 0.0)


def systems(
    user: PrimaryRecord | None = None,
    visitor: PartnerRecord | None = None,
    *,
    primary_owes: bool = False,
    partner_owes: bool = False,
) -> list[SystemRecords]:
    owed = frozenset({ALICE})
    return [
        SystemRecords(
            "primary.example", (user,) if user else (), (), owed if primary_owes else frozenset()
        ),
        SystemRecords(
            "partner.example",
            (),
            (visitor,) if visitor else (),
            owed if partner_owes else frozenset(),
        ),
    ]


@pytest.mark.parametrize(
    ("user", "visitor"),
    [
        (None, None),
        (AWAY, VISITOR),
        (None, replace(VISITOR, status=PartnerStatus.RETAINED)),
        (None, replace(VISITOR, basis=Basis.LOCAL)),
        (None, replace(VISITOR, basis=Basis.ON_FAILURE)),
        (PrimaryRecord(ALICE, replace(AT, partner="other.example")), None),
    ],
    ids=["nobody", "migrated", "retained", "local", "on failure", "at a system that is not read"],
)
def test_records_that_agree(user: PrimaryRecord | None, visitor: PartnerRecord | None) -> None:
    assert list(disagreements(systems(user, visitor))) == []


@pytest.mark.parametrize(
    ("user", "visitor", "text"),
    [
        (AWAY, None, "the primary says migrated to partner.example as sip:visitor@partner.example, profile 2, and partner.example has no visitor"),
        (None, VISITOR, "partner.example says active as sip:visitor@partner.example, profile 2, the primary says home"),
        (AWAY, replace(VISITOR, profile=3), "profile 3, the primary says migrated to"),
        (AWAY, replace(VISITOR, partner_id="sip:x@partner.example"), "active as sip:x@partner.example"),
        (AWAY, replace(VISITOR, status=PartnerStatus.RETAINED), "says retained"),
        (PrimaryRecord(ALICE, replace(AT, partner="other.example")), VISITOR, "the primary says migrated to other.example"),
    ],
    ids=["unknown there", "unknown here", "profile", "id", "retained", "elsewhere"],
)  # fmt: skip
def test_a_half_migrated_user_is_found(
    user: PrimaryRecord | None, visitor: PartnerRecord | None, text: str
) -> None:
    found = list(disagreements(systems(user, visitor)))
    assert {each.user for each in found} == {ALICE}
    assert text in found[0].text
    assert not any(each.open for each in found)


def test_what_is_owed_may_settle_it() -> None:
    (found,) = disagreements(systems(None, VISITOR, primary_owes=True))
    assert found.open


@pytest.mark.parametrize(
    ("user", "visitor"),
    [
        (PrimaryRecord(ALICE, replace(AT, taken=False)), VISITOR),
        (PrimaryRecord(ALICE, AT, former=(AT,)), VISITOR),
        (PrimaryRecord(ALICE, ended=("attempt",)), None),
        (None, replace(VISITOR, status=PartnerStatus.PENDING)),
    ],
    ids=["not taken", "a former partner", "to be de-authorized", "pending"],
)
def test_who_is_still_waited_for(user: PrimaryRecord | None, visitor: PartnerRecord | None) -> None:
    assert unsettled(systems(user, visitor)) == {ALICE}


def test_whom_a_message_is_owed_about_is_waited_for() -> None:
    assert unsettled(systems(AWAY, VISITOR)) == frozenset()
    assert unsettled(systems(AWAY, VISITOR, partner_owes=True)) == {ALICE}


def test_a_system_that_is_not_read_is_not_spoken_for() -> None:
    assert list(disagreements(systems(AWAY)[:1])) == []
    assert list(disagreements(systems(None, VISITOR)[1:])) == []
