"""What requests to an identity management server are made of: OAuth 2.0, as far as it is used.

Grant types, types of tokens and error codes are from RFC 6749, RFC 7523 and RFC 8693 [gen].
"""

from dataclasses import dataclass, field

from mcsip.errors import PeerError

GRANT_PASSWORD = "password"  # noqa: S105 - the name of a grant type
"""RFC 6749 4.3.2 [gen]."""
GRANT_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
"""RFC 8693 2.1 [gen]."""
GRANT_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
"""RFC 7523 2.1 [gen]; that the token request at the partner uses it is [ours]."""
GRANTS = (GRANT_PASSWORD, GRANT_EXCHANGE, GRANT_JWT_BEARER)
TYPE_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a type
TYPE_JWT = "urn:ietf:params:oauth:token-type:jwt"
"""Types of tokens: RFC 8693 3 [gen]."""

NOT_AUTHENTICATED = "not-authenticated"
NOT_PROVISIONED = "not-provisioned"
UNKNOWN_PARTNER = "unknown-system"

INVALID_REQUEST = "invalid_request"
INVALID_GRANT = "invalid_grant"
INVALID_SCOPE = "invalid_scope"
INVALID_TARGET = "invalid_target"
"""Error codes: RFC 6749 5.2; ``invalid_target`` RFC 8693 2.2.2 [gen]."""


class IdmsError(PeerError):
    """An identity management server refuses a request.

    Args:
        error: the error code of OAuth 2.0.
        reason: key of the table of reasons.
        message: what is wrong, for people; holds no token and no password.
    """

    def __init__(self, error: str, reason: str, message: str) -> None:
        super().__init__(message, status=400)
        self.error = error
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Issued:
    """A token that was issued.

    Attributes:
        token: the token; never shown.
        token_type: what it is: ``TYPE_ACCESS_TOKEN`` or ``TYPE_JWT``.
        expires_in_s: for how long it is valid, in seconds.
        scope: what it permits; empty for a security token.
        mc_id: the MC service ID of the user in the system that the token is for.
        text: what was done, in one sentence for people; holds no token.
    """

    token: str = field(repr=False)
    token_type: str
    expires_in_s: float
    scope: str
    mc_id: str
    text: str
