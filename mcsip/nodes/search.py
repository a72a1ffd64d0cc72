"""The next server of a neighbour, when one could not be reached or serves nobody (RFC 3263 4.3)."""

import logging
from collections.abc import Sequence

from mcsip.net.endpoint import Endpoint
from mcsip.sip.message import Request, Response
from mcsip.sip.stack import Target, TransactionUser
from mcsip.sip.transaction import ClientTransaction

log = logging.getLogger(__name__)

SERVICE_UNAVAILABLE = 503
"""The response that counts as a failure of the server, RFC 3263 4.3 [2nd]."""


class Search:
    """The user of a request of our own that may go to several servers, one after the other.

    Whoever originates the request hears of the last one only. A server that says nothing until
    Timer F is not searched beyond: by then nobody waits for the request any more [ours].

    Args:
        endpoint: sends.
        request: the request.
        left: where else it may go, in the order to try.
        user: is told the outcome.
    """

    __slots__ = ("_endpoint", "_left", "_request", "_user")

    def __init__(
        self, endpoint: Endpoint, request: Request, left: Sequence[Target], user: TransactionUser
    ) -> None:
        self._endpoint = endpoint
        self._request = request
        self._left = list(left)
        self._user = user

    def on_response(self, transaction: ClientTransaction, response: Response) -> None:
        """Take a response: 503 means that the next server is asked."""
        if response.status != SERVICE_UNAVAILABLE or not self._goes_on(transaction, "answered 503"):
            self._user.on_response(transaction, response)

    def on_timeout(self, transaction: ClientTransaction) -> None:
        """Hear that no final response came in time."""
        self._user.on_timeout(transaction)

    def on_transport_error(self, transaction: ClientTransaction, reason: str) -> None:
        """Hear that the request could not be sent: the next server is asked."""
        if not self._goes_on(transaction, reason):
            self._user.on_transport_error(transaction, reason)

    def _goes_on(self, transaction: ClientTransaction, reason: str) -> bool:
        """Send to the next server, in a transaction of its own; False when there is none left."""
        if not self._left or not self._endpoint.running:
            return False
        target = self._left.pop(0)
        at = f"{transaction.target.host}:{transaction.target.port}"
        log.info("%s: %s; trying %s:%d", at, reason, target.host, target.port)
        self._endpoint.send_request(self._request, target, self)
        return True
