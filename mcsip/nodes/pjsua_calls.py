"""Private calls of a client that speaks with PJSIP: TS 24.379 11.1.1 [2nd].

PJSIP makes the INVITEs, answers and BYEs, the session descriptions, and the audio: real RTP in real
time, a tone from the moment a stream is there. How much of it went and came is by PJSIP's own
account. Every call has a session description with real ports, whether a scenario asks for media or
not, and every re-INVITE is accepted: PJSIP leaves no choice in that.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcsip.mc.communication import PRIVATE, Communication, build_communication
from mcsip.mc.private_call import parse_call_body
from mcsip.mc.request import Identities, mc_fields
from mcsip.mc.xml import BodyError
from mcsip.nodes.call_agent import CallError, NoAnswerError
from mcsip.nodes.calling import CALL_WAIT_S, Answering, Attempt, Calls
from mcsip.nodes.media import PACKET_S, Sent
from mcsip.nodes.pjsua_process import CrashedError, Line, RefusedError
from mcsip.pjsua.wire import number_of, octets_of, pack, text_of
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import parse_datagram
from mcsip.sip.sdp import Direction

if TYPE_CHECKING:
    from mcsip.nodes.pjsua_client import PjsuaClient

log = logging.getLogger(__name__)

END_WAIT_S = 45.0
"""How long the end of a call, or an answer to a re-INVITE, may take: longer than Timer B [ours]."""
UNDER_WAY = "PJ_EINVALIDOP"
"""What PJSIP says where it makes no re-INVITE: another is under way, or media are being set up."""
UNDER_WAY_S, UNDER_WAY_PAUSE_S = 5.0, 0.05
"""How long, and how often, a re-INVITE is asked for again then [ours]."""
COUNT_PAUSE_S = 0.1
"""How often PJSIP is asked for its counts [ours]."""
TALK_PATIENCE_S = 5.0
"""How much longer than its length a stream may take to get going and to arrive [ours]."""
_ANSWERS = {Answering.BUSY: 486, Answering.DECLINE: 603, Answering.RING: 180}


@dataclass(frozen=True, slots=True)
class Counts:
    """RTP packets of a call, by PJSIP's account.

    Attributes:
        sent, received: so many.
        lost: so many did not arrive, by their sequence numbers.
    """

    sent: int = 0
    received: int = 0
    lost: int = 0


class _Call:
    """One call, as far as PJSIP has told.

    Attributes:
        established: whether it is, or was, established.
        ended: what was told of its end, or None.
        answers: final answers to the INVITEs that we sent, in order; None where it had none.
    """

    __slots__ = ("answers", "ended", "established", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.established = False
        self.ended: Line | None = None
        self.answers: list[Response] = []


class PjsuaCalls(Calls):
    """What a client does with private calls by PJSIP.

    Args:
        client: the client.

    Attributes:
        counts: how much audio of the call, or of the last one, went and came.
    """

    def __init__(self, client: "PjsuaClient") -> None:
        super().__init__(client.env.service, client.env.directory)
        self._client = client
        self._calls: dict[str, _Call] = {}
        self._current: _Call | None = None
        self._waiting: set[asyncio.Future[None]] = set()
        self._crash: CrashedError | None = None
        self._counting: asyncio.Task[None] | None = None
        self._made = 0
        self.counts = Counts()

    def start(self) -> None:
        """Be ready for calls."""
        self._crash = None

    def stop(self) -> None:
        """Forget all calls."""
        self._calls.clear()
        self._current = None
        self._stop_counting()
        self._wake()

    @property
    def in_call(self) -> bool:
        """Whether the client is in a call that is established."""
        return self._current is not None

    # --- the caller

    def prepare(self, *, media: bool) -> None:  # noqa: ARG002
        """Be in no call; PJSIP offers audio always."""
        self._current = None
        self.counts = Counts()
        self._stop_counting()

    async def attempt(self, to: str, give_up_s: float | None) -> Attempt:
        """Send one INVITE, and wait for what becomes of it; args as those of ``call``.

        Raises:
            BeyondError, CrashedError: as ``PjsuaProcess.ask``.
        """
        call = await self._invite(to)

        def decided() -> bool:
            return call.established or call.ended is not None

        gave_up = not await self._until(decided, give_up_s or CALL_WAIT_S)
        if gave_up:
            await self._end(call)
        if call.established and not gave_up:
            return Attempt(established=True, status=200)
        answer = call.answers[-1] if call.answers else None
        status = None if answer is None else answer.status
        text = "" if call.ended is None else text_of(call.ended, "reason")
        cancelled = gave_up and status in {None, 200, 487}
        return Attempt(
            established=False, status=status, answer=answer, cancelled=cancelled, text=text
        )

    async def _invite(self, to: str) -> _Call:
        client = self._client
        system = client.env.topology.systems[client.place]
        own_id = client.id_in(system)
        service = client.env.service
        about = Communication(service, target=to, client_id=client.client_id, session_type=PRIVATE)
        psi, target, _ = client.way_to_server(system, own_id)
        self._made += 1
        name = f"out-{self._made}"
        call = self._calls[name] = _Call(name)
        fields = mc_fields(service, Identities(own_id, own_id, asserted=False))
        await client.process.ask(
            "call",
            {
                **client.account(own_id, target),
                "call": name,
                "uri": psi,
                "fields": [list(field) for field in fields],
                "content_type": service.content_type,
                "info": pack(build_communication(about)),
            },
        )
        return call

    async def _end(self, call: _Call) -> None:
        """End a call, and wait for that.

        Raises:
            NoAnswerError: the end did not come.
        """
        if call.ended is None:
            await self._client.process.ask("hang_up", {"call": call.name})
        if not await self._until(lambda: call.ended is not None, END_WAIT_S):
            raise NoAnswerError(f"the end of the call was waited for {END_WAIT_S:g} s")

    async def hang_up(self) -> None:
        """End the call that the client is in.

        Raises:
            NoAnswerError: the end did not come.
            CallError: it is in none.
            CrashedError: PJSIP has crashed.
        """
        await self._end(self._of_now())

    async def change(self, direction: Direction) -> int:
        """Offer another direction of the media in the call, by re-INVITE (RFC 3261 14.1).

        Returns:
            The final status code.

        Raises:
            NoAnswerError: nobody answered.
            CallError: the client is in no call.
            CrashedError: PJSIP has crashed.
        """
        call = self._of_now()
        before = len(call.answers)
        await self._offer(call, direction)
        answered = await self._until(
            lambda: len(call.answers) > before or call.ended is not None, END_WAIT_S
        )
        if not answered or len(call.answers) == before:
            raise NoAnswerError("nobody answered the re-INVITE")
        return call.answers[-1].status

    async def _offer(self, call: _Call, direction: Direction) -> None:
        """Ask for a re-INVITE, again while an INVITE of the call is under way (RFC 3261 14.1).

        The other party's may be: its ACK is still to come when the other party has its answer.

        Raises:
            CrashedError, RefusedError: as ``PjsuaProcess.ask``.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + UNDER_WAY_S
        while True:
            try:
                await self._client.process.ask(
                    "change", {"call": call.name, "direction": str(direction)}
                )
            except RefusedError as error:
                if UNDER_WAY not in str(error) or loop.time() >= until:
                    raise
            else:
                return
            await asyncio.sleep(UNDER_WAY_PAUSE_S)

    def _of_now(self) -> _Call:
        if self._current is None:
            raise CallError(f"{self._client.name} is in no call")
        return self._current

    # --- media

    async def talk(self, packets: int) -> Sent:
        """Wait until PJSIP has sent so much audio; it goes on as long as the call does.

        Raises:
            CallError: the call has no media, or it does not flow.
            CrashedError: PJSIP has crashed.
        """
        self._of_now()
        if self._counting is None:
            self._counting = asyncio.create_task(self._count())
        wanted = packets
        if not await self._until(
            lambda: self.counts.sent >= wanted, packets * PACKET_S + TALK_PATIENCE_S
        ):
            raise CallError(f"PJSIP has sent {self.counts.sent} of {packets} packets of audio")
        return Sent(0, self.counts.sent)

    def has_heard(self, sent: Sent) -> bool:
        """Tell whether a stream of the other party has arrived, by PJSIP's account.

        PJSIP counts no octets of what was said; its jitter buffer may discard packets that arrived.
        """
        return self.counts.received >= sent.packets and not self.counts.lost

    async def _count(self) -> None:
        """Ask PJSIP for its counts again and again, as long as the call lasts."""
        while (call := self._current) is not None:
            try:
                line = await self._client.process.ask("counts", {"call": call.name})
            except CrashedError:
                return  # whoever waits has been told
            if call is not self._current:
                return
            self.counts = Counts(*(number_of(line, key) for key in ("sent", "received", "lost")))
            self._wake()
            await asyncio.sleep(COUNT_PAUSE_S)

    def _stop_counting(self) -> None:
        if self._counting is not None:
            self._counting.cancel()
            self._counting = None

    # --- what PJSIP tells

    def on_event(self, line: Line) -> None:
        """Take what PJSIP tells of a call."""
        name = text_of(line, "call")
        match line.get("event"):
            case "invited":
                self._invited(name, octets_of(line, "octets"))
            case "answered" if (call := self._calls.get(name)) is not None:
                message = parse_datagram(octets_of(line, "octets"))
                if isinstance(message, Response):
                    call.answers.append(message)
            case "established" if (call := self._calls.get(name)) is not None:
                call.established = True
                self._current = call
            case "ended" if (call := self._calls.pop(name, None)) is not None:
                call.ended = line
                if self._current is call:
                    self._current = None
                    self._stop_counting()
        self._wake()

    def on_crash(self, error: CrashedError) -> None:
        """Tell everybody who waits that PJSIP has crashed."""
        self._crash = error
        self._calls.clear()
        self._current = None
        self._wake()

    def _invited(self, name: str, octets: bytes) -> None:
        """Answer a call that comes in."""
        request = parse_datagram(octets)
        busy = self._current is not None
        self._calls[name] = _Call(name)
        status = _ANSWERS.get(self.answering, 200)
        if not isinstance(request, Request):
            status = 400
        else:
            try:
                body = parse_call_body(
                    request.first("content-type") or "", request.body, self._service
                )
            except BodyError as fault:
                status = fault.status
            else:
                self.callers.append(body.about.caller)
                status = 486 if busy else status
        self._client.spawn(self._answer(name, status))

    async def _answer(self, name: str, status: int) -> None:
        """Answer a call, after ringing where it is answered by 200."""
        if status in {200, 603}:
            await self._client.process.ask("answer", {"call": name, "status": 180})
        await self._client.process.ask("answer", {"call": name, "status": status})

    async def _until(self, reached: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until something is so, and tell whether it came to that.

        Raises:
            CrashedError: PJSIP has crashed.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        while not reached():
            if self._crash is not None:
                raise self._crash
            future = loop.create_future()
            self._waiting.add(future)
            try:
                async with asyncio.timeout_at(until):
                    await future
            except TimeoutError:
                return reached()
            finally:
                self._waiting.discard(future)
        return True

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
