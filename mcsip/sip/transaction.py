"""Client and server transactions: what runs the tables of ``tables.py``.

A transaction holds a state, the message it repeats, and at most two running timers. Each table is
compiled once for unreliable and once for reliable transports: states become dictionaries from input to
(next state, actions), timers that are off disappear, and a timer of zero seconds is replaced by what
it would do. So a transaction over TCP that is answered at once costs no more than two look-ups.

A transaction calls its user synchronously; the user may call the stack again from there.
"""

from collections.abc import Callable
from typing import Protocol

from mcsip.sip.build import build_response
from mcsip.sip.field import Field, make_field
from mcsip.sip.ids import IdSource
from mcsip.sip.matching import LEGACY, ServerKey, legacy_ack_key
from mcsip.sip.message import Request, Response
from mcsip.sip.tables import (
    INVITE_CLIENT,
    INVITE_SERVER,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
    Action,
    Input,
    Machine,
    Start,
    State,
    What,
)
from mcsip.sip.timers import TIMERS, Armed, Reliable, Timer, TimerQueue, Timers
from mcsip.sip.transport_rules import Packet, Source, Target, is_reliable

_new_tuple = tuple.__new__

#: Timers of a transaction's first place: those that send something when they fire.
_SENDING = frozenset({Timer.A, Timer.E, Timer.G, Timer.TRYING, Timer.LATE_TRYING})


class TransactionUser(Protocol):
    """Who owns a client transaction: a UAC or a proxy."""

    def on_response(self, transaction: "ClientTransaction", response: Response) -> None:
        """Take a response; of an INVITE also each 2xx that comes again (RFC 6026 8.4)."""

    def on_timeout(self, transaction: "ClientTransaction") -> None:
        """Learn that no final response came in time (RFC 3261 17.1.1.2, 17.1.2.2)."""

    def on_transport_error(self, transaction: "ClientTransaction", reason: str) -> None:
        """Learn that the request could not be sent (RFC 3261 17.1.4)."""


class Core(Protocol):
    """The node above a stack: takes what no transaction takes.

    A class that inherits from it gets callbacks that do nothing, except for ``on_request``.
    """

    def on_request(self, transaction: "ServerTransaction", request: Request) -> None:
        """Take a new request, which is to be answered through its transaction."""

    def on_ack(self, request: Request) -> None:
        """Take an ACK to a 2xx (RFC 3261 13.3.1.4)."""

    def on_cancel(self, transaction: "ServerTransaction", request: Request) -> None:
        """Learn that an INVITE which is not finally answered was cancelled (RFC 3261 9.2).

        The CANCEL itself is answered already; the INVITE is to be answered 487.

        Args:
            transaction: the INVITE's.
            request: the CANCEL.
        """

    def on_stray_response(self, response: Response) -> None:
        """See a response that belongs to no transaction; it is dropped (RFC 6026 8.9)."""

    def on_server_failure(self, transaction: "ServerTransaction", reason: str) -> None:
        """Learn that a response was not sent (RFC 3261 17.2.4) or no ACK came (17.2.1)."""


