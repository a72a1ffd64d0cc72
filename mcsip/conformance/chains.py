"""What a user's course means: the messages of migration as chains from server to server.

A *chain* is one message on its way: from the MC service server that made it, over MC gateway
servers, to the one it is for (TS 23.280 10.6.3.3 steps 3 to 5 and 8 to 10 [seed]). A gateway's
messages are joined by From tag and CSeq, which a proxy keeps (RFC 3261 16.6); of a gateway that
writes its own, by the IDs and the order of time.

Rules about what is missing ask ``Story.settled``: something may just not have happened yet.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from mcsip.conformance.rule import Fault
from mcsip.conformance.views import Course
from mcsip.errors import PeerError
from mcsip.exchanges import Exchange
from mcsip.mc.identity import canonical_id
from mcsip.mc.info import Info
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


@dataclass(frozen=True, slots=True)
class Story:
    """What a course means.

    Attributes:
        course: the course.
        asked: messages from a client to an MC service server, in order.
        told: messages from an MC service server to a client, in order.
        chains: messages from server to server, in order, by name of the message.
        last_at: seconds since the run began of the last that is known to have happened.
    """

    course: Course
    asked: tuple[Exchange, ...]
    told: tuple[Exchange, ...]
    chains: dict[str, tuple[Chain, ...]]
    last_at: float

    def of(self, *messages: str) -> tuple[Chain, ...]:
        """Return the chains of these messages, in order."""
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
    for exchange in course.exchanges:
        if exchange.first.info is None:
            continue
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
    )


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
                else:  # it went on already: another copy goes on too
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


def canonical(mc_id: str | None) -> str | None:
    """Return an MC service ID to compare; one that is none, as it is."""
    if mc_id is None:
        return None
    try:
        return canonical_id(mc_id)
    except PeerError:
        return mc_id


def same_ids(one: Info, other: Info) -> bool:
    """Tell whether two bodies name the same user, by the same two IDs."""
    return not differing(one, other, "primary_id", "partner_id")


_NAMES = {
    "primary_id": "MC service ID in the primary",
    "partner_id": "MC service ID of the partner",
    "partner_system": "partner system",
    "profile_index": "profile index",
    "success": "result",
    "client_id": "client ID",
}
ALL = tuple(_NAMES)
"""What a message carries that nobody on its way may change."""


def differing(one: Info, other: Info, *fields: str) -> list[str]:
    """Return the names of the fields in which two bodies differ."""
    return [name for name in fields if _value(one, name) != _value(other, name)]


def _value(info: Info, name: str) -> str | None:
    value = getattr(info, name)
    if name in ("primary_id", "partner_id"):
        return canonical(value)
    if name == "success" and value is not None:
        return "success" if value else "fail"
    return None if value is None else str(value).lower()


def difference(expected: Info, actual: Info, *fields: str, number: int) -> list[Fault]:
    """Return a fault for each field in which a body differs from what it should say."""
    faults = []
    for name in differing(expected, actual, *fields):
        wanted, got = _value(expected, name), _value(actual, name)
        faults.append(
            Fault(
                f"{_NAMES[name]}: {wanted or 'none'}",
                f"{_NAMES[name]}: {got or 'none'}",
                number=number,
                text=(str(getattr(actual, name)).encode() if got and name != "success" else b""),
            )
        )
    return faults


def changed(story: Story, *messages: str) -> list[Fault] | None:
    """Return where a gateway passed on another body than it got; None when it passed on none."""
    pairs = [
        pair
        for chain in story.of(*messages)
        for pair in zip(chain.exchanges, chain.exchanges[1:], strict=False)
    ]
    if not pairs:
        return None
    return [
        fault
        for came, went in pairs
        for fault in difference(info_of(came), info_of(went), *ALL, number=went.number)
    ]


def invented(story: Story, *messages: str) -> list[Fault] | None:
    """Return what a gateway sent without having got it; None where its other side is not traced."""
    looked = False
    faults = []
    for chain in story.of(*messages):
        for exchange in chain.exchanges:
            gateway, peer = story.node(exchange.sender), story.node(exchange.receiver)
            if gateway.role is not Role.MC_GATEWAY or not story.course.whole:
                continue
            if not _other_side(story, gateway, peer):
                continue
            looked = True
            if exchange is chain.first:
                faults.append(
                    Fault(
                        f"{gateway.name} got the {info_of(exchange).message} before",
                        "it got none",
                        number=exchange.number,
                    )
                )
    return faults if looked else None


def _other_side(story: Story, gateway: NodeInfo, peer: NodeInfo) -> bool:
    """Tell whether the trace shows the side of a gateway from which a message must have come."""
    if peer.system != gateway.system:
        return story.sees(gateway.name, gateway.system)
    others = {story.node(name).system for each in story.course.exchanges
              for name in (each.sender, each.receiver)} - {gateway.system}  # fmt: skip
    return any(story.sees(gateway.name, system) for system in others)


def swallowed(story: Story, *messages: str) -> list[Fault] | None:
    """Return what a gateway took charge of and did not pass on; None when it got nothing."""
    looked = False
    faults = []
    for chain in story.of(*messages):
        looked = looked or any(
            story.node(exchange.receiver).role is Role.MC_GATEWAY for exchange in chain.exchanges
        )
        last = chain.last
        if chain.end.role is Role.MC_GATEWAY and accepted(last) and story.settled(last.at):
            faults.append(
                Fault(
                    f"{last.receiver} passes the {chain.info.message} on",
                    f"it answered {last.status} and passed nothing on",
                    number=last.number,
                    node=last.receiver,
                )
            )
    return faults if looked else None


def strayed(chains: Iterable[Chain], requests: Iterable[Chain]) -> list[Fault] | None:
    """Return where In-Reply-To names no request on that hop; None where it is not used.

    Messages towards a partner name by it the request that they are about (RFC 3261 20.21), as the
    receiver knows its Call-ID: a gateway that hides that one translates it.

    Args:
        chains: the messages towards the partner.
        requests: the requests that came from there.
    """
    known: dict[tuple[str, str], list[Exchange]] = {}
    for request in requests:
        for exchange in request.exchanges:
            known.setdefault((exchange.receiver, exchange.sender), []).append(exchange)
    looked = False
    faults = []
    for chain in chains:
        for exchange in chain.exchanges:
            named = exchange.first.request.first("in-reply-to")
            before = [
                each
                for each in known.get((exchange.sender, exchange.receiver), ())
                if each.number < exchange.number and same_ids(info_of(each), chain.info)
            ]
            if named is None or not before:
                continue
            looked = True
            call_ids = [each.first.request.first("call-id") or "" for each in before]
            if named not in call_ids:
                faults.append(
                    Fault(
                        f"In-Reply-To: {call_ids[-1]}",
                        f"In-Reply-To: {named}",
                        number=exchange.number,
                        field="in-reply-to",
                    )
                )
    return faults if looked else None
