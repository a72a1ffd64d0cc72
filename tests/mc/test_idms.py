"""The decisions of an identity management server (TS 33.180 5.1.4, B.7)."""

from collections.abc import Callable

import jwt
import pytest

from mcsip.mc.certificates import SigningCertificate
from mcsip.mc.idms import ACCESS_TOKEN_LIFETIME_S, Idms
from mcsip.mc.jws import LEEWAY_S
from mcsip.mc.keys import KeyRing, SigningKey
from mcsip.mc.oauth import TYPE_ACCESS_TOKEN, TYPE_JWT, IdmsError, Issued
from mcsip.mc.security_tokens import SECURITY_TOKEN_LIFETIME_S
from mcsip.mc.services import MCPTT, MCVIDEO
from mcsip.mc.tokens import TokenVerifier

from .tokens_for_tests import (
    ALICE,
    BOB,
    CLIENT,
    NOW,
    PASSWORD,
    PRIMARY_IDMS,
    PRIMARY_KEY,
    SCOPE,
    TACTICAL_IDMS,
    VISITOR,
    certificate,
    primary,
    tactical,
)


def login(idms: Idms, user: str = ALICE, wall: float = NOW) -> str:
    return idms.login(CLIENT, user, PASSWORD, SCOPE, wall).token


def security_token(wall: float = NOW, client: str = CLIENT) -> str:
    idms = primary()
    access = idms.login(client, ALICE, PASSWORD, SCOPE, wall).token
    return idms.exchange(client, access, TACTICAL_IDMS, wall).token


def refused(ask: Callable[[], Issued]) -> tuple[str, str]:
    with pytest.raises(IdmsError) as caught:
        ask()
    assert "eyJ" not in caught.value.message
    assert PASSWORD not in caught.value.message
    return caught.value.error, caught.value.reason


def test_the_whole_way() -> None:
    """B.7.2 to B.7.5: access token at home, security token, access token of the partner."""
    home, away = primary(), tactical()
    access = home.login(CLIENT, ALICE, PASSWORD, SCOPE, NOW)
    assert (access.token_type, access.mc_id) == (TYPE_ACCESS_TOKEN, ALICE)
    security = home.exchange(CLIENT, access.token, TACTICAL_IDMS, NOW)
    assert (security.token_type, security.expires_in_s) == (TYPE_JWT, SECURITY_TOKEN_LIFETIME_S)
    granted = away.redeem(CLIENT, security.token, SCOPE, NOW)
    assert (granted.mc_id, granted.scope) == (VISITOR, SCOPE)
    verifier = TokenVerifier(TACTICAL_IDMS, away.ring.verifying, "tactical.example")
    claims = verifier.check(granted.token, MCPTT, VISITOR, NOW)
    assert (claims.client_id, claims.issuer) == (CLIENT, TACTICAL_IDMS)
    for issued in (access, security, granted):
        assert issued.token not in repr(issued)
        assert issued.token not in issued.text


# Login


@pytest.mark.parametrize(
    ("user", "password", "scope", "expected"),
    [
        (ALICE, "wrong", SCOPE, ("invalid_grant", "not-authenticated")),
        ("sip:nobody@primary.example", PASSWORD, SCOPE, ("invalid_grant", "not-authenticated")),
        (ALICE, PASSWORD, None, ("invalid_scope", "token-wrong-scope")),
        (ALICE, PASSWORD, "openid", ("invalid_scope", "token-wrong-scope")),
        (ALICE, PASSWORD, f"{SCOPE} root", ("invalid_scope", "token-wrong-scope")),
    ],
)
def test_a_login_is_refused(
    user: str, password: str, scope: str | None, expected: tuple[str, str]
) -> None:
    """RFC 6749 5.2; who does not exist is not told from a wrong password."""
    assert refused(lambda: primary().login(CLIENT, user, password, scope, NOW)) == expected


def test_a_token_may_be_for_several_services() -> None:
    scope = f"{SCOPE} {MCVIDEO.scope}"
    issued = primary().login(CLIENT, ALICE, PASSWORD, scope, NOW)
    verifier = TokenVerifier(PRIMARY_IDMS, [PRIMARY_KEY.verifying_key], "primary.example")
    for service in (MCPTT, MCVIDEO):
        assert verifier.check(issued.token, service, ALICE, NOW).mc_id == ALICE


# Exchange


def test_the_resource_may_end_in_a_slash() -> None:
    idms = primary()
    assert idms.exchange(CLIENT, login(idms), TACTICAL_IDMS + "/", NOW).token_type == TYPE_JWT


