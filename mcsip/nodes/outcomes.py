"""Small transaction users, and how an answer names what it answers."""

import logging

from mcsip.sip.message import Request, Response
from mcsip.sip.transaction import ClientTransaction

log = logging.getLogger(__name__)


def attempt_of(request: Request) -> str | None:
    """Return the attempt that a message names: the first In-Reply-To (RFC 3261 20.21 [ours])."""
    items = request.items("in-reply-to")
    return items[0] if items else None


class LoggingUser:
    """The user of a transaction whose failure changes nothing: it is logged.

    That nobody answers, or says no, is an outcome like others, and may be what a scenario is about:
    INFO. That something could not be sent at all is WARNING.

    Args:
        node: who sends.
        what: what is sent.
    """

    __slots__ = ("_node", "_what")

    def __init__(self, node: str, what: str) -> None:
        self._node = node
        self._what = what

    def on_response(self, _transaction: ClientTransaction, response: Response) -> None:
        """Take a final answer."""
        if response.status >= 300:
            status = f"{response.status} {response.reason}"
            log.info("%s: %s was answered %s", self._node, self._what, status)

    def on_timeout(self, _transaction: ClientTransaction) -> None:
        """Nobody answered."""
        log.info("%s: %s was not answered in time", self._node, self._what)

    def on_transport_error(self, _transaction: ClientTransaction, reason: str) -> None:
        """It could not be sent."""
        log.warning("%s: %s could not be sent: %s", self._node, self._what, reason)
