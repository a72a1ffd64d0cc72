"""What a user's course means: the messages of migration as chains from server to server.

A *chain* is one message on its way: from the MC service server that made it, over MC gateway
servers, to the one it is for (TS 23.280 10.6.3.3 steps 3 to 5 and 8 to 10 [seed]). A gateway's
messages are joined by From tag and CSeq, which a proxy keeps (RFC 3261 16.6); of a gateway that
writes its own, by the IDs and the order of time.

Rules about what is missing ask ``Story.settled``: something may just not have happened yet.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from mcsip.conformance.courses import is_captured
from mcsip.conformance.sayings import same_ids
from mcsip.conformance.views import Course
from mcsip.errors import PeerError
from mcsip.exchanges import Exchange
from mcsip.mc.info import Info
from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.mc.roles import Role
from mcsip.trace import NodeInfo

PATIENCE_S = 120.0
"""How long a message that must follow is waited for, in seconds [ours]: longer than our own
servers wait for each other (``migration.states.Limits``), and than Timer F (RFC 3261 17.1.2.2)."""

_SERVERS = frozenset({Role.MC_SERVER, Role.MC_GATEWAY})


@dataclass(frozen=True, slots=True)
class Chain:
    """One message from server to server, or as far as it came.

    Attributes:
        exchanges: its hops over gateways, in order; at least one.
        origin: the node that made it; a gateway when what came before was not seen.
        end: the last node on its way.
    """

    exchanges: tuple[Exchange, ...]
    origin: NodeInfo
    end: NodeInfo

    @property
    def first(self) -> Exchange:
        """The hop at the origin."""
        return self.exchanges[0]

    @property
    def last(self) -> Exchange:
        """The hop at the end."""
        return self.exchanges[-1]

    @property
    def info(self) -> Info:
        """What its body said at the origin."""
        return info_of(self.first)

    @property
    def path(self) -> tuple[str, ...]:
        """The names of all nodes on its way, origin first."""
        return (self.first.sender, *(each.receiver for each in self.exchanges))

    @property
    def arrived(self) -> bool:
        """Whether it came to an MC service server."""
        return self.end.role is Role.MC_SERVER and self.last.delivered

    @property
    def taken(self) -> bool:
        """Whether the server that it is for has taken charge of it (2xx)."""
        return self.arrived and accepted(self.last)

    @property
    def taken_at(self) -> int:
        """The number of the answer by which its server took charge of it, which it did."""
        return next(each.number for each in self.last.last.answers if 200 <= each.status < 300)


@dataclass(frozen=True, slots=True)
class Story:
    """What a course means.

    Attributes:
        course: the course.
        asked: messages from a client to an MC service server, in order.
        told: messages from an MC service server to a client, in order.
        chains: messages from server to server, in order, by name of the message.
        last_at: seconds since the run began of the last that is known to have happened.
        captured: whether it was seen from between the nodes, so that a node may have done what
            is not there; a run has both sides of every message.
    """

    course: Course
    asked: tuple[Exchange, ...]
    told: tuple[Exchange, ...]
    chains: dict[str, tuple[Chain, ...]]
    last_at: float
    captured: bool

    def of(self, *messages: str) -> tuple[Chain, ...]:
        """Return the chains of these messages, in order."""
        if len(messages) == 1:
            return self.chains.get(messages[0], ())
        found = [chain for name in messages for chain in self.chains.get(name, ())]
        return tuple(sorted(found, key=lambda chain: chain.first.number))

    def node(self, name: str) -> NodeInfo:
        """Return what is known of a node."""
        return self.course.setting.trace.nodes.get(name) or NodeInfo(name)

    def settled(self, at: float) -> bool:
        """Tell whether what must follow something that happened ``at`` would have been seen."""
        return self.last_at - at > PATIENCE_S

    def sees(self, node: str, peer_system: str, *, but: str = "") -> bool:
        """Tell whether the trace has messages between a node and the servers of a system.

        Args:
            node: the node's name.
            peer_system: the name of the other side's system.
            but: the name of the only peer that does not count.
        """
        for exchange in self.course.exchanges:
            ends = (exchange.sender, exchange.receiver)
            if node in ends:
                peer = self.node(ends[1 - ends.index(node)])
                if peer.role in _SERVERS and peer.system == peer_system and peer.name != but:
                    return True
        return False


def info_of(exchange: Exchange) -> Info:
    """Return the info body of an exchange of a course, which has one."""
    info = exchange.first.info
    assert info is not None, "only what has an info body of migration is in a story"
    return info


def accepted(exchange: Exchange) -> bool:
    """Tell whether the receiver answered with 2xx."""
    return any(200 <= answer.status < 300 for answer in exchange.last.answers)


def failed(exchange: Exchange) -> bool:
    """Tell whether it was refused, or nobody is known to have got it."""
    status = exchange.status
    return status is None or status >= 300


def latest(chains: Iterable[Chain]) -> Chain | None:
    """Return the chain that began last, or None."""
    return max(chains, key=lambda chain: chain.first.number, default=None)


def told_alone(story: Story) -> list[Exchange]:
    """Return each success that a partner's server told without ever having asked the primary."""
    found = []
    for told in story.told:
        if not info_of(told).success:
            continue
        system = story.node(told.sender).system
        if not any(
            chain.first.number < told.number and system in (chain.origin.system, chain.end.system)
            for chain in story.of(REQUEST, RESPONSE)
        ):
            found.append(told)
    return found


