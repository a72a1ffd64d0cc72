"""What the rules of clause 17 ask about time: when copies follow each other, and who saw them.

Times in a trace are those of a network and of busy machines, so every one has a tolerance. A
capture may lack copies that were lost before they passed it, and has copies that were lost after;
a trace of the nodes themselves lacks none.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from mcsip.conformance.rule import Fault
from mcsip.conformance.views import TransactionSeen
from mcsip.sip.message import Response
from mcsip.sip.timers import Timer
from mcsip.trace import Direction, TraceEntry

#: How much later than due something may be seen, in seconds [ours]: network, scheduler, recorder.
LATE_S = 0.25
#: How much sooner than due something may be seen, in seconds [ours]: jitter between two copies.
EARLY_S = 0.05
#: How much an interval may differ beyond that, as a part of it [ours].
SHARE = 0.1
#: Copies of a capture nearer than this are one that the network or the recorder doubled [ours].
DOUBLED_S = 0.005
#: Copies in a row that may be missing in a capture [ours].
MISSING = 2
#: Copies in a row without an answer that a capture may show when packets are lost after it [ours].
LOST_AFTER = 3

Answered = tuple[TraceEntry, Response]


def is_live(seen: TransactionSeen) -> bool:
    """Tell whether the sender of the request was traced itself, and not a wire in between."""
    return bool(seen.replies) or any(
        entry.fault is not None or entry.direction is Direction.RECEIVED
        for entry in (*seen.requests, *seen.arrivals)
    )


def finals(answers: Iterable[Answered]) -> list[Answered]:
    """Return the final responses among copies of responses."""
    return [pair for pair in answers if pair[1].status >= 200]


def sent_copies(seen: TransactionSeen, entries: Sequence[TraceEntry]) -> list[TraceEntry]:
    """Return copies as they were sent: in a capture without those that something doubled."""
    if is_live(seen):
        return list(entries)
    kept: list[TraceEntry] = []
    for entry in entries:
        if not kept or entry.at - kept[-1].at >= DOUBLED_S:
            kept.append(entry)
    return kept


def after(entries: Iterable[TraceEntry], moment: float) -> list[TraceEntry]:
    """Return the entries that come clearly later than a moment."""
    return [entry for entry in entries if entry.at > moment + LATE_S]


def doubling(first_s: float, largest_s: float) -> Iterator[float]:
    """Return the intervals of timers A, E and G: each twice the one before, up to the largest."""
    interval = first_s
    while True:
        yield interval
        interval = min(2 * interval, max(largest_s, first_s))


def judge_intervals(
    entries: Sequence[TraceEntry], expected: Iterable[float], *, missing: int
) -> list[Fault]:
    """Return a fault for the first copy that does not come when it is due.

    Args:
        entries: the copies in order.
        expected: the intervals that they should have, in seconds; at least as many.
        missing: how many copies in a row may have gone unseen.
    """
    due = iter(expected)
    for before, entry in pairwise(entries):
        interval = entry.at - before.at
        wanted = total = next(due)
        for _ in range(missing):
            if interval <= _longest(total):
                break
            total += next(due)
        if not _shortest(total) <= interval <= _longest(total):
            return [
                Fault(
                    f"again {wanted:g} s after the copy before",
                    f"again after {interval:.3g} s",
                    number=entry.number,
                )
            ]
    return []


def _shortest(interval: float) -> float:
    return interval * (1 - SHARE) - EARLY_S


def _longest(interval: float) -> float:
    return interval * (1 + SHARE) + LATE_S


def first_interval(entries: Sequence[TraceEntry], t1: float) -> float:
    """Return what T1 the sender goes by: ours, or the first interval when it is not that."""
    first = entries[1].at - entries[0].at
    return t1 if _shortest(t1) <= first <= _longest(t1) else first


def lifetime(seen: TransactionSeen, entries: Sequence[TraceEntry]) -> float:
    """Return 64*T1 by the T1 that a sender goes by, in seconds, with tolerance.

    An interval longer than T2 is no T1 of anybody, but copies that were not seen.
    """
    timers = seen.setting.timers
    longest = timers.duration(Timer.B)
    if len(entries) > 1 and (first := first_interval(entries, timers.t1)) <= timers.t2:
        longest *= max(1.0, first / timers.t1)
    return _longest(longest)


def changed_copies(entries: Sequence[TraceEntry]) -> list[Fault]:
    """Return a fault for each copy whose octets are not those of the first."""
    first = entries[0].data
    return [
        Fault("the same octets again", _difference(first, entry.data), number=entry.number)
        for entry in entries[1:]
        if entry.data != first
    ]


def _difference(first: bytes, other: bytes) -> str:
    """Return the first line that is different, for people."""
    lines = first.split(b"\r\n")
    for number, line in enumerate(other.split(b"\r\n")):
        if number >= len(lines) or lines[number] != line:
            return f"another line {number + 1}: {line[:80].decode('utf-8', 'replace')}"
    return f"{len(other)} octets instead of {len(first)}"
