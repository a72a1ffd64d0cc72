"""Opaque, reversible tokens for what a gateway hides.

A token is the deterministic authenticated encryption (AES-SIV, RFC 5297) of a text: the same text
always gives the same token, so retransmissions, CANCEL, ACK and later requests of a dialog map
alike without any state; nobody else can read or make one. Its alphabet is sixteen lower-case
letters, so that no address or port number can stand in it by chance.
"""

from binascii import hexlify
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from mcsip.errors import UsageError

#: Octets by which AES-SIV lengthens what it encrypts (RFC 5297 2.6).
SIV_OCTETS = 16

_LETTERS = bytes.maketrans(b"0123456789abcdef", b"abcdefghijklmnop")
_DIGITS = str.maketrans("abcdefghijklmnop", "0123456789abcdef")


class Codec(Protocol):
    """Makes texts opaque and readable again."""

    def encode(self, text: str) -> str:
        """Return the token of a text: letters only, the same for the same text."""

    def decode(self, token: str) -> str | None:
        """Return the text of one of our own tokens, or None when it is none."""


class SivCodec:
    """A codec on AES-SIV.

    Args:
        key: 32, 48 or 64 octets; whoever has them can read and make tokens.

    Raises:
        UsageError: the key has another length.
    """

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        if len(key) not in {32, 48, 64}:
            raise UsageError(f"a token key has 32, 48 or 64 octets, not {len(key)}")
        self._cipher = AESSIV(key)

    def encode(self, text: str) -> str:
        """Return the token of a text; two letters for each octet of it, and 32 more."""
        octets = text.encode("utf-8", "surrogateescape")
        return hexlify(self._cipher.encrypt(octets, None)).translate(_LETTERS).decode()

    def decode(self, token: str) -> str | None:
        """Return the text of one of our own tokens, or None when it is none."""
        if len(token) <= 2 * SIV_OCTETS or not token.isalpha():
            return None
        try:
            octets = self._cipher.decrypt(bytes.fromhex(token.translate(_DIGITS)), None)
        except (ValueError, InvalidTag):
            return None
        return octets.decode("utf-8", "surrogateescape")
