"""The MC service IDs of visitors: issued, held as long as there is a record, free again (TR 23.781 6.x.1)."""

from collections.abc import Iterator
from itertools import count

import pytest

from mcsip.migration.policy import ProvisionedUser
from mcsip.migration.records import PartnerRecord, PartnerStatus
from mcsip.net.virtual import run_virtual
from mcsip.nodes.identity_pool import FIRST_SWEEP, LEASE_S, IdentityPool, NoIdentityError
from mcsip.store.sqlite import SqliteStore
from mcsip.topology import System

ALICE, BOB, CAROL = (f"sip:{name}@primary.example" for name in ("alice", "bob", "carol"))
ONE, TWO = "sip:guest-1@partner.example", "sip:guest-2@partner.example"


class Letters:
    def __init__(self) -> None:
        self._numbers: Iterator[int] = count()

    def token(self) -> str:
        return "abcdefgh"[next(self._numbers)] * 16


class Time:
    wall = 1000.0

    def __call__(self) -> float:
        return self.wall


def make_pool(time: Time, *ids: str, issues: bool = True) -> IdentityPool:
    provisioned = (ProvisionedUser(CAROL, "sip:carol@partner.example"),) if issues else ()
    system = System(
        "partner",
        "partner.example",
        {},
        provisioned=provisioned,
        temporary_identities=issues,
        identity_pool=ids,
    )
    return IdentityPool(system, Letters(), time)


def test_a_user_keeps_the_id_that_was_issued() -> None:
    pool = make_pool(Time())
    first = pool.issue(ALICE)
    assert first == "sip:visitor-aaaaaaaa@partner.example"
    assert pool.issue(BOB) != first
    assert pool.issue(ALICE) == first


def test_a_system_may_issue_none() -> None:
    assert make_pool(Time(), issues=False).issue(ALICE) == ALICE


def test_a_provisioned_user_has_an_id_of_its_own() -> None:
    pool = make_pool(Time(), ONE)
    assert pool.issue(CAROL) == "sip:carol@partner.example"
    pool.hold(CAROL, "sip:carol@partner.example")
    pool.release(CAROL)
    assert pool.issue(CAROL) == "sip:carol@partner.example"
    assert pool.issue(ALICE) == ONE


def test_none_is_left() -> None:
    pool = make_pool(Time(), ONE, TWO)
    assert [pool.issue(ALICE), pool.issue(BOB)] == [ONE, TWO]
    with pytest.raises(NoIdentityError, match=r"partner\.example has no MC service ID left"):
        pool.issue("sip:dave@primary.example")


def test_an_id_is_free_when_the_record_ends() -> None:
    time = Time()
    pool = make_pool(time, ONE)
    pool.hold(ALICE, pool.issue(ALICE))
    time.wall += 10 * LEASE_S
    with pytest.raises(NoIdentityError):
        pool.issue(BOB)
    pool.release(ALICE)
    assert pool.issue(BOB) == ONE


def test_an_id_that_was_issued_anew_stays_when_the_old_record_ends() -> None:
    pool = make_pool(Time(), ONE)
    pool.hold(ALICE, pool.issue(ALICE))
    assert pool.issue(ALICE) == ONE
    pool.release(ALICE)
    with pytest.raises(NoIdentityError):
        pool.issue(BOB)


def test_an_id_that_was_never_used_is_free_when_its_token_has_expired() -> None:
    time = Time()
    pool = make_pool(time, ONE)
    pool.issue(ALICE)
    time.wall += LEASE_S - 1
    with pytest.raises(NoIdentityError):
        pool.issue(BOB)
    time.wall += 1
    assert pool.issue(BOB) == ONE


def test_whose_an_id_may_be() -> None:
    pool = make_pool(Time(), ONE, TWO)
    pool.issue(ALICE)
    assert pool.is_of(ONE, ALICE)
    assert not pool.is_of(ONE, BOB)
    assert pool.is_of(TWO, BOB), "issued by another process, for all that is known here"


def test_a_record_takes_its_id() -> None:
    pool = make_pool(Time(), ONE, TWO)
    pool.hold(BOB, ONE)
    pool.hold(ALICE, None)
    assert pool.issue(ALICE) == TWO
    assert pool.issue(BOB) == ONE


def test_the_records_are_asked() -> None:
    """A server that starts need not read all of them; also one who left has his ID until it is over."""
    store = SqliteStore()
    left = PartnerRecord(ALICE, PartnerStatus.ACTIVE, ONE)
    again = PartnerRecord(ALICE, PartnerStatus.PENDING, None, former=left)
    run_virtual(stored(store, again))
    pool = make_pool(Time(), ONE, TWO)
    pool.ask(lambda: None)
    pool.ask(lambda: store)
    assert pool.is_of(ONE, ALICE)
    assert not pool.is_of(ONE, BOB)
    assert pool.is_of(TWO, BOB)
    assert pool.issue(BOB) == TWO
    assert pool.issue(ALICE) == ONE
    store.close()


async def stored(store: SqliteStore, *records: PartnerRecord) -> None:
    await store.commit(*records)


def test_what_is_over_is_forgotten() -> None:
    """Memory does not grow with users who come and go, nor with those who stay."""
    time = Time()
    pool = make_pool(time)
    for number in range(5 * FIRST_SWEEP):
        user = f"sip:user{number}@primary.example"
        pool.hold(user, f"sip:visitor-{number}@partner.example")
        time.wall += 1
    assert pool.kept <= FIRST_SWEEP


def test_releasing_what_nobody_has_is_harmless() -> None:
    make_pool(Time()).release(ALICE)
