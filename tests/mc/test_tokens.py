"""Access tokens: what is accepted, and each refusal with its reason (TS 33.180 B.8)."""

import base64
import hashlib
import hmac
import json
from itertools import count

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.mc.services import MCPTT, MCVIDEO, Service
from mcsip.mc.tokens import (
    LEEWAY_S,
    MAX_TOKEN_LENGTH,
    IdentityManagement,
    SigningKey,
    TokenError,
    TokenVerifier,
)

NOW = 1_800_000_000.0
VISITOR = "sip:visitor-1@partner.example"
SERVER = "sip:mcptt-server@partner.example"
CLIENT = "urn:uuid:00000000-0000-4000-8000-000000000001"
KEY = SigningKey.from_seed(b"partner")
OTHER_KEY = SigningKey.from_seed(b"somebody else")


class Letters:
    """Token identifiers that repeat from run to run."""

    def __init__(self) -> None:
        self._numbers = count()

    def token(self) -> str:
        return "id" + chr(ord("a") + next(self._numbers))


def idms(key: SigningKey = KEY, domain: str = "partner.example") -> IdentityManagement:
    """Return the identity management of a system."""
    return IdentityManagement(domain, key, Letters())


def issued(lifetime_s: float = 3600, service: Service = MCPTT) -> str:
    """Return a sound access token."""
    return idms().issue_access_token(VISITOR, service, CLIENT, SERVER, NOW, lifetime_s)


VERIFIER = TokenVerifier(idms().issuer, [KEY.verifying_key], SERVER)
CLAIMS: dict[str, object] = {
    "iss": "https://idms.partner.example",
    "sub": VISITOR,
    "aud": SERVER,
    "iat": NOW,
    "exp": NOW + 3600,
    "scope": "openid 3gpp:mc:ptt_service",
    "client_id": CLIENT,
    "mcptt_id": VISITOR,
}


def reason_of(token: str, wall: float = NOW, mc_id: str = VISITOR) -> str | None:
    """Return the key with which a token is refused, or None when it is accepted."""
    try:
        VERIFIER.check(token, MCPTT, mc_id, wall)
    except TokenError as error:
        return error.reason
    return None


def signed(claims: object) -> str:
    """Return a token with any claims, sound or not, signed by the issuer."""
    return jwt.PyJWS().encode(json.dumps(claims).encode(), KEY._private, "EdDSA")


def test_a_refusal_is_403_with_warning_101_and_shows_no_token() -> None:
    """TS 24.379 7.2: 403, "101 service authorisation failed" [read]."""
    with pytest.raises(TokenError) as caught:
        VERIFIER.check(issued(-3600), MCPTT, VISITOR, NOW)
    assert (caught.value.status, caught.value.warning) == (403, 101)
    assert issued(-3600) not in str(caught.value)


def test_a_sound_token_is_accepted(service: Service) -> None:
    token = idms().issue_access_token(VISITOR, service, CLIENT, SERVER, NOW)
    claims = VERIFIER.check(token, service, VISITOR, NOW)
    assert claims.issuer == "https://idms.partner.example"
    assert (claims.mc_id, claims.client_id) == (VISITOR, CLIENT)
    assert service.scope in claims.scopes
    assert claims.expires_at == NOW + 3600


def test_issuing_is_deterministic() -> None:
    assert issued() == issued()
    assert SigningKey.from_seed(b"partner").kid == KEY.kid != OTHER_KEY.kid
    assert repr(KEY) == f"SigningKey(kid={KEY.kid!r})"


@pytest.mark.parametrize(
    ("late_s", "reason"),
    [(-1, None), (0, None), (29, None), (30, None), (31, "token-expired"), (1e9, "token-expired")],
)
def test_leeway_of_expiry(late_s: float, reason: str | None) -> None:
    """exp with a leeway of up to 30 s (TS 33.180 B.8) [read]."""
    assert reason_of(issued(3600), NOW + 3600 + late_s) == reason


