"""Calls of a node: the asyncio side of ``sip.user_agent`` (RFC 3261 12 to 15).

A node that makes or takes calls has one agent for each start of its endpoint. It hands over the
requests of calls (``uas.is_of_call``), and every ACK and CANCEL; calls are made by ``call`` and
come out of ``incoming``. Whoever waits for a call waits for a state or an event of it.

Here is the one timer of all calls; everything else is decided in the pure package.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from mcsip.errors import McsipError, UsageError
from mcsip.net.endpoint import Endpoint
from mcsip.sip.call import Call
from mcsip.sip.call_events import CallEvent, Ended, Fields, Invitation, Invited, Reply, UaSettings
from mcsip.sip.call_table import CallState
from mcsip.sip.dialog import Body
from mcsip.sip.ids import IdSource
from mcsip.sip.incoming_call import IncomingCall
from mcsip.sip.message import Request, Response
from mcsip.sip.outgoing_call import OutgoingCall
from mcsip.sip.stack import Target, TransactionUser
from mcsip.sip.transaction import ClientTransaction, ServerTransaction
from mcsip.sip.user_agent import UserAgent

#: How long one waits for a state or an event unless told otherwise, in seconds: longer than a call
#: takes to fail by itself, 64*T1 (RFC 3261 17.1.1.2) [ours].
WAIT_S = 40.0

E = TypeVar("E", bound=CallEvent)


class CallError(McsipError):
    """A call did not come to where it was waited for."""


class NoAnswerError(CallError):
    """Nobody answered: in the time that there was, or in the dialog any more."""


class LiveCall:
    """One call, to be driven and awaited.

    Args:
        agent: the agent that it belongs to.
        call: the call itself.

    Attributes:
        call: the same.
        events: what has happened to it, in order.
    """

    def __init__(self, agent: "CallAgent", call: Call) -> None:
        self._agent = agent
        self._seen = 0
        self.call = call
        self.events: list[CallEvent] = []

    @property
    def state(self) -> CallState:
        """How far it has come."""
        return self.call.state

    @property
    def ended(self) -> Ended | None:
        """How it ended, or None while it has not."""
        return next((event for event in self.events if isinstance(event, Ended)), None)

    # --- waiting

    async def reach(self, *states: CallState, timeout_s: float = WAIT_S) -> CallState:
        """Wait until the call is in one of these states, and return it.

        Raises:
            CallError: it ended without coming there, or time is up.
        """
        wanted = " or ".join(states)
        await self._agent.until(
            lambda: self.state in states or self.state is CallState.ENDED, timeout_s, wanted, self
        )
        if self.state not in states:
            raise CallError(f"the call was to be {wanted}: {self._why()}")
        return self.state

    async def event(self, kind: type[E], timeout_s: float = WAIT_S) -> E:
        """Wait for the next event of a kind, and return it; those before it are passed over.

        Raises:
            CallError: the call ended without one, or time is up.
        """

        def found() -> E | None:
            later = self.events[self._seen :]
            return next((event for event in later if isinstance(event, kind)), None)

        await self._agent.until(
            lambda: found() is not None or self.ended is not None, timeout_s, kind.__name__, self
        )
        event = found()
        if event is None:
            raise CallError(f"the call was to have {kind.__name__}: {self._why()}")
        self._seen = self.events.index(event, self._seen) + 1
        return event

    async def end(self, timeout_s: float = WAIT_S) -> Ended:
        """Wait for the end of the call, and return how it ended."""
        return await self.event(Ended, timeout_s)

    def _why(self) -> str:
        ended = self.ended
        if ended is None:
            return f"it is {self.state}"
        status = "" if ended.status is None else f", {ended.status}"
        return f"it ended ({ended.why}{status})"

    # --- wishes; each raises UsageError when the call's state does not take it

    def ring(self, reply: Reply | None = None) -> None:
        """Send a provisional response, 180 unless told otherwise."""
        call = self._incoming()
        self._agent.do(lambda: call.ring(reply))

    def accept(self, body: Body | None = None, fields: Fields = ()) -> None:
        """Accept the call."""
        call = self._incoming()
        self._agent.do(lambda: call.accept(body, fields))

    def refuse(self, reply: Reply) -> None:
        """Refuse or redirect the call."""
        call = self._incoming()
        self._agent.do(lambda: call.refuse(reply))

    def answer(self, body: Body) -> None:
        """Answer the offer of the 2xx."""
        call = self._outgoing()
        self._agent.do(lambda: call.answer(body))

    def retry(self, body: Body | None = None, fields: Fields | None = None) -> None:
        """Follow a redirection."""
        call = self._outgoing()
        self._agent.do(lambda: call.retry(body, fields))

    def hang_up(self) -> None:
        """End the call, however far it has come."""
        self._agent.do(self.call.hang_up)

    def modify(self, body: Body, fields: Fields = ()) -> None:
        """Send a re-INVITE."""
        self._agent.do(lambda: self.call.modify(body, fields))

    def accept_change(self, body: Body | None = None, fields: Fields = ()) -> None:
        """Accept the other party's re-INVITE."""
        self._agent.do(lambda: self.call.accept_change(body, fields))

    def refuse_change(self, status: int = 488, fields: Fields = ()) -> None:
        """Refuse the other party's re-INVITE."""
        self._agent.do(lambda: self.call.refuse_change(status, fields))

    def _incoming(self) -> IncomingCall:
        if not isinstance(self.call, IncomingCall):
            raise UsageError("a call of our own is not ours to answer")
        return self.call

    def _outgoing(self) -> OutgoingCall:
        if not isinstance(self.call, OutgoingCall):
            raise UsageError("a call that we got has nothing to follow or to answer in an ACK")
        return self.call


