"""Courses: everything about one migrating user, collected over the whole trace.

To it belong the messages of migration, and from then on what reaches the user, calls and data by
one of the two MC service IDs, and the service authorisation in the primary that brings the user
back.

A course is kept until the trace ends, in a slim form: of each request what names it, without body
and route. When too many hops are kept, the user of whom nothing was heard for longest is judged and
forgotten.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from mcsip.conformance.sayings import canonical
from mcsip.conformance.views import Course, Setting
from mcsip.errors import PeerError
from mcsip.exchanges import find_exchanges
from mcsip.hops import Hop
from mcsip.mc.authorisation import EVENT
from mcsip.sip.message import Request

MAX_HOPS = 50_000
"""Hops that are kept over all users [ours]: about 100 MB."""
MAX_HOPS_OF_USER = 5_000
"""Hops that are kept of one user [ours]: some 300 complete procedures."""

MAX_OTHER_HOPS = 10_000
"""Hops that are no messages of migration and may belong to a course, over all users [ours]."""
MAX_FORGOTTEN = 100_000
"""Users that are known to have been forgotten [ours]; of any more nobody is taken to be whole."""

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
    ids: set[str | None] = field(default_factory=set)
    last_at: float = 0.0
    ended: bool = True


class Courses:
    """The courses that are under way.

    Args:
        setting: what holds for the whole check.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._open: OrderedDict[str, _OpenCourse] = OrderedDict()
        self._count = 0
        self._forgotten: set[str] = set()
        self._others: OrderedDict[str, list[Hop]] = OrderedDict()
        self._other_count = 0

    def add(self, hop: Hop, *, ended: bool) -> Iterator[Course]:
        """Take a hop; return the courses that had to be closed for it.

        Args:
            hop: the hop; one that says nothing of a user is passed over.
            ended: whether the trace goes on for longer than its transaction may last.
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
        course.ids |= {canonical(user), canonical(hop.info.partner_id)}
        course.ended = course.ended and ended
        self._count += 1
        if len(course.hops) >= MAX_HOPS_OF_USER:
            yield self._close(user, forget=True)
        while self._count > MAX_HOPS:
            yield self._close(next(iter(self._open)), forget=True)

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
            yield self._close(user, forget=False)

    def _close(self, user: str, *, forget: bool) -> Course:
        course = self._open.pop(user)
        self._count -= len(course.hops)
        hops = course.hops + self._take_others(course.ids)
        hops.sort(key=lambda hop: hop.number)
        whole = len(self._forgotten) < MAX_FORGOTTEN and user not in self._forgotten
        if forget and len(self._forgotten) < MAX_FORGOTTEN:
            self._forgotten.add(user)
        return Course(
            self._setting,
            user,
            tuple(find_exchanges(self._setting.trace, hops)),
            ended=course.ended and not forget,
            whole=whole,
        )


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
