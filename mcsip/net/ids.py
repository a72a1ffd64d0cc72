"""Sources of fresh, unguessable texts for branches, tags, Call-IDs and tokens.

A text is made of lower-case letters only, so that no port number and no address can ever stand in
it: a search for another system's addresses in a message finds addresses and nothing else.
"""

import os
import random

TOKEN_LETTERS = 14
"""Letters per text: 65 bits; RFC 3261 19.3 asks for at least 32 bits in a tag [ours]."""

_POOL_TOKENS = 128
_LETTERS = bytes(ord("a") + octet % 26 for octet in range(256))


def _tokens_of(octets: bytes) -> list[str]:
    """Turn random octets into texts, one letter per octet."""
    letters = octets.translate(_LETTERS).decode("ascii")
    return [letters[at : at + TOKEN_LETTERS] for at in range(0, len(letters), TOKEN_LETTERS)]


class SystemIds:
    """Texts from the operating system's source of randomness.

    Make one per process: texts are prepared in advance, so a forked child would repeat them.
    """

    __slots__ = ("_pool",)

    def __init__(self) -> None:
        self._pool: list[str] = []

    def token(self) -> str:
        """Return a fresh text of lower-case letters."""
        if not self._pool:
            self._pool = _tokens_of(os.urandom(_POOL_TOKENS * TOKEN_LETTERS))
        return self._pool.pop()


class SeededIds:
    """Texts that repeat from a seed, for runs that must repeat byte for byte.

    Args:
        rng: where the randomness comes from; it may be shared.
    """

    __slots__ = ("_pool", "_rng")

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._pool: list[str] = []

    def token(self) -> str:
        """Return the next text of lower-case letters."""
        if not self._pool:
            self._pool = _tokens_of(self._rng.randbytes(_POOL_TOKENS * TOKEN_LETTERS))
        return self._pool.pop()
