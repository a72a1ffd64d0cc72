"""The timers of RFC 3261 as data, and the queue in which a stack keeps the running ones.

RFC 3261 table 4 (annex A) lists the timers A to K; RFC 6026 adds L and M. To these come three
waits that the RFCs describe without a letter and one of our own. Timer C is listed for its value;
it belongs to the proxy, not to a transaction.

There is no clock here: whoever arms a timer says what time it is. Times are monotonic seconds.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Generic, TypeVar

#: Estimate of the round-trip time, in seconds, RFC 3261 17.1.1.1 [2nd].
T1 = 0.5
#: Largest interval between retransmissions of a non-INVITE request, in seconds, 17.1.2.2 [2nd].
T2 = 4.0
#: How long a message stays in the network, in seconds, RFC 3261 17.1.2.2 [2nd].
T4 = 5.0
#: Timer C, in seconds: more than 3 minutes, RFC 3261 16.6 item 11 [2nd].
TIMER_C = 181.0


class Timer(StrEnum):
    """The timers by their letters; those without a letter by what they wait for."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"
    G = "G"
    H = "H"
    I = "I"  # noqa: E741  # the RFC's name
    J = "J"
    K = "K"
    L = "L"
    M = "M"
    TRYING = "100 to INVITE"
    LATE_TRYING = "100 to non-INVITE"
    LIFETIME = "lifetime"
    CANCELLED = "cancelled"


class Base(Enum):
    """What a timer's duration is a multiple of."""

    T1 = "T1"
    T4 = "T4"
    SECOND = "s"
    E_AT_T2 = "until timer E is reset to T2"
    F_AFTER_E_AT_T2 = "from there until timer F fires"


class Reliable(Enum):
    """What becomes of a timer over a reliable transport."""

    SAME = "same"
    OFF = "off"  # never started: the transport retransmits
    ZERO = "zero"  # fires at once: there are no retransmissions to absorb


@dataclass(frozen=True, slots=True)
class TimerRow:
    """One timer.

    Attributes:
        timer: which.
        times: how many times ``base`` its first duration is.
        base: what that is a multiple of.
        reliable: what becomes of it over a reliable transport.
        meaning: what it is for.
        clause: where it is defined.
    """

    timer: Timer
    times: float
    base: Base
    reliable: Reliable
    meaning: str
    clause: str


_ROWS = (
    TimerRow(Timer.A, 1, Base.T1, Reliable.OFF, "INVITE again", "RFC 3261 17.1.1.2"),
    TimerRow(Timer.B, 64, Base.T1, Reliable.SAME, "INVITE timed out", "RFC 3261 17.1.1.2"),
    TimerRow(Timer.C, TIMER_C, Base.SECOND, Reliable.SAME, "proxied INVITE", "RFC 3261 16.6"),
    TimerRow(Timer.D, 64, Base.T1, Reliable.ZERO, "repeated responses", "RFC 3261 17.1.1.2"),
    TimerRow(Timer.E, 1, Base.T1, Reliable.OFF, "request again", "RFC 3261 17.1.2.2"),
    TimerRow(Timer.F, 64, Base.T1, Reliable.SAME, "request timed out", "RFC 3261 17.1.2.2"),
    TimerRow(Timer.G, 1, Base.T1, Reliable.OFF, "INVITE response again", "RFC 3261 17.2.1"),
    TimerRow(Timer.H, 64, Base.T1, Reliable.SAME, "no ACK came", "RFC 3261 17.2.1"),
    TimerRow(Timer.I, 1, Base.T4, Reliable.ZERO, "repeated ACKs", "RFC 3261 17.2.1"),
    TimerRow(Timer.J, 64, Base.T1, Reliable.ZERO, "repeated requests", "RFC 3261 17.2.2"),
    TimerRow(Timer.K, 1, Base.T4, Reliable.ZERO, "repeated responses", "RFC 3261 17.1.2.2"),
    TimerRow(Timer.L, 64, Base.T1, Reliable.SAME, "2xx sent, repeated INVITEs", "RFC 6026 8.7"),
    TimerRow(Timer.M, 64, Base.T1, Reliable.SAME, "2xx received, further 2xx", "RFC 6026 8.4"),
    TimerRow(Timer.TRYING, 0.2, Base.SECOND, Reliable.SAME, "100 is due", "RFC 3261 17.2.1"),
    TimerRow(Timer.LATE_TRYING, 1, Base.E_AT_T2, Reliable.SAME, "100 is due", "RFC 4320 4.1"),
    # [ours] a request that nobody answers: its client has given up, and RFC 4320 4.2 forbids a 408
    TimerRow(
        Timer.LIFETIME, 1, Base.F_AFTER_E_AT_T2, Reliable.SAME, "too late to answer", "RFC 4320 4.2"
    ),
    TimerRow(Timer.CANCELLED, 64, Base.T1, Reliable.SAME, "CANCEL had no effect", "RFC 3261 9.1"),
)

