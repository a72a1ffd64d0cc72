"""The records of all systems that can be read, held against each other once things are quiet.

Records are read from the servers that run here, and from the databases of servers elsewhere. Those
of somebody else's servers cannot be read: they are named, and nothing is said of them.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mcsip.mc.identity import canonical_id
from mcsip.migration.agreement import (
    Disagreement,
    SystemRecords,
    disagreements,
    is_served,
    unsettled,
)
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.simulation import Simulation
from mcsip.store.open import open_for_reading
from mcsip.store.port import Store, StoreError
from mcsip.topology import System

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
"""How often it is looked whether things are quiet: the pause doubles up to this [ours]."""
MAX_TOLD = 20
"""Users who are told of by name [ours]."""


class Agree(StrEnum):
    """Whether records agree."""

    YES = "pass"
    NO = "fail"
    OPEN = "inconc"
    """They do not, or not all do, and something is still owed or waited for."""
    UNKNOWN = "none"
    """There is nothing to compare."""
    ERROR = "error"
    """Records that are there cannot be read."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What came of comparing the records.

    Attributes:
        verdict: whether they agree.
        away: users whom a primary says to have migrated.
        visitors: visitors whom a partner serves or remembers.
        found: the first users of whom records do not agree.
        more: how many more there are.
        waiting: users about whom something is still owed or waited for.
        unread: servers whose records cannot be read, by name.
        reason: why nothing was compared, or "".
    """

    verdict: Agree
    away: int = 0
    visitors: int = 0
    found: tuple[Disagreement, ...] = ()
    more: int = 0
    waiting: int = 0
    unread: tuple[str, ...] = ()
    reason: str = ""


class Records:
    """The records of a topology's servers.

    Args:
        simulation: the servers that run here.
        databases: the databases of others, by the name of the server.

    """

    def __init__(
        self, simulation: Simulation, databases: Mapping[str, Path | str] | None = None
    ) -> None:
        self._simulation = simulation
        self._databases = dict(databases or {})
        self._systems = list(simulation.topology.systems.values())
        servers = [server.name for system in self._systems for server in system.servers]
        self.unread = tuple(name for name in servers if not self._is_readable(name))

    def _is_readable(self, name: str) -> bool:
        shared = self._simulation.topology.system_of(name).store is not None
        return shared or name in self._databases or self._ours(name) is not None

    def _ours(self, name: str) -> McServer | None:
        node = self._simulation.nodes.get(name)
        return node if isinstance(node, McServer) else None

    def check(self) -> None:
        """Check that the records of servers elsewhere can be read.

        Raises:
            MissingToolError: psycopg is needed and not installed.
            StoreError: a database cannot be read.
            UsageError: the URL of a database is none.
        """
        for system in self._systems:
            for spec in system.servers:
                if spec.name not in self.unread and self._ours(spec.name) is None:
                    self._server(spec.name)

    def away(self, users: Collection[str]) -> frozenset[str]:
        """Return those of some users whom a primary says to have migrated, in canonical form.

        Args:
            users: MC service IDs in their primaries, in canonical form.

        Raises:
            StoreError: a database cannot be read.
        """
        found = (record for system in self.read() for record in system.users)
        away = {canonical_id(record.user) for record in found if record.current is not None}
        return frozenset(away.intersection(users))

    def unserved(self, stays: Mapping[str, str]) -> list[Disagreement]:
        """Return the users of whom the records of the system where they are do not know.

        Args:
            stays: the domain of the system where each is, as it was told, by MC service ID in the
                primary; systems whose records cannot be read are asked nothing.

        Raises:
            StoreError: a database cannot be read.
        """
        served = {
            system.domain: {canonical_id(v.user) for v in system.visitors if is_served(v)}
            for system in self.read()
        }
        return [
            Disagreement(
                user,
                f"was told that {domain} serves it, and its records (of this run?) say otherwise",
            )
            for user, domain in stays.items()
            if domain in served and canonical_id(user) not in served[domain]
        ]

    def read(self) -> list[SystemRecords]:
        """Return the records of every system all of whose servers' records can be read.

        Raises:
            StoreError: a database cannot be read.
        """
        unread = set(self.unread)
        whole = (s for s in self._systems if unread.isdisjoint(n.name for n in s.servers))
        return [self._system(system) for system in whole]

    def _system(self, system: System) -> SystemRecords:
        parts = [self._server(spec.name) for spec in system.servers]
        if system.store is not None:
            parts = parts[:1]  # all its servers have the same records
        return SystemRecords(
            system.domain,
            tuple(record for part in parts for record in part.users),
            tuple(record for part in parts for record in part.visitors),
            frozenset[str]().union(*(part.owed for part in parts)),
        )

    def _server(self, name: str) -> SystemRecords:
        ours = self._ours(name)
        if ours is not None:
            return _records(ours.domain, ours.store)
        system = self._simulation.topology.system_of(name)
        place = self._databases.get(name) or system.store
        assert place is not None, "it can be read"
        return read_records(system.domain, place)


def read_records(domain: str, place: Path | str) -> SystemRecords:
    """Return the records of a system's server from its database, also while it runs.

    Args:
        domain: the system's domain.
        place: the file, or the URL of a database.

    Raises:
        MissingToolError: psycopg is needed and not installed.
        StoreError: the database cannot be read.
    """
    store = open_for_reading(place)
    try:
        with store.reading():
            return _records(domain, store)
    finally:
        store.close()


def _records(domain: str, store: Store) -> SystemRecords:
    owed = frozenset(debt.user for debt in store.debts())
    return SystemRecords(domain, tuple(store.primaries()), tuple(store.partners()), owed)


def compare(records: Records) -> Agreement:
    """Compare the records as they are now.

    Raises:
        StoreError: a database cannot be read.
    """
    systems = records.read()
    unread = records.unread
    if len(systems) < 2:
        reason = f"the records of {', '.join(unread)} cannot be read" if unread else "one system"
        return Agreement(Agree.UNKNOWN, unread=unread, reason=reason)
    found = list(disagreements(systems))
    waiting = unsettled(systems)
    verdict = Agree.YES
    if any(not each.open for each in found):
        verdict = Agree.NO
    elif found or waiting:
        verdict = Agree.OPEN
    return Agreement(
        verdict,
        away=sum(record.current is not None for system in systems for record in system.users),
        visitors=sum(len(system.visitors) for system in systems),
        found=tuple(found[:MAX_TOLD]),
        more=len(found[MAX_TOLD:]),
        waiting=len(waiting),
        unread=unread,
    )


async def settled_agreement(
    records: Records,
    within_s: float,
    *,
    enough: asyncio.Event | None = None,
    tell: Callable[[Agreement], None] = lambda _found: None,
) -> Agreement:
    """Wait until the records agree and nothing is owed, and return what came of it.

    A database that cannot be read may be so for a moment only: it is read again until time is up.

    Args:
        records: the records.
        within_s: how long that may take, in seconds of the loop.
        enough: when it is set, no more is waited.
        tell: hears how it stands, each time that it is to be looked again.
    """
    loop = asyncio.get_running_loop()
    enough = enough or asyncio.Event()
    until, pause_s = loop.time() + within_s, FIRST_PAUSE_S
    while True:
        try:
            found = compare(records)
        except StoreError as error:
            found = Agreement(Agree.ERROR, unread=records.unread, reason=str(error))
        settled = found.verdict in {Agree.YES, Agree.UNKNOWN}
        if settled or enough.is_set() or loop.time() >= until:
            return found
        tell(found)
        with suppress(TimeoutError):
            async with asyncio.timeout(min(pause_s, max(0.0, until - loop.time()))):
                await enough.wait()
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
