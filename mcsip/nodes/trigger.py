"""The primary's MC service server tells a client to migrate (TS 23.280 5.2.9.1 [seed]).

The seeds say that the primary may trigger a migration, and not how: one MESSAGE to the client, with
the partner system and the user profile, is [ours]. The client then migrates by itself.
"""

import asyncio

from mcsip.mc.info import Info
from mcsip.mc.messages import TRIGGER
from mcsip.migration.authorization import primary_check
from mcsip.migration.decision import Decision
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.outcomes import LoggingUser
from mcsip.sip.message import Response
from mcsip.sip.transaction import ClientTransaction

CLAUSE = "TS 23.280 5.2.9.1"


class _TellUser(LoggingUser):
    """The user of the transaction that carries the trigger."""

    __slots__ = ("status",)

    def __init__(self, node: str) -> None:
        super().__init__(node, TRIGGER)
        self.status: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()

    def on_response(self, transaction: ClientTransaction, response: Response) -> None:
        """The client took it, or somebody on the way could not deliver it."""
        super().on_response(transaction, response)
        if response.status >= 200:
            self._settle(response.status)

    def on_timeout(self, transaction: ClientTransaction) -> None:
        """Nobody answered."""
        super().on_timeout(transaction)
        self._settle(None)

    def on_transport_error(self, transaction: ClientTransaction, reason: str) -> None:
        """It could not be sent."""
        super().on_transport_error(transaction, reason)
        self._settle(None)

    def _settle(self, status: int | None) -> None:
        if not self.status.done():
            self.status.set_result(status)


async def trigger_migration(
    server: McServer, user: str, partner: str, profile: int
) -> Decision | int | None:
    """Tell the client of a user to migrate, if the user may.

    Args:
        server: the MC service server that serves the user.
        user: MC service ID of the user, who is registered at the own SIP core.
        partner: domain of the partner system.
        profile: index of the user profile.

    Returns:
        Why the user may not migrate there; else the final status of the message, or None when
        there was none.

    Raises:
        NetworkError: the system has no SIP core that runs.
    """
    decision = primary_check(
        server.system.users.get(user),
        profile,
        server.env.topology.agreements.between(server.domain, partner),
        primary=server.domain,
        partner=partner,
    )
    server.note("", CLAUSE, f"trigger migration of {user} to {partner}: {decision.text}")
    if not decision.permitted:
        return decision
    info = Info(
        server.env.service,
        TRIGGER,
        primary_id=user,
        profile_index=profile,
        partner_system=partner,
    )
    told = _TellUser(server.name)
    server.tell_client(info, user, None, told)
    return await told.status
