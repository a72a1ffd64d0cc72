"""The client half of a stack: requests go out, responses come in (RFC 3261 17.1, 18.1)."""

from mcsip.errors import UsageError
from mcsip.sip.ack import build_cancel
from mcsip.sip.field import Field
from mcsip.sip.ids import MAGIC_COOKIE
from mcsip.sip.matching import method_of
from mcsip.sip.message import Request, Response
from mcsip.sip.tables import Input, State
from mcsip.sip.transaction import ClientTransaction, Layer
from mcsip.sip.transport_rules import Packet, Target, default_port, via_prefix
from mcsip.sip.users import TransactionUser

_new_tuple = tuple.__new__


class ClientSide(Layer):
    """The part of a stack that owns client transactions.

    Attributes:
        max_udp_octets: the largest request over UDP.
        prefixes: for each transport our Via value up to the branch.
        own_sent_by: (transport, host in lower case, port) of our Via values.
    """

    __slots__ = ()

    max_udp_octets: int
    prefixes: dict[str, str]
    own_sent_by: set[tuple[str, str, int | None]]

    def set_sent_by(self, transport: str, host: str, port: int) -> None:
        """Say under which host and port this node is reached over a transport (RFC 3261 18.1.1)."""
        self.prefixes[transport] = via_prefix(transport, host, port)
        self.own_sent_by.difference_update({o for o in self.own_sent_by if o[0] == transport})
        for written in {host, host.lower()}:
            self.own_sent_by.add((transport, written, port))
            if port == default_port(transport):
                self.own_sent_by.add((transport, written, None))

    def send_request(
        self, request: Request, target: Target, user: TransactionUser, now: float
    ) -> ClientTransaction:
        """Send a request in a new client transaction; the Via is added on top (RFC 3261 18.1.1).

        A request that is too large for UDP goes over TCP, and over UDP after all when the
        connection is refused. An ACK to a 2xx goes by ``send_ack``, a CANCEL by ``cancel``.

        Args:
            request: the request, without a Via of ours.
            target: where to.
            user: who is told of responses and failures.
            now: monotonic seconds.

        Raises:
            UsageError: there is no such transport here, or the method is ACK or CANCEL.
        """
        method = request.method
        if method in {"ACK", "CANCEL"}:
            raise UsageError(f"send_request does not send {method}")
        branch = MAGIC_COOKIE + self.ids.token()
        fallback = None
        if target[0] == "UDP" and "TCP" in self.prefixes:
            sent, target, fallback = self._fit(request, branch, target)
        else:
            sent = self._with_via(request, target[0], branch)
        transaction = ClientTransaction(self, sent, target, user, branch)
        transaction.fallback = fallback
        transaction.begin(now)
        return transaction

    def cancel(self, transaction: ClientTransaction, user: TransactionUser, now: float) -> None:
        """Cancel an INVITE (RFC 3261 9.1): at once when a provisional response came, else after it.

        An INVITE that was finally answered is left alone. When no final response comes within 64*T1
        of the CANCEL, the INVITE's user gets ``on_timeout``.

        Args:
            transaction: the INVITE's.
            user: who takes the response to the CANCEL.
            now: monotonic seconds.
        """
        if transaction.state is State.CALLING:
            transaction.cancel_user = user
        elif transaction.state is State.PROCEEDING and transaction.request.method == "INVITE":
            transaction.cancel_user = None
            request = build_cancel(transaction.request)
            ClientTransaction(self, request, transaction.target, user, transaction.branch).begin(
                now
            )
            transaction.step(Input.CANCEL_SENT, now)

    def abandon(self, transaction: ClientTransaction, now: float) -> None:
        """Forget a client transaction without a final response; its user hears no more of it."""
        transaction.step(Input.ABANDON, now)

    def send_ack(self, request: Request, target: Target) -> None:
        """Send an ACK to a 2xx, which belongs to no transaction (RFC 3261 13.2.2.4, 16.6).

        Raises:
            UsageError: there is no such transport here.
        """
        sent = self._with_via(request, target.transport, MAGIC_COOKIE + self.ids.token())
        self.packets.append(Packet(target, sent.octets(), None))

    def divert(self, transaction: ClientTransaction, fallback: Target, now: float) -> None:
        """Send a request over UDP after all: its size asked for TCP, which was refused (18.1.1)."""
        self.count("TCP refused, sent over UDP")
        sent = transaction.request
        bare = Request(sent.method, sent.uri, sent.fields[1:], sent.body, None, sent.version)
        over_udp = self._with_via(bare, fallback.transport, transaction.branch)
        transaction.divert(over_udp, fallback, now)

    def receive_response(self, response: Response, now: float) -> None:
        """Match a response to its client transaction (RFC 3261 17.1.3, 18.1.2).

        Raises:
            ParseError: Via or CSeq cannot be read.
        """
        via = response.via
        branch = via.branch or ""
        transaction = self.clients.get(branch)
        method = method_of(response)
        if transaction is not None and transaction.request.method != method:
            transaction = self.clients.get(f"{method} {branch}")  # a CANCEL's key
        own = (via.transport, via.host, via.port)
        if transaction is None or not (own in self.own_sent_by or self._is_own(own)):
            self.count("stray response")
            self.core.on_stray_response(response)
            return
        status = response.status
        if status < 200:
            transaction.step(Input.PROVISIONAL, now, response)
            if transaction.cancel_user is not None:
                self.cancel(transaction, transaction.cancel_user, now)
        elif not transaction.step(Input.SUCCESS if status < 300 else Input.FAILURE, now, response):
            self.count("response absorbed")

    def _is_own(self, sent_by: tuple[str, str, int | None]) -> bool:
        """Tell whether a sent-by is ours, host names being without case (RFC 3261 18.1.2)."""
        transport, host, port = sent_by
        return (transport, host.lower(), port) in self.own_sent_by

    def _with_via(self, request: Request, transport: str, branch: str) -> Request:
        """Return the request with our Via on top of all fields."""
        prefix = self.prefixes.get(transport)
        if prefix is None:
            raise UsageError(f"this node has no transport {transport}")
        value = prefix + branch
        field = _new_tuple(Field, ("via", value, "Via: " + value))
        fields = (field, *request.fields)
        return Request(request.method, request.uri, fields, request.body, None, request.version)

    def _fit(
        self, request: Request, branch: str, target: Target
    ) -> tuple[Request, Target, Target | None]:
        """Return the request, its target, and the way back to UDP if its size asks for TCP.

        The size is that of the request with a Via for UDP, which is the longer one.
        """
        largest = self.max_udp_octets
        if len(request.body) <= largest:
            sent = self._with_via(request, "UDP", branch)
            if len(sent.octets()) <= largest:
                return sent, target, None
        over_tcp = _new_tuple(Target, ("TCP", target[1], target[2], None))
        return self._with_via(request, "TCP", branch), over_tcp, target
