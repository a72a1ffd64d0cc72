"""Messages expected against messages observed, as the rows of a ladder diff.

Rows stand in the order of the trace; what is missing stands where it was expected.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from mcsip.exchanges import Exchange
from mcsip.scenario.result import DiffRow, Sign

MAX_ROWS = 400
"""Messages observed that one diff looks at; those beyond are left out [ours]."""

_Pair = tuple[int | None, int | None]


class Expected(Protocol):
    """A message of a list of expectations."""

    @property
    def sender(self) -> str:
        """Who is to send it."""
        ...

    @property
    def receiver(self) -> str:
        """Who is to receive it."""
        ...

    @property
    def message(self) -> str:
        """Its name."""
        ...

    @property
    def status(self) -> int | None:
        """The status code that its sender is to get, or None for any."""
        ...

    def fits(self, exchange: Exchange) -> bool:
        """Tell whether an exchange is this message."""
        ...


def diff_of(
    wanted: Sequence[Expected], observed: Sequence[Exchange], *, in_order: bool
) -> tuple[DiffRow, ...]:
    """Return the messages of a list against those observed.

    Args:
        wanted: the list.
        observed: what was observed, in order.
        in_order: whether the order of the list counts.
    """
    observed = observed[:MAX_ROWS]
    fits = [[each.fits(exchange) for exchange in observed] for each in wanted]
    pairs = _aligned(fits, len(observed)) if in_order else _matched(fits, len(observed))
    return tuple(_row(wanted, observed, expected, actual) for expected, actual in pairs)


def _row(
    wanted: Sequence[Expected], observed: Sequence[Exchange], expected: int | None, at: int | None
) -> DiffRow:
    """Return the row of a pair of indices, one of which may be None."""
    if at is None:
        assert expected is not None
        each = wanted[expected]
        return DiffRow(Sign.MISSING, each.sender, each.receiver, each.message, status=each.status)
    exchange = observed[at]
    sign = Sign.EXTRA if expected is None else Sign.BOTH
    ends = (exchange.sender, exchange.receiver)
    return DiffRow(sign, *ends, exchange.label, exchange.number, exchange.status)


def _aligned(fits: Sequence[Sequence[bool]], count: int) -> Iterator[_Pair]:
    """Yield the pairs of a longest common subsequence, and what is left out on either side."""
    rows = len(fits)
    longest = [[0] * (count + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(count - 1, -1, -1):
            skipped = max(longest[i + 1][j], longest[i][j + 1])
            longest[i][j] = max(skipped, longest[i + 1][j + 1] + 1) if fits[i][j] else skipped
    i = j = 0
    while i < rows or j < count:
        if i < rows and j < count and fits[i][j] and longest[i][j] == longest[i + 1][j + 1] + 1:
            yield i, j
            i, j = i + 1, j + 1
        elif j == count or (i < rows and longest[i + 1][j] >= longest[i][j + 1]):
            yield i, None
            i += 1
        else:
            yield None, j
            j += 1


def _matched(fits: Sequence[Sequence[bool]], count: int) -> Iterator[_Pair]:
    """Yield everything observed, each with the message of the list that it is; then the missing."""
    taken: dict[int, int] = {}
    for i, row in enumerate(fits):
        at = next((j for j, fit in enumerate(row) if fit and j not in taken), None)
        if at is not None:
            taken[at] = i
    for j in range(count):
        yield taken.get(j), j
    for i in range(len(fits)):
        if i not in taken.values():
            yield i, None
