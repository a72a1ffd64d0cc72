"""Two calls joined to one: the back-to-back user agent of an MC service server.

An MC service server takes the call of the leg before, makes the call of the next leg, and passes on
what happens on either side (TS 24.379 6.3, 11.1: participating functions are back-to-back user
agents [2nd]):

==================================  ==============================================================
101 to 199                          the same, to the leg before
2xx                                 accept the leg before; its ACK is this server's own
2xx with the offer                  accept with the offer; the answer of the ACK goes on
300 to 699, nobody reached          refuse the leg before, with Warning, and Contact of a 3xx
CANCEL, Expires                     cancel the next leg
re-INVITE                           re-INVITE on the other leg; its answer is the answer
BYE                                 BYE to the other leg
==================================  ==============================================================

Each leg is a dialog of its own, so that gateways and SIP cores between two servers see nothing of
what lies beyond.
"""

import logging
from contextlib import suppress

from mcsip.errors import NetworkError, PeerError, UsageError
from mcsip.mc.private_call import sdp_of, with_sdp
from mcsip.migration.decision import Decision, Reason
from mcsip.net.rtp import RelaySide
from mcsip.nodes.call_agent import LiveCall
from mcsip.nodes.call_setup import body_of
from mcsip.nodes.media_anchor import MediaAnchor
from mcsip.nodes.refusal import refusal_fields
from mcsip.sip.call_events import (
    CallEvent,
    Ended,
    Established,
    Modified,
    Offered,
    Redirected,
    Reoffered,
    Reply,
    Ringing,
    Unchanged,
)
from mcsip.sip.dialog import Body
from mcsip.sip.message import Message, Response

log = logging.getLogger(__name__)

#: Fields of a failure that its caller gets too (RFC 3261 20.33, 20.43).
PASSED_ON = (("retry-after", "Retry-After"), ("warning", "Warning"))


class Bridge:
    """Two legs of one call.

    Args:
        before: the leg that came in.
        agent: the server, in Warning.
        anchor: relays the media, or None: it goes from party to party.

    Attributes:
        before: the same.
        after: the leg that goes out; None until it is made.
    """

    def __init__(self, before: LiveCall, agent: str, anchor: MediaAnchor | None = None) -> None:
        self.before = before
        self.after: LiveCall | None = None
        self._agent = agent
        self._anchor = anchor
        self._to_client = False
        self._offered = False
        self._asking: LiveCall | None = None

    def join(self, after: LiveCall, *, to_client: bool) -> None:
        """Take the leg that goes out.

        Args:
            after: the leg.
            to_client: whether it goes to a client, through the SIP core.
        """
        self.after = after
        self._to_client = to_client

    def other(self, live: LiveCall) -> LiveCall | None:
        """Return the other leg."""
        return self.after if live is self.before else self.before

    def on_event(self, live: LiveCall, event: CallEvent) -> None:
        """Pass on what happened on one leg."""
        other = self.other(live)
        if other is None:
            return
        # What the other leg takes no more, because it is ending too, means nothing there.
        with suppress(UsageError):
            try:
                if isinstance(event, Reoffered | Modified | Unchanged):
                    self._change(live, other, event)
                else:
                    self._pass_on(live, other, event)
            except (PeerError, NetworkError) as fault:
                log.warning("a call ends, for its media cannot be anchored: %s", fault)
                for leg in (live, other):
                    with suppress(UsageError):
                        leg.hang_up()
        if self._anchor is not None and isinstance(event, Ended):
            self._anchor.close()

    def _pass_on(self, live: LiveCall, other: LiveCall, event: CallEvent) -> None:
        """Pass on how far a call has come."""
        match event:
            case Ringing(response=response):
                reply = Reply(response.status, response.reason, (), self._body(live, response))
                other.ring(reply)
            case Offered(response=response):
                self._offered = True
                other.accept(self._body(live, response))
            case Established(message=message):
                self._established(live, other, message)
            case Redirected(response=response):
                other.refuse(self._refusal(response.status, response))
                live.hang_up()
            case Ended():
                self._ended(live, other, event)

    def _change(
        self, live: LiveCall, other: LiveCall, event: Reoffered | Modified | Unchanged
    ) -> None:
        """Pass on a re-INVITE, or what became of it."""
        match event:
            case Reoffered(request=request):
                self._reoffered(live, other, request)
            case Modified(message=message):
                if self._asking is other:
                    self._asking = None
                    other.accept_change(self._body(live, message))
            case Unchanged(status=status):
                asking, self._asking = self._asking, None
                if asking is other:
                    other.refuse_change(status)

    def _established(self, live: LiveCall, other: LiveCall, message: Message | None) -> None:
        if live is self.after:
            if not self._offered:
                other.accept(self._body(live, message))
        elif self._offered:  # the ACK has the answer to the offer of the 2xx (RFC 3261 13.2.1)
            answer = self._body(live, message)
            if answer is None:
                other.hang_up()
            else:
                other.answer(answer)

    def _reoffered(self, live: LiveCall, other: LiveCall, request: Message) -> None:
        offer = self._body(live, request)
        if offer is None:
            live.refuse_change(488)  # an offer from us would be none of the other party's [ours]
            return
        try:
            other.modify(offer)
        except UsageError:
            live.refuse_change(491)  # RFC 3261 14.2: the other party's is under way
        else:
            self._asking = live

    def _ended(self, live: LiveCall, other: LiveCall, ended: Ended) -> None:
        if live is self.after and ended.status is not None:
            message = ended.message
            response = message if isinstance(message, Response) else None
            with suppress(UsageError):  # it has been answered: then it is hung up
                other.refuse(self._refusal(ended.status, response))
                return
        other.hang_up()

    def _refusal(self, status: int, response: Response | None) -> Reply:
        """Return the answer to the leg before when the next one failed."""
        if response is None:
            return Reply(status)
        warned = response.first("warning") is not None
        if self._to_client and status == 404 and not warned:
            return refusal(Decision(Reason.NOT_REACHABLE), self._agent)
        passed = [(name, v) for key, name in PASSED_ON for v in response.values(key)]
        if not 300 <= status < 400:
            return Reply(status, response.reason, tuple(passed))
        contacts = [("Contact", value) for value in response.values("contact")]
        return Reply(status, response.reason, (*contacts, *passed), body_of(response))

    def _body(self, live: LiveCall, message: Message | None) -> Body | None:
        """Return the body that goes on to the other leg.

        Args:
            live: the leg that it came on.
            message: what carried it.

        Raises:
            PeerError: its session description cannot be read, and the media is anchored.
            NetworkError: there are no ports for the media.
        """
        body = body_of(message)
        if body is None or self._anchor is None:
            return body
        sdp = sdp_of(body.content_type, body.data)
        if sdp is None:
            return body
        side = RelaySide.A if live is self.before else RelaySide.B
        return Body(*with_sdp(body.content_type, body.data, self._anchor.carry(sdp, side)))


def refusal(decision: Decision, agent: str) -> Reply:
    """Return the answer that refuses a call on the spot, with Warning."""
    status, fields = refusal_fields(decision, agent)
    return Reply(status, None, fields)
