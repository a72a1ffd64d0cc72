"""The identity management of the systems of a run: keys, tokens, and the IDs of visitors.

Each system signs with a key made from the run's seed, so that a run repeats octet for octet. A
visitor gets one MC service ID of the partner system, which stays the same for as long as the run
lasts (TR 23.781 6.x.1, temporary identity [seed]); its form is [ours].
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum

from mcsip.mc.services import SERVICES, Service
from mcsip.mc.tokens import IdentityManagement, SigningKey, TokenVerifier, issuer_of
from mcsip.sip.ids import IdSource
from mcsip.topology import System, Topology

#: How long an access token is valid, in seconds [ours].
TOKEN_LIFETIME_S = 3600.0
#: By how much an expired token is past its time, in seconds: well beyond the leeway of 30 s [ours].
EXPIRED_S = 120.0
_ID_LETTERS = 8


class TokenKind(StrEnum):
    """What a token is like: sound, or wrong on purpose."""

    VALID = "valid"
    EXPIRED = "expired"
    FORGED = "forged"
    WRONG_AUDIENCE = "wrong-audience"
    WRONG_SCOPE = "wrong-scope"
    WRONG_ID = "wrong-id"
    NONE = "none"


def derive(seed: str, purpose: str) -> bytes:
    """Return 32 octets of key material for one purpose of a run."""
    return hashlib.sha256(f"{seed}\0{purpose}".encode()).digest()


class Identities:
    """The identity management of all systems of a topology.

    Args:
        topology: the systems.
        seed: what all keys are derived from.
        ids: source of token identifiers and of the IDs of visitors.
    """

    def __init__(self, topology: Topology, seed: str, ids: IdSource) -> None:
        self._topology = topology
        self._ids = ids
        self._visitors: dict[tuple[str, str], str] = {}
        self._managements = {
            system.domain: IdentityManagement(
                system.domain, SigningKey.from_seed(derive(seed, f"idms {system.domain}")), ids
            )
            for system in topology.systems.values()
        }
        self._forger = SigningKey.from_seed(derive(seed, "forger"))

    def verifiers(self, system: System) -> Mapping[str, TokenVerifier]:
        """Return what a server of a system checks tokens with, by the domain of the issuer.

        Its own system's tokens, and those of systems whose signing certificate it holds (TR
        23.700-90, TS 33.180 5.1.4.2 [seed, read]).
        """
        return {
            domain: TokenVerifier(
                issuer_of(domain), [self._managements[domain].key.verifying_key], system.domain
            )
            for domain in (system.domain, *sorted(system.trusted))
        }

    def visitor_id(self, system: System, user: str) -> str:
        """Return the MC service ID that a system issues to a user of another one."""
        for provisioned in system.provisioned:
            if provisioned.mc_id == user:
                return provisioned.partner_id
        known = self._visitors.get((system.domain, user))
        if known is None:
            known = f"sip:visitor-{self._ids.token()[:_ID_LETTERS]}@{system.domain}"
            self._visitors[system.domain, user] = known
        return known

    def token(
        self,
        issuer: System,
        mc_id: str,
        service: Service,
        client_id: str,
        *,
        audience: str,
        kind: TokenKind,
        wall: float,
    ) -> str | None:
        """Return an access token, wrong in the way that ``kind`` says; None for no token.

        Args:
            issuer: the system whose identity management signs.
            mc_id: the MC service ID that it is for.
            service: the MC service.
            client_id: the client's ID.
            audience: domain of the system whose servers will check it.
            kind: what it is to be like.
            wall: seconds since the epoch.
        """
        if kind is TokenKind.NONE:
            return None
        management = self._managements[issuer.domain]
        lifetime_s = TOKEN_LIFETIME_S
        match kind:
            case TokenKind.EXPIRED:
                lifetime_s = -EXPIRED_S
            case TokenKind.FORGED:
                management = IdentityManagement(issuer.domain, self._forger, self._ids)
            case TokenKind.WRONG_AUDIENCE:
                audience = "elsewhere.example"
            case TokenKind.WRONG_SCOPE:
                service = next(other for other in SERVICES.values() if other is not service)
            case TokenKind.WRONG_ID:
                mc_id = f"sip:somebody-else@{issuer.domain}"
            case TokenKind.VALID:
                """As it should be."""
        return management.issue_access_token(mc_id, service, client_id, audience, wall, lifetime_s)
