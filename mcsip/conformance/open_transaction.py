"""A transaction while its messages are collected, and once it is closed until all have looked."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar, cast

from mcsip.conformance.forms import Names
from mcsip.conformance.heard import Heard
from mcsip.conformance.shapes import AT_ONCE_S, Exchanged
from mcsip.conformance.views import Setting, TransactionSeen
from mcsip.hops import Hop, HopKey, OpenHop
from mcsip.sip.message import Request, Response
from mcsip.trace import Peer, TraceEntry

T = TypeVar("T")
_Answered = tuple[TraceEntry, Response]


class OpenTransaction:
    """A transaction between two neighbours.

    Args:
        key: what its messages share.
        request: the request as first seen.

    Attributes:
        key: likewise.
        request: likewise.
        call_id: the Call-ID of the request, "" where it has none.
        sender: who sent the request.
        receiver: whom it was sent to.
        requests: all copies of the request.
        answers: all copies of the answers.
        acks: for an INVITE: the ACKs with its branch.
        of_invite: whether it is such an ACK.
        refused: whether a TCP connection for it was refused before (RFC 3261 18.1.1).
        sent: the first copy of the request where it was sent, or None.
        received: likewise where it was received.
        answers_sent: how many copies of answers were seen where they were sent.
        final: whether a final answer was seen: where it was sent, if any was seen there.
        last_at: when its latest message was seen, in seconds since the run began.
        quiet_s: for how long it must be quiet before it is closed.
        closed: whether it is.
        ended: once it is closed: whether the trace goes on for longer than it may last.
        shape: once it is closed: what it is but for names, or None.
    """

    __slots__ = (
        "_distinct",
        "_far",
        "_final_received",
        "_final_sent",
        "_requests_sent",
        "_seen",
        "acks",
        "answers",
        "answers_sent",
        "call_id",
        "closed",
        "ended",
        "final",
        "key",
        "last_at",
        "of_invite",
        "quiet_s",
        "received",
        "receiver",
        "refused",
        "request",
        "requests",
        "sender",
        "sent",
        "shape",
    )

    def __init__(self, key: HopKey, request: Heard) -> None:
        self.key = key
        self.call_id = request.form.call_id(request.names)
        self.request = request
        self.sender = request.way.sender
        self.receiver = request.way.receiver
        self.requests = [request]
        self.answers: list[Heard] = []
        self.acks: list[Heard] = []
        self.of_invite = self.refused = False
        self.sent = request if request.sent else None
        self.received = None if request.sent else request
        self.answers_sent = 0
        self.last_at = self.quiet_s = 0.0
        self.closed = self.ended = False
        self.shape: Exchanged | None = None
        self._distinct: set[Hashable] | None = None
        self._requests_sent = int(request.sent)
        self.final = self._final_sent = self._final_received = False
        self._far = ""
        self._seen: TransactionSeen | None = None

    def add_request(self, request: Heard) -> None:
        """Take another copy of the request."""
        self.requests.append(request)
        if request.sent:
            self._requests_sent += 1
            self.sent = self.sent or request
        else:
            self.received = self.received or request

    def add_answer(self, answer: Heard) -> None:
        """Take a copy of an answer."""
        self.answers.append(answer)
        is_final = answer.form.status >= 200
        if answer.sent:
            self.answers_sent += 1
            self._final_sent = self._final_sent or is_final
        else:
            self._final_received = self._final_received or is_final
        self.final = self._final_sent if self.answers_sent else self._final_received

    def was_sent(self, heard: Heard) -> bool:
        """Tell whether the sender of a message like this one, of the same side, is traced."""
        return self.sent is not None if heard.form.is_request else self.answers_sent > 0

    def is_new(self, heard: Heard) -> bool:
        """Tell whether the octets of the latest copy of its side were not seen before it."""
        if self._distinct is None:
            if len(self.requests if heard.form.is_request else self.answers) == 1:
                return True  # so there is no need to remember them
            earlier = (*self.requests, *self.answers)
            self._distinct = {it.octets_key for it in earlier if it is not heard}
        key = heard.octets_key
        if key in self._distinct or self._came_in_another_form(heard):
            return False
        self._distinct.add(key)
        return True

    def _came_in_another_form(self, heard: Heard) -> bool:
        """Tell whether the same octets were seen when something in them counted as a name, or not.

        The address of a client is none any more once a server has it, too.
        """
        copies = self.requests if heard.form.is_request else self.answers
        status = heard.form.status
        like = [it for it in copies if it is not heard and it.form.status == status]
        if not like:
            return False
        octets = heard.form.octets(heard.names)
        return any(it.form.octets(it.names) == octets for it in like)

    @property
    def cseq_number(self) -> int | None:
        """The number of CSeq of the request, or None where the request is malformed."""
        passed = self.request.form.passed(self.request.names)
        return None if passed is None else passed[1]

    @property
    def origin(self) -> str:
        """Once it is closed: name of who sent the request."""
        return self._far if self.sent is None else self.sent.way.node

    @property
    def first(self) -> Heard:
        """The copy of the request that comes first in the trace."""
        sent, received = self.sent, self.received
        if sent is None or received is None:
            return self.request
        return sent if sent.number < received.number else received

    def close(self, now: float, name_at: Callable[[Peer, str], str]) -> None:
        """Be told that nothing more will belong to it.

        Args:
            now: the time of the latest entry.
            name_at: tells the name of who has an address on a transport.
        """
        self._far = name_at((self.sent or self.request).way.remote, self.first.way.transport)
        self.closed = True
        self.ended = now - self.last_at >= self.quiet_s
        self.shape = self._shape()

    def _shape(self) -> Exchanged | None:
        """Return what it is but for names, if everything was sent once and at once."""
        if self.acks or self.of_invite or self.last_at - self.first.at > AT_ONCE_S:
            return None
        if self._far != (self.sender if self.sent is None else self.receiver).name:
            return None  # the address has changed hands meanwhile
        distinct = self._distinct or (*self.requests, *self.answers)
        each_once = 0, len(distinct) - 1
        if (
            self._requests_sent > 1
            or len(self.requests) - self._requests_sent > 1
            or self.answers_sent not in each_once
            or len(self.answers) - self.answers_sent not in each_once
        ):
            return None
        parts: list[Hashable] = [self.ended]
        names: Names = self.sender.name, self.receiver.name
        copies = (*self.requests, *self.answers)
        last = self.request
        for copy in copies:
            if not copy.form.alike or copy.number < last.number or copy.at < last.at:
                return None  # the order in time is that of the trace only where the clocks agree
            last = copy
            parts.append(copy.likeness)
            names += copy.all_names
        numbers = tuple([copy.number for copy in copies])
        texts = tuple([copy.form.words() for copy in copies])
        return Exchanged(tuple(parts), names, numbers, texts)

    def hop(self) -> Hop:
        """Return the transaction as ladders have it."""
        asked = [it.entry for it in self.requests]
        return self._hop(asked, [_answered(it) for it in self.answers])

    def _hop(self, requests: Iterable[TraceEntry], answers: Iterable[_Answered]) -> Hop:
        hop = OpenHop()
        for entry in requests:
            hop.add(entry, self.request.message)
        for entry, answer in answers:
            hop.add(entry, answer)
        return hop.close(lambda _peer, _transport: self._far)

    def view(self, setting: Setting) -> TransactionSeen:
        """Return the view of it, the same one each time until it is made slim."""
        if self._seen is None:
            self._seen = self._view(setting)
        return self._seen

    def _view(self, setting: Setting) -> TransactionSeen:
        requests = [(it.sent, it.entry) for it in self.requests]
        answers = [(it.sent, _answered(it)) for it in self.answers]
        sent, received = _sides(requests)
        answers_sent, answers_received = _sides(answers)
        return TransactionSeen(
            setting,
            self._hop([it for _, it in requests], [it for _, it in answers]),
            self.sender,
            self.receiver,
            requests=sent or received,
            responses=answers_sent or answers_received,
            arrivals=received,
            ended=self.ended,
            replies=answers_received,
            acks=tuple([(it.entry, cast("Request", it.message)) for it in self.acks]),
        )

    def make_slim(self) -> None:
        """Forget what was made of what is kept."""
        self._seen = None
        for heard in (*self.requests, *self.answers, *self.acks):
            heard.forget()


def _sides(copies: list[tuple[bool, T]]) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """Return of copies those where they were sent, and those where they were received."""
    sent = tuple([copy for is_sent, copy in copies if is_sent])
    return sent, tuple([copy for is_sent, copy in copies if not is_sent])


def _answered(answer: Heard) -> _Answered:
    return answer.entry, cast("Response", answer.message)
