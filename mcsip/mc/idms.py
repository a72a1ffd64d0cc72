"""The decisions of an identity management server: who gets which token, and why not.

Three requests, each a method that returns what is issued or raises ``IdmsError``:

    login      a user of this system proves who they are                    -> access token
    exchange   a user with an access token asks for a partner (33.180 B.7.2) -> security token
    redeem     a visitor shows a security token (B.7.4)                       -> access token

A refusal has the error code of OAuth 2.0 (RFC 6749 5.2, RFC 8693 2.2.2, RFC 7523 3.1) [gen], and
the reason of the table of reasons, which names clause or policy. Nothing here knows HTTP: the
endpoint in ``nodes`` and a run without one call the same methods. The server's memory is its key
ring and the security tokens that it has taken.

How a user proves who they are is not part of migration: a password stands for it [ours].
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from mcsip.mc.certificates import SigningCertificate, issuer_of
from mcsip.mc.jws import (
    LEEWAY_S,
    TOKEN_INVALID,
    TOKEN_WRONG_ID,
    TOKEN_WRONG_SCOPE,
    TokenError,
    check_times,
    text,
    verified_claims,
)
from mcsip.mc.keys import KeyRing, SigningKey
from mcsip.mc.oauth import (
    GRANTS,
    INVALID_GRANT,
    INVALID_REQUEST,
    INVALID_SCOPE,
    INVALID_TARGET,
    NOT_AUTHENTICATED,
    NOT_PROVISIONED,
    TYPE_ACCESS_TOKEN,
    TYPE_JWT,
    UNKNOWN_PARTNER,
    IdmsError,
    Issued,
)
from mcsip.mc.security_tokens import (
    SECURITY_TOKEN_LIFETIME_S,
    ReplayMemory,
    SecurityClaims,
    check_security_token,
    security_claims,
)
from mcsip.mc.services import SERVICES, Service
from mcsip.mc.tokens import access_claims
from mcsip.sip.ids import IdSource

ACCESS_TOKEN_LIFETIME_S = 3600.0
"""How long an access token is valid, in seconds [ours]."""


class Accounts(Protocol):
    """What an identity management server knows of users; asked, never changed."""

    def login(self, username: str, password: str) -> str | None:
        """Return the MC service ID that this system issued for a user, or None.

        None stands for "no such user" and for "wrong password" alike.
        """
        ...

    def refusal_to_visit(self, mc_id: str, partner: str) -> str | None:
        """Return the reason for which a user of this system may not visit a partner, or None.

        Args:
            mc_id: MC service ID in this system.
            partner: domain of the partner system.
        """
        ...

    def visitor_id(self, user: str) -> str | None:
        """Return the MC service ID of this system for a user of another one, or None.

        Args:
            user: MC service ID in the user's primary system; None is for a user who is not
                provisioned here (TR 23.700-90 7.X.2).
        """
        ...


class Idms:
    """The identity management server of one MC system.

    Args:
        domain: the system's domain.
        ring: its keys.
        certificates: the signing certificates that are provisioned here, by domain of the system.
        partners: domain of each system whose identity management server may be asked for.
        accounts: what it knows of users.
        ids: source of token identifiers.
    """

    def __init__(
        self,
        domain: str,
        ring: KeyRing,
        certificates: Callable[[], Mapping[str, Sequence[SigningCertificate]]],
        partners: Sequence[str],
        accounts: Accounts,
        ids: IdSource,
    ) -> None:
        self.domain = domain
        self.issuer = issuer_of(domain)
        self.ring = ring
        self._certificates = certificates
        self._partners = {issuer_of(partner): partner for partner in partners}
        self._accounts = accounts
        self._ids = ids
        self._taken = ReplayMemory()

    # Requests

    def login(
        self, client_id: str, username: str, password: str, scope: str | None, wall: float
    ) -> Issued:
        """Give a user of this system an access token (RFC 6749 4.3) [ours].

        Args:
            client_id: the client that asks; it has been authenticated.
            username: the user's MC service ID in the primary system.
            password: the user's password.
            scope: what is asked for.
            wall: seconds since the epoch.

        Raises:
            IdmsError: invalid_grant, invalid_scope.
        """
        services = self._services(scope)
        mc_id = self._accounts.login(username, password)
        if mc_id is None:
            message = "there is no such user here, or the password is wrong"
            raise IdmsError(INVALID_GRANT, NOT_AUTHENTICATED, message)
        return self._access(mc_id, client_id, services, wall, f"access token for {mc_id}")

    def exchange(self, client_id: str, subject_token: str, target: str, wall: float) -> Issued:
        """Give a user of this system a security token for a partner (TS 33.180 B.7.2, B.7.3).

        Args:
            client_id: the client that asks; it has been authenticated.
            subject_token: an access token of this server, issued to the same client.
            target: address of the partner's identity management server (``resource``).
            wall: seconds since the epoch.

        Raises:
            IdmsError: invalid_request, invalid_target.
        """
        mc_id = self._subject(client_id, subject_token, wall)
        partner = self._partners.get(target.rstrip("/"))
        if partner is None:
            message = "no partner system has this identity management server"
            raise IdmsError(INVALID_TARGET, UNKNOWN_PARTNER, message)
        reason = self._accounts.refusal_to_visit(mc_id, partner)
        if reason is not None:
            message = f"{mc_id} may not migrate to {partner}"
            raise IdmsError(INVALID_TARGET, reason, message)
        claims = security_claims(
            self.domain, mc_id, client_id, issuer_of(partner), wall, SECURITY_TOKEN_LIFETIME_S
        )
        return Issued(
            token=self.ring.current.sign({**claims, "jti": self._ids.token()}),
            token_type=TYPE_JWT,
            expires_in_s=SECURITY_TOKEN_LIFETIME_S,
            scope="",
            mc_id=mc_id,
            text=f"security token for {mc_id}, to be shown to {issuer_of(partner)}",
        )

    def redeem(self, client_id: str, token: str, scope: str | None, wall: float) -> Issued:
        """Give a visitor an access token for a security token (TS 33.180 B.7.4, B.7.5).

        Args:
            client_id: the client that asks; it has been authenticated.
            token: the security token that the primary's server issued.
            scope: what is asked for.
            wall: seconds since the epoch.

        Raises:
            IdmsError: invalid_grant, invalid_scope.
        """
        services = self._services(scope)
        claims, visitor = self._visitor(client_id, token, wall)
        done = f"access token for {claims.mc_id}, who is {visitor} here"
        return self._access(visitor, client_id, services, wall, done)

    def roll_over(self, key: SigningKey, wall: float) -> None:
        """Sign with a new key from now on; tokens of the old one stay valid until they expire."""
        self.ring.roll_over(key, wall, ACCESS_TOKEN_LIFETIME_S + LEEWAY_S)

    # Documents

    def metadata(self, base: str) -> dict[str, object]:
        """Return the discovery document (RFC 8414 2; OpenID Connect Discovery 1.0, 3) [gen].

        Args:
            base: where the endpoints are: ``https://host:port``.
        """
        return {
            "issuer": self.issuer,
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{base}/jwks",
            "grant_types_supported": list(GRANTS),
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "id_token_signing_alg_values_supported": [self.ring.current.verifying_key.algorithm],
            "scopes_supported": ["openid", *(each.scope for each in SERVICES.values())],
        }

    def jwks(self, wall: float) -> dict[str, object]:
        """Return the keys whose tokens may still be valid (RFC 7517 5)."""
        return self.ring.jwks(wall)

    # Parts

    def _services(self, scope: str | None) -> tuple[Service, ...]:
        """Return the MC services that a scope names, at least one (TS 33.180 B.4.2.2 [gen])."""
        asked = set((scope or "").split())
        services = tuple(each for each in SERVICES.values() if each.scope in asked)
        unknown = asked - {"openid"} - {each.scope for each in services}
        if unknown or not services:
            message = "the scope names no MC service, or something else"
            raise IdmsError(INVALID_SCOPE, TOKEN_WRONG_SCOPE, message)
        return services

    def _subject(self, client_id: str, token: str, wall: float) -> str:
        """Return the user of an access token of this server.

        A security token, which the same key signs, is none: it has no scope.
        """
        claims = verified_claims(token, self.ring.verifying(wall))
        try:
            if claims is None or claims.get("iss") != self.issuer or not text(claims.get("scope")):
                fault = TokenError(TOKEN_INVALID, "the subject token is no access token from here")
            elif text(claims.get("client_id")) != client_id:
                fault = TokenError(TOKEN_WRONG_ID, "the subject token is of another client")
            else:
                check_times(claims, wall, LEEWAY_S, "subject token")
                return text(claims.get("sub"))
        except TokenError as found:
            fault = found
        raise IdmsError(INVALID_REQUEST, fault.reason, fault.message)

    def _visitor(self, client_id: str, token: str, wall: float) -> tuple[SecurityClaims, str]:
        """Return what a security token says, and who its user is here; it is taken now."""
        certificates = {issuer_of(domain): held for domain, held in self._certificates().items()}
        try:
            claims = check_security_token(
                token, certificates, audience=self.issuer, client_id=client_id, wall=wall
            )
            visitor = self._accounts.visitor_id(claims.mc_id)
            if visitor is not None:
                self._taken.take(claims, wall)
        except TokenError as fault:
            raise IdmsError(INVALID_GRANT, fault.reason, fault.message) from None
        if visitor is None:
            message = f"{claims.mc_id} is not provisioned here"
            raise IdmsError(INVALID_GRANT, NOT_PROVISIONED, message)
        return claims, visitor

    def _access(
        self, mc_id: str, client_id: str, services: Sequence[Service], wall: float, done: str
    ) -> Issued:
        claims = access_claims(
            self.domain, mc_id, services, client_id, self.domain, wall, ACCESS_TOKEN_LIFETIME_S
        )
        return Issued(
            token=self.ring.current.sign({**claims, "jti": self._ids.token()}),
            token_type=TYPE_ACCESS_TOKEN,
            expires_in_s=ACCESS_TOKEN_LIFETIME_S,
            scope=str(claims["scope"]),
            mc_id=mc_id,
            text=done,
        )
