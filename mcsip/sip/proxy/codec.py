"""Opaque, reversible tokens for what a gateway hides.

A token is the deterministic authenticated encryption (AES-SIV, RFC 5297) of a text: the same text
always gives the same token, so retransmissions, CANCEL, ACK and later requests of a dialog map
alike without any state; nobody else can read or make one. It is written in 46 letters, so that no
address or port number can stand in it by chance: two letters for 11 bits, as 46 * 46 is just above
2 ** 11. Call-IDs are compared with their case (RFC 3261 20.8), and so are user parts (19.1.4).
"""

from itertools import product
from string import ascii_lowercase, ascii_uppercase
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from mcsip.errors import UsageError

#: Octets by which AES-SIV lengthens what it encrypts (RFC 5297 2.6).
SIV_OCTETS = 16

_BITS = 11
_MASK = 2**_BITS - 1
_ALPHABET = ascii_lowercase + ascii_uppercase[:20]
_PAIRS = ["".join(pair) for pair in product(_ALPHABET, repeat=2)][: _MASK + 1]
_VALUES = {pair: value for value, pair in enumerate(_PAIRS)}


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
        """Return the token of a text: 3 letters for each 2 octets of it, and 24 more."""
        octets = text.encode("utf-8", "surrogateescape")
        return _letters_of(self._cipher.encrypt(octets, None))

    def decode(self, token: str) -> str | None:
        """Return the text of one of our own tokens, or None when it is none."""
        sealed = _octets_of(token)
        if sealed is None or len(sealed) <= SIV_OCTETS:
            return None
        try:
            octets = self._cipher.decrypt(sealed, None)
        except InvalidTag:
            return None
        return octets.decode("utf-8", "surrogateescape")


def _letters_of(octets: bytes) -> str:
    """Return the pairs of letters of some octets, the highest bits first, after a bit that is 1."""
    number = int.from_bytes(b"\1" + octets)
    pairs = -(-(8 * len(octets) + 1) // _BITS)
    return "".join(
        [_PAIRS[number >> shift & _MASK] for shift in range(_BITS * (pairs - 1), -1, -_BITS)]
    )


def _octets_of(letters: str) -> bytes | None:
    """Return the octets that some letters stand for, or None when they stand for none."""
    number = 0
    for start in range(0, len(letters), 2):
        value = _VALUES.get(letters[start : start + 2])
        if value is None:
            return None
        number = number << _BITS | value
    count, rest = divmod(number.bit_length() - 1, 8)
    if rest or count < 0 or -(-(8 * count + 1) // _BITS) * 2 != len(letters):
        return None
    return number.to_bytes(count + 1)[1:]
