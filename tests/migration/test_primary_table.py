"""One test per row of the primary's table; every other input changes nothing (TS 23.280 10.6.3.3)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import pytest

from mcsip.migration.events import (
    AuthorisationNotified,
    DeauthorizationTaken,
    Due,
    PrimaryEvent,
    RequestPermitted,
    ResponseRefused,
    ResponseTaken,
    ReturnedHome,
)
from mcsip.migration.primary_table import (
    MAX_FORMER,
    PRIMARY_TABLE,
    PrimaryInput,
    advance_primary,
    classify_primary,
)
from mcsip.migration.states import (
    Limits,
    Placement,
    PrimaryEffect,
    PrimaryEffectKind,
    PrimaryRecord,
    PrimaryState,
)

USER = "sip:alice@primary.example"
WALL = 1000.0
LIMITS = Limits(pending_s=40, retention_s=3600, confirmation_s=30)

AT_B = Placement("b.example", "sip:v@b.example", 2, "a1", 500.0, taken=True)
TO_B = replace(AT_B, taken=False)
TO_C = Placement("c.example", "sip:w@c.example", 2, "a2", 900.0)
AT_C = replace(TO_C, taken=True)
WAITING_AT_C = replace(AT_C, confirm_until=WALL - 1)
ASK_C = RequestPermitted("c.example", "sip:w@c.example", 2, "a2")
ASK_B = RequestPermitted("b.example", "sip:v@b.example", 2, "a3")
NEW_B = Placement("b.example", "sip:v@b.example", 2, "a3", WALL)

HOME = PrimaryRecord(USER)


def record(
    current: Placement | None, *former: Placement, ended: tuple[str, ...] = ()
) -> PrimaryRecord:
    return PrimaryRecord(USER, current, former, ended)


def owe(placement: Placement) -> PrimaryEffect:
    return PrimaryEffect(PrimaryEffectKind.OWE_RESPONSE, placement)


def end(*placements: Placement) -> tuple[PrimaryEffect, ...]:
    kind = PrimaryEffectKind
    return (
        *(PrimaryEffect(kind.DROP_RESPONSE, p) for p in placements),
        *(PrimaryEffect(kind.OWE_DEAUTHORIZATION, p) for p in placements),
    )


class Case(NamedTuple):
    before: PrimaryRecord
    event: PrimaryEvent
    after: PrimaryRecord
    effects: tuple[PrimaryEffect, ...] = ()


S, In = PrimaryState, PrimaryInput
MOVING = record(WAITING_AT_C, AT_B)
DONE_AT_C = replace(AT_C, confirm_until=None)
UNTIL = WALL + 30

CASES: dict[tuple[PrimaryState, PrimaryInput], Case] = {
    (S.HOME, In.REQUEST): Case(HOME, ASK_B, record(NEW_B), (owe(NEW_B),)),
    (S.HOME, In.ENDED): Case(
        record(None, ended=("a1", "a2")), DeauthorizationTaken("a1"), record(None, ended=("a2",))
    ),
    (S.OFFERED, In.REQUEST): Case(record(TO_C), ASK_B, record(NEW_B, TO_C), (owe(NEW_B),)),
    (S.OFFERED, In.REQUEST_AGAIN): Case(record(TO_C), ASK_C, record(TO_C), (owe(TO_C),)),
    (S.OFFERED, In.TAKEN): Case(record(TO_C), ResponseTaken("a2"), record(AT_C)),
    (S.OFFERED, In.TAKEN_MOVED): Case(
        record(TO_C, AT_B), ResponseTaken("a2"), record(replace(AT_C, confirm_until=UNTIL), AT_B)
    ),
    (S.OFFERED, In.TAKEN_NOTIFIED): Case(
        record(replace(TO_C, notified=True), AT_B),
        ResponseTaken("a2"),
        record(replace(AT_C, notified=True), ended=("a1",)),
        end(AT_B),
    ),
    (S.OFFERED, In.TAKEN_FORMER): Case(
        record(TO_C, TO_B), ResponseTaken("a1"), record(TO_C, replace(AT_B, confirm_until=UNTIL))
    ),
    (S.OFFERED, In.REFUSED): Case(record(TO_C), ResponseRefused("a2"), HOME),
    (S.OFFERED, In.REFUSED_MOVED): Case(record(TO_C, AT_B), ResponseRefused("a2"), record(AT_B)),
    (S.OFFERED, In.REFUSED_FORMER): Case(record(TO_C, TO_B), ResponseRefused("a1"), record(TO_C)),
    (S.OFFERED, In.NOTIFIED): Case(
        record(TO_C, AT_B),
        AuthorisationNotified("c.example", "a2"),
        record(replace(TO_C, notified=True), AT_B),
    ),
    (S.OFFERED, In.RETURNED): Case(
        record(TO_C, AT_B), ReturnedHome(), record(None, ended=("a2", "a1")), end(TO_C, AT_B)
    ),
    (S.OFFERED, In.ENDED): Case(
        record(TO_C, ended=("a1",)), DeauthorizationTaken("a1"), record(TO_C)
    ),
    (S.MIGRATED, In.REQUEST): Case(record(AT_C), ASK_B, record(NEW_B, AT_C), (owe(NEW_B),)),
    (S.MIGRATED, In.REQUEST_AGAIN): Case(record(AT_C), ASK_C, record(AT_C), (owe(AT_C),)),
    (S.MIGRATED, In.REFUSED): Case(record(AT_C), ResponseRefused("a2"), HOME),
    (S.MIGRATED, In.RETURNED): Case(
        record(AT_C), ReturnedHome(), record(None, ended=("a2",)), end(AT_C)
    ),
    (S.MIGRATED, In.ENDED): Case(
        record(AT_C, ended=("a1",)), DeauthorizationTaken("a1"), record(AT_C)
    ),
    (S.MOVING, In.REQUEST): Case(MOVING, ASK_B, record(NEW_B, WAITING_AT_C, AT_B), (owe(NEW_B),)),
    (S.MOVING, In.REQUEST_AGAIN): Case(MOVING, ASK_C, MOVING, (owe(WAITING_AT_C),)),
    (S.MOVING, In.TAKEN_FORMER): Case(
        record(WAITING_AT_C, TO_B),
        ResponseTaken("a1"),
        record(WAITING_AT_C, replace(AT_B, confirm_until=UNTIL)),
    ),
    (S.MOVING, In.REFUSED): Case(
        record(replace(AT_B, attempt="a5", confirm_until=WALL), AT_B),
        ResponseRefused("a5", by_partner=False),
        record(None, ended=("a5", "a1")),
        end(replace(AT_B, attempt="a5", confirm_until=WALL), AT_B),
    ),
    (S.MOVING, In.REFUSED_MOVED): Case(MOVING, ResponseRefused("a2"), record(AT_B)),
    (S.MOVING, In.REFUSED_FORMER): Case(
        record(WAITING_AT_C, TO_B), ResponseRefused("a1"), record(WAITING_AT_C)
    ),
    (S.MOVING, In.NOTIFIED): Case(
        MOVING, AuthorisationNotified("c.example"), record(DONE_AT_C, ended=("a1",)), end(AT_B)
    ),
    (S.MOVING, In.OVERDUE): Case(MOVING, Due(), record(DONE_AT_C, ended=("a1",)), end(AT_B)),
    (S.MOVING, In.RETURNED): Case(
        MOVING, ReturnedHome(), record(None, ended=("a2", "a1")), end(WAITING_AT_C, AT_B)
    ),
    (S.MOVING, In.ENDED): Case(
        record(WAITING_AT_C, AT_B, ended=("a0",)), DeauthorizationTaken("a0"), MOVING
    ),
}


@pytest.mark.parametrize("key", PRIMARY_TABLE, ids=lambda k: f"{k[0]}-{k[1]}")
def test_row(key: tuple[PrimaryState, PrimaryInput]) -> None:
    case = CASES[key]
    row = PRIMARY_TABLE[key]
    assert case.before.state is key[0]
    assert classify_primary(case.before, case.event, WALL) is key[1]
    after, effects, used = advance_primary(case.before, case.event, WALL, LIMITS)
    assert (after, effects) == (case.after, case.effects)
    assert used is row
    assert row.to in (None, after.state)
    assert row.clause.endswith("]")


def test_every_case_is_a_row() -> None:
    assert CASES.keys() == PRIMARY_TABLE.keys()


@pytest.mark.parametrize(
    "state", list(dict.fromkeys(case.before for case in CASES.values())), ids=str
)
def test_every_other_input_changes_nothing(state: PrimaryRecord) -> None:
    events: list[PrimaryEvent] = [case.event for case in CASES.values()]
    events += [
        ResponseTaken("zz"),
        ResponseRefused("zz"),
        DeauthorizationTaken("zz"),
        AuthorisationNotified("d.example"),
        AuthorisationNotified("c.example", "zz"),
    ]
    for event in events:
        what = classify_primary(state, event, WALL)
        if what is None or (state.state, what) not in PRIMARY_TABLE:
            assert advance_primary(state, event, WALL, LIMITS) == (state, (), None)


@pytest.mark.parametrize(
    "event",
    [RequestPermitted("b.example", None, 2, "a1"), ResponseTaken("a1"), ResponseRefused("a1")],
    ids=lambda e: type(e).__name__,
)
def test_an_ended_attempt_is_over(event: PrimaryEvent) -> None:
    """A late copy begins nothing anew while the de-authorization is owed."""
    before = record(AT_C, ended=("a1",))
    assert advance_primary(before, event, WALL, LIMITS) == (before, (), None)


def test_repeated_request_keeps_the_time() -> None:
    """The same partner and ID under a new attempt: nothing that one sees changes."""
    event = RequestPermitted("b.example", "sip:v@b.example", 2, "a7")
    after, effects, _ = advance_primary(record(AT_B), event, WALL, LIMITS)
    assert (after.status, after.partner, after.partner_id, after.profile, after.since) == (
        "migrated", "b.example", "sip:v@b.example", 2, 500.0,
    )  # fmt: skip
    assert [e.kind for e in effects] == [PrimaryEffectKind.OWE_RESPONSE]


def test_taken_again_by_the_same_partner_needs_no_deauthorization() -> None:
    again = replace(TO_B, attempt="a7")
    after, effects, _ = advance_primary(record(again, AT_B), ResponseTaken("a7"), WALL, LIMITS)
    assert after == record(replace(again, taken=True))
    assert [e.kind for e in effects] == [PrimaryEffectKind.DROP_RESPONSE]


def test_refused_on_the_way_ends_what_is_at_that_partner() -> None:
    """An earlier copy may have been taken, and have replaced the placement before."""
    again = replace(TO_B, attempt="a7")
    before = record(again, AT_B, AT_C)
    event = ResponseRefused("a7", by_partner=False)
    after, effects, _ = advance_primary(before, event, WALL, LIMITS)
    assert after == record(AT_C, ended=("a7", "a1"))
    assert effects == end(again, AT_B)


def deauthorized(effects: Iterable[PrimaryEffect]) -> list[str]:
    kind = PrimaryEffectKind.OWE_DEAUTHORIZATION
    return [effect.placement.attempt for effect in effects if effect.kind is kind]


def test_a_record_does_not_grow_without_end() -> None:
    current = HOME
    told: list[PrimaryEffect] = []
    for number in range(MAX_FORMER + 3):
        event = RequestPermitted("b.example", f"sip:v{number}@b.example", 2, f"x{number}")
        current, effects, _ = advance_primary(current, event, WALL, LIMITS)
        told += effects
    assert len(current.former) == MAX_FORMER
    assert deauthorized(told) == ["x0", "x1"]


def test_who_asks_in_vain_again_and_again_stays_where_he_is() -> None:
    """The partner's responses do not come through: it serves the user by the attempt it took."""
    current = record(AT_B)
    told: list[PrimaryEffect] = []
    for number in range(MAX_FORMER + 3):
        event = RequestPermitted("b.example", "sip:v@b.example", 3, f"x{number}")
        current, effects, _ = advance_primary(current, event, WALL, LIMITS)
        told += effects
    assert [p.attempt for p in current.former] == ["x5", "x4", "x3", "a1"]
    assert deauthorized(told) == ["x0", "x1", "x2"]


def test_a_former_one_that_was_taken_ends_those_before_it_at_its_partner() -> None:
    """Else the partner would be told to stop that serves the user, once the current one is gone."""
    again = replace(TO_B, attempt="a7")
    after, effects, _ = advance_primary(
        record(TO_C, again, AT_B), ResponseTaken("a7"), WALL, LIMITS
    )
    taken = replace(again, taken=True, confirm_until=UNTIL)
    assert after == record(TO_C, taken)
    assert effects == (PrimaryEffect(PrimaryEffectKind.DROP_RESPONSE, AT_B),)
    back, _, _ = advance_primary(after, ResponseRefused("a2"), WALL, LIMITS)
    assert (back, back.state) == (record(taken), S.MIGRATED)