class CallAgent:
    """Makes and takes the calls of one node.

    Args:
        endpoint: the node's endpoint, running.
        ids: makes tags and Call-IDs.
        settings: what the node is to other parties.
        listener: gets every event at once, where nobody asks for ``calls`` and ``incoming``.

    Attributes:
        calls: every call since the start, in order; empty where there is a listener.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        ids: IdSource,
        settings: UaSettings,
        listener: Callable[[LiveCall, CallEvent], None] | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._listener = listener
        self._telling = False
        self._agent = UserAgent(_AgentPort(endpoint, self._follow), ids, settings)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._live: dict[Call, LiveCall] = {}
        self._waiting: set[asyncio.Future[None]] = set()
        self._arrived: list[LiveCall] = []
        self.calls: list[LiveCall] = []

    def call(self, invitation: Invitation) -> LiveCall:
        """Make a call.

        Raises:
            ValueError: a field holds a line end.
            ParseError: the URI, From or a Route is malformed.
            TransportError: the endpoint does not run.
        """
        made: list[OutgoingCall] = []
        self.do(lambda: made.append(self._agent.invite(invitation)))
        return self._of(made[0])

    async def incoming(self, timeout_s: float = WAIT_S) -> LiveCall:
        """Wait for the next call that somebody makes to us.

        Raises:
            NoAnswerError: time is up.
        """
        await self.until(lambda: bool(self._arrived), timeout_s, "a call")
        return self._arrived.pop(0)

    def stop(self) -> None:
        """Forget all calls, as a crash would; whoever waits gets CallError."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for future in self._waiting:
            if not future.done():
                future.set_exception(CallError("the node was stopped"))

    # --- for the node

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        """Take a request, other than ACK and CANCEL."""
        try:
            self._agent.on_request(transaction, request)
        finally:
            self._follow()

    def on_ack(self, request: Request) -> None:
        """Take an ACK to a 2xx."""
        self.do(lambda: self._agent.on_ack(request))

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        """Take a CANCEL that has been answered."""
        self.do(lambda: self._agent.on_cancel(transaction, request))

    # --- for its calls

    def do(self, wish: Callable[[], None]) -> None:
        """Let something happen, and follow it up."""
        try:
            wish()
        finally:
            self._follow()

    async def until(
        self, reached: Callable[[], bool], timeout_s: float, what: str, live: LiveCall | None = None
    ) -> None:
        """Wait until something is true.

        Args:
            reached: looked at after everything that happens.
            timeout_s: how long.
            what: what is waited for, for people.
            live: of which call, or None.

        Raises:
            NoAnswerError: time is up.
            CallError: the node was stopped.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while not reached():
                    future = self._loop.create_future()
                    self._waiting.add(future)
                    try:
                        await future
                    finally:
                        self._waiting.discard(future)
        except TimeoutError:
            now = "" if live is None else f"; the call is {live.state}"
            raise NoAnswerError(f"{what} was waited for {timeout_s:g} s{now}") from None

    def _of(self, call: Call) -> LiveCall:
        live = self._live.get(call)
        if live is None:
            live = self._live[call] = LiveCall(self, call)
            if self._listener is None:
                self.calls.append(live)
        return live

    def _follow(self) -> None:
        """Hand out what happened, wake who waits, and set the timer."""
        if self._telling:
            return  # the listener wished something: what comes of it is told next
        self._telling = True
        try:
            while events := self._agent.take_events():
                for event in events:
                    self._tell(event)
        finally:
            self._telling = False
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        deadline = self._agent.next_deadline()
        if self._timer is not None and (deadline is None or self._timer.when() != deadline):
            self._timer.cancel()
            self._timer = None
        if deadline is not None and self._timer is None and self._endpoint.running:
            self._timer = self._loop.call_at(deadline, self._on_timer, deadline)

    def _tell(self, event: CallEvent) -> None:
        live = self._of(event.call)
        if isinstance(event, Ended):
            self._live.pop(event.call, None)
        live.events.append(event)
        if self._listener is not None:
            self._listener(live, event)
        elif isinstance(event, Invited):
            self._arrived.append(live)

    def _on_timer(self, deadline: float) -> None:
        self._timer = None
        if self._endpoint.running:
            # a loop may fire a little early by its own resolution; what it was set for is due
            now = max(self._endpoint.now(), deadline)
            self.do(lambda: self._agent.handle_timer(now))


class _AgentPort:
    """The port of the user agent: an endpoint, with every answer followed up.

    Args:
        endpoint: the endpoint.
        follow: called after each response, timeout or error of a request.
    """

    __slots__ = ("_endpoint", "_follow")

    def __init__(self, endpoint: Endpoint, follow: Callable[[], None]) -> None:
        self._endpoint = endpoint
        self._follow = follow

    @property
    def now(self) -> float:
        """The time, in monotonic seconds."""
        return self._endpoint.now()

    def send_request(
        self, request: Request, target: Target, user: TransactionUser
    ) -> ClientTransaction:
        """Send a request with our Via on top."""
        return self._endpoint.send_request(request, target, _Followed(user, self._follow))

    def send_ack(self, request: Request, target: Target) -> None:
        """Send an ACK to a 2xx."""
        self._endpoint.send_ack(request, target)

    def cancel(self, transaction: ClientTransaction, user: TransactionUser) -> None:
        """Cancel an INVITE that we sent."""
        self._endpoint.cancel(transaction, _Followed(user, self._follow))

    def respond(self, transaction: ServerTransaction, response: Response) -> None:
        """Send a response."""
        self._endpoint.respond(transaction, response)


class _Followed:
    """A transaction user whose every input is followed up.

    Args:
        user: the user.
        follow: called after each.
    """

    __slots__ = ("_follow", "_user")

    def __init__(self, user: TransactionUser, follow: Callable[[], None]) -> None:
        self._user = user
        self._follow = follow

    def on_response(self, transaction: ClientTransaction, response: Response) -> None:
        """Take a response."""
        try:
            self._user.on_response(transaction, response)
        finally:
            self._follow()

    def on_timeout(self, transaction: ClientTransaction) -> None:
        """Hear that no final response came."""
        self._user.on_timeout(transaction)
        self._follow()

    def on_transport_error(self, transaction: ClientTransaction, reason: str) -> None:
        """Hear that the request could not be sent."""
        self._user.on_transport_error(transaction, reason)
        self._follow()
