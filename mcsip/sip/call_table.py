"""Calls as tables: RFC 3261 13 to 15 [read].

A call is one session with one other party, set up by an INVITE and ended by a BYE. The caller's and
the callee's side are two machines over the same states, alike once the session stands. A third one,
the *exchange*, is the re-INVITE within an established call (RFC 3261 14).

::

    inviting ──> ringing ──> answered ──> established ──> ending ──> ended

At the caller *answered* is a call whose 2xx carries the offer, until our answer goes out in the
ACK; at the callee one whose 2xx waits for its ACK. A row says: in this state, on this input, go
there and do this, because this clause says so. An input without a row changes nothing.

Outside of the tables, for it is the same in every state: each 2xx that comes again is acknowledged
again (13.2.2.4), and a request that is out of order is refused (12.2.2).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class CallState(StrEnum):
    """How far a call has come."""

    INVITING = "inviting"
    RINGING = "ringing"
    REDIRECTED = "redirected"  # caller: a 3xx came; whether to follow is the user's choice
    ANSWERED = "answered"
    ESTABLISHED = "established"
    LEAVING = "leaving"  # callee: hung up, but there is no BYE before the ACK
    ENDING = "ending"
    ENDED = "ended"


class CallInput(StrEnum):
    """What happens to a call; the user's own wishes first."""

    RING = "ring"
    ACCEPT = "accept"
    REFUSE = "refuse"
    HANG_UP = "hang up"
    ANSWER = "answer the offer of the 2xx"
    RETRY = "follow the redirection"
    # caller
    PROGRESS = "101-199"
    SUCCESS = "2xx"
    OFFERED = "2xx with the offer"
    FORK = "2xx of another dialog"
    REDIRECT = "3xx with a new target"
    NEXT_TARGET = "failure, a target is left"
    FAILURE = "300-699, timeout, or error"
    # callee
    ACK = "ACK"
    CANCEL = "CANCEL"
    REINVITE = "re-INVITE"
    MINUTE = "a minute is over"
    REPEAT = "T1 and its doubles"
    NO_ACK = "64*T1 without ACK"
    # both
    EXPIRED = "the invitation expires"
    BYE = "BYE"
    BYE_DONE = "answer to our BYE, or none"
    LOST = "481, 408 or no answer in the dialog"


class CallAction(StrEnum):
    """What a call does."""

    NOTE_EARLY = "early dialog"
    END_EARLY = "end early dialogs"
    CONFIRM = "confirmed dialog"
    SEND_ACK = "ACK"
    SEND_CANCEL = "CANCEL"
    SEND_BYE = "BYE"
    END_FORK = "ACK and BYE to the other dialog"
    TRY_NEXT = "INVITE to the next target"
    SEND_PROGRESS = "1xx"
    PROGRESS_AGAIN = "1xx again"
    SEND_SUCCESS = "2xx"
    SUCCESS_AGAIN = "2xx again"
    STOP_REPEATING = "stop repeating the 2xx"
    SEND_FAILURE = "300-699"
    SEND_TERMINATED = "487"
    ANSWER_BYE = "200 to the BYE"
    TELL_RINGING = "tell: ringing"
    TELL_REDIRECTED = "tell: redirected"
    TELL_OFFERED = "tell: offered"
    TELL_ESTABLISHED = "tell: established"
    TELL_ENDED = "tell: ended"


@dataclass(frozen=True, slots=True)
class CallRow:
    """One transition: in ``state``, on ``what``, go ``to`` and ``do`` in order, says ``clause``."""

    state: CallState
    what: CallInput
    to: CallState
    do: tuple[CallAction, ...]
    clause: str


class ExchangeState(StrEnum):
    """What a re-INVITE is about to do."""

    IDLE = "idle"
    SENT = "sent"  # ours waits for its final response
    RECEIVED = "received"  # theirs waits for our user
    ACCEPTED = "accepted"  # our 2xx waits for its ACK


class ExchangeInput(StrEnum):
    """What happens to a re-INVITE."""

    MODIFY = "modify"
    ACCEPT = "accept"
    REFUSE = "refuse"
    SUCCESS = "2xx"
    PENDING = "491"
    FAILURE = "300-699"
    GONE = "481, 408, or no answer"
    REINVITE = "re-INVITE"
    ACK = "ACK"
    CANCEL = "CANCEL"
    OVER = "the session ends"
    GLARE = "the time after a 491 is over"
    REPEAT = "T1 and its doubles"
    NO_ACK = "64*T1 without ACK"


