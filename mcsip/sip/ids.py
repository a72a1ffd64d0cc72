"""Identifiers: tags, Call-IDs and branches, made from an id source that the caller hands over."""

from typing import Protocol

#: How a branch begins that is unique over space and time (RFC 3261 8.1.1.7) [read].
MAGIC_COOKIE = "z9hG4bK"


class IdSource(Protocol):
    """Where fresh identifiers come from."""

    def token(self) -> str:
        """Return a fresh text of lower-case ASCII letters only, at least 32 bits of randomness.

        Letters only, so that no port number and no address is ever contained in it [ours]; 32 bits
        as RFC 3261 19.3 asks of a tag.
        """
        ...


def new_branch(ids: IdSource) -> str:
    """Return a fresh branch: the magic cookie and a token (RFC 3261 8.1.1.7)."""
    return MAGIC_COOKIE + ids.token()


def is_unique_branch(branch: str | None) -> bool:
    """Tell whether a branch identifies its transaction by itself (RFC 3261 17.2.3).

    The bare cookie identifies nothing and counts as a branch of RFC 2543 (RFC 4475 3.2.2 asks to
    treat it so).
    """
    return branch is not None and len(branch) > 7 and branch.startswith(MAGIC_COOKIE)
