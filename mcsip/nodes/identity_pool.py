"""The MC service IDs that a system issues to visitors, and which of them are free (TR 23.781).

An ID is issued when the user authenticates ("this process may also allocate a temporary identity",
TR 23.781 6.x.1 [seed]). It stays with the user for as long as the system holds a record of the
visit, and is free again when that ends; an ID that was issued and never used is free when the token
that names it has expired. A system may also issue none: its visitors then use the ID of their
primary system. The form of an ID, unless the system has a list of them, is [ours].

Who has an ID by a record is asked of the records; only what was issued lately is kept here, so that
neither the memory nor the start of a server grows with the number of its visitors.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mcsip.errors import McsipError
from mcsip.mc.identity import canonical_id
from mcsip.sip.ids import IdSource
from mcsip.store.port import Store
from mcsip.topology import System, Topology

#: How long an ID that was issued stays with its user before a record of the visit begins, in
#: seconds: as long as the token that names it is valid [ours].
LEASE_S = 3600.0
_ID_LETTERS = 8
#: From how many IDs on those whose lease is over are looked for, at each doubling [ours].
FIRST_SWEEP = 1_000


class NoIdentityError(McsipError):
    """All MC service IDs of a system's list are with other users."""


@dataclass(slots=True)
class _Issued:
    """An ID that is with a user: until a time, and while there is a record."""

    mc_id: str
    until: float
    held: bool = False


class IdentityPool:
    """The IDs of one system for visitors.

    Args:
        system: the system.
        ids: source of IDs where the system has no list of them.
        wall: the time, in seconds since the epoch.
    """

    def __init__(self, system: System, ids: IdSource, wall: Callable[[], float]) -> None:
        self._stores: list[Callable[[], Store | None]] = []
        self._owners: dict[str, str] = {}
        self._sweep_at = FIRST_SWEEP
        self._system = system
        self._ids = ids
        self._wall = wall
        self._fixed = {canonical_id(user.mc_id): user.partner_id for user in system.provisioned}
        self._issued: dict[str, _Issued] = {}

    @property
    def kept(self) -> int:
        """How many IDs are kept in memory."""
        return len(self._issued)

    def ask(self, store: Callable[[], Store | None]) -> None:
        """Ask also these records who is here under which ID.

        Args:
            store: gives the records of a server of the system; None while they are closed.
        """
        self._stores.append(store)

    def issue(self, user: str) -> str:
        """Return the ID that a user has here, and give it one if it has none.

        Args:
            user: MC service ID in the primary.

        Raises:
            NoIdentityError: none is free.
        """
        if user in self._fixed:
            return self._fixed[user]
        if not self._system.temporary_identities:
            return user
        wall = self._wall()
        issued = self._issued.get(user)
        if issued is None:
            issued = self._add(user, self._id_on_record(user) or self._free_id(wall), wall)
        issued.until = wall + LEASE_S
        return issued.mc_id

    def _add(self, user: str, mc_id: str, wall: float) -> _Issued:
        if len(self._issued) >= self._sweep_at:
            for each in [user for user, it in self._issued.items() if it.until <= wall]:
                self._forget(each)
            self._sweep_at = max(FIRST_SWEEP, 2 * len(self._issued))
        self._forget(user)
        self._owners[mc_id] = user
        issued = self._issued[user] = _Issued(mc_id, wall)
        return issued

    def _forget(self, user: str) -> None:
        issued = self._issued.pop(user, None)
        if issued is not None and self._owners.get(issued.mc_id) == user:
            del self._owners[issued.mc_id]

    def _id_on_record(self, user: str) -> str | None:
        for store in self._open_stores():
            record = store.partner(user)
            mc_id = record.partner_id or (record.former.partner_id if record.former else None)
            if mc_id is not None:
                return mc_id
        return None

    def _owner(self, mc_id: str) -> str | None:
        """Return who has an ID, as far as is known, or None."""
        if (owner := self._owners.get(mc_id)) is not None:
            return owner
        records = (store.partner_by_partner_id(mc_id) for store in self._open_stores())
        return next((record.user for record in records if record is not None), None)

    def _open_stores(self) -> Iterator[Store]:
        return (store for each in self._stores if (store := each()) is not None)

    def _free_id(self, wall: float) -> str:
        pool = self._system.identity_pool
        if not pool:
            return f"sip:visitor-{self._ids.token()[:_ID_LETTERS]}@{self._system.domain}"
        gone = [user for user, it in self._issued.items() if not it.held and it.until <= wall]
        for user in gone:
            self._forget(user)
        free = next((mc_id for mc_id in pool if self._owner(mc_id) is None), None)
        if free is None:
            raise NoIdentityError(f"{self._system.domain} has no MC service ID left for visitors")
        return free

    def is_of(self, mc_id: str, user: str) -> bool:
        """Tell whether an ID may be a user's: it is not known to be with somebody else."""
        return self._owner(mc_id) in {None, user}

    def hold(self, user: str, mc_id: str | None) -> None:
        """Note that there is a record of a user's visit under an ID; None: under none."""
        if mc_id is not None and user not in self._fixed:
            self._add(user, mc_id, self._wall()).held = True

    def release(self, user: str) -> None:
        """Note that the record of a user's visit has ended; an ID issued anew since then stays."""
        issued = self._issued.get(user)
        if issued is None:
            return
        issued.held = False
        if issued.until <= self._wall():
            self._forget(user)


class IdentityPools:
    """The pools of all systems of a topology, by domain.

    Args:
        topology: the systems.
        ids: source of IDs.
        wall: the time, in seconds since the epoch.
    """

    def __init__(self, topology: Topology, ids: IdSource, wall: Callable[[], float]) -> None:
        self._pools = {
            system.domain: IdentityPool(system, ids, wall) for system in topology.systems.values()
        }

    def of(self, domain: str) -> IdentityPool:
        """Return the pool of the system that has a domain."""
        return self._pools[domain]
