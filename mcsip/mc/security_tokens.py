"""Security tokens: what the primary's identity management gives a user to show to a partner's.

TS 33.180 B.7.2, B.7.3 (token exchange at the primary), B.7.4, B.7.5 (token request at the
partner) and B.8 (the claims, all required): ``iss``, ``sub`` of up to 255 octets, ``aud`` (the
client and the partner's identity management server, "equal to the exchange's resource"), ``exp``
with a leeway of up to 30 s, ``iat`` [read]. We add ``jti`` and ``client_id`` [ours]; a token of
another make needs neither. The partner verifies it with the signing certificate of the primary that
was provisioned (5.1.4.2) [read, seed]. That ``sub`` is the MC service ID in the primary, and that
its domain is that of the issuer, is [ours].

A security token is taken once: whoever shows it again is refused until it has expired [ours].
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from mcsip.mc.certificates import SigningCertificate, issuer_of
from mcsip.mc.identity import canonical_id, check_mc_id, domain_of
from mcsip.mc.jws import (
    LEEWAY_S,
    MAX_TOKEN_LENGTH,
    NO_CERTIFICATE,
    TOKEN_INVALID,
    TOKEN_REPLAYED,
    TOKEN_WRONG_AUDIENCE,
    TOKEN_WRONG_ID,
    TokenError,
    check_times,
    claimed_issuer,
    listed,
    text,
    verified_claims,
)

MAX_SUBJECT_OCTETS = 255
"""Longest ``sub``: TS 33.180 B.8 [read]."""
SECURITY_TOKEN_LIFETIME_S = 300.0
"""How long a security token is valid, in seconds: long enough to travel to the partner [ours]."""
MAX_LIFETIME_S = 86_400.0
"""Longest lifetime that is believed, in seconds; it bounds what must be remembered [ours]."""
MAX_REMEMBERED = 100_000
"""Most tokens that are remembered at a time; beyond, none is taken [ours]."""
_WHAT = "security token"


@dataclass(frozen=True, slots=True)
class SecurityClaims:
    """What a sound security token says.

    Attributes:
        issuer: the primary's identity management server.
        mc_id: MC service ID in the primary system, with scheme and domain in lower case.
        client_id: the client that may show it.
        audience: the partner's identity management server.
        identity: what tells it from every other token of its issuer.
        issued_at: seconds since the epoch.
        expires_at: seconds since the epoch.
    """

    issuer: str
    mc_id: str
    client_id: str
    audience: str
    identity: str
    issued_at: float
    expires_at: float


def security_claims(
    domain: str, mc_id: str, client_id: str, resource: str, wall: float, lifetime_s: float
) -> dict[str, object]:
    """Return the claims of a security token, but for its identifier (TS 33.180 B.8).

    Args:
        domain: the primary system, whose identity management issues it.
        mc_id: MC service ID in the primary system.
        client_id: of the client that asks.
        resource: address of the partner's identity management server.
        wall: seconds since the epoch.
        lifetime_s: how long it is valid, in seconds; below 0 for one that has expired.
    """
    return {
        "iss": issuer_of(domain),
        "sub": mc_id,
        "aud": [client_id, resource],
        "iat": int(min(wall, wall + lifetime_s)),
        "exp": int(wall + lifetime_s),
        "client_id": client_id,
    }


def check_security_token(
    token: str,
    certificates: Mapping[str, Sequence[SigningCertificate]],
    *,
    audience: str,
    client_id: str,
    wall: float,
    leeway_s: float = LEEWAY_S,
) -> SecurityClaims:
    """Return the claims of a sound security token; nothing is believed before the signature holds.

    Args:
        token: as the client presented it.
        certificates: the provisioned signing certificates, by the issuer that each is for.
        audience: address of the identity management server that checks.
        client_id: the client that presents it.
        wall: seconds since the epoch.
        leeway_s: tolerance for clocks that differ, in seconds.

    Raises:
        TokenError: with the reason; the first that is found, in the order certificate, signature,
            audience, times, subject.
    """
    if len(token) > MAX_TOKEN_LENGTH:
        raise TokenError(TOKEN_INVALID, f"the {_WHAT} is too long")
    issuer = claimed_issuer(token)
    if issuer is None:
        raise TokenError(TOKEN_INVALID, f"the {_WHAT} is malformed")
    held = certificates.get(issuer, ())
    valid = [each.key for each in held if each.valid_at(wall)]
    if not valid:
        state = "no signing certificate of its issuer is provisioned"
        if held:
            state = "the signing certificate of its issuer is not valid at this time"
        raise TokenError(NO_CERTIFICATE, f"{state}")
    claims = verified_claims(token, valid)
    if claims is None:
        raise TokenError(TOKEN_INVALID, f"the {_WHAT} is malformed or wrongly signed")
    if not {audience, client_id} <= listed(claims.get("aud")):
        raise TokenError(TOKEN_WRONG_AUDIENCE, f"the {_WHAT} is for another server or client")
    times = check_times(claims, wall, leeway_s, _WHAT)
    if times.expires_at - times.issued_at > MAX_LIFETIME_S:
        raise TokenError(TOKEN_INVALID, f"the {_WHAT} is valid for longer than is believed")
    return SecurityClaims(
        issuer=issuer,
        mc_id=_subject(claims, issuer),
        client_id=client_id,
        audience=audience,
        identity=text(claims.get("jti")) or _digest(token),
        issued_at=times.issued_at,
        expires_at=times.expires_at,
    )


def _subject(claims: Mapping[str, object], issuer: str) -> str:
    """Return the user: an MC service ID of the issuer's own system."""
    subject = text(claims.get("sub"))
    if not subject or len(subject.encode("utf-8", "replace")) > MAX_SUBJECT_OCTETS:
        raise TokenError(TOKEN_INVALID, f"the {_WHAT} has no sub of 1 to 255 octets")
    if check_mc_id(subject) is not None:
        raise TokenError(TOKEN_WRONG_ID, f"the {_WHAT} names no MC service ID")
    if issuer_of(domain_of(subject)) != issuer:
        raise TokenError(TOKEN_WRONG_ID, f"the {_WHAT} is for a user of another system")
    return canonical_id(subject)


