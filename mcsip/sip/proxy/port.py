"""What a proxy needs of whoever runs its transactions: a stack, or an endpoint round one."""

from typing import Protocol

from mcsip.sip.message import Request, Response
from mcsip.sip.transaction import ClientTransaction, ServerTransaction, TransactionUser
from mcsip.sip.transport_rules import Target


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
        """Send an ACK to a 2xx, which has no transaction (RFC 3261 13.2.2.4, 16.6)."""

    def cancel(self, transaction: ClientTransaction) -> None:
        """Cancel an INVITE that we sent, once it may be (RFC 3261 9.1)."""

    def respond(self, transaction: ServerTransaction, response: Response) -> None:
        """Send a response."""
