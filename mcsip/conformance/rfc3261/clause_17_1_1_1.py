"""RFC 3261 17.1.1.1, overview of the INVITE transaction: what T1 may be."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.timing import EARLY_S, sent_copies
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.views import TransactionSeen


@BOOK.on_transaction(
    "17.1.1.1",
    "t1",
    "A request is not repeated sooner than T1, 500 ms, after it was sent",
    level=Level.SHOULD,
)
def t1(seen: TransactionSeen) -> Faults:
    """Look at the first repetition; a longer T1 is allowed, a shorter one not recommended."""
    if seen.reliable or seen.ack:
        return None
    copies = sent_copies(seen, seen.requests)
    if len(copies) < 2:
        return None
    wanted, interval = seen.setting.timers.t1, copies[1].at - copies[0].at
    if interval >= wanted - EARLY_S:
        return ()
    expected = f"again after {wanted:g} s at the earliest"
    return [Fault(expected, f"again after {interval:.3g} s", number=copies[1].number)]
