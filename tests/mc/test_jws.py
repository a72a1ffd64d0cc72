"""Signed tokens in general: signature, times, audiences (RFC 7515, RFC 7519)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.mc.jws import (
    LEEWAY_S,
    MAX_TOKEN_LENGTH,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    TokenError,
    check_times,
    claimed_issuer,
    listed,
    number,
    text,
    verified_claims,
)
from mcsip.mc.keys import SigningKey

from .tokens_for_tests import NOW, PRIMARY_KEY, TACTICAL_KEY

KEYS = [PRIMARY_KEY.verifying_key, TACTICAL_KEY.verifying_key]


@pytest.mark.parametrize("key", [PRIMARY_KEY, TACTICAL_KEY])
def test_one_of_several_keys_is_found_by_its_name(key: SigningKey) -> None:
    assert verified_claims(key.sign({"a": 1}), KEYS) == {"a": 1}


def test_another_key_and_no_key_believe_nothing() -> None:
    stranger = SigningKey.from_seed(b"stranger")
    assert verified_claims(stranger.sign({"a": 1}), KEYS) is None
    assert verified_claims(PRIMARY_KEY.sign({"a": 1}), []) is None


def test_a_long_token_is_not_read() -> None:
    token = PRIMARY_KEY.sign({"iss": "x" * MAX_TOKEN_LENGTH})
    assert verified_claims(token, KEYS) is None
    assert claimed_issuer(token) is None


@given(st.text(max_size=300) | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
@settings(deadline=None)
def test_whatever_comes_nothing_raises(token: str) -> None:
    assert verified_claims(token, KEYS) is None
    assert claimed_issuer(token) is None


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iat": NOW, "exp": NOW + 1}, None),
        ({"iat": NOW, "exp": NOW - LEEWAY_S}, None),
        ({"iat": NOW - 100, "exp": NOW - LEEWAY_S - 1}, TOKEN_EXPIRED),
        ({"iat": NOW + LEEWAY_S, "exp": NOW + 100}, None),
        ({"iat": NOW + LEEWAY_S + 1, "exp": NOW + 100}, TOKEN_INVALID),
        ({"iat": NOW, "nbf": NOW + LEEWAY_S + 1, "exp": NOW + 100}, TOKEN_INVALID),
        ({"iat": NOW, "nbf": "soon", "exp": NOW + 100}, TOKEN_INVALID),
        ({"iat": NOW}, TOKEN_INVALID),
        ({"exp": NOW + 1}, TOKEN_INVALID),
        ({"iat": True, "exp": NOW + 1}, TOKEN_INVALID),
        ({"iat": NOW, "exp": float("nan")}, TOKEN_INVALID),
        ({"iat": NOW, "exp": "tomorrow"}, TOKEN_INVALID),
    ],
)
def test_times(claims: dict[str, object], reason: str | None) -> None:
    """TS 33.180 B.8: exp and iat are required, the leeway is up to 30 s."""
    if reason is None:
        assert check_times(claims, NOW, LEEWAY_S, "token").expires_at == claims["exp"]
    else:
        with pytest.raises(TokenError) as caught:
            check_times(claims, NOW, LEEWAY_S, "token")
        assert caught.value.reason == reason


def test_claims_of_other_types_count_as_none() -> None:
    assert listed("a") == {"a"}
    assert listed(["a", 1, "b"]) == {"a", "b"}
    assert listed({"a": 1}) == set()
    assert (number(1), number(1.5), number(False), number("1")) == (1, 1.5, None, None)
    assert (text("a"), text(None), text(["a"])) == ("a", "", "")
