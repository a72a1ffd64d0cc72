"""Client and server transactions: what runs the tables of ``tables.py`` (RFC 3261 17).

A transaction holds a state, the octets that it repeats, and at most two running timers: one that
sends something when it fires (A, E, G, and those of a 100), and one that ends the waiting.
"""

from collections import deque
from functools import lru_cache

from mcsip.sip.ack import build_ack
from mcsip.sip.build import build_response
from mcsip.sip.ids import IdSource
from mcsip.sip.machine import Do, Places, Step, compile_machine
from mcsip.sip.matching import LEGACY, MergeKey, ServerKey, legacy_ack_key
from mcsip.sip.message import Request, Response
from mcsip.sip.tables import (
    INVITE_CLIENT,
    INVITE_SERVER,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
    Action,
    State,
    What,
)
from mcsip.sip.timers import TIMERS, Armed, Timer, TimerQueue, Timers
from mcsip.sip.transport_rules import RELIABLE, Packet, Source, Target
from mcsip.sip.users import Core, TransactionUser

#: What comes with an input: a message, or the reason of a failure.
Given = Request | Response | str | None

_new_tuple = tuple.__new__


class Layer:
    """What the transactions of one stack share.

    Attributes:
        core: who takes requests.
        ids: the id source.
        timers: the base values of the timers.
        durations: the first duration of each timer, in seconds.
        queue: the running timers.
        clients: client transactions by key.
        servers: server transactions by key.
        unfinished: how many server transactions have sent no final response.
        turn: how many new requests the core is given until it is the turn of what waits.
        waiting: requests that wait for that.
        refused: how many were read and refused since one of these was taken.
        merges: first transaction of each request that a UAS asked about (RFC 3261 8.2.2.2).
        packets: what is to be sent.
        counters: how often something was absorbed, refused or dropped, by what it was.
    """

    __slots__ = (
        "clients",
        "core",
        "counters",
        "durations",
        "ids",
        "merges",
        "packets",
        "queue",
        "refused",
        "servers",
        "timers",
        "turn",
        "unfinished",
        "waiting",
    )

    def __init__(self, core: Core, ids: IdSource, timers: Timers) -> None:
        self.core = core
        self.ids = ids
        self.timers = timers
        self.durations = {timer: timers.duration(timer) for timer in TIMERS}
        self.queue: TimerQueue[Transaction] = TimerQueue()
        self.clients: dict[str, ClientTransaction] = {}
        self.servers: dict[ServerKey, ServerTransaction] = {}
        self.unfinished = 0
        self.turn = 0
        self.refused = 0
        self.waiting: deque[ServerTransaction] = deque()
        self.merges: dict[MergeKey, ServerTransaction] = {}
        self.packets: list[Packet] = []
        self.counters: dict[str, int] = {}

    def count(self, what: str) -> None:
        """Count one more of something that is not the ordinary course."""
        self.counters[what] = self.counters.get(what, 0) + 1


