"""Security tokens: each claim of TS 33.180 B.8, certificates of 5.1.4.2, and that one is taken once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.mc.jws import (
    LEEWAY_S,
    MAX_TOKEN_LENGTH,
    NO_CERTIFICATE,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    TOKEN_REPLAYED,
    TOKEN_WRONG_AUDIENCE,
    TOKEN_WRONG_ID,
    TokenError,
)
from mcsip.mc.keys import SigningKey
from mcsip.mc.security_tokens import (
    MAX_LIFETIME_S,
    ReplayMemory,
    SecurityClaims,
    check_security_token,
    security_claims,
)

from .tokens_for_tests import (
    ALICE,
    CLIENT,
    NOW,
    PRIMARY_IDMS,
    PRIMARY_KEY,
    TACTICAL_IDMS,
    YEAR_S,
    certificate,
)

HELD = {PRIMARY_IDMS: (certificate(),)}
MISSING = Ellipsis


def claims(**changes: object) -> dict[str, object]:
    sound = security_claims("primary.example", ALICE, CLIENT, TACTICAL_IDMS, NOW, 300.0)
    merged = {**sound, "jti": "one", **changes}
    return {name: value for name, value in merged.items() if value is not MISSING}


def check(token: str, wall: float = NOW, client: str = CLIENT) -> SecurityClaims:
    return check_security_token(token, HELD, audience=TACTICAL_IDMS, client_id=client, wall=wall)


def reason_of(token: str, wall: float = NOW, client: str = CLIENT) -> str | None:
    try:
        check(token, wall, client)
    except TokenError as fault:
        return "the token is in the text" if token and token in fault.message else fault.reason
    return None


def test_the_claims_are_those_of_b_8() -> None:
    made = claims()
    assert made["iss"] == "https://idms.primary.example"
    assert made["sub"] == ALICE
    assert made["aud"] == [CLIENT, "https://idms.tactical.example"]
    assert (made["iat"], made["exp"]) == (int(NOW), int(NOW) + 300)


def test_a_sound_token_is_believed() -> None:
    read = check(PRIMARY_KEY.sign(claims()))
    assert read == SecurityClaims(PRIMARY_IDMS, ALICE, CLIENT, TACTICAL_IDMS, "one", NOW, NOW + 300)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": MISSING}, TOKEN_INVALID),
        ({"iss": "https://idms.elsewhere.example"}, NO_CERTIFICATE),
        ({"iss": "https://idms.PRIMARY.example"}, NO_CERTIFICATE),
        ({"sub": MISSING}, TOKEN_INVALID),
        ({"sub": ""}, TOKEN_INVALID),
        ({"sub": 7}, TOKEN_INVALID),
        ({"sub": f"sip:{'a' * 235}@primary.example"}, None),  # 255 octets
        ({"sub": f"sip:{'a' * 236}@primary.example"}, TOKEN_INVALID),
        ({"sub": "sip:" + "ä" * 120 + "@primary.example"}, TOKEN_INVALID),
        ({"sub": "alice"}, TOKEN_WRONG_ID),
        ({"sub": "sip:alice@tactical.example"}, TOKEN_WRONG_ID),
        ({"sub": "SIP:alice@PRIMARY.example"}, None),
        ({"aud": MISSING}, TOKEN_WRONG_AUDIENCE),
        ({"aud": TACTICAL_IDMS}, TOKEN_WRONG_AUDIENCE),  # not the client
        ({"aud": [CLIENT]}, TOKEN_WRONG_AUDIENCE),  # not the server
        ({"aud": [CLIENT, "https://idms.other.example"]}, TOKEN_WRONG_AUDIENCE),
        ({"aud": ["urn:uuid:2", TACTICAL_IDMS]}, TOKEN_WRONG_AUDIENCE),
        ({"aud": [TACTICAL_IDMS, "more", CLIENT]}, None),
        ({"exp": MISSING}, TOKEN_INVALID),
        ({"exp": NOW - LEEWAY_S, "iat": NOW - 300}, None),
        ({"exp": NOW - LEEWAY_S - 1, "iat": NOW - 300}, TOKEN_EXPIRED),
        ({"exp": NOW + MAX_LIFETIME_S + 1}, TOKEN_INVALID),
        ({"iat": MISSING}, TOKEN_INVALID),
        ({"iat": NOW + LEEWAY_S + 1}, TOKEN_INVALID),
        ({"nbf": NOW + LEEWAY_S + 1}, TOKEN_INVALID),
        ({"jti": MISSING, "client_id": MISSING}, None),  # B.8 does not ask for them
    ],
    ids=str,
)
def test_each_claim(changes: dict[str, object], reason: str | None) -> None:
    """TS 33.180 B.8: iss, sub, aud, exp and iat are all required."""
    assert reason_of(PRIMARY_KEY.sign(claims(**changes))) == reason


def test_another_client_may_not_show_it() -> None:
    """B.8: aud names the client."""
    assert reason_of(PRIMARY_KEY.sign(claims()), client="urn:uuid:2") == TOKEN_WRONG_AUDIENCE


def test_no_certificate_of_the_issuer() -> None:
    """5.1.4.2: signing certificates are provisioned out of band."""
    token = PRIMARY_KEY.sign(claims())
    with pytest.raises(TokenError) as caught:
        check_security_token(token, {}, audience=TACTICAL_IDMS, client_id=CLIENT, wall=NOW)
    assert caught.value.reason == NO_CERTIFICATE


@pytest.mark.parametrize("late_s", [-7200.0, YEAR_S + 1])
def test_a_certificate_counts_while_it_is_valid(late_s: float) -> None:
    wall = NOW + late_s
    token = PRIMARY_KEY.sign(claims(iat=wall, exp=wall + 300))
    assert reason_of(token, wall) == NO_CERTIFICATE


def test_a_certificate_is_for_its_own_issuer() -> None:
    """One partner cannot speak for the users of another."""
    other = SigningKey.from_seed(b"other")
    held = {**HELD, "https://idms.other.example": (certificate(other, "other.example"),)}
    token = other.sign(claims())
    with pytest.raises(TokenError) as caught:
        check_security_token(token, held, audience=TACTICAL_IDMS, client_id=CLIENT, wall=NOW)
    assert caught.value.reason == TOKEN_INVALID


def test_old_and_new_certificate_side_by_side() -> None:
    new = SigningKey.from_seed(b"new")
    held = {PRIMARY_IDMS: (certificate(), certificate(new))}
    for key in (PRIMARY_KEY, new):
        read = check_security_token(
            key.sign(claims()), held, audience=TACTICAL_IDMS, client_id=CLIENT, wall=NOW
        )
        assert read.mc_id == ALICE


@pytest.mark.parametrize("token", ["", "a.b.c", "x" * (MAX_TOKEN_LENGTH + 1)])
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(TokenError) as caught:
        check(token)
    assert caught.value.reason == TOKEN_INVALID


@given(st.integers(0, 400), st.characters(codec="ascii"))
@settings(deadline=None)
def test_a_changed_token_is_never_believed(at: int, letter: str) -> None:
    token = PRIMARY_KEY.sign(claims())
    at %= len(token)
    if token[at] == letter or at == len(token) - 1:  # the last one holds bits that say nothing
        return
    with pytest.raises(TokenError):
        check(token[:at] + letter + token[at + 1 :])


# Taken once


def taken(
    identity: str = "one", issuer: str = PRIMARY_IDMS, expires: float = 300
) -> SecurityClaims:
    return SecurityClaims(issuer, ALICE, CLIENT, TACTICAL_IDMS, identity, NOW, NOW + expires)


def test_a_token_is_taken_once() -> None:
    memory = ReplayMemory()
    memory.take(taken(), NOW)
    memory.take(taken("two"), NOW)
    memory.take(taken(issuer="https://idms.other.example"), NOW)
    for wall in (NOW, NOW + 300 + LEEWAY_S):
        with pytest.raises(TokenError) as caught:
            memory.take(taken(), wall)
        assert caught.value.reason == TOKEN_REPLAYED


def test_what_has_expired_is_forgotten() -> None:
    memory = ReplayMemory()
    for number in range(100):
        memory.take(taken(str(number), expires=number), NOW)
    memory.take(taken("last"), NOW + 50 + LEEWAY_S)
    assert len(memory) == 51


def test_the_memory_has_its_limit() -> None:
    memory = ReplayMemory(limit=2)
    memory.take(taken("one"), NOW)
    memory.take(taken("two"), NOW)
    with pytest.raises(TokenError):
        memory.take(taken("three"), NOW)
    memory.take(taken("three"), NOW + 400)


def test_without_jti_the_signed_text_tells_tokens_apart() -> None:
    """Not the signature: some kinds can be written in several ways."""
    one, other = (
        check(PRIMARY_KEY.sign(claims(jti=MISSING, iat=int(NOW) - back))).identity
        for back in (0, 1)
    )
    assert one != other
    token = PRIMARY_KEY.sign(claims(jti=MISSING))
    assert check(token).identity == one
