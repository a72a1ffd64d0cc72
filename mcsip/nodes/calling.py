"""Private calls at a client, whoever makes them: our own user agent, or another's.

TS 24.379 11.1.1 [2nd]. That a client whose call is redirected calls the new MC service ID is TS
23.280 10.16.5 [read]; it does so with a new call to the server that serves it, as every call of an
MC service client goes there [ours].
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum

from mcsip.errors import McsipError
from mcsip.mc.communication import MIGRATED, parse_communication
from mcsip.mc.private_call import CALL_SERVICES
from mcsip.mc.services import Service
from mcsip.mc.xml import BodyError
from mcsip.nodes.client_outcome import outcome_of_answer
from mcsip.nodes.directory import Directory
from mcsip.nodes.media import Sent
from mcsip.sip.message import Response
from mcsip.sip.redirect import TargetSet
from mcsip.sip.sdp import Direction

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


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one INVITE of a caller.

    Attributes:
        established: whether the call is there.
        status: its final status code, or None.
        answer: the final answer, where it was no 2xx and somebody gave one.
        cancelled: whether it is over because the caller gave up.
        text: why it is over, for people.
    """

    established: bool
    status: int | None = None
    answer: Response | None = None
    cancelled: bool = False
    text: str = ""


class Calls(ABC):
    """What a client does with private calls.

    Args:
        service: the MC service of the run.
        directory: knows the nodes by their host names.

    Attributes:
        answering: what it does with the next call that it gets.
        callers: MC service IDs of who has called, as the calls named them.
        other: the other party of the last call, where somebody knows both, or None.
    """

    def __init__(self, service: Service, directory: Directory) -> None:
        self._service = service
        self._directory = directory
        self.answering = Answering.ACCEPT
        self.callers: list[str | None] = []
        self.other: Calls | None = None

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
        if self._service not in CALL_SERVICES:
            raise McsipError(f"{self._service} has no private calls")
        self.prepare(media=media)
        targets = TargetSet(to)
        redirected: list[str] = []
        while True:
            tried = await self.attempt(redirected[-1] if redirected else to, give_up_s)
            way = tuple(redirected)
            if tried.established:
                return CallOutcome("established", 200, redirected=way)
            if tried.cancelled:
                return CallOutcome("cancelled", tried.status, redirected=way)
            answer = tried.answer
            if answer is None:
                return CallOutcome("failed", tried.status, "no-answer", tried.text, way)
            if is_migrated(answer, self._service):
                if not (follow and targets.add(answer)):
                    return CallOutcome("redirected", answer.status, redirected=way)
                redirected.append(str(targets.next()))
                continue
            return refused_call(answer, self._directory, way)

    @property
    @abstractmethod
    def in_call(self) -> bool:
        """Whether the client is in a call that is established."""

    @abstractmethod
    async def talk(self, packets: int) -> Sent:
        """Send audio to the other party, in real time: 50 packets a second.

        Raises:
            CallError: the call has no media.
        """

    @abstractmethod
    def has_heard(self, sent: Sent) -> bool:
        """Tell whether all of a stream of the other party has arrived."""

    @abstractmethod
    async def hang_up(self) -> None:
        """End the call that the client is in.

        Raises:
            NoAnswerError: nobody answered.
            CallError: it is in none.
        """

    @abstractmethod
    async def change(self, direction: Direction) -> int:
        """Offer another direction of the media in the call, by re-INVITE (RFC 3261 14.1).

        Returns:
            The final status code.

        Raises:
            CallError: the client is in no call, or nobody answered.
        """

    # --- how

    @abstractmethod
    def prepare(self, *, media: bool) -> None:
        """Be in no call, and ready to offer audio or not.

        Raises:
            NetworkError: there are no ports for the media.
        """

    @abstractmethod
    async def attempt(self, to: str, give_up_s: float | None) -> Attempt:
        """Send one INVITE, and wait for what becomes of it; args as those of ``call``."""

    # --- for the client

    @abstractmethod
    def start(self) -> None:
        """Be ready for calls."""

    @abstractmethod
    def stop(self) -> None:
        """Forget all calls."""


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
