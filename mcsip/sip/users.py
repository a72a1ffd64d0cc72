"""Who stands above the transaction layer: transaction users and the core (RFC 3261 5, 17).

All calls are synchronous, and whoever is called may call the stack again.
"""

from typing import TYPE_CHECKING, Protocol

from mcsip.sip.message import Request, Response

if TYPE_CHECKING:
    from mcsip.sip.transaction import ClientTransaction, ServerTransaction


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

    A class that inherits from it has callbacks that do nothing, except ``on_request``.
    """

    def on_request(self, transaction: "ServerTransaction", request: Request) -> None:
        """Take a new request, which is to be answered through its transaction."""

    def favours(self, data: bytes) -> bool:
        """Tell whether a request belongs to work that was accepted: it goes before others.

        Asked only under load. What CANCEL and requests within a dialog are told does not matter:
        they always go first.

        Args:
            data: the octets of the request; nobody has read it.
        """
        del data
        return False

    def on_ack(self, request: Request) -> None:
        """Take an ACK to a 2xx (RFC 3261 13.3.1.4)."""
        del request

    def on_cancel(self, transaction: "ServerTransaction", request: Request) -> None:
        """Learn that an INVITE which is not finally answered was cancelled (RFC 3261 9.2).

        The CANCEL itself is answered already; the INVITE is to be answered 487, with the tag in
        ``transaction.to_tag``.

        Args:
            transaction: the INVITE's.
            request: the CANCEL.
        """
        del transaction, request

    def on_stray_response(self, response: Response) -> None:
        """See a response that belongs to no transaction; it is dropped (RFC 6026 8.9)."""
        del response

    def on_server_failure(self, transaction: "ServerTransaction", reason: str) -> None:
        """Learn that a response could not be sent, no ACK came, or it is too late to answer.

        RFC 3261 17.2.4 as amended by RFC 6026 8.8, RFC 3261 17.2.1, RFC 4320 4.2.
        """
        del transaction, reason
