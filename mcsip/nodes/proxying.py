"""What the nodes that proxy have in common: SIP core and MC gateway server."""

import asyncio
from itertools import chain

from mcsip.mc.roles import Role
from mcsip.net.endpoint import Endpoint
from mcsip.nodes.base import MAX_LOGGED_METHOD, Node
from mcsip.nodes.environment import Environment
from mcsip.sip.build import build_response
from mcsip.sip.errors import ParseError
from mcsip.sip.locate import Locator
from mcsip.sip.message import Request, Response
from mcsip.sip.proxy.hiding import TopologyHiding
from mcsip.sip.proxy.policy import ProxyPolicy, Side
from mcsip.sip.proxy.proxy import Proxy
from mcsip.sip.proxy.route import next_uri
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
        self._locate = Locator()

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
        self._locate = Locator(*self.env.transports())

    async def stop(self) -> None:
        """Stop listening, and forget what is open."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await super().stop()

    def receive(self, transaction: ServerTransaction, request: Request) -> Request | None:
        """Return a request ready for choosing its target, or None: it is taken care of.

        It was refused and answered (16.3), or it came back on our Record-Route: then its dialog
        says where it goes (16.12), and it has been forwarded.

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
        if request.method == "INVITE":
            asyncio.get_running_loop().call_soon(self._arm)  # Timer C, once it is forwarded
        if received is None or not self._is_in_dialog(request, received):
            return received
        self._forward_in_dialog(transaction, received)
        return None

    def on_ack(self, request: Request) -> None:
        """Forward the ACK to a 2xx, which has no transaction (RFC 3261 16.11, 13.2.2.4)."""
        received = self.proxy.receive_ack(request)
        if received is None or not self._is_in_dialog(request, received):
            return
        target, side = self._next_hop(received), self.proxy.side_of(request)
        if target is not None and side is not None:
            self.proxy.forward_ack(request, received, target, side=side)

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:  # noqa: ARG002
        """Pass on a CANCEL (RFC 3261 16.10)."""
        self.proxy.cancel(transaction)

    def on_stray_response(self, response: Response) -> None:
        """Drop a response that matches no transaction: no response is stateless here (16.7)."""

    # --- requests within dialogs

    def _is_in_dialog(self, request: Request, received: Request) -> bool:
        """Tell whether a request came back on our Record-Route (RFC 3261 16.12).

        Args:
            request: as it was received.
            received: as the proxy has prepared it, without our Route.
        """
        if request.to_tag is None:
            return False
        routes, owns = request.routes, self.proxy.policy.owns
        if not owns(routes[0].uri if routes else request.target):
            return False
        side = self.proxy.side_of(request)
        if side is None or (side is Side.OUTWARD and not self._is_from_inside(request)):
            return False
        uri = next_uri(received)
        return uri is not None and not owns(uri) and uri.host.lower() != self.domain

    def _is_from_inside(self, request: Request) -> bool:
        """Tell whether a request came from a node of our system, or a client [ours].

        Our inner Record-Route is no secret: without this anybody could ask us to send anything
        anywhere in our name.
        """
        via = request.via
        host = via.received or via.host
        known = self.env.directory.addresses
        nodes = (node.name for node in self.system.nodes.values())
        names = chain(nodes, self.env.topology.clients)
        return any(host == address.host for name in names for address in known(name).values())

    def _next_hop(self, received: Request) -> Target | None:
        uri = next_uri(received)
        return None if uri is None else self._locate(uri)

    def _forward_in_dialog(self, transaction: ServerTransaction, received: Request) -> None:
        target, side = self._next_hop(received), self.proxy.side_of(transaction.request)
        if target is None or side is None:
            token = self.env.ids.token()
            self.answer(transaction, build_response(transaction.request, 500, to_tag=token))
        else:
            self.proxy.forward(transaction, received, target, side=side)

    # --- Timer C (RFC 3261 16.8)

    def _arm(self) -> None:
        """Set the timer to the next Timer C; one that is set too early stays."""
        deadline = None if self._proxy is None else self._proxy.next_deadline()
        if deadline is None or not self.running:
            return
        if self._timer is None or self._timer.cancelled() or self._timer.when() > deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self.running:
            self.proxy.handle_timer(self.endpoint.now())
            self._arm()

    def send(self, request: Request, target: Target, user: TransactionUser) -> None:
        """Send a request of our own."""
        self.endpoint.send_request(request, target, user)