class Transaction:
    """What client and server transactions have in common.

    The methods ``do_…`` are the actions of the tables.

    Attributes:
        request: the request; a client's with the Via that the stack added. Of one other than INVITE
            only the method is kept once it has its final response: over UDP thousands linger.
        target: where the transaction's own messages go.
        state: the state.
        user_data: free for the transaction's user; None once a server transaction is destroyed.
        layer: the stack that it belongs to.
        steps: the compiled table's steps in this state.
        data: the octets that it repeats; empty when there is nothing yet.
        resend_timer: the timer that sends something, or None.
        wait_timer: the timer that ends the waiting, or None.
        interval_s: how long ``resend_timer`` runs this time, in seconds.
    """

    __slots__ = (
        "data",
        "interval_s",
        "layer",
        "request",
        "resend_timer",
        "state",
        "steps",
        "target",
        "user_data",
        "wait_timer",
    )

    layer: Layer
    request: Request
    target: Target
    state: State
    steps: "dict[What, Step]"
    data: bytes
    interval_s: float
    resend_timer: "Armed[Transaction] | None"
    wait_timer: "Armed[Transaction] | None"
    user_data: object

    def step(self, what: What, now: float, given: Given = None) -> bool:
        """Take an input: change state and act as the table says.

        Args:
            what: the input.
            now: monotonic seconds.
            given: the message or the reason that comes with the input.

        Returns:
            Whether the table has a row for it; without one nothing changes.
        """
        step = self.steps.get(what)
        if step is None:
            return False
        self.state, self.steps, actions = step
        for action in actions:
            action(self, now, given)
        return True

    def do_resend(self, _now: float, _given: Given) -> None:
        """Send the last message again, when there is one."""
        if self.data:
            self.layer.packets.append(_new_tuple(Packet, (self.target, self.data, self)))

    def do_stop_resending(self, _now: float, _given: Given) -> None:
        """Stop the timer that sends something."""
        if self.resend_timer is not None:
            self.layer.queue.cancel(self.resend_timer)
            self.resend_timer = None

    def do_stop_waiting(self, _now: float, _given: Given) -> None:
        """Stop the timer that ends the waiting."""
        if self.wait_timer is not None:
            self.layer.queue.cancel(self.wait_timer)
            self.wait_timer = None

    def do_double(self, now: float, _given: Given) -> None:
        """Start the timer that fired again with twice its interval (timer A)."""
        self._again_in(2 * self.interval_s, now)

    def do_double_to_t2(self, now: float, _given: Given) -> None:
        """Start the timer that fired again with twice its interval, at most T2 (timers E, G)."""
        self._again_in(min(2 * self.interval_s, self.layer.timers.t2), now)

    def do_every_t2(self, now: float, _given: Given) -> None:
        """Start the timer that fired again with T2 (timer E in Proceeding)."""
        self._again_in(self.layer.timers.t2, now)

    def _again_in(self, interval_s: float, now: float) -> None:
        assert self.resend_timer is not None, "only a timer that fired starts again"
        self.interval_s = interval_s
        self.resend_timer = self.layer.queue.arm(interval_s, self.resend_timer.timer, self, now)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.request.method} {self.state.name.lower()}>"


class ClientTransaction(Transaction):
    """The client side of a request (RFC 3261 17.1), made by ``Stack.send_request``.

    Attributes:
        branch: the branch of its Via.
        key: what it is found by: the branch; a CANCEL, which has its INVITE's branch, stands under
            ``"CANCEL "`` and the branch.
        user: who is told of responses and failures.
        fallback: where the request goes over UDP when the TCP connection, which only the request's
            size asked for, is refused (RFC 3261 18.1.1); None when there is no such way.
        cancel_user: who waits for a first provisional response to send CANCEL, or None (9.1).
    """

    __slots__ = ("branch", "cancel_user", "fallback", "key", "user")

    def __init__(
        self,
        layer: Layer,
        request: Request,
        target: Target,
        user: TransactionUser,
        branch: str,
    ) -> None:
        places = _client_places(request.method, target[0])
        self.layer = layer
        self.request = request
        self.target = target
        self.state = places.initial
        self.steps = places.first
        self.data = request.octets()
        self.interval_s = 0.0
        self.resend_timer = self.wait_timer = self.user_data = None
        self.branch = branch
        self.key = "CANCEL " + branch if request.method == "CANCEL" else branch
        self.user = user
        self.fallback: Target | None = None
        self.cancel_user: TransactionUser | None = None

    def begin(self, now: float) -> None:
        """Stand in the layer's table, send the request and start the timers."""
        self.layer.clients[self.key] = self
        for action in _client_places(self.request.method, self.target[0]).begin:
            action(self, now, None)

    def divert(self, request: Request, target: Target, now: float) -> None:
        """Begin again on another way; the timer that ends the waiting goes on (18.1.1).

        Args:
            request: the request with the Via for the new way, of the same branch.
            target: the new way.
            now: monotonic seconds.
        """
        self.request = request
        self.target = target
        self.fallback = None
        self.data = request.octets()
        self.steps = _client_places(request.method, target.transport).first
        running, self.wait_timer = self.wait_timer, None
        self.begin(now)
        self.do_stop_waiting(now, None)
        self.wait_timer = running

    def do_send(self, _now: float, _given: Given) -> None:
        """Send the request."""
        self.layer.packets.append(_new_tuple(Packet, (self.target, self.data, self)))

    def do_send_ack(self, _now: float, given: Given) -> None:
        """Acknowledge a final response that is not a 2xx."""
        assert isinstance(given, Response), "only a response is acknowledged"
        data = build_ack(self.request, given).octets()
        self.layer.packets.append(Packet(self.target, data, self))

    def do_deliver(self, _now: float, given: Given) -> None:
        """Hand the response to the user; a final one ends what the user has to do with it."""
        self.user.on_response(self, given)  # type: ignore[arg-type]  # responses alone are delivered
        if self.state is State.COMPLETED and self.request.method != "INVITE":
            self.user = _NOBODY
            self.data = b""
            self.request = _husk(self.request.method)

    def do_inform_timeout(self, _now: float, _given: Given) -> None:
        """Tell the user that no final response came in time."""
        self.user.on_timeout(self)

    def do_inform_error(self, _now: float, given: Given) -> None:
        """Tell the user that the request could not be sent."""
        self.user.on_transport_error(self, str(given))

    def do_destroy(self, _now: float, _given: Given) -> None:
        """Be gone at once, with both timers."""
        layer = self.layer
        if self.resend_timer is not None:
            layer.queue.cancel(self.resend_timer)
        if self.wait_timer is not None:
            layer.queue.cancel(self.wait_timer)
        layer.clients.pop(self.key, None)


