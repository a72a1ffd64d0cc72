"""What is decided about a migration or a communication, and why not.

Every way to say no is a row of ``Reason``, which names the SIP status, the MC warning code and the
clause or policy that the user is told. A ``Decision`` is a reason, or none, with what was found.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """How a migration ended for the user: somebody said no, or nobody could be asked."""

    REFUSED = "refused"
    FAILED = "failed"


class ReasonRow(NamedTuple):
    """What is told when a migration does not happen.

    Attributes:
        key: name of the reason on the wire, in scenarios and in reports.
        warning: MC warning code (TS 24.379 4.4 [2nd]), or None where no code fits.
        status: SIP status of a refusal on the spot; where a response message carries the
            refusal instead, it is the status that the message would have had.
        text: one sentence for the user, without a full stop.
        clause: clause or policy that the user is told.
        grade: how sure we are that ``status`` and ``warning`` are the standard's.
        outcome: whether somebody said no, or nobody could be asked.
    """

    key: str
    warning: int | None
    status: int
    text: str
    clause: str
    grade: str
    outcome: Outcome = Outcome.REFUSED


_INITIAL = "TS 23.280 10.6.3.3 step 2"
_PRIMARY = "TS 23.280 10.6.3.3 step 6"
_GENERAL = "TS 23.280 5.2.9.1"
_LOCAL = "TR 23.700-90 7.X.2"
_ACCESS_TOKEN = "TS 33.180 5.1.4"  # noqa: S105  (a clause, not a secret)
_SECURITY_TOKEN = "TS 33.180 B.8"  # noqa: S105  (a clause, not a secret)


class Reason(Enum):
    """Every reason for which a migration does not happen."""

    value: ReasonRow

    TOKEN_INVALID = ReasonRow(
        "token-invalid", 101, 403, "the access token is not valid", _ACCESS_TOKEN, "2nd"
    )
    TOKEN_EXPIRED = ReasonRow(
        "token-expired", 101, 403, "the access token has expired", _ACCESS_TOKEN, "2nd"
    )
    TOKEN_WRONG_ISSUER = ReasonRow(
        "token-wrong-issuer",
        101,
        403,
        "the access token was issued by somebody else",
        _ACCESS_TOKEN,
        "2nd",
    )
    TOKEN_WRONG_AUDIENCE = ReasonRow(
        "token-wrong-audience",
        101,
        403,
        "the access token is meant for somebody else",
        _SECURITY_TOKEN,
        "2nd",
    )
    TOKEN_WRONG_SCOPE = ReasonRow(
        "token-wrong-scope",
        101,
        403,
        "the access token does not cover this MC service",
        _ACCESS_TOKEN,
        "2nd",
    )
    TOKEN_WRONG_ID = ReasonRow(
        "token-wrong-id",
        101,
        403,
        "the access token names another MC service ID",
        _ACCESS_TOKEN,
        "2nd",
    )
    TOKEN_REPLAYED = ReasonRow(
        "token-replayed",
        101,
        403,
        "the security token was used before",
        _SECURITY_TOKEN,
        "ours",
    )
    NOT_AUTHENTICATED = ReasonRow(
        "not-authenticated",
        101,
        403,
        "the identity management server does not believe that this is its user",
        "TS 23.280 10.6.3.3 pre-condition, RFC 6749 5.2",
        "ours",
    )
    VISITORS_NOT_ACCEPTED = ReasonRow(
        "visitors-not-accepted",
        100,
        403,
        "the partner system accepts no visitors from this primary system",
        f"{_INITIAL}, general check",
        "ours",
    )
    VISITOR_NOT_PERMITTED = ReasonRow(
        "visitor-not-permitted",
        100,
        403,
        "the partner system does not list this user as a visitor",
        f"{_INITIAL}, check of this user",
        "ours",
    )
    SIMULTANEOUS = ReasonRow(
        "simultaneous-authorization",
        164,
        486,
        "another migration of this user is under way at this partner system",
        _INITIAL,
        "2nd",
    )
    UNKNOWN_SYSTEM = ReasonRow(
        "unknown-system",
        None,
        404,
        "no MC system has the domain of this MC service ID",
        "TS 23.280 10.6.3.3 steps 3 and 4",
        "ours",
    )
    NO_AGREEMENT = ReasonRow(
        "no-agreement",
        179,
        403,
        "the two MC systems have no migration agreement",
        f"{_GENERAL}, business agreement",
        "2nd",
    )
    DIRECTION_NOT_AGREED = ReasonRow(
        "direction-not-agreed",
        179,
        403,
        "the agreement does not permit migration this way",
        f"{_GENERAL}, bilateral or unilateral",
        "2nd",
    )
    NO_INTERCONNECTION = ReasonRow(
        "no-interconnection",
        179,
        403,
        "the two MC systems are not interconnected",
        f"{_GENERAL}, interconnection",
        "2nd",
    )
    WRONG_ORIGIN = ReasonRow(
        "wrong-origin",
        None,
        403,
        "the message does not come from the MC system that it names as its origin",
        "RFC 3325 5, TS 23.280 5.2.9.1",
        "ours",
    )
    WRONG_CERTIFICATE = ReasonRow(
        "wrong-certificate",
        None,
        403,
        "the certificate of the connection does not name the MC system that is asserted to send",
        "RFC 5922 7.3, RFC 3325 5",
        "ours",
    )
    USER_UNKNOWN = ReasonRow(
        "user-unknown", 141, 404, "the primary system does not know this user", _PRIMARY, "2nd"
    )
    PROFILE_UNKNOWN = ReasonRow(
        "profile-unknown",
        100,
        403,
        "the user has no user profile with this index",
        f"{_PRIMARY}, TS 23.280 10.1.4",
        "2nd",
    )
    PROFILE_NOT_PERMITTED = ReasonRow(
        "profile-not-permitted",
        100,
        403,
        "the selected user profile permits no migration",
        f"{_PRIMARY}, {_GENERAL}",
        "2nd",
    )
    PARTNER_NOT_PERMITTED = ReasonRow(
        "partner-not-permitted",
        100,
        403,
        "the selected user profile does not list this partner system",
        f"{_PRIMARY}, {_GENERAL}",
        "2nd",
    )
    NO_CERTIFICATE = ReasonRow(
        "no-certificate",
        101,
        403,
        "the partner system holds no signing certificate of this primary system",
        f"{_LOCAL}, TS 33.180 5.1.4.2",
        "ours",
    )
    NOT_PROVISIONED = ReasonRow(
        "not-provisioned",
        100,
        403,
        "the partner system holds no user profile for this user",
        f"{_LOCAL}, pre-conditions",
        "ours",
    )
    PRIMARY_UNREACHABLE = ReasonRow(
        "primary-unreachable",
        None,
        503,
        "the primary system cannot be reached",
        "TS 23.280 10.6.3.3 steps 3 to 5",
        "ours",
        Outcome.FAILED,
    )
    PRIMARY_TIMEOUT = ReasonRow(
        "primary-timeout",
        None,
        504,
        "the primary system did not answer in time",
        "TS 23.280 10.6.3.3 steps 8 to 10",
        "ours",
        Outcome.FAILED,
    )
    DEAUTHORIZED = ReasonRow(
        "deauthorized",
        None,
        403,
        "the primary system ended the migration before it was complete",
        "TS 23.280 10.6.3.3.2",
        "ours",
    )
    BAD_REQUEST = ReasonRow(
        "bad-request",
        None,
        400,
        "the request lacks an information element that it must have",
        "TS 23.280 Table 10.6.3.2.1-1",
        "ours",
    )
    CALLER_UNKNOWN = ReasonRow(
        "caller-unknown",
        141,
        404,
        "the MC service server does not serve the caller",
        "TS 24.379 4.4",
        "2nd",
    )
    TARGET_UNKNOWN = ReasonRow(
        "target-unknown",
        145,
        404,
        "no user or visitor of this MC system has this MC service ID, or no longer",
        "TS 24.379 4.4, TS 23.280 10.6.3.3.2.1 NOTE 2",
        "2nd",
    )
    NOT_REACHABLE = ReasonRow(
        "not-reachable",
        141,
        404,
        "the user is not registered in this MC system",
        "TS 24.379 4.4",
        "2nd",
    )
    NOT_YET_HERE = ReasonRow(
        "not-yet-here",
        None,
        480,
        "the migration of the user to this MC system is not complete",
        "TS 23.280 10.6.3.3 step 11",
        "ours",
        Outcome.FAILED,
    )
    SENT_BACK = ReasonRow(
        "sent-back",
        None,
        482,
        "the MC system to which the user has migrated says that the user has left it",
        "TS 23.280 10.6.3.3 step 11",
        "ours",
        Outcome.FAILED,
    )
    NO_SHORT_DATA = ReasonRow(
        "no-short-data",
        100,
        403,
        "short data is a matter of MCData, and the server serves another MC service",
        "TS 24.282 9.2.2",
        "ours",
    )
    ALIAS_UNKNOWN = ReasonRow(
        "alias-unknown",
        None,
        404,
        "the MC system does not define this functional alias",
        "TS 23.280 10.16.3",
        "ours",
    )
    ALIAS_NOT_PERMITTED = ReasonRow(
        "alias-not-permitted",
        100,
        403,
        "the user may not activate this functional alias",
        "TS 23.280 10.16.3",
        "ours",
    )
    ALIAS_NOT_ACTIVE = ReasonRow(
        "alias-not-active",
        145,
        404,
        "nobody has activated this functional alias, or no longer is here",
        "TS 23.280 10.16.3",
        "ours",
    )
    NO_PRIVATE_CALL = ReasonRow(
        "no-private-call",
        100,
        403,
        "private calls are a matter of MCPTT and MCVideo, and the server serves another MC service",
        "TS 24.379 11.1",
        "ours",
    )

    @property
    def key(self) -> str:
        """Name of the reason on the wire, in scenarios and in reports."""
        return self.value.key

    @property
    def warning(self) -> int | None:
        """MC warning code, or None."""
        return self.value.warning

    @property
    def status(self) -> int:
        """SIP status of a refusal on the spot."""
        return self.value.status

    @property
    def text(self) -> str:
        """One sentence for the user, without a full stop."""
        return self.value.text

    @property
    def clause(self) -> str:
        """Clause or policy that the user is told."""
        return self.value.clause

    @property
    def outcome(self) -> Outcome:
        """Whether somebody said no, or nobody could be asked."""
        return self.value.outcome


REASONS: dict[str, Reason] = {reason.key: reason for reason in Reason}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a check decided.

    Attributes:
        reason: why not; None when it is permitted.
        detail: what exactly was found, for people; may be empty.
    """

    reason: Reason | None = None
    detail: str = ""

    @property
    def permitted(self) -> bool:
        """Whether the migration may go on."""
        return self.reason is None

    @property
    def text(self) -> str:
        """The decision in one sentence, without a full stop."""
        if self.reason is None:
            return self.detail or "permitted"
        return f"{self.reason.text}: {self.detail}" if self.detail else self.reason.text


PERMITTED = Decision()
