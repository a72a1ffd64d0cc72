"""The caller's side of a call: RFC 3261 13.2, 9.1 and 8.1.3.4, the table ``CALLER``."""

from contextlib import suppress

from mcsip.errors import PeerError
from mcsip.sip.build import build_request
from mcsip.sip.call import Actions, Call, Given
from mcsip.sip.call_events import (
    Established,
    Failure,
    Fields,
    Invitation,
    Offered,
    Redirected,
    Ringing,
    Why,
    carries_offer,
)
from mcsip.sip.call_parts import FinalUser, Owner, ignore
from mcsip.sip.call_table import CALLER, CallAction, CallInput, CallState, call_index
from mcsip.sip.dialog import (
    Body,
    Dialog,
    id_at_uac,
    makes_dialog,
    request_uri,
    uac_dialog,
    wants_sips_at_uac,
)
from mcsip.sip.message import Request, Response
from mcsip.sip.offer_answer import refuse_all
from mcsip.sip.redirect import TargetSet, redirected_fields
from mcsip.sip.sdp import MEDIA_TYPE, parse_sdp
from mcsip.sip.stack import ClientTransaction, ServerTransaction, Target
from mcsip.sip.uri import SipUri, parse_uri

_INDEX = call_index(CALLER)


class OutgoingCall(Call):
    """A call that we make. Call ``begin`` once.

    Args:
        owner: the user agent.
        invitation: what the caller wants.

    Attributes:
        invitation: the same.
        request: the last INVITE that was sent, without Via.
        response: the 2xx, once it came.
    """

    actions: Actions

    def __init__(self, owner: Owner, invitation: Invitation) -> None:
        super().__init__(owner, _INDEX)
        self.invitation = invitation
        self.request: Request
        self.response: Response | None = None
        self.call_id = owner.ids.token()
        self._from = f"{invitation.from_};tag={owner.ids.token()}"
        self._targets = TargetSet(invitation.uri)
        self._fields = invitation.fields
        self._body = invitation.body
        self._number = 0
        self._transaction: ClientTransaction | None = None
        self._over_tls = False

    # --- the user's wishes

    def begin(self) -> None:
        """Send the INVITE (13.2.1)."""
        limit_s = self.invitation.expires_s
        if limit_s is not None:
            self.owner.alarms.arm(self, CallInput.EXPIRED, self.owner.port.now + limit_s)
        self._invite(parse_uri(self.invitation.uri))

    def retry(self, body: Body | None = None, fields: Fields | None = None) -> None:
        """Follow a redirection (8.1.3.4).

        Args:
            body: a body in the place of the first one; None: it stays.
            fields: further fields in the place of the first ones; None: they stay.

        Raises:
            UsageError: the call was not redirected.
        """
        if body is not None and self.can(CallInput.RETRY):
            self._body = body
        if fields is not None and self.can(CallInput.RETRY):
            self._fields = fields
        self.demand(CallInput.RETRY)

    def answer(self, body: Body) -> None:
        """Answer the offer of the 2xx, in the ACK (13.2.2.4); UsageError when there is none."""
        self.demand(CallInput.ANSWER, body)

    # --- the INVITE's transaction

    def on_response(self, transaction: ClientTransaction, response: Response) -> None:
        """Take a response to an INVITE (13.2.2)."""
        number, status = transaction.request.cseq.number, response.status
        if 200 <= status < 300:
            self._on_success(response)
        elif number != self._number:
            return  # of an INVITE that was redirected
        elif status < 200:
            if status > 100:
                self.step(CallInput.PROGRESS, response)
        else:
            self._on_failure(Failure(status, response))

    def on_timeout(self, transaction: ClientTransaction) -> None:
        """No response came: as if it were 408 (13.2.2)."""
        if transaction.request.cseq.number == self._number:
            self._on_failure(Failure(408), Why.UNREACHED)

    def on_transport_error(self, transaction: ClientTransaction, reason: str) -> None:
        """The INVITE could not be sent: as if it were 503 (8.1.3.1)."""
        del reason  # the transport has logged it
        if transaction.request.cseq.number == self._number:
            self._on_failure(Failure(503), Why.UNREACHED)

    def on_reinvite(self, transaction: ServerTransaction, request: Request) -> None:
        """Take an INVITE in the dialog: 491 while our own one is in progress (14.2)."""
        if self.state in {CallState.INVITING, CallState.RINGING, CallState.ANSWERED}:
            self.respond(transaction, request, 491)
        else:
            super().on_reinvite(transaction, request)

    def _on_success(self, response: Response) -> None:
        """Take a 2xx: the first, one that comes again, or one of another branch (13.2.2.4)."""
        if self.ack_again(response):
            return
        try:
            dialog = self._confirmed(response)
        except PeerError:
            self._on_failure(Failure(500, response), Why.UNREACHED)  # [ours] no dialog comes of it
            return
        if self.main is not None and dialog.id != self.main:
            self.step(CallInput.FORK, dialog)
            return
        offered = not _offers(self._body) and carries_offer(response)
        self.response = response
        self.step(CallInput.OFFERED if offered else CallInput.SUCCESS, dialog)

    def _confirmed(self, response: Response) -> Dialog:
        early = self.dialogs.get(id_at_uac(response))
        if early is not None:
            return early.confirm(response)
        return uac_dialog(self.request, response, over_tls=self._over_tls)

    def _on_failure(self, failure: Failure, why: Why = Why.REFUSED) -> None:
        """Take a failure: there may be other targets (8.1.3.4, 13.2.2.2, 13.2.2.3)."""
        response = failure.response
        left = 0
        if response is not None and failure.status < 400:
            left = self._targets.add(response)
            if left and self.step(CallInput.REDIRECT, response):
                if self.invitation.follow:
                    self.step(CallInput.RETRY)
                return
        elif failure.status < 600 and self._targets.left:
            self.step(CallInput.NEXT_TARGET, failure)
            return
        self.step(CallInput.FAILURE, failure, why)

    def _invite(self, uri: object) -> None:
        """Send an INVITE to a URI, as Contact or the user has it."""
        wanted = self.invitation
        target_uri = request_uri(str(uri))
        self._number += 1
        self._transaction = None
        fields: list[tuple[str, str]] = [("Route", route) for route in wanted.routes]
        secure = wants_sips_at_uac(target_uri, wanted.routes)
        fields.append(("Contact", self.contact(secure=secure)))
        fields += self.owner.settings.fields
        if wanted.expires_s is not None:
            fields.append(("Expires", str(max(1, round(wanted.expires_s)))))
        fields += self._fields
        if isinstance(uri, SipUri):
            fields = redirected_fields(fields, uri)
        body = self._body
        self.request = build_request(
            "INVITE",
            target_uri,
            from_=self._from,
            to=wanted.to or f"<{wanted.uri}>",
            call_id=self.call_id,
            cseq=self._number,
            fields=fields,
            max_forwards=wanted.max_forwards,
            content_type=None if body is None else body.content_type,
            body=b"" if body is None else body.data,
        )
        target = wanted.target or self._first_hop(target_uri)
        if target is None:
            self._on_failure(Failure(503), Why.UNREACHED)
            return
        self._over_tls = target.transport == "TLS"
        number = self._number
        transaction = self.owner.port.send_request(self.request, target, self)
        if number == self._number:  # else it failed at once, and the next one is out
            self._transaction = transaction

    def _first_hop(self, uri: str) -> Target | None:
        routes = self.request.routes
        return self.locate(str(routes[0].uri) if routes else uri)

    # --- actions

    def do_note_early(self, given: Given) -> None:
        """Make an early dialog of a provisional response with a To tag (13.2.2.1)."""
        assert isinstance(given, Response), "a provisional response came"
        with suppress(PeerError):  # one that cannot be read makes none
            if makes_dialog(given) and id_at_uac(given) not in self.dialogs:
                self.keep(uac_dialog(self.request, given, over_tls=self._over_tls))

    def do_end_early(self, _given: Given) -> None:
        """End all early dialogs (12.3, 13.2.2.3)."""
        self.owner.strike(self)
        self.dialogs.clear()

    def do_confirm(self, given: Given) -> None:
        """Take the dialog of the 2xx as that of the session."""
        assert isinstance(given, Dialog), "a 2xx makes a dialog"
        self.main = given.id
        self.owner.alarms.cancel(self, CallInput.EXPIRED)
        self.keep(given)

    def do_send_ack(self, given: Given) -> None:
        """Acknowledge the 2xx, with our answer where it carried the offer (13.2.2.4)."""
        dialog = self.dialog
        assert dialog is not None, "a 2xx makes a dialog"
        unwanted = self.state is not CallState.ESTABLISHED
        answer = given if isinstance(given, Body) else self._refusal() if unwanted else None
        self.ack(dialog, self._number, answer)

    def _refusal(self) -> Body | None:
        """Return a valid answer to the offer of a 2xx that nobody wants any more (13.2.2.4).

        None when it had no offer that can be read.
        """
        response = self.response
        if response is None or _offers(self._body) or response.content_type != MEDIA_TYPE:
            return None
        contact = parse_uri(self.owner.settings.contact)
        try:
            host = contact.host if isinstance(contact, SipUri) else ""
            answer = refuse_all(parse_sdp(response.body), host, session_id=1)
        except (PeerError, ValueError):
            return None
        return Body(MEDIA_TYPE, answer.octets())

    def do_send_cancel(self, _given: Given) -> None:
        """Cancel the INVITE (9.1)."""
        if self._transaction is not None:
            self.owner.port.cancel(self._transaction, FinalUser(ignore))

    def do_end_fork(self, given: Given) -> None:
        """Acknowledge the 2xx of another branch, and end its dialog (13.2.2.4)."""
        assert isinstance(given, Dialog), "a 2xx makes a dialog"
        self.ack(given, self._number)
        self.bye(given, ignore)

    def do_try_next(self, _given: Given) -> None:
        """Send the INVITE to the next target (8.1.3.4)."""
        self._invite(self._targets.next())

    def do_tell_ringing(self, given: Given) -> None:
        """Tell the user that it rings, or what else a provisional response says."""
        assert isinstance(given, Response), "a provisional response came"
        self.owner.emit(Ringing(self, given))

    def do_tell_redirected(self, given: Given) -> None:
        """Tell the user that the callee is elsewhere."""
        assert isinstance(given, Response), "a 3xx came"
        self._final = Failure(given.status, given)
        self.owner.emit(Redirected(self, given, self._targets.left))

    def do_tell_offered(self, _given: Given) -> None:
        """Tell the user that an answer is wanted."""
        assert self.response is not None, "a 2xx came"
        self.owner.emit(Offered(self, self.response))

    def do_tell_established(self, _given: Given) -> None:
        """Tell the user that the session stands."""
        self._final = None
        self.owner.emit(Established(self, self.response))


