"""The fate of a message that a server owes: what its answer means, and when to try again.

Clause: RFC 3261 21 for the classes of answers; which of them end a delivery is [ours].
"""

from enum import StrEnum

NOT_WAITING_STATUS = 481
"""How a partner answers a success response that it does not wait for: 481 Call/Transaction Does
Not Exist (RFC 3261 21.4.19); nobody on the way answers a MESSAGE so [ours]."""

RETRY_FIRST_S = 1.0
"""Seconds from the first failure to the second try; doubled with each further one [ours]."""

RETRY_MAX_S = 60.0
"""Longest pause between two tries, in seconds [ours]."""

_PASSING = frozenset({408, 430, 480, 482, 483, 491, 494})
_GONE = frozenset({404, 410, NOT_WAITING_STATUS})


class Fate(StrEnum):
    """What became of a try to deliver."""

    TAKEN = "taken"
    """The receiver has it: nothing is owed any more."""
    REFUSED = "refused"
    """The receiver itself does not want it, now or ever."""
    REFUSED_ON_THE_WAY = "refused on the way"
    """Somebody finally refused it, and it need not have been the receiver."""
    RETRY = "retry"
    """No answer, or one that will pass."""


def response_fate(status: int | None) -> Fate:
    """Tell what became of a success response that the primary owes.

    Args:
        status: final status of the MESSAGE; None when there was none (timeout, transport error).
    """
    if status is None or status >= 500 or 300 <= status < 400 or status in _PASSING:
        return Fate.RETRY
    if status < 300:
        return Fate.TAKEN
    return Fate.REFUSED if status == NOT_WAITING_STATUS else Fate.REFUSED_ON_THE_WAY


def notification_fate(status: int | None) -> Fate:
    """Tell what became of a notification that is owed: a partner that knows nobody is told enough.

    Args:
        status: final status of the MESSAGE; None when there was none (timeout, transport error).
    """
    if status is not None and 200 <= status < 300:
        return Fate.TAKEN
    return Fate.REFUSED if status in _GONE else Fate.RETRY


def retry_delay_s(attempts: int, asked_s: float = 0.0) -> float:
    """Return how many seconds to wait until the next try.

    Args:
        attempts: how many tries have failed, at least 1.
        asked_s: for how long whoever answered the last one asks to wait (RFC 3261 20.33).
    """
    return max(asked_s, float(min(RETRY_FIRST_S * 2 ** min(attempts - 1, 30), RETRY_MAX_S)))
