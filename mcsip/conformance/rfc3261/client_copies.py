"""What INVITE and non-INVITE client transactions have in common: their copies of the request.

RFC 3261 17.1.1.2 and 17.1.2.2 say the same of timer A and E, B and F, and of reliable transports.
"""

from mcsip.conformance.rfc3261.timing import (
    MISSING,
    after,
    changed_copies,
    doubling,
    first_interval,
    is_live,
    judge_intervals,
    lifetime,
    sent_copies,
)
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import TransactionSeen


def repeated(seen: TransactionSeen) -> bool:
    """Tell whether a request was sent more than once, over an unreliable transport."""
    return not seen.reliable and len(seen.requests) > 1


def judge_schedule(seen: TransactionSeen, largest_s: float) -> Faults:
    """Judge when copies of an unanswered request follow each other.

    Args:
        seen: the transaction.
        largest_s: the longest interval, in seconds.
    """
    if not repeated(seen):
        return None
    copies = sent_copies(seen, seen.requests)
    answered = min((entry.at for entry, _ in seen.replies or seen.responses), default=None)
    if answered is not None:
        copies = [entry for entry in copies if entry.at <= answered]
    if len(copies) < 2:
        return None
    first = first_interval(copies, seen.setting.timers.t1)
    missing = 0 if is_live(seen) else MISSING
    return judge_intervals(copies, doubling(first, largest_s), missing=missing)


def judge_lifetime(seen: TransactionSeen) -> Faults:
    """Judge that no copy is sent when the transaction has timed out."""
    if not repeated(seen):
        return None
    began = seen.requests[0].at
    late = [it for it in seen.requests if it.at > began + lifetime(seen, seen.requests)]
    return [
        Fault(
            f"no copy later than 64*T1, {64 * seen.setting.timers.t1:g} s",
            f"a copy after {entry.at - began:.3g} s",
            number=entry.number,
        )
        for entry in late[:1]
    ]


def judge_reliable(seen: TransactionSeen) -> Faults:
    """Judge that a transport which loses nothing is given a request once."""
    if not seen.reliable:
        return None
    return [
        Fault("one copy", f"copy {number}", number=entry.number)
        for number, entry in enumerate(seen.requests[1:2], 2)
    ]


def judge_same(seen: TransactionSeen) -> Faults:
    """Judge that every copy is the request as it was sent first."""
    if len(seen.requests) < 2:
        return None
    return changed_copies(seen.requests)


def judge_quiet(seen: TransactionSeen, least: int, most: int, what: str) -> Faults:
    """Judge that no copy follows once a response has arrived; only the client's own trace knows.

    Args:
        seen: the transaction.
        least: the lowest status code of such a response.
        most: the highest.
        what: what such a response is called, for people.
    """
    heard = [entry.at for entry, response in seen.replies if least <= response.status <= most]
    if not heard:
        return None
    return [
        Fault(f"no copy once {what} has arrived", "a copy", number=entry.number)
        for entry in after(seen.requests, heard[0])[:1]
    ]
