"""What the caller's and the callee's side of a call have in common (RFC 3261 12 to 15).

A call is driven by inputs: its user's wishes, messages, alarms. Each input is looked up in the
table of its side (``call_table``), which says what to do. What goes to the network goes through a
port, ``proxy.port.Port``; what the user must learn becomes an event. There is no clock here but
the port's.
"""

from collections.abc import Callable, Iterable, Mapping

from mcsip.errors import PeerError, UsageError
from mcsip.sip.build import build_response
from mcsip.sip.call_events import Ended, Failure, Fields, Reply, Why
from mcsip.sip.call_parts import FinalUser, Owner
from mcsip.sip.call_table import CallAction, CallInput, CallRow, CallState
from mcsip.sip.dialog import Body, Dialog, DialogId, contact_uri, request_uri
from mcsip.sip.exchange import Exchange
from mcsip.sip.message import Request, Response
from mcsip.sip.stack import ServerTransaction, Target
from mcsip.sip.uri import SipUri, parse_uri

#: How many ACKs a call keeps for 2xx that come again; older ones come no more [ours].
MAX_ACKS = 16

#: What comes with an input.
Given = Reply | Failure | Request | Response | Body | ServerTransaction | Dialog | None
Actions = Mapping[CallAction, Callable[..., None]]


