"""Opaque, reversible tokens for what a gateway hides.

A token is the deterministic authenticated encryption (AES-SIV, RFC 5297) of a text: the same text
always gives the same token, so retransmissions, CANCEL, ACK and later requests of a dialog map
alike without any state; nobody else can read or make one. It is written in 16 lower-case letters,
two for each octet, so that no address or port number can stand in it by chance, and a peer that
turns Call-IDs (RFC 3261 20.8) or user parts (19.1.4) into lower case spoils nothing.
"""

from binascii import unhexlify
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from mcsip.errors import UsageError

#: Hexadecimal digits to letters, and back; what is no such letter becomes no digit.
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_DIGITS = str.maketrans("abcdefghijklmnop0123456789ABCDEF", "0123456789abcdef" + 16 * "-")


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
        """Return the token of a text: 2 letters for each octet of it, and 32 more (RFC 5297)."""
        octets = text.encode("utf-8", "surrogateescape")
        return self._cipher.encrypt(octets, None).hex().translate(_LETTERS)

    def decode(self, token: str) -> str | None:
        """Return the text of one of our own tokens, or None when it is none."""
        try:
            sealed = unhexlify(token.translate(_DIGITS))
            octets = self._cipher.decrypt(sealed, None)
        except (ValueError, InvalidTag):
            return None
        return octets.decode("utf-8", "surrogateescape")