def chains_of_stay(story: Story, told: Exchange, *messages: str) -> list[Chain]:
    """Return the messages between the system that told success and others, in order.

    As long as the client does not ask the same server again.
    """
    until = min(
        (
            each.number
            for each in story.asked
            if each.receiver == told.sender and each.number > told.number
        ),
        default=float("inf"),
    )
    system = story.node(told.sender).system
    return [
        chain
        for chain in story.of(*messages)
        if told.number < chain.first.number < until
        and system in (chain.origin.system, chain.end.system)
    ]


class _Holder:
    """A course that is equal to itself alone."""

    __slots__ = ("course",)

    def __init__(self, course: Course) -> None:
        self.course = course

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Holder) and other.course is self.course

    def __hash__(self) -> int:
        return id(self.course)


def story_of(course: Course) -> Story:
    """Return what a course means; all rules ask that, one after the other, of the same course."""
    return _story_of(_Holder(course))


@lru_cache(maxsize=1)
def _story_of(holder: _Holder) -> Story:
    course = holder.course
    nodes = course.setting.trace.nodes
    asked, told = [], []
    between: dict[str, list[Exchange]] = {}
    for exchange in _without_copies(course.exchanges):
        sender, receiver = nodes.get(exchange.sender), nodes.get(exchange.receiver)
        roles = (sender and sender.role, receiver and receiver.role)
        if roles[0] is Role.CLIENT:
            asked.append(exchange)
        elif roles[1] is Role.CLIENT:
            told.append(exchange)
        elif roles[0] in _SERVERS and roles[1] in _SERVERS:
            between.setdefault(info_of(exchange).message, []).append(exchange)
    return Story(
        course,
        tuple(asked),
        tuple(told),
        {name: tuple(_join(course, exchanges)) for name, exchanges in between.items()},
        _last_at(course),
        is_captured(hop for each in course.exchanges for hop in each.hops),
    )


def _without_copies(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """Return the messages of migration once each, however late a copy came.

    A copy that comes when its transaction is over begins another one. The first counts; that it was
    taken may show by the answer to a copy.
    """
    kept: dict[object, Exchange] = {}
    for exchange in exchanges:
        if exchange.first.info is None:
            continue
        call_id = exchange.first.request.first("call-id")
        key = (exchange.sender, exchange.receiver, call_id, _mark(exchange))
        before = kept.get(key)
        if before is None:
            kept[key] = exchange
        elif accepted(exchange) and not accepted(before):
            last = replace(before.last, answers=(*before.last.answers, *exchange.last.answers))
            kept[key] = replace(before, hops=(*before.hops[:-1], last))
    return list(kept.values())


def _last_at(course: Course) -> float:
    """Return when the last happened of which the course, or the trace at hand, tells."""
    times = [exchange.at for exchange in course.exchanges]
    entries = course.setting.trace.entries
    if entries:
        times.append(entries[-1].at)
    last = max(times, default=0.0)
    return float("inf") if course.ended and not entries else last


def _join(course: Course, exchanges: Iterable[Exchange]) -> Iterator[Chain]:
    """Join the exchanges of one message to chains."""
    nodes = course.setting.trace.nodes
    paths: list[list[Exchange]] = []
    for exchange in exchanges:
        if nodes[exchange.sender].role is Role.MC_GATEWAY:
            before = _before(paths, exchange)
            if before is not None:
                if before[-1].receiver == exchange.sender:
                    before.append(exchange)
                else:  # it went on already: the gateway tries another way
                    at = [each.receiver for each in before].index(exchange.sender)
                    paths.append([*before[: at + 1], exchange])
                continue
        paths.append([exchange])
    for path in paths:
        yield Chain(tuple(path), nodes[path[0].sender], nodes[path[-1].receiver])


def _before(paths: list[list[Exchange]], exchange: Exchange) -> list[Exchange] | None:
    """Return the path by which a gateway got what it sends, or None."""
    mark, info = _mark(exchange), info_of(exchange)
    ends = [path for path in paths if path[-1].receiver == exchange.sender]
    for path in ends:
        if mark is not None and _mark(path[-1]) == mark:
            return path
    for path in reversed(paths):
        if mark is not None and any(
            each.receiver == exchange.sender and _mark(each) == mark for each in path
        ):
            return path
    for path in ends:
        if same_ids(info_of(path[-1]), info):
            return path
    return ends[0] if ends else None


def _mark(exchange: Exchange) -> tuple[str, str] | None:
    """Return what a proxy keeps of a request: From tag and CSeq."""
    request = exchange.first.request
    try:
        tag = request.from_.tag
    except PeerError:
        return None
    return None if tag is None else (tag, request.first("cseq") or "")
