"""The life of the two records through ``advance``."""

from mcsip.migration.records import (
    DeauthorizationTaken,
    Deauthorized,
    Due,
    Limits,
    MigrationRequested,
    PartnerRecord,
    PrimaryRecord,
    RequestPermitted,
    ResponseReceived,
    ResponseTaken,
    ReturnedHome,
    advance,
)

USER = "sip:alice@primary.example"


def test_primary_life() -> None:
    """HOME, MIGRATED, HOME: TS 23.280 10.6.3.3 step 7, 10.6.3.3.2.1 step 1."""
    record = PrimaryRecord(USER)
    assert record.is_blank
    step = advance(record, RequestPermitted("b.example", None, 2, "a1"), 10.0)
    assert (step.record.status, step.record.partner, step.record.since) == (
        "migrated",
        "b.example",
        10.0,
    )
    assert "10.6.3.3 steps 7 and 8" in step.clause
    step = advance(step.record, ResponseTaken("a1"), 11.0)
    step = advance(step.record, ReturnedHome(), 12.0)
    assert step.record.status == "home"
    assert not step.record.is_blank
    step = advance(step.record, DeauthorizationTaken("a1"), 13.0)
    assert step.record == record


def test_partner_life() -> None:
    """ABSENT, PENDING, ACTIVE, RETAINED, ABSENT: TS 23.280 10.6.3.3 step 11, 10.6.3.3.2.1 step 4."""
    limits = Limits(retention_s=100)
    step = advance(PartnerRecord(USER), MigrationRequested(None, 2, "a1"), 10.0, limits)
    seen = [step.record.status]
    for event, wall in (
        (ResponseReceived(success=True, attempt="a1"), 11.0),
        (Deauthorized("a1"), 12.0),
        (Due(), 111.0),
        (Due(), 112.0),
    ):
        step = advance(step.record, event, wall, limits)
        seen.append(step.record.status)
    assert seen == ["pending", "active", "retained", "retained", "absent"]
    assert step.record.is_blank


def test_nothing_happened() -> None:
    step = advance(PrimaryRecord(USER), ReturnedHome(), 1.0)
    assert step == (PrimaryRecord(USER), (), "")
