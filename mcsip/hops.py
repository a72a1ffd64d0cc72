"""What a trace says, transaction by transaction: the hops between neighbours.

A *hop* is one SIP transaction between two neighbours: every copy of the request, sent and received,
and every answer, told apart by the branch of the topmost Via and the method of CSeq (RFC 3261
17.1.3, 17.2.3). Everything here is a pure function of the trace.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from mcsip.errors import PeerError
from mcsip.mc.communication import Communication, read_communication
from mcsip.mc.info import Info, read_routing
from mcsip.mc.messages import MESSAGES
from mcsip.mc.multipart import MEDIA_TYPE as MULTIPART
from mcsip.mc.multipart import Part, parse_multipart
from mcsip.mc.services import service_of_content_type
from mcsip.sip.message import Message, Request, Response
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.trace import Direction, Peer, Trace, TraceEntry


class Answer(NamedTuple):
    """One response of a hop, counted once however often it was repeated.

    Attributes:
        number: position in the trace of the first copy seen.
        at: seconds since the run began, of that copy.
        status: the status code.
        reason: the reason phrase as written.
        warning: the value of its Warning header field, or None.
        received: whether the sender of the request received a copy; true also where the trace
            shows the messages between the two, as a capture does.
    """

    number: int
    at: float
    status: int
    reason: str
    warning: str | None
    received: bool


@dataclass(frozen=True, slots=True)
class Hop:
    """One transaction between two neighbours.

    Attributes:
        number: position in the trace of the first copy of the request.
        at: seconds since the run began, of that copy.
        sender: name of the node, or "host:port" when no node of the trace has the address.
        receiver: likewise.
        transport: "UDP", "TCP" or "TLS".
        request: the request as first seen.
        info: the MC info body of the request, or None.
        sent: copies of the request that the sender sent; 0 when the sender is not traced.
        received: copies that the receiver received; 0 when none arrived or it is not traced.
        answers: the responses in the order of their first copy, final one last.
        faults: what the network did to copies of the request: "lost", "duplicated", "delayed".
        about: what the info body says of a communication that has a name, such as short data.
    """

    number: int
    at: float
    sender: str
    receiver: str
    transport: str
    request: Request
    info: Info | None
    sent: int
    received: int
    answers: tuple[Answer, ...] = ()
    faults: tuple[str, ...] = ()
    about: Communication | None = None

    @property
    def message(self) -> str | None:
        """Name of the MC message, as ``mcsip list messages`` has it, or None."""
        if self.info is not None:
            return self.info.message
        return None if self.about is None else self.about.message

    @property
    def label(self) -> str:
        """Name of the MC message, or the SIP method."""
        return self.message or self.request.method

    @property
    def retransmissions(self) -> int:
        """How many copies beyond the first were seen, on the side that saw more."""
        return max(self.sent, self.received, 1) - 1

    @property
    def delivered(self) -> bool:
        """Whether the receiver got the request: it was traced there, or it was answered."""
        return self.received > 0 or bool(self.answers)

    @property
    def final(self) -> Answer | None:
        """The final answer that was sent, or None."""
        return next((answer for answer in reversed(self.answers) if answer.status >= 200), None)


HopKey = tuple[str, str, str]
"""What the copies and answers of one transaction share."""


MAX_REMEMBERED = 8192
"""How many messages and bodies are remembered, and the largest in octets [ours]: 100 MB at worst,
and a few where they are as large as those of MC services."""


def read_message(data: bytes) -> Request | Response | None:
    """Return the message that a traced entry holds, or None when it holds none."""
    return _recall(data) if len(data) <= MAX_REMEMBERED else _recall.__wrapped__(data)


@lru_cache(maxsize=MAX_REMEMBERED)
def _recall(data: bytes) -> Request | Response | None:
    message = parse_datagram(data)
    return None if isinstance(message, Malformed) else message


@lru_cache(maxsize=MAX_REMEMBERED)
def _read_body(content_type: str, body: bytes) -> Info | None:
    media_type = content_type.partition(";")[0].strip().lower()
    try:
        if media_type == MULTIPART:
            for part in parse_multipart(content_type, body):
                info = _info_in(part.content_type, part.body)
                if info is not None:
                    return info
            return None
        service = service_of_content_type(media_type)
        return None if service is None else read_routing(body, service)
    except PeerError:
        return None


def _is_short(content_type: str, body: bytes) -> bool:
    """Tell whether what is read of a body is remembered."""
    return len(content_type) + len(body) <= MAX_REMEMBERED


def _info_in(content_type: str, body: bytes) -> Info | None:
    read = _read_body if _is_short(content_type, body) else _read_body.__wrapped__
    return read(content_type, body)


def read_info(message: Message) -> Info | None:
    """Return the MC info body of a message, alone or inside multipart/mixed, or None.

    A body that cannot be read counts as none: whether it is right is judged elsewhere.
    """
    content_type = message.first("content-type")
    if content_type is None or not message.body:
        return None
    info = _info_in(content_type, message.body)
    return info if info is not None and info.message in MESSAGES else None


@lru_cache(maxsize=MAX_REMEMBERED)
def _read_about(content_type: str, body: bytes) -> Communication | None:
    part = Part(content_type, body)
    try:
        parts = parse_multipart(content_type, body) if part.media_type == MULTIPART else (part,)
        for part in parts:
            service = service_of_content_type(part.media_type)
            if service is not None:
                return read_communication(part.body, service)
    except PeerError:
        return None
    return None


def read_about(message: Message) -> Communication | None:
    """Return what a message says of a communication that has a name, or None.

    Short data has several parts always, an INVITE need not. A body that cannot be read counts as
    none: whether it is right is judged elsewhere.
    """
    content_type = message.first("content-type")
    is_invite = isinstance(message, Request) and message.method == "INVITE"
    if content_type is None or (message.content_type != MULTIPART and not is_invite):
        return None
    read = _read_about if _is_short(content_type, message.body) else _read_about.__wrapped__
    about = read(content_type, message.body)
    return about if about is not None and about.message is not None else None


def message_name(data: bytes) -> str | None:
    """Return the name of the MC message that a request on the wire is, or None."""
    message = read_message(data)
    if not isinstance(message, Request):
        return None
    if (info := read_info(message)) is not None:
        return info.message
    about = read_about(message)
    return None if about is None else about.message


def hop_key(message: Request | Response) -> HopKey | None:
    """Return what the copies and answers of one transaction share, or None when it is malformed."""
    try:
        via = message.via
        method = message.cseq.method
        branch = via.branch
        if branch is None:
            return message.call_id, str(message.cseq), f"{via.host}:{via.port}"
    except PeerError:
        return None
    return branch, method, f"{via.host}:{via.port}".lower()


@dataclass(slots=True)
class _OpenAnswer:
    """An answer while its copies are collected."""

    entry: TraceEntry
    response: Response
    received: bool = False


@dataclass(slots=True)
class OpenHop:
    """A hop while its entries are collected.

    Attributes:
        request: the request as first seen; until then there is no hop.
        sent: its copies at the sender.
        received: its copies at the receiver.
    """

    request: Request | None = None
    sent: list[TraceEntry] = field(default_factory=list)
    received: list[TraceEntry] = field(default_factory=list)
    _answers: dict[int, _OpenAnswer] = field(default_factory=dict)

    def add(self, entry: TraceEntry, message: Request | Response) -> None:
        """Take a copy of the request or of an answer."""
        sent = entry.direction is Direction.SENT
        if isinstance(message, Request):
            self.request = self.request or message
            (self.sent if sent else self.received).append(entry)
        else:
            answer = self._answers.setdefault(message.status, _OpenAnswer(entry, message))
            answer.received = answer.received or not sent

    @property
    def first(self) -> TraceEntry:
        """The first copy of the request."""
        if not self.sent:
            return self.received[0]
        sent = self.sent[0]
        if not self.received or sent.number < self.received[0].number:
            return sent
        return self.received[0]

    def close(self, name_at: Callable[[Peer, str], str]) -> Hop:
        """Return the finished hop.

        Args:
            name_at: tells the name of who has an address on a transport.
        """
        assert self.request is not None
        first = self.first
        if self.sent:
            sender = self.sent[0].node
            receiver = name_at(self.sent[0].remote, first.transport)
        else:
            sender = name_at(first.remote, first.transport)
        if self.received:
            receiver = self.received[0].node
        answers = sorted(self._answers.values(), key=lambda answer: answer.entry.number)
        # A capture shows each message once, as its sender's: what stands there has arrived.
        between = not self.received
        return Hop(
            number=first.number,
            at=first.at,
            sender=sender,
            receiver=receiver,
            transport=first.transport,
            request=self.request,
            info=read_info(self.request),
            sent=len(self.sent),
            received=len(self.received),
            answers=tuple(
                Answer(
                    answer.entry.number,
                    answer.entry.at,
                    answer.response.status,
                    answer.response.reason,
                    answer.response.first("warning"),
                    answer.received or between,
                )
                for answer in answers
            ),
            faults=tuple(entry.fault for entry in self.sent if entry.fault is not None),
            about=read_about(self.request),
        )


def _collect(entries: Iterable[TraceEntry]) -> list[OpenHop]:
    """Return the transactions of the entries, in the order of their first entry."""
    hops: dict[HopKey, OpenHop] = {}
    for entry in entries:
        message = read_message(entry.data)
        if message is None:
            continue
        key = hop_key(message)
        if key is not None:
            hops.setdefault(key, OpenHop()).add(entry, message)
    return [hop for hop in hops.values() if hop.request is not None]


def find_hops(trace: Trace, entries: Sequence[TraceEntry] | None = None) -> list[Hop]:
    """Return the hops of a trace in the order in which their requests were first seen.

    Args:
        trace: the trace, which knows the nodes and their addresses.
        entries: the entries to look at; all of the trace when None.
    """

    def name_at(peer: Peer, transport: str) -> str:
        return trace.node_at(peer, transport) or f"{peer.host}:{peer.port}"

    collected = _collect(trace.entries if entries is None else entries)
    return [hop.close(name_at) for hop in collected]
