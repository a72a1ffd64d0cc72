"""What is kept of the traffic of a load: all messages of a few users, so that they can be judged.

A user who is followed has endpoints of its own; whatever passes there belongs to it. Of what passes
between other nodes, a request belongs to the user whose MC service ID stands in it, and everything
else with the same Call-ID belongs to the same user. Media are not kept, and of the inner steps only
what could not be sent: a rule asks for that.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from mcsip.trace import Direction, Peer, Trace, TraceEntry, TraceNote
from mcsip.undelivered import CLAUSE

MAX_KEPT = 20_000
"""Entries after which users are followed no further, about 40 MB: a message between nodes of ours
is kept twice, as it was sent and as it was received [ours]."""
MAX_CALL_IDS = 50_000
"""Call-IDs that are remembered as nobody's, so that they need not be looked into again [ours]."""
_CALL_ID = re.compile(rb"\r\n(?:call-id|i)[ \t]*:[ \t]*([^\r\n]+)", re.IGNORECASE)
_IDS = re.compile(rb'(?=(sips?:[^@\s<>"]+@[A-Za-z0-9.-]+))', re.IGNORECASE)
"""Finds whatever may be an MC service ID, in a header field or in a body. One may begin within what
looks like another: a user part may have almost any character (RFC 3261 25.1)."""


@dataclass(frozen=True, slots=True)
class _Marks:
    """What the messages of a user are known by."""

    ids: Collection[bytes]
    nodes: Collection[str]
    calls: set[bytes] = field(default_factory=set)


class SampleTrace(Trace):
    """The messages of the users who are followed, in order.

    Args:
        started_at: when the load began, in seconds since the epoch.
        began_at: the same moment on the clock of the nodes.

    Attributes:
        seen: how many users had a message that was kept.
        cut: how many users were let go of because it was full.
    """

    __slots__ = ("_marks", "_of_call", "_of_id", "_of_node", "_strange", "cut", "seen")

    def __init__(self, started_at: float = 0.0, *, began_at: float = 0.0) -> None:
        super().__init__(started_at, began_at=began_at)
        self._marks: dict[Trace, _Marks] = {}
        self._of_id: dict[bytes, Trace] = {}
        self._of_node: dict[str, Trace] = {}
        self._of_call: dict[bytes, Trace] = {}
        self._strange: set[bytes] = set()
        self.seen = self.cut = 0

    def follow(self, ids: Collection[str], nodes: Collection[str]) -> Trace:
        """Keep the messages of a user from now on; return the trace of it alone.

        Args:
            ids: the MC service IDs, in the primary, of its clients.
            nodes: the names of its clients, each with an endpoint of its own.
        """
        trace = self.beside()
        marks = self._marks[trace] = _Marks([mc_id.encode() for mc_id in ids], nodes)
        self._of_id |= dict.fromkeys(marks.ids, trace)
        self._of_node |= dict.fromkeys(marks.nodes, trace)
        self._strange.clear()
        return trace

    def let_go(self, trace: Trace) -> None:
        """Keep no more messages of a user: there are enough."""
        marks = self._marks.pop(trace)
        for mc_id in marks.ids:
            del self._of_id[mc_id]
        for name in marks.nodes:
            del self._of_node[name]
        for call_id in marks.calls:
            del self._of_call[call_id]
        self.cut += 1

    @property
    def is_full(self) -> bool:
        """Whether so much is kept that no user should begin anything more while it is followed."""
        return len(self.entries) >= MAX_KEPT

    def append_entry(
        self,
        now: float,
        node: str,
        direction: Direction,
        transport: str,
        local: Peer,
        remote: Peer,
        data: bytes,
        fault: str | None = None,
    ) -> TraceEntry:
        """Append a message of a user who is followed; any other is forgotten."""
        kept = self._user_of(node, data)
        if kept is None:
            at = now - self.began_at
            return TraceEntry(0, at, node, direction, transport, local, remote, data, fault)
        entry = super().append_entry(now, node, direction, transport, local, remote, data, fault)
        self.seen += not kept.entries
        kept.entries.append(entry)
        return entry

    def append_note(self, now: float, node: str, step: str, clause: str, text: str) -> TraceNote:
        """Forget an inner step, unless it says what could not be sent (``undelivered``)."""
        if clause == CLAUSE and len(self.notes) < MAX_KEPT:
            return super().append_note(now, node, step, clause, text)
        return TraceNote(0, now - self.began_at, node, step, clause, text)

    def append_media(self, now: float, node: str, source: Peer, target: Peer, data: bytes) -> None:
        """Forget a packet of media."""

    def _user_of(self, node: str, data: bytes) -> Trace | None:
        """Return the trace of the user whom a message at a node is about, or None."""
        kept = self._of_node.get(node)
        call_id = _call_id(data)
        if kept is None:
            kept = self._of_call.get(call_id)
            if kept is not None or call_id in self._strange or not self._marks:
                return kept
            kept = None if data.startswith(b"SIP/2.0") else self._named_in(data)
            if kept is None:
                if len(self._strange) >= MAX_CALL_IDS:
                    self._strange.clear()
                self._strange.add(call_id)
                return None
        if call_id and call_id not in self._of_call:
            self._of_call[call_id] = kept
            self._marks[kept].calls.add(call_id)
        return kept

    def _named_in(self, data: bytes) -> Trace | None:
        """Return the trace of the first user who is named in a request, or None."""
        known = self._of_id.get
        return next((kept for mc_id in _IDS.findall(data) if (kept := known(mc_id))), None)


def _call_id(data: bytes) -> bytes:
    found = _CALL_ID.search(data)
    return b"" if found is None else found.group(1)
