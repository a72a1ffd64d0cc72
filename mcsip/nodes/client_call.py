"""Private calls at a client of ours, by its own user agent (TS 24.379 11.1.1 [2nd])."""

from contextlib import suppress
from typing import TYPE_CHECKING

from mcsip.errors import NetworkError, PeerError, UsageError
from mcsip.mc.communication import PRIVATE, Communication
from mcsip.mc.private_call import (
    SDP_TYPE,
    CallBody,
    build_call_body,
    parse_call_body,
    sdp_of,
)
from mcsip.mc.request import Identities, mc_fields
from mcsip.mc.xml import BodyError
from mcsip.nodes.call_agent import CallAgent, CallError, LiveCall, NoAnswerError
from mcsip.nodes.call_setup import CALL_CAPABILITIES, make_agent
from mcsip.nodes.calling import CALL_WAIT_S, Answering, Attempt, Calls
from mcsip.nodes.media import MediaClient, Sent, tone
from mcsip.sip.call_events import (
    CallEvent,
    Ended,
    Established,
    Invitation,
    Invited,
    Modified,
    Redirected,
    Reoffered,
    Reply,
    Unchanged,
    Why,
)
from mcsip.sip.call_table import CallState
from mcsip.sip.dialog import Body
from mcsip.sip.message import Message, Request, Response
from mcsip.sip.offer_answer import build_answer, build_offer
from mcsip.sip.sdp import Direction, Sdp, parse_sdp
from mcsip.sip.transaction import ServerTransaction
from mcsip.trace import Peer

if TYPE_CHECKING:
    from mcsip.nodes.client import Client

#: The port of a stream over which nothing is sent: "discard" (RFC 3264 5.1 [2nd]).
DISCARD_PORT = 9
#: Final statuses of a request that nobody answered (RFC 3261 8.1.3.1, 16.7 item 6).
UNANSWERED = frozenset({408, 503})
#: What a client says: a tone of this pitch [ours].
TONE_HZ = 440.0


