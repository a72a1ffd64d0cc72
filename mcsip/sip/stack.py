"""The SIP stack of one node: transactions and the rules of the transport layer, without sockets.

It never asks what time it is and never waits. In: ``receive`` a message, ``send_request``,
``respond``, ``handle_timer``, ``handle_transport_error``, ``handle_waiting``. Out:
``take_packets``, ``next_deadline``, and synchronous calls to the ``Core`` (new requests) and to
each ``TransactionUser`` (responses), which may call the stack again. After any call take the
packets and look at the next deadline.

What comes from the network never raises: it is answered where a response can be addressed, or
dropped, counted in ``counters``, and logged in one line.
"""

from collections.abc import Mapping

from mcsip.errors import PeerError
from mcsip.sip.ids import IdSource
from mcsip.sip.limits import Limits
from mcsip.sip.message import Message, Request, Response
from mcsip.sip.parse import Malformed
from mcsip.sip.server_side import ServerSide
from mcsip.sip.tables import Input, State
from mcsip.sip.timers import Timers
from mcsip.sip.transaction import ClientTransaction, Layer, ServerTransaction
from mcsip.sip.transport_rules import Packet, Source, Target, largest_udp_request
from mcsip.sip.users import Core, TransactionUser

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


DEFAULT_TIMERS = Timers()
DEFAULT_LIMITS = Limits()


class Stack(ServerSide):
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
        "limits",
        "max_server_transactions",
        "max_udp_octets",
        "own_sent_by",
        "prefixes",
    )

    def __init__(
        self,
        core: Core,
        ids: IdSource,
        sent_by: Mapping[str, tuple[str, int]],
        timers: Timers = DEFAULT_TIMERS,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        Layer.__init__(self, core, ids, timers)
        self.limits = limits
        self.max_server_transactions = limits.server_transactions
        self.turn = limits.turn
        self.max_udp_octets = largest_udp_request(limits.path_mtu_octets)
        self.prefixes: dict[str, str] = {}
        self.own_sent_by: set[tuple[str, str, int | None]] = set()
        for transport, (host, port) in sent_by.items():
            self.set_sent_by(transport, host, port)

    def receive(self, message: Message | Malformed, source: Source, now: float) -> None:
        """Take what arrived.

        Args:
            message: what the parser made of it.
            source: where it came from.
            now: monotonic seconds.
        """
        try:
            if isinstance(message, Request):
                self.receive_request(message, source, now)
            elif isinstance(message, Response):
                self.receive_response(message, now)
            elif isinstance(message, Malformed):
                self.receive_malformed(message, source, now)
        except PeerError as fault:
            self.drop("malformed message", source, fault.message)

    def take_packets(self) -> list[Packet]:
        """Return the packets to be sent, in order, and forget them."""
        packets = self.packets
        if packets:
            self.packets = []
        return packets

    def next_deadline(self) -> float | None:
        """Return when ``handle_timer`` is to be called, in monotonic seconds, or None."""
        return self.queue.next_deadline()

    def handle_timer(self, now: float) -> None:
        """Let the timers fire that are due."""
        queue = self.queue
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
            self.count("transport error without a transaction")
        elif packet.target != transaction.target:
            self.count("transport error absorbed")  # the request has gone another way since
        elif (
            isinstance(transaction, ClientTransaction)
            and transaction.fallback is not None
            and transaction.state in {State.CALLING, State.TRYING}
        ):
            self.divert(transaction, transaction.fallback, now)
        elif not transaction.step(Input.TRANSPORT_ERROR, now, reason):
            self.count("transport error absorbed")

    def unanswered(self) -> int:
        """Return how many requests that were sent wait for their final response."""
        waiting = (State.CALLING, State.TRYING, State.PROCEEDING)
        return sum(transaction.state in waiting for transaction in self.clients.values())

    def unacknowledged(self) -> int:
        """Return how many INVITEs that were refused here wait for their ACK (RFC 3261 17.2.1)."""
        return sum(
            transaction.state is State.COMPLETED and transaction.request.method == "INVITE"
            for transaction in self.servers.values()
        )

    def is_quiet(self) -> bool:
        """Tell whether every request that was sent or received has its final response."""
        return not self.unfinished and not self.unanswered()

    def describe(self) -> dict[str, int]:
        """Return how many transactions and timers there are, and the counters."""
        return {
            "client transactions": len(self.clients),
            "server transactions": len(self.servers),
            "unfinished": self.unfinished,
            "waiting": len(self.waiting),
            "timers": len(self.queue),
            **self.counters,
        }
