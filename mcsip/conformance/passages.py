"""Passages: the transaction by which a request came to a proxy, and those by which it went on.

They are joined by From tag and CSeq, which every proxy keeps, also a gateway that hides its
topology and writes another Call-ID (RFC 3261 16.6), and by the Via field of the hop before, where
it is still there. Who is a proxy is known of SIP cores and MC gateway servers; of a node whose role
is not known it is believed when it visibly forwards: same Call-ID, From tag and CSeq, and one more
Via. A CANCEL, and the ACK of a refusal, go from hop to hop and are made anew (16.10, 17.1.1.3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mcsip.conformance.heard import Heard
from mcsip.conformance.open_transaction import OpenTransaction
from mcsip.conformance.views import Passage, Setting
from mcsip.mc.roles import Role
from mcsip.trace import NodeInfo

PROXIES = frozenset({Role.SIP_CORE, Role.MC_GATEWAY})
"""The roles that forward."""

_Key = tuple[str, str, int, str]


@dataclass(slots=True, eq=False)
class OpenPassage:
    """A passage while its transactions are collected.

    Attributes:
        key: the proxy, and what it keeps of the request.
        node: the proxy.
        incoming: the transaction by which the request came.
        outgoing: the transactions by which it went on.
    """

    key: _Key
    node: NodeInfo
    incoming: OpenTransaction
    outgoing: list[OpenTransaction] = field(default_factory=list)

    @property
    def known(self) -> bool:
        """Whether the node is known to be a proxy."""
        return self.node.role is not None

    @property
    def closed(self) -> bool:
        """Whether all its transactions are."""
        return self.incoming.closed and all(each.closed for each in self.outgoing)

    def view(self, setting: Setting) -> Passage:
        """Return the view of it, once it is closed."""
        outgoing = tuple([each.view(setting) for each in self.outgoing])
        return Passage(setting, self.node, self.incoming.view(setting), outgoing)


class Passages:
    """The passages that are under way."""

    def __init__(self) -> None:
        self._waiting: dict[_Key, list[OpenPassage]] = {}
        self._of: dict[OpenTransaction, list[OpenPassage]] = {}

    def open(self, transaction: OpenTransaction) -> None:
        """Take a transaction that has just begun."""
        request = transaction.request
        passed = request.form.passed(request.names)
        if passed is None or transaction.of_invite or request.form.method == "CANCEL":
            return
        outgoing_of = self._find((transaction.sender.name, *passed), request)
        if outgoing_of is not None:
            outgoing_of.outgoing.append(transaction)
            self._of.setdefault(transaction, []).append(outgoing_of)
        node = transaction.receiver
        if node.role is None or node.role in PROXIES:
            passage = OpenPassage((node.name, *passed), node, transaction)
            self._waiting.setdefault(passage.key, []).append(passage)
            self._of.setdefault(transaction, []).append(passage)

    def _find(self, key: _Key, request: Heard) -> OpenPassage | None:
        """Return the passage by which a request goes on, or None.

        A request may pass a proxy twice: it goes on from where its second Via says it came, and
        where the way is hidden, from where it came last.
        """
        waiting = self._waiting.get(key)
        if waiting is None:
            return None
        branches = request.form.branches(request.names)
        for passage in reversed(waiting):
            if passage.incoming.key[0] in branches[:2] and _may_go_on(passage, request, branches):
                return passage
        return next((passage for passage in reversed(waiting) if passage.known), None)

    def close(self, transaction: OpenTransaction) -> Iterator[OpenPassage]:
        """Take a transaction that was closed; return the passages that are complete by that."""
        for passage in self._of.pop(transaction, ()):
            if not passage.closed:
                continue
            waiting = self._waiting[passage.key]
            if len(waiting) == 1:
                del self._waiting[passage.key]
            else:
                waiting.remove(passage)
            if passage.known or passage.outgoing:
                yield passage


def _may_go_on(passage: OpenPassage, request: Heard, branches: Sequence[str | None]) -> bool:
    """Tell whether a request may be the one that came by a passage, forwarded.

    Args:
        passage: the passage.
        request: the request.
        branches: those of its Via values.
    """
    if passage.known:
        return True
    came = passage.incoming.request
    return (
        passage.incoming.call_id == request.form.call_id(request.names)
        and len(branches) == len(came.form.branches(came.names)) + 1
    )