class ServerTransaction(Transaction):
    """The server side of a request (RFC 3261 17.2), handed to ``Core.on_request``.

    Attributes:
        source: where the request came from.
        key: what it is found by.
        answered: the status of the last response that was sent, or None.
        to_tag: the tag for the To of its responses, once somebody has chosen one.
        ack_key: what the ACK of an RFC 2543 peer is found by, or None.
        merge_key: what merged requests are found by (RFC 3261 8.2.2.2), or None.
        unfinished: whether it counts as one without a final response.
    """

    __slots__ = ("ack_key", "answered", "key", "merge_key", "source", "to_tag", "unfinished")

    def __init__(
        self, layer: Layer, request: Request, target: Target, source: Source, key: ServerKey
    ) -> None:
        reliable = target[0] in RELIABLE
        if request.method == "INVITE":
            places = _INVITE_SERVER[reliable]
        else:
            places = _NON_INVITE_SERVER[reliable]
        self.layer = layer
        self.request = request
        self.target = target
        self.state = places.initial
        self.steps = places.first
        self.data = b""
        self.interval_s = 0.0
        self.resend_timer = self.wait_timer = self.user_data = None
        self.source = source
        self.key = key
        self.answered: int | None = None
        self.to_tag: str | None = None
        self.ack_key: ServerKey | None = None
        self.merge_key: MergeKey | None = None
        self.unfinished = True
        layer.unfinished += 1
        layer.servers[key] = self

    @property
    def is_invite(self) -> bool:
        """Whether the request is an INVITE."""
        return self.request.method == "INVITE"

    @property
    def is_final(self) -> bool:
        """Whether a final response was sent."""
        return self.answered is not None and self.answered >= 200

    def do_send(self, _now: float, given: Given) -> None:
        """Send the response that the user passed."""
        assert isinstance(given, Response), "only a response is sent"
        data = self.data = given.octets()
        self.answered = given.status
        if given.status >= 200:
            self._finish()
        if self.key[0] == LEGACY and given.status >= 200 and self.state is not State.TERMINATED:
            self.ack_key = legacy_ack_key(self.key, given.to.tag)
            self.layer.servers[self.ack_key] = self
        self.layer.packets.append(_new_tuple(Packet, (self.target, data, self)))

    def _finish(self) -> None:
        """Count as finished; let go of what is not needed to answer repetitions (17.2.2)."""
        if self.unfinished:
            self.unfinished = False
            self.layer.unfinished -= 1
        if self.state is State.COMPLETED and self.request.method != "INVITE":
            self.user_data = None
            self.request = _husk(self.request.method)

    def do_send_trying(self, now: float, _given: Given) -> None:
        """Send a 100 of our own."""
        self.do_send(now, build_response(self.request, 100))

    def do_ack_to_tu(self, _now: float, given: Given) -> None:
        """Hand an ACK to a 2xx to the core."""
        assert isinstance(given, Request), "an ACK is a request"
        self.layer.core.on_ack(given)

    def do_inform_timeout(self, _now: float, _given: Given) -> None:
        """Tell the core that no ACK came, or that it is too late to answer."""
        reason = "no ACK came" if self.is_invite else "the request was not answered in time"
        self.layer.core.on_server_failure(self, reason)

    def do_inform_error(self, _now: float, given: Given) -> None:
        """Tell the core that the response could not be sent."""
        self.layer.core.on_server_failure(self, str(given))

    def do_destroy(self, _now: float, _given: Given) -> None:
        """Be gone at once, with both timers."""
        layer = self.layer
        if self.resend_timer is not None:
            layer.queue.cancel(self.resend_timer)
        if self.wait_timer is not None:
            layer.queue.cancel(self.wait_timer)
        self.user_data = None
        if self.unfinished:
            self.unfinished = False
            layer.unfinished -= 1
        layer.servers.pop(self.key, None)
        if self.ack_key is not None:
            layer.servers.pop(self.ack_key, None)
        if self.merge_key is not None:
            layer.merges.pop(self.merge_key, None)


