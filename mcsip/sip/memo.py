"""Remembering what a text means: hosts, identities, lines come again in message after message.

``functools.lru_cache`` bounds how many texts are kept, and not how long they are; what peers send
could fill the memory. Here long texts are not kept at all, and when there are too many, all go:
those that matter are back at once.
"""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

#: Longest text that is remembered, in characters [ours]: identities and lines have about 100.
LONGEST = 256

T = TypeVar("T")


def remembering(most: int) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """Return a decorator: what a function made of a short text is remembered.

    The function must depend on nothing but the text; what it returns must not change, and is never
    None. What it raises is not remembered.

    Args:
        most: how many texts are remembered at most.
    """

    def decorate(read: Callable[[str], T]) -> Callable[[str], T]:
        known: dict[str, T] = {}
        recall = known.get

        @wraps(read)
        def remembered(text: str) -> T:
            value = recall(text)
            if value is None:
                value = read(text)
                if len(text) <= LONGEST:
                    if len(known) >= most:
                        known.clear()
                    known[text] = value
            return value

        return remembered

    return decorate