@pytest.mark.parametrize(("early_s", "reason"), [(29, None), (31, "token-invalid")])
@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_leeway_of_the_beginning(claim: str, early_s: float, reason: str | None) -> None:
    assert reason_of(KEY.sign({**CLAIMS, claim: NOW + early_s})) == reason


def test_an_expired_token_can_be_issued() -> None:
    assert reason_of(issued(-LEEWAY_S - 1)) == "token-expired"


@pytest.mark.parametrize("leeway_s", [-1, 31, float("nan")])
def test_no_larger_leeway_can_be_chosen(leeway_s: float) -> None:
    with pytest.raises(ValueError, match="leeway"):
        TokenVerifier("i", [KEY.verifying_key], SERVER, leeway_s)


def test_a_leeway_of_zero() -> None:
    strict = TokenVerifier(idms().issuer, [KEY.verifying_key], SERVER, 0)
    with pytest.raises(TokenError):
        strict.check(issued(10), MCPTT, VISITOR, NOW + 11)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"iss": "https://idms.other.example"}, "token-wrong-issuer"),
        ({"iss": None}, "token-wrong-issuer"),
        ({"iss": ["https://idms.partner.example"]}, "token-wrong-issuer"),
        ({"aud": "sip:other@partner.example"}, "token-wrong-audience"),
        ({"aud": None}, "token-wrong-audience"),
        ({"aud": {SERVER: 1}}, "token-wrong-audience"),
        ({"aud": []}, "token-wrong-audience"),
        ({"aud": [SERVER, "x", 7]}, None),
        ({"scope": "openid 3gpp:mc:video_service"}, "token-wrong-scope"),
        ({"scope": "3gpp:mc:ptt_service_2"}, "token-wrong-scope"),
        ({"scope": None}, "token-wrong-scope"),
        ({"scope": ["3gpp:mc:ptt_service"]}, "token-wrong-scope"),
        ({"mcptt_id": "sip:visitor-2@partner.example"}, "token-wrong-id"),
        ({"mcptt_id": "sip:VISITOR-1@partner.example"}, "token-wrong-id"),
        ({"mcptt_id": "sip:visitor-1@PARTNER.example"}, None),
        ({"mcptt_id": None}, "token-wrong-id"),
        ({"mcptt_id": 7}, "token-wrong-id"),
        ({"mcptt_id": None, "mcvideo_id": VISITOR}, "token-wrong-id"),
        ({"exp": None}, "token-invalid"),
        ({"exp": "never"}, "token-invalid"),
        ({"exp": True}, "token-invalid"),
        ({"exp": float("nan")}, "token-invalid"),
        ({"exp": float("inf")}, "token-invalid"),
        ({"iat": None}, "token-invalid"),
        ({"nbf": "x"}, "token-invalid"),
        ({"client_id": 7}, None),
    ],
    ids=str,
)
def test_claims(change: dict[str, object], reason: str | None) -> None:
    claims = {name: value for name, value in {**CLAIMS, **change}.items() if value is not None}
    assert reason_of(signed(claims)) == reason


def test_a_token_of_another_service_is_refused() -> None:
    assert reason_of(issued(service=MCVIDEO)) == "token-wrong-scope"


@pytest.mark.parametrize("mc_id", ["sip:bob@partner.example", "", "tel:+1", "sip:x"])
def test_a_token_for_another_user_is_refused(mc_id: str) -> None:
    assert reason_of(issued(), mc_id=mc_id) == "token-wrong-id"


def test_a_forged_token_is_refused() -> None:
    """Signed by somebody else in the issuer's name."""
    forged = idms(OTHER_KEY).issue_access_token(VISITOR, MCPTT, CLIENT, SERVER, NOW)
    assert reason_of(forged) == "token-invalid"


def test_a_token_of_another_system_names_its_issuer() -> None:
    other = idms(OTHER_KEY, "other.example")
    foreign = other.issue_access_token(VISITOR, MCPTT, CLIENT, SERVER, NOW)
    assert reason_of(foreign) == "token-wrong-issuer"


