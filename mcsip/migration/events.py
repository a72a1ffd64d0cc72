"""What happens to a record: the events of the primary's and of the partner's.

An ``attempt`` is the Call-ID of the authorization request that the partner's MC service server
originated. The primary names it in its responses and notifications (In-Reply-To, RFC 3261 20.21
[ours]); a peer of another make may leave it out, which is None here and matches by identities.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Due:
    """The record's deadline may have come (``record.deadline``); given at any time it is harmless.

    Attributes:
        grant_locally: at a partner whose wait for the primary ends: whether the agreement lets
            the visitor be served all the same (``authorization.grants_after``).
    """

    grant_locally: bool = False


@dataclass(frozen=True, slots=True)
class RequestPermitted:
    """Primary: a request passed the check of step 6 (TS 23.280 10.6.3.3)."""

    partner: str
    partner_id: str | None
    profile: int
    attempt: str


@dataclass(frozen=True, slots=True)
class ResponseTaken:
    """Primary: the partner answered the success response of this attempt with 2xx."""

    attempt: str


@dataclass(frozen=True, slots=True)
class ResponseRefused:
    """Primary: the success response of this attempt was finally refused.

    Attributes:
        attempt: the attempt.
        by_partner: whether the partner's MC service server itself refused it, so that it surely
            has no such user; not so when somebody on the way did (``delivery.response_fate``).
    """

    attempt: str
    by_partner: bool = True


@dataclass(frozen=True, slots=True)
class AuthorisationNotified:
    """Primary: a partner sent the MC service user authorisation notification (10.6.3.3.2.2)."""

    partner: str
    attempt: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnedHome:
    """Primary: the user is authorised in the primary again (10.6.3.3.2.1, pre-condition)."""


@dataclass(frozen=True, slots=True)
class DeauthorizationTaken:
    """Primary: the partner took the de-authorization of this attempt, or knows nobody to end."""

    attempt: str


PrimaryEvent = (
    RequestPermitted
    | ResponseTaken
    | ResponseRefused
    | DeauthorizationTaken
    | AuthorisationNotified
    | ReturnedHome
    | Due
)


@dataclass(frozen=True, slots=True)
class MigrationRequested:
    """Partner: a client's request passed the initial check (10.6.3.3 step 2).

    Attributes:
        partner_id: MC service ID that this system issued to the visitor, or None.
        profile: index of the selected user profile.
        attempt: Call-ID of the request that goes to the primary if this one starts anything.
    """

    partner_id: str | None
    profile: int
    attempt: str


@dataclass(frozen=True, slots=True)
class MigrationGranted:
    """Partner: a client's request passed the local check (TR 23.700-90 7.X.2 step 2)."""

    partner_id: str | None
    profile: int


@dataclass(frozen=True, slots=True)
class RequestUnreached:
    """Partner: the request to the primary was refused on the way, or nobody answered it.

    Attributes:
        attempt: the request's Call-ID.
        grant_locally: whether the agreement lets the visitor be served all the same.
    """

    attempt: str
    grant_locally: bool = False


@dataclass(frozen=True, slots=True)
class ResponseReceived:
    """Partner: the primary's authorization response came (10.6.3.3 step 10).

    Attributes:
        success: the result it carries.
        attempt: the attempt it names, or None.
        partner_id: the partner-issued ID it carries, or None.
        profile: the user profile it carries, or None.
        moved: whether the primary said that the user comes from another partner, so that it waits
            for the notification of 10.6.3.3.2.2 [ours].
    """

    success: bool
    attempt: str | None = None
    partner_id: str | None = None
    profile: int | None = None
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Deauthorized:
    """Partner: the primary's de-authorization notification came (10.6.3.3.2.1 step 3).

    Attributes:
        attempt: the attempt it names, or None.
        partner_id: the partner-issued ID it carries, or None.
    """

    attempt: str | None = None
    partner_id: str | None = None


PartnerEvent = (
    MigrationRequested | MigrationGranted | RequestUnreached | ResponseReceived | Deauthorized | Due
)
