"""What the nodes that proxy have in common: SIP core and MC gateway server."""

import asyncio

from mcsip.mc.roles import Role
from mcsip.net.endpoint import Endpoint
from mcsip.nodes.base import MAX_LOGGED_METHOD, Node
from mcsip.nodes.environment import Environment
from mcsip.sip.errors import ParseError
from mcsip.sip.message import Request, Response
from mcsip.sip.proxy.hiding import TopologyHiding
from mcsip.sip.proxy.policy import ProxyPolicy
from mcsip.sip.proxy.proxy import Proxy
from mcsip.sip.stack import Target, TransactionUser
from mcsip.sip.status import reason_phrase
from mcsip.sip.transaction import ClientTransaction, ServerTransaction
from mcsip.topology import NodeSpec
from mcsip.trace import Peer


def route_uri(address: Peer, transport: str) -> str:
    """Return the loose route to an address (RFC 3261 16.12, 19.1.1)."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    parameter = "" if transport == "UDP" else f";transport={transport.lower()}"
    return f"sip:{host}:{address.port}{parameter};lr"


class EndpointPort:
    """What a proxy needs of a node's endpoint.

    Args:
        endpoint: the endpoint, running.
    """

    __slots__ = ("_endpoint", "respond", "send_request")

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.send_request = endpoint.send_request
        self.respond = endpoint.respond

    @property
    def now(self) -> float:
        """The time, in monotonic seconds."""
        return self._endpoint.now()

    def send_ack(self, request: Request, target: Target) -> None:
        """Send an ACK to a 2xx, which has no transaction (RFC 3261 13.2.2.4)."""
        self._endpoint.send_ack(request, target)

    def cancel(self, transaction: ClientTransaction, user: TransactionUser) -> None:
        """Cancel an INVITE that we sent (RFC 3261 9.1)."""
        self._endpoint.cancel(transaction, user)


class ProxyNode(Node):
    """A node that forwards.

    Args:
        spec: its entry in the topology.
        env: what all nodes have in common.
        role: its role.
    """

    def __init__(self, spec: NodeSpec, env: Environment, role: Role) -> None:
        super().__init__(spec, env, role)
        self._proxy: Proxy | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def proxy(self) -> Proxy:
        """The proxy; only while the node runs."""
        assert self._proxy is not None, f"{self.name} is not running"
        return self._proxy

    def make_hiding(self) -> TopologyHiding | None:
        """Return how the topology is hidden; None: it is not."""
        return None

    async def start(self) -> None:
        """Listen, and make the proxy with the addresses that came of it."""
        await super().start()
        addresses = self.env.directory.addresses(self.name)
        preferred = self.spec.transport
        policy = ProxyPolicy(
            own=frozenset((address.host, address.port) for address in addresses.values()),
            route_uri=route_uri(addresses[preferred], preferred),
            hiding=self.make_hiding(),
        )
        self._proxy = Proxy(EndpointPort(self.endpoint), self.env.ids, policy)

    def receive(self, transaction: ServerTransaction, request: Request) -> Request | None:
        """Return a request ready for choosing its target, or None: refused and answered (16.3).

        Raises:
            ParseError: CSeq is missing, malformed or of another method; the stack answers it.
        """
        # Responses are matched by the method of CSeq (17.1.3): without it there is no answer.
        if request.cseq.method != request.method:
            raise ParseError(
                f"CSeq is of another method: {request.cseq.method[:MAX_LOGGED_METHOD]}"
            )
        received = self.proxy.receive(transaction, request)
        status = transaction.answered or 0
        if received is None and status >= 300:
            self.log_refused(transaction, status, reason_phrase(status))
        return received

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:  # noqa: ARG002
        """Pass on a CANCEL (RFC 3261 16.10)."""
        self.proxy.cancel(transaction)

    def on_stray_response(self, response: Response) -> None:
        """Drop a response that matches no transaction: no response is stateless here (16.7)."""

    def send(self, request: Request, target: Target, user: TransactionUser) -> None:
        """Send a request of our own."""
        self.endpoint.send_request(request, target, user)
