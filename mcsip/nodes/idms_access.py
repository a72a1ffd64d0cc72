"""How a client asks an identity management server: directly, or over HTTPS where it is a node.

Both ways come to the same ``Idms``, and say no with the same ``IdmsError``. Over HTTPS only real
sockets are used; in the network in memory a node of the topology is asked directly, and not at all
while it is stopped.
"""

from dataclasses import dataclass, field
from typing import Protocol

from mcsip.errors import NetworkError
from mcsip.mc.oauth import IdmsError, Issued
from mcsip.nodes.environment import Environment
from mcsip.nodes.identities import Identities, OAuthClient
from mcsip.topology import System

EXCHANGE_CLAUSE = "TS 33.180 B.7.3"
REQUEST_CLAUSE = "TS 33.180 B.7.5"


@dataclass(frozen=True, slots=True)
class Granted:
    """A token that a client was given.

    Attributes:
        token: the token.
        mc_id: the MC service ID that goes with it, where the server says so, else None.
    """

    token: str = field(repr=False)
    mc_id: str | None = None


class IdmsAccess(Protocol):
    """One identity management server, as one client sees it.

    Each method raises ``IdmsError`` when the server says no, and ``NetworkError`` when it cannot be
    asked.
    """

    async def login(self, username: str, password: str, scope: str) -> Granted:
        """Get an access token as a user of this system."""
        ...

    async def exchange(self, subject_token: str, target: str) -> Granted:
        """Get a security token for a partner (TS 33.180 B.7.2)."""
        ...

    async def redeem(self, security_token: str, scope: str) -> Granted:
        """Get an access token for a security token (TS 33.180 B.7.4)."""
        ...


class DirectAccess:
    """The way without HTTPS.

    Args:
        system: the server's system.
        identities: the servers of all systems.
        client: who asks.
        env: what all nodes have in common.
        name: the client's name; it stands in the notes of the trace where the server is no node.
    """

    def __init__(
        self,
        system: System,
        identities: Identities,
        client: OAuthClient,
        env: Environment,
        name: str,
    ) -> None:
        self._idms = identities.idms(system)
        self._identities = identities
        self._client_id = client.client_id
        self._env = env
        self._name = name if system.idms is None else system.idms.name

    async def login(self, username: str, password: str, scope: str) -> Granted:
        """Get an access token as a user of this system."""
        self._check_running()
        wall = self._env.clock.wall()
        issued = self._idms.login(self._client_id, username, password, scope, wall)
        return Granted(issued.token, issued.mc_id)

    async def exchange(self, subject_token: str, target: str) -> Granted:
        """Get a security token for a partner (TS 33.180 B.7.2)."""
        self._check_running()
        wall = self._env.clock.wall()
        try:
            issued = self._idms.exchange(self._client_id, subject_token, target, wall)
        except IdmsError as fault:
            self._note(EXCHANGE_CLAUSE, fault)
            raise
        self._note(EXCHANGE_CLAUSE, issued)
        return Granted(issued.token)

    async def redeem(self, security_token: str, scope: str) -> Granted:
        """Get an access token for a security token (TS 33.180 B.7.4)."""
        self._check_running()
        wall = self._env.clock.wall()
        try:
            issued = self._idms.redeem(self._client_id, security_token, scope, wall)
        except IdmsError as fault:
            self._note(REQUEST_CLAUSE, fault)
            raise
        self._note(REQUEST_CLAUSE, issued)
        return Granted(issued.token, issued.mc_id)

    def _note(self, clause: str, outcome: Issued | IdmsError) -> None:
        self._env.note(self._name, "", clause, note_text(self._idms.issuer, outcome))

    def _check_running(self) -> None:
        if self._name in self._identities.stopped:
            raise NetworkError(f"{self._name} does not answer")


def note_text(issuer: str, outcome: Issued | IdmsError) -> str:
    """Return what the trace says of a request; it never holds a token."""
    if isinstance(outcome, Issued):
        return f"{issuer}: {outcome.text}"
    return f"{issuer} refuses, {outcome.reason}: {outcome.message}"


def access_to(
    system: System, identities: Identities, client: OAuthClient, env: Environment, name: str
) -> IdmsAccess:
    """Return how a client asks the identity management server of a system.

    Args:
        system: the system.
        identities: the servers of all systems.
        client: who asks.
        env: what all nodes have in common.
        name: the client's name.
    """
    node = system.idms
    if node is not None and not env.network.in_memory:
        from mcsip.nodes.idms_https import HttpsAccess

        return HttpsAccess(node, client, env, name)
    return DirectAccess(system, identities, client, env, name)
