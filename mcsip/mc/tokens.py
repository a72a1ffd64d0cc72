"""Access tokens: issued by a system's identity management, checked by its MC service servers.

A token is a JSON Web Token signed with Ed25519 (``EdDSA``), whose signatures are deterministic. The
claims follow TS 33.180: ``iss``, ``sub``, ``aud``, ``exp``, ``iat`` as the security token has them
(B.8) [read]; ``mcptt_id`` and its siblings, ``scope`` and ``client_id`` [gen]; scopes [read]. Which
algorithm signs is our choice [ours].

PyJWT and cryptography are imported when first used: a command that needs no token starts faster.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcsip.errors import PeerError
from mcsip.mc.identity import canonical_id, check_mc_id
from mcsip.mc.services import Service
from mcsip.mc.warning import SERVICE_AUTHORISATION_FAILED
from mcsip.sip.ids import IdSource

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )
    from jwt.types import Options

ALGORITHM = "EdDSA"
"""The only algorithm that is accepted, whatever the token's header asks for: RFC 8725 3.1 [gen]."""
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


class TokenError(PeerError):
    """A token is refused: 403 with MC warning 101 (TS 24.379 7.2, 4.4).

    Args:
        reason: one of the ``TOKEN_`` keys of this module.
        message: what is wrong, for people; never holds the token.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message, status=403, warning=SERVICE_AUTHORISATION_FAILED)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """The public half of a signing key, as provisioned out of band (TS 33.180 5.1.4.2) [read].

    Attributes:
        kid: identifies the key in a token's header.
        public: the Ed25519 public key.
    """

    kid: str
    public: "Ed25519PublicKey"


class SigningKey:
    """An Ed25519 key of an identity management server; made from a seed, so that a run repeats."""

    __slots__ = ("_private", "kid")

    def __init__(self, private: "Ed25519PrivateKey") -> None:
        self._private = private
        raw = private.public_key().public_bytes_raw()
        self.kid = hashlib.sha256(raw).hexdigest()[:16]

    def __repr__(self) -> str:
        """Return the key's name, and nothing of the key."""
        return f"SigningKey(kid={self.kid!r})"

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        """Return the key of a seed of any length; the same seed gives the same key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed).digest()))

    @property
    def verifying_key(self) -> VerifyingKey:
        """Return the public half."""
        return VerifyingKey(self.kid, self._private.public_key())

    def sign(self, claims: Mapping[str, object]) -> str:
        """Return the JSON Web Token with these claims."""
        import jwt

        return jwt.encode(dict(claims), self._private, ALGORITHM, headers={"kid": self.kid})


@dataclass(frozen=True, slots=True)
class IdentityManagement:
    """The identity management server of an MC system, as far as tokens go.

    Attributes:
        domain: the MC system's domain.
        key: signs its tokens.
        ids: where token identifiers come from.
    """

    domain: str
    key: SigningKey
    ids: IdSource

    @property
    def issuer(self) -> str:
        """Return the ``iss`` of its tokens [ours]."""
        return issuer_of(self.domain)

    def issue_access_token(
        self,
        mc_id: str,
        service: Service,
        client_id: str,
        audience: str,
        wall: float,
        lifetime_s: float = 3600,
    ) -> str:
        """Return an access token for one user of one service.

        Args:
            mc_id: MC service ID that this system issued for the user.
            service: the MC service that the token is for.
            client_id: of the client that asks.
            audience: the server that will check the token.
            wall: seconds since the epoch.
            lifetime_s: how long it is valid, in seconds; below 0 for one that has expired.
        """
        return self.key.sign(
            {
                "iss": self.issuer,
                "sub": mc_id,
                "aud": audience,
                "iat": int(min(wall, wall + lifetime_s)),
                "exp": int(wall + lifetime_s),
                "scope": f"openid {service.scope}",
                "client_id": client_id,
                service.id_claim: mc_id,
                "jti": self.ids.token(),
            }
        )


def issuer_of(domain: str) -> str:
    """Return the ``iss`` of the identity management server of an MC system [ours]."""
    return f"https://idms.{domain}"


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a sound access token says.

    Attributes:
        issuer: who issued it.
        mc_id: the MC service ID of the user, with scheme and domain in lower case.
        client_id: the client it was issued to.
        scopes: what it permits.
        expires_at: seconds since the epoch.
    """

    issuer: str
    mc_id: str
    client_id: str
    scopes: frozenset[str]
    expires_at: float


