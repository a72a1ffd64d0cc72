"""RFC 3261 17.1.2.2, the non-INVITE client transaction."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.client_copies import (
    judge_lifetime,
    judge_quiet,
    judge_reliable,
    judge_same,
    judge_schedule,
)
from mcsip.conformance.rule import Faults
from mcsip.conformance.views import TransactionSeen

_OTHERS = frozenset({"INVITE", "ACK"})


def _is_other(seen: TransactionSeen) -> bool:
    """Tell whether it has this machine: ACK has none."""
    return seen.request.method not in _OTHERS


@BOOK.on_transaction(
    "17.1.2.2",
    "schedule",
    "Until a response comes, a request is repeated at intervals from T1 that double up to T2",
)
def schedule(seen: TransactionSeen) -> Faults:
    """Look at timer E."""
    return judge_schedule(seen, seen.setting.timers.t2) if _is_other(seen) else None


@BOOK.on_transaction(
    "17.1.2.2", "timeout", "A request is not repeated when timer F, 64*T1, has fired"
)
def timeout(seen: TransactionSeen) -> Faults:
    """Look for copies after timer F."""
    return judge_lifetime(seen) if _is_other(seen) else None


@BOOK.on_transaction("17.1.2.2", "same-request", "Each copy of a request is the same message")
def same_request(seen: TransactionSeen) -> Faults:
    """Compare the copies."""
    return judge_same(seen) if _is_other(seen) else None


@BOOK.on_transaction("17.1.2.2", "reliable", "A request is not repeated over a reliable transport")
def reliable(seen: TransactionSeen) -> Faults:
    """Look for timer E over TCP and TLS."""
    return judge_reliable(seen) if _is_other(seen) else None


@BOOK.on_transaction(
    "17.1.2.2", "completed", "A request is not repeated once a final response has come"
)
def completed(seen: TransactionSeen) -> Faults:
    """Look at the state Completed, in a trace of the client itself."""
    return judge_quiet(seen, 200, 699, "a final response") if _is_other(seen) else None