def test_every_changed_octet_is_noticed() -> None:
    token = issued()
    for at in range(0, len(token) - 1, 7):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert reason_of(changed) in {"token-invalid", "token-wrong-issuer"}, at


def encoded(part: object) -> str:
    """Return one part of a JSON Web Token."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None])
def test_a_token_without_signature_is_refused(algorithm: str | None) -> None:
    head = encoded({"alg": algorithm, "typ": "JWT", "kid": KEY.kid})
    assert reason_of(f"{head}.{encoded(CLAIMS)}.") == "token-invalid"
    assert reason_of(f"{head}.{encoded(CLAIMS)}") == "token-invalid"


@pytest.mark.parametrize(
    ("encoding", "form"),
    [
        (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        (serialization.Encoding.Raw, serialization.PublicFormat.Raw),
    ],
    ids=["PEM", "DER", "raw"],
)
def test_the_public_key_is_no_shared_secret(
    encoding: serialization.Encoding, form: serialization.PublicFormat
) -> None:
    """Algorithm confusion: HMAC with the public key as the secret (RFC 8725 2.1)."""
    secret = KEY.verifying_key.public.public_bytes(encoding, form)
    signed = f"{encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': KEY.kid})}.{encoded(CLAIMS)}"
    mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    tag = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
    assert reason_of(f"{signed}.{tag}") == "token-invalid"


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "garbage",
        "é.é.é",
        "\ud800",
        "x" * MAX_TOKEN_LENGTH,
        "x" * (MAX_TOKEN_LENGTH + 1),
        f"{encoded([])}.{encoded([])}.AA",
        f"{encoded({'alg': 'EdDSA'})}.{encoded([])}.AA",
        f"{encoded({'alg': 'EdDSA', 'kid': 7})}.{encoded({})}.AA",
        f"{encoded({'alg': 'EdDSA', 'crit': ['x'], 'x': 1})}.{encoded(CLAIMS)}.AA",
    ],
    ids=lambda token: token[:20].encode("ascii", "replace").decode() or "empty",
)
def test_garbage_is_refused(token: str) -> None:
    assert reason_of(token) == "token-invalid"


def test_signed_claims_that_are_no_object_are_refused() -> None:
    assert reason_of(signed([1, 2])) == "token-invalid"
    assert reason_of(signed("claims")) == "token-invalid"
    deep = b'{"iss":' + b"[" * 3000 + b"]" * 3000 + b"}"
    assert reason_of(jwt.PyJWS().encode(deep, KEY._private, "EdDSA")) in {
        "token-invalid",
        "token-wrong-issuer",
    }


@given(st.text(max_size=200))
@settings(deadline=None)
def test_any_text_is_refused(token: str) -> None:
    assert reason_of(token) == "token-invalid"


def test_one_of_several_keys() -> None:
    both = [OTHER_KEY.verifying_key, KEY.verifying_key]
    verifier = TokenVerifier(idms().issuer, both, SERVER)
    assert verifier.check(issued(), MCPTT, VISITOR, NOW).mc_id == VISITOR
    # Without a kid each key is tried; with an unknown one, none.
    nameless = jwt.encode(CLAIMS, KEY._private, "EdDSA")
    assert verifier.check(nameless, MCPTT, VISITOR, NOW).mc_id == VISITOR
    unknown = jwt.encode(CLAIMS, KEY._private, "EdDSA", headers={"kid": "unknown"})
    for token in (unknown, "garbage"):
        with pytest.raises(TokenError) as caught:
            verifier.check(token, MCPTT, VISITOR, NOW)
        assert caught.value.reason == "token-invalid"


def test_without_keys_nothing_is_believed() -> None:
    with pytest.raises(TokenError):
        TokenVerifier(idms().issuer, [], SERVER).check(issued(), MCPTT, VISITOR, NOW)
