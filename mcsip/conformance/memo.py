"""What was judged to be right once and need not be judged again: views of the same shape.

See ``shapes``. A view in which something was found is judged each time, since a finding tells the
names that stand in it.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from mcsip.conformance.shapes import AT_ONCE_S, order, pattern
from mcsip.conformance.views import MessageSeen, Passage, TransactionSeen

MAX_KNOWN = 10_000
"""Views that are remembered [ours]: about 10 MB."""
_MOST_WAYS = 4


class Looked(Protocol):
    """Counts what a rule looked at."""

    looked_at: int


@dataclass(slots=True)
class _Right:
    """A view that was right: by which rules, and how often it came again."""

    rules: Sequence[Looked]
    again: int = 0


class Memo:
    """The views that were right."""

    def __init__(self) -> None:
        self._known: dict[Hashable, _Right] = {}

    def knows(self, key: Hashable) -> bool:
        """Tell whether such a view was right; then it counts as looked at."""
        right = self._known.get(key)
        if right is None:
            return False
        right.again += 1
        return True

    def keep(self, key: Hashable, rules: Sequence[Looked]) -> None:
        """Remember that a view was right.

        Args:
            key: of the view.
            rules: those that had something to look at in it.
        """
        if len(self._known) >= MAX_KNOWN:
            self.count()
        self._known[key] = _Right(rules)

    def count(self) -> None:
        """Count what was looked at by memory, and forget everything."""
        for right in self._known.values():
            for rule in right.rules:
                rule.looked_at += right.again
        self._known.clear()


def key_of_message(seen: MessageSeen) -> Hashable | None:
    """Return what a message has in common with all that are judged alike, or None."""
    shape = seen.shape
    if shape is None:
        return None
    entry = seen.entry
    return (
        shape.form,
        pattern(shape.names),
        entry.local,
        entry.remote,
        entry.transport,
        entry.direction,
        entry.fault,
        seen.sender.name,
        seen.receiver.name,
    )


def key_of_transaction(seen: TransactionSeen) -> Hashable | None:
    """Return what a transaction has in common with all that are judged alike, or None."""
    shape = seen.shape
    if shape is None:
        return None
    ends = seen.sender.name, seen.receiver.name, seen.ended
    return shape.parts, pattern(shape.names), order(shape.numbers), ends


def key_of_passage(seen: Passage) -> Hashable | None:
    """Return what a passage has in common with all that are judged alike, or None."""
    shape = seen.incoming.shape
    if shape is None or len(seen.outgoing) > _MOST_WAYS:
        return None
    came_at = seen.incoming.hop.at
    parts, names, numbers = [shape.parts], shape.names, shape.numbers
    ends: list[Hashable] = [seen.node.name, seen.incoming.sender.name, seen.incoming.ended]
    for way in seen.outgoing:
        shape = way.shape
        if shape is None or abs(way.hop.at - came_at) > AT_ONCE_S:
            return None
        parts.append(shape.parts)
        names += shape.names
        numbers += shape.numbers
        ends += (way.receiver.name, way.ended)
    return tuple(parts), pattern(names), order(numbers), tuple(ends)