class CallClient(Calls):
    """What a client of ours does with private calls.

    Args:
        client: the client.

    Attributes:
        current: the call that it is in, or None.
        media: where it sends and receives in a call with media, or None.
        remote: where the other party receives RTP, or None.
    """

    def __init__(self, client: "Client") -> None:
        super().__init__(client.env.service, client.env.directory)
        self._client = client
        self._agent: CallAgent | None = None
        self._session = 0
        self._version = 0
        self.media: MediaClient | None = None
        self.remote: Peer | None = None
        self.current: LiveCall | None = None

    @property
    def agent(self) -> CallAgent:
        """Makes and takes the calls; only while the client runs."""
        assert self._agent is not None, f"{self._client.name} is not running"
        return self._agent

    def start(self) -> None:
        """Be ready for calls."""
        contact = self._client.contact(self._client.spec.transport)
        self._agent = make_agent(self._client, self._on_event, contact)

    def stop(self) -> None:
        """Forget all calls."""
        if self._agent is not None:
            self._agent.stop()
        self._agent = None
        self._leave()

    # --- what a scenario asks for

    @property
    def in_call(self) -> bool:
        """Whether the client is in a call that is established."""
        return self.current is not None

    async def talk(self, packets: int) -> Sent:
        """Send audio to the other party, in real time: 50 packets a second.

        Raises:
            CallError: the call has no media.
        """
        if self.media is None or self.remote is None:
            raise CallError(f"{self._client.name} is in no call with media")
        return await self.media.send(self.remote, packets, tone(TONE_HZ))

    def has_heard(self, sent: Sent) -> bool:
        """Tell whether all of a stream of the other party has arrived."""
        if self.media is None:
            return False
        untold = not sent.digest
        return any(
            got.has_all(sent)
            for ssrc, got in self.media.received.items()
            if untold or ssrc == sent.ssrc
        )

    async def hang_up(self) -> None:
        """End the call that the client is in.

        Raises:
            NoAnswerError: nobody answered the BYE; the call is over all the same (RFC 3261 15.1.1).
            CallError: it is in none.
        """
        if self.current is None:
            raise CallError(f"{self._client.name} is in no call")
        live = self.current
        live.hang_up()
        await live.end()
        if live.call.bye_status in UNANSWERED:
            raise NoAnswerError(f"nobody answered the BYE: {live.call.bye_status}")

    async def change(self, direction: Direction) -> int:
        """Offer another direction of the media in the call, by re-INVITE (RFC 3261 14.1).

        Returns:
            The final status code.

        Raises:
            CallError: the client is in no call, or nobody answered.
        """
        live = self.current
        if live is None:
            raise CallError(f"{self._client.name} is in no call")
        before = len(live.events)
        live.modify(self._offer(direction))

        def answered() -> CallEvent | None:
            later = live.events[before:]
            return next((e for e in later if isinstance(e, Modified | Unchanged | Ended)), None)

        await self.agent.until(lambda: answered() is not None, 40.0, "an answer", live)
        event = answered()
        match event:
            case Modified():
                return 200
            case Unchanged(status=status):
                return status
        raise CallError("the call has ended")

    # --- for the client

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        """Take a request that is about calls, other than ACK and CANCEL."""
        if self._client.is_acceptable(transaction, request, CALL_CAPABILITIES):
            self.agent.on_request(transaction, request)

    def on_ack(self, request: Request) -> None:
        """Take an ACK to a 2xx."""
        self.agent.on_ack(request)

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        """Take a CANCEL that has been answered."""
        self.agent.on_cancel(transaction, request)

    # --- the caller

    def prepare(self, *, media: bool) -> None:
        """Be in no call, and ready to offer audio or not.

        Raises:
            NetworkError: there are no ports for the media.
        """
        self._leave()
        if media:
            self._open_media()

    async def attempt(self, to: str, give_up_s: float | None) -> Attempt:
        """Send one INVITE, and wait for what becomes of it; args as those of ``call``."""
        ended = await self._answer(self._invite(to), give_up_s)
        if ended is None:
            return Attempt(established=True, status=200)
        answer = ended.message if isinstance(ended.message, Response) else None
        cancelled = ended.why is Why.HUNG_UP and (ended.status or 0) in {0, 487}
        return Attempt(
            established=False,
            status=ended.status,
            answer=answer,
            cancelled=cancelled,
            text=str(ended.why),
        )

    def _invite(self, to: str) -> LiveCall:
        client = self._client
        system = client.env.topology.systems[client.place]
        own_id = client.id_in(system)
        about = Communication(
            client.env.service, target=to, client_id=client.client_id, session_type=PRIVATE
        )
        self._begin_session()
        direction = Direction.INACTIVE if self.media is None else Direction.SENDRECV
        sdp = self._offer(direction).data
        psi, target, route = client.way_to_server(system, own_id)
        return self.agent.call(
            Invitation(
                psi,
                f"<{own_id}>",
                routes=() if route is None else (route,),
                target=target,
                fields=mc_fields(client.env.service, Identities(own_id, own_id, asserted=False)),
                body=Body(*build_call_body(CallBody(about, sdp))),
                follow=False,
            )
        )

    async def _answer(self, live: LiveCall, give_up_s: float | None) -> Ended | None:
        """Wait until a call is established, and return None, or how it ended."""

        def decided() -> bool:
            return live.ended is not None or live.state in {
                CallState.ESTABLISHED,
                CallState.REDIRECTED,
            }

        try:
            await self.agent.until(decided, give_up_s or CALL_WAIT_S, "an answer", live)
        except CallError:
            with suppress(UsageError):  # it was answered just now
                live.hang_up()
            return await live.end()
        if live.state is CallState.REDIRECTED:
            redirected = next(e for e in live.events if isinstance(e, Redirected))
            live.hang_up()
            return Ended(live.call, Why.REFUSED, redirected.response.status, redirected.response)
        return live.ended

    # --- the callee

    def _on_event(self, live: LiveCall, event: CallEvent) -> None:
        if isinstance(event, Invited):
            self._invited(live, event.request)
        elif isinstance(event, Established):
            self.current = live
            if isinstance(event.message, Response):
                self._learn(event.message)
        elif isinstance(event, Reoffered):
            answer = self._answer_to(event.request)
            live.refuse_change() if answer is None else live.accept_change(answer)
        elif isinstance(event, Ended) and self.current is live:
            self._leave()

    def _invited(self, live: LiveCall, request: Request) -> None:
        service = self._client.env.service
        try:
            call = parse_call_body(request.first("content-type") or "", request.body, service)
        except BodyError as fault:
            live.refuse(Reply(fault.status, fault.message))
            return
        self.callers.append(call.about.caller)
        if self.answering is Answering.BUSY or self.current is not None:
            live.refuse(Reply(486))
            return
        self._begin_session()
        live.ring()
        match self.answering:
            case Answering.ACCEPT:
                self._accept(live, request)
            case Answering.DECLINE:
                live.refuse(Reply(603))
            case Answering.RING:
                pass

    def _accept(self, live: LiveCall, request: Request) -> None:
        answer = self._answer_to(request)
        if answer is None:
            live.refuse(Reply(488))
        else:
            live.accept(answer)

    # --- session descriptions, and media

    @property
    def _host(self) -> str:
        return self._client.endpoint.address(self._client.spec.transport).host

    def _open_media(self) -> None:
        """Be ready to send and receive audio.

        Raises:
            NetworkError: no ports are free.
        """
        if self.media is None:
            env = self._client.env
            self.media = MediaClient(env.media_ports, self._host, env.ids, env.clock)

    def _leave(self) -> None:
        """Be in no call."""
        self.current = None
        self.remote = None
        if self.media is not None:
            self.media.close()
            self.media = None

    def _begin_session(self) -> None:
        """Describe another session from now on (RFC 8866 5.2)."""
        self._session += 1
        self._version = 0

    def _port(self) -> int:
        return DISCARD_PORT if self.media is None else self.media.address.port

    def _described(self, sdp: Sdp) -> Body:
        """Return a description as the next version of its session (RFC 3264 8)."""
        version, self._version = self._version, self._version + 1
        return Body(SDP_TYPE, sdp.with_version(version).octets())

    def _offer(self, direction: Direction) -> Body:
        return self._described(
            build_offer(self._host, self._port(), session_id=self._session, direction=direction)
        )

    def _answer_to(self, request: Message) -> Body | None:
        """Return the answer to the offer of a request, or our own offer where it has none.

        None when it cannot be answered.
        """
        try:
            octets = sdp_of(request.first("content-type") or "", request.body)
            if octets is None:
                return self._offer(Direction.INACTIVE)
            offer = parse_sdp(octets)
            self.remote = _audio_at(offer)
            if self.remote is not None:
                self._open_media()
            answer = build_answer(offer, self._host, self._port(), session_id=self._session)
        except (PeerError, NetworkError):
            return None
        return None if answer is None else self._described(answer)

    def _learn(self, response: Response) -> None:
        """Learn from an answer where the other party receives."""
        with suppress(PeerError):
            octets = sdp_of(response.first("content-type") or "", response.body)
            self.remote = None if octets is None else _audio_at(parse_sdp(octets))


def _audio_at(sdp: Sdp) -> Peer | None:
    """Return where a party receives audio, or None: nowhere."""
    index = sdp.audio
    if index is None:
        return None
    host, port = sdp.address_of(index)
    return None if port in {0, DISCARD_PORT} else Peer(host, port)
