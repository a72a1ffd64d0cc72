"""Keys of identity management: what signs tokens, what verifies them, and how keys are rolled over.

An identity management server signs with one key at a time. When it takes a new one, tokens signed
with the old one stay valid until they expire: a key ring keeps the old key's public half that long,
and publishes both (RFC 7517 5). Our own keys are Ed25519 (``EdDSA``), whose signatures are
deterministic [ours]; a key from a file may also be RSA (``RS256``) or on the curve P-256
(``ES256``). The key decides on the algorithm, never the token: RFC 8725 3.1 [gen].

PyJWT and cryptography are imported when first used: a command that needs no token starts faster.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

PublicKey: TypeAlias = "Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey"
PrivateKey: TypeAlias = "Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey"

ALGORITHM = "EdDSA"
"""What our own keys sign with [ours]."""
MIN_RSA_BITS = 2048
"""Shortest RSA key, in bits: RFC 7518 3.3 [gen]."""
_KID_LENGTH = 16


class KeyFormatError(ValueError):
    """A key or certificate cannot be read, or is of a kind that is not used here."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """The public half of a signing key, as provisioned out of band (TS 33.180 5.1.4.2) [read].

    Attributes:
        kid: identifies the key in a token's header.
        public: the public key.
        algorithm: the one algorithm that is accepted with it, as in a token's header.
    """

    kid: str
    public: PublicKey
    algorithm: str = ALGORITHM

    @classmethod
    def of(cls, public: object) -> "VerifyingKey":
        """Return a public key with its name and algorithm.

        Raises:
            KeyFormatError: it is of a kind that is not used here.
        """
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

        algorithm: str
        match public:
            case ed25519.Ed25519PublicKey():
                raw = public.public_bytes_raw()
                return cls(hashlib.sha256(raw).hexdigest()[:_KID_LENGTH], public, ALGORITHM)
            case ec.EllipticCurvePublicKey() if isinstance(public.curve, ec.SECP256R1):
                algorithm = "ES256"
            case rsa.RSAPublicKey() if public.key_size >= MIN_RSA_BITS:
                algorithm = "RS256"
            case _:
                wanted = f"Ed25519, P-256, or RSA of at least {MIN_RSA_BITS} bits"
                raise KeyFormatError(f"the key is not {wanted}")
        der = public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return cls(hashlib.sha256(der).hexdigest()[:_KID_LENGTH], public, algorithm)

    def jwk(self) -> dict[str, object]:
        """Return the JSON Web Key (RFC 7517 4; RFC 8037 2 for Ed25519)."""
        from jwt.algorithms import get_default_algorithms

        fields = json.loads(get_default_algorithms()[self.algorithm].to_jwk(self.public))
        return {
            **{name: value for name, value in fields.items() if name != "key_ops"},
            "kid": self.kid,
            "use": "sig",
            "alg": self.algorithm,
        }


class SigningKey:
    """The key of an identity management server; made from a seed, so that a run repeats."""

    __slots__ = ("_private", "kid", "verifying_key")

    def __init__(self, private: PrivateKey) -> None:
        self._private = private
        self.verifying_key = VerifyingKey.of(private.public_key())
        self.kid = self.verifying_key.kid

    def __repr__(self) -> str:
        """Return the key's name, and nothing of the key."""
        return f"SigningKey(kid={self.kid!r})"

    def __reduce__(self) -> str:
        """Refuse to be written anywhere."""
        raise TypeError("a signing key is not written")

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        """Return the key of a seed of any length; the same seed gives the same key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed).digest()))

    @classmethod
    def from_pem(cls, pem: bytes) -> "SigningKey":
        """Return the key of a PEM file without password.

        Raises:
            KeyFormatError: it holds no private key that is used here.
        """
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            private = load_pem_private_key(pem, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            # What the library says might quote the file.
            raise KeyFormatError("there is no private key in PEM without password") from None
        kinds = (ed25519.Ed25519PrivateKey, ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)
        if not isinstance(private, kinds):
            raise KeyFormatError("the private key is neither Ed25519, P-256 nor RSA")
        return cls(private)

    def sign(self, claims: Mapping[str, object]) -> str:
        """Return the JSON Web Token with these claims."""
        import jwt

        algorithm = self.verifying_key.algorithm
        return jwt.encode(dict(claims), self._private, algorithm, headers={"kid": self.kid})

    def certificate(self, domain: str, wall: float, lifetime_s: float) -> bytes:
        """Return a self-signed X.509 certificate of the key, in PEM (TS 33.180 5.1.4.2) [ours].

        Args:
            domain: the MC system; the certificate names its identity management server.
            wall: seconds since the epoch.
            lifetime_s: how long it is valid, in seconds.
        """
        from mcsip.mc.certificates import build_certificate

        return build_certificate(self._private, domain, wall, lifetime_s)


@dataclass(frozen=True, slots=True)
class _Retired:
    """A key that signs no more.

    Attributes:
        key: its public half.
        until: when its last token has expired, in seconds since the epoch; None for not known.
    """

    key: VerifyingKey
    until: float | None


class KeyRing:
    """The keys of an identity management server: one that signs, and those before it.

    Args:
        current: signs from now on.
        previous: public halves of keys that signed before; their tokens are still believed.
    """

    __slots__ = ("_current", "_retired")

    def __init__(self, current: SigningKey, previous: Sequence[VerifyingKey] = ()) -> None:
        self._current = current
        self._retired = [_Retired(key, None) for key in previous]

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self._current

    def roll_over(self, key: SigningKey, wall: float, keep_s: float) -> None:
        """Sign with a new key from now on.

        Args:
            key: the new key.
            wall: seconds since the epoch.
            keep_s: for how long tokens of the old key may still be valid, in seconds.
        """
        if key.kid == self._current.kid:
            return
        self._retired = [each for each in self._retired if each.key.kid != key.kid]
        self._retired.insert(0, _Retired(self._current.verifying_key, wall + keep_s))
        self._current = key

    def verifying(self, wall: float) -> tuple[VerifyingKey, ...]:
        """Return the public keys whose tokens may still be valid, the current one first."""
        kept = (each for each in self._retired if each.until is None or wall <= each.until)
        return (self._current.verifying_key, *(each.key for each in kept))

    def jwks(self, wall: float) -> dict[str, object]:
        """Return the JSON Web Key Set (RFC 7517 5)."""
        return {"keys": [key.jwk() for key in self.verifying(wall)]}