class ExchangeAction(StrEnum):
    """What an exchange does."""

    SEND_REINVITE = "re-INVITE"
    REFRESH_AND_ACK = "new remote target, ACK"
    SEND_SUCCESS = "2xx"
    SUCCESS_AGAIN = "2xx again"
    STOP_REPEATING = "stop repeating the 2xx"
    SEND_FAILURE = "300-699"
    SEND_TERMINATED = "487"
    REFUSE_PENDING = "491 to the new one"
    REFUSE_EARLY = "500 to the new one"
    WAIT_FOR_GLARE = "wait, then again"
    STOP_WAITING = "do not try again"
    END_CALL = "end the call"
    TELL_REOFFERED = "tell: offered"
    TELL_MODIFIED = "tell: modified"
    TELL_UNCHANGED = "tell: unchanged"


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """One transition of an exchange; see ``CallRow``."""

    state: ExchangeState
    what: ExchangeInput
    to: ExchangeState
    do: tuple[ExchangeAction, ...]
    clause: str


_S, _I, _A = CallState, CallInput, CallAction

#: What both sides have in common: the end of a session (RFC 3261 15).
_SESSION = (
    CallRow(_S.ESTABLISHED, _I.HANG_UP, _S.ENDING, (_A.SEND_BYE,), "RFC 3261 15.1.1"),
    CallRow(_S.ESTABLISHED, _I.LOST, _S.ENDING, (_A.SEND_BYE,), "RFC 3261 12.2.1.2"),
    CallRow(_S.ESTABLISHED, _I.BYE, _S.ENDED, (_A.ANSWER_BYE, _A.TELL_ENDED), "RFC 3261 15.1.2"),
    CallRow(_S.ENDING, _I.BYE, _S.ENDED, (_A.ANSWER_BYE, _A.TELL_ENDED), "RFC 3261 15.1.2"),
    CallRow(_S.ENDING, _I.BYE_DONE, _S.ENDED, (_A.TELL_ENDED,), "RFC 3261 15.1.1"),
)


def _while_asking(
    what: CallInput, to: CallState, do: tuple[CallAction, ...], clause: str
) -> tuple[CallRow, ...]:
    """Return the rows of both states in which an INVITE has no final response."""
    return tuple(CallRow(state, what, to, do, clause) for state in (_S.INVITING, _S.RINGING))


_GIVE_UP = (_A.CONFIRM, _A.SEND_ACK, _A.SEND_BYE)

CALLER = (
    *_while_asking(_I.PROGRESS, _S.RINGING, (_A.NOTE_EARLY, _A.TELL_RINGING), "RFC 3261 13.2.2.1"),
    *_while_asking(
        _I.SUCCESS,
        _S.ESTABLISHED,
        (_A.CONFIRM, _A.SEND_ACK, _A.TELL_ESTABLISHED),
        "RFC 3261 13.2.2.4",
    ),
    *_while_asking(_I.OFFERED, _S.ANSWERED, (_A.CONFIRM, _A.TELL_OFFERED), "RFC 3261 13.2.1"),
    *_while_asking(
        _I.REDIRECT, _S.REDIRECTED, (_A.END_EARLY, _A.TELL_REDIRECTED), "RFC 3261 13.2.2.2"
    ),
    *_while_asking(_I.NEXT_TARGET, _S.INVITING, (_A.END_EARLY, _A.TRY_NEXT), "RFC 3261 8.1.3.4"),
    *_while_asking(_I.FAILURE, _S.ENDED, (_A.END_EARLY, _A.TELL_ENDED), "RFC 3261 13.2.2.3"),
    *_while_asking(_I.HANG_UP, _S.ENDING, (_A.SEND_CANCEL,), "RFC 3261 15"),
    *_while_asking(_I.EXPIRED, _S.ENDING, (_A.SEND_CANCEL,), "RFC 3261 13.2.1"),
    CallRow(_S.REDIRECTED, _I.RETRY, _S.INVITING, (_A.TRY_NEXT,), "RFC 3261 8.1.3.4"),
    CallRow(_S.REDIRECTED, _I.HANG_UP, _S.ENDED, (_A.TELL_ENDED,), "RFC 3261 13.2.2.2"),
    CallRow(_S.REDIRECTED, _I.EXPIRED, _S.ENDED, (_A.TELL_ENDED,), "RFC 3261 13.2.1"),
    CallRow(
        _S.ANSWERED,
        _I.ANSWER,
        _S.ESTABLISHED,
        (_A.SEND_ACK, _A.TELL_ESTABLISHED),
        "RFC 3261 13.2.2.4",
    ),
    CallRow(_S.ANSWERED, _I.HANG_UP, _S.ENDING, (_A.SEND_ACK, _A.SEND_BYE), "RFC 3261 13.2.2.4"),
    CallRow(_S.ANSWERED, _I.BYE, _S.ENDED, (_A.ANSWER_BYE, _A.TELL_ENDED), "RFC 3261 15.1.2"),
    *_SESSION,
    # A 2xx that crossed the CANCEL: MAY go on or MUST end it by BYE.
    CallRow(_S.ENDING, _I.SUCCESS, _S.ENDING, _GIVE_UP, "RFC 3261 15"),
    CallRow(_S.ENDING, _I.OFFERED, _S.ENDING, _GIVE_UP, "RFC 3261 15"),
    CallRow(_S.ENDED, _I.SUCCESS, _S.ENDED, _GIVE_UP, "RFC 3261 13.2.2.4"),
    CallRow(_S.ENDED, _I.OFFERED, _S.ENDED, _GIVE_UP, "RFC 3261 13.2.2.4"),
    *(
        CallRow(_S.ENDING, what, _S.ENDED, (_A.END_EARLY, _A.TELL_ENDED), "RFC 3261 15")
        for what in (_I.FAILURE, _I.REDIRECT, _I.NEXT_TARGET)
    ),
    *(
        CallRow(state, _I.FORK, state, (_A.END_FORK,), "RFC 3261 13.2.2.4")
        for state in (_S.ANSWERED, _S.ESTABLISHED, _S.ENDING, _S.ENDED)
    ),
)

