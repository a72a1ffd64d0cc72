"""From the number of a trace entry that a rule points at to who sent what to whom there."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from mcsip.conformance.views import Call, Course, MessageSeen, Passage, TransactionSeen
from mcsip.hops import Hop
from mcsip.trace import Direction, Trace, TraceEntry

_number_of = attrgetter("number")

AnyView = MessageSeen | TransactionSeen | Passage | Call | Course
"""What a rule looks at."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault is.

    Attributes:
        number: number of the trace entry.
        at: seconds since the run began.
        node: name of the sender.
        peer: name of the receiver.
        data: the octets; empty where they are no longer at hand.
    """

    number: int
    at: float
    node: str
    peer: str
    data: bytes = b""


def place_of(view: AnyView, number: int | None) -> Place:
    """Return the place that a rule points at.

    Args:
        view: what the rule looked at.
        number: the entry's number, or None for the message, request or course itself.
    """
    first: Place | None = None
    for place in _places(view):
        if number is None or place.number == number:
            return _with_data(view, place)
        first = first or place
    assert first is not None, "every view has an entry"
    assert number is not None
    return _in_trace(view.setting.trace, number) or Place(number, first.at, first.node, first.peer)


def _places(view: AnyView) -> Iterator[Place]:
    """Return the places of a view; first the one that stands for it as a whole."""
    match view:
        case MessageSeen():
            entry = view.entry
            yield Place(entry.number, entry.at, view.sender.name, view.receiver.name, entry.data)
        case TransactionSeen():
            yield from _of_transaction(view)
        case Passage():
            yield from _of_transaction(view.incoming)
            for each in view.outgoing:
                yield from _of_transaction(each)
        case Call():
            for each in view.transactions:
                yield from _of_transaction(each)
        case Course():
            for exchange in view.exchanges:
                for hop in exchange.hops:
                    yield from _of_hop(hop)


def _of_transaction(seen: TransactionSeen) -> Iterator[Place]:
    sender, receiver = seen.sender.name, seen.receiver.name
    for entry in (*seen.requests, *seen.arrivals, *(entry for entry, _ in seen.acks)):
        yield Place(entry.number, entry.at, sender, receiver, entry.data)
    for entry, _ in (*seen.responses, *seen.replies):
        yield Place(entry.number, entry.at, receiver, sender, entry.data)


def _of_hop(hop: Hop) -> Iterator[Place]:
    yield Place(hop.number, hop.at, hop.sender, hop.receiver)
    for answer in hop.answers:
        yield Place(answer.number, answer.at, hop.receiver, hop.sender)


def _with_data(view: AnyView, place: Place) -> Place:
    """Return a place of a slim view with its octets, if the trace is at hand."""
    if place.data:
        return place
    return _in_trace(view.setting.trace, place.number) or place


def _in_trace(trace: Trace, number: int) -> Place | None:
    """Return the place of an entry of the trace, None where the trace streamed by."""
    at = bisect_left(trace.entries, number, key=_number_of)
    if at >= len(trace.entries) or trace.entries[at].number != number:
        return None
    entry = trace.entries[at]
    remote = trace.node_at(entry.remote, entry.transport) or f"{entry.remote[0]}:{entry.remote[1]}"
    return _of_entry(entry, remote)


def _of_entry(entry: TraceEntry, remote: str) -> Place:
    sent = entry.direction is Direction.SENT
    node, peer = (entry.node, remote) if sent else (remote, entry.node)
    return Place(entry.number, entry.at, node, peer, entry.data)
