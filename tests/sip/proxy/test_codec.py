"""Tokens: opaque, reversible, letters only."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.errors import UsageError
from mcsip.sip.proxy.codec import SivCodec

from .conftest import KEY

CODEC = SivCodec(KEY)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)


@settings(deadline=None)
@given(TEXTS)
def test_round_trip(text: str) -> None:
    token = CODEC.encode(text)
    assert token.isascii()
    assert token.isalpha()
    assert token.islower()
    assert token == CODEC.encode(text), "the same text always gives the same token"
    assert CODEC.decode(token) == text


def test_octets_that_are_no_utf_8_survive() -> None:
    text = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert CODEC.decode(CODEC.encode(text)) == text


@settings(deadline=None)
@given(TEXTS)
def test_nothing_else_is_a_token(text: str) -> None:
    assert CODEC.decode(text) is None


def test_another_key_reads_nothing() -> None:
    assert SivCodec(bytes(64)).decode(CODEC.encode("secret")) is None


def test_an_altered_token_is_none() -> None:
    token = CODEC.encode("secret")
    assert CODEC.decode(("b" if token[0] == "a" else "a") + token[1:]) is None
    assert CODEC.decode(token[:-1]) is None
    assert CODEC.decode(token.upper()) is None
    assert CODEC.decode(f"{token[:4]} {token[4:]}") is None


def test_a_text_has_one_token() -> None:
    """Call-IDs are told apart by their letters' case (RFC 3261 20.8)."""
    token = CODEC.encode("a text with many letters in its token")
    for others in ("ABCDEF", "0123456789", "abcdef"):
        changed = token.translate(str.maketrans("ponmlkjihg"[: len(others)], others))
        assert changed != token
        assert CODEC.decode(changed) is None


def test_the_length_of_the_key_is_checked() -> None:
    with pytest.raises(UsageError, match="not 5"):
        SivCodec(b"short")


def test_a_token_is_short() -> None:
    """A Call-ID of 16 letters and its kind: 17 octets and 16 of AES-SIV."""
    assert len(CODEC.encode("i" + 16 * "a")) == 66