CALLEE = (
    *_while_asking(_I.RING, _S.RINGING, (_A.SEND_PROGRESS,), "RFC 3261 13.3.1.1"),
    CallRow(_S.RINGING, _I.MINUTE, _S.RINGING, (_A.PROGRESS_AGAIN,), "RFC 3261 13.3.1.1"),
    *_while_asking(_I.ACCEPT, _S.ANSWERED, (_A.SEND_SUCCESS,), "RFC 3261 13.3.1.4"),
    *_while_asking(
        _I.REFUSE, _S.ENDED, (_A.SEND_FAILURE, _A.TELL_ENDED), "RFC 3261 13.3.1.2, 13.3.1.3"
    ),
    *_while_asking(_I.CANCEL, _S.ENDED, (_A.SEND_TERMINATED, _A.TELL_ENDED), "RFC 3261 9.2"),
    *_while_asking(_I.EXPIRED, _S.ENDED, (_A.SEND_TERMINATED, _A.TELL_ENDED), "RFC 3261 13.3.1"),
    CallRow(
        _S.RINGING,
        _I.BYE,
        _S.ENDED,
        (_A.ANSWER_BYE, _A.SEND_TERMINATED, _A.TELL_ENDED),
        "RFC 3261 15.1.2",
    ),
    CallRow(
        _S.ANSWERED,
        _I.ACK,
        _S.ESTABLISHED,
        (_A.STOP_REPEATING, _A.TELL_ESTABLISHED),
        "RFC 3261 13.3.1.4",
    ),
    # The ACK was lost or is late, yet who sends a re-INVITE has got the 2xx (RFC 5407 3.1.5 [gen]).
    CallRow(
        _S.ANSWERED,
        _I.REINVITE,
        _S.ESTABLISHED,
        (_A.STOP_REPEATING, _A.TELL_ESTABLISHED),
        "RFC 5407 3.1.5",
    ),
    CallRow(_S.ANSWERED, _I.REPEAT, _S.ANSWERED, (_A.SUCCESS_AGAIN,), "RFC 3261 13.3.1.4"),
    CallRow(
        _S.ANSWERED, _I.NO_ACK, _S.ENDING, (_A.STOP_REPEATING, _A.SEND_BYE), "RFC 3261 13.3.1.4"
    ),
    CallRow(_S.ANSWERED, _I.HANG_UP, _S.LEAVING, (), "RFC 3261 15"),
    CallRow(_S.LEAVING, _I.REPEAT, _S.LEAVING, (_A.SUCCESS_AGAIN,), "RFC 3261 13.3.1.4"),
    *(
        CallRow(_S.LEAVING, what, _S.ENDING, (_A.STOP_REPEATING, _A.SEND_BYE), "RFC 3261 15")
        for what in (_I.ACK, _I.NO_ACK)
    ),
    *(
        CallRow(
            state,
            _I.BYE,
            _S.ENDED,
            (_A.STOP_REPEATING, _A.ANSWER_BYE, _A.TELL_ENDED),
            "RFC 3261 15.1.2",
        )
        for state in (_S.ANSWERED, _S.LEAVING)
    ),
    *_SESSION,
)

_E, _X, _D = ExchangeState, ExchangeInput, ExchangeAction

