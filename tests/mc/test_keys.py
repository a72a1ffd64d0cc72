"""Keys of identity management: which there are, what they sign with, how they are rolled over."""

import copy
import json
import pickle

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from mcsip.mc.jws import verified_claims
from mcsip.mc.keys import KeyFormatError, KeyRing, PrivateKey, SigningKey, VerifyingKey

from .tokens_for_tests import NOW

PRIVATE: dict[str, PrivateKey] = {
    "EdDSA": ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "RS256": rsa.generate_private_key(65537, 2048),
}


def pem(private: PrivateKey, password: bytes | None = None) -> bytes:
    encryption = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


@pytest.mark.parametrize("algorithm", PRIVATE)
def test_the_key_decides_on_the_algorithm(algorithm: str) -> None:
    """RFC 8725 3.1: never the token."""
    key = SigningKey.from_pem(pem(PRIVATE[algorithm]))
    assert key.verifying_key.algorithm == algorithm
    token = key.sign({"a": 1})
    assert jwt.get_unverified_header(token) == {"alg": algorithm, "kid": key.kid, "typ": "JWT"}
    assert verified_claims(token, [key.verifying_key]) == {"a": 1}
    for other in PRIVATE.values():
        if other is not PRIVATE[algorithm]:
            assert verified_claims(token, [SigningKey(other).verifying_key]) is None


@pytest.mark.parametrize("algorithm", PRIVATE)
def test_a_published_key_verifies(algorithm: str) -> None:
    """RFC 7517 4: a reader of another make takes the key from the document."""
    key = SigningKey(PRIVATE[algorithm])
    published = json.loads(json.dumps(key.verifying_key.jwk()))
    assert published["kid"] == key.kid
    assert (published["use"], published["alg"]) == ("sig", algorithm)
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & published.keys()
    read = jwt.PyJWK(published)
    assert jwt.decode(key.sign({"a": 1}), read, algorithms=[algorithm]) == {"a": 1}


def test_a_key_shows_nothing_of_itself() -> None:
    key = SigningKey.from_seed(b"secret seed")
    assert repr(key) == str(key) == f"SigningKey(kid='{key.kid}')"
    for write in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="not written"):
            write(key)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"no key",
        pem(PRIVATE["EdDSA"], b"password"),
        pem(rsa.generate_private_key(65537, 1024)),
        pem(ec.generate_private_key(ec.SECP384R1())),
        ed25519.Ed25519PrivateKey.generate()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=["empty", "text", "password", "short RSA", "P-384", "public"],
)
def test_files_without_a_usable_key_are_refused(text: bytes) -> None:
    with pytest.raises(KeyFormatError) as caught:
        SigningKey.from_pem(text)
    assert "PRIVATE" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(KeyFormatError):
        VerifyingKey.of("no key")


def test_after_a_roll_over_both_keys_are_published_until_old_tokens_have_expired() -> None:
    """RFC 7517 5."""
    old, new = SigningKey.from_seed(b"old"), SigningKey.from_seed(b"new")
    ring = KeyRing(old)
    ring.roll_over(new, NOW, 100.0)
    assert ring.current is new
    assert [key.kid for key in ring.verifying(NOW)] == [new.kid, old.kid]
    assert [key.kid for key in ring.verifying(NOW + 100)] == [new.kid, old.kid]
    assert [key.kid for key in ring.verifying(NOW + 101)] == [new.kid]
    keys = ring.jwks(NOW)["keys"]
    assert isinstance(keys, list)
    assert [key["kid"] for key in keys] == [new.kid, old.kid]


def test_the_same_key_again_is_no_roll_over() -> None:
    ring = KeyRing(SigningKey.from_seed(b"old"))
    ring.roll_over(SigningKey.from_seed(b"old"), NOW, 100.0)
    assert len(ring.verifying(NOW)) == 1


def test_a_key_that_comes_back_is_there_once() -> None:
    old, new = SigningKey.from_seed(b"old"), SigningKey.from_seed(b"new")
    ring = KeyRing(old)
    ring.roll_over(new, NOW, 100.0)
    ring.roll_over(old, NOW, 100.0)
    assert [key.kid for key in ring.verifying(NOW)] == [old.kid, new.kid]


def test_keys_that_were_given_as_earlier_ones_stay() -> None:
    """Their certificates say until when; the operator takes them away."""
    ring = KeyRing(SigningKey.from_seed(b"new"), [SigningKey.from_seed(b"old").verifying_key])
    assert len(ring.verifying(NOW + 1e9)) == 2
