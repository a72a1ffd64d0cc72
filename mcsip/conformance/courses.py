"""Courses: everything about one migrating user, collected over the whole trace.

To it belong the messages of migration, and from then on what reaches the user, calls and data by
one of the two MC service IDs, and the service authorisation in the primary that brings the user
back.

A course is kept until the trace ends, in a slim form: of each request what names it, without body
and route, or where it was like others, only the names in it. When too many hops are kept, the user
of whom nothing was heard for longest is judged and forgotten.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import NamedTuple

from mcsip.conformance.forms import Ids
from mcsip.conformance.open_transaction import OpenTransaction
from mcsip.conformance.sayings import canonical
from mcsip.conformance.shapes import Exchanged
from mcsip.conformance.views import Course, Setting
from mcsip.errors import PeerError
from mcsip.exchanges import find_exchanges
from mcsip.hops import Hop
from mcsip.mc.authorisation import EVENT
from mcsip.mc.roles import Role
from mcsip.sip.message import Request
from mcsip.trace import Trace

MAX_HOPS = 50_000
"""Hops that are kept over all users [ours]: about 160 MB."""
MAX_HOPS_OF_USER = 5_000
"""Hops that are kept of one user [ours]: some 300 complete procedures."""

MAX_OTHER_HOPS = 10_000
"""Hops that are no messages of migration and may belong to a course, over all users [ours]."""
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


class _Step(NamedTuple):
    """A hop of a course, or the transaction that it can be made of again.

    Attributes:
        number: as in ``Hop``.
        at: likewise.
        sender: likewise.
        received: likewise.
        source: the hop, slim, or the transaction.
        shape: that of the transaction, or None.
    """

    number: int
    at: float
    sender: str
    received: int
    source: Hop | OpenTransaction
    shape: Exchanged | None = None

    def hop(self) -> Hop:
        """Return the hop, slim."""
        return self.source if isinstance(self.source, Hop) else _slim(self.source.hop())


@dataclass(slots=True)
class OpenCourse:
    """A course while its hops are collected.

    Attributes:
        user: MC service ID in the primary system.
        steps: its hops; in order once it is closed.
        ids: the MC service IDs of the user.
        alone: whether nothing but messages of migration belongs to it.
        ended: as in ``Course``.
        whole: likewise, once it is closed.
    """

    user: str
    steps: list[_Step] = field(default_factory=list)
    ids: set[str | None] = field(default_factory=set)
    alone: bool = True
    ended: bool = True
    whole: bool = True

    def view(self, setting: Setting) -> Course:
        """Return the view of it, once it is closed."""
        hops = [step.hop() for step in self.steps]
        exchanges = tuple(find_exchanges(setting.trace, hops))
        return Course(setting, self.user, exchanges, ended=self.ended, whole=self.whole)


class Courses:
    """The courses that are under way.

    Args:
        trace: knows the nodes.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._open: OrderedDict[str, OpenCourse] = OrderedDict()
        self._count = 0
        self._forgotten: set[str] = set()
        self._others: OrderedDict[str, list[_Step]] = OrderedDict()
        self._other_count = 0

    def add(self, hop: Hop, *, ended: bool, shape: Exchanged | None = None) -> Iterator[OpenCourse]:
        """Take a hop; return the courses that had to be closed for it.

        Args:
            hop: the hop; one that says nothing of a user is passed over.
            ended: whether the trace goes on for longer than its transaction may last.
            shape: that of its transaction.
        """
        info = hop.info
        if info is None:
            self._keep_other(hop)
        elif info.primary_id is not None:
            ids = info.primary_id, info.partner_id
            yield from self._take(_step_of(hop, shape), ids, ended=ended)

    def add_again(self, transaction: OpenTransaction, ids: Ids) -> Iterator[OpenCourse]:
        """Take a transaction like one that was taken before, of which little is kept; see ``add``.

        Args:
            transaction: the transaction, closed.
            ids: the user that its message of migration names.
        """
        first, received = transaction.first, int(transaction.received is not None)
        transaction.make_slim()
        step = _Step(
            first.number, first.at, transaction.origin, received, transaction, transaction.shape
        )
        yield from self._take(step, ids, ended=transaction.ended)

    def _take(self, step: _Step, ids: Ids, *, ended: bool) -> Iterator[OpenCourse]:
        user = ids[0]
        course = self._open.get(user)
        if course is None:
            course = self._open[user] = OpenCourse(user)
        else:
            self._open.move_to_end(user)
        course.steps.append(step)
        course.ids.update(ids)
        course.ended = course.ended and ended
        self._count += 1
        if len(course.steps) >= MAX_HOPS_OF_USER:
            yield self._close(user, forget=True)
        while self._count > MAX_HOPS:
            yield self._close(next(iter(self._open)), forget=True)

    def _keep_other(self, hop: Hop) -> None:
        """Keep a hop that is no message of migration, if it may become part of a course.

        Transactions do not end in the order in which they begin: whose course it is, if anybody's,
        is known when that is closed.
        """
        mc_id = _whom(hop)
        if mc_id is None:
            return
        self._others.setdefault(mc_id, []).append(
            _Step(hop.number, hop.at, hop.sender, hop.received, _slim(hop))
        )
        self._others.move_to_end(mc_id)
        self._other_count += 1
        while self._other_count > MAX_OTHER_HOPS:
            _, dropped = self._others.popitem(last=False)
            self._other_count -= len(dropped)

    def _take_others(self, ids: Iterable[str | None]) -> list[_Step]:
        """Take what was kept of the user who has these MC service IDs."""
        if not self._others:
            return []
        taken = [
            step
            for mc_id in {canonical(mc_id) for mc_id in ids}
            for step in self._others.pop(mc_id or "", ())
        ]
        self._other_count -= len(taken)
        return taken

    def take_all(self) -> Iterator[OpenCourse]:
        """Close all courses that are left."""
        for user in list(self._open):
            yield self._close(user, forget=False)

    def _close(self, user: str, *, forget: bool) -> OpenCourse:
        """Forget a course and return it."""
        course = self._open.pop(user)
        self._count -= len(course.steps)
        others = self._take_others(course.ids)
        known = len(self._forgotten) < MAX_FORGOTTEN and user not in self._forgotten
        course.alone = not others
        course.ended = course.ended and not forget
        course.steps = steps = sorted(course.steps + others, key=attrgetter("number"))
        course.whole = known and not (is_captured(steps) and self._is_under_way(steps[0]))
        if forget and len(self._forgotten) < MAX_FORGOTTEN:
            self._forgotten.add(user)
        return course

    def _is_under_way(self, first: _Step) -> bool:
        """Tell whether the first hop of a course may follow from what no capture shows.

        A client asks of its own accord. What else comes in the first moments of a capture may
        belong to what happened before; later on, that would have been captured too.
        """
        sender = self._trace.nodes.get(first.sender)
        asks = sender is not None and sender.role is Role.CLIENT
        return first.at < BEGINNING_S and not asks


def is_captured(hops: Iterable[Hop | _Step]) -> bool:
    """Tell whether hops were seen from between the nodes: no arrival is in the trace, only sending.

    Of a run the beginning is known. A capture may begin long after the user has migrated.
    """
    return not any(hop.received for hop in hops)


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


def _step_of(hop: Hop, shape: Exchanged | None = None) -> _Step:
    return _Step(hop.number, hop.at, hop.sender, hop.received, _slim(hop), shape)


def _slim(hop: Hop) -> Hop:
    """Return a hop of whose request only that is left which names it."""
    request = hop.request
    fields = tuple(field for field in request.fields if field[0] in KEPT)
    return replace(hop, request=Request(request.method, request.uri, fields))
