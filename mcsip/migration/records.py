"""The two records of a migration, and how they change.

Theory
======

For each of its users the *primary* holds a ``PrimaryRecord``: at home, or migrated to a partner.
For each visitor a *partner* holds a ``PartnerRecord``: absent, pending, active or retained. The two
are in different systems; messages between them are lost, doubled, delayed and overtaken, and either
side may crash at any moment and restart from what it has stored. What must hold once things are
quiet is: **no half-migrated user**. The primary says "migrated to X" exactly when X says "active",
or the one open difference stands in an outbox and is delivered. Five rules carry this.

1. *Every stay has a name.* The partner's server names each attempt by the Call-ID of its request;
   the primary's responses and notifications name it again. A message about another attempt than
   the record's changes nothing, so duplicates and latecomers are harmless. An attempt that the
   primary has ended is not begun anew by a late copy of its request (``ended``, kept until the
   partner took the de-authorization; afterwards the partner refuses). And an answer counts only
   while the very debt that it answers stands in the outbox.
2. *The primary decides, the partner disposes.* The primary marks the user migrated, in one commit
   with the response it owes (``OFFERED``). The partner either takes the response (2xx: it is
   active under this attempt) or refuses it (4xx: it is not, and never will be, under this
   attempt). Until one of the two is known the response is sent again, across restarts.
3. *A refusal rolls back*, to home or to the placement before. So the placements before are kept
   (``former``), and their partners are not told to stop, until the new partner has the user. When
   somebody on the way refused and not the partner itself, an earlier copy may have been taken: the
   primary then ends all that the user had at that partner and owes it the de-authorization.
4. *The new partner confirms, then the former one is told* (10.6.3.3.2.2). The confirmation is the
   new partner's notification; when that is lost, the primary, which authorized the move itself,
   goes on after ``Limits.confirmation_s``.
5. *A partner that gives up says so by refusing later.* Whatever ends a wait (a refusal, nobody
   there, time over, a de-authorization), the pending record falls back to what was before it.

The tables
==========

``PRIMARY_TABLE`` and ``PARTNER_TABLE`` map (state, input) to a row: the state afterwards, what is
done, and the clause. An *input* is what an event means to this record: "a response was taken" is
one thing for the current attempt and another for a former one (``classify_primary``,
``classify_partner``). Every other input changes nothing. ``advance`` runs one row and returns the
new record with the effects that the server has to carry out; it stores the record, and what the
record owes, in one commit before it sends anything.

Repeated requests: while pending the partner starts nothing anew (``JOIN``); while active for the
same IDs it answers success again without asking; the primary, asked again under the same attempt,
answers success again and changes nothing, and asked under a new attempt for the same partner and ID
shows the same status, partner, ID and time.

Deliberately absent: a refused check changes no record and so is no event here; a record for a user
who is at home or absent need not be stored (``is_blank``); a partner that served a visitor without
the primary's word (``Basis.LOCAL``, ``Basis.ON_FAILURE``) is no half-migrated user, its record
says so.
"""

from typing import NamedTuple, overload

from mcsip.migration.events import (
    AuthorisationNotified,
    DeauthorizationTaken,
    Deauthorized,
    Due,
    MigrationGranted,
    MigrationRequested,
    PartnerEvent,
    PrimaryEvent,
    RequestPermitted,
    RequestUnreached,
    ResponseReceived,
    ResponseRefused,
    ResponseTaken,
    ReturnedHome,
)
from mcsip.migration.partner_table import PARTNER_TABLE, advance_partner, classify_partner
from mcsip.migration.primary_table import PRIMARY_TABLE, advance_primary, classify_primary
from mcsip.migration.states import (
    Basis,
    Limits,
    PartnerEffect,
    PartnerRecord,
    PartnerStatus,
    Placement,
    PrimaryEffect,
    PrimaryEffectKind,
    PrimaryRecord,
    PrimaryState,
    PrimaryStatus,
)

__all__ = [
    "DEFAULT_LIMITS",
    "PARTNER_TABLE",
    "PRIMARY_TABLE",
    "AuthorisationNotified",
    "Basis",
    "DeauthorizationTaken",
    "Deauthorized",
    "Due",
    "Limits",
    "MigrationGranted",
    "MigrationRequested",
    "PartnerEffect",
    "PartnerEvent",
    "PartnerRecord",
    "PartnerStatus",
    "PartnerStep",
    "Placement",
    "PrimaryEffect",
    "PrimaryEffectKind",
    "PrimaryEvent",
    "PrimaryRecord",
    "PrimaryState",
    "PrimaryStatus",
    "PrimaryStep",
    "RequestPermitted",
    "RequestUnreached",
    "ResponseReceived",
    "ResponseRefused",
    "ResponseTaken",
    "ReturnedHome",
    "advance",
    "classify_partner",
    "classify_primary",
]

DEFAULT_LIMITS = Limits()


class PrimaryStep(NamedTuple):
    """What an event did to a primary's record.

    Attributes:
        record: the record afterwards.
        effects: what the server has to do, in this order, after the commit.
        clause: clause of the row; empty when nothing changed.
    """

    record: PrimaryRecord
    effects: tuple[PrimaryEffect, ...] = ()
    clause: str = ""


class PartnerStep(NamedTuple):
    """What an event did to a partner's record.

    Attributes:
        record: the record afterwards.
        effects: what the server has to do, in this order, after the commit.
        clause: clause of the row; empty when nothing changed.
    """

    record: PartnerRecord
    effects: tuple[PartnerEffect, ...] = ()
    clause: str = ""


@overload
def advance(
    record: PrimaryRecord, event: PrimaryEvent, wall: float, limits: Limits = ...
) -> PrimaryStep: ...


@overload
def advance(
    record: PartnerRecord, event: PartnerEvent, wall: float, limits: Limits = ...
) -> PartnerStep: ...


def advance(
    record: PrimaryRecord | PartnerRecord,
    event: PrimaryEvent | PartnerEvent,
    wall: float,
    limits: Limits = DEFAULT_LIMITS,
) -> PrimaryStep | PartnerStep:
    """Return the record after an event, and what there is to do.

    Args:
        record: the record as it is.
        event: what happened; one of the record's own side.
        wall: now, in epoch seconds.
        limits: how long things wait.
    """
    if isinstance(record, PrimaryRecord):
        assert isinstance(event, PrimaryEvent)
        primary, owed, row = advance_primary(record, event, wall, limits)
        return PrimaryStep(primary, owed, row.clause if row else "")
    assert isinstance(event, PartnerEvent)
    partner, effects, partner_row = advance_partner(record, event, wall, limits)
    return PartnerStep(partner, effects, partner_row.clause if partner_row else "")
