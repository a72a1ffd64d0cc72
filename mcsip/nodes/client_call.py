"""Private calls at a client: made, made again where an answer redirects them, and taken.

TS 24.379 11.1.1 [2nd]. That a client whose call is redirected calls the new MC service ID is TS
23.280 10.16.5 [read]; it does so with a new call to the server that serves it, as every call of an
MC service client goes there [ours].
"""

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mcsip.errors import McsipError, NetworkError, PeerError, UsageError
from mcsip.mc.communication import MIGRATED, PRIVATE, Communication, parse_communication
from mcsip.mc.private_call import (
    CALL_SERVICES,
    SDP_TYPE,
    CallBody,
    build_call_body,
    parse_call_body,
    sdp_of,
)
from mcsip.mc.request import Identities, mc_fields
from mcsip.mc.services import Service
from mcsip.mc.xml import BodyError
from mcsip.nodes.call_agent import CallAgent, CallError, LiveCall
from mcsip.nodes.call_setup import CALL_CAPABILITIES, make_agent
from mcsip.nodes.client_outcome import outcome_of_answer
from mcsip.nodes.directory import Directory
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
from mcsip.sip.redirect import TargetSet
from mcsip.sip.sdp import Direction, Sdp, parse_sdp
from mcsip.sip.transaction import ServerTransaction
from mcsip.trace import Peer

if TYPE_CHECKING:
    from mcsip.nodes.client import Client

#: The port of a stream over which nothing is sent: "discard" (RFC 3264 5.1 [2nd]).
DISCARD_PORT = 9
#: What a client says: a tone of this pitch [ours].
TONE_HZ = 440.0
#: How long a caller waits for an answer, in seconds: longer than Timer C (RFC 3261 16.6 item 11).
CALL_WAIT_S = 200.0
#: Status codes that say that the callee is busy (RFC 3261 21.4.24, 21.6.1).
BUSY = frozenset({486, 600})


class Answering(StrEnum):
    """What a client does with a call that it gets."""

    ACCEPT = "accept"
    BUSY = "busy"
    DECLINE = "decline"
    RING = "ring"
    """Ring, and never answer."""


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How a call ended, or began, for its caller.

    Attributes:
        result: "established", "redirected" (and not followed), "busy", "refused", "cancelled" (we
            gave up) or "failed" (nobody could be reached).
        status: final status code of the last INVITE, or None.
        reason: key of the reason, or None.
        text: the reason for people.
        redirected: the MC service IDs to which it was redirected, in order.
    """

    result: str
    status: int | None = None
    reason: str | None = None
    text: str = ""
    redirected: tuple[str, ...] = ()


class CallClient:
    """What a client does with private calls.

    Args:
        client: the client.

    Attributes:
        answering: what it does with the next call that it gets.
        callers: MC service IDs of who has called, as the calls named them.
        current: the call that it is in, or None.
        other: the other party of the last call, where somebody knows both, or None.
        media: where it sends and receives in a call with media, or None.
        remote: where the other party receives RTP, or None.
    """

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._agent: CallAgent | None = None
        self._session = 0
        self._version = 0
        self.media: MediaClient | None = None
        self.remote: Peer | None = None
        self.answering = Answering.ACCEPT
        self.callers: list[str | None] = []
        self.current: LiveCall | None = None
        self.other: CallClient | None = None

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

    async def call(
        self,
        to: str,
        *,
        give_up_s: float | None = None,
        follow: bool = True,
        media: bool = False,
    ) -> CallOutcome:
        """Call from where the client is now, and wait for what becomes of it.

        Args:
            to: MC service ID of the callee.
            give_up_s: after how many seconds the caller cancels what has not been answered.
            follow: whether a redirection is followed.
            media: whether audio is offered, to be sent by ``talk``.

        Raises:
            NetworkError: there are no ports for the media.
            McsipError: the service of the run has no private calls, or ``to`` is no URI.
        """
        service = self._client.env.service
        if service not in CALL_SERVICES:
            raise McsipError(f"{service} has no private calls")
        self._leave()
        if media:
            self._open_media()
        targets = TargetSet(to)
        redirected: list[str] = []
        while True:
            live = self._invite(redirected[-1] if redirected else to)
            ended = await self._answer(live, give_up_s)
            way = tuple(redirected)
            if ended is None:
                return CallOutcome("established", 200, redirected=way)
            answer = ended.message if isinstance(ended.message, Response) else None
            if ended.why is Why.HUNG_UP and (ended.status or 0) in {0, 487}:
                return CallOutcome("cancelled", ended.status, redirected=way)
            if answer is None:
                return CallOutcome("failed", ended.status, "no-answer", str(ended.why), way)
            if is_migrated(answer, service):
                if not (follow and targets.add(answer)):
                    return CallOutcome("redirected", answer.status, redirected=way)
                redirected.append(str(targets.next()))
                continue
            return refused_call(answer, self._client.env.directory, way)

    async def talk(self, packets: int) -> Sent:
        """Send audio to the other party, in real time: 50 packets a second.

        Raises:
            CallError: the call has no media.
        """
        if self.media is None or self.remote is None:
            raise CallError(f"{self._client.name} is in no call with media")
        return await self.media.send(self.remote, packets, tone(TONE_HZ))

    async def hang_up(self) -> None:
        """End the call that the client is in.

        Raises:
            CallError: it is in none, or the end did not come.
        """
        if self.current is None:
            raise CallError(f"{self._client.name} is in no call")
        live = self.current
        live.hang_up()
        await live.end()

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

    def takes(self, request: Request) -> bool:
        """Tell whether a request is about calls."""
        return self.agent.takes(request)

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


def is_migrated(answer: Response, service: Service) -> bool:
    """Tell whether an answer redirects because the user has migrated (TS 24.379 F.1 [read])."""
    if answer.status != 302 or answer.content_type != service.content_type:
        return False
    try:
        return parse_communication(answer.body, service).forwarding_reason == MIGRATED
    except BodyError:
        return False


def refused_call(
    answer: Response, directory: Directory, redirected: tuple[str, ...] = ()
) -> CallOutcome:
    """Return the outcome when the callee, or somebody on the way, said no.

    Args:
        answer: the final answer to the INVITE.
        directory: knows the nodes by their host names.
        redirected: the MC service IDs to which it was redirected before.
    """
    status = answer.status
    if status in BUSY:
        return CallOutcome("busy", status, redirected=redirected)
    said = outcome_of_answer(answer, directory)
    if status >= 600:  # RFC 3261 21.6: the callee itself was asked
        return CallOutcome("refused", status, None, said.text, redirected)
    return CallOutcome(said.result, status, said.reason, said.text, redirected)
