"""What an MC service server does when its time comes: deadlines of records, and what is owed.

The store knows them, over stops and crashes. One timer sleeps until the next of them, and each side
of the server does what is due of its records.
"""

import asyncio
from asyncio import gather
from collections.abc import Iterable
from math import nextafter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcsip.nodes.mc_server import McServer

#: The longest that the timer of a server sleeps, in seconds: far deadlines are looked at again
#: [ours].
MAX_SLEEP_S = 3600.0
#: The same where servers share a registry: one that died may have left something due [ours].
SHARED_SLEEP_S = 1.0
#: How long after the records could not be read or written what is due is looked at again, in
#: seconds [ours].
RETRY_S = 1.0
#: How many records and debts that are due are taken up in one go, and the pause before the next, in
#: seconds: what is many does not keep new requests waiting, nor does it flood a partner [ours].
DUE_AT_ONCE = 100
DUE_PAUSE_S = 0.05
#: By how much a timer of the event loop may fire early, in seconds; a float of epoch seconds alone
#: is rounded to 0.24 µs [ours].
TIMER_RESOLUTION_S = 0.001

_NEVER = float("inf")


class Deadlines:
    """The one timer of a server, and what it wakes up for.

    Args:
        server: whose store has the deadlines, and whose sides do what is due.
    """

    def __init__(self, server: "McServer") -> None:
        self._server = server
        self._wake: asyncio.TimerHandle | None = None
        self._wake_at = _NEVER

    def start(self) -> None:
        """Take up what is due or owed."""
        self._server.spawn(self._resume())
        self._arm()

    def stop(self) -> None:
        """Wake up no more."""
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
            self._wake_at = _NEVER

    def expect(self, dues: Iterable[float | None]) -> None:
        """Let the timer come no later than any of these, in epoch seconds."""
        server = self._server
        due = min((due for due in dues if due is not None), default=self._wake_at)
        if server.store.shared:
            due = min(due, server.env.clock.wall() + SHARED_SLEEP_S)
        if due >= self._wake_at or not server.running:
            return
        if self._wake is not None:
            self._wake.cancel()
        delay_s = min(max(due - server.env.clock.wall(), 0.0), MAX_SLEEP_S)
        self._wake_at = due
        self._wake = asyncio.get_running_loop().call_later(delay_s, self._on_wake)

    def _arm(self) -> None:
        """Set the timer to the next deadline or delivery in the store."""
        self.expect([self._server.store.next_due()])

    def _on_wake(self) -> None:
        wall, due = self._server.env.clock.wall(), self._wake_at
        self._wake = None
        self._wake_at = _NEVER
        # A timer may fire a little early by its own resolution; what it was set for is due.
        early = 0.0 < due - wall < TIMER_RESOLUTION_S
        self._server.spawn(self._on_due(due if early else wall))

    async def _on_due(self, wall: float) -> None:
        """Do what is due, and sleep until something else is; what failed is due again soon."""
        try:
            await self._do_due(wall)
            self._arm()
        except Exception:
            self.expect([self._server.env.clock.wall() + RETRY_S])
            raise

    async def _resume(self) -> None:
        """Take up the deliveries that were under way when the server stopped: they are not now."""
        server = self._server
        if server.store.shared:
            return  # other servers are at work on them, and each has its time
        until = server.env.clock.wall() + server.primary.longest_try_s
        while debts := server.store.debts_due(nextafter(until, 0.0), DUE_AT_ONCE):
            await gather(*(server.primary.deliver(debt) for debt in debts))
            await asyncio.sleep(DUE_PAUSE_S)

    async def _do_due(self, wall: float) -> None:
        """Let each side do what is due.

        A little at a time: what has come due while the server was down, or a partner, may be much.
        """
        server = self._server
        store = server.store
        partners = store.partners_due(wall, DUE_AT_ONCE)
        primaries = store.primaries_due(wall, DUE_AT_ONCE)
        failed = await gather(
            *(server.partner.on_due(record.user) for record in partners),
            *(server.primary.on_due(record.user) for record in primaries),
            return_exceptions=True,  # what is due to one user does not wait for another
        )
        debts = store.debts_due(wall, DUE_AT_ONCE)
        failed += await gather(
            *(server.primary.deliver(debt) for debt in debts), return_exceptions=True
        )
        if DUE_AT_ONCE in {len(partners), len(primaries), len(debts)}:
            await asyncio.sleep(DUE_PAUSE_S)
        for error in failed:
            if error is not None:
                raise error
