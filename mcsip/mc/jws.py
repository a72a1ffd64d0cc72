"""Signed tokens in general: signature, times and audience of a JSON Web Token (RFC 7515, 7519).

Nothing is believed before the signature holds, and nothing here knows what a token is for: that is
``tokens`` (access tokens) and ``security_tokens``. The error texts never hold the token.
"""

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from mcsip.errors import PeerError
from mcsip.mc.keys import VerifyingKey
from mcsip.mc.warning import SERVICE_AUTHORISATION_FAILED

if TYPE_CHECKING:
    from jwt import PyJWS
    from jwt.types import Options

LEEWAY_S = 30
"""Largest leeway for ``exp``, in seconds: TS 33.180 B.8 [read]."""
MAX_TOKEN_LENGTH = 8192
"""Longest token that is read, in characters [ours]."""

TOKEN_INVALID = "token-invalid"  # noqa: S105 - a key of the table of reasons
TOKEN_EXPIRED = "token-expired"  # noqa: S105 - a key of the table of reasons
TOKEN_WRONG_ISSUER = "token-wrong-issuer"  # noqa: S105 - a key of the table of reasons
TOKEN_WRONG_AUDIENCE = "token-wrong-audience"  # noqa: S105 - a key of the table of reasons
TOKEN_WRONG_SCOPE = "token-wrong-scope"  # noqa: S105 - a key of the table of reasons
TOKEN_WRONG_ID = "token-wrong-id"  # noqa: S105 - a key of the table of reasons
TOKEN_REPLAYED = "token-replayed"  # noqa: S105 - a key of the table of reasons
NO_CERTIFICATE = "no-certificate"


class TokenError(PeerError):
    """A token is refused: 403 with MC warning 101 (TS 24.379 7.2, 4.4).

    Args:
        reason: a key of the table of reasons, as the constants of this module are.
        message: what is wrong, for people; never holds the token.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message, status=403, warning=SERVICE_AUTHORISATION_FAILED)
        self.reason = reason


class Times(NamedTuple):
    """When a token was issued and when it expires, in seconds since the epoch."""

    issued_at: float
    expires_at: float


_SIGNATURE_ONLY: "Options" = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def verified_claims(token: str, keys: Sequence[VerifyingKey]) -> Mapping[str, object] | None:
    """Return the claims of a token that one of these keys signed, or None.

    Each key verifies by its own algorithm, whatever the token's header asks for (RFC 8725 3.1).
    """
    import jwt

    if len(token) > MAX_TOKEN_LENGTH:
        return None
    for key in _candidates(token, keys):
        try:
            # Only the signature: what depends on the time is checked against `wall`.
            signed: bytes = _jws().decode(token, key.public, algorithms=[key.algorithm])
            claims = json.loads(signed)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            continue
        if isinstance(claims, dict):
            return claims
    return None


@cache
def _jws() -> "PyJWS":
    """Return what verifies signatures (RFC 7515)."""
    import jwt

    return jwt.PyJWS()


def _candidates(token: str, keys: Sequence[VerifyingKey]) -> Sequence[VerifyingKey]:
    """Return the keys that may have signed a token: the one that it names, if it names one."""
    if len(keys) == 1:
        return keys
    kid = _header(token).get("kid")
    return [key for key in keys if kid in {None, key.kid}]


def _header(token: str) -> Mapping[str, object]:
    """Return the header of a token, empty when it has none; nothing in it is believed."""
    import jwt

    try:
        header: Mapping[str, object] = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return {}
    return header if _hashable(header.get("kid")) else {**header, "kid": ""}


def _hashable(kid: object) -> bool:
    return kid is None or isinstance(kid, str)


def claimed_issuer(token: str) -> str | None:
    """Return the issuer that a token claims, whoever signed it: to choose keys, or to say no."""
    import jwt

    if len(token) > MAX_TOKEN_LENGTH:
        return None
    try:
        claims: Mapping[str, object] = jwt.decode(
            token, options={**_SIGNATURE_ONLY, "verify_signature": False}
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) else None


def check_times(claims: Mapping[str, object], wall: float, leeway_s: float, what: str) -> Times:
    """Return a token's times, having checked that it is valid now.

    Args:
        claims: what it says.
        wall: seconds since the epoch.
        leeway_s: tolerance for clocks that differ, in seconds.
        what: what kind of token it is, for people.

    Raises:
        TokenError: it has expired, is not valid yet, or does not say.
    """
    expires_at = number(claims.get("exp"))
    issued_at = number(claims.get("iat"))
    if expires_at is None or issued_at is None:
        raise TokenError(TOKEN_INVALID, f"the {what} lacks exp or iat")
    not_before = number(claims.get("nbf", issued_at))
    if not_before is None or max(issued_at, not_before) > wall + leeway_s:
        raise TokenError(TOKEN_INVALID, f"the {what} is not valid yet")
    if wall > expires_at + leeway_s:
        raise TokenError(TOKEN_EXPIRED, f"the {what} has expired")
    return Times(issued_at, expires_at)


def listed(audience: object) -> frozenset[str]:
    """Return the audiences that ``aud`` names: one text, or a list of them (RFC 7519 4.1.3)."""
    if isinstance(audience, str):
        return frozenset({audience})
    if isinstance(audience, list):
        return frozenset(one for one in audience if isinstance(one, str))
    return frozenset()


def number(value: object) -> float | None:
    """Return a NumericDate (RFC 7519 2), or None; JSON of Python knows NaN, which is no date."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def text(value: object) -> str:
    """Return a claim that is a text; empty when it is none."""
    return value if isinstance(value, str) else ""
