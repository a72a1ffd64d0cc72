"""The values of the two records: statuses, placements, records, effects.

What they mean and how they change is told in ``records``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class PrimaryStatus(StrEnum):
    """Where the primary says its user is (TS 23.280 10.6.3.3 step 7 [seed])."""

    HOME = "home"
    MIGRATED = "migrated"


class PrimaryState(StrEnum):
    """States of the primary's record; all but ``HOME`` show as status ``migrated`` [ours]."""

    HOME = "home"
    OFFERED = "offered"
    """Marked migrated; the response is owed until the partner took it."""
    MIGRATED = "migrated"
    """The partner took the response; nobody else has to be told."""
    MOVING = "moving"
    """The partner took the response; a former partner is told once the new one has confirmed."""


class PartnerStatus(StrEnum):
    """What a partner holds of a visitor (TS 23.280 10.6.3.3 step 11 [seed])."""

    ABSENT = "absent"
    PENDING = "pending"
    ACTIVE = "active"
    RETAINED = "retained"


class Basis(StrEnum):
    """On whose word a partner serves a visitor."""

    PRIMARY = "primary"
    """The primary authorized it (TS 23.280 10.6.3.3)."""
    LOCAL = "local"
    """The partner authorized it alone, without interconnection (TR 23.700-90)."""
    ON_FAILURE = "on-failure"
    """The primary could not be asked, and the agreement lets it pass (TS 23.280 5.2.9.1)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the records wait, in seconds; every one is [ours], the documents leave them open.

    Attributes:
        pending_s: how long a partner waits for the primary's response; more than the 32 s after
            which a request to an unreachable primary fails (RFC 3261 17.1.2.2, timer F).
        retention_s: how long a partner keeps the mapping of a user who left
            (TS 23.280 10.6.3.3.2.1 NOTE 2, "left for implementation").
        confirmation_s: how long the primary waits for the new partner's notification before it
            de-authorizes the former partner all the same (TS 23.280 10.6.3.3.2.2).
    """

    pending_s: float = 40.0
    retention_s: float = 3600.0
    confirmation_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Placement:
    """One permission of the primary for one user to be at one partner.

    Attributes:
        partner: domain of the partner system.
        partner_id: MC service ID issued by the partner; None when it issued none (TR 23.781).
        profile: index of the selected user profile.
        attempt: the Call-ID of the partner's request, which names this placement on the wire.
        since: when the user was marked migrated there, in epoch seconds.
        taken: whether the partner took the response.
        notified: whether the partner's notification came before the answer to the response.
        confirm_until: when the wait for the partner's notification ends, in epoch seconds.
    """

    partner: str
    partner_id: str | None
    profile: int
    attempt: str
    since: float
    taken: bool = False
    notified: bool = False
    confirm_until: float | None = None


