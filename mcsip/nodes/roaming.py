"""A client that migrates by itself: when its primary system tells it to, or for where it is.

Clause: TS 23.280 5.2.9.1, "migration may be triggered by the primary MC system or may be requested
by the MC service client due to its geographical changes" [seed].
"""

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from mcsip.mc.identity import canonical_id
from mcsip.mc.info import Info
from mcsip.migration.geography import Position, choose_system
from mcsip.nodes.client_outcome import MigrationOutcome

if TYPE_CHECKING:
    from mcsip.nodes.client import Client

CLAUSE = "TS 23.280 5.2.9.1"


class Journey(NamedTuple):
    """What came of a change of place.

    Attributes:
        system: name of the system that the client went to; None: it stayed where it was.
        outcome: how that ended; None: it stayed.
    """

    system: str | None = None
    outcome: MigrationOutcome | None = None


class Roaming:
    """What a client does by itself.

    Args:
        client: the client.
    """

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._waiting: list[asyncio.Future[MigrationOutcome]] = []
        #: Where it is; None where that is not known.
        self.position: Position | None = None

    async def migrate(self, system: str, profile: int) -> "MigrationOutcome":
        """Authenticate and register in a partner system, and ask to migrate there.

        Where the two systems are not interconnected, the own system's identity management is asked
        first (TR 23.700-90 [seed]).

        Args:
            system: name of the partner system.
            profile: index of the user profile.

        Raises:
            NetworkError: the SIP core cannot be reached, or does not answer.
        """
        client = self._client
        topology = client.env.topology
        partner = topology.systems[system]
        agreement = topology.agreements.between(client.domain, partner.domain)
        if agreement is not None and not agreement.interconnection:
            await client.authenticate(client.system.name, for_system=system)
        else:
            await client.authenticate(system)
        status = await client.register(system)
        if status != 200:
            return MigrationOutcome("failed", "not-registered", status=status)
        return await client.migrate(system, profile)

    async def move(self, place: Position) -> Journey:
        """Be somewhere else, and go to the system that serves there.

        Args:
            place: where the client is now.

        Raises:
            NetworkError: a SIP core cannot be reached, or does not answer.
        """
        client = self._client
        self.position = place
        topology = client.env.topology
        systems = {each.domain: each for each in topology.systems.values()}
        user = client.system.users.get(client.mc_id)
        choice = choose_system(
            place,
            {domain: each.service_area for domain, each in systems.items()},
            user.profiles if user is not None else {},
            home=client.domain,
            current=topology.systems[client.place].domain,
        )
        if choice is None:
            self._note(f"at {place.latitude:g}, {place.longitude:g}: stays")
            return Journey()
        name = systems[choice.domain].name
        self._note(f"at {place.latitude:g}, {place.longitude:g}: goes to {choice.domain}")
        if choice.profile is None:
            return Journey(name, await client.return_home())
        return Journey(name, await self.migrate(name, choice.profile))

    # Triggered by the primary

    def take_trigger(self, info: Info) -> tuple[int, str | None]:
        """Take the primary's word to migrate; return status and reason phrase of the answer."""
        client = self._client
        system = client.env.topology.with_domain(info.partner_system or "")
        if canonical_id(info.primary_id or "") != canonical_id(client.mc_id):
            return 403, "the message is for another user"
        if system is None or system is client.system or info.profile_index is None:
            return 404, "there is no such partner system"
        self._note(f"told to migrate to {system.domain} with profile {info.profile_index}")
        client.spawn(self._follow(system.name, info.profile_index))
        return 200, None

    async def _follow(self, system: str, profile: int) -> None:
        """Migrate as told; whoever waits hears how it ended."""
        waiting, self._waiting = self._waiting, []
        try:
            outcome = await self.migrate(system, profile)
        except Exception as error:
            for future in waiting:
                if not future.done():
                    future.set_exception(error)
            raise
        for future in waiting:
            if not future.done():
                future.set_result(outcome)

    def await_outcome(self) -> asyncio.Future[MigrationOutcome]:
        """Return what will be the outcome of the next migration that the primary triggers."""
        future: asyncio.Future[MigrationOutcome] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        return future

    def _note(self, text: str) -> None:
        self._client.note("", CLAUSE, text)
