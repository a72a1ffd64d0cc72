"""The primary's record as a table; the theory stands in ``records``."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

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
from mcsip.migration.states import (
    Limits,
    Placement,
    PrimaryEffect,
    PrimaryEffectKind,
    PrimaryRecord,
    PrimaryState,
)

MAX_FORMER = 4
"""Placements kept behind the current one; the oldest beyond them is de-authorized at once, so
that a partner that asks again and again cannot make a record grow [ours]. The latest that was taken
stays whatever comes: it is where the user is."""


class PrimaryInput(StrEnum):
    """What an event means to a record: the columns of the table."""

    REQUEST = "request permitted"
    REQUEST_AGAIN = "the same request again"
    TAKEN = "response taken"
    TAKEN_MOVED = "response taken, another partner is to be told"
    TAKEN_NOTIFIED = "response taken, notification came before"
    TAKEN_FORMER = "a former response taken"
    REFUSED = "response refused"
    REFUSED_MOVED = "response refused, a former placement stands"
    REFUSED_FORMER = "a former response refused"
    NOTIFIED = "partner notified"
    OVERDUE = "notification overdue"
    RETURNED = "user returned"
    ENDED = "de-authorization taken"


class PrimaryAction(StrEnum):
    """What a row does to the record, in the order of the row."""

    MARK = "mark migrated"
    OWE_RESPONSE = "owe response"
    SETTLE = "note that it was taken"
    SETTLE_FORMER = "note that a former was taken"
    NOTE_NOTIFICATION = "note the notification"
    AWAIT_NOTIFICATION = "await notification"
    ROLL_BACK = "roll back"
    FORGET_FORMER = "forget a former"
    DEAUTHORIZE_FORMER = "de-authorize former"
    DEAUTHORIZE_ALL = "de-authorize"
    FORGET_ENDED = "forget the ended"


class PrimaryRow(NamedTuple):
    """A row: the state afterwards, what is done, and why.

    ``to`` is None where the placements that are left decide.
    """

    to: PrimaryState | None
    do: tuple[PrimaryAction, ...]
    clause: str


_S, _I, _A = PrimaryState, PrimaryInput, PrimaryAction
_MARK = "TS 23.280 10.6.3.3 steps 7 and 8 [seed]"
_RETURN = "TS 23.280 10.6.3.3.2.1 step 1 [seed]"
_ON = "TS 23.280 10.6.3.3.2.2 [seed]"
_LOST = "TS 23.280 10.6.3.3.2.2, notification lost [ours]"
_TAKEN = "TS 23.280 10.6.3.3 step 10, delivery [ours]"
_TOLD = "TS 23.280 10.6.3.3.2.1 step 3, delivery [ours]"
_HALF = "no half-migrated user [ours]"
_REPEAT = "repeated requests are idempotent [ours]"

PRIMARY_TABLE: dict[tuple[PrimaryState, PrimaryInput], PrimaryRow] = {
    (_S.HOME, _I.REQUEST): PrimaryRow(_S.OFFERED, (_A.MARK, _A.OWE_RESPONSE), _MARK),
    (_S.OFFERED, _I.REQUEST): PrimaryRow(_S.OFFERED, (_A.MARK, _A.OWE_RESPONSE), _MARK),
    (_S.OFFERED, _I.REQUEST_AGAIN): PrimaryRow(_S.OFFERED, (_A.OWE_RESPONSE,), _REPEAT),
    (_S.OFFERED, _I.TAKEN): PrimaryRow(_S.MIGRATED, (_A.SETTLE,), _TAKEN),
    (_S.OFFERED, _I.TAKEN_MOVED): PrimaryRow(_S.MOVING, (_A.SETTLE, _A.AWAIT_NOTIFICATION), _ON),
    (_S.OFFERED, _I.TAKEN_NOTIFIED): PrimaryRow(
        _S.MIGRATED, (_A.SETTLE, _A.DEAUTHORIZE_FORMER), _ON
    ),
    (_S.OFFERED, _I.TAKEN_FORMER): PrimaryRow(_S.OFFERED, (_A.SETTLE_FORMER,), _TAKEN),
    (_S.OFFERED, _I.REFUSED): PrimaryRow(_S.HOME, (_A.ROLL_BACK,), _HALF),
    (_S.OFFERED, _I.REFUSED_MOVED): PrimaryRow(None, (_A.ROLL_BACK,), _HALF),
    (_S.OFFERED, _I.REFUSED_FORMER): PrimaryRow(_S.OFFERED, (_A.FORGET_FORMER,), _HALF),
    (_S.OFFERED, _I.NOTIFIED): PrimaryRow(_S.OFFERED, (_A.NOTE_NOTIFICATION,), _ON),
    (_S.OFFERED, _I.RETURNED): PrimaryRow(_S.HOME, (_A.DEAUTHORIZE_ALL,), _RETURN),
    (_S.MIGRATED, _I.REQUEST): PrimaryRow(_S.OFFERED, (_A.MARK, _A.OWE_RESPONSE), _MARK),
    (_S.MIGRATED, _I.REQUEST_AGAIN): PrimaryRow(_S.MIGRATED, (_A.OWE_RESPONSE,), _REPEAT),
    (_S.MIGRATED, _I.REFUSED): PrimaryRow(_S.HOME, (_A.ROLL_BACK,), _HALF),
    (_S.MIGRATED, _I.RETURNED): PrimaryRow(_S.HOME, (_A.DEAUTHORIZE_ALL,), _RETURN),
    (_S.MOVING, _I.REQUEST): PrimaryRow(_S.OFFERED, (_A.MARK, _A.OWE_RESPONSE), _MARK),
    (_S.MOVING, _I.REQUEST_AGAIN): PrimaryRow(_S.MOVING, (_A.OWE_RESPONSE,), _REPEAT),
    (_S.MOVING, _I.TAKEN_FORMER): PrimaryRow(_S.MOVING, (_A.SETTLE_FORMER,), _TAKEN),
    (_S.MOVING, _I.REFUSED): PrimaryRow(_S.HOME, (_A.ROLL_BACK,), _HALF),
    (_S.MOVING, _I.REFUSED_MOVED): PrimaryRow(None, (_A.ROLL_BACK,), _HALF),
    (_S.MOVING, _I.REFUSED_FORMER): PrimaryRow(None, (_A.FORGET_FORMER,), _HALF),
    (_S.MOVING, _I.NOTIFIED): PrimaryRow(_S.MIGRATED, (_A.DEAUTHORIZE_FORMER,), _ON),
    (_S.MOVING, _I.OVERDUE): PrimaryRow(_S.MIGRATED, (_A.DEAUTHORIZE_FORMER,), _LOST),
    (_S.MOVING, _I.RETURNED): PrimaryRow(_S.HOME, (_A.DEAUTHORIZE_ALL,), _RETURN),
    (_S.HOME, _I.ENDED): PrimaryRow(_S.HOME, (_A.FORGET_ENDED,), _TOLD),
    (_S.OFFERED, _I.ENDED): PrimaryRow(_S.OFFERED, (_A.FORGET_ENDED,), _TOLD),
    (_S.MIGRATED, _I.ENDED): PrimaryRow(_S.MIGRATED, (_A.FORGET_ENDED,), _TOLD),
    (_S.MOVING, _I.ENDED): PrimaryRow(_S.MOVING, (_A.FORGET_ENDED,), _TOLD),
}


def classify_primary(
    record: PrimaryRecord, event: PrimaryEvent, wall: float
) -> PrimaryInput | None:
    """Return what an event means to a record; None when it means nothing to it.

    Args:
        record: the record as it is.
        event: what happened.
        wall: now, in epoch seconds.
    """
    current = record.current
    match event:
        case RequestPermitted(attempt=attempt):
            if current is not None and current.attempt == attempt:
                return _I.REQUEST_AGAIN
            known = attempt in record.ended or _is_former(record, attempt)
            return None if known else _I.REQUEST
        case DeauthorizationTaken(attempt=attempt):
            return _I.ENDED if attempt in record.ended else None
        case ReturnedHome():
            return _I.RETURNED
    return None if current is None else _classify_migrated(record, current, event, wall)


def _classify_migrated(
    record: PrimaryRecord, current: Placement, event: PrimaryEvent, wall: float
) -> PrimaryInput | None:
    """Return what an event means that only concerns users who are not at home."""
    match event:
        case ResponseTaken(attempt=attempt) if attempt == current.attempt:
            if not record.elsewhere:
                return _I.TAKEN
            return _I.TAKEN_NOTIFIED if current.notified else _I.TAKEN_MOVED
        case ResponseTaken(attempt=attempt):
            return _I.TAKEN_FORMER if _is_former(record, attempt) else None
        case ResponseRefused(attempt=attempt) if attempt == current.attempt:
            left = record.former if event.by_partner else record.elsewhere
            return _I.REFUSED_MOVED if left else _I.REFUSED
        case ResponseRefused(attempt=attempt):
            return _I.REFUSED_FORMER if _is_former(record, attempt) else None
        case AuthorisationNotified(partner=partner, attempt=named):
            same = current.partner == partner and named in (None, current.attempt)
            return _I.NOTIFIED if same else None
        case Due():
            until = record.deadline
            return _I.OVERDUE if until is not None and wall >= until else None
        case _:
            return None


class _Run(NamedTuple):
    """What an action sees."""

    record: PrimaryRecord
    event: PrimaryEvent
    wall: float
    limits: Limits


_Done = tuple[PrimaryRecord, tuple[PrimaryEffect, ...]]


def _is_former(record: PrimaryRecord, attempt: str) -> bool:
    return any(placement.attempt == attempt for placement in record.former)


def _dropped(placements: Iterable[Placement]) -> tuple[PrimaryEffect, ...]:
    return tuple(PrimaryEffect(PrimaryEffectKind.DROP_RESPONSE, p) for p in placements)


def _end(record: PrimaryRecord, placements: tuple[Placement, ...]) -> _Done:
    """End placements: their partners are told, and nothing else is sent to them any more."""
    dropped = _dropped(placements)
    owed = [PrimaryEffect(PrimaryEffectKind.OWE_DEAUTHORIZATION, p) for p in placements]
    ended = record.ended + tuple(p.attempt for p in placements)
    return replace(record, ended=ended), (*dropped, *owed)


def _mark(run: _Run) -> _Done:
    record, event = run.record, run.event
    assert isinstance(event, RequestPermitted)
    old = record.current
    since = run.wall
    if old is not None and (old.partner, old.partner_id) == (event.partner, event.partner_id):
        since = old.since
    new = Placement(event.partner, event.partner_id, event.profile, event.attempt, since)
    former = record.former if old is None else (old, *record.former)
    there = next((p for p in former if p.taken), None)
    others = [p for p in former if p is not there]
    beyond = tuple(others[MAX_FORMER - (there is not None) :])
    kept = tuple(p for p in former if p not in beyond)
    return _end(replace(record, current=new, former=kept), beyond)


def _owe_response(run: _Run) -> _Done:
    assert run.record.current is not None
    return run.record, (PrimaryEffect(PrimaryEffectKind.OWE_RESPONSE, run.record.current),)


def _settle(run: _Run) -> _Done:
    """The partner holds one record of the user: its own former placements ended with this one."""
    record = run.record
    assert record.current is not None
    elsewhere = record.elsewhere
    replaced = [p for p in record.former if p not in elsewhere]
    settled = replace(record, current=replace(record.current, taken=True), former=elsewhere)
    return settled, _dropped(replaced)


def _settle_former(run: _Run) -> _Done:
    """As ``_settle``: what the partner held before the one that it took ended with it."""
    assert isinstance(run.event, ResponseTaken)
    former, attempt = run.record.former, run.event.attempt
    at = next(i for i, p in enumerate(former) if p.attempt == attempt)
    until = run.wall + run.limits.confirmation_s
    taken = replace(former[at], taken=True, confirm_until=until)
    replaced = [p for p in former[at + 1 :] if p.partner == taken.partner]
    left = [p for p in former[at + 1 :] if p.partner != taken.partner]
    return replace(run.record, former=(*former[:at], taken, *left)), _dropped(replaced)


def _note_notification(run: _Run) -> _Done:
    assert run.record.current is not None
    return replace(run.record, current=replace(run.record.current, notified=True)), ()


def _await_notification(run: _Run) -> _Done:
    assert run.record.current is not None
    until = run.wall + run.limits.confirmation_s
    return replace(run.record, current=replace(run.record.current, confirm_until=until)), ()


def _without(run: _Run) -> _Done:
    """Take back the refused placement.

    Where somebody on the way refused it, the partner may have taken an earlier copy, and given up
    what it held before: this placement and the older ones at that partner end for certain.
    """
    record, event = run.record, run.event
    assert record.current is not None
    assert isinstance(event, ResponseRefused)
    chain = (record.current, *record.former)
    at = next(i for i, p in enumerate(chain) if p.attempt == event.attempt)
    refused, older = chain[at], chain[at + 1 :]
    gone: tuple[Placement, ...] = ()
    if not event.by_partner:
        gone = (refused, *(p for p in older if p.partner == refused.partner))
    left = (*chain[:at], *(p for p in older if p not in gone))
    current = left[0] if left else None
    return _end(replace(record, current=current, former=left[1:]), gone)


def _deauthorize_former(run: _Run) -> _Done:
    record = run.record
    assert record.current is not None
    current = replace(record.current, confirm_until=None)
    return _end(replace(record, current=current, former=()), record.former)


def _deauthorize_all(run: _Run) -> _Done:
    record = run.record
    assert record.current is not None
    home = replace(record, current=None, former=())
    return _end(home, (record.current, *record.former))


def _forget_ended(run: _Run) -> _Done:
    assert isinstance(run.event, DeauthorizationTaken)
    ended = tuple(attempt for attempt in run.record.ended if attempt != run.event.attempt)
    return replace(run.record, ended=ended), ()


_ACTIONS: dict[PrimaryAction, Callable[[_Run], _Done]] = {
    _A.MARK: _mark,
    _A.OWE_RESPONSE: _owe_response,
    _A.SETTLE: _settle,
    _A.SETTLE_FORMER: _settle_former,
    _A.NOTE_NOTIFICATION: _note_notification,
    _A.AWAIT_NOTIFICATION: _await_notification,
    _A.ROLL_BACK: _without,
    _A.FORGET_FORMER: _without,
    _A.DEAUTHORIZE_FORMER: _deauthorize_former,
    _A.DEAUTHORIZE_ALL: _deauthorize_all,
    _A.FORGET_ENDED: _forget_ended,
}


def advance_primary(
    record: PrimaryRecord, event: PrimaryEvent, wall: float, limits: Limits
) -> tuple[PrimaryRecord, tuple[PrimaryEffect, ...], PrimaryRow | None]:
    """Run the row for an event; without a row nothing changes.

    Args:
        record: the record as it is.
        event: what happened.
        wall: now, in epoch seconds.
        limits: how long things wait.
    """
    what = classify_primary(record, event, wall)
    row = PRIMARY_TABLE.get((record.state, what)) if what is not None else None
    if row is None:
        return record, (), None
    effects: tuple[PrimaryEffect, ...] = ()
    for action in row.do:
        record, more = _ACTIONS[action](_Run(record, event, wall, limits))
        effects += more
    assert row.to in (None, record.state), (row, record)
    return record, effects, row