class TokenVerifier:
    """Checks the access tokens that one issuer signed for one audience.

    Args:
        issuer: the ``iss`` that is trusted.
        keys: the issuer's public keys.
        audience: the ``aud`` that must be named.
        leeway_s: tolerance for clocks that differ, in seconds, from 0 to 30 (TS 33.180 B.8).
    """

    __slots__ = ("_audience", "_issuer", "_keys", "_leeway_s")

    def __init__(
        self,
        issuer: str,
        keys: Sequence[VerifyingKey],
        audience: str,
        leeway_s: float = LEEWAY_S,
    ) -> None:
        if not 0 <= leeway_s <= LEEWAY_S:
            raise ValueError(f"a leeway is 0 to {LEEWAY_S} s, not {leeway_s}")
        self._issuer = issuer
        self._keys = tuple(keys)
        self._audience = audience
        self._leeway_s = leeway_s

    def check(self, token: str, service: Service, mc_id: str, wall: float) -> AccessClaims:
        """Return the claims of a sound token; nothing is believed before the signature holds.

        Args:
            token: as the client presented it.
            service: the MC service that it must permit.
            mc_id: the MC service ID that it must be for, in any case of scheme and domain.
            wall: seconds since the epoch.

        Raises:
            TokenError: with the reason; the first that is found, in the order signature, issuer,
                audience, expiry, scope, ID.
        """
        claims = self._verified(token)
        if claims.get("iss") != self._issuer:
            raise TokenError(TOKEN_WRONG_ISSUER, "another issuer signed the access token")
        if self._audience not in _listed(claims.get("aud")):
            raise TokenError(TOKEN_WRONG_AUDIENCE, "the access token is for another audience")
        expires_at = self._check_times(claims, wall)
        scope = claims.get("scope")
        scopes = frozenset(scope.split()) if isinstance(scope, str) else frozenset[str]()
        if service.scope not in scopes:
            raise TokenError(TOKEN_WRONG_SCOPE, f"the access token does not permit {service}")
        return AccessClaims(
            issuer=self._issuer,
            mc_id=_checked_id(claims.get(service.id_claim), mc_id),
            client_id=_text(claims.get("client_id")),
            scopes=scopes,
            expires_at=expires_at,
        )

    def _verified(self, token: str) -> Mapping[str, object]:
        """Return the claims of a token whose signature is the issuer's."""
        import jwt

        if len(token) > MAX_TOKEN_LENGTH:
            raise TokenError(TOKEN_INVALID, "the access token is too long")
        for key in self._candidates(token):
            try:
                # Only the signature: what depends on the time is checked against `wall`.
                claims: Mapping[str, object] = jwt.decode(
                    token, key.public, algorithms=[ALGORITHM], options=_SIGNATURE_ONLY
                )
            except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
                continue
            return claims
        if _claimed_issuer(token) not in {None, self._issuer}:
            raise TokenError(TOKEN_WRONG_ISSUER, "another issuer signed the access token")
        raise TokenError(TOKEN_INVALID, "the access token is malformed or wrongly signed")

    def _candidates(self, token: str) -> Sequence[VerifyingKey]:
        """Return the keys that may have signed a token: the one that it names, if it names one."""
        if len(self._keys) == 1:
            return self._keys
        kid = _header(token).get("kid")
        return [key for key in self._keys if kid in {None, key.kid}]

    def _check_times(self, claims: Mapping[str, object], wall: float) -> float:
        """Return when a token expires, having checked that it is valid now."""
        expires_at = _number(claims.get("exp"))
        issued_at = _number(claims.get("iat"))
        if expires_at is None or issued_at is None:
            raise TokenError(TOKEN_INVALID, "the access token lacks exp or iat")
        not_before = _number(claims.get("nbf", issued_at))
        if not_before is None or max(issued_at, not_before) > wall + self._leeway_s:
            raise TokenError(TOKEN_INVALID, "the access token is not valid yet")
        if wall > expires_at + self._leeway_s:
            raise TokenError(TOKEN_EXPIRED, "the access token has expired")
        return expires_at


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


def _header(token: str) -> Mapping[str, object]:
    """Return the header of a token, empty when it has none; nothing in it is believed."""
    import jwt

    try:
        header: Mapping[str, object] = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return {}
    return header


def _claimed_issuer(token: str) -> str | None:
    """Return the issuer that a token claims, whoever signed it; only to say why it is refused."""
    import jwt

    try:
        claims: Mapping[str, object] = jwt.decode(
            token, options={**_SIGNATURE_ONLY, "verify_signature": False}
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) else None


def _checked_id(claimed: object, mc_id: str) -> str:
    """Return the MC service ID of a token that is for this user."""
    if not isinstance(claimed, str) or check_mc_id(claimed) is not None:
        raise TokenError(TOKEN_WRONG_ID, "the access token names no MC service ID")
    if check_mc_id(mc_id) is not None or canonical_id(claimed) != canonical_id(mc_id):
        raise TokenError(TOKEN_WRONG_ID, "the access token is for another MC service ID")
    return canonical_id(claimed)


def _listed(audience: object) -> frozenset[str]:
    """Return the audiences that ``aud`` names: one text, or a list of them (RFC 7519 4.1.3)."""
    if isinstance(audience, str):
        return frozenset({audience})
    if isinstance(audience, list):
        return frozenset(one for one in audience if isinstance(one, str))
    return frozenset()


def _number(value: object) -> float | None:
    """Return a NumericDate (RFC 7519 2), or None; JSON of Python knows NaN, which is no date."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def _text(value: object) -> str:
    """Return a claim that is a text; empty when it is none."""
    return value if isinstance(value, str) else ""
