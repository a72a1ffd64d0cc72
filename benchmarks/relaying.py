"""What a benchmark needs of whatever relays: where it listens, and its CPU time."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from mcsip.trace import Peer


class Relaying(Protocol):
    """A process that relays between two neighbours, started by the benchmark."""

    @property
    def address(self) -> Peer:
        """Where the inner neighbour sends its MESSAGEs."""

    def cpu_s(self) -> float:
        """Return the CPU seconds that it has used, user and system."""


#: Starts a relaying process between an inner and an outer neighbour, and ends it.
Start = Callable[[Peer, Peer], AbstractContextManager[Relaying]]