@dataclass(frozen=True, slots=True)
class PrimaryRecord:
    """What the primary system holds of one of its users.

    Attributes:
        user: MC service ID in the primary.
        current: where the user is; None at home.
        former: earlier placements, the latest first, whose partners were not yet told that the
            user moved on; the first of them comes back when the current partner refuses.
        ended: attempts whose partner is owed a de-authorization; a late copy of their request
            must not begin them anew.
    """

    user: str
    current: Placement | None = None
    former: tuple[Placement, ...] = ()
    ended: tuple[str, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Whether the record says no more than no record at all: at home, nothing owed."""
        return self.current is None and not self.ended

    @property
    def state(self) -> PrimaryState:
        """The state in which the table is read."""
        if self.current is None:
            return PrimaryState.HOME
        if not self.current.taken:
            return PrimaryState.OFFERED
        return PrimaryState.MOVING if self.former else PrimaryState.MIGRATED

    @property
    def status(self) -> PrimaryStatus:
        """Where the user is, as scenarios and operators see it."""
        return PrimaryStatus.HOME if self.current is None else PrimaryStatus.MIGRATED

    @property
    def partner(self) -> str | None:
        """Domain of the partner system where the user is."""
        return self.current.partner if self.current else None

    @property
    def partner_id(self) -> str | None:
        """MC service ID that the partner issued."""
        return self.current.partner_id if self.current else None

    @property
    def elsewhere(self) -> tuple[Placement, ...]:
        """The earlier placements at other partners than the current one: those are to be told."""
        return tuple(p for p in self.former if p.partner != self.partner)

    @property
    def profile(self) -> int | None:
        """Index of the user profile in use at the partner."""
        return self.current.profile if self.current else None

    @property
    def since(self) -> float | None:
        """When the user was marked migrated to this partner, in epoch seconds."""
        return self.current.since if self.current else None

    @property
    def deadline(self) -> float | None:
        """When the event ``Due`` is to be given next, in epoch seconds."""
        if self.state is PrimaryState.MOVING and self.current is not None:
            return self.current.confirm_until
        return None


@dataclass(frozen=True, slots=True)
class PartnerRecord:
    """What a partner system holds of a visitor.

    Attributes:
        user: MC service ID in the primary.
        status: absent, pending, active or retained.
        partner_id: MC service ID that this system issued to the visitor, or None.
        profile: index of the selected user profile.
        attempt: the Call-ID of the request to the primary, which names this stay on the wire.
        since: when this status began, in epoch seconds.
        until: when a pending or retained record ends, in epoch seconds.
        basis: on whose word the visitor is served.
        former: the active or retained record that a pending one would replace.
    """

    user: str
    status: PartnerStatus = PartnerStatus.ABSENT
    partner_id: str | None = None
    profile: int | None = None
    attempt: str = ""
    since: float | None = None
    until: float | None = None
    basis: Basis = Basis.PRIMARY
    former: "PartnerRecord | None" = None

    @property
    def in_force(self) -> "PartnerRecord":
        """What counts of the visitor: while another stay is pending, the present one."""
        return self.former if self.status is PartnerStatus.PENDING and self.former else self

    @property
    def is_blank(self) -> bool:
        """Whether the record says no more than no record at all."""
        return self.status is PartnerStatus.ABSENT

    @property
    def state(self) -> PartnerStatus:
        """The state in which the table is read: the status itself."""
        return self.status

    @property
    def deadline(self) -> float | None:
        """When the event ``Due`` is to be given next, in epoch seconds."""
        ends = [self.until] if self.until is not None else []
        if self.former is not None and self.former.until is not None:
            ends.append(self.former.until)
        return min(ends, default=None)


class PrimaryEffectKind(StrEnum):
    """What the primary's MC service server has to do beside storing the record."""

    OWE_RESPONSE = "owe response"
    """Put the authorization response (success) to this placement's partner into the outbox."""
    OWE_DEAUTHORIZATION = "owe de-authorization"
    """Put the de-authorization notification to this placement's partner into the outbox."""
    DROP_RESPONSE = "drop response"
    """Take a response to this placement's partner out of the outbox, if it is still there."""


class PrimaryEffect(NamedTuple):
    """An effect of the primary's record, with the placement that it is about."""

    kind: PrimaryEffectKind
    placement: Placement


class PartnerEffect(StrEnum):
    """What the partner's MC service server has to do beside storing the record."""

    SEND_REQUEST = "send request"
    """Send the authorization request to the primary, under the record's attempt."""
    JOIN = "join"
    """A request for the same is under way: answer the client when that one ends."""
    REFUSE_SIMULTANEOUS = "refuse simultaneous"
    """Another request is under way: refuse this one (``Reason.SIMULTANEOUS``)."""
    TAKE = "take"
    """Answer the primary's message 200."""
    REFUSE_RESPONSE = "refuse response"
    """Answer the primary's response 404: nobody here waits for it, the primary rolls back."""
    TELL_SUCCESS = "tell success"
    """Send the client the response: success (step 12)."""
    TELL_REFUSED = "tell refused"
    """Send the client the response: refused, with the primary's reason (step 12)."""
    TELL_FAILED = "tell failed"
    """Send the client the response: failed; the event says why (step 12)."""
    NOTIFY_PRIMARY = "notify primary"
    """Send the primary the MC service user authorisation notification."""
    RELEASE_IDENTITY = "release identity"
    """The MC service ID that was issued to the visitor is free again (TR 23.781)."""
