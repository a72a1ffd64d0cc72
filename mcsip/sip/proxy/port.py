"""What a proxy needs of whoever runs its transactions, and a bare stack in that role."""

from typing import Protocol

from mcsip.sip.message import Request, Response
from mcsip.sip.stack import ClientTransaction, ServerTransaction, Stack, Target, TransactionUser


class Port(Protocol):
    """Sends what the proxy decides."""

    @property
    def now(self) -> float:
        """The time, in monotonic seconds."""

    def send_request(
        self, request: Request, target: Target, user: TransactionUser
    ) -> ClientTransaction:
        """Send a request with our Via on top (RFC 3261 16.6 items 8 and 10)."""

    def send_ack(self, request: Request, target: Target) -> None:
        """Send an ACK to a 2xx, which has no transaction (RFC 3261 13.2.2.4, 16.11)."""

    def cancel(self, transaction: ClientTransaction, user: TransactionUser) -> None:
        """Cancel an INVITE that we sent, once it may be (RFC 3261 9.1)."""

    def respond(self, transaction: ServerTransaction, response: Response) -> None:
        """Send a response."""


class StackPort:
    """A port on a stack; whoever turns the clock sets ``now`` before each call into the stack.

    Attributes:
        stack: the stack.
        now: monotonic seconds.
    """

    __slots__ = ("now", "stack")

    def __init__(self, stack: Stack, now: float = 0.0) -> None:
        self.stack = stack
        self.now = now

    def send_request(
        self, request: Request, target: Target, user: TransactionUser
    ) -> ClientTransaction:
        """Send a request with our Via on top."""
        return self.stack.send_request(request, target, user, self.now)

    def send_ack(self, request: Request, target: Target) -> None:
        """Send an ACK to a 2xx."""
        self.stack.send_ack(request, target)

    def cancel(self, transaction: ClientTransaction, user: TransactionUser) -> None:
        """Cancel an INVITE that we sent."""
        self.stack.cancel(transaction, user, self.now)

    def respond(self, transaction: ServerTransaction, response: Response) -> None:
        """Send a response."""
        self.stack.respond(transaction, response, self.now)
