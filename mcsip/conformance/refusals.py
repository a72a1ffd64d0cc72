"""TCP connections that were refused to a request, until it comes over UDP (RFC 3261 18.1.1).

Only the trace of a node tells of them: nothing is sent where no connection comes up. Each lets one
transaction pass, that of the request itself: same node, same peer, same method, same branch.
"""

from collections import OrderedDict

from mcsip.conformance.heard import Heard
from mcsip.trace import TraceNote
from mcsip.undelivered import Refused, read_refused

MAX_REFUSALS = 4096
"""Refusals that wait for their request [ours]; it comes at once, or not at all. About 1 MB."""


class Refusals:
    """The refusals that a trace has told of."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Refused, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, note: TraceNote) -> None:
        """Take an inner step of a node; most are about something else."""
        refused = read_refused(note)
        if refused is not None:
            self._waiting[refused] = None
            if len(self._waiting) > MAX_REFUSALS:
                self._waiting.popitem(last=False)

    def take(self, request: Heard, branch: str) -> bool:
        """Tell whether the first copy of a request goes over UDP since TCP was refused to it.

        It does so once: another request is another matter, also one of the same branch.
        """
        way = request.way
        if not (request.sent and way.transport == "UDP"):
            return False
        refused = Refused(way.node, way.remote, request.form.method, branch)
        return self._waiting.pop(refused, self) is None
