"""A user agent for calls: finds the call that a message belongs to (RFC 3261 12.2.2, 13.3.1).

It is the transaction user between a port, ``proxy.port.Port``, and a user who makes and takes
calls. The node that owns it hands over INVITE, BYE, ACK, CANCEL and whatever else has a To tag,
calls ``handle_timer`` when ``next_deadline`` is over, and takes the events after each of these.

Merged requests (482, RFC 3261 8.2.2.2) are the node's to find: ``Stack.is_merged``.
"""

from mcsip.sip.alarms import Alarms
from mcsip.sip.build import build_response
from mcsip.sip.call import Call
from mcsip.sip.call_events import CallEvent, Invitation, Invited, UaSettings
from mcsip.sip.dialog import DialogId, id_at_uas
from mcsip.sip.ids import IdSource
from mcsip.sip.incoming_call import IncomingCall
from mcsip.sip.message import Request
from mcsip.sip.outgoing_call import OutgoingCall
from mcsip.sip.proxy.port import Port
from mcsip.sip.stack import ServerTransaction
from mcsip.sip.uas import check_request


class UserAgent:
    """Makes and takes calls.

    Args:
        port: what sends its messages, and knows the time.
        ids: makes tags and Call-IDs.
        settings: what it is.

    Attributes:
        alarms: what its calls wait for.
        calls: the calls that have not ended.
        counters: what was dropped or refused, by what it was.
    """

    def __init__(self, port: Port, ids: IdSource, settings: UaSettings) -> None:
        self.port = port
        self.ids = ids
        self.settings = settings
        self.alarms = Alarms()
        self.calls: set[Call] = set()
        self.counters: dict[str, int] = {}
        self._dialogs: dict[DialogId, Call] = {}
        self._events: list[CallEvent] = []

    # --- for its user

    def invite(self, invitation: Invitation) -> OutgoingCall:
        """Make a call.

        Raises:
            ValueError: a field holds a line end.
            ParseError: the URI, From or a Route is malformed.
        """
        call = OutgoingCall(self, invitation)
        self.calls.add(call)
        call.begin()
        return call

    def take_events(self) -> list[CallEvent]:
        """Return what happened since the last time, in order."""
        events, self._events = self._events, []
        return events

    # --- for its node

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        """Take a request, other than ACK and CANCEL."""
        token = self.ids.token()
        refused = check_request(request, self.settings.capabilities, token)  # 8.2, 12.2.2
        if refused is not None:
            self.port.respond(transaction, refused)
        elif request.to_tag is not None:
            self._in_dialog(transaction, request)
        elif request.method == "INVITE":
            self._invited(transaction, request)
        elif request.method == "OPTIONS":  # 11.2
            busy = len(self.calls) >= self.settings.max_calls
            self._respond(transaction, 486 if busy else 200, token)
        else:
            self._respond(transaction, 481, token)  # 15.1.2

    def on_ack(self, request: Request) -> None:
        """Take an ACK to a 2xx; one of no dialog is dropped (13.3.1.4)."""
        call = self._dialogs.get(id_at_uas(request))
        if call is None:
            self._count("ACK of no dialog")
        else:
            call.on_ack(request)

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        """Take a CANCEL, which has been answered (9.2)."""
        del request
        call = transaction.user_data
        if isinstance(call, Call):
            call.on_cancel(transaction)

    def next_deadline(self) -> float | None:
        """Return when ``handle_timer`` is due, in monotonic seconds, or None."""
        return self.alarms.next_deadline()

    def handle_timer(self, now: float) -> None:
        """Let everything happen that is due."""
        self.alarms.handle_timer(now)

    # --- for its calls

    def emit(self, event: CallEvent) -> None:
        """Keep an event for the user."""
        self._events.append(event)

    def enrol(self, dialog: DialogId, call: Call) -> None:
        """Send requests of this dialog to the call from now on."""
        self._dialogs[dialog] = call

    def strike(self, call: Call) -> None:
        """Forget the dialogs of a call, and the call itself when it has ended."""
        for dialog in call.dialogs:
            self._dialogs.pop(dialog, None)
        if call.is_over:
            self.calls.discard(call)

    # --- steps

    def _invited(self, transaction: ServerTransaction, request: Request) -> None:
        if len(self.calls) >= self.settings.max_calls:
            self._count("call refused: too many")
            self._respond(transaction, 486, self.ids.token())  # 13.3.1.3
            return
        call = IncomingCall(self, transaction)
        self.calls.add(call)
        call.begin()
        self.emit(Invited(call, request))

    def _in_dialog(self, transaction: ServerTransaction, request: Request) -> None:
        dialog = id_at_uas(request)
        call = self._dialogs.get(dialog)
        if call is None:
            self._count("request of no dialog")
            self._respond(transaction, 481)  # 12.2.2
        else:
            call.on_request(dialog, transaction, request)

    def _respond(
        self, transaction: ServerTransaction, status: int, to_tag: str | None = None
    ) -> None:
        request = transaction.request
        fields = self.settings.fields if status == 200 else ()
        response = build_response(request, status, to_tag=to_tag, fields=fields)
        self.port.respond(transaction, response)

    def _count(self, what: str) -> None:
        self.counters[what] = self.counters.get(what, 0) + 1
