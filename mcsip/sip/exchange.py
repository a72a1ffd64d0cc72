"""The re-INVITE within an established call: RFC 3261 14, the table ``EXCHANGE``.

One at a time: while ours waits for its answer theirs is refused with 491, while theirs waits for
our user's answer another one is refused with 500 (14.2). After a 491 to ours we wait, the owner of
the Call-ID longer, and try again (14.1).
"""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from mcsip.errors import PeerError, UsageError
from mcsip.sip.build import build_response
from mcsip.sip.call_events import Fields, Modified, Reoffered, Reply, Unchanged, Why
from mcsip.sip.call_parts import Repeater, pick
from mcsip.sip.call_table import (
    CallInput,
    CallState,
    ExchangeAction,
    ExchangeInput,
    ExchangeState,
    exchange_index,
)
from mcsip.sip.dialog import Body, build_dialog_response
from mcsip.sip.message import Request, Response
from mcsip.sip.stack import ClientTransaction, ServerTransaction

if TYPE_CHECKING:
    from mcsip.sip.call import Call

_INDEX = exchange_index()
#: Final responses after which the dialog is no more (12.2.1.2, 14.1).
_GONE = frozenset({408, 481})

Given = Reply | Request | Response | ServerTransaction | int | None


class Exchange:
    """The re-INVITE of one call, ours or theirs.

    Args:
        call: the call.

    Attributes:
        state: how far it has come.
    """

    def __init__(self, call: "Call") -> None:
        self.state = ExchangeState.IDLE
        self._call = call
        self._repeater = Repeater(call.owner, self)
        self._wanted: tuple[Body, Fields] | None = None
        self._sent_number = 0
        self._theirs: ServerTransaction | None = None

    def step(self, what: ExchangeInput, given: Given = None) -> bool:
        """Take an input; false when the table has no row for it."""
        row = _INDEX.get((self.state, what))
        if row is None:
            return False
        self.state = row.to
        for action in row.do:
            _ACTIONS[action](self, given)
        return True

    def on_alarm(self, what: str) -> None:
        """An alarm went off."""
        self.step(ExchangeInput(what))

    # --- the user's wishes

    def modify(self, body: Body, fields: Fields) -> None:
        """Send a re-INVITE; UsageError while another one is under way (14.1)."""
        if self.state is not ExchangeState.IDLE or self._wanted is not None:
            raise UsageError("another re-INVITE is under way")
        self._wanted = (body, fields)
        self.step(ExchangeInput.MODIFY)

    def accept(self, reply: Reply) -> None:
        """Accept their re-INVITE; UsageError when there is none."""
        if not self.step(ExchangeInput.ACCEPT, reply):
            raise UsageError("there is no re-INVITE to accept")

    def refuse(self, reply: Reply) -> None:
        """Refuse their re-INVITE; UsageError when there is none."""
        if not self.step(ExchangeInput.REFUSE, reply):
            raise UsageError("there is no re-INVITE to refuse")

    def over(self) -> None:
        """The session has ended."""
        self.step(ExchangeInput.OVER)

    # --- what the other party sends

    def on_invite(self, transaction: ServerTransaction, request: Request) -> None:
        """Take their re-INVITE."""
        del request  # the transaction has it
        self.step(ExchangeInput.REINVITE, transaction)

    def on_ack(self, request: Request) -> None:
        """Take the ACK to our 2xx."""
        theirs = self._theirs
        if theirs is not None and theirs.request.cseq.number == request.cseq.number:
            self.step(ExchangeInput.ACK, request)

    def on_cancel(self, transaction: ServerTransaction) -> bool:
        """Take the CANCEL of their re-INVITE; false when it is about another INVITE."""
        return transaction is self._theirs and self.step(ExchangeInput.CANCEL, transaction)

    def on_response(self, transaction: ClientTransaction, response: Response) -> None:
        """Take a response to our re-INVITE (14.1)."""
        number = transaction.request.cseq.number
        status = response.status
        if status < 200:
            return
        if status < 300:
            if not self._call.ack_again(response) and number == self._sent_number:
                self.step(ExchangeInput.SUCCESS, response)
        elif number == self._sent_number:
            self._fail(status)

    def on_timeout(self, transaction: ClientTransaction) -> None:
        """No response came: as if it were 408 (12.2.1.2)."""
        if transaction.request.cseq.number == self._sent_number:
            self._fail(408)

    def on_transport_error(self, transaction: ClientTransaction, reason: str) -> None:
        """It could not be sent: as if it were 503 (8.1.3.1)."""
        del reason
        if transaction.request.cseq.number == self._sent_number:
            self._fail(503)

    def _fail(self, status: int) -> None:
        if status == 491:
            self.step(ExchangeInput.PENDING)
        else:
            what = ExchangeInput.GONE if status in _GONE else ExchangeInput.FAILURE
            self.step(what, status)

    # --- actions

    def do_send_reinvite(self, _given: Given) -> None:
        """Send our re-INVITE, for the first time or again."""
        call = self._call
        dialog = call.dialog
        assert dialog is not None and self._wanted is not None, "modify was asked for"  # noqa: PT018
        body, fields = self._wanted
        contact = ("Contact", call.contact(secure=dialog.secure))
        own = (contact, *call.owner.settings.fields, *fields)
        after, request = dialog.build("INVITE", fields=own, body=body)
        call.keep(after)
        self._sent_number = request.cseq.number
        target = call.locate(dialog.next_hop)
        if target is None:
            self._fail(503)
        else:
            call.owner.port.send_request(request, target, self)

    def do_refresh_and_ack(self, given: Given) -> None:
        """Take the new remote target, and acknowledge (12.2.1.2, 13.2.2.4)."""
        assert isinstance(given, Response), "a 2xx came"
        call, dialog = self._call, self._call.dialog
        assert dialog is not None, "a session has a dialog"
        with suppress(PeerError):  # a Contact that cannot be read: the old one stays
            dialog = dialog.refreshed(given)
        call.keep(dialog)
        self._wanted = None
        call.ack(dialog, given.cseq.number)

    def do_send_success(self, given: Given) -> None:
        """Accept their re-INVITE, and take its Contact (12.2.2)."""
        call, theirs, dialog = self._call, self._theirs, self._call.dialog
        assert isinstance(given, Reply), "the user answers"
        assert dialog is not None and theirs is not None, "a session has a dialog"  # noqa: PT018
        call.keep(dialog.refreshed(theirs.request))
        response = build_dialog_response(
            theirs.request,
            200,
            to_tag="",
            contact=call.contact(secure=dialog.secure),
            fields=(*call.owner.settings.fields, *given.fields),
            body=given.body,
        )
        self._repeater.start(theirs, response)

    def do_success_again(self, _given: Given) -> None:
        """Send our 2xx again."""
        self._repeater.again()

    def do_stop_repeating(self, _given: Given) -> None:
        """Send our 2xx no more."""
        self._repeater.stop()

    def do_send_failure(self, given: Given) -> None:
        """Refuse their re-INVITE."""
        assert isinstance(given, Reply), "the user answers"
        self._answer(given.status, given.fields)

    def do_send_terminated(self, _given: Given) -> None:
        """Answer their re-INVITE 487 (9.2, 15.1.2)."""
        self._answer(487)

    def _answer(self, status: int, fields: Fields = ()) -> None:
        theirs, self._theirs = self._theirs, None
        assert theirs is not None, "there is a re-INVITE"
        self._call.respond(theirs, theirs.request, status, fields)

    def do_refuse_pending(self, given: Given) -> None:
        """Refuse theirs while ours is under way (14.2)."""
        assert isinstance(given, ServerTransaction), "a re-INVITE came"
        self._call.respond(given, given.request, 491)

    def do_refuse_early(self, given: Given) -> None:
        """Refuse a second one of theirs; Retry-After is between 0 and 10 seconds (14.2)."""
        assert isinstance(given, ServerTransaction), "a re-INVITE came"
        refuse_early(self._call, given)

    def do_wait_for_glare(self, _given: Given) -> None:
        """Wait before ours is tried again (14.1)."""
        owner, dialog = self._call.owner, self._call.dialog
        assert dialog is not None, "a session has a dialog"
        if self._call.state is not CallState.ESTABLISHED:
            self._wanted = None  # the call was hung up meanwhile
            return
        hundredths = 210 + pick(owner.ids, 191) if dialog.owner else pick(owner.ids, 201)
        owner.alarms.arm(self, ExchangeInput.GLARE, owner.port.now + hundredths / 100)

    def do_stop_waiting(self, _given: Given) -> None:
        """Do not try ours again: the session has ended."""
        self._wanted = None
        self._call.owner.alarms.cancel(self, ExchangeInput.GLARE)

    def do_end_call(self, _given: Given) -> None:
        """End the call: the other party has lost the dialog (12.2.1.2), or never acknowledged."""
        self._call.step(CallInput.LOST, None, Why.LOST)

    def do_tell_reoffered(self, given: Given) -> None:
        """Tell the user that a re-INVITE came."""
        assert isinstance(given, ServerTransaction), "a re-INVITE came"
        self._theirs = given
        given.user_data = self._call
        self._call.owner.emit(Reoffered(self._call, given.request))

    def do_tell_modified(self, given: Given) -> None:
        """Tell the user that the session has changed."""
        message = given if isinstance(given, Request | Response) else None
        if self._call.state is CallState.ESTABLISHED:
            self._call.owner.emit(Modified(self._call, message))

    def do_tell_unchanged(self, given: Given) -> None:
        """Tell the user that the session stays as it was."""
        self._wanted = None
        if self._call.state is CallState.ESTABLISHED:
            status = given if isinstance(given, int) else 487
            self._call.owner.emit(Unchanged(self._call, status))


