"""The SIP stack of one node: transactions and the rules of the transport layer, without sockets.

It never asks what time it is and never waits. In: ``receive`` a message, ``send_request``, ``respond``,
``handle_timer``, ``handle_transport_error``; out: ``take_packets``, ``next_deadline``, and synchronous
calls to the ``Core`` (new requests) and to each ``TransactionUser`` (responses), which may call the
stack again. After any call take the packets and look at the next deadline.

What comes from the network never raises: it is answered where a response can be addressed, or dropped,
counted in ``counters``, and logged in one line.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from mcsip.errors import PeerError, UsageError
from mcsip.sip.build import build_response
from mcsip.sip.field import Field, make_field
from mcsip.sip.ids import MAGIC_COOKIE, IdSource
from mcsip.sip.matching import method_of, server_key
from mcsip.sip.message import SIP_VERSION, Message, Request, Response
from mcsip.sip.parse import Malformed
from mcsip.sip.tables import Input, State
from mcsip.sip.timers import Timers
from mcsip.sip.transaction import (
    ClientTransaction,
    Core,
    Layer,
    ServerTransaction,
    TransactionUser,
    client_key,
)
from mcsip.sip.transport_rules import (
    Packet,
    Source,
    Target,
    default_port,
    largest_udp_request,
    mark_received,
    response_target,
    via_prefix,
)

__all__ = [
    "ClientTransaction",
    "Core",
    "Limits",
    "Packet",
    "ServerTransaction",
    "Source",
    "Stack",
    "Target",
    "TransactionUser",
]

log = logging.getLogger(__name__)

_new_tuple = tuple.__new__


@dataclass(frozen=True, slots=True)
class Limits:
    """What a stack takes on.

    Attributes:
        server_transactions: how many at a time; further requests are answered 503 [ours].
        retry_after_s: the Retry-After of that 503, in seconds [ours].
        path_mtu_octets: the path MTU, or None when it is unknown (RFC 3261 18.1.1).
    """

    server_transactions: int = 100_000
    retry_after_s: int = 5
    path_mtu_octets: int | None = None


class Stack:
    """The transaction layer of one node.

    Args:
        core: the node, which takes new requests.
        ids: the id source, for branches and tags.
        sent_by: for each transport its own host and port, as they stand in Via.
        timers: T1, T2, T4.
        limits: what it takes on.

    Attributes:
        counters: how often something was absorbed, refused or dropped, by what it was.
    """

    __slots__ = (
        "_clients",
        "_core",
        "_layer",
        "_limits",
        "_max_udp_octets",
        "_prefixes",
        "_sent_by",
        "_servers",
        "counters",
    )

    def __init__(
        self,
        core: Core,
        ids: IdSource,
        sent_by: Mapping[str, tuple[str, int]],
        timers: Timers = Timers(),  # noqa: B008  # frozen
        limits: Limits = Limits(),  # noqa: B008  # frozen
    ) -> None:
        layer = Layer(core, ids, timers)
        self._core = core
        self._layer = layer
        self._limits = limits
        self._clients = layer.clients
        self._servers = layer.servers
        self.counters = layer.counters
        self._max_udp_octets = largest_udp_request(limits.path_mtu_octets)
        self._prefixes: dict[str, str] = {}
        self._sent_by: dict[str, tuple[str, int]] = {}
        for transport, (host, port) in sent_by.items():
            self.set_sent_by(transport, host, port)

    # What the node does

    def set_sent_by(self, transport: str, host: str, port: int) -> None:
        """Say under which host and port this node is reached over a transport (RFC 3261 18.1.1)."""
        self._sent_by[transport] = (host, port)
        self._prefixes[transport] = via_prefix(transport, host, port)

    def send_request(
        self, request: Request, target: Target, user: TransactionUser, now: float
    ) -> ClientTransaction:
        """Send a request in a new client transaction; the Via is added on top (RFC 3261 18.1.1).

        A request that is too large for UDP goes over TCP, and over UDP after all when the connection
        is refused. An ACK to a 2xx goes by ``send_ack``, a CANCEL by ``cancel``.

        Args:
            request: the request, without a Via of ours.
            target: where to.
            user: who is told of responses and failures.
            now: monotonic seconds.

        Raises:
            UsageError: there is no such transport here, or the method is ACK or CANCEL.
        """
        if request.method in {"ACK", "CANCEL"}:
            raise UsageError(f"{request.method} has no client transaction of its own making")
        branch = MAGIC_COOKIE + self._layer.ids.token()
        fallback = None
        if target[0] == "UDP" and "TCP" in self._prefixes:
            sent, target, fallback = self._fit(request, branch, target)
        else:
            sent = self._with_via(request, target[0], branch)
        transaction = ClientTransaction(self._layer, sent, target, user, branch)
        transaction.fallback = fallback
        self._clients[branch] = transaction
        transaction.begin(now)
        return transaction

    def respond(self, transaction: ServerTransaction, response: Response, now: float) -> None:
        """Answer a request through its transaction.

        What must not be sent is dropped and counted: a second final response (RFC 3261 17.2), a 408 or
        a provisional response other than 100 to a request that is not an INVITE, and over an
        unreliable transport a 100 to it before its time, which the transaction then sends by itself
        (RFC 4320 4.1, 4.2).
        """
        status = response.status
        if status < 200:
            what = Input.PROVISIONAL
        else:
            what = Input.SUCCESS if status < 300 else Input.FAILURE
        if (status < 200 or status == 408) and not transaction.is_invite:
            early = status == 100 and not transaction.is_reliable
            if status != 100 or (early and transaction.answered is None):
                self._layer.count(f"not sent: {status} to a non-INVITE request")
                return
        if not transaction.step(what, now, response):
            self._layer.count("not sent: response in state " + transaction.state.name.lower())

    def cancel(self, transaction: ClientTransaction, user: TransactionUser, now: float) -> None:
        """Cancel an INVITE (RFC 3261 9.1): at once when a provisional response came, else after it.

        An INVITE that was finally answered is left alone. When no final response comes within 64*T1
        of the CANCEL, the INVITE's user gets ``on_timeout``.

        Args:
            transaction: the INVITE's.
            user: who takes the response to the CANCEL.
            now: monotonic seconds.
        """
        if transaction.request.method != "INVITE":
            return
        if transaction.state is State.CALLING:
            transaction.cancel_user = user
        elif transaction.state is State.PROCEEDING:
            self._send_cancel(transaction, user, now)

    def abandon(self, transaction: ClientTransaction, now: float) -> None:
        """Forget a client transaction that has no final response yet; its user hears no more of it."""
        transaction.step(Input.ABANDON, now)

    def send_ack(self, request: Request, target: Target) -> None:
        """Send an ACK to a 2xx, which belongs to no transaction (RFC 3261 13.2.2.4, 16.11)."""
        branch = MAGIC_COOKIE + self._layer.ids.token()
        sent = self._with_via(request, target.transport, branch)
        self._layer.packets.append(Packet(target, sent.octets(), None))

    def is_merged(self, transaction: ServerTransaction) -> bool:
        """Tell whether a request came before on another way, to be answered 482 (RFC 3261 8.2.2.2).

        Ask once for each request, as a UAS; only requests that were asked about are compared.

        Raises:
            ParseError: From, To, Call-ID or CSeq cannot be read.
        """
        request = transaction.request
        if request.to.tag is not None:
            return False
        cseq = request.cseq
        key = (request.call_id, request.from_.tag, cseq.number, cseq.method)
        first = self._layer.merges.setdefault(key, transaction)
        if first is not transaction:
            return True
        transaction.merge_key = key
        return False

    # What the network does

    def receive(self, message: Message | Malformed, source: Source, now: float) -> None:
        """Take what arrived.

        Args:
            message: what the parser made of it.
            source: where it came from.
            now: monotonic seconds.
        """
        try:
            if isinstance(message, Request):
                self._receive_request(message, source, now)
            elif isinstance(message, Response):
                self._receive_response(message, now)
            elif isinstance(message, Malformed):
                self._receive_malformed(message, source, now)
        except PeerError as fault:
            self._drop("malformed message", source, fault.message)

    def take_packets(self) -> list[Packet]:
        """Return the packets to be sent, in order, and forget them."""
        layer = self._layer
        packets = layer.packets
        if packets:
            layer.packets = []
        return packets

    def next_deadline(self) -> float | None:
        """Return when ``handle_timer`` is to be called, in monotonic seconds, or None."""
        return self._layer.queue.next_deadline()

    def handle_timer(self, now: float) -> None:
        """Let the timers fire that are due."""
        queue = self._layer.queue
        while (due := queue.pop_due(now)) is not None:
            transaction, timer = due
            transaction.step(timer, now)

    def handle_transport_error(self, packet: Packet, reason: str, now: float) -> None:
        """Learn that a packet could not be sent (RFC 3261 18.4).

        A request that took TCP for its size alone is sent over UDP, once (RFC 3261 18.1.1).

        Args:
            packet: as it was taken.
            reason: what happened, for people.
            now: monotonic seconds.
        """
        transaction = packet.key
        if not isinstance(transaction, ClientTransaction | ServerTransaction):
            self._layer.count("transport error without a transaction")
            return
        if packet.target is not transaction.target:
            return  # the request has gone another way since
        if isinstance(transaction, ClientTransaction):
            fallback = transaction.fallback
            if fallback is not None and transaction.state in {State.CALLING, State.TRYING}:
                request = _without_top_via(transaction.request)
                sent = self._with_via(request, fallback.transport, transaction.branch)
                self._layer.count("TCP refused, sent over UDP")
                transaction.divert(sent, fallback, now)
                return
        if not transaction.step(Input.TRANSPORT_ERROR, now, reason):
            self._layer.count("transport error absorbed")

    def describe(self) -> dict[str, int]:
        """Return how many transactions and timers there are, and the counters."""
        return {
            "client transactions": len(self._clients),
            "server transactions": len(self._servers),
            "timers": len(self._layer.queue),
            **self.counters,
        }

    # Requests out

    def _with_via(self, request: Request, transport: str, branch: str) -> Request:
        """Return the request with our Via on top of all fields."""
        prefix = self._prefixes.get(transport)
        if prefix is None:
            raise UsageError(f"this node has no transport {transport}")
        value = prefix + branch
        field = _new_tuple(Field, ("via", value, "Via: " + value))
        return Request(
            request.method,
            request.uri,
            (field, *request.fields),
            request.body,
            None,
            request.version,
        )

    def _fit(
        self, request: Request, branch: str, target: Target
    ) -> tuple[Request, Target, Target | None]:
        """Return the request, its target, and the way back to UDP if its size asks for TCP."""
        sent = self._with_via(request, "UDP", branch)
        if len(sent.octets()) <= self._max_udp_octets:
            return sent, target, None
        over_tcp = _new_tuple(Target, ("TCP", target[1], target[2], None))
        return self._with_via(request, "TCP", branch), over_tcp, target

    def _send_cancel(
        self, transaction: ClientTransaction, user: TransactionUser, now: float
    ) -> None:
        """Send the CANCEL that RFC 3261 9.1 describes: the INVITE's Via, no fields of its own."""
        invite = transaction.request
        fields = [invite.fields[0]]
        fields += [f for f in invite.fields if f[0] in {"from", "to", "call-id", "route"}]
        fields += [
            make_field("CSeq", f"{invite.cseq.number} CANCEL"),
            make_field("Max-Forwards", "70"),
            make_field("Content-Length", "0"),
        ]
        request = Request("CANCEL", invite.uri, tuple(fields))
        transaction.cancel_user = None
        branch = transaction.branch
        cancel = ClientTransaction(self._layer, request, transaction.target, user, branch)
        self._clients[client_key(branch, "CANCEL")] = cancel
        cancel.begin(now)
        transaction.step(Input.CANCEL_SENT, now)

    # Responses in

    def _receive_response(self, response: Response, now: float) -> None:
        """Match a response to its client transaction (RFC 3261 17.1.3, 18.1.2)."""
        via = response.via
        branch = via.branch or ""
        transaction = self._clients.get(branch)
        method = method_of(response)
        if transaction is not None and transaction.request.method != method:
            transaction = self._clients.get(client_key(branch, method))
            if transaction is not None and transaction.request.method != method:
                transaction = None
        if transaction is None or not self._is_ours(via.transport, via.host, via.port):
            self._layer.count("stray response")
            self._core.on_stray_response(response)
            return
        status = response.status
        if status < 200:
            transaction.step(Input.PROVISIONAL, now, response)
            if transaction.cancel_user is not None:
                self.cancel(transaction, transaction.cancel_user, now)
        elif not transaction.step(Input.SUCCESS if status < 300 else Input.FAILURE, now, response):
            self._layer.count("response absorbed")

    def _is_ours(self, transport: str, host: str, port: int | None) -> bool:
        """Tell whether a topmost Via holds our own sent-by (RFC 3261 18.1.2)."""
        sent_by = self._sent_by.get(transport)
        if sent_by is None:
            return False
        own_host, own_port = sent_by
        if port is None:
            port = default_port(transport)
        return port == own_port and (host == own_host or host.lower() == own_host.lower())

    # Requests in

    def _receive_request(self, request: Request, source: Source, now: float) -> None:
        """Match a request to its server transaction, or begin one (RFC 3261 17.2.3, 18.2.1)."""
        via = request.via
        key = server_key(request, via)
        transaction = self._servers.get(key)
        method = request.method
        if transaction is not None:
            if method == "ACK":
                given = mark_received(request, via, source)
                if not transaction.step(Input.ACK, now, given):
                    self._layer.count("ACK absorbed")
            else:
                self._layer.count("request absorbed")
                transaction.step(Input.REQUEST, now)
            return
        request = mark_received(request, via, source)
        if method == "ACK":
            self._core.on_ack(request)
            return
        target = response_target(via, source)
        if len(self._servers) >= self._limits.server_transactions:
            self._refuse_for_load(request, target)
            return
        transaction = ServerTransaction(self._layer, request, target, source, key, now)
        self._servers[key] = transaction
        try:
            if request.version != SIP_VERSION:
                self._refuse(transaction, 505, None, now)  # RFC 3261 21.5.6
            elif method == "CANCEL":
                self._take_cancel(transaction, now)
            else:
                self._core.on_request(transaction, request)
        except PeerError as fault:
            self._drop("request refused", source, fault.message)
            self._refuse(transaction, fault.status, fault.message, now)
        if transaction.answered is None or transaction.answered < 200:
            transaction.wait(now)

    def _take_cancel(self, transaction: ServerTransaction, now: float) -> None:
        """Answer a CANCEL, 200 or 481, and tell the core of it (RFC 3261 9.2)."""
        request = transaction.request
        cancelled = self._find_cancelled(transaction)
        if cancelled is None:
            self._refuse(transaction, 481, None, now)
            return
        if cancelled.to_tag is None:
            cancelled.to_tag = self._layer.ids.token()
        self.respond(transaction, build_response(request, 200, to_tag=cancelled.to_tag), now)
        if cancelled.is_invite and not cancelled.is_final:
            self._core.on_cancel(cancelled, request)

    def _find_cancelled(self, transaction: ServerTransaction) -> ServerTransaction | None:
        """Return the transaction that a CANCEL is about, of any method but CANCEL and ACK (9.2)."""
        key = transaction.key
        place = key.index("CANCEL", 3)
        keys = [(*key[:place], method, *key[place + 1 :]) for method in _CANCELLABLE]
        return next((self._servers[k] for k in keys if k in self._servers), None)

    def _refuse(
        self, transaction: ServerTransaction, status: int, reason: str | None, now: float
    ) -> None:
        """Answer a request that the core does not see, unless it is answered already."""
        if not transaction.is_final:
            tag = self._layer.ids.token()
            text = None if reason is None else _one_line(reason)
            response = build_response(transaction.request, status, text, to_tag=tag)
            self.respond(transaction, response, now)

    def _refuse_for_load(self, request: Request, target: Target) -> None:
        """Answer 503 without a transaction, the same to each repetition (RFC 3261 8.2.7, 21.5.4)."""
        self._layer.count("refused for load")
        tag = hashlib.blake2s((request.via.branch or "").encode(errors="replace")).hexdigest()[:16]
        response = build_response(
            request, 503, to_tag=tag, fields=[("Retry-After", str(self._limits.retry_after_s))]
        )
        self._layer.packets.append(Packet(target, response.octets(), None))

    def _receive_malformed(self, malformed: Malformed, source: Source, now: float) -> None:
        """Answer a malformed request where that is possible; drop what is not one."""
        request = malformed.message
        if not isinstance(request, Request) or request.method == "ACK":
            self._drop("malformed message", source, malformed.reason)
            return
        via = request.via
        key = server_key(request, via)
        transaction = self._servers.get(key)
        if transaction is not None:
            transaction.step(Input.REQUEST, now)
            return
        self._drop("malformed request", source, malformed.reason)
        marked = mark_received(request, via, source)
        target = response_target(via, source)
        if len(self._servers) >= self._limits.server_transactions:
            self._refuse_for_load(marked, target)
            return
        transaction = ServerTransaction(self._layer, marked, target, source, key, now)
        self._servers[key] = transaction
        self._refuse(transaction, malformed.status, malformed.reason, now)

    def _drop(self, what: str, source: Source, reason: str) -> None:
        """Count and log something that is wrong, in one line."""
        self._layer.count(what)
        log.warning(
            "%s from %s:%d over %s: %s",
            what,
            source.host,
            source.port,
            source.transport,
            _one_line(reason),
        )


#: Methods whose transactions a CANCEL may be about: all but ACK and CANCEL (RFC 3261 9.2).
_CANCELLABLE = (
    "INVITE",
    "MESSAGE",
    "OPTIONS",
    "BYE",
    "INFO",
    "NOTIFY",
    "PRACK",
    "PUBLISH",
    "REFER",
    "REGISTER",
    "SUBSCRIBE",
    "UPDATE",
)


def _without_top_via(request: Request) -> Request:
    """Return a request that we sent, without the Via that we put on top of all fields."""
    return Request(
        request.method, request.uri, request.fields[1:], request.body, None, request.version
    )


def _one_line(text: str) -> str:
    """Return text fit for a reason phrase or a log line."""
    return "".join(c if c.isprintable() else "?" for c in text)[:200]
