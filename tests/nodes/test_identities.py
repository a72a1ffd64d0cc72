"""Keys, tokens and visitor IDs of a run."""

import random

import pytest

from mcsip.mc.services import SERVICES
from mcsip.mc.tokens import TokenError
from mcsip.net.ids import SeededIds
from mcsip.nodes.identities import TOKEN_LIFETIME_S, Identities, TokenKind, derive
from mcsip.topology import Topology

from .world import ALICE, BOB, make_topology

WALL = 1_767_225_600.0
MCPTT = SERVICES["mcptt"]
PROVISIONED = {
    "systems": {
        "partner": {
            "trusted_certificates": ["primary"],
            "provisioned": [{"user": ALICE, "mc_id": "sip:guest@partner.example"}],
        }
    }
}


def make(topology: Topology, seed: str = "1") -> Identities:
    return Identities(topology, seed, SeededIds(random.Random(seed)))


def token(identities: Identities, topology: Topology, kind: TokenKind) -> str | None:
    partner = topology.systems["partner"]
    return identities.token(
        partner, "sip:v@partner.example", MCPTT, "urn:uuid:1", audience=partner.domain, kind=kind, wall=WALL
    )  # fmt: skip


EXPECTED = {
    TokenKind.EXPIRED: "token-expired",
    TokenKind.FORGED: "token-invalid",
    TokenKind.WRONG_AUDIENCE: "token-wrong-audience",
    TokenKind.WRONG_SCOPE: "token-wrong-scope",
    TokenKind.WRONG_ID: "token-wrong-id",
}


@pytest.mark.parametrize("kind", [TokenKind.VALID, TokenKind.NONE, *EXPECTED])
def test_each_kind_of_token_is_what_it_says(kind: TokenKind) -> None:
    """TS 33.180 5.1.4, B.8: sound, or wrong in exactly one way."""
    topology = make_topology()
    identities = make(topology)
    text = token(identities, topology, kind)
    if kind is TokenKind.NONE:
        assert text is None
        return
    assert text is not None
    verifier = identities.verifiers(topology.systems["partner"])["partner.example"]
    if kind is TokenKind.VALID:
        claims = verifier.check(text, MCPTT, "sip:v@partner.example", WALL)
        assert claims.expires_at == WALL + TOKEN_LIFETIME_S
    else:
        with pytest.raises(TokenError) as caught:
            verifier.check(text, MCPTT, "sip:v@partner.example", WALL)
        assert caught.value.reason == EXPECTED[kind]


def test_a_visitor_has_one_id_for_the_run() -> None:
    """TR 23.781 6.x.1."""
    topology = make_topology()
    partner = topology.systems["partner"]
    identities = make(topology)
    alice = identities.visitor_id(partner, ALICE)
    assert alice == identities.visitor_id(partner, ALICE)
    assert alice != identities.visitor_id(partner, BOB)
    assert alice.startswith("sip:visitor-")
    assert alice.endswith("@partner.example")
    assert make(topology).visitor_id(partner, ALICE) == alice
    assert make(topology, "2").visitor_id(partner, ALICE) != alice


def test_a_provisioned_user_has_the_provisioned_id() -> None:
    """TR 23.700-90: the partner's own profile of the user."""
    topology = make_topology(PROVISIONED)
    partner = topology.systems["partner"]
    assert make(topology).visitor_id(partner, ALICE) == "sip:guest@partner.example"


def test_servers_trust_the_identity_management_of_their_own_system() -> None:
    """TS 33.180 B.7.5: a visitor's access token is the partner's own, whoever the visitor is."""
    trusting = make_topology(PROVISIONED)
    verifiers = make(trusting).verifiers(trusting.systems["partner"])
    assert set(verifiers) == {"partner.example"}


def test_identity_management_holds_the_certificates_that_are_provisioned() -> None:
    """TS 33.180 5.1.4.2."""
    plain, trusting = make_topology(), make_topology(PROVISIONED)
    assert not make(plain).certificates(plain.systems["partner"])
    identities = make(trusting)
    (certificate,) = identities.certificates(trusting.systems["partner"])["primary.example"]
    assert certificate.domains == {"primary.example"}
    primary = identities.idms(trusting.systems["primary"])
    assert certificate.key.kid == primary.ring.current.kid


def test_key_material_differs_by_seed_and_purpose() -> None:
    made = {derive(seed, purpose) for seed in "12" for purpose in ("a", "b")}
    assert len(made) == 4
    assert all(len(octets) == 32 for octets in made)
    assert derive("1", "a") == derive("1", "a")
