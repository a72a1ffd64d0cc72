"""What was judged once and need not be judged again: views of the same shape.

See ``shapes``. Of a view in which something was found, the rules that found it are asked each time,
since a finding tells the names that stand in it.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from mcsip.conformance.calls import OpenCall
from mcsip.conformance.courses import OpenCourse
from mcsip.conformance.heard import Heard
from mcsip.conformance.known import Known
from mcsip.conformance.open_transaction import OpenTransaction
from mcsip.conformance.passages import OpenPassage
from mcsip.conformance.rule import Scope
from mcsip.conformance.shapes import AT_ONCE_S, Exchanged, order, relations

MAX_KNOWN = 10_000
"""Views that are remembered [ours]: about 10 MB."""
LONG_AT_ONCE_S = 5.0
"""How long a call or course may take to be like every other of its shape, in seconds [ours].

No rule about calls or courses asks for less.
"""
_MOST_WAYS = 4


Asked = TypeVar("Asked")
"""A rule as it is asked."""


class Looked(Protocol):
    """Counts what a rule looked at."""

    looked_at: int


@dataclass(slots=True)
class _Judged(Generic[Asked]):
    """A view that was judged: who found it right, who wrong, and how often it came again."""

    right: Sequence[Looked]
    wrong: Sequence[Asked]
    again: int = 0


class Memo(Generic[Asked]):
    """The views that were judged."""

    def __init__(self) -> None:
        self._known: dict[Hashable, _Judged[Asked]] = {}

    def knows(self, key: Hashable) -> bool:
        """Tell whether such a view was right; then it counts as looked at again."""
        known = self._known.get(key)
        if known is None or known.wrong:
            return False
        known.again += 1
        return True

    def wrong(self, key: Hashable | None) -> Sequence[Asked]:
        """Return the rules that found such a view wrong; then the others need not be asked again.

        There are none where such a view was not judged.
        """
        known = self._known.get(key)
        if known is None:
            return ()
        known.again += 1
        return known.wrong

    def keep(self, key: Hashable, right: Sequence[Looked], wrong: Sequence[Asked]) -> None:
        """Remember what came of a view.

        Args:
            key: of the view.
            right: the rules that had something to look at in it, and found nothing.
            wrong: those that found something.
        """
        if len(self._known) >= MAX_KNOWN:
            self.count()
        self._known[key] = _Judged(right, wrong)

    def count(self) -> None:
        """Count what was looked at by memory, and forget everything."""
        for known in self._known.values():
            for rule in known.right:
                rule.looked_at += known.again
        self._known.clear()


def key_of_message(heard: Heard, known: Known, *, refused: bool = False) -> Hashable | None:
    """Return what a message has in common with all that are judged alike, or None.

    Args:
        heard: the message.
        known: what is known of who has which identity and address by now.
        refused: as in ``MessageSeen``.
    """
    form = heard.form
    if not form.alike:
        return None
    told: Hashable = refused, form.uri in known.users
    if heard.way.crosses:
        told = told, tuple([known.owner_of(address) for address in form.addresses])
    return Scope.MESSAGE, heard.likeness, relations(heard.all_names, [form.words()]), told


def key_of_transaction(transaction: OpenTransaction) -> Hashable | None:
    """Return what a transaction has in common with all that are judged alike, or None."""
    return _key(Scope.TRANSACTION, [transaction.shape])


def key_of_passage(passage: OpenPassage) -> Hashable | None:
    """Return what a passage has in common with all that are judged alike, or None."""
    incoming, outgoing = passage.incoming, passage.outgoing
    if len(outgoing) > _MOST_WAYS:
        return None
    came_at = incoming.first.at
    if any(abs(way.first.at - came_at) > AT_ONCE_S for way in outgoing):
        return None
    return _key(Scope.PASSAGE, [incoming.shape, *[way.shape for way in outgoing]])


def key_of_call(call: OpenCall) -> Hashable | None:
    """Return what a call has in common with all that are judged alike, or None."""
    if _lasts([each.first.at for each in call.transactions]) > LONG_AT_ONCE_S:
        return None
    key = _key(Scope.CALL, [each.shape for each in call.transactions])
    # Numbers of CSeq are names, but here it matters which is larger.
    numbers = [number for each in call.transactions if (number := each.cseq_number) is not None]
    if key is None or len(numbers) < len(call.transactions):
        return None
    return key, order(numbers)


def key_of_course(course: OpenCourse) -> Hashable | None:
    """Return what a course has in common with all that are judged alike, or None."""
    if not course.alone or _lasts([step.at for step in course.steps]) > LONG_AT_ONCE_S:
        return None
    key = _key(Scope.COURSE, [step.shape for step in course.steps])
    return None if key is None else (key, course.ended, course.whole)


def _lasts(times: Sequence[float]) -> float:
    """Return for how long something lasts whose parts begin at these times, in seconds."""
    return max(times) - min(times)


def _key(scope: Scope, shapes: Sequence[Exchanged | None]) -> Hashable | None:
    """Return what tells a view of transactions with these shapes, or None: one has none."""
    parts: list[Hashable] = [scope]
    names: list[str] = []
    numbers: list[int] = []
    texts: list[frozenset[str]] = []
    for shape in shapes:
        if shape is None:
            return None
        parts.append(shape.parts)
        names += shape.names
        numbers += shape.numbers
        texts += shape.texts
    return tuple(parts), relations(names, texts), order(numbers)
