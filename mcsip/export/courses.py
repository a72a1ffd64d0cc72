"""What one node does in a run, course by course: which request comes in, and what it does about it.

A *course* is one request that a node receives, with everything that it does because of it: answers,
requests of its own or passed on, and their answers. A request that a node sends of its own accord
belongs to the one *leading* course. That is all that a program needs to know that is to stand in
for the node: what sets it off, and what follows in which order. Everything here is a pure function
of the trace.

What causes what is not written in a trace. A message that belongs to a transaction (RFC 3261 17)
or goes on with the Call-ID of a request that came in belongs to its course; another request of
the node belongs to the course of the latest request that it received [ours].
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mcsip.hops import HopKey, hop_key, read_message
from mcsip.mc.roles import Role
from mcsip.sip.message import Message, Request
from mcsip.trace import Direction, Trace, TraceEntry


@dataclass(frozen=True, slots=True)
class Event:
    """One message that the node sends or receives, counted once.

    Attributes:
        sent: whether the node sends it.
        message: the message.
        peer: name of the other node or client.
        number: position in the trace.
        at: seconds since the run began.
        request: the request that a response answers; of a request, itself.
    """

    sent: bool
    message: Message
    peer: str
    number: int
    at: float
    request: Request


@dataclass(frozen=True, slots=True)
class Course:
    """What belongs together, in order.

    Attributes:
        events: the messages.
        leading: whether the node begins it.
    """

    events: tuple[Event, ...]
    leading: bool = False

    @property
    def cause(self) -> Request:
        """The request that it begins with."""
        return self.events[0].request


@dataclass(slots=True)
class _Open:
    """A course while its events are collected."""

    leading: bool
    events: list[Event] = field(default_factory=list)


def find_courses(trace: Trace, node: str) -> list[Course]:
    """Return the courses of a node or client, in the order in which they begin.

    Args:
        trace: the trace of a run in which the node was ours.
        node: its name.
    """
    courses: list[_Open] = []
    leading: _Open | None = None
    latest: _Open | None = None
    at: dict[HopKey, tuple[_Open, Request]] = {}
    by_call: dict[str, _Open] = {}
    info = trace.nodes.get(node)
    is_client = info is not None and info.role is Role.CLIENT
    for entry, message, key in _messages(trace, node):
        sent = entry.direction is Direction.SENT
        peer = trace.node_at(entry.remote, entry.transport) or "?"
        if not isinstance(message, Request):
            known = at.get(key)
            if known is None:
                continue  # an answer to nothing that was seen
            course, request = known
        elif sent:
            of_call = by_call.get(message.call_id)
            cause = None if is_client else of_call or latest
            if cause is None:
                if leading is None:
                    leading = _Open(leading=True)
                    courses.append(leading)
                cause = leading
            course = cause
            request = message
        else:
            course = latest = _Open(leading=False)
            courses.append(course)
            by_call[message.call_id] = course
            request = message
        at[key] = course, request
        course.events.append(Event(sent, message, peer, entry.number, entry.at, request))
    return [Course(tuple(course.events), course.leading) for course in courses]


def _messages(trace: Trace, node: str) -> Iterable[tuple[TraceEntry, Message, HopKey]]:
    """Yield the messages of a node, copies of the same one only once."""
    seen: set[tuple[Direction, bytes]] = set()
    for entry in trace.entries:
        if entry.node != node or (entry.direction, entry.data) in seen:
            continue
        message = read_message(entry.data)
        key = None if message is None else hop_key(message)
        if message is not None and key is not None:
            seen.add((entry.direction, entry.data))
            yield entry, message, key


def peers_of(courses: Sequence[Course]) -> list[str]:
    """Return the names of all with whom a node speaks, in the order in which they come up."""
    return list(dict.fromkeys(event.peer for course in courses for event in course.events))
