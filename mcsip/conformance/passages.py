"""Passages: the transaction by which a request came to a proxy, and those by which it went on.

They are joined by From tag and CSeq, which every proxy keeps, also a gateway that hides its
topology and writes another Call-ID (RFC 3261 16.6), and by the Via field of the hop before, where
it is still there. Who is a proxy is known of SIP cores and MC gateway servers; of a node whose role
is not known it is believed when it visibly forwards: same Call-ID, From tag and CSeq, and one more
Via. A CANCEL, and the ACK of a refusal, go from hop to hop and are made anew (16.10, 17.1.1.3).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mcsip.conformance.participants import Participants
from mcsip.conformance.transactions import OpenTransaction
from mcsip.conformance.views import Passage, Setting
from mcsip.errors import PeerError
from mcsip.mc.roles import Role
from mcsip.sip.message import Request

PROXIES = frozenset({Role.SIP_CORE, Role.MC_GATEWAY})
"""The roles that forward."""

_Key = tuple[str, str, int, str]


@dataclass(slots=True, eq=False)
class _OpenPassage:
    """A passage while its transactions are collected."""

    key: _Key
    node: str
    known: bool
    incoming: OpenTransaction
    outgoing: list[OpenTransaction] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Whether all its transactions are."""
        return self.incoming.seen is not None and all(
            each.seen is not None for each in self.outgoing
        )


class Passages:
    """The passages that are under way.

    Args:
        setting: what holds for the whole check.
        participants: who is who.
    """

    def __init__(self, setting: Setting, participants: Participants) -> None:
        self._setting = setting
        self._participants = participants
        self._waiting: dict[_Key, list[_OpenPassage]] = {}
        self._of: dict[OpenTransaction, list[_OpenPassage]] = {}

    def open(self, transaction: OpenTransaction) -> None:
        """Take a transaction that has just begun."""
        request = transaction.request
        same = same_request(request)
        if same is None or transaction.of_invite or request.method == "CANCEL":
            return
        outgoing_of = self._find((transaction.sender, *same), request)
        if outgoing_of is not None:
            outgoing_of.outgoing.append(transaction)
            self._of.setdefault(transaction, []).append(outgoing_of)
        role = self._participants.info(transaction.receiver).role
        if role is None or role in PROXIES:
            key = (transaction.receiver, *same)
            passage = _OpenPassage(key, transaction.receiver, role is not None, transaction)
            self._waiting.setdefault(key, []).append(passage)
            self._of.setdefault(transaction, []).append(passage)

    def _find(self, key: _Key, request: Request) -> _OpenPassage | None:
        """Return the passage by which a request goes on, or None.

        A request may pass a proxy twice: it goes on from where its second Via says it came, and
        where the way is hidden, from where it came last.
        """
        waiting = self._waiting.get(key)
        if waiting is None:
            return None
        branches = _branches(request)[:2]
        for passage in reversed(waiting):
            if passage.incoming.key[0] in branches and self._may(passage, request):
                return passage
        known = [passage for passage in waiting if passage.known]
        return known[-1] if known else None

    @staticmethod
    def _may(passage: _OpenPassage, request: Request) -> bool:
        """Tell whether a request may be the one that came, forwarded."""
        if passage.known:
            return True
        came = passage.incoming.request
        return (
            came.first("call-id") == request.first("call-id")
            and len(_branches(request)) == len(_branches(came)) + 1
        )

    def close(self, transaction: OpenTransaction) -> Iterator[Passage]:
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
                yield self._view(passage)

    def _view(self, passage: _OpenPassage) -> Passage:
        assert passage.incoming.seen is not None
        return Passage(
            self._setting,
            self._participants.info(passage.node),
            passage.incoming.seen,
            tuple(each.seen for each in passage.outgoing if each.seen is not None),
        )


def same_request(request: Request) -> tuple[str, int, str] | None:
    """Return what every proxy keeps of a request: From tag and CSeq; None when malformed.

    A gateway that hides its topology writes another Call-ID; these stay (RFC 3261 16.6).
    """
    try:
        cseq = request.cseq
        found = _ends_with_tag((request.first("from") or "")[-MAX_TAG:])
        tag = request.from_.tag if found is None else found[1]
    except PeerError:
        return None
    return tag or "", cseq.number, cseq.method


MAX_TAG = 100
"""Longest end of From that is read in short, in characters [ours]."""
_ends_with_tag = re.compile(r".*>;tag=([\w.-]+)").fullmatch


def _branches(request: Request) -> list[str | None]:
    """Return the branches of all Via values, topmost first; none when one is malformed."""
    try:
        return [via.branch for via in request.vias]
    except PeerError:
        return []
