"""RFC 3261 17.2.2, the non-INVITE server transaction."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.server_copies import judge_last, judge_same
from mcsip.conformance.rfc3261.timing import LATE_S, LOST_AFTER, after, finals, is_live
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import TransactionSeen
from mcsip.sip.timers import Timer

_OTHERS = frozenset({"INVITE", "ACK"})


def _is_other(seen: TransactionSeen) -> bool:
    """Tell whether it has this machine: ACK has none."""
    return seen.request.method not in _OTHERS


@BOOK.on_transaction(
    "17.2.2", "again", "A copy of a request that has its final response is given that again"
)
def again(seen: TransactionSeen) -> Faults:
    """Look at what follows each copy until timer J fires."""
    final = finals(seen.responses)
    if not _is_other(seen) or not final or seen.reliable:
        return None
    answered = final[0][0]
    until = answered.at + seen.setting.timers.duration(Timer.J) - LATE_S
    copies = [
        entry
        for entry in (seen.arrivals or seen.requests)
        if entry.number > answered.number and answered.at <= entry.at < until
    ]
    if not copies:
        return None
    given = len(final) - 1
    if given >= len(copies) or (not seen.arrivals and len(copies) - given < LOST_AFTER):
        return ()
    if not seen.ended and given >= len(copies) - 1:
        return None
    status = final[0][1].status
    return [
        Fault(
            f"{status} again, for each of {len(copies)} copies",
            f"{given} times",
            number=copies[given].number,
            node=seen.receiver.name,
        )
    ]


@BOOK.on_transaction(
    "17.2.2", "unasked", "A response is repeated only when a copy of the request asks for it"
)
def unasked(seen: TransactionSeen) -> Faults:
    """Count copies of request and final response."""
    final = finals(seen.responses)
    if not _is_other(seen) or not final:
        return None
    final = [pair for pair in final if pair[1].status == final[0][1].status]
    asked = len(seen.arrivals or seen.requests)
    spare = 0 if is_live(seen) or seen.reliable else LOST_AFTER - 1
    if len(final) <= asked + spare:
        return ()
    return [
        Fault(
            f"{asked} final responses to {asked} copies of the request",
            f"{len(final)}",
            number=final[asked][0].number,
        )
    ]


@BOOK.on_transaction(
    "17.2.2", "last", "After the final response to a request no response of another kind follows"
)
def last(seen: TransactionSeen) -> Faults:
    """Look for what follows the final response."""
    return judge_last(seen.responses) if _is_other(seen) else None


@BOOK.on_transaction(
    "17.2.2", "same-response", "Each copy of the final response to a request is the same message"
)
def same_response(seen: TransactionSeen) -> Faults:
    """Compare the copies."""
    final = finals(seen.responses) if _is_other(seen) else []
    return judge_same([entry for entry, it in final if it.status == final[0][1].status])


@BOOK.on_transaction("17.2.2", "timeout", "No response is sent when timer J, 64*T1, has fired")
def timeout(seen: TransactionSeen) -> Faults:
    """Look for final responses long after the first."""
    final = [entry for entry, _ in finals(seen.responses)]
    if not _is_other(seen) or seen.reliable or len(final) < 2:
        return None
    lasting_s = seen.setting.timers.duration(Timer.J)
    late = after(final, final[0].at + lasting_s)
    expected = f"no copy later than 64*T1, {lasting_s:g} s"
    return [Fault(expected, "a copy", number=entry.number) for entry in late[:1]]