class Layer:
    """What the transactions of one stack share.

    Attributes:
        core: who takes requests.
        ids: the id source.
        timers: the base values of the timers.
        queue: the running timers.
        clients: client transactions by branch; a CANCEL's by ``"CANCEL "`` and the branch.
        servers: server transactions by key.
        merges: first transaction of each request that a UAS asked about (RFC 3261 8.2.2.2).
        packets: what is to be sent.
        counters: how often something was absorbed or dropped.
        durations: first duration of each timer, in seconds.
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
        "servers",
        "timers",
    )

    def __init__(self, core: Core, ids: IdSource, timers: Timers) -> None:
        self.core = core
        self.ids = ids
        self.timers = timers
        self.queue: TimerQueue[Transaction] = TimerQueue()
        self.clients: dict[str, ClientTransaction] = {}
        self.servers: dict[ServerKey, ServerTransaction] = {}
        self.merges: dict[tuple[str, str | None, int, str], ServerTransaction] = {}
        self.packets: list[Packet] = []
        self.counters: dict[str, int] = {}
        self.durations = {timer: timers.duration(timer) for timer in TIMERS}

    def count(self, what: str) -> None:
        """Count one more of something that is not the ordinary course."""
        self.counters[what] = self.counters.get(what, 0) + 1


Given = Request | Response | str | None
_Do = Callable[["Transaction", float, Given], None]
_Step = tuple[State, "dict[What, _Step]", tuple[_Do, ...]]


class Transaction:
    """What client and server transactions have in common.

    Attributes:
        request: the request; a client's with the Via that the stack added.
        target: where the transaction's own messages go.
        state: the state.
        user_data: free for the transaction's user.
    """

    __slots__ = (
        "_data",
        "_interval",
        "_layer",
        "_places",
        "_resend",
        "_steps",
        "_wait",
        "request",
        "state",
        "target",
        "user_data",
    )

    def __init__(
        self, layer: Layer, request: Request, target: Target, state: State, places: "Places"
    ) -> None:
        self._layer = layer
        self.request = request
        self.target = target
        self.state = state
        self._places = places
        self._steps = places[state]
        self._data = b""
        self._interval = 0.0
        self._resend: Armed[Transaction] | None = None
        self._wait: Armed[Transaction] | None = None
        self.user_data: object = None

    def step(self, what: What, now: float, given: Given = None) -> bool:
        """Take an input: change state and act as the table says.

        Args:
            what: the input.
            now: monotonic seconds.
            given: the message or the reason that comes with the input.

        Returns:
            Whether the table has a row for it; without one nothing changes.
        """
        step = self._steps.get(what)
        if step is None:
            return False
        self.state, self._steps, actions = step
        for action in actions:
            action(self, now, given)
        return True

    @property
    def is_reliable(self) -> bool:
        """Whether the transport of its messages retransmits by itself."""
        return is_reliable(self.target.transport)

    def _emit(self, data: bytes) -> None:
        self._layer.packets.append(_new_tuple(Packet, (self.target, data, self)))

    def _send(self, now: float, given: Given) -> None:
        raise NotImplementedError

    def _resend_last(self, _now: float, _given: Given) -> None:
        if self._data:
            self._emit(self._data)

    def _send_trying(self, now: float, given: Given) -> None:
        raise NotImplementedError

    def _send_ack(self, now: float, given: Given) -> None:
        raise NotImplementedError

    def _deliver(self, now: float, given: Given) -> None:
        raise NotImplementedError

    def _inform_timeout(self, now: float, given: Given) -> None:
        raise NotImplementedError

    def _inform_error(self, now: float, given: Given) -> None:
        raise NotImplementedError

    def _ack_to_core(self, now: float, given: Given) -> None:
        raise NotImplementedError

    def _forget(self) -> None:
        """Leave the tables of the layer."""
        raise NotImplementedError

    def _stop_resending(self, _now: float, _given: Given) -> None:
        if self._resend is not None:
            self._layer.queue.cancel(self._resend)
            self._resend = None

    def _stop_waiting(self, _now: float, _given: Given) -> None:
        if self._wait is not None:
            self._layer.queue.cancel(self._wait)
            self._wait = None

    def _double(self, now: float, _given: Given) -> None:
        self._again_in(2 * self._interval, now)

    def _double_to_t2(self, now: float, _given: Given) -> None:
        self._again_in(min(2 * self._interval, self._layer.timers.t2), now)

    def _every_t2(self, now: float, _given: Given) -> None:
        self._again_in(self._layer.timers.t2, now)

    def _again_in(self, interval: float, now: float) -> None:
        """Start the retransmission timer that has just fired again."""
        assert self._resend is not None, "only a timer that fired is doubled"
        self._interval = interval
        self._resend = self._layer.queue.arm(interval, self._resend.timer, self, now)

    def _destroy(self, now: float, given: Given) -> None:
        """Be gone at once, with both timers (RFC 6026 8.4: destroyed in Terminated)."""
        if self._resend is not None:
            self._stop_resending(now, given)
        if self._wait is not None:
            self._stop_waiting(now, given)
        self._forget()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.request.method} {self.state.name.lower()}>"


class ClientTransaction(Transaction):
    """The client side of a request (RFC 3261 17.1), made by ``Stack.send_request``.

    Attributes:
        branch: the branch of its Via.
        user: who is told of responses and failures.
        fallback: where the request goes over UDP when the TCP connection, which only the request's
            size asked for, is refused (RFC 3261 18.1.1); None when there is no such way.
        cancel_user: who waits for a first provisional response to send CANCEL, or None (9.1).
    """

    __slots__ = ("branch", "cancel_user", "fallback", "user")

    def __init__(
        self,
        layer: Layer,
        request: Request,
        target: Target,
        user: TransactionUser,
        branch: str,
    ) -> None:
        machine = INVITE_CLIENT if request.method == "INVITE" else NON_INVITE_CLIENT
        super().__init__(
            layer, request, target, machine.initial, _PLACES[machine.name, is_reliable(target[0])]
        )
        self._data = request.octets()
        self.branch = branch
        self.user = user
        self.fallback: Target | None = None
        self.cancel_user: TransactionUser | None = None

    def begin(self, now: float) -> None:
        """Send the request and start the timers."""
        for action in self._places.begin:
            action(self, now, None)

    def divert(self, request: Request, target: Target, now: float) -> None:
        """Send the request again another way, which is unreliable (RFC 3261 18.1.1).

        The timer that ends the transaction goes on.

        Args:
            request: the request with the Via for the new way.
            target: the new way.
            now: monotonic seconds.
        """
        self.request = request
        self.target = target
        self.fallback = None
        self._data = request.octets()
        wait = self._wait
        self._wait = None
        self._places = _PLACES[self._places.name, is_reliable(target.transport)]
        self._steps = self._places[self.state]
        self.begin(now)
        self._stop_waiting(now, None)
        self._wait = wait

    def _send(self, _now: float, _given: Given) -> None:
        self._layer.packets.append(_new_tuple(Packet, (self.target, self._data, self)))

    def _send_ack(self, _now: float, given: Given) -> None:
        assert isinstance(given, Response), "only a response is acknowledged"
        self._emit(build_ack(self.request, given).octets())

    def _deliver(self, _now: float, given: Given) -> None:
        assert isinstance(given, Response), "only responses are delivered"
        self.user.on_response(self, given)

    def _inform_timeout(self, _now: float, _given: Given) -> None:
        self.user.on_timeout(self)

    def _inform_error(self, _now: float, given: Given) -> None:
        self.user.on_transport_error(self, str(given))

    def _forget(self) -> None:
        self._layer.clients.pop(client_key(self.branch, self.request.method), None)


class ServerTransaction(Transaction):
    """The server side of a request (RFC 3261 17.2), handed to ``Core.on_request``.

    Attributes:
        source: where the request came from.
        answered: the status of the last response that was sent, or None.
        to_tag: the tag for the To of its responses, once somebody has chosen one.
        received_at: when the request came, in monotonic seconds.
        key: what it is found by.
    """

    __slots__ = ("_ack_key", "answered", "key", "merge_key", "received_at", "source", "to_tag")

    def __init__(
        self,
        layer: Layer,
        request: Request,
        target: Target,
        source: Source,
        key: ServerKey,
        now: float,
    ) -> None:
        machine = INVITE_SERVER if request.method == "INVITE" else NON_INVITE_SERVER
        super().__init__(
            layer, request, target, machine.initial, _PLACES[machine.name, is_reliable(target[0])]
        )
        self.source = source
        self.key = key
        self.answered: int | None = None
        self.to_tag: str | None = None
        self.received_at = now
        self.merge_key: tuple[str, str | None, int, str] | None = None
        self._ack_key: ServerKey | None = None

    @property
    def is_invite(self) -> bool:
        """Whether the request is an INVITE."""
        return self.request.method == "INVITE"

    @property
    def is_final(self) -> bool:
        """Whether a final response was sent."""
        return self.answered is not None and self.answered >= 200

    def wait(self, now: float) -> None:
        """Start the timers of a request that was not answered at once."""
        if self.answered is None or (self.answered < 200 and not self.is_invite):
            self.step(Input.UNANSWERED, now)

    def _send(self, _now: float, given: Given) -> None:
        assert isinstance(given, Response), "only a response is sent"
        data = self._data = given.octets()
        self.answered = given.status
        if self.key[0] == LEGACY and self.is_invite and given.status >= 200:
            self._expect_ack(given)
        self._layer.packets.append(_new_tuple(Packet, (self.target, data, self)))

    def _expect_ack(self, response: Response) -> None:
        """Let the ACK of an RFC 2543 peer be found (RFC 3261 17.2.3)."""
        if self.state is not State.TERMINATED:
            self._ack_key = legacy_ack_key(self.key, response.to.tag)
            self._layer.servers[self._ack_key] = self

    def _send_trying(self, now: float, _given: Given) -> None:
        self._send(now, build_response(self.request, 100))

    def _ack_to_core(self, _now: float, given: Given) -> None:
        assert isinstance(given, Request), "an ACK is a request"
        self._layer.core.on_ack(given)

    def _inform_timeout(self, _now: float, _given: Given) -> None:
        reason = "no ACK came" if self.is_invite else "nobody answered the request"
        self._layer.core.on_server_failure(self, reason)

    def _inform_error(self, _now: float, given: Given) -> None:
        self._layer.core.on_server_failure(self, str(given))

    def _forget(self) -> None:
        layer = self._layer
        layer.servers.pop(self.key, None)
        if self._ack_key is not None:
            layer.servers.pop(self._ack_key, None)
        if self.merge_key is not None:
            layer.merges.pop(self.merge_key, None)


def client_key(branch: str, method: str) -> str:
    """Return the key of a client transaction: a CANCEL has its INVITE's branch (RFC 3261 9.1)."""
    return "CANCEL " + branch if method == "CANCEL" else branch


