"""Response processing: RFC 3261 16.7; Timer C 16.8, transport errors 16.9, CANCEL 16.10.

A response context belongs to one server transaction. It has a branch for each client transaction
over which the request was forwarded, and decides which of their responses go upstream:

- 1xx other than 100, and 2xx: at once;
- everything else: the best, once all branches have ended;
- never a 408 to a request other than INVITE, nor anything provisional to it (RFC 4320 4).

3xx responses are forwarded: the proxy does not recurse (16.5 leaves the choice).
"""

from collections.abc import Callable
from typing import Protocol

from mcsip.sip.field import make_field
from mcsip.sip.headers import split_list
from mcsip.sip.ids import IdSource
from mcsip.sip.message import Request, Response
from mcsip.sip.proxy.best import choose_best
from mcsip.sip.proxy.policy import ProxyPolicy, Side
from mcsip.sip.proxy.port import Port
from mcsip.sip.proxy.validate import Fault, refuse
from mcsip.sip.retry_after import retry_after_s
from mcsip.sip.stack import ClientTransaction, ServerTransaction
from mcsip.sip.timers import Armed, Timer, TimerQueue


class Owner(Protocol):
    """What a response context needs of its proxy."""

    port: Port
    ids: IdSource
    policy: ProxyPolicy
    timers: "TimerQueue[Ringing]"

    def forget(self, name: str) -> None:
        """The branch of this name has ended."""


class Branch:
    """One forwarded copy of a request.

    Attributes:
        name: key of its client transaction: the branch of our Via.
        transaction: its client transaction; None once its final response came, or never will. Kept,
            the two would hold each other, and the garbage collector would have to find them.
        sent: the request as we forwarded it, without our Via.
        side: whether it left or entered the inner system.
        provisional: whether a provisional response came.
        final: the final response as it may go upstream; None: none.
        timer_c: the running Timer C of an INVITE (16.6 item 11).
    """

    __slots__ = (
        "final", "name", "provisional", "sent", "side", "timer_c", "transaction"
    )  # fmt: skip

    def __init__(self, transaction: ClientTransaction, sent: Request, side: Side) -> None:
        self.name = transaction.key
        self.transaction: ClientTransaction | None = transaction
        self.sent = sent
        self.side = side
        self.provisional = False
        self.final: Response | None = None
        self.timer_c: Armed[Ringing] | None = None

    @property
    def unserved(self) -> bool:
        """Whether nobody was there to serve it: it could not be sent, or was answered 503."""
        return self.final is not None and self.final.status == 503

    @property
    def ended(self) -> bool:
        """Whether its final response came, or will never come."""
        return self.transaction is None


