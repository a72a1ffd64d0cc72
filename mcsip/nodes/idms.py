"""The node of an identity management server: it speaks HTTPS, and no SIP (TS 33.180 5.1.4 [read]).

Its decisions are ``mc.idms``; its endpoint, on aiohttp and Authlib, is loaded when it starts. In
the network in memory there is no HTTPS: clients ask ``mc.idms`` directly (``idms_access``).
"""

from typing import TYPE_CHECKING

from mcsip.errors import NetworkError
from mcsip.mc.roles import Role
from mcsip.nodes.base import Node
from mcsip.nodes.environment import Environment
from mcsip.nodes.identities import Identities
from mcsip.topology import NodeSpec
from mcsip.trace import Peer

if TYPE_CHECKING:
    from mcsip.nodes.idms_server import IdmsServer


class IdmsNode(Node):
    """One identity management server.

    Args:
        spec: its entry in the topology.
        env: what all nodes have in common.
        identities: the identity management of all systems.
    """

    def __init__(self, spec: NodeSpec, env: Environment, identities: Identities) -> None:
        super().__init__(spec, env, Role.IDMS)
        self._identities = identities
        self._server: IdmsServer | None = None
        self._runs = False
        identities.stopped.add(self.name)

    @property
    def running(self) -> bool:
        """Whether the node runs."""
        return self._runs

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way: whoever asks waits for the answer."""
        return True

    def unanswered(self) -> int:
        """Return how many SIP requests wait for an answer: it speaks no SIP."""
        return 0

    def refuse_new(self) -> None:
        """Go on: those who are still served may need a token."""

    async def start(self) -> None:
        """Listen, and tell the directory where.

        Raises:
            NetworkError: the address cannot be bound, or the certificate not be used.
        """
        trace = self.env.trace
        if trace is not None:
            trace.add_node(self.info())
        if not self.env.network.in_memory:
            address = await self._listen()
            self.env.directory.announce(self.name, {self.spec.transport: address}, "TLS")
            if trace is not None:
                trace.announce(self.name, address.host, address.port)
        self._identities.stopped.discard(self.name)
        self._runs = True

    async def _listen(self) -> Peer:
        from mcsip.net.tls import server_context
        from mcsip.nodes.idms_oauth import TokenEndpoint
        from mcsip.nodes.idms_server import IdmsServer

        config = self.env.tls.get(self.name)
        if config is None:
            raise NetworkError(f"{self.name} has no certificate")
        endpoint = TokenEndpoint(
            self._identities.idms(self.system),
            self._identities.oauth_clients,
            self.env.clock.wall,
            lambda clause, text: self.note("", clause, text),
        )
        known = self.env.directory.addresses(self.name).get("TLS")
        self._server = IdmsServer(endpoint, server_context(config), self.env.clock.wall)
        return await self._server.start(self.spec.host, known.port if known else self.spec.port)

    async def stop(self) -> None:
        """Stop listening."""
        self._runs = False
        self._identities.stopped.add(self.name)
        server, self._server = self._server, None
        if server is not None:
            await server.stop()
