"""An endpoint: one stack, its transports, one timer.

The stack is pure: it takes messages and the time, and gives packets and the next deadline. The
endpoint is the shell that turns the world into that. After every input, whatever it was, it
*pumps*: packets go out, and the timer is set to the next deadline. All of this is synchronous; no
task is made for a message. A core may send from inside its callbacks: its packets leave with the
pump that follows.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVarTuple

from mcsip.errors import UsageError
from mcsip.net.clock import Clock, RealClock, running_clock
from mcsip.net.limits import REQUESTS_AT_ONCE
from mcsip.net.network import (
    Attachment,
    ListenSpec,
    Network,
    Recorder,
    RequestTimeoutError,
    TransportError,
)
from mcsip.net.tls import TlsConfig
from mcsip.sip.ids import IdSource
from mcsip.sip.limits import Limits
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import Malformed
from mcsip.sip.stack import Core, Stack, TransactionUser
from mcsip.sip.timers import Timers
from mcsip.sip.transaction import ClientTransaction, ServerTransaction
from mcsip.sip.transport_rules import Packet, Source, Target
from mcsip.trace import Peer, Trace
from mcsip.undelivered import CLAUSE, describe_undelivered

_log = logging.getLogger(__name__)

_NEVER = float("inf")
DEFAULT_LIMITS = Limits(at_once=REQUESTS_AT_ONCE)
"""What the stack of an endpoint takes on."""

_Inputs = TypeVarTuple("_Inputs")


class Endpoint:
    """A node's way to the network. Call ``start`` first and ``stop`` last.

    Args:
        name: the node's name, as it stands in the trace.
        core: gets new requests.
        ids: source of branches.
        network: where the endpoint is attached.
        listen: where it listens.
        trace: gets every message sent or received; None costs nothing.
        tls: certificates; needed where TLS is used.
        timers: the durations of RFC 3261 17.
        limits: what the stack takes on.
        clock: tells the time; by default the one that fits the running loop.
        on_fault: is told of an exception of the core, which is a bug; the endpoint goes on.
    """

    def __init__(
        self,
        name: str,
        core: Core,
        ids: IdSource,
        *,
        network: Network,
        listen: ListenSpec | None = None,
        trace: Trace | None = None,
        tls: TlsConfig | None = None,
        timers: Timers | None = None,
        limits: Limits | None = None,
        clock: Clock | None = None,
        on_fault: Callable[[Exception], None] | None = None,
    ) -> None:
        self.name = name
        self._core = core
        self._ids = ids
        self._network = network
        self._listen = listen if listen is not None else ListenSpec()
        self._trace = trace
        self._tls = tls
        self._timers = timers if timers is not None else Timers()
        self._limits = limits if limits is not None else DEFAULT_LIMITS
        self._clock = clock
        self._on_fault = on_fault
        self._now: Callable[[], float] = (clock if clock is not None else RealClock()).now
        self._attachment: Attachment | None = None
        self._stack: Stack | None = None
        self._recorder: Recorder | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._armed_at = _NEVER
        self._busy = False
        self._turning = False
        self._failures: list[tuple[Packet, str]] = []
        self._pending: set[_PendingRequest] = set()

    async def start(self) -> None:
        """Bind the addresses and begin to listen.

        Raises:
            NetworkError: an address cannot be bound, or a certificate not be used.
            UsageError: the endpoint runs already, or its transports make no sense.
        """
        if self._attachment is not None:
            raise UsageError(f"{self.name} runs already")
        clock = self._clock = self._clock if self._clock is not None else running_clock()
        self._now = clock.now
        self._loop = asyncio.get_running_loop()
        if self._trace is not None:
            self._recorder = Recorder(self._trace, self.name, clock.now)
        attachment = await self._network.attach(
            self.name, self._listen, self, self._recorder, self._tls
        )
        sent_by: dict[str, tuple[str, int]] = {}
        for transport in self._listen.transports:
            address = attachment.address(transport)
            sent_by[transport] = (address.host, address.port)
            if self._trace is not None:
                self._trace.announce(self.name, *address)
        self._stack = Stack(self._core, self._ids, sent_by, self._timers, self._limits)
        self._attachment = attachment

    async def stop(self) -> None:
        """Close everything; requests that still wait fail. Returns soon, whatever peers do."""
        attachment, self._attachment = self._attachment, None
        self._stack = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._armed_at = _NEVER
        for pending in list(self._pending):
            pending.fail(f"{self.name} stopped")
        if attachment is not None:
            await attachment.close()

    def refuse_new(self) -> None:
        """Take no new requests: they are answered 503, what is under way goes on (21.5.4)."""
        self._running_stack().max_server_transactions = 0

    @property
    def running(self) -> bool:
        """Whether the endpoint is between ``start`` and ``stop``."""
        return self._attachment is not None

    @property
    def stack(self) -> Stack:
        """The stack, for its counters; there while the endpoint runs."""
        return self._running_stack()

    @property
    def attachment(self) -> Attachment:
        """The place in the network; there while the endpoint runs."""
        if self._attachment is None:
            raise TransportError(f"{self.name} does not run")
        return self._attachment

    def address(self, transport: str) -> Peer:
        """Return (host, port) where the endpoint listens on this transport.

        Raises:
            TransportError: it does not run.
            UsageError: it does not listen on this transport.
        """
        try:
            return self.attachment.address(transport)
        except KeyError:
            raise UsageError(f"{self.name} does not listen on {transport}") from None

    def proven(self, source: Source) -> frozenset[str] | None:
        """Return whom the one who sent something has proven to be; see ``Attachment.proven``.

        Raises:
            TransportError: the endpoint does not run.
        """
        return self.attachment.proven(source.flow)

    def now(self) -> float:
        """Return monotonic seconds, the time that the stack is given."""
        return self._now()

    def send_request(
        self, request: Request, target: Target, user: TransactionUser
    ) -> ClientTransaction:
        """Send a request in a new transaction, whose outcome ``user`` is told.

        Raises:
            TransportError: the endpoint does not run.
        """
        transaction = self._running_stack().send_request(request, target, user, self._now())
        if not self._busy:
            self._pump()
        return transaction

    async def request(self, request: Request, target: Target) -> Response:
        """Send a request and return its final response.

        Raises:
            RequestTimeoutError: none came in time (Timer B or F).
            TransportError: it could not be sent, or the endpoint stopped.
        """
        pending = _PendingRequest(self._loop.create_future())
        self._pending.add(pending)
        try:
            self.send_request(request, target, pending)
            return await pending.outcome
        finally:
            self._pending.discard(pending)

    def respond(self, transaction: ServerTransaction, response: Response) -> None:
        """Answer a request. After ``stop`` nothing happens: nobody could be reached."""
        if self._stack is None:
            return
        self._stack.respond(transaction, response, self._now())
        if not self._busy:
            self._pump()

    def cancel(self, transaction: ClientTransaction, user: TransactionUser) -> None:
        """Cancel an INVITE (RFC 3261 9.1); ``user`` takes the response to the CANCEL.

        Raises:
            TransportError: the endpoint does not run.
        """
        self._running_stack().cancel(transaction, user, self._now())
        if not self._busy:
            self._pump()

    def send_ack(self, request: Request, target: Target) -> None:
        """Send an ACK to a 2xx (RFC 3261 13.2.2.4).

        Raises:
            TransportError: the endpoint does not run.
        """
        self._running_stack().send_ack(request, target)
        if not self._busy:
            self._pump()

    def handle_received(
        self, message: Request | Response | Malformed, data: bytes, source: Source, local: Peer
    ) -> None:
        """Take a message from a transport."""
        stack = self._stack
        if stack is None:
            return
        if self._recorder is not None:
            self._recorder.received(source.transport, local, Peer(source.host, source.port), data)
        self._input(stack.receive, message, source, self._now())
        self._pump()
        if stack.turn <= 0 and not self._turning:
            self._turning = True
            self._loop.call_soon(self._on_turn)

    def sheds(self, data: bytes, source: Source, local: Peer) -> bool:
        """Tell whether a datagram was refused from its octets; else it is to be read."""
        stack = self._stack
        if stack is None or not stack.is_full or not stack.shed(data, source):
            return False
        if self._recorder is not None:
            self._recorder.received(source.transport, local, Peer(source.host, source.port), data)
        self._pump()
        return True

    def _on_turn(self) -> None:
        """Let the core work on what waits: all that had arrived has been read."""
        self._turning = False
        stack = self._stack
        if stack is None:
            return
        self._input(stack.handle_waiting, self._now())
        self._pump()
        if stack.waiting:
            self._turning = True
            self._loop.call_soon(self._on_turn)

    def handle_failure(self, packet: Packet, reason: str) -> None:
        """Take from a transport that a packet could not be sent (RFC 3261 18.4)."""
        what = packet.data.partition(b" ")[0].decode("ascii", "replace")
        if self._recorder is not None and self.running and what != "ACK":  # nothing answers an ACK
            what = "a response" if what == "SIP/2.0" else what
            branch = packet.key.branch if isinstance(packet.key, ClientTransaction) else None
            self._recorder.note(CLAUSE, describe_undelivered(what, reason, branch))
        self._failures.append((packet, reason))
        if not self._busy:
            self._pump()

    def _pump(self) -> None:
        """Send what the stack has to send, tell it what failed, and set the timer."""
        stack, attachment = self._stack, self._attachment
        if stack is None or attachment is None:
            self._failures.clear()
            return
        self._busy = True
        try:
            packets = stack.take_packets()
            while packets or self._failures:
                for packet in packets:
                    attachment.send(packet)
                failures, self._failures = self._failures, []
                for packet, reason in failures:
                    _log.info("%s: %s", self.name, reason)
                    self._input(stack.handle_transport_error, packet, reason, self._now())
                    self._busy = True
                packets = stack.take_packets()
        finally:
            self._busy = False
        deadline = stack.next_deadline()
        if deadline is not None and deadline < self._armed_at:
            self._arm(deadline)

    def _input(self, handle: Callable[[*_Inputs], None], *inputs: *_Inputs) -> None:
        """Let the stack work on one input. A fault of a core ends that work and nothing else."""
        self._busy = True
        try:
            handle(*inputs)
        except Exception as error:  # noqa: BLE001  # whatever a core raises, the endpoint goes on
            _log.exception("%s: an input was not handled", self.name)
            if self._on_fault is not None:
                self._on_fault(error)
        finally:
            self._busy = False

    def _arm(self, deadline: float) -> None:
        """Set the one timer. One that is set too early stays: it finds nothing due and moves on."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._on_timer)
        self._armed_at = deadline

    def _on_timer(self) -> None:
        """Let the stack do what is due."""
        due, stack = self._armed_at, self._stack
        self._timer = None
        self._armed_at = _NEVER
        if stack is None:
            return
        # A loop may fire a little early by its own resolution; what it was set for is due.
        self._input(stack.handle_timer, max(self._now(), due))
        self._pump()

    def _running_stack(self) -> Stack:
        if self._stack is None:
            raise TransportError(f"{self.name} does not run")
        return self._stack


class _PendingRequest:
    """The user of the transaction behind ``Endpoint.request``.

    Args:
        outcome: gets the final response or the error.
    """

    __slots__ = ("outcome",)

    def __init__(self, outcome: asyncio.Future[Response]) -> None:
        self.outcome = outcome

    def on_response(self, _transaction: ClientTransaction, response: Response) -> None:
        """Take a response; provisional ones only mean that one must wait on."""
        if response.status >= 200 and not self.outcome.done():
            self.outcome.set_result(response)

    def on_timeout(self, transaction: ClientTransaction) -> None:
        """Hear that no final response came in time."""
        if not self.outcome.done():
            method = transaction.request.method
            self.outcome.set_exception(RequestTimeoutError(f"no final response to {method}"))

    def on_transport_error(self, _transaction: ClientTransaction, reason: str) -> None:
        """Hear that the request could not be sent."""
        self.fail(reason)

    def fail(self, reason: str) -> None:
        """End the wait."""
        if not self.outcome.done():
            self.outcome.set_exception(TransportError(reason))
