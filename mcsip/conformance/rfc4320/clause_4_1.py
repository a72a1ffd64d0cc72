"""RFC 4320 4.1, action 1: provisional answers to other requests than INVITE come late, or never.

Times are told from when the request first arrived at who answers, or from when it was first sent
where the arrival is not traced.
"""

from mcsip.conformance.rfc3261.timing import LOST_AFTER
from mcsip.conformance.rfc4320.book import BOOK
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import TransactionSeen
from mcsip.mc.source import Grade
from mcsip.sip.timers import Timer
from mcsip.trace import TraceEntry

SLACK_S = 0.25
"""How far a real clock may be off the time that the clause names, in seconds [ours]."""


def _begin(seen: TransactionSeen) -> TraceEntry | None:
    """Return the copy of the request from which times are told; None when the rule does not fit."""
    if seen.ack or seen.request.method == "INVITE" or not seen.responses:
        return None
    return next(iter((*seen.arrivals, *seen.requests)), None)


def _due(seen: TransactionSeen) -> float:
    """Return after how many seconds a client's timer E is at T2."""
    return seen.setting.timers.duration(Timer.LATE_TRYING)


@BOOK.on_transaction(
    "4.1",
    "only-100",
    "No provisional answer but 100 is sent to another request than INVITE",
    grade=Grade.SECOND,
)
def only_100(seen: TransactionSeen) -> Faults:
    """Look for 101 to 199."""
    if _begin(seen) is None:
        return None
    return [
        Fault(
            "100 or a final answer",
            f"{response.status} {response.reason} to {seen.request.method}",
            number=entry.number,
            text=response.start_line.encode("utf-8", "surrogateescape"),
        )
        for entry, response in seen.responses
        if 100 < response.status < 200
    ]


@BOOK.on_transaction(
    "4.1",
    "no-early-100",
    "Over UDP no 100 is sent to another request than INVITE before timer E is at T2",
    grade=Grade.SECOND,
)
def no_early_100(seen: TransactionSeen) -> Faults:
    """Look for a 100 that makes the client repeat its request more slowly than it should."""
    begin = _begin(seen)
    if begin is None or seen.hop.transport != "UDP":
        return None
    due = _due(seen)
    return [
        Fault(
            f"no 100 before {due:g} s",
            f"100 after {entry.at - begin.at:.3f} s",
            number=entry.number,
            text=response.start_line.encode("utf-8", "surrogateescape"),
        )
        for entry, response in seen.responses
        if response.status == 100 and entry.at - begin.at < due - SLACK_S
    ]


@BOOK.on_transaction(
    "4.1",
    "late-100",
    "A request other than INVITE that is answered late is first answered by 100",
    grade=Grade.SECOND,
)
def late_100(seen: TransactionSeen) -> Faults:
    """Look for a final answer that comes when a 100 was due, and none had been sent.

    Who never answers may just not be there, which is no matter of this rule.
    """
    begin = _begin(seen)
    if begin is None:
        return None
    due = _due(seen)
    entry, response = seen.responses[0]
    if not seen.arrivals and not seen.reliable:
        copies = [each for each in seen.requests if each.number < entry.number]
        begin = copies[:LOST_AFTER][-1] if copies else begin  # those before may have been lost
    waited = entry.at - begin.at
    if response.status < 200 or waited < due + SLACK_S:
        return ()
    return (
        Fault(
            f"100 after {due:g} s without a final answer",
            f"no 100, and {response.status} after {waited:.3f} s",
            number=entry.number,
            text=response.start_line.encode("utf-8", "surrogateescape"),
        ),
    )
