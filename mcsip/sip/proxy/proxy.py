"""The stateful proxy: a transaction user that ties the parts of RFC 3261 section 16 together.

A node that has got a request calls, in this order:

1. ``receive``: validation (16.3) and preprocessing (16.4); None: it is refused and answered;
2. its own choice of target (16.5), from policy, ``next_uri`` and ``side_of``;
3. ``forward``: 16.6; from then on the responses find their way by themselves (16.7).

For an ACK to a 2xx: ``receive_ack`` and ``forward_ack``; for a CANCEL: ``cancel``. Retransmissions
never come here, the stack absorbs them. The node calls ``handle_timer`` when ``next_deadline`` is
over: Timer C is the only timer of a proxy.
"""

from collections.abc import Sequence
from functools import partial

from mcsip.errors import PeerError
from mcsip.sip.ids import IdSource
from mcsip.sip.message import Request
from mcsip.sip.proxy.forward import forward_request
from mcsip.sip.proxy.hiding import FOREIGN
from mcsip.sip.proxy.policy import ProxyPolicy, Side
from mcsip.sip.proxy.port import Port
from mcsip.sip.proxy.respond import Branch, ResponseContext, Ringing
from mcsip.sip.proxy.route import preprocess
from mcsip.sip.proxy.validate import Fault, check_request, refuse
from mcsip.sip.stack import ServerTransaction, Target
from mcsip.sip.timers import TimerQueue
from mcsip.sip.uri import SipUri


class Proxy:
    """A stateful proxy.

    Attributes:
        port: what sends its messages.
        ids: makes tags.
        policy: what it may decide.
        timers: the running Timers C.
    """

    def __init__(self, port: Port, ids: IdSource, policy: ProxyPolicy) -> None:
        self.port = port
        self.ids = ids
        self.policy = policy
        self.timers: TimerQueue[Ringing] = TimerQueue()
        self._open: dict[str, Request] = {}

    # --- requests

    def receive(self, transaction: ServerTransaction, request: Request) -> Request | None:
        """Return the request ready for choosing its target, or None: refused (16.3, 16.4).

        A refused request has been answered.
        """
        fault = check_request(request, self.policy, self._forwarded)
        if fault is None:
            try:
                return preprocess(request, self.policy)
            except PeerError as error:
                fault = Fault(error.status, error.message)
        self.port.respond(transaction, refuse(request, fault, self.ids))
        return None

    def side_of(self, request: Request) -> Side | None:
        """Tell from our own values in a request which way its dialog goes through us.

        Args:
            request: the request as it was received.

        Returns:
            INWARD when one of our tokens brought it, OUTWARD when our inner Record-Route did, NONE
            when nothing is hidden here; None when it carries no value of ours.
        """
        hiding = self.policy.hiding
        if hiding is None:
            return Side.NONE
        routes = request.routes
        uri = routes[0].uri if routes else request.target
        if not isinstance(uri, SipUri) or not self.policy.owns(uri):
            return None
        if uri.user is not None and uri.user != FOREIGN:
            known = hiding.routes_of(uri.user) is not None or hiding.uri_of(uri.user) is not None
            return Side.INWARD if known else None
        return Side.OUTWARD if routes else None

    def forward(
        self,
        transaction: ServerTransaction,
        request: Request,
        target: Target,
        *,
        uri: str | None = None,
        side: Side = Side.NONE,
        otherwise: Sequence[tuple[Target, str]] = (),
    ) -> ResponseContext:
        """Forward a request, once or to several targets (16.6).

        Args:
            transaction: its server transaction.
            request: the request as ``receive`` gave it.
            target: where to send it.
            uri: the new Request-URI; None: it stays.
            side: whether it leaves or enters the inner system.
            otherwise: targets, each with its Request-URI, that are tried one after the other where
                the request could not be sent, or was answered 503 (16.6, serial search).

        Raises:
            ParseError: what must be rewritten is malformed; the caller answers it.
        """
        context = transaction.user_data
        if not isinstance(context, ResponseContext):
            context = transaction.user_data = ResponseContext(self, transaction)
        sent = forward_request(
            request, self.policy, uri=uri, side=side, arrived=transaction.request
        )
        client = self.port.send_request(sent, target, context)
        branch = Branch(client, sent, side)
        context.branches.append(branch)
        self._open[branch.name] = transaction.request
        if request.method == "INVITE":
            context.start_timer_c(branch)  # 16.6 item 11
        if otherwise:
            (target, uri), rest = otherwise[0], otherwise[1:]
            context.otherwise = partial(
                self.forward, transaction, request, target, uri=uri, side=side, otherwise=rest
            )
        return context

    def cancel(self, transaction: ServerTransaction) -> None:
        """Pass on the CANCEL of a request: 16.10."""
        context = transaction.user_data
        if isinstance(context, ResponseContext):
            context.cancel()

    def receive_ack(self, request: Request) -> Request | None:
        """Return an ACK to a 2xx ready for choosing its target, or None when it is dropped."""
        if check_request(request, self.policy, self._forwarded) is not None:
            return None
        try:
            return preprocess(request, self.policy)
        except PeerError:
            return None

    def forward_ack(
        self, arrived: Request, request: Request, target: Target, *, side: Side = Side.NONE
    ) -> None:
        """Forward an ACK to a 2xx, which has no transaction (16.6, 16.11).

        Args:
            arrived: the ACK as it was received.
            request: the ACK as ``receive_ack`` gave it.
            target: where to send it.
            side: whether it leaves or enters the inner system.

        Raises:
            ParseError: what must be rewritten is malformed.
        """
        sent = forward_request(request, self.policy, side=side, arrived=arrived)
        self.port.send_ack(sent, target)

    # --- time

    def next_deadline(self) -> float | None:
        """Return when ``handle_timer`` is due, in monotonic seconds, or None."""
        return self.timers.next_deadline()

    def handle_timer(self, now: float) -> None:
        """Let the Timers C fire that are due (16.8)."""
        while (due := self.timers.pop_due(now)) is not None:
            (context, branch), _ = due
            context.on_timer_c(branch)

    # --- what is open

    def forget(self, name: str) -> None:
        """The branch of this name has ended; no longer compare with it for loops."""
        self._open.pop(name, None)

    def _forwarded(self, name: str) -> Request | None:
        """Return what we forwarded under a branch that is open, as it was received."""
        return self._open.get(name)

    @property
    def open_branches(self) -> int:
        """How many forwarded requests have no final response yet."""
        return len(self._open)
