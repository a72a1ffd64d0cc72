"""The callee's side of a call: RFC 3261 13.3, the table ``CALLEE``."""

from mcsip.errors import UsageError
from mcsip.sip.build import build_response
from mcsip.sip.call import Actions, Call, Given
from mcsip.sip.call_events import Established, Failure, Fields, Reply, Why
from mcsip.sip.call_parts import Owner, Repeater
from mcsip.sip.call_table import CALLEE, CallAction, CallInput, CallState, call_index
from mcsip.sip.dialog import Body, build_dialog_response, uas_dialog, wants_sips_at_uas
from mcsip.sip.exchange import refuse_early
from mcsip.sip.message import Request, Response
from mcsip.sip.stack import ServerTransaction

_INDEX = call_index(CALLEE)
#: How often a provisional response is sent again while it rings, in seconds (13.3.1.1).
PROGRESS_INTERVAL_S = 60.0


class IncomingCall(Call):
    """A call that we get.

    Args:
        owner: the user agent.
        transaction: that of the INVITE, not yet answered.

    Attributes:
        request: the INVITE.
        transaction: its transaction.

    Raises:
        ParseError: no dialog can come of the INVITE: answer 400.
    """

    actions: Actions

    def __init__(self, owner: Owner, transaction: ServerTransaction) -> None:
        super().__init__(owner, _INDEX)
        request = transaction.request
        if transaction.to_tag is None:
            transaction.to_tag = owner.ids.token()
        over_tls = transaction.source.transport == "TLS"
        early = build_response(request, 180, to_tag=transaction.to_tag)
        self._new_dialog = uas_dialog(request, early, over_tls=over_tls)
        self._expires_s = request.expires
        self.request = request
        self.transaction = transaction
        transaction.user_data = self
        self._progress: Response | None = None
        self._repeater = Repeater(owner, self)

    def begin(self) -> None:
        """Set the timer of an INVITE that expires (13.3.1 item 1)."""
        if self._expires_s is not None:
            at = self.owner.port.now + self._expires_s
            self.owner.alarms.arm(self, CallInput.EXPIRED, at)

    # --- the user's wishes

    def ring(self, reply: Reply | None = None) -> None:
        """Send a provisional response, 180 unless told otherwise (13.3.1.1).

        Raises:
            UsageError: the INVITE is answered already, or the status is not 101 to 199.
        """
        reply = reply or Reply(180)
        if not 100 < reply.status < 200:
            raise UsageError(f"{reply.status} does not say that it rings")
        self.demand(CallInput.RING, reply)

    def accept(self, body: Body | None = None, fields: Fields = ()) -> None:
        """Accept the call (13.3.1.4).

        Args:
            body: the answer to the INVITE's offer, or an offer where it had none.
            fields: further fields.

        Raises:
            UsageError: the INVITE is answered already.
        """
        self.demand(CallInput.ACCEPT, Reply(200, None, fields, body))

    def refuse(self, reply: Reply) -> None:
        """Refuse or redirect the call: 300 to 699 (13.3.1.2, 13.3.1.3).

        Raises:
            UsageError: the INVITE is answered already, or the status is another one.
        """
        if not 300 <= reply.status < 700:
            raise UsageError(f"{reply.status} does not refuse a call")
        self.demand(CallInput.REFUSE, reply, Why.WE_REFUSED)

    def hang_up(self) -> None:
        """End the call; before it is answered decline it, 603 [ours] (15 leaves it to the UI)."""
        if self.can(CallInput.REFUSE):
            self.step(CallInput.REFUSE, Reply(603), Why.HUNG_UP)
        else:
            super().hang_up()

    # --- what comes in

    def on_ack(self, request: Request) -> None:
        """Take an ACK: of the INVITE, or of a re-INVITE."""
        if request.cseq.number == self.request.cseq.number:
            self.step(CallInput.ACK, request)
        else:
            super().on_ack(request)

    def on_reinvite(self, transaction: ServerTransaction, request: Request) -> None:
        """Take an INVITE in the dialog: 500 before the first one is answered (14.2)."""
        if self.state in {CallState.INVITING, CallState.RINGING}:
            refuse_early(self, transaction)
        else:
            self.step(CallInput.REINVITE)
            super().on_reinvite(transaction, request)

    # --- actions

    def do_send_progress(self, given: Given) -> None:
        """Send a provisional response; each has the same dialog (13.3.1.1)."""
        assert isinstance(given, Reply), "the user answers"
        self._progress = self._response(given)
        if self.main is None:
            self.main = self._new_dialog.id
            self.keep(self._new_dialog)
        self.do_progress_again(None)

    def do_progress_again(self, _given: Given) -> None:
        """Send the last provisional response, again in a minute (13.3.1.1)."""
        assert self._progress is not None, "it rings"
        at = self.owner.port.now + PROGRESS_INTERVAL_S
        self.owner.alarms.arm(self, CallInput.MINUTE, at)
        self.owner.port.respond(self.transaction, self._progress)

    def do_send_success(self, given: Given) -> None:
        """Accept: a 2xx, which is sent until its ACK comes (13.3.1.4)."""
        assert isinstance(given, Reply), "the user answers"
        self.owner.alarms.cancel(self, CallInput.EXPIRED, CallInput.MINUTE)
        dialog = (self.dialog or self._new_dialog).accepted()
        self.main = dialog.id
        self.keep(dialog)
        own = self.owner.settings.fields
        self._repeater.start(self.transaction, self._response(given, own))

    def do_success_again(self, _given: Given) -> None:
        """Send the 2xx again."""
        self._repeater.again()

    def do_stop_repeating(self, _given: Given) -> None:
        """Send the 2xx no more."""
        self._repeater.stop()

    def do_send_failure(self, given: Given) -> None:
        """Refuse or redirect."""
        assert isinstance(given, Reply), "the user answers"
        self._refuse(given)

    def do_send_terminated(self, _given: Given) -> None:
        """Answer 487 (9.2, 13.3.1, 15.1.2)."""
        self._refuse(Reply(487))

    def do_tell_established(self, given: Given) -> None:
        """Tell the user that the session stands."""
        self.owner.emit(Established(self, given if isinstance(given, Request) else None))

    def _refuse(self, reply: Reply) -> None:
        response = build_response(
            self.request,
            reply.status,
            reply.reason,
            to_tag=self.transaction.to_tag,
            fields=reply.fields,
            content_type=None if reply.body is None else reply.body.content_type,
            body=b"" if reply.body is None else reply.body.data,
        )
        self._final = Failure(reply.status, response)
        self.owner.port.respond(self.transaction, response)

    def _response(self, reply: Reply, fields: Fields = ()) -> Response:
        assert self.transaction.to_tag is not None, "the call has chosen it"
        return build_dialog_response(
            self.request,
            reply.status,
            to_tag=self.transaction.to_tag,
            contact=self.contact(secure=wants_sips_at_uas(self.request)),
            reason=reply.reason,
            fields=(*fields, *reply.fields),
            body=reply.body,
        )


IncomingCall.actions = {
    CallAction.SEND_PROGRESS: IncomingCall.do_send_progress,
    CallAction.PROGRESS_AGAIN: IncomingCall.do_progress_again,
    CallAction.SEND_SUCCESS: IncomingCall.do_send_success,
    CallAction.SUCCESS_AGAIN: IncomingCall.do_success_again,
    CallAction.STOP_REPEATING: IncomingCall.do_stop_repeating,
    CallAction.SEND_FAILURE: IncomingCall.do_send_failure,
    CallAction.SEND_TERMINATED: IncomingCall.do_send_terminated,
    CallAction.SEND_BYE: IncomingCall.do_send_bye,
    CallAction.ANSWER_BYE: IncomingCall.do_answer_bye,
    CallAction.TELL_ESTABLISHED: IncomingCall.do_tell_established,
    CallAction.TELL_ENDED: IncomingCall.do_tell_ended,
}