class _Nobody:
    """The user of a client transaction that has delivered its final response."""

    __slots__ = ()

    def on_response(self, transaction: ClientTransaction, response: Response) -> None:
        """Nothing is delivered any more."""

    def on_timeout(self, transaction: ClientTransaction) -> None:
        """Nothing is waited for any more."""

    def on_transport_error(self, transaction: ClientTransaction, reason: str) -> None:
        """Nothing is sent any more."""


_NOBODY = _Nobody()


@lru_cache(maxsize=64)
def _husk(method: str) -> Request:
    """Return what is left of a request that is answered: its method."""
    return Request(method, "", (), b"")


class StartSending:
    """The action that starts a timer of the first kind."""

    __slots__ = ("timer",)

    def __init__(self, timer: Timer) -> None:
        self.timer = timer

    def __call__(self, transaction: Transaction, now: float, _given: Given) -> None:
        """Start the timer in the place of the one that runs there."""
        layer = transaction.layer
        if transaction.resend_timer is not None:
            layer.queue.cancel(transaction.resend_timer)
        timer = self.timer
        interval_s = transaction.interval_s = layer.durations[timer]
        transaction.resend_timer = layer.queue.arm(interval_s, timer, transaction, now)


class StartWaiting:
    """The action that starts a timer of the second kind."""

    __slots__ = ("timer",)

    def __init__(self, timer: Timer) -> None:
        self.timer = timer

    def __call__(self, transaction: Transaction, now: float, _given: Given) -> None:
        """Start the timer in the place of the one that runs there."""
        layer = transaction.layer
        if transaction.wait_timer is not None:
            layer.queue.cancel(transaction.wait_timer)
        timer = self.timer
        transaction.wait_timer = layer.queue.arm(layer.durations[timer], timer, transaction, now)


_SENDING = frozenset({Timer.A, Timer.E, Timer.G, Timer.TRYING, Timer.LATE_TRYING})


def start_timer(timer: Timer) -> Do:
    """Return the action that starts a timer."""
    return StartSending(timer) if timer in _SENDING else StartWaiting(timer)


_COMMON: dict[Action, Do] = {
    Action.RESEND: Transaction.do_resend,
    Action.STOP_RESENDING: Transaction.do_stop_resending,
    Action.STOP_WAITING: Transaction.do_stop_waiting,
    Action.DOUBLE: Transaction.do_double,
    Action.DOUBLE_TO_T2: Transaction.do_double_to_t2,
    Action.EVERY_T2: Transaction.do_every_t2,
}
_CLIENT_ACTIONS: dict[Action, Do] = _COMMON | {
    Action.SEND: ClientTransaction.do_send,
    Action.SEND_ACK: ClientTransaction.do_send_ack,
    Action.DELIVER: ClientTransaction.do_deliver,
    Action.INFORM_TIMEOUT: ClientTransaction.do_inform_timeout,
    Action.INFORM_ERROR: ClientTransaction.do_inform_error,
}
_SERVER_ACTIONS: dict[Action, Do] = _COMMON | {
    Action.SEND: ServerTransaction.do_send,
    Action.SEND_TRYING: ServerTransaction.do_send_trying,
    Action.ACK_TO_TU: ServerTransaction.do_ack_to_tu,
    Action.INFORM_TIMEOUT: ServerTransaction.do_inform_timeout,
    Action.INFORM_ERROR: ServerTransaction.do_inform_error,
}

_INVITE_CLIENT, _NON_INVITE_CLIENT = (
    tuple(
        compile_machine(
            machine, _CLIENT_ACTIONS, start_timer, ClientTransaction.do_destroy, reliable=reliable
        )
        for reliable in (False, True)
    )
    for machine in (INVITE_CLIENT, NON_INVITE_CLIENT)
)
_INVITE_SERVER, _NON_INVITE_SERVER = (
    tuple(
        compile_machine(
            machine, _SERVER_ACTIONS, start_timer, ServerTransaction.do_destroy, reliable=reliable
        )
        for reliable in (False, True)
    )
    for machine in (INVITE_SERVER, NON_INVITE_SERVER)
)


def _client_places(method: str, transport: str) -> Places:
    places = _INVITE_CLIENT if method == "INVITE" else _NON_INVITE_CLIENT
    return places[transport in RELIABLE]
