"""Calls: the requests with one Call-ID between two neighbours, collected from closed transactions.

What a dialog asks of its requests (RFC 3261 12.2), a CANCEL of its INVITE (9.1), and one REGISTER
of the one before (10.2) is seen on each hop alone. Requests that stand for themselves, such as a
MESSAGE, are left out. What is kept is bounded: the call that was quiet for longest is shown early.
"""

from collections import OrderedDict
from collections.abc import Iterator
from typing import NamedTuple

from mcsip.conformance.open_transaction import OpenTransaction
from mcsip.conformance.views import Call, Setting

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


class OpenCall(NamedTuple):
    """A call while its transactions are collected.

    Attributes:
        transactions: closed ones, in the order in which they were closed.
    """

    transactions: list[OpenTransaction]

    def view(self, setting: Setting) -> Call:
        """Return the view of it."""
        in_order = sorted(self.transactions, key=lambda each: each.first.number)
        return Call(setting, tuple([each.view(setting) for each in in_order]))


class Calls:
    """The calls of a trace."""

    def __init__(self) -> None:
        self._calls: OrderedDict[_Key, OpenCall] = OrderedDict()

    def add(self, transaction: OpenTransaction) -> Iterator[OpenCall]:
        """Take a transaction, closed; return the calls that are shown to make room."""
        if transaction.request.form.method not in METHODS or not transaction.call_id:
            return
        ends = frozenset((transaction.sender.name, transaction.receiver.name))
        key = (transaction.call_id, ends)
        call = self._calls.get(key)
        if call is None:
            call = self._calls[key] = OpenCall([])
        else:
            self._calls.move_to_end(key)
        call.transactions.append(transaction)
        del call.transactions[:-MAX_TRANSACTIONS]
        if len(self._calls) > MAX_CALLS:
            yield self._calls.popitem(last=False)[1]

    def take_all(self) -> Iterator[OpenCall]:
        """Return the calls that are left."""
        while self._calls:
            yield self._calls.popitem(last=False)[1]