@pytest.mark.parametrize(
    ("user", "target", "expected"),
    [
        (ALICE, "https://idms.elsewhere.example", ("invalid_target", "unknown-system")),
        (ALICE, PRIMARY_IDMS, ("invalid_target", "unknown-system")),
        (ALICE, "tactical.example", ("invalid_target", "unknown-system")),
        (BOB, TACTICAL_IDMS, ("invalid_target", "partner-not-permitted")),
    ],
)
def test_a_target_is_refused(user: str, target: str, expected: tuple[str, str]) -> None:
    """RFC 8693 2.2.2."""
    idms = primary()
    access = login(idms, user)
    assert refused(lambda: idms.exchange(CLIENT, access, target, NOW)) == expected


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda _: "a.b.c", "token-invalid"),
        (lambda _: login(tactical()), "token-invalid"),
        (lambda _: security_token(), "token-invalid"),
        (lambda idms: login(idms, wall=NOW - 3600 - LEEWAY_S - 1), "token-expired"),
        (lambda idms: idms.login("other", ALICE, PASSWORD, SCOPE, NOW).token, "token-wrong-id"),
    ],
    ids=["no token", "another server's", "a security token", "expired", "another client's"],
)
def test_a_subject_token_is_refused(make: Callable[[Idms], str], reason: str) -> None:
    """RFC 8693 2.2.2: an invalid subject token is an invalid request."""
    idms = primary()
    token = make(idms)
    expected = ("invalid_request", reason)
    assert refused(lambda: idms.exchange(CLIENT, token, TACTICAL_IDMS, NOW)) == expected


# Redemption


def test_a_security_token_is_taken_once() -> None:
    away, token = tactical(), security_token()
    away.redeem(CLIENT, token, SCOPE, NOW)
    expected = ("invalid_grant", "token-replayed")
    assert refused(lambda: away.redeem(CLIENT, token, SCOPE, NOW + 1)) == expected


def test_what_was_refused_is_not_taken() -> None:
    away, token = tactical(), security_token()
    assert refused(lambda: away.redeem(CLIENT, token, "root", NOW))[0] == "invalid_scope"
    assert refused(lambda: away.redeem("other", token, SCOPE, NOW))[1] == "token-wrong-audience"
    assert away.redeem(CLIENT, token, SCOPE, NOW).mc_id == VISITOR


def test_an_expired_token() -> None:
    wall = NOW + SECURITY_TOKEN_LIFETIME_S + LEEWAY_S + 1
    expected = ("invalid_grant", "token-expired")
    assert refused(lambda: tactical().redeem(CLIENT, security_token(), SCOPE, wall)) == expected


def test_no_certificate() -> None:
    """TS 33.180 5.1.4.2."""
    expected = ("invalid_grant", "no-certificate")
    assert refused(lambda: tactical({}).redeem(CLIENT, security_token(), SCOPE, NOW)) == expected


def test_a_user_who_is_not_provisioned() -> None:
    """TR 23.700-90 7.X.2, pre-conditions."""
    claims = {"iss": PRIMARY_IDMS, "sub": BOB, "aud": [CLIENT, TACTICAL_IDMS]}
    token = PRIMARY_KEY.sign({**claims, "iat": NOW, "exp": NOW + 60, "jti": "b"})
    expected = ("invalid_grant", "not-provisioned")
    away = tactical()
    assert refused(lambda: away.redeem(CLIENT, token, SCOPE, NOW)) == expected
    assert refused(lambda: away.redeem(CLIENT, token, SCOPE, NOW)) == expected


def test_an_access_token_is_no_security_token() -> None:
    expected = ("invalid_grant", "token-wrong-audience")
    assert refused(lambda: tactical().redeem(CLIENT, login(primary()), SCOPE, NOW)) == expected


# Keys


def test_tokens_of_the_old_key_stay_valid_until_they_expire() -> None:
    """RFC 7517 5: both keys are published until then."""
    idms, new = primary(KeyRing(SigningKey.from_seed(b"old"))), SigningKey.from_seed(b"new")
    before = login(idms)
    idms.roll_over(new, NOW)
    after = login(idms)
    assert jwt.get_unverified_header(after)["kid"] == new.kid
    keys = idms.jwks(NOW)["keys"]
    assert isinstance(keys, list)
    assert len(keys) == 2
    verifier = TokenVerifier(PRIMARY_IDMS, idms.ring.verifying, "primary.example")
    last = NOW + ACCESS_TOKEN_LIFETIME_S + LEEWAY_S
    for token in (before, after):
        assert verifier.check(token, MCPTT, ALICE, last).mc_id == ALICE
        assert idms.exchange(CLIENT, token, TACTICAL_IDMS, NOW).token_type == TYPE_JWT
    remaining = idms.jwks(last + 1)["keys"]
    assert isinstance(remaining, list)
    assert [key["kid"] for key in remaining] == [new.kid]


def test_a_partner_believes_a_new_key_when_it_has_the_certificate() -> None:
    """TS 33.180 5.1.4.2: out of band."""
    new = SigningKey.from_seed(b"new")
    home = primary()
    home.roll_over(new, NOW)
    token = home.exchange(CLIENT, login(home), TACTICAL_IDMS, NOW).token
    held: dict[str, tuple[SigningCertificate, ...]] = {"primary.example": (certificate(),)}
    away = tactical(held)
    expected = ("invalid_grant", "token-invalid")
    assert refused(lambda: away.redeem(CLIENT, token, SCOPE, NOW)) == expected
    held["primary.example"] = (certificate(), certificate(new))
    assert away.redeem(CLIENT, token, SCOPE, NOW).mc_id == VISITOR


def test_the_discovery_document() -> None:
    """RFC 8414 2."""
    document = primary().metadata("https://127.0.0.1:8443")
    assert document["issuer"] == PRIMARY_IDMS
    assert document["token_endpoint"] == "https://127.0.0.1:8443/token"
    assert document["jwks_uri"] == "https://127.0.0.1:8443/jwks"