class ResponseContext:
    """Gathers the responses to one request (16.7), as the user of its client transactions.

    Attributes:
        server: the server transaction.
        branches: in the order in which they were forwarded.
        answered: whether a final response went upstream.
        otherwise: forwards the request to the next target of a serial search (16.6), or None.
    """

    __slots__ = ("_proxy", "answered", "branches", "otherwise", "server")

    def __init__(self, proxy: Owner, server: ServerTransaction) -> None:
        self._proxy = proxy
        self.server = server
        self.branches: list[Branch] = []
        self.answered = False
        self.otherwise: Callable[[], object] | None = None

    # --- what the client transactions tell

    def on_response(self, transaction: ClientTransaction, response: Response) -> None:
        """Process a response (16.7)."""
        branch = self._branch(transaction)  # item 1
        if branch is None:
            return
        status = response.status
        if self.answered and status >= 200 and not self.server.is_invite:
            self._end(branch)  # item 5: nothing more goes upstream
            return
        if status < 200:
            self._on_provisional(branch, response)
        elif status < 300:
            self._end(branch)
            self._send(self._upstream(branch, response))  # item 5: of an INVITE every 2xx
            if len(self.branches) > 1:
                self.cancel()  # item 10
        else:
            branch.final = self._upstream(branch, response)  # item 4
            self._end(branch)
            if status >= 600:
                self.cancel()  # item 5: 6xx ends the search
            self._choose()

    def on_timeout(self, transaction: ClientTransaction) -> None:
        """No final response came: as if it were 408 (16.7 item 6, 16.8)."""
        self._end_locally(self._branch(transaction), 408)

    def on_transport_error(self, transaction: ClientTransaction, reason: str) -> None:
        """The request could not be sent: as if it were 503 (16.9)."""
        del reason  # the transport has logged it
        self._end_locally(self._branch(transaction), 503)

    def on_timer_c(self, branch: Branch) -> None:
        """Timer C fired (16.8): cancel what rings, give up what does not."""
        branch.timer_c = None
        if branch.transaction is None:
            return
        if branch.provisional:
            self._proxy.port.cancel(branch.transaction, self)
        else:
            self._end_locally(branch, 408)

    # --- what upstream tells

    def cancel(self) -> None:
        """Cancel every branch that has not ended (16.10; 16.7 item 10); only INVITE can be."""
        self.otherwise = None
        if self.server.request.method != "INVITE":
            return
        for branch in self.branches:
            if branch.transaction is not None:
                self._proxy.port.cancel(branch.transaction, self)

    # --- steps

    def _branch(self, transaction: ClientTransaction) -> Branch | None:
        for branch in self.branches:
            if branch.name == transaction.key:
                return branch
        return None

    def _on_provisional(self, branch: Branch, response: Response) -> None:
        branch.provisional = True
        if response.status == 100 or self.server.request.method != "INVITE":
            return  # item 5; RFC 4320 4.1
        if branch.timer_c is not None:
            self.start_timer_c(branch)  # item 2
        if not self.answered:
            self._proxy.port.respond(self.server, self._upstream(branch, response))

    def start_timer_c(self, branch: Branch) -> None:
        """Start or restart Timer C (16.6 item 11, 16.7 item 2)."""
        proxy = self._proxy
        if branch.timer_c is not None:
            proxy.timers.cancel(branch.timer_c)
        branch.timer_c = proxy.timers.arm(
            proxy.policy.timer_c_s, Timer.C, (self, branch), proxy.port.now
        )

    def _end(self, branch: Branch) -> None:
        branch.transaction = None
        if branch.timer_c is not None:
            self._proxy.timers.cancel(branch.timer_c)
            branch.timer_c = None
        self._proxy.forget(branch.name)

    def _end_locally(self, branch: Branch | None, status: int) -> None:
        if branch is None or branch.ended:
            return
        if self.answered:
            self._end(branch)
            return
        branch.final = refuse(self.server.request, Fault(status), self._proxy.ids)
        self._end(branch)
        self._choose()

    def _choose(self) -> None:
        """Item 6: once all branches have ended without 2xx, send the best of their responses."""
        if self.answered or not all(branch.ended for branch in self.branches):
            return
        if self.branches[-1].unserved and self.otherwise is not None:
            search, self.otherwise = self.otherwise, None
            search()  # 16.7 item 5: nobody was there; the next target of the search
            return
        request = self.server.request
        finals = [branch.final for branch in self.branches if branch.final is not None]
        best = choose_best(finals, request.method)
        if best is None:
            return  # RFC 4320 4.2: silence; the server transaction ends by itself
        if best.status == 503:
            # Item 6: 503 would say that we cannot serve anything; 500 is about this request. When
            # to try again is true of both (21.5.1).
            again_s = round(retry_after_s(best))
            fields = (("Retry-After", str(again_s)),) if again_s else ()
            best = refuse(request, Fault(500, fields=fields), self._proxy.ids)
        self._send(best)

    def _send(self, response: Response) -> None:
        self.answered = True
        self._proxy.port.respond(self.server, response)  # item 9

    def _upstream(self, branch: Branch, response: Response) -> Response:
        """Items 3 and 8: the response without our Via, hidden as the request was."""
        policy = self._proxy.policy
        hiding = policy.hiding
        if hiding is None or branch.side is Side.NONE:
            return without_via(response)
        arrived = self.server.request
        if branch.side is Side.OUTWARD:
            return hiding.incoming_response(response, arrived, branch.sent, policy.route_uri)
        return hiding.outgoing_response(response, arrived, branch.sent)


#: Whose Timer C runs: a branch that has no final response, and its context.
Ringing = tuple[ResponseContext, Branch]


def without_via(response: Response) -> Response:
    """Item 3: return the response without its topmost Via value."""
    fields = list(response.fields)
    for position, field in enumerate(fields):
        if field[0] == "via":
            rest = split_list(field[1])[1:]
            if rest:
                fields[position] = make_field("Via", ", ".join(rest))
            else:
                del fields[position]
            break
    return Response(response.status, response.reason, tuple(fields), response.body)
