"""A client side that does not care how a node is doing: requests over UDP at a fixed rate.

What overload is made with. Requests begin when they are due; one that is not answered is repeated
after T1, 2*T1, … as RFC 3261 17.1.2.2 asks, and given up after 64*T1. The neighbour on the other
side of the node, which answers what the node sends there, is played too.
"""

import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from mcsip.sip.timers import T1, T2
from mcsip.trace import Peer

#: Makes the request of a number.
Make = Callable[[int], bytes]
#: What the other neighbour sends for what it received, or None.
Answer = Callable[[bytes], bytes | None]

LIFETIME_S = 64 * T1
SOON_S = 0.25
"""Within what a node that works normally has answered; well under T1."""
_BATCH = 64
_NAP_S = 0.0005
_BUFFER_OCTETS = 4 * 1024 * 1024


@dataclass(slots=True)
class Crowd:
    """What became of the requests of a load.

    Attributes:
        sent: how many were begun.
        repeated: how often one was sent again.
        answered: how many got each final status.
        latencies_s: of those that were accepted (2xx), from when they were due, in seconds.
        given_up: how many got no answer for 64*T1.
        retry_after: how many refusals said when to come again.
    """

    sent: int = 0
    repeated: int = 0
    answered: dict[int, int] = field(default_factory=dict)
    latencies_s: list[float] = field(default_factory=list)
    given_up: int = 0
    retry_after: int = 0

    @property
    def accepted(self) -> int:
        """How many were answered 2xx."""
        return sum(count for status, count in self.answered.items() if status < 300)

    def latency_s(self, share: float) -> float:
        """Return the latency that this share of the accepted requests did not exceed."""
        ranked = sorted(self.latencies_s)
        return ranked[min(int(share * len(ranked)), len(ranked) - 1)] if ranked else 0.0


class _Open(NamedTuple):
    """A request without its final answer: when it was due, its octets, and whose it is."""

    due: float
    data: bytes
    crowd: Crowd


class Caller:
    """Both neighbours of a node.

    Args:
        inner: the socket that requests come from.
        outer: the socket of the neighbour on the other side.
        node: where the node listens.
        make: makes a request; its topmost branch ends in ``-`` and the number.
        answer: what the other neighbour answers.

    Attributes:
        accepted: how many requests were answered 2xx in all.
    """

    def __init__(
        self, inner: socket.socket, outer: socket.socket, node: Peer, make: Make, answer: Answer
    ) -> None:
        self._inner, self._outer, self._node = inner, outer, tuple(node)
        self._make, self._answer = make, answer
        self._open: dict[int, _Open] = {}
        self._again: dict[float, deque[tuple[float, int]]] = {}
        self._next = 0
        self.accepted = 0

    def load(self, rate: float, seconds: float) -> Crowd:
        """Send at a rate, and return what became of it so far; ``finish`` waits for the rest."""
        crowd = Crowd()
        began = time.monotonic()
        while (elapsed := time.monotonic() - began) < seconds:
            due = int(elapsed * rate) - crowd.sent
            for _ in range(min(due, _BATCH)):
                self._begin(began + crowd.sent / rate, crowd)
            self._serve()
            if due < _BATCH:
                time.sleep(_NAP_S)
        return crowd

    def finish(self, seconds: float) -> None:
        """Go on until every request is answered or given up, for so long at most."""
        until = time.monotonic() + seconds
        while self._open and time.monotonic() < until:
            self._serve()
            time.sleep(_NAP_S)

    def until_normal(self, seconds: float, rate: float = 100.0) -> float | None:
        """Return how long it takes until a second passes in which every request is accepted soon.

        The load that went before goes on to repeat what is not answered.

        Args:
            seconds: how long that may take.
            rate: of the new requests that find out.

        Returns:
            Seconds from now to the beginning of that second; None when it does not come.
        """
        called = time.monotonic()
        while (began := time.monotonic() - called) < seconds:
            probes = self.load(rate, 1.0)
            self.load(1.0, SOON_S)
            if probes.accepted == probes.sent and probes.latency_s(1.0) <= SOON_S:
                return began
        return None

    @property
    def begun(self) -> int:
        """How many requests were begun in all."""
        return self._next

    @property
    def open(self) -> int:
        """How many requests have no final answer."""
        return len(self._open)

    def _begin(self, due: float, crowd: Crowd) -> None:
        number, self._next = self._next, self._next + 1
        data = self._make(number)
        self._open[number] = _Open(due, data, crowd)
        crowd.sent += 1
        self._send(self._inner, data, self._node)
        self._repeat_in(T1, number)

    def _repeat_in(self, interval_s: float, number: int) -> None:
        waiting = self._again.setdefault(interval_s, deque())
        waiting.append((time.monotonic() + interval_s, number))

    @staticmethod
    def _send(sock: socket.socket, data: bytes, to: tuple[object, ...]) -> None:
        with suppress(BlockingIOError):
            sock.sendto(data, to)  # what does not fit is lost, as on any network

    def _serve(self) -> None:
        """Take what has come on both sides; repeat what is not answered."""
        for data, sender in arrived(self._outer):
            if (answer := self._answer(data)) is not None:
                self._send(self._outer, answer, sender)
        now = time.monotonic()
        for data, sender in arrived(self._inner):
            if data.startswith(b"SIP/2.0 "):
                self._on_answer(data, now)
            elif (answer := self._answer(data)) is not None:
                self._send(self._inner, answer, sender)
        for interval_s, waiting in list(self._again.items()):
            while waiting and waiting[0][0] <= now:
                _, number = waiting.popleft()
                self._repeat(number, interval_s, now)

    def _on_answer(self, data: bytes, now: float) -> None:
        status = int(data[8:11])
        number = int(data.partition(b";branch=")[2].partition(b";")[0].rpartition(b"-")[2])
        if status < 200 or (known := self._open.pop(number, None)) is None:
            return
        crowd = known.crowd
        crowd.answered[status] = crowd.answered.get(status, 0) + 1
        if status < 300:
            self.accepted += 1
            crowd.latencies_s.append(now - known.due)
        crowd.retry_after += b"\r\nRetry-After: " in data

    def _repeat(self, number: int, interval_s: float, now: float) -> None:
        known = self._open.get(number)
        if known is None:
            return
        if now - known.due > LIFETIME_S:
            del self._open[number]
            known.crowd.given_up += 1
            return
        known.crowd.repeated += 1
        self._send(self._inner, known.data, self._node)
        self._repeat_in(min(2 * interval_s, T2), number)


def arrived(sock: socket.socket) -> Iterator[tuple[bytes, tuple[str, int]]]:
    """Yield the datagrams that wait, and where they came from; at most as many as a turn takes."""
    with suppress(BlockingIOError):
        for _ in range(1000):
            yield sock.recvfrom(65_535)


def loopback() -> socket.socket:
    """Return a UDP socket on a free port of the loopback address."""
    return bound(0)


def bound(port: int) -> socket.socket:
    """Return a UDP socket on a port of the loopback address; 0 for a free one."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        made.setsockopt(socket.SOL_SOCKET, option, _BUFFER_OCTETS)
    made.bind(("127.0.0.1", port))
    made.settimeout(0)
    return made