_COPIED_TO_ACK = frozenset({"from", "call-id", "route"})


def build_ack(request: Request, response: Response) -> Request:
    """Return the ACK to a non-2xx response (RFC 3261 17.1.1.3).

    Request-URI, topmost Via, From, Call-ID and Route are the INVITE's, To is the response's, CSeq has
    the INVITE's number.

    Args:
        request: the INVITE as it was sent, our Via on top.
        response: the final response.
    """
    fields: list[Field] = [request.fields[0]]
    fields += [field for field in request.fields if field[0] in _COPIED_TO_ACK]
    to = response.first("to")
    fields += [
        make_field("To", to if to is not None else request.first("to") or ""),
        make_field("CSeq", f"{request.cseq.number} ACK"),
        make_field("Max-Forwards", "70"),
        make_field("Content-Length", "0"),
    ]
    return Request("ACK", request.uri, tuple(fields))


class _Arm:
    """The action that starts one timer, as a callable without a closure."""

    __slots__ = ("sending", "timer")

    def __init__(self, timer: Timer) -> None:
        self.timer = timer
        self.sending = timer in _SENDING

    def __call__(self, transaction: Transaction, now: float, _given: Given) -> None:
        layer = transaction._layer  # noqa: SLF001  # part of this machinery
        queue = layer.queue
        duration = layer.durations[self.timer]
        armed = queue.arm(duration, self.timer, transaction, now)
        if self.sending:
            old = transaction._resend  # noqa: SLF001  # part of this machinery
            transaction._resend = armed  # noqa: SLF001  # part of this machinery
            transaction._interval = duration  # noqa: SLF001  # part of this machinery
        else:
            old = transaction._wait  # noqa: SLF001  # part of this machinery
            transaction._wait = armed  # noqa: SLF001  # part of this machinery
        if old is not None:
            queue.cancel(old)


