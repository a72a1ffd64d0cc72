"""The server half of a stack: requests come in, responses go out (RFC 3261 17.2, 18.2, 9.2)."""

import logging

from mcsip.errors import PeerError
from mcsip.sip.build import build_response
from mcsip.sip.client_side import ClientSide
from mcsip.sip.limits import REFUSED_FOR_ONE, Limits
from mcsip.sip.matching import ServerKey, cancelled_keys, server_key
from mcsip.sip.message import SIP_VERSION, Request, Response
from mcsip.sip.parse import Malformed
from mcsip.sip.shed import build_refusal, refusal_tag
from mcsip.sip.tables import Input
from mcsip.sip.transaction import ServerTransaction
from mcsip.sip.transport_rules import (
    RELIABLE,
    Packet,
    Source,
    Target,
    mark_received,
    response_target,
)
from mcsip.sip.via import Via

log = logging.getLogger(__name__)


class ServerSide(ClientSide):
    """The part of a stack that owns server transactions, on top of the other half.

    Attributes:
        limits: what it takes on.
        max_server_transactions: how many of them at a time; 0 when nothing new is taken.
    """

    __slots__ = ()

    limits: Limits
    max_server_transactions: int

    def respond(self, transaction: ServerTransaction, response: Response, now: float) -> None:
        """Answer a request through its transaction.

        What must not be sent is dropped and counted: a second final response (RFC 3261 17.2), a 408
        or a provisional response other than 100 to a request that is not an INVITE, and over an
        unreliable transport a 100 to it before its time, which the transaction then sends by itself
        (RFC 4320 4.1, 4.2).

        Args:
            transaction: the request's.
            response: the response; of an INVITE also each repetition of a 2xx (RFC 6026 8.7).
            now: monotonic seconds.
        """
        status = response.status
        if (status < 200 or status == 408) and not _may_send(transaction, status):
            self.count(f"not sent: {status} to {transaction.request.method}")
            return
        if status < 200:
            what = Input.PROVISIONAL
        else:
            what = Input.SUCCESS if status < 300 else Input.FAILURE
        if not transaction.step(what, now, response):
            self.count(f"not sent: {status} in state {transaction.state.name.lower()}")

    def is_merged(self, transaction: ServerTransaction) -> bool:
        """Tell whether a request came before on another way, to be answered 482 (RFC 3261 8.2.2.2).

        Ask once for each request, as a UAS; only requests that were asked about are compared.

        Raises:
            ParseError: From, To, Call-ID or CSeq cannot be read.
        """
        request = transaction.request
        if request.to_tag is not None:
            return False
        cseq = request.cseq
        key = (request.call_id, request.from_.tag, cseq.number, cseq.method)
        if self.merges.setdefault(key, transaction) is not transaction:
            return True
        transaction.merge_key = key
        return False

    def receive_request(self, request: Request, source: Source, now: float) -> None:
        """Match a request to its server transaction, or begin one (RFC 3261 17.2.3, 18.2.1).

        Raises:
            ParseError: Via cannot be read.
        """
        via = request.via
        method = request.method
        try:
            key = server_key(request, via)
        except PeerError as fault:
            self._refuse_unmatched(request, via, source, fault)
            return
        transaction = self.servers.get(key)
        if transaction is not None:
            self._receive_again(transaction, request, source, now)
            return
        request = mark_received(request, via, source)
        if method == "ACK":
            self.core.on_ack(request)
            return
        transaction = self._begin(request, via, source, key)
        if transaction is None:
            self._work_meanwhile(now)
            return
        if self.turn > 0 or self._belongs(request):
            self.turn -= 1
            self._hand_over(transaction, now)
        else:
            self.waiting.append(transaction)
        if transaction.answered is None:
            transaction.step(Input.UNANSWERED, now)

    def handle_waiting(self, now: float) -> None:
        """Give the core the next of the requests that wait; whatever has arrived has been read."""
        self.turn = self.limits.turn
        while self.waiting and self.turn > 0:
            self.turn -= 1
            self._take_waiting(now)

    def _work_meanwhile(self, now: float) -> None:
        """Let the core work on what waits while others are refused, which takes time too.

        Much may have arrived at once on connections, all of which is read before the next turn.
        """
        self.refused += 1
        if self.refused >= REFUSED_FOR_ONE and self.waiting:
            self.refused = 0
            self._take_waiting(now)

    def _take_waiting(self, now: float) -> None:
        transaction = self.waiting.popleft()
        if transaction.unfinished:  # it may have been cancelled, or its connection be gone
            self._hand_over(transaction, now)

    def _hand_over(self, transaction: ServerTransaction, now: float) -> None:
        """Let the core work on a new request; answer instead of it where that fails."""
        request = transaction.request
        try:
            if request.version != SIP_VERSION:
                self._refuse(transaction, 505, None, now)  # RFC 3261 21.5.6
            elif request.method == "CANCEL":
                self._receive_cancel(transaction, now)
            else:
                self.core.on_request(transaction, request)
        except PeerError as fault:
            self.drop("request refused", transaction.source, fault.message)
            self._refuse(transaction, fault.status, fault.message, now)
        except Exception:
            self._refuse(transaction, 500, None, now)  # RFC 3261 21.5.1; the shell logs what it was
            raise

    def receive_malformed(self, malformed: Malformed, source: Source, now: float) -> None:
        """Answer a malformed request where that is possible; drop what is none.

        Raises:
            ParseError: Via cannot be read.
        """
        request = malformed.message
        if not isinstance(request, Request) or request.method == "ACK":
            self.drop("malformed message", source, malformed.reason)
            return
        via = request.via
        fault = PeerError(malformed.reason, status=malformed.status)
        try:
            key = server_key(request, via)
        except PeerError:
            self._refuse_unmatched(request, via, source, fault)
            return
        transaction = self.servers.get(key)
        if transaction is not None:
            self.count("request absorbed")
            transaction.step(Input.REQUEST, now)
            return
        self.drop("malformed request", source, malformed.reason)
        transaction = self._begin(mark_received(request, via, source), via, source, key)
        if transaction is not None:
            self._refuse(transaction, fault.status, fault.message, now)

    def drop(self, what: str, source: Source, reason: str) -> None:
        """Count and log something that is wrong, in one line."""
        self.count(what)
        host, port = source.host, source.port
        log.warning("%s from %s:%d/%s: %s", what, host, port, source.transport, _one_line(reason))

    def _receive_again(
        self, transaction: ServerTransaction, request: Request, source: Source, now: float
    ) -> None:
        """Take a request that has a transaction: an ACK or a retransmission."""
        if request.method != "ACK":
            self.count("request absorbed")
            transaction.step(Input.REQUEST, now)
            return
        marked = mark_received(request, request.via, source)
        if not transaction.step(Input.ACK, now, marked):
            self.count("ACK absorbed")

    def _begin(
        self, request: Request, via: Via, source: Source, key: ServerKey
    ) -> ServerTransaction | None:
        """Return a new transaction, or None when there are too many: then 503 was sent."""
        target = response_target(via, source)
        if self._has_room(request):
            return ServerTransaction(self, request, target, source, key)
        self.count(_FOR_LOAD)
        retry_after = ("Retry-After", str(self.limits.retry_after_s))
        self._refuse_stateless(request, target, 503, None, [retry_after])  # RFC 3261 21.5.4
        return None

    @property
    def is_full(self) -> bool:
        """Whether nothing is taken on but what belongs to something under way."""
        limits = self.limits
        return (
            len(self.waiting) >= limits.waiting
            or self.unfinished >= limits.unfinished
            or len(self.servers) >= self.max_server_transactions
        )

    def shed(self, data: bytes, source: Source) -> bool:
        """Refuse a datagram from its octets, while the stack is full; tell whether that was done.

        If not, it is to be read and received as ever: it is not plain, no new request, or belongs
        to something under way.
        """
        if self.core.favours(data):
            return False
        refusal = build_refusal(data, source, self.limits.retry_after_s)
        if refusal is None or refusal.key in self.servers:
            return False
        self.count(_FOR_LOAD)
        self.packets.append(Packet(refusal.target, refusal.data, None))
        return True

    def _has_room(self, request: Request) -> bool:
        """Tell whether a new request is taken on."""
        if not self.is_full:
            return True
        return len(self.servers) < self.max_server_transactions and self._belongs(request)

    def _belongs(self, request: Request) -> bool:
        """Tell whether a request belongs to something under way, which it may well end."""
        try:
            within = request.method == "CANCEL" or request.to_tag is not None
        except PeerError:
            return False
        return within or self.core.favours(request.octets())

    def _receive_cancel(self, transaction: ServerTransaction, now: float) -> None:
        """Answer a CANCEL, 200 or 481, and tell the core of it (RFC 3261 9.2)."""
        keys = cancelled_keys(transaction.key)
        cancelled = next((self.servers[key] for key in keys if key in self.servers), None)
        if cancelled is None:
            self._refuse(transaction, 481, None, now)
            return
        if cancelled.to_tag is None:
            cancelled.to_tag = self.ids.token()
        request = transaction.request
        self.respond(transaction, build_response(request, 200, to_tag=cancelled.to_tag), now)
        if cancelled.is_final or not cancelled.is_invite:
            return
        if cancelled in self.waiting:
            response = build_response(cancelled.request, 487, to_tag=cancelled.to_tag)
            self.respond(cancelled, response, now)  # 9.2; the core has not even seen it
        else:
            self.core.on_cancel(cancelled, request)

    def _refuse(
        self, transaction: ServerTransaction, status: int, reason: str | None, now: float
    ) -> None:
        """Answer a request instead of the core, unless it is answered already."""
        if not transaction.is_final:
            text = None if reason is None else _one_line(reason)
            request = transaction.request
            response = build_response(request, status, text, to_tag=self.ids.token())
            self.respond(transaction, response, now)

    def _refuse_unmatched(
        self, request: Request, via: Via, source: Source, fault: PeerError
    ) -> None:
        """Answer a request that is too malformed to have a transaction; an ACK is dropped."""
        self.drop("malformed request", source, fault.message)
        if request.method != "ACK":
            marked = mark_received(request, via, source)
            target = response_target(via, source)
            self._refuse_stateless(marked, target, fault.status, fault.message, [])

    def _refuse_stateless(
        self,
        request: Request,
        target: Target,
        status: int,
        reason: str | None,
        fields: list[tuple[str, str]],
    ) -> None:
        """Answer without a transaction, each repetition with the same To tag (RFC 3261 8.2.7)."""
        seed = request.fields[0].raw.encode("utf-8", "surrogateescape")
        tag = None
        if _has_plain_to(request):
            tag = refusal_tag(seed)
        text = None if reason is None else _one_line(reason)
        response = build_response(request, status, text, to_tag=tag, fields=fields)
        self.packets.append(Packet(target, response.octets(), None))


_FOR_LOAD = "refused for load"


def _has_plain_to(request: Request) -> bool:
    """Tell whether there is a To that can be read, to which a tag can be added."""
    try:
        return request.to.tag is None
    except PeerError:
        return False


def _may_send(transaction: ServerTransaction, status: int) -> bool:
    """Tell whether a provisional response or a 408 may be sent now (RFC 4320 4.1, 4.2)."""
    if transaction.is_invite:
        return True
    if status != 100:
        return False
    return transaction.target.transport in RELIABLE or transaction.answered is not None


def _one_line(text: str) -> str:
    """Return text fit for a reason phrase or a log line."""
    return "".join(c if c.isprintable() else "?" for c in text)[:200]
