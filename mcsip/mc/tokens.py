"""Access tokens: issued by a system's identity management, checked by its MC service servers.

A token is a JSON Web Token signed with Ed25519 (``EdDSA``), whose signatures are deterministic. The
claims follow TS 33.180: ``iss``, ``sub``, ``aud``, ``exp``, ``iat`` as the security token has them
(B.8) [read]; ``mcptt_id`` and its siblings, ``scope`` and ``client_id`` [gen]; scopes [read]. Which
algorithm signs is our choice [ours].

PyJWT and cryptography are imported when first used: a command that needs no token starts faster.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mcsip.mc.certificates import issuer_of
from mcsip.mc.identity import canonical_id, check_mc_id
from mcsip.mc.jws import (
    LEEWAY_S,
    MAX_TOKEN_LENGTH,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    TOKEN_WRONG_AUDIENCE,
    TOKEN_WRONG_ID,
    TOKEN_WRONG_ISSUER,
    TOKEN_WRONG_SCOPE,
    TokenError,
    check_times,
    claimed_issuer,
    listed,
    text,
    verified_claims,
)
from mcsip.mc.keys import ALGORITHM, SigningKey, VerifyingKey
from mcsip.mc.services import Service
from mcsip.sip.ids import IdSource

__all__ = [
    "ALGORITHM",
    "LEEWAY_S",
    "MAX_TOKEN_LENGTH",
    "TOKEN_EXPIRED",
    "TOKEN_INVALID",
    "TOKEN_WRONG_AUDIENCE",
    "TOKEN_WRONG_ID",
    "TOKEN_WRONG_ISSUER",
    "TOKEN_WRONG_SCOPE",
    "AccessClaims",
    "IdentityManagement",
    "SigningKey",
    "TokenError",
    "TokenVerifier",
    "VerifyingKey",
    "access_claims",
    "issuer_of",
]


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
        claims = access_claims(
            self.domain, mc_id, (service,), client_id, audience, wall, lifetime_s
        )
        return self.key.sign({**claims, "jti": self.ids.token()})


def access_claims(
    domain: str,
    mc_id: str,
    services: Sequence[Service],
    client_id: str,
    audience: str,
    wall: float,
    lifetime_s: float,
) -> dict[str, object]:
    """Return the claims of an access token, but for its identifier; as one flat mapping.

    Args:
        domain: the MC system whose identity management issues it.
        mc_id: MC service ID that this system issued for the user.
        services: the MC services that the token is for, at least one.
        client_id: of the client that asks.
        audience: the server that will check the token.
        wall: seconds since the epoch.
        lifetime_s: how long it is valid, in seconds.
    """
    return {
        "iss": issuer_of(domain),
        "sub": mc_id,
        "aud": audience,
        "iat": int(min(wall, wall + lifetime_s)),
        "exp": int(wall + lifetime_s),
        "scope": " ".join(["openid", *(service.scope for service in services)]),
        "client_id": client_id,
        **{service.id_claim: mc_id for service in services},
    }


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
        keys: the issuer's public keys, or what tells them for a moment (seconds since the epoch).
        audience: the ``aud`` that must be named.
        leeway_s: tolerance for clocks that differ, in seconds, from 0 to 30 (TS 33.180 B.8).
    """

    __slots__ = ("_audience", "_issuer", "_keys", "_leeway_s")

    def __init__(
        self,
        issuer: str,
        keys: Sequence[VerifyingKey] | Callable[[float], Sequence[VerifyingKey]],
        audience: str,
        leeway_s: float = LEEWAY_S,
    ) -> None:
        if not 0 <= leeway_s <= LEEWAY_S:
            raise ValueError(f"a leeway is 0 to {LEEWAY_S} s, not {leeway_s}")
        self._issuer = issuer
        known = () if callable(keys) else tuple(keys)
        self._keys = keys if callable(keys) else lambda _wall: known
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
        claims = self._verified(token, wall)
        if claims.get("iss") != self._issuer:
            raise TokenError(TOKEN_WRONG_ISSUER, "another issuer signed the access token")
        if self._audience not in listed(claims.get("aud")):
            raise TokenError(TOKEN_WRONG_AUDIENCE, "the access token is for another audience")
        expires_at = check_times(claims, wall, self._leeway_s, "access token").expires_at
        scope = claims.get("scope")
        scopes = frozenset(scope.split()) if isinstance(scope, str) else frozenset[str]()
        if service.scope not in scopes:
            raise TokenError(TOKEN_WRONG_SCOPE, f"the access token does not permit {service}")
        return AccessClaims(
            issuer=self._issuer,
            mc_id=_checked_id(claims.get(service.id_claim), mc_id),
            client_id=text(claims.get("client_id")),
            scopes=scopes,
            expires_at=expires_at,
        )

    def _verified(self, token: str, wall: float) -> Mapping[str, object]:
        """Return the claims of a token whose signature is the issuer's."""
        if len(token) > MAX_TOKEN_LENGTH:
            raise TokenError(TOKEN_INVALID, "the access token is too long")
        claims = verified_claims(token, self._keys(wall))
        if claims is not None:
            return claims
        if claimed_issuer(token) not in {None, self._issuer}:
            raise TokenError(TOKEN_WRONG_ISSUER, "another issuer signed the access token")
        raise TokenError(TOKEN_INVALID, "the access token is malformed or wrongly signed")


def _checked_id(claimed: object, mc_id: str) -> str:
    """Return the MC service ID of a token that is for this user."""
    if not isinstance(claimed, str) or check_mc_id(claimed) is not None:
        raise TokenError(TOKEN_WRONG_ID, "the access token names no MC service ID")
    if check_mc_id(mc_id) is not None or canonical_id(claimed) != canonical_id(mc_id):
        raise TokenError(TOKEN_WRONG_ID, "the access token is for another MC service ID")
    return canonical_id(claimed)
