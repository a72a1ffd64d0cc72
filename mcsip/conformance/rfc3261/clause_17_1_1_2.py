"""RFC 3261 17.1.1.2, the INVITE client transaction."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.client_copies import (
    judge_lifetime,
    judge_quiet,
    judge_reliable,
    judge_same,
    judge_schedule,
)
from mcsip.conformance.rfc3261.timing import finals
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.views import TransactionSeen
from mcsip.sip.timers import Timer


@BOOK.on_transaction(
    "17.1.1.2",
    "schedule",
    "Until a response comes, an INVITE is repeated at intervals that begin with T1 and double",
    "INVITE",
)
def schedule(seen: TransactionSeen) -> Faults:
    """Look at timer A."""
    return judge_schedule(seen, seen.setting.timers.duration(Timer.B))


@BOOK.on_transaction(
    "17.1.1.2", "timeout", "An INVITE is not repeated when timer B, 64*T1, has fired", "INVITE"
)
def timeout(seen: TransactionSeen) -> Faults:
    """Look for copies after timer B."""
    return judge_lifetime(seen)


@BOOK.on_transaction(
    "17.1.1.2", "same-request", "Each copy of an INVITE is the same message", "INVITE"
)
def same_request(seen: TransactionSeen) -> Faults:
    """Compare the copies."""
    return judge_same(seen)


@BOOK.on_transaction(
    "17.1.1.2",
    "reliable",
    "An INVITE is not repeated over a reliable transport",
    "INVITE",
    level=Level.SHOULD,
)
def reliable(seen: TransactionSeen) -> Faults:
    """Look for timer A over TCP and TLS."""
    return judge_reliable(seen)


@BOOK.on_transaction(
    "17.1.1.2",
    "proceeding",
    "An INVITE is not repeated once a provisional response has come",
    "INVITE",
    level=Level.SHOULD,
)
def proceeding(seen: TransactionSeen) -> Faults:
    """Look at the state Proceeding, in a trace of the client itself."""
    return judge_quiet(seen, 100, 199, "a provisional response")


@BOOK.on_transaction(
    "17.1.1.2", "completed", "An INVITE is not repeated once a final response has come", "INVITE"
)
def completed(seen: TransactionSeen) -> Faults:
    """Look at the state Completed, in a trace of the client itself."""
    return judge_quiet(seen, 200, 699, "a final response")


@BOOK.on_transaction(
    "17.1.1.2",
    "ack",
    "A final response to INVITE other than 2xx is acknowledged by an ACK",
    "INVITE",
)
def ack(seen: TransactionSeen) -> Faults:
    """Look for an ACK; in a capture, for a response that was repeated or cannot be lost."""
    refusals = [entry for entry, it in finals(seen.replies or seen.responses) if it.status >= 300]
    if not refusals:
        return None
    if seen.acks:
        return ()
    heard = bool(seen.replies) or seen.reliable or len(refusals) > 1
    if not heard or not seen.ended:
        return None
    node = seen.sender.name
    return [Fault("an ACK", "none", number=refusals[0].number, node=node)]


@BOOK.on_transaction(
    "17.1.1.2",
    "ack-again",
    "Each copy of the final response that comes is acknowledged again",
    "INVITE",
)
def ack_again(seen: TransactionSeen) -> Faults:
    """Count copies and ACKs, in a trace of the client itself."""
    if not seen.acks or not seen.ended:
        return None
    refusals = [entry for entry, it in finals(seen.replies) if it.status >= 300]
    lasting_s = seen.setting.timers.duration(Timer.D)
    refusals = [entry for entry in refusals if entry.at <= refusals[0].at + lasting_s]
    if len(refusals) < 2:
        return None
    if len(seen.acks) >= len(refusals):
        return ()
    return [
        Fault(
            f"an ACK for each of {len(refusals)} copies",
            f"{len(seen.acks)}",
            number=refusals[len(seen.acks)].number,
            node=seen.sender.name,
        )
    ]
