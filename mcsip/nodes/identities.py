"""The identity management of the systems of a run: keys, tokens, and the IDs of visitors.

Each system signs with a key made from the run's seed, so that a run repeats octet for octet, unless
the topology names a key of its own. There is one ``Idms`` for each system: a run asks it directly,
or over HTTPS where the topology has a node for it. Tokens that are wrong on purpose are made here.

A visitor gets an MC service ID of the partner system from its pool (``identity_pool``).
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from mcsip.mc.certificates import SigningCertificate, read_certificates
from mcsip.mc.identity import canonical_id
from mcsip.mc.idms import Idms
from mcsip.mc.keys import KeyRing
from mcsip.mc.security_tokens import SECURITY_TOKEN_LIFETIME_S, security_claims
from mcsip.mc.services import SERVICES, Service
from mcsip.mc.tokens import IdentityManagement, SigningKey, TokenVerifier, issuer_of
from mcsip.nodes.accounts import TopologyAccounts
from mcsip.nodes.identity_pool import IdentityPools
from mcsip.sip.ids import IdSource
from mcsip.topology import ClientSpec, System, Topology
from mcsip.topology.signing import read_key_file

#: How long an access token is valid, in seconds [ours].
TOKEN_LIFETIME_S = 3600.0
#: By how much an expired token is past its time, in seconds: well beyond the leeway of 30 s [ours].
EXPIRED_S = 120.0
#: When a certificate that is made for a run begins (2020-01-01) and how long it is valid: fixed, so
#: that a run repeats [ours].
CERTIFICATE_BEGIN = 1_577_836_800.0
CERTIFICATE_LIFETIME_S = 30 * 365 * 86_400.0


class TokenKind(StrEnum):
    """What a token is like: sound, or wrong on purpose."""

    VALID = "valid"
    EXPIRED = "expired"
    FORGED = "forged"
    WRONG_AUDIENCE = "wrong-audience"
    WRONG_SCOPE = "wrong-scope"
    WRONG_ID = "wrong-id"
    REPLAYED = "replayed"
    NONE = "none"


def derive(seed: str, purpose: str) -> bytes:
    """Return 32 octets of key material for one purpose of a run."""
    return hashlib.sha256(f"{seed}\0{purpose}".encode()).digest()


def client_urn(spec: ClientSpec) -> str:
    """Return the client ID of a client, the same in every run (TS 24.379 F.1: urn:uuid [read])."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, spec.name)}"


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A client as identity management servers know it (RFC 6749 2.3.1 [gen]).

    Attributes:
        client_id: its ID.
        secret: what it proves that with.
    """

    client_id: str
    secret: str = field(repr=False)


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
        #: The IDs of visitors; in these, until others take their place, no ID is ever free again.
        self.pools = IdentityPools(topology, ids, lambda: 0.0)
        self._seed = seed
        self._forger = SigningKey.from_seed(derive(seed, "forger"))
        self._rings = {system.domain: self._ring(system) for system in topology.systems.values()}
        self._made: dict[tuple[str, str], tuple[SigningCertificate, ...]] = {}
        self._idms = {system.name: self._make_idms(system) for system in topology.systems.values()}
        self._rolled: dict[str, int] = {}
        self._passwords = {
            canonical_id(mc_id): password
            for system in topology.systems.values()
            for mc_id, password in system.passwords.items()
        }
        self.stopped: set[str] = set()
        """Names of the nodes that do not answer at present."""

    def idms(self, system: System) -> Idms:
        """Return the identity management server of a system."""
        return self._idms[system.name]

    def _ring(self, system: System) -> KeyRing:
        """Return the keys of a system: those that the topology names, or one made for the run."""
        if system.signing is None:
            return KeyRing(SigningKey.from_seed(derive(self._seed, f"idms {system.domain}")))
        own = read_key_file(system.signing.key)
        return KeyRing(own, [each.key for each in system.signing.previous])

    def _make_idms(self, system: System) -> Idms:
        others = [each.domain for each in self._topology.systems.values() if each is not system]
        accounts = TopologyAccounts(self._topology, system, self.password, self.visitor_id)
        ring = self._rings[system.domain]
        return Idms(
            system.domain, ring, lambda: self.certificates(system), others, accounts, self._ids
        )

    def certificates(self, system: System) -> Mapping[str, Sequence[SigningCertificate]]:
        """Return the signing certificates that a system holds, by domain (TS 33.180 5.1.4.2).

        Of a system that is trusted by name they are those of its keys at this moment; of one that
        is trusted by file they are the file's.
        """
        return {
            domain: system.certificates.get(domain) or self._certificates_of(domain)
            for domain in sorted(system.trusted)
        }

    def _certificates_of(self, domain: str) -> tuple[SigningCertificate, ...]:
        """Return the certificates of a system's own keys; made for the run where it has none."""
        system = self._topology.with_domain(domain)
        if system is None:
            return ()
        current = self._rings[domain].current
        if system.signing is not None and system.signing.certificate.key.kid == current.kid:
            return (system.signing.certificate, *system.signing.previous)
        made = self._made.get((domain, current.kid))
        if made is None:
            pem = current.certificate(domain, CERTIFICATE_BEGIN, CERTIFICATE_LIFETIME_S)
            made = self._made[domain, current.kid] = read_certificates(pem)
        return made

    def roll_over(self, system: System, wall: float) -> None:
        """Let a system sign with a new key; what trusts it by name has the new certificate."""
        count = self._rolled[system.name] = self._rolled.get(system.name, 0) + 1
        seed = derive(self._seed, f"idms {system.domain} {count}")
        self._idms[system.name].roll_over(SigningKey.from_seed(seed), wall)

    def password(self, user: str) -> str:
        """Return the password of a user: that of the topology, or one made for the run."""
        given = self._passwords.get(user)
        return derive(self._seed, f"password {user}").hex() if given is None else given

    def oauth_client(self, spec: ClientSpec) -> OAuthClient:
        """Return how a client is known to identity management servers."""
        return OAuthClient(
            spec.oauth_id or client_urn(spec),
            spec.oauth_secret or derive(self._seed, f"client secret {spec.name}").hex(),
        )

    @property
    def oauth_clients(self) -> Mapping[str, OAuthClient]:
        """Every client that is registered, by its ID."""
        known = (self.oauth_client(spec) for spec in self._topology.clients.values())
        return {client.client_id: client for client in known}

    def verifiers(self, system: System) -> Mapping[str, TokenVerifier]:
        """Return what a server of a system checks tokens with, by the domain of the issuer.

        Only its own system's: a visitor with a security token has exchanged it for one of these at
        the identity management server (TS 33.180 B.7.4, B.7.5 [read]).
        """
        keys = self._rings[system.domain].verifying
        return {system.domain: TokenVerifier(issuer_of(system.domain), keys, system.domain)}

    def visitor_id(self, system: System, user: str) -> str:
        """Return the MC service ID that a user of another system has in a system.

        Raises:
            NoIdentityError: the system has none left.
        """
        return self.pools.of(system.domain).issue(canonical_id(user))

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
        management = IdentityManagement(
            issuer.domain, self._rings[issuer.domain].current, self._ids
        )
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
            case TokenKind.VALID | TokenKind.REPLAYED:
                """As it should be."""
        return management.issue_access_token(mc_id, service, client_id, audience, wall, lifetime_s)

    def wrong_security_token(
        self,
        issuer: System,
        mc_id: str,
        client_id: str,
        partner: System,
        kind: TokenKind,
        wall: float,
    ) -> str:
        """Return a security token that is wrong in the way that ``kind`` says.

        Args:
            issuer: the system whose identity management signs.
            mc_id: the MC service ID that it is for.
            client_id: the client's ID.
            partner: the system that it is for.
            kind: what it is to be like; of the kinds that say nothing of it, it is sound.
            wall: seconds since the epoch.
        """
        key = self._rings[issuer.domain].current
        resource, lifetime_s = issuer_of(partner.domain), SECURITY_TOKEN_LIFETIME_S
        match kind:
            case TokenKind.EXPIRED:
                lifetime_s = -EXPIRED_S
            case TokenKind.FORGED:
                key = self._forger
            case TokenKind.WRONG_AUDIENCE:
                resource = issuer_of("elsewhere.example")
            case TokenKind.WRONG_ID:
                mc_id = f"sip:somebody-else@{issuer.domain}"
            case TokenKind.VALID | TokenKind.REPLAYED | TokenKind.WRONG_SCOPE | TokenKind.NONE:
                """As it should be."""
        claims = security_claims(issuer.domain, mc_id, client_id, resource, wall, lifetime_s)
        return key.sign({**claims, "jti": self._ids.token()})