class Call:
    """One call.

    Args:
        owner: the user agent.
        index: the table of its side.

    Attributes:
        state: how far it has come.
        exchange: the re-INVITE within it.
        why: what began its end, or None.
        bye_status: final status of our BYE, or None; 408 and 503 where nobody answered it (RFC 3261
            8.1.3.1).
    """

    actions: Actions

    def __init__(self, owner: Owner, index: Mapping[tuple[CallState, CallInput], CallRow]) -> None:
        self.owner = owner
        self.state = CallState.INVITING
        self.exchange = Exchange(self)
        self.why: Why | None = None
        self.bye_status: int | None = None
        self.dialogs: dict[DialogId, Dialog] = {}
        self.main: DialogId | None = None
        self._index = index
        self._final: Failure | None = None
        self._bye: Request | None = None
        self._acks: dict[tuple[int, str | None], tuple[Request, Target]] = {}

    # --- the machine

    @property
    def is_over(self) -> bool:
        """Whether the call has ended."""
        return self.state is CallState.ENDED

    def can(self, what: CallInput) -> bool:
        """Tell whether an input means something now."""
        return (self.state, what) in self._index

    def step(self, what: CallInput, given: Given = None, why: Why | None = None) -> bool:
        """Take an input: change state and act as the table says.

        Args:
            what: the input.
            given: what comes with it.
            why: why the call ends by it, if it does.

        Returns:
            Whether the table has a row for it; without one nothing changes.
        """
        row = self._index.get((self.state, what))
        if row is None:
            return False
        if self.why is None:
            self.why = why
        before, self.state = self.state, row.to
        if row.to is CallState.ENDED and before is not CallState.ENDED:
            self.owner.alarms.cancel(self, *CallInput)
        for action in row.do:
            self.actions[action](self, given)
        if before is CallState.ESTABLISHED and row.to is not before:
            self.exchange.over()
        return True

    def demand(self, what: CallInput, given: Given = None, why: Why | None = None) -> None:
        """Take an input of the user; UsageError when it means nothing now."""
        if not self.step(what, given, why):
            raise UsageError(f"a call that is {self.state} takes no {what.value!r}")

    def on_alarm(self, what: str) -> None:
        """An alarm went off."""
        reasons = {CallInput.EXPIRED: Why.EXPIRED, CallInput.NO_ACK: Why.NO_ACK}
        name = CallInput(what)
        self.step(name, None, reasons.get(name))

    # --- the user's wishes, alike on both sides

    def hang_up(self) -> None:
        """End the call, however far it has come (RFC 3261 15).

        Raises:
            UsageError: it is ending already.
        """
        self.demand(CallInput.HANG_UP, None, Why.HUNG_UP)

    def modify(self, body: Body, fields: Fields = ()) -> None:
        """Send a re-INVITE with an offer (14.1).

        Raises:
            UsageError: there is no session, or another re-INVITE is under way.
        """
        if self.state is not CallState.ESTABLISHED:
            raise UsageError(f"a call that is {self.state} is not modified")
        self.exchange.modify(body, fields)

    def accept_change(self, body: Body | None = None, fields: Fields = ()) -> None:
        """Accept the other party's re-INVITE, with our answer (14.2)."""
        self.exchange.accept(Reply(200, None, fields, body))

    def refuse_change(self, status: int = 488, fields: Fields = ()) -> None:
        """Refuse the other party's re-INVITE; the session goes on as it was (14.2)."""
        self.exchange.refuse(Reply(status, None, fields))

    # --- requests of the other party in the dialog (12.2.2)

    def on_request(
        self, dialog_id: DialogId, transaction: ServerTransaction, request: Request
    ) -> None:
        """Take a request in one of the call's dialogs."""
        dialog = self.dialogs[dialog_id]
        if not dialog.accepts(request):
            self.respond(transaction, request, 500)  # 12.2.2
            return
        self.dialogs[dialog_id] = dialog.received(request)
        if request.method == "INVITE":
            contact_uri(request)  # to be answered 400 when it cannot be read, before all else
            self.on_reinvite(transaction, request)
        elif request.method == "BYE":
            self._bye = request
            if not self.step(CallInput.BYE, transaction, Why.PEER_HUNG_UP):
                self.respond(transaction, request, 481)  # 15.1.2
        elif request.method == "OPTIONS":
            self.respond(transaction, request, 200, self.owner.settings.fields)  # 11.2
        else:
            self.respond(transaction, request, 501)

    def on_reinvite(self, transaction: ServerTransaction, request: Request) -> None:
        """Take an INVITE in the dialog (14.2)."""
        if self.state is CallState.ESTABLISHED:
            self.exchange.on_invite(transaction, request)
        else:
            self.respond(transaction, request, 481)

    def on_ack(self, request: Request) -> None:
        """Take an ACK to a 2xx of ours."""
        self.exchange.on_ack(request)

    def on_cancel(self, transaction: ServerTransaction) -> None:
        """Take the CANCEL of an INVITE of the other party."""
        if not self.exchange.on_cancel(transaction):
            self.step(CallInput.CANCEL, transaction, Why.CANCELLED)

    def respond(
        self,
        transaction: ServerTransaction,
        request: Request,
        status: int,
        fields: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Answer a request of the dialog."""
        self.owner.port.respond(transaction, build_response(request, status, fields=fields))

    # --- our requests in the dialog (12.2.1)

    @property
    def dialog(self) -> Dialog | None:
        """The dialog of the session; before that the first early one, or None."""
        if self.main is not None:
            return self.dialogs[self.main]
        return next(iter(self.dialogs.values()), None)

    def keep(self, dialog: Dialog) -> None:
        """Put a dialog, new or changed, among those of the call."""
        self.dialogs[dialog.id] = dialog
        if not self.is_over:
            self.owner.enrol(dialog.id, self)

    def locate(self, uri: str) -> Target | None:
        """Return where a URI is reached, or None: it is not."""
        try:
            parsed = parse_uri(uri)
        except PeerError:
            return None
        return self.owner.settings.locate(parsed) if isinstance(parsed, SipUri) else None

    def ack(self, dialog: Dialog, number: int, body: Body | None = None) -> None:
        """Send the ACK to a 2xx, and keep it for when the 2xx comes again (13.2.2.4)."""
        request = dialog.build_ack(number, body=body)
        target = self.locate(dialog.next_hop)
        if target is not None:
            self._acks[number, dialog.id.remote_tag] = (request, target)
            if len(self._acks) > MAX_ACKS:
                del self._acks[next(iter(self._acks))]
            self.owner.port.send_ack(request, target)

    def ack_again(self, response: Response) -> bool:
        """Send the ACK to a 2xx again; false when it was never acknowledged (13.2.2.4)."""
        kept = self._acks.get((response.cseq.number, response.to.tag))
        if kept is not None:
            self.owner.port.send_ack(*kept)
        return kept is not None

    def bye(self, dialog: Dialog, done: Callable[[int], None]) -> None:
        """Send a BYE in a dialog (15.1.1).

        Args:
            dialog: the dialog.
            done: called with its final status when it is answered, or never will be.
        """
        after, request = dialog.build("BYE")
        self.dialogs[after.id] = after
        target = self.locate(dialog.next_hop)
        if target is None:
            done(503)
        else:
            self.owner.port.send_request(request, target, FinalUser(done))

    # --- actions of both sides

    def do_send_bye(self, _given: Given) -> None:
        """Send our BYE in the dialog of the session."""
        dialog = self.dialog
        assert dialog is not None, "there is no session without a dialog"
        self.bye(dialog, self._on_bye_done)

    def _on_bye_done(self, status: int) -> None:
        self.bye_status = status
        self.step(CallInput.BYE_DONE)

    def do_answer_bye(self, given: Given) -> None:
        """Answer the other party's BYE."""
        assert isinstance(given, ServerTransaction), "a BYE has a transaction"
        self.respond(given, given.request, 200)

    def do_tell_ended(self, given: Given) -> None:
        """Tell the user that it is over, and be forgotten."""
        if isinstance(given, Failure):
            self._final = given
        final = self._final
        self.dialogs = {key: dialog.terminate() for key, dialog in self.dialogs.items()}
        self.owner.strike(self)
        message = self._bye if final is None else final.response
        status = None if final is None else final.status
        self.owner.emit(Ended(self, self.why or Why.REFUSED, status, message))

    def contact(self, *, secure: bool) -> str:
        """Return our Contact value, as SIPS URI where that is wanted (12.1.1, 12.1.2)."""
        uri = self.owner.settings.contact
        if secure and uri.startswith("sip:"):
            uri = "sips:" + uri.removeprefix("sip:")
        return f"<{request_uri(uri)}>"