def _digest(token: str) -> str:
    """Return what stands for a token without ``jti``: of what was signed, not of the signature."""
    signed = token.rpartition(".")[0]
    return hashlib.sha256(signed.encode("utf-8", "replace")).hexdigest()


class ReplayMemory:
    """The security tokens that were taken, each until it has expired.

    Args:
        leeway_s: tolerance for clocks that differ, in seconds: an expired token is refused by its
            time only after that.
        limit: most tokens that are remembered at a time.
    """

    __slots__ = ("_by_expiry", "_leeway_s", "_limit", "_taken")

    def __init__(self, leeway_s: float = LEEWAY_S, limit: int = MAX_REMEMBERED) -> None:
        self._leeway_s = leeway_s
        self._limit = limit
        self._taken: set[tuple[str, str]] = set()
        self._by_expiry: list[tuple[float, tuple[str, str]]] = []

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, claims: SecurityClaims, wall: float) -> None:
        """Remember a token that is taken now.

        Args:
            claims: what it says.
            wall: seconds since the epoch.

        Raises:
            TokenError: it was taken before, or too many are remembered.
        """
        while self._by_expiry and self._by_expiry[0][0] + self._leeway_s < wall:
            self._taken.discard(heappop(self._by_expiry)[1])
        key = (claims.issuer, claims.identity)
        if key in self._taken:
            raise TokenError(TOKEN_REPLAYED, f"the {_WHAT} was used before")
        if len(self._taken) >= self._limit:
            raise TokenError(TOKEN_INVALID, "too many security tokens at a time")
        self._taken.add(key)
        heappush(self._by_expiry, (claims.expires_at, key))
