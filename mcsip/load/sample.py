"""What is kept of the traffic of a load: all messages of a few users, so that they can be judged.

A user who is followed has endpoints of its own; whatever passes there belongs to it. Of what passes
between other nodes, a request belongs to the user whose MC service ID stands in it, and everything
else with the same Call-ID belongs to the same user. Inner steps and media are not kept.
"""

import re
from collections.abc import Collection

from mcsip.trace import Direction, Peer, Trace, TraceEntry, TraceNote

MAX_KEPT = 20_000
"""Messages after which users are followed no further, about 40 MB [ours]."""
MAX_CALL_IDS = 50_000
"""Call-IDs that are remembered as nobody's, so that they need not be looked into again [ours]."""
_CALL_ID = re.compile(rb"\r\n(?:call-id|i)[ \t]*:[ \t]*([^\r\n]+)", re.IGNORECASE)


class SampleTrace(Trace):
    """The messages of the users who are followed, in order.

    Args:
        started_at: when the load began, in seconds since the epoch.
        began_at: the same moment on the clock of the nodes.
    """

    __slots__ = ("_followed", "_ids", "_of_call", "_of_node", "_strange")

    def __init__(self, started_at: float = 0.0, *, began_at: float = 0.0) -> None:
        super().__init__(started_at, began_at=began_at)
        self._followed: dict[bytes, Trace] = {}
        self._of_node: dict[str, Trace] = {}
        self._of_call: dict[bytes, Trace] = {}
        self._strange: set[bytes] = set()
        self._ids: re.Pattern[bytes] | None = None

    def follow(self, ids: Collection[str], nodes: Collection[str]) -> Trace:
        """Keep the messages of a user from now on; return the trace of it alone.

        Args:
            ids: the MC service IDs, in the primary, of its clients.
            nodes: the names of its clients, each with an endpoint of its own.
        """
        trace = self.beside()
        for mc_id in ids:
            self._followed[mc_id.encode()] = trace
        for name in nodes:
            self._of_node[name] = trace
        self._look_for_all()
        return trace

    def let_go(self, trace: Trace) -> None:
        """Keep no more messages of a user."""
        self._followed = {key: kept for key, kept in self._followed.items() if kept is not trace}
        self._of_node = {key: kept for key, kept in self._of_node.items() if kept is not trace}
        self._of_call = {key: kept for key, kept in self._of_call.items() if kept is not trace}
        self._look_for_all()

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
        kept = self._of_node.get(node)
        call_id = _call_id(data)
        if kept is None:
            kept = self._user_of(call_id, data)
            if kept is None:
                at = now - self.began_at
                return TraceEntry(0, at, node, direction, transport, local, remote, data, fault)
        elif call_id:
            self._of_call[call_id] = kept
        entry = super().append_entry(now, node, direction, transport, local, remote, data, fault)
        kept.entries.append(entry)
        return entry

    def append_note(self, now: float, node: str, step: str, clause: str, text: str) -> TraceNote:
        """Forget an inner step."""
        return TraceNote(0, now - self.began_at, node, step, clause, text)

    def append_media(self, now: float, node: str, source: Peer, target: Peer, data: bytes) -> None:
        """Forget a packet of media."""

    def _user_of(self, call_id: bytes, data: bytes) -> Trace | None:
        """Return the trace of the user whom a message is about, or None."""
        if self._ids is None:
            return None
        kept = self._of_call.get(call_id)
        if kept is not None or call_id in self._strange:
            return kept
        found = None if data.startswith(b"SIP/2.0") else self._ids.search(data)
        if found is not None:
            kept = self._of_call[call_id] = self._followed[found.group()]
            return kept
        if len(self._strange) >= MAX_CALL_IDS:
            self._strange.clear()
        self._strange.add(call_id)
        return None

    def _look_for_all(self) -> None:
        """Look for the IDs of all who are followed."""
        words = sorted(map(re.escape, self._followed))
        self._ids = re.compile(b"|".join(words)) if words else None
        self._strange.clear()


def _call_id(data: bytes) -> bytes:
    found = _CALL_ID.search(data)
    return b"" if found is None else found.group(1)
