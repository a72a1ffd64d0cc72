"""The contract of the store: every adapter of ``conftest`` passes it."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcsip.migration.records import (
    Basis,
    PartnerRecord,
    PartnerStatus,
    Placement,
    PrimaryRecord,
)
from mcsip.store.port import (
    Activation,
    Change,
    HeldError,
    Owed,
    Paid,
    Store,
    StoreError,
    owed_id,
)
from mcsip.store.sqlite import SqliteStore

ALICE, BOB = "sip:alice@primary.example", "sip:bob@primary.example"
AT_B = Placement("b.example", "sip:v1@b.example", 2, "a1", 100.5, taken=True, confirm_until=50.0)
MIGRATED = PrimaryRecord(ALICE, AT_B)
MOVING = PrimaryRecord(ALICE, AT_B, (replace(AT_B, attempt="a0", notified=True),), ("x", "y"))
ACTIVE = PartnerRecord(ALICE, PartnerStatus.ACTIVE, "sip:v1@b.example", 2, "a1", 100.5)
RETAINED = replace(ACTIVE, status=PartnerStatus.RETAINED, until=900.0, basis=Basis.ON_FAILURE)
PENDING = replace(
    ACTIVE,
    status=PartnerStatus.PENDING,
    partner_id="sip:v2@b.example",
    until=140.5,
    former=RETAINED,
)
DEBT = Owed(
    owed_id("response", ALICE, "a1"),
    "response",
    "b.example",
    ALICE,
    "a1",
    b"\0<x/>\xff",
    100.5,
    3,
    107.0,
)


def run(*steps: tuple[Store, tuple[Change, ...]]) -> None:
    """Commit each tuple of changes, one after the other."""

    async def main() -> None:
        for store, changes in steps:
            await store.commit(*changes)

    asyncio.run(main())


def test_nothing_is_home_and_absent(store: Store) -> None:
    assert store.primary(ALICE) == PrimaryRecord(ALICE)
    assert store.partner(ALICE) == PartnerRecord(ALICE)
    assert store.partner_by_partner_id("sip:v1@b.example") is None
    assert store.owed("x") is None
    assert store.next_due() is None
    assert [*store.primaries(), *store.partners(), *store.debts()] == []


@pytest.mark.parametrize(
    "record", [MIGRATED, MOVING, PrimaryRecord(ALICE, ended=("a1",)), PrimaryRecord(ALICE)], ids=str
)
def test_primary_comes_back(store: Store, record: PrimaryRecord) -> None:
    run((store, (MIGRATED,)), (store, (record,)))
    assert store.primary(ALICE) == record
    assert [*store.primaries()] == ([] if record.is_blank else [record])


@pytest.mark.parametrize(
    "record",
    [
        ACTIVE,
        RETAINED,
        PENDING,
        replace(ACTIVE, partner_id=None, profile=None, basis=Basis.LOCAL),
        PartnerRecord(ALICE),
    ],
    ids=str,
)
def test_partner_comes_back(store: Store, record: PartnerRecord) -> None:
    run((store, (ACTIVE,)), (store, (record,)))
    assert store.partner(ALICE) == record
    assert [*store.partners()] == ([] if record.is_blank else [record])


def test_debt_comes_back_until_paid(store: Store) -> None:
    run((store, (DEBT,)))
    assert store.owed(DEBT.id) == DEBT
    assert [*store.debts()] == [DEBT]
    run((store, (replace(DEBT, attempts=4),)))
    assert [*store.debts()] == [replace(DEBT, attempts=4)]
    run((store, (Paid(DEBT.id), Paid("never was"))))
    assert store.owed(DEBT.id) is None


def test_found_by_the_id_that_was_issued(store: Store) -> None:
    """Also by the ID of before, while a request for another is under way (TR 23.781)."""
    run((store, (PENDING,)))
    assert store.partner_by_partner_id("sip:v1@b.example") == PENDING
    assert store.partner_by_partner_id("sip:v2@b.example") == PENDING
    assert store.partner_by_partner_id("sip:v3@b.example") is None


@pytest.mark.parametrize("durable", [True, False])
def test_active_wins_where_an_id_was_issued_again(store: Store, durable: bool) -> None:
    async def main() -> None:
        done = store.commit(RETAINED, replace(ACTIVE, user=BOB))
        if durable:
            await done
        found = store.partner_by_partner_id("sip:v1@b.example")
        assert found is not None
        assert found.user == BOB
        await done

    asyncio.run(main())


@pytest.mark.parametrize("durable", [True, False])
def test_what_is_due(store: Store, durable: bool) -> None:
    async def main() -> None:
        records: list[Change] = [
            MOVING,
            RETAINED,
            replace(PENDING, user=BOB),
            DEBT,
            replace(DEBT, id="z", next_try_at=1.0),
        ]
        done = store.commit(*records)
        if durable:
            await done
        assert store.next_due() == 1.0
        assert [d.id for d in store.debts_due(200.0)] == ["z", DEBT.id]
        assert [d.id for d in store.debts_due(200.0, 1)] == ["z"]
        assert store.debts_due(0.5) == []
        assert store.primaries_due(50.0) == [MOVING]
        assert store.primaries_due(49.9) == []
        assert [r.user for r in store.partners_due(900.0)] == [BOB, ALICE]
        assert [r.user for r in store.partners_due(140.5)] == [BOB]
        settled = store.commit(Paid("z"), PrimaryRecord(ALICE))
        assert store.next_due() == 107.0
        assert store.primaries_due(1e9) == []
        await settled
        assert store.next_due() == 107.0
        await done

    asyncio.run(main())


def test_seen_before_durable(store: Store) -> None:
    """A read sees what was handed to commit; lists too, in their order."""

    async def main() -> None:
        await store.commit(replace(MIGRATED, user=BOB), replace(ACTIVE, user=BOB))
        done = store.commit(MIGRATED, ACTIVE, DEBT, PrimaryRecord(BOB))
        assert store.primary(ALICE) == MIGRATED
        assert store.primary(BOB).is_blank
        assert store.owed(DEBT.id) == DEBT
        assert [r.user for r in store.primaries()] == [ALICE]
        assert [r.user for r in store.partners()] == [ALICE, BOB]
        assert not done.done()  # type: ignore[attr-defined]  # every adapter so far gives a future
        await done

    asyncio.run(main())


def test_awaiters_resume_in_order(store: Store) -> None:
    order: list[int] = []

    async def one(number: int) -> None:
        await store.commit(replace(DEBT, id=str(number)))
        order.append(number)

    async def main() -> None:
        await asyncio.gather(*(one(number) for number in range(50)))

    asyncio.run(main())
    assert order == list(range(50))
    assert len([*store.debts()]) == 50


def test_the_last_change_stands(store: Store) -> None:
    """Commits of one group keep their order."""

    async def main() -> None:
        first = store.commit(MIGRATED, DEBT)
        second = store.commit(MOVING, Paid(DEBT.id))
        await first
        await second

    asyncio.run(main())
    assert store.primary(ALICE) == MOVING
    assert store.owed(DEBT.id) is None


def test_a_cancelled_awaiter_takes_nothing_back(store: Store) -> None:
    async def one() -> None:
        await store.commit(MIGRATED)

    async def main() -> None:
        task = asyncio.create_task(one())
        await asyncio.sleep(0)
        task.cancel()
        await store.commit(ACTIVE)

    asyncio.run(main())
    assert store.primary(ALICE) == MIGRATED
    assert store.partner(ALICE) == ACTIVE


@pytest.mark.parametrize(
    "bad",
    [
        PrimaryRecord("sip:\udc80@primary.example", AT_B),
        PrimaryRecord(ALICE, replace(AT_B, profile=2**63)),
        replace(ACTIVE, partner_id="\ud800"),
        replace(DEBT, attempts=2**64),
    ],
    ids=["user", "profile", "partner ID", "attempts"],
)
def test_what_cannot_be_stored_spoils_nobody_else(store: Store, bad: PrimaryRecord) -> None:
    async def main() -> None:
        done = store.commit(replace(MIGRATED, user=BOB))
        with pytest.raises(StoreError):
            store.commit(MIGRATED, bad)
        await done

    asyncio.run(main())
    assert store.primary(ALICE).is_blank
    assert not store.primary(BOB).is_blank


def test_empty_commit(store: Store) -> None:
    run((store, ()))


def test_closing_keeps_what_was_not_yet_durable(store: Store) -> None:
    async def main() -> None:
        done = store.commit(MIGRATED)
        store.close()
        await done
        store.close()
        with pytest.raises(StoreError):
            store.commit(MIGRATED)

    asyncio.run(main())


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
_TIME = st.floats(0, 2e9)
_PLACEMENTS = st.builds(
    Placement,
    partner=_TEXT,
    partner_id=st.none() | _TEXT,
    profile=st.integers(0, 2**63 - 1),
    attempt=_TEXT,
    since=_TIME,
    taken=st.booleans(),
    notified=st.booleans(),
    confirm_until=st.none() | _TIME,
)
_STAYS = st.builds(
    PartnerRecord,
    user=st.just(ALICE),
    status=st.sampled_from(list(PartnerStatus)[1:]),
    partner_id=st.none() | _TEXT,
    profile=st.none() | st.integers(0, 2**63 - 1),
    attempt=_TEXT,
    since=st.none() | _TIME,
    until=st.none() | _TIME,
    basis=st.sampled_from(Basis),
)
_PRIMARIES = st.builds(
    PrimaryRecord,
    user=st.just(ALICE),
    current=_PLACEMENTS,
    former=st.lists(_PLACEMENTS, max_size=2).map(tuple),
    ended=st.lists(_TEXT, max_size=2).map(tuple),
)
_PARTNERS = st.builds(
    lambda record, former: replace(record, former=former), _STAYS, st.none() | _STAYS
)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(primary=_PRIMARIES, partner=_PARTNERS)
def test_any_record_comes_back(primary: PrimaryRecord, partner: PartnerRecord) -> None:
    store = SqliteStore()
    run((store, (primary, partner)))
    assert (store.primary(ALICE), store.partner(ALICE)) == (primary, partner)
    store.close()


def test_who_is_behind_an_alias(store: Store) -> None:
    """TS 23.280 10.16.3; who comes last takes it over, and nobody takes no room."""
    alias = "sip:dispatch@b.example"
    first, second = Activation(alias, ALICE, "a1", 1.5), Activation(alias, BOB, "a2", 2.5)
    assert store.activation(alias) is None
    run((store, (first,)))
    assert store.activation(alias) == first
    run((store, (second,)))
    assert store.activation(alias) == second
    run((store, (Activation(alias, None, "", 3.0),)))
    assert store.activation(alias) is None
    assert store.next_due() is None


@pytest.mark.parametrize(
    "change",
    [
        PrimaryRecord(ALICE, AT_B),
        PartnerRecord(ALICE),
        replace(DEBT, id=ALICE),
        Paid(ALICE),
        Activation(ALICE, None, "", 1.0),
    ],
)
def test_who_must_wait_for_a_held_record(change: Change) -> None:
    assert HeldError("held", frozenset({ALICE, BOB})).concerns([Paid("d2"), change])
    assert HeldError("it cannot be told which", frozenset()).concerns([change])
    assert not HeldError("another's", frozenset({BOB})).concerns([change])
    assert not HeldError("another's", frozenset({BOB})).concerns([])
