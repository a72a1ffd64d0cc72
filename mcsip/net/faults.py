"""What a network in memory does to datagrams: loss, duplication, reordering, delay."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from mcsip.errors import UsageError

REORDER_HOLD_S = 0.8
"""How long a reordered datagram is held back at most: long enough that what is sent right after it
overtakes it, and at times even its own first retransmission (T1 = 0.5 s) [ours]."""


class Fate(NamedTuple):
    """What becomes of one datagram.

    Attributes:
        delays_s: one delay for each copy that arrives; none when it is lost.
        fault: what to note on the trace entry: "lost", "duplicated", "delayed" or None.
    """

    delays_s: tuple[float, ...]
    fault: str | None


@dataclass(frozen=True, slots=True)
class Faults:
    """How unreliable the network is.

    Attributes:
        loss: probability that a datagram is lost.
        duplicate: probability that it arrives twice.
        reorder: probability that it is held back, so that later ones overtake it.
        delay_s: time that every datagram and every piece of a stream takes, in seconds.
        jitter_s: additional time, evenly distributed from 0 to this, in seconds.
    """

    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay_s: float = 0.001
    jitter_s: float = 0.0

    def __post_init__(self) -> None:
        for name in ("loss", "duplicate", "reorder"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise UsageError(f"{name} is {value}, expected a probability from 0 to 1")
        for name in ("delay_s", "jitter_s"):
            if getattr(self, name) < 0.0:
                raise UsageError(f"{name} is {getattr(self, name)}, expected 0 or more seconds")

    def delay(self, rng: random.Random) -> float:
        """Return how long one transmission takes, in seconds."""
        return self.delay_s + (rng.random() * self.jitter_s if self.jitter_s else 0.0)

    def decide(self, rng: random.Random) -> Fate:
        """Decide the fate of one datagram."""
        if self.loss and rng.random() < self.loss:
            return Fate((), "lost")
        delay_s = self.delay(rng)
        fault = None
        if self.reorder and rng.random() < self.reorder:
            delay_s += rng.random() * REORDER_HOLD_S
            fault = "delayed"
        if self.duplicate and rng.random() < self.duplicate:
            return Fate((delay_s, self.delay(rng)), "duplicated")
        return Fate((delay_s,), fault)


class FaultKind(StrEnum):
    """What a fault of a hop does."""

    LOSE = "lose"
    DELAY = "delay"
    DUPLICATE = "duplicate"


@dataclass(slots=True)
class HopFault:
    """What becomes of the messages between certain nodes, whatever the transport.

    Attributes:
        senders: names of the nodes whose messages it takes.
        receivers: names of the nodes to which they are sent.
        matches: tells by its octets whether a message is meant.
        kind: what it does.
        times: how often yet; None: always.
        seconds: how much later the message, or its copy, arrives.
    """

    senders: frozenset[str]
    receivers: frozenset[str]
    matches: Callable[[bytes], bool]
    kind: FaultKind
    times: int | None = 1
    seconds: float = 1.0

    def take(self, sender: str, receiver: str, data: bytes) -> Fate | None:
        """Return what becomes of a message, as additional delays; None: it is not meant."""
        if self.times == 0 or sender not in self.senders or receiver not in self.receivers:
            return None
        if not self.matches(data):
            return None
        if self.times is not None:
            self.times -= 1
        match self.kind:
            case FaultKind.LOSE:
                return Fate((), "lost")
            case FaultKind.DELAY:
                return Fate((self.seconds,), "delayed")
            case FaultKind.DUPLICATE:
                return Fate((0.0, self.seconds), "duplicated")
