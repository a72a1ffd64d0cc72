"""Calls: the requests with one Call-ID between two neighbours, collected from closed transactions.

What a dialog asks of its requests (RFC 3261 12.2), a CANCEL of its INVITE (9.1), and one REGISTER
of the one before (10.2) is seen on each hop alone. Requests that stand for themselves, such as a
MESSAGE, are left out. What is kept is bounded: the call that was quiet for longest is shown early.
"""

from collections import OrderedDict
from collections.abc import Iterator

from mcsip.conformance.views import Call, Setting, TransactionSeen

#: RFC 3261, and PRACK (RFC 3262), SUBSCRIBE and NOTIFY (RFC 6665), UPDATE (RFC 3311), REFER (RFC
#: 3515), INFO (RFC 6086) [gen].
METHODS = frozenset(
    {"ACK", "BYE", "CANCEL", "INFO", "INVITE", "NOTIFY"}
    | {"PRACK", "REFER", "REGISTER", "SUBSCRIBE", "UPDATE"}
)
MAX_CALLS = 1000
"""Calls that are kept at the same time [ours]."""
MAX_TRANSACTIONS = 64
"""Transactions that are kept of one call [ours]."""

_Key = tuple[str, frozenset[str]]


class Calls:
    """The calls of a trace.

    Args:
        setting: what holds for the whole check.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._calls: OrderedDict[_Key, list[TransactionSeen]] = OrderedDict()

    def add(self, seen: TransactionSeen) -> Iterator[Call]:
        """Take a transaction; return the calls that are shown to make room."""
        call_id = seen.request.first("call-id")
        if seen.request.method not in METHODS or not call_id:
            return
        key = (call_id, frozenset((seen.sender.name, seen.receiver.name)))
        transactions = self._calls.setdefault(key, [])
        transactions.append(seen)
        del transactions[:-MAX_TRANSACTIONS]
        self._calls.move_to_end(key)
        if len(self._calls) > MAX_CALLS:
            _, oldest = self._calls.popitem(last=False)
            yield self._view(oldest)

    def take_all(self) -> Iterator[Call]:
        """Return the calls that are left."""
        while self._calls:
            _, oldest = self._calls.popitem(last=False)
            yield self._view(oldest)

    def _view(self, transactions: list[TransactionSeen]) -> Call:
        return Call(self._setting, tuple(sorted(transactions, key=lambda each: each.hop.number)))
