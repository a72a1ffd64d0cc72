"""What is to be said of a capture: each thing once, however often it happened."""

from collections import Counter
from typing import NamedTuple

MAX_REMARKS = 50
"""How many different things are said of one file; of more, only that there were more [ours]."""


class Place(NamedTuple):
    """Where in a file something was found.

    Attributes:
        number: of the packet or line, from 1.
        octet: offset in the file of its first octet.
    """

    number: int
    octet: int


class Remarks:
    """Collects what is to be said of a file, counts repetitions, and keeps the first place.

    Args:
        unit: what the numbers of places count.
    """

    def __init__(self, unit: str = "packet") -> None:
        self._unit = unit
        self._counts: Counter[str] = Counter()
        self._first: dict[str, Place | None] = {}
        self._omitted = 0
        self.incomplete = False

    def add(self, text: str, place: Place | None = None, *, lost: bool = True) -> None:
        """Say something.

        Args:
            text: what, and what to do about it; the same text counts as the same thing.
            place: where it was.
            lost: whether something was left out that may have been SIP.
        """
        self.incomplete = self.incomplete or lost
        if text not in self._first:
            if len(self._first) >= MAX_REMARKS:
                self._omitted += 1
                return
            self._first[text] = place
        self._counts[text] += 1

    def texts(self) -> tuple[str, ...]:
        """Return what was said, in the order in which it was first said."""
        texts = [self._text(text, place) for text, place in self._first.items()]
        if self._omitted:
            texts.append(f"{self._omitted} more remarks are left out")
        return tuple(texts)

    def _text(self, text: str, place: Place | None) -> str:
        count = self._counts[text]
        if place is None:
            return text if count == 1 else f"{text} ({count} times)"
        first = f"{self._unit} {place.number}, octet {place.octet}"
        return f"{first}: {text}" if count == 1 else f"{first} and {count - 1} more: {text}"
