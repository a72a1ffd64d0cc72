"""How much a stack takes on before it refuses (RFC 3261 21.5.4).

What is refused is answered 503 with Retry-After, without a transaction. Two things can run out.

*Memory.* Every request takes some until its transaction is gone, which over UDP is 32 s after its
answer. ``server_transactions`` and ``unfinished`` bound that.

*Time.* Where more arrives than is done, whatever is accepted waits longer and longer, until nobody
waits for its answer any more. So the core is given ``at_once`` new requests, and further ones
wait, until the shell has read what else has arrived and calls ``Stack.handle_waiting``; responses,
and all that belongs to something under way, pass them. A queue that is full says that more arrives
than is done; what finds it full is refused. What waits in it is done while its client still waits.
"""

import sys
from dataclasses import dataclass

REFUSED_FOR_ONE = 4
"""How many requests are read and refused before one that waits is done: that takes about as long,
so that half of the time is left for work [ours]."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a stack takes on.

    The first limit holds for every request. The next two do not hold for what belongs to something
    under way: CANCEL, requests within a dialog, and what the core favours.

    Attributes:
        server_transactions: how many at a time, also those that are answered and stay to answer
            repetitions [ours].
        unfinished: how many of them without a final response [ours].
        waiting: how many of these in front of the core [ours].
        at_once: how many new requests the core is given between two calls of ``handle_waiting``;
            None: all of them [ours].
        retry_after_s: the Retry-After of the 503, in seconds [ours].
        path_mtu_octets: the path MTU, or None when it is unknown (RFC 3261 18.1.1).
    """

    server_transactions: int = 150_000
    unfinished: int = 20_000
    waiting: int = 500
    at_once: int | None = None
    retry_after_s: int = 5
    path_mtu_octets: int | None = None

    @property
    def turn(self) -> int:
        """How many new requests the core is given in one turn."""
        return sys.maxsize if self.at_once is None else self.at_once
