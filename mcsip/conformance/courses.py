"""Courses: everything about one migrating user, collected over the whole trace.

To it belong the messages of migration, and from then on what reaches the user, calls and data by
one of the two MC service IDs, and the service authorisation in the primary that brings the user
back.

A course is kept until the trace ends, in a slim form: of each request what names it, without body
and route. When too many hops are kept, the user of whom nothing was heard for longest is judged and
forgotten.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from mcsip.conformance.sayings import canonical
from mcsip.conformance.shapes import Exchanged, order, pattern
from mcsip.conformance.views import Course, Setting
from mcsip.errors import PeerError
from mcsip.exchanges import find_exchanges
from mcsip.hops import Hop
from mcsip.mc.authorisation import EVENT
from mcsip.mc.roles import Role
from mcsip.sip.message import Request

MAX_HOPS = 50_000
"""Hops that are kept over all users [ours]: about 100 MB."""
MAX_HOPS_OF_USER = 5_000
"""Hops that are kept of one user [ours]: some 300 complete procedures."""

MAX_OTHER_HOPS = 10_000
"""Hops that are no messages of migration and may belong to a course, over all users [ours]."""
AT_ONCE_S = 5.0
"""How long a course may take to be like every other of its shape, in seconds [ours].

No rule about courses asks for less; see ``shapes``.
"""
MAX_FORGOTTEN = 100_000
"""Users that are known to have been forgotten [ours]; of any more nobody is taken to be whole."""

BEGINNING_S = 120.0
"""How long what began before a capture may show in it, in seconds [ours]."""

KEPT = frozenset(
    {
        "call-id",
        "content-type",
        "cseq",
        "event",
        "from",
        "in-reply-to",
        "max-forwards",
        "p-asserted-identity",
        "p-preferred-identity",
        "to",
    }
)
"""Fields that are kept of a request."""


@dataclass(slots=True)
class _OpenCourse:
    """A course while its hops are collected."""

    hops: list[Hop] = field(default_factory=list)
    shapes: list[Exchanged | None] = field(default_factory=list)
    ids: set[str | None] = field(default_factory=set)
    last_at: float = 0.0
    ended: bool = True


class Courses:
    """The courses that are under way.

    Args:
        setting: what holds for the whole check.
        known: tells whether a course of this shape need not be looked at; then none is made.
    """

    def __init__(
        self, setting: Setting, known: Callable[[Hashable], bool] = lambda _shape: False
    ) -> None:
        self._setting = setting
        self._known = known
        self._open: OrderedDict[str, _OpenCourse] = OrderedDict()
        self._count = 0
        self._forgotten: set[str] = set()
        self._others: OrderedDict[str, list[Hop]] = OrderedDict()
        self._other_count = 0

    def add(self, hop: Hop, *, ended: bool, shape: Exchanged | None = None) -> Iterator[Course]:
        """Take a hop; return the courses that had to be closed for it.

        Args:
            hop: the hop; one that says nothing of a user is passed over.
            ended: whether the trace goes on for longer than its transaction may last.
            shape: that of its transaction.
        """
        if hop.info is None:
            self._keep(hop)
            return
        user = hop.info.primary_id
        if user is None:
            return
        course = self._open.get(user)
        if course is None:
            course = self._open[user] = _OpenCourse()
        else:
            self._open.move_to_end(user)
        course.hops.append(replace(hop, request=_slim(hop.request)))
        course.shapes.append(shape)
        course.ids |= {canonical(user), canonical(hop.info.partner_id)}
        course.ended = course.ended and ended
        self._count += 1
        if len(course.hops) >= MAX_HOPS_OF_USER:
            yield from self._close(user, forget=True)
        while self._count > MAX_HOPS:
            yield from self._close(next(iter(self._open)), forget=True)

    def _keep(self, hop: Hop) -> None:
        """Keep a hop that is no message of migration, if it may become part of a course.

        Transactions do not end in the order in which they begin: whose course it is, if anybody's,
        is known when that is closed.
        """
        mc_id = _whom(hop)
        if mc_id is None:
            return
        self._others.setdefault(mc_id, []).append(replace(hop, request=_slim(hop.request)))
        self._others.move_to_end(mc_id)
        self._other_count += 1
        while self._other_count > MAX_OTHER_HOPS:
            _, dropped = self._others.popitem(last=False)
            self._other_count -= len(dropped)

    def _take_others(self, ids: set[str | None]) -> list[Hop]:
        """Take what was kept of the user who has these MC service IDs."""
        taken = [hop for mc_id in ids for hop in self._others.pop(mc_id or "", ())]
        self._other_count -= len(taken)
        return taken

    def take_all(self) -> Iterator[Course]:
        """Close all courses that are left."""
        for user in list(self._open):
            yield from self._close(user, forget=False)

    def _close(self, user: str, *, forget: bool) -> Iterator[Course]:
        """Forget a course and return it, unless it is known by its shape."""
        course = self._open.pop(user)
        self._count -= len(course.hops)
        others = self._take_others(course.ids)
        ended = course.ended and not forget
        known = len(self._forgotten) < MAX_FORGOTTEN and user not in self._forgotten
        hops = sorted(course.hops + others, key=lambda hop: hop.number)
        whole = known and not (is_captured(hops) and self._is_under_way(hops[0]))
        if forget and len(self._forgotten) < MAX_FORGOTTEN:
            self._forgotten.add(user)
        shape = None if others else _shape_of(course)
        if shape is not None:
            shape = shape, ended, whole
            if self._known(shape):
                return
        exchanges = tuple(find_exchanges(self._setting.trace, hops))
        yield Course(self._setting, user, exchanges, ended=ended, whole=whole, shape=shape)

    def _is_under_way(self, first: Hop) -> bool:
        """Tell whether the first hop of a course may follow from what no capture shows.

        A client asks of its own accord. What else comes in the first moments of a capture may
        belong to what happened before; later on, that would have been captured too.
        """
        sender = self._setting.trace.nodes.get(first.sender)
        asks = sender is not None and sender.role is Role.CLIENT
        return first.at < BEGINNING_S and not asks


def is_captured(hops: Iterable[Hop]) -> bool:
    """Tell whether hops were seen from between the nodes: no arrival is in the trace, only sending.

    Of a run the beginning is known. A capture may begin long after the user has migrated.
    """
    return not any(hop.received for hop in hops)


def _shape_of(course: _OpenCourse) -> Hashable | None:
    """Return what courses that are judged alike have in common, or None for one by itself."""
    times = [hop.at for hop in course.hops]
    if max(times) - min(times) > AT_ONCE_S:
        return None
    parts: list[Hashable] = []
    names: list[str] = []
    numbers: list[int] = []
    for shape in course.shapes:
        if shape is None:
            return None
        parts.append(shape.parts)
        names += shape.names
        numbers += shape.numbers
    return tuple(parts), pattern(names), order(numbers)


def _whom(hop: Hop) -> str | None:
    """Return the MC service ID that a call, data, or a service authorisation is about, or None."""
    if hop.about is not None and hop.about.message is not None:
        return canonical(hop.about.target)
    if hop.request.method == "PUBLISH" and hop.request.first("event") == EVENT:
        try:
            return canonical(str(hop.request.from_.uri))
        except PeerError:
            return None
    return None


def _slim(request: Request) -> Request:
    """Return of a request what names it."""
    fields = tuple(field for field in request.fields if field[0] in KEPT)
    return Request(request.method, request.uri, fields)
