"""RFC 3261 17.2.1, the INVITE server transaction."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.server_copies import judge_last, judge_same
from mcsip.conformance.rfc3261.timing import (
    LATE_S,
    MISSING,
    after,
    doubling,
    finals,
    first_interval,
    is_live,
    judge_intervals,
    lifetime,
    sent_copies,
)
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import TransactionSeen
from mcsip.sip.timers import TIMERS, Timer
from mcsip.trace import TraceEntry


def _refusals(seen: TransactionSeen) -> list[TraceEntry]:
    """Return the copies of the first final response to INVITE, if it is no 2xx."""
    final = finals(seen.responses)
    if not final or final[0][1].status < 300:
        return []
    return [entry for entry, response in final if response.status == final[0][1].status]


def _acked_at(seen: TransactionSeen) -> float | None:
    """Return when the first ACK was sent that was not lost, or None."""
    return min((entry.at for entry, _ in seen.acks if entry.fault is None), default=None)


@BOOK.on_transaction(
    "17.2.1", "trying", "An INVITE has a response, 100 at least, within 200 ms", "INVITE"
)
def trying(seen: TransactionSeen) -> Faults:
    """Look at the first response, from the last copy that it may answer."""
    if not seen.responses:
        return None
    first, _ = seen.responses[0]
    came = [entry for entry in seen.arrivals or seen.requests if entry.at <= first.at]
    if not came:
        return None
    asked = came[0] if seen.arrivals or seen.reliable else came[-1]
    wanted = TIMERS[Timer.TRYING].times
    waited = first.at - asked.at
    if waited <= wanted + LATE_S:
        return ()
    expected = f"a response within {wanted * 1000:g} ms"
    return [Fault(expected, f"after {waited:.3g} s", number=first.number)]


@BOOK.on_transaction(
    "17.2.1",
    "schedule",
    "Until the ACK comes, a refusal of an INVITE is repeated at intervals from T1 up to T2",
    "INVITE",
)
def schedule(seen: TransactionSeen) -> Faults:
    """Look at timer G, where no copy of the INVITE asked for the response again."""
    copies = _refusals(seen)
    if seen.reliable or len(copies) < 2:
        return None
    if any(entry.at >= copies[0].at for entry in seen.arrivals or seen.requests):
        return None
    copies = sent_copies(seen, copies)
    timers = seen.setting.timers
    if len(copies) < 2:
        return None
    first = first_interval(copies, timers.t1)
    missing = 0 if is_live(seen) else MISSING
    return judge_intervals(copies, doubling(first, timers.t2), missing=missing)


@BOOK.on_transaction(
    "17.2.1", "repeat", "A refusal of an INVITE that is not acknowledged is repeated", "INVITE"
)
def repeat(seen: TransactionSeen) -> Faults:
    """Look for timer G over an unreliable transport."""
    copies = _refusals(seen)
    if seen.reliable or not copies or not seen.ended:
        return None
    if any(entry.at < copies[0].at + seen.setting.timers.t1 for entry, _ in seen.acks):
        return None
    if len(copies) > 1:
        return ()
    expected = f"again after {seen.setting.timers.t1:g} s, since no ACK came"
    return [Fault(expected, "sent once", number=copies[0].number)]


@BOOK.on_transaction(
    "17.2.1",
    "timeout",
    "A refusal of an INVITE is not repeated when timer H, 64*T1, has fired",
    "INVITE",
)
def timeout(seen: TransactionSeen) -> Faults:
    """Look for copies after timer H."""
    copies = _refusals(seen)
    if seen.reliable or len(copies) < 2:
        return None
    late = [it for it in copies if it.at > copies[0].at + lifetime(seen, copies)]
    expected = f"no copy later than 64*T1, {64 * seen.setting.timers.t1:g} s"
    return [Fault(expected, "a copy", number=entry.number) for entry in late[:1]]


@BOOK.on_transaction(
    "17.2.1", "confirmed", "A refusal of an INVITE is not repeated once its ACK has come", "INVITE"
)
def confirmed(seen: TransactionSeen) -> Faults:
    """Look at the state Confirmed, in a trace of the nodes themselves."""
    copies, acked_at = _refusals(seen), _acked_at(seen)
    if not copies or acked_at is None or not (is_live(seen) or seen.reliable):
        return None
    late = after(copies, acked_at)
    return [Fault("no copy once the ACK has come", "a copy", number=it.number) for it in late[:1]]


@BOOK.on_transaction(
    "17.2.1",
    "reliable",
    "A refusal of an INVITE is not repeated over a reliable transport",
    "INVITE",
)
def reliable(seen: TransactionSeen) -> Faults:
    """Look for timer G over TCP and TLS."""
    copies = _refusals(seen)
    if not seen.reliable or not copies:
        return None
    return [Fault("one copy", "a copy more", number=entry.number) for entry in copies[1:2]]


@BOOK.on_transaction(
    "17.2.1",
    "last",
    "After the final response to an INVITE no response of another kind follows",
    "INVITE",
)
def last(seen: TransactionSeen) -> Faults:
    """Look for what follows the final response; a proxy may pass on a 2xx late (16.7 item 5)."""
    answers = list(seen.responses)
    if any(response.status >= 300 for _, response in answers):
        answers = [pair for pair in answers if not 200 <= pair[1].status < 300] or answers
    return judge_last(answers)


@BOOK.on_transaction(
    "17.2.1", "same-response", "Each copy of a refusal of an INVITE is the same message", "INVITE"
)
def same_response(seen: TransactionSeen) -> Faults:
    """Compare the copies; several 2xx may come from several branches of a fork."""
    return judge_same(_refusals(seen))
