"""What all nodes have in common: an endpoint, a place in the topology, background work."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence

from mcsip.errors import McsipError, UsageError
from mcsip.mc.roles import Role
from mcsip.net.endpoint import Endpoint
from mcsip.net.network import ListenSpec
from mcsip.nodes.environment import Environment
from mcsip.nodes.search import Search
from mcsip.sip.build import build_response
from mcsip.sip.message import Request, Response
from mcsip.sip.stack import Target, TransactionUser
from mcsip.sip.transaction import ServerTransaction
from mcsip.sip.uas import Capabilities, check_request
from mcsip.topology import ClientSpec, NodeSpec
from mcsip.trace import NodeInfo

log = logging.getLogger(__name__)

_IN_REPLY = b"\r\nIn-Reply-To: "
#: Longest method in a line of the log, in characters [ours].
MAX_LOGGED_METHOD = 40


class Node:
    """An MC entity or SIP core: the transaction user of one endpoint.

    Subclasses answer ``on_request``. A node can be started and stopped again and again; what it
    must not forget is in its store.

    Args:
        spec: its entry in the topology.
        env: what all nodes have in common.
        role: its role.
    """

    def __init__(self, spec: NodeSpec | ClientSpec, env: Environment, role: Role) -> None:
        self.spec = spec
        self.env = env
        self.role = role
        self.name = spec.name
        self.system = env.topology.systems[spec.system]
        self.domain = self.system.domain
        self._endpoint: Endpoint | None = None
        self._work: set[asyncio.Task[None]] = set()

    @property
    def endpoint(self) -> Endpoint:
        """The node's endpoint; only while it runs."""
        assert self._endpoint is not None, f"{self.name} is not running"
        return self._endpoint

    @property
    def running(self) -> bool:
        """Whether the node runs."""
        return self._endpoint is not None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way: no work, and no request without its final response."""
        return not self._work and (self._endpoint is None or self._endpoint.stack.is_quiet())

    def stays_idle(self, for_s: float) -> bool:  # noqa: ARG002  # for those who act by themselves
        """Tell whether it sends no request in the next seconds, unless it gets one.

        Args:
            for_s: how many seconds.
        """
        return self.is_idle

    def unanswered(self) -> int:
        """Return how many requests wait for their final response, and refused INVITEs for ACK."""
        stack = self.endpoint.stack
        return stack.unanswered() + stack.unacknowledged()

    def refuse_new(self) -> None:
        """Take no new requests from now on."""
        self.endpoint.refuse_new()

    def info(self) -> NodeInfo:
        """Return what reports need to know of the node."""
        return self.env.directory.info(self.name)

    async def start(self) -> None:
        """Listen, and tell the directory where.

        Raises:
            NetworkError: an address cannot be bound.
            UsageError: the topology does not say where to listen.
        """
        if isinstance(self.spec, NodeSpec) and self.spec.lookup is not None:
            raise UsageError(
                f"{self.name} is found by {self.spec.lookup}: to run it here, give it an address to"
                " listen at"
            )
        transports = self.env.transports()
        known = self.env.directory.addresses(self.name)
        port = known[self.spec.transport].port if known else self.spec.port
        if self.spec.transport == "TLS" and "TCP" in transports and port:
            port -= 1  # TLS listens at the port after that of TCP
        endpoint = Endpoint(
            self.name,
            self,
            self.env.ids,
            network=self.env.network,
            listen=ListenSpec(self.spec.host, port, frozenset(transports)),
            trace=self.env.trace,
            tls=self.env.tls.get(self.name),
            timers=self.env.timers,
            limits=self.env.limits,
            clock=self.env.clock,
            on_fault=self._note_fault,
        )
        await endpoint.start()
        self._endpoint = endpoint
        addresses = {transport: endpoint.address(transport) for transport in transports}
        self.env.directory.announce(self.name, addresses, self.spec.transport)
        if self.env.trace is not None:
            self.env.trace.add_node(self.info())
            for address in addresses.values():
                self.env.trace.announce(self.name, address.host, address.port)

    async def stop(self) -> None:
        """Stop listening and drop all work that is under way, as a crash would."""
        endpoint, self._endpoint = self._endpoint, None
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        if endpoint is not None:
            await endpoint.stop()

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Do work in the background; it is dropped when the node stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._on_done)
        return task

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, McsipError):
                log.error("%s: %s", self.name, error)
            else:
                log.error("%s: unexpected fault", self.name, exc_info=error)
                self._note_fault(error)

    def _note_fault(self, error: BaseException) -> None:
        """Keep that this node itself is at fault: a run must not pass over it."""
        self.env.faults.append(f"{self.name} crashed: {type(error).__name__}: {error}")

    def note(self, step: str, clause: str, text: str) -> None:
        """Record an inner step in the trace."""
        self.env.note(self.name, step, clause, text)

    def is_acceptable(
        self, transaction: ServerTransaction, request: Request, capabilities: Capabilities
    ) -> bool:
        """Tell whether a request may be acted on as a UAS; else it has been refused (8.2)."""
        token = self.env.ids.token()
        refused = check_request(request, capabilities, token)
        if refused is None and self.endpoint.stack.is_merged(transaction):
            refused = build_response(request, 482, to_tag=token)  # 8.2.2.2
        if refused is not None:
            self.answer(transaction, refused)
        return refused is None

    def answer(self, transaction: ServerTransaction, response: Response) -> None:
        """Answer a request ourselves; a refusal is logged, in one line."""
        if response.status >= 300:
            self.log_refused(transaction, response.status, response.reason)
        self.endpoint.respond(transaction, response)

    def log_refused(self, transaction: ServerTransaction, status: int, reason: str) -> None:
        """Log that a request was refused."""
        source, method = transaction.source, transaction.request.method[:MAX_LOGGED_METHOD]
        log.info(
            "%s: %s from %s:%d/%s was refused: %d %s",
            self.name,
            method,
            source.host,
            source.port,
            source.transport,
            status,
            reason,
        )

    def target_of(self, node: str) -> Target:
        """Return where a neighbour is reached."""
        return self.env.directory.target(node)

    def send_to(self, node: str, request: Request, user: TransactionUser) -> None:
        """Send a request to a neighbour, wherever it is reached.

        Raises:
            NetworkError: it has no address.
        """
        self.send_to_any(self.env.directory.targets(node), request, user)

    def send_to_any(
        self, targets: Sequence[Target], request: Request, user: TransactionUser
    ) -> None:
        """Send a request to the first of some targets that can be reached (RFC 3263 4.3)."""
        target, *others = targets
        if others:
            user = Search(self.endpoint, request, others, user)
        self.endpoint.send_request(request, target, user)

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        """Answer a new request."""
        raise NotImplementedError

    def favours(self, data: bytes) -> bool:
        """Tell whether a request goes before others under load: it answers an earlier message."""
        return _IN_REPLY in data

    def on_ack(self, request: Request) -> None:
        """Take the ACK of a 2xx: nothing is waiting for one here."""

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        """Take a CANCEL that matched a transaction: nothing is pending here."""

    def on_server_failure(self, transaction: ServerTransaction, reason: str) -> None:
        """Hear that a response was lost, or is too late: the client's transaction says the rest."""
        log.info("%s: %s %s: %s", self.name, transaction.request.method, "failed", reason)

    def on_stray_response(self, response: Response) -> None:
        """Drop a response that matches no transaction (RFC 3261 18.1.2)."""