EXCHANGE = (
    ExchangeRow(_E.IDLE, _X.MODIFY, _E.SENT, (_D.SEND_REINVITE,), "RFC 3261 14.1"),
    ExchangeRow(_E.IDLE, _X.REINVITE, _E.RECEIVED, (_D.TELL_REOFFERED,), "RFC 3261 14.2"),
    ExchangeRow(_E.IDLE, _X.GLARE, _E.SENT, (_D.SEND_REINVITE,), "RFC 3261 14.1"),
    ExchangeRow(_E.IDLE, _X.OVER, _E.IDLE, (_D.STOP_WAITING,), "RFC 3261 14.1"),
    ExchangeRow(_E.SENT, _X.REINVITE, _E.SENT, (_D.REFUSE_PENDING,), "RFC 3261 14.2"),
    ExchangeRow(
        _E.SENT, _X.SUCCESS, _E.IDLE, (_D.REFRESH_AND_ACK, _D.TELL_MODIFIED), "RFC 3261 14.1"
    ),
    ExchangeRow(_E.SENT, _X.FAILURE, _E.IDLE, (_D.TELL_UNCHANGED,), "RFC 3261 14.1"),
    ExchangeRow(_E.SENT, _X.PENDING, _E.IDLE, (_D.WAIT_FOR_GLARE,), "RFC 3261 14.1"),
    ExchangeRow(
        _E.SENT, _X.GONE, _E.IDLE, (_D.TELL_UNCHANGED, _D.END_CALL), "RFC 3261 14.1, 12.2.1.2"
    ),
    ExchangeRow(_E.RECEIVED, _X.REINVITE, _E.RECEIVED, (_D.REFUSE_EARLY,), "RFC 3261 14.2"),
    ExchangeRow(_E.RECEIVED, _X.ACCEPT, _E.ACCEPTED, (_D.SEND_SUCCESS,), "RFC 3261 14.2"),
    ExchangeRow(_E.RECEIVED, _X.REFUSE, _E.IDLE, (_D.SEND_FAILURE,), "RFC 3261 14.2"),
    ExchangeRow(
        _E.RECEIVED, _X.CANCEL, _E.IDLE, (_D.SEND_TERMINATED, _D.TELL_UNCHANGED), "RFC 3261 9.2"
    ),
    ExchangeRow(
        _E.RECEIVED, _X.OVER, _E.IDLE, (_D.STOP_WAITING, _D.SEND_TERMINATED), "RFC 3261 15.1.2"
    ),
    ExchangeRow(_E.RECEIVED, _X.GLARE, _E.RECEIVED, (_D.WAIT_FOR_GLARE,), "RFC 3261 14.1"),
    ExchangeRow(
        _E.ACCEPTED, _X.ACK, _E.IDLE, (_D.STOP_REPEATING, _D.TELL_MODIFIED), "RFC 3261 14.2"
    ),
    ExchangeRow(_E.ACCEPTED, _X.REPEAT, _E.ACCEPTED, (_D.SUCCESS_AGAIN,), "RFC 3261 13.3.1.4"),
    ExchangeRow(_E.ACCEPTED, _X.NO_ACK, _E.IDLE, (_D.STOP_REPEATING, _D.END_CALL), "RFC 3261 14.2"),
    ExchangeRow(_E.ACCEPTED, _X.GLARE, _E.ACCEPTED, (_D.WAIT_FOR_GLARE,), "RFC 3261 14.1"),
    # As with the first INVITE: who asks again has got the 2xx (RFC 5407 3.1.5 [gen]).
    ExchangeRow(
        _E.ACCEPTED,
        _X.REINVITE,
        _E.RECEIVED,
        (_D.STOP_REPEATING, _D.TELL_MODIFIED, _D.TELL_REOFFERED),
        "RFC 5407 3.1.5",
    ),
    ExchangeRow(_E.ACCEPTED, _X.OVER, _E.IDLE, (_D.STOP_WAITING, _D.STOP_REPEATING), "RFC 3261 15"),
)


def call_index(rows: Iterable[CallRow]) -> dict[tuple[CallState, CallInput], CallRow]:
    """Return the rows by (state, input)."""
    return {(row.state, row.what): row for row in rows}


def exchange_index() -> dict[tuple[ExchangeState, ExchangeInput], ExchangeRow]:
    """Return the rows of the exchange by (state, input)."""
    return {(row.state, row.what): row for row in EXCHANGE}


def mermaid(rows: Iterable[CallRow | ExchangeRow]) -> str:
    """Return a machine as a Mermaid state diagram, one arrow for each row."""
    lines = ["stateDiagram-v2"]
    for row in rows:
        done = ", ".join(row.do) or "-"
        lines.append(f"    {row.state} --> {row.to}: {row.what} / {done} ({row.clause})")
    return "\n".join(lines) + "\n"
