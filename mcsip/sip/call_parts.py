"""Parts that calls and their re-INVITEs share."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from mcsip.sip.alarms import Alarms, Sleeper
from mcsip.sip.call_events import CallEvent, UaSettings
from mcsip.sip.call_table import CallInput
from mcsip.sip.dialog import DialogId
from mcsip.sip.ids import IdSource
from mcsip.sip.message import Response
from mcsip.sip.proxy.port import Port
from mcsip.sip.stack import ClientTransaction, ServerTransaction

if TYPE_CHECKING:
    from mcsip.sip.call import Call


class Owner(Protocol):
    """What a call needs of its user agent."""

    port: Port
    ids: IdSource
    alarms: Alarms
    settings: UaSettings

    def emit(self, event: CallEvent) -> None:
        """Tell the user."""

    def enrol(self, dialog: DialogId, call: "Call") -> None:
        """Send requests of this dialog to the call from now on."""

    def strike(self, call: "Call") -> None:
        """Forget a call that has ended, and its dialogs."""


class Repeater:
    """A 2xx to INVITE, sent again until its ACK comes (RFC 3261 13.3.1.4).

    The owner of the alarms is told ``"T1 and its doubles"`` whenever it is time to call ``again``,
    and ``"64*T1 without ACK"`` when the waiting ends.

    Args:
        owner: the user agent.
        sleeper: whose alarms these are.
    """

    __slots__ = ("_interval_s", "_owner", "_response", "_sleeper", "_transaction")

    def __init__(self, owner: Owner, sleeper: Sleeper) -> None:
        self._owner = owner
        self._sleeper = sleeper
        self._interval_s = 0.0
        self._transaction: ServerTransaction | None = None
        self._response: Response | None = None

    def start(self, transaction: ServerTransaction, response: Response) -> None:
        """Send the 2xx for the first time."""
        self._transaction, self._response = transaction, response
        timers, now = self._owner.settings.timers, self._owner.port.now
        self._interval_s = timers.t1
        self._owner.alarms.arm(self._sleeper, CallInput.REPEAT, now + timers.t1)
        self._owner.alarms.arm(self._sleeper, CallInput.NO_ACK, now + 64 * timers.t1)
        self._owner.port.respond(transaction, response)

    def again(self) -> None:
        """Send it again; the interval doubles up to T2."""
        if self._transaction is None or self._response is None:
            return
        port = self._owner.port
        self._interval_s = min(2 * self._interval_s, self._owner.settings.timers.t2)
        self._owner.alarms.arm(self._sleeper, CallInput.REPEAT, port.now + self._interval_s)
        port.respond(self._transaction, self._response)

    def stop(self) -> None:
        """Send it no more."""
        self._owner.alarms.cancel(self._sleeper, CallInput.REPEAT, CallInput.NO_ACK)
        self._transaction = self._response = None


class FinalUser:
    """The user of a transaction of which only matters that it ends.

    Args:
        done: called once, at its end, with its final status: 408 for a timeout and 503 for a
            transport error (RFC 3261 8.1.3.1).
    """

    __slots__ = ("_done",)

    def __init__(self, done: Callable[[int], None]) -> None:
        self._done = done

    def on_response(self, _transaction: ClientTransaction, response: Response) -> None:
        """Take a response."""
        if response.status >= 200:
            self._done(response.status)

    def on_timeout(self, _transaction: ClientTransaction) -> None:
        """No response came."""
        self._done(408)

    def on_transport_error(self, _transaction: ClientTransaction, _reason: str) -> None:
        """The request could not be sent."""
        self._done(503)


def ignore(_status: int) -> None:
    """Do nothing: a transaction ended whose end means nothing."""


def pick(ids: IdSource, count: int) -> int:
    """Return a number below ``count``, as random as the id source's letters."""
    number = 0
    for letter in ids.token()[-8:]:
        number = number * 26 + (ord(letter) - ord("a"))
    return number % count