def refuse_early(call: "Call", transaction: ServerTransaction) -> None:
    """Answer an INVITE 500 that came before an earlier one was answered (14.2)."""
    fields = [("Retry-After", str(pick(call.owner.ids, 11)))]
    response = build_response(transaction.request, 500, fields=fields)
    call.owner.port.respond(transaction, response)


_ACTIONS: dict[ExchangeAction, Callable[[Exchange, Given], None]] = {
    ExchangeAction.SEND_REINVITE: Exchange.do_send_reinvite,
    ExchangeAction.REFRESH_AND_ACK: Exchange.do_refresh_and_ack,
    ExchangeAction.SEND_SUCCESS: Exchange.do_send_success,
    ExchangeAction.SUCCESS_AGAIN: Exchange.do_success_again,
    ExchangeAction.STOP_REPEATING: Exchange.do_stop_repeating,
    ExchangeAction.SEND_FAILURE: Exchange.do_send_failure,
    ExchangeAction.SEND_TERMINATED: Exchange.do_send_terminated,
    ExchangeAction.REFUSE_PENDING: Exchange.do_refuse_pending,
    ExchangeAction.REFUSE_EARLY: Exchange.do_refuse_early,
    ExchangeAction.WAIT_FOR_GLARE: Exchange.do_wait_for_glare,
    ExchangeAction.STOP_WAITING: Exchange.do_stop_waiting,
    ExchangeAction.END_CALL: Exchange.do_end_call,
    ExchangeAction.TELL_REOFFERED: Exchange.do_tell_reoffered,
    ExchangeAction.TELL_MODIFIED: Exchange.do_tell_modified,
    ExchangeAction.TELL_UNCHANGED: Exchange.do_tell_unchanged,
}
