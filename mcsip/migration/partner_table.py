"""The partner's record as a table; the theory stands in ``records``."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from mcsip.migration.events import (
    Deauthorized,
    Due,
    MigrationGranted,
    MigrationRequested,
    PartnerEvent,
    RequestUnreached,
    ResponseReceived,
)
from mcsip.migration.states import Basis, Limits, PartnerEffect, PartnerRecord, PartnerStatus


class PartnerInput(StrEnum):
    """What an event means to a record: the columns of the table."""

    REQUESTED = "client asks"
    REQUESTED_AGAIN = "client asks for the same"
    GRANTED = "client asks, granted locally"
    GRANTED_AGAIN = "client asks for the same, granted locally"
    SUCCESS = "success response"
    SUCCESS_MOVED = "success response, user comes from another partner"
    SUCCESS_FORMER = "success response to the former attempt"
    SUCCESS_STALE = "success response nobody waits for"
    FAILURE = "refusal by the primary"
    UNREACHED = "primary unreachable"
    UNREACHED_GRANTED = "primary unreachable, agreement grants"
    TIMEOUT = "wait is over"
    TIMEOUT_GRANTED = "wait is over, agreement grants"
    DEAUTHORIZED = "de-authorized"
    DEAUTHORIZED_FORMER = "former de-authorized"
    EXPIRED = "retention is over"
    EXPIRED_FORMER = "retention of the former is over"


class PartnerAction(StrEnum):
    """What a row does to the record, in the order of the row."""

    BEGIN = "begin"
    ACTIVATE = "activate"
    ACTIVATE_LOCALLY = "activate locally"
    ACTIVATE_ON_FAILURE = "activate on failure"
    CONFIRM = "note the primary's word"
    CONFIRM_FORMER = "note the primary's word on the former"
    FALL_BACK = "fall back to the former"
    RETAIN = "retain the mapping"
    RETAIN_FORMER = "retain the former mapping"
    FORGET = "forget"
    FORGET_FORMER = "forget the former"


class PartnerRow(NamedTuple):
    """A row: the status afterwards, what is done, what the server does, and why.

    ``to`` is None where the former record decides.
    """

    to: PartnerStatus | None
    do: tuple[PartnerAction, ...]
    effects: tuple[PartnerEffect, ...]
    clause: str


_S, _I, _A, _E = PartnerStatus, PartnerInput, PartnerAction, PartnerEffect
_Row = PartnerRow
_ASK = "TS 23.280 10.6.3.3 step 3 [seed]"
_STORE = "TS 23.280 10.6.3.3 steps 11 and 12 [seed]"
_CONFIRM = "TS 23.280 10.6.3.3.2.2 step 1 [seed]"
_REFUSED = "TS 23.280 10.6.3.3 step 12, result fail [ours]"
_FAILED = "TS 23.280 5.2.9.1, failure of migrating [seed]"
_ALONE = "TR 23.700-90 7.X.2 step 2 [seed]"
_LEAVE = "TS 23.280 10.6.3.3.2.1 step 4 [seed]"
_EXPIRE = "TS 23.280 10.6.3.3.2.1 NOTE 2 [seed]"
_REPEAT = "repeated requests are idempotent [ours]"
_HALF = "no half-migrated user [ours]"
_ONE = "TS 24.379 4.4, warning 164 [2nd]"

_BEGIN = _Row(_S.PENDING, (_A.BEGIN,), (_E.SEND_REQUEST,), _ASK)
_ALONE_ROW = _Row(_S.ACTIVE, (_A.ACTIVATE_LOCALLY,), (_E.TELL_SUCCESS,), _ALONE)
_GRANT = _Row(_S.ACTIVE, (_A.ACTIVATE_ON_FAILURE,), (_E.TELL_SUCCESS,), _FAILED)
_GIVE_UP = _Row(None, (_A.FALL_BACK,), (_E.TELL_FAILED,), _FAILED)
_BUSY = _Row(_S.PENDING, (), (_E.REFUSE_SIMULTANEOUS,), _ONE)

PARTNER_TABLE: dict[tuple[PartnerStatus, PartnerInput], PartnerRow] = {
    (_S.ABSENT, _I.REQUESTED): _BEGIN,
    (_S.ABSENT, _I.GRANTED): _ALONE_ROW,
    (_S.ABSENT, _I.SUCCESS_STALE): _Row(_S.ABSENT, (), (_E.REFUSE_RESPONSE,), _HALF),
    (_S.PENDING, _I.REQUESTED): _BUSY,
    (_S.PENDING, _I.REQUESTED_AGAIN): _Row(_S.PENDING, (), (_E.JOIN,), _REPEAT),
    (_S.PENDING, _I.GRANTED): _BUSY,
    (_S.PENDING, _I.GRANTED_AGAIN): _BUSY,
    (_S.PENDING, _I.SUCCESS): _Row(_S.ACTIVE, (_A.ACTIVATE,), (_E.TAKE, _E.TELL_SUCCESS), _STORE),
    (_S.PENDING, _I.SUCCESS_MOVED): _Row(
        _S.ACTIVE, (_A.ACTIVATE,), (_E.TAKE, _E.TELL_SUCCESS, _E.NOTIFY_PRIMARY), _CONFIRM
    ),
    (_S.PENDING, _I.SUCCESS_FORMER): _Row(_S.PENDING, (_A.CONFIRM_FORMER,), (_E.TAKE,), _REPEAT),
    (_S.PENDING, _I.SUCCESS_STALE): _Row(_S.PENDING, (), (_E.REFUSE_RESPONSE,), _HALF),
    (_S.PENDING, _I.FAILURE): _Row(None, (_A.FALL_BACK,), (_E.TAKE, _E.TELL_REFUSED), _REFUSED),
    (_S.PENDING, _I.UNREACHED): _GIVE_UP,
    (_S.PENDING, _I.UNREACHED_GRANTED): _GRANT,
    (_S.PENDING, _I.TIMEOUT): _GIVE_UP,
    (_S.PENDING, _I.TIMEOUT_GRANTED): _GRANT,
    (_S.PENDING, _I.DEAUTHORIZED): _Row(None, (_A.FALL_BACK,), (_E.TAKE, _E.TELL_FAILED), _LEAVE),
    (_S.PENDING, _I.DEAUTHORIZED_FORMER): _Row(_S.PENDING, (_A.RETAIN_FORMER,), (_E.TAKE,), _LEAVE),
    (_S.PENDING, _I.EXPIRED_FORMER): _Row(_S.PENDING, (_A.FORGET_FORMER,), (), _EXPIRE),
    (_S.ACTIVE, _I.REQUESTED): _BEGIN,
    (_S.ACTIVE, _I.REQUESTED_AGAIN): _Row(_S.ACTIVE, (), (_E.TELL_SUCCESS,), _REPEAT),
    (_S.ACTIVE, _I.GRANTED): _ALONE_ROW,
    (_S.ACTIVE, _I.GRANTED_AGAIN): _Row(_S.ACTIVE, (), (_E.TELL_SUCCESS,), _REPEAT),
    (_S.ACTIVE, _I.SUCCESS): _Row(_S.ACTIVE, (_A.CONFIRM,), (_E.TAKE,), _REPEAT),
    (_S.ACTIVE, _I.SUCCESS_MOVED): _Row(_S.ACTIVE, (_A.CONFIRM,), (_E.TAKE,), _REPEAT),
    (_S.ACTIVE, _I.SUCCESS_STALE): _Row(_S.ACTIVE, (), (_E.REFUSE_RESPONSE,), _HALF),
    (_S.ACTIVE, _I.DEAUTHORIZED): _Row(_S.RETAINED, (_A.RETAIN,), (_E.TAKE,), _LEAVE),
    (_S.RETAINED, _I.REQUESTED): _BEGIN,
    (_S.RETAINED, _I.GRANTED): _ALONE_ROW,
    (_S.RETAINED, _I.SUCCESS_STALE): _Row(_S.RETAINED, (), (_E.REFUSE_RESPONSE,), _HALF),
    (_S.RETAINED, _I.EXPIRED): _Row(_S.ABSENT, (_A.FORGET,), (_E.RELEASE_IDENTITY,), _EXPIRE),
}


def classify_partner(
    record: PartnerRecord, event: PartnerEvent, wall: float
) -> PartnerInput | None:
    """Return what an event means to a record; None when it means nothing to it.

    Args:
        record: the record as it is.
        event: what happened.
        wall: now, in epoch seconds.
    """
    match event:
        case MigrationRequested():
            again = _is_same_stay(record, event) and record.basis is not Basis.ON_FAILURE
            return _I.REQUESTED_AGAIN if again else _I.REQUESTED
        case MigrationGranted():
            return _I.GRANTED_AGAIN if _is_same_stay(record, event) else _I.GRANTED
        case ResponseReceived(success=True):
            return _classify_success(record, event)
        case ResponseReceived():
            waits = record.status is _S.PENDING and _names(event, record)
            return _I.FAILURE if waits else None
        case RequestUnreached(attempt=attempt, grant_locally=grant):
            if record.status is not _S.PENDING or record.attempt != attempt:
                return None
            return _I.UNREACHED_GRANTED if grant and _may_grant(record) else _I.UNREACHED
        case Deauthorized():
            return _classify_deauthorized(record, event)
        case Due(grant_locally=grant):
            return _classify_due(record, wall, grant=grant)


def _is_same_stay(record: PartnerRecord, event: MigrationRequested | MigrationGranted) -> bool:
    """Tell whether a client asks for what is under way or granted already."""
    if record.status not in (_S.PENDING, _S.ACTIVE):
        return False
    return (record.partner_id, record.profile) == (event.partner_id, event.profile)


def _names(event: ResponseReceived | Deauthorized, record: PartnerRecord) -> bool:
    """Tell whether a message of the primary is about a record; without an attempt, by its IDs."""
    if event.partner_id not in (None, record.partner_id):
        return False
    if event.attempt is not None:
        return event.attempt == record.attempt
    if record.basis is Basis.LOCAL:
        return False
    return not isinstance(event, ResponseReceived) or event.profile in (None, record.profile)


def _classify_success(record: PartnerRecord, event: ResponseReceived) -> PartnerInput:
    if record.status in (_S.PENDING, _S.ACTIVE) and _names(event, record):
        return _I.SUCCESS_MOVED if event.moved else _I.SUCCESS
    former = record.former
    if former is not None and former.status is _S.ACTIVE and _names(event, former):
        return _I.SUCCESS_FORMER
    return _I.SUCCESS_STALE


def _classify_deauthorized(record: PartnerRecord, event: Deauthorized) -> PartnerInput | None:
    former = record.former
    if former is not None and former.status is _S.ACTIVE and _names(event, former):
        return _I.DEAUTHORIZED_FORMER
    # A notification that names no attempt ends a stay, never one that has not begun.
    if record.status is _S.PENDING and event.attempt is None:
        return None
    return _I.DEAUTHORIZED if _names(event, record) else None


def _classify_due(record: PartnerRecord, wall: float, *, grant: bool) -> PartnerInput | None:
    former = record.former
    if former is not None and former.until is not None and wall >= former.until:
        return _I.EXPIRED_FORMER
    if record.until is None or wall < record.until:
        return None
    if record.status is _S.RETAINED:
        return _I.EXPIRED
    return _I.TIMEOUT_GRANTED if grant and _may_grant(record) else _I.TIMEOUT


def _may_grant(record: PartnerRecord) -> bool:
    """Tell whether a grant after a failure would take nothing away that the primary permitted."""
    former = record.former
    return former is None or former.status is _S.RETAINED or former.basis is Basis.ON_FAILURE


class _Run(NamedTuple):
    """What an action sees."""

    record: PartnerRecord
    event: PartnerEvent
    wall: float
    limits: Limits


def _begin(run: _Run) -> PartnerRecord:
    record, event = run.record, run.event
    assert isinstance(event, MigrationRequested)
    return PartnerRecord(
        record.user,
        _S.PENDING,
        event.partner_id,
        event.profile,
        event.attempt,
        since=run.wall,
        until=run.wall + run.limits.pending_s,
        former=None if record.status is _S.ABSENT else record,
    )


def _activate(run: _Run, basis: Basis = Basis.PRIMARY) -> PartnerRecord:
    return replace(
        run.record, status=_S.ACTIVE, since=run.wall, until=None, basis=basis, former=None
    )


def _activate_locally(run: _Run) -> PartnerRecord:
    event = run.event
    assert isinstance(event, MigrationGranted)
    record = replace(run.record, partner_id=event.partner_id, profile=event.profile, attempt="")
    return _activate(run._replace(record=record), Basis.LOCAL)


def _activate_on_failure(run: _Run) -> PartnerRecord:
    return _activate(run, Basis.ON_FAILURE)


def _confirm(run: _Run) -> PartnerRecord:
    return replace(run.record, basis=Basis.PRIMARY)


def _confirm_former(run: _Run) -> PartnerRecord:
    assert run.record.former is not None
    return replace(run.record, former=replace(run.record.former, basis=Basis.PRIMARY))


def _fall_back(run: _Run) -> PartnerRecord:
    return run.record.former or PartnerRecord(run.record.user)


def _retained(record: PartnerRecord, run: _Run) -> PartnerRecord:
    until = run.wall + run.limits.retention_s
    return replace(record, status=_S.RETAINED, since=run.wall, until=until)


def _retain(run: _Run) -> PartnerRecord:
    return _retained(run.record, run)


def _retain_former(run: _Run) -> PartnerRecord:
    assert run.record.former is not None
    return replace(run.record, former=_retained(run.record.former, run))


def _forget(run: _Run) -> PartnerRecord:
    return PartnerRecord(run.record.user)


def _forget_former(run: _Run) -> PartnerRecord:
    return replace(run.record, former=None)


_ACTIONS: dict[PartnerAction, Callable[[_Run], PartnerRecord]] = {
    _A.BEGIN: _begin,
    _A.ACTIVATE: _activate,
    _A.ACTIVATE_LOCALLY: _activate_locally,
    _A.ACTIVATE_ON_FAILURE: _activate_on_failure,
    _A.CONFIRM: _confirm,
    _A.CONFIRM_FORMER: _confirm_former,
    _A.FALL_BACK: _fall_back,
    _A.RETAIN: _retain,
    _A.RETAIN_FORMER: _retain_former,
    _A.FORGET: _forget,
    _A.FORGET_FORMER: _forget_former,
}


def advance_partner(
    record: PartnerRecord, event: PartnerEvent, wall: float, limits: Limits
) -> tuple[PartnerRecord, tuple[PartnerEffect, ...], PartnerRow | None]:
    """Run the row for an event; without a row nothing changes.

    Args:
        record: the record as it is.
        event: what happened.
        wall: now, in epoch seconds.
        limits: how long things wait.
    """
    what = classify_partner(record, event, wall)
    row = PARTNER_TABLE.get((record.status, what)) if what is not None else None
    if row is None:
        return record, (), None
    for action in row.do:
        record = _ACTIONS[action](_Run(record, event, wall, limits))
    assert row.to in (None, record.status), (row, record)
    return record, row.effects, row