def _offers(body: Body | None) -> bool:
    if body is None:
        return False
    return "application/sdp" in body.content_type.lower() or b"application/sdp" in body.data.lower()


OutgoingCall.actions = {
    CallAction.NOTE_EARLY: OutgoingCall.do_note_early,
    CallAction.END_EARLY: OutgoingCall.do_end_early,
    CallAction.CONFIRM: OutgoingCall.do_confirm,
    CallAction.SEND_ACK: OutgoingCall.do_send_ack,
    CallAction.SEND_CANCEL: OutgoingCall.do_send_cancel,
    CallAction.SEND_BYE: OutgoingCall.do_send_bye,
    CallAction.END_FORK: OutgoingCall.do_end_fork,
    CallAction.TRY_NEXT: OutgoingCall.do_try_next,
    CallAction.ANSWER_BYE: OutgoingCall.do_answer_bye,
    CallAction.TELL_RINGING: OutgoingCall.do_tell_ringing,
    CallAction.TELL_REDIRECTED: OutgoingCall.do_tell_redirected,
    CallAction.TELL_OFFERED: OutgoingCall.do_tell_offered,
    CallAction.TELL_ESTABLISHED: OutgoingCall.do_tell_established,
    CallAction.TELL_ENDED: OutgoingCall.do_tell_ended,
}