class Places(dict[State, "dict[What, _Step]"]):
    """A table compiled for one kind of transport: the steps of each state.

    Attributes:
        name: the machine's name.
        begin: what a new transaction does first.
    """

    def __init__(self, name: str, begin: tuple[_Do, ...]) -> None:
        super().__init__({state: {} for state in State})
        self.name = name
        self.begin = begin


def _actions(owner: type[Transaction]) -> dict[Action, _Do]:
    """Return what each action of the tables is in a class of transactions."""
    return {
        Action.SEND: owner._send,
        Action.RESEND: owner._resend_last,
        Action.SEND_TRYING: owner._send_trying,
        Action.SEND_ACK: owner._send_ack,
        Action.DELIVER: owner._deliver,
        Action.ACK_TO_TU: owner._ack_to_core,
        Action.INFORM_TIMEOUT: owner._inform_timeout,
        Action.INFORM_ERROR: owner._inform_error,
        Action.STOP_RESENDING: owner._stop_resending,
        Action.STOP_WAITING: owner._stop_waiting,
        Action.DOUBLE: owner._double,
        Action.DOUBLE_TO_T2: owner._double_to_t2,
        Action.EVERY_T2: owner._every_t2,
    }


def compile_machine(machine: Machine, owner: type[Transaction], *, reliable: bool) -> Places:
    """Return a table made ready to run over reliable or over unreliable transports."""
    meaning = _actions(owner)

    def ready(to: State, do: tuple[Action | Start, ...]) -> tuple[State, list[_Do]]:
        """Return where a row really leads, and its actions."""
        actions: list[_Do] = []
        for action in do:
            if not isinstance(action, Start):
                actions.append(meaning[action])
                continue
            fate = TIMERS[action.timer].reliable if reliable else Reliable.SAME
            match fate:
                case Reliable.SAME:
                    actions.append(_Arm(action.timer))
                case Reliable.OFF:
                    pass
                case Reliable.ZERO:
                    fired = machine.index[to, action.timer]
                    to, more = ready(fired.to, fired.do)
                    actions += more
        return to, actions

    places = Places(machine.name, tuple(ready(machine.initial, machine.begin)[1]))
    for row in machine.rows:
        to, actions = ready(row.to, row.do)
        if to is State.TERMINATED:
            stops = {meaning[Action.STOP_RESENDING], meaning[Action.STOP_WAITING]}
            actions = [owner._destroy, *(act for act in actions if act not in stops)]
        places[row.state][row.what] = (to, places[to], tuple(actions))
    return places


_PLACES = {
    (machine.name, reliable): compile_machine(machine, owner, reliable=reliable)
    for machine, owner in (
        (INVITE_CLIENT, ClientTransaction),
        (NON_INVITE_CLIENT, ClientTransaction),
        (INVITE_SERVER, ServerTransaction),
        (NON_INVITE_SERVER, ServerTransaction),
    )
    for reliable in (False, True)
}