#: The table by timer.
TIMERS = {row.timer: row for row in _ROWS}


@dataclass(frozen=True, slots=True)
class Timers:
    """The three base values that all durations follow from.

    Attributes:
        t1: estimate of the round-trip time, in seconds.
        t2: largest retransmission interval, in seconds.
        t4: how long a message stays in the network, in seconds.
    """

    t1: float = T1
    t2: float = T2
    t4: float = T4

    @classmethod
    def of(cls, t1: float | None, t2: float | None = None, t4: float | None = None) -> "Timers":
        """Return the timers for a T1; T2 and T4 stand to it as in RFC 3261 17 where not given."""
        t1 = T1 if t1 is None else t1
        return cls(t1, T2 * t1 / T1 if t2 is None else t2, T4 * t1 / T1 if t4 is None else t4)

    def duration(self, timer: Timer) -> float:
        """Return the first duration of a timer over an unreliable transport, in seconds."""
        row = TIMERS[timer]
        match row.base:
            case Base.T1:
                return row.times * self.t1
            case Base.T4:
                return row.times * self.t4
            case Base.SECOND:
                return row.times
            case Base.E_AT_T2:
                return self._until_e_is_t2()
            case Base.F_AFTER_E_AT_T2:
                return max(0.0, self.duration(Timer.F) - self._until_e_is_t2())

    def _until_e_is_t2(self) -> float:
        """Return how long a client's timer E takes until it is reset to T2 (RFC 4320 4.1)."""
        elapsed, interval = 0.0, self.t1
        while interval < self.t2:
            elapsed += interval
            interval = min(2 * interval, self.t2)
        return elapsed


Owner = TypeVar("Owner")
_NEVER = float("inf")


class Armed(Generic[Owner]):
    """A running timer; forget it by ``TimerQueue.cancel``.

    Attributes:
        deadline: when it fires, in monotonic seconds.
        timer: which timer it is.
        owner: whose it is; None once it fired or was cancelled.
    """

    __slots__ = ("deadline", "owner", "timer")

    def __init__(self, deadline: float, timer: Timer, owner: Owner) -> None:
        self.deadline = deadline
        self.timer = timer
        self.owner: Owner | None = owner


class TimerQueue(Generic[Owner]):
    """The running timers of one stack.

    A stack has few distinct durations, so there is one FIFO for each: what was armed later fires
    later, and no heap is needed. Arming and cancelling take constant time. A cancelled timer lets
    go of its owner at once, and stays in its FIFO, a hundred octets, until those before it are
    gone: at the latest when it would have fired. The next deadline is remembered, and looked for
    again only when it is gone.

    ``now`` must not run backwards from call to call.
    """

    __slots__ = ("_fifos", "_next", "_running")

    def __init__(self) -> None:
        self._fifos: dict[float, deque[Armed[Owner]]] = {}
        self._running = 0
        # infinity: nothing runs; None: to be looked for
        self._next: float | None = _NEVER

    def __len__(self) -> int:
        return self._running

    def arm(self, duration: float, timer: Timer, owner: Owner, now: float) -> Armed[Owner]:
        """Start a timer of ``duration`` seconds and return the handle that cancels it."""
        fifo = self._fifos.get(duration)
        if fifo is None:
            fifo = self._fifos[duration] = deque()
        deadline = now + duration
        armed = Armed(deadline, timer, owner)
        fifo.append(armed)
        self._running += 1
        if self._next is not None and deadline < self._next:
            self._next = deadline
        return armed

    def cancel(self, armed: Armed[Owner]) -> None:
        """Stop a timer; one that has fired or was cancelled stays as it is."""
        if armed.owner is not None:
            armed.owner = None
            self._running -= 1
            if armed.deadline == self._next:
                self._next = None

    def next_deadline(self) -> float | None:
        """Return when the next timer fires, in monotonic seconds, or None when none runs."""
        deadline = self._next
        if deadline is None:
            deadline = _NEVER
            for fifo in self._fifos.values():
                while fifo and fifo[0].owner is None:
                    fifo.popleft()
                if fifo and fifo[0].deadline < deadline:
                    deadline = fifo[0].deadline
            self._next = deadline
        return None if deadline == _NEVER else deadline

    def pop_due(self, now: float) -> tuple[Owner, Timer] | None:
        """Take the timer that is due next out of the queue, or return None when none is.

        Of timers due at the same time the one whose duration was used first comes first.
        """
        deadline = self.next_deadline()
        if deadline is None or deadline > now:
            return None
        for fifo in self._fifos.values():
            while fifo and fifo[0].owner is None:
                fifo.popleft()
            if fifo and fifo[0].deadline == deadline:
                armed = fifo.popleft()
                owner = armed.owner
                assert owner is not None, "cancelled ones were taken away"
                self.cancel(armed)
                return owner, armed.timer
        raise AssertionError("the next deadline is that of a timer in the queue")
