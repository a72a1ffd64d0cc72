"""The four transaction machines of SIP as tables: RFC 3261 17, RFC 6026, RFC 4320.

A transaction is one request and the responses to it. Its client side sends the request again until
it is answered; its server side absorbs what comes twice and sends its answer again. Because an
INVITE may ring for minutes and its final answer is acknowledged by ACK, there are two machines for
it and two for all other requests:

======================  ==================  =============================
machine                 figure              updated by
======================  ==================  =============================
INVITE client           RFC 3261 Figure 5   RFC 6026 8.4 (Accepted, M)
non-INVITE client       RFC 3261 Figure 6
INVITE server           RFC 3261 Figure 7   RFC 6026 8.7, 8.8 (Accepted, L)
non-INVITE server       RFC 3261 Figure 8   RFC 4320 4, RFC 6026 8.8
======================  ==================  =============================

A row says: in this state, on this input, go to that state and do this, because this clause says
so. An input without a row changes nothing. What happens over a reliable transport follows from the
timers' table (``Reliable``): timers that are off are not started, a timer of zero seconds fires at
once.

Deliberately absent: Timer C (the proxy's); repetition of 2xx and ACK to 2xx (the user agents').
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from mcsip.sip.timers import Timer


class State(IntEnum):
    """The states of the figures; Accepted is RFC 6026's."""

    CALLING = 0
    TRYING = 1
    PROCEEDING = 2
    COMPLETED = 3
    CONFIRMED = 4
    ACCEPTED = 5
    TERMINATED = 6


class Input(StrEnum):
    """What happens to a transaction, other than that a timer fires.

    Responses come from the network on the client side, from the user on the server side.
    """

    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    FAILURE = "300-699"
    REQUEST = "request again"
    ACK = "ACK"
    TRANSPORT_ERROR = "transport error"
    UNANSWERED = "no answer at once"
    CANCEL_SENT = "CANCEL sent"
    ABANDON = "abandoned by the TU"


class Action(StrEnum):
    """What a transaction does, other than starting a timer."""

    SEND = "send"  # the request, or the response that the TU passed
    RESEND = "send again"  # the request, or the last response when there is one
    SEND_TRYING = "send 100"
    SEND_ACK = "send ACK"
    DELIVER = "response to TU"
    ACK_TO_TU = "ACK to TU"
    INFORM_TIMEOUT = "timeout to TU"
    INFORM_ERROR = "error to TU"
    STOP_RESENDING = "stop retransmission"  # the timer of the first place: A, E, G, 100
    STOP_WAITING = "stop timeout"  # the timer of the second place: all others
    DOUBLE = "double"  # start the timer that fired again, with twice its interval
    DOUBLE_TO_T2 = "double up to T2"
    EVERY_T2 = "again in T2"


@dataclass(frozen=True, slots=True)
class Start:
    """Start a timer with its first duration; always the last of a row's actions.

    The timers A, E, G and those that send 100 have one place in a transaction, all others another:
    a timer that is started takes the place of the one that ran there.
    """

    timer: Timer


What = Input | Timer


@dataclass(frozen=True, slots=True)
class Row:
    """One transition.

    Attributes:
        state: in this state
        what: this happens:
        to: go there
        do: and do this, in order.
        clause: the clause that says so.
    """

    state: State
    what: What
    to: State
    do: tuple[Action | Start, ...]
    clause: str


@dataclass(frozen=True, slots=True)
class Machine:
    """One table.

    Attributes:
        name: as the RFC calls it.
        initial: the state in which a new transaction is.
        begin: what a new transaction does first.
        rows: the transitions.
        clause: where the machine is defined.
        index: the rows by (state, input).
    """

    name: str
    initial: State
    begin: tuple[Action | Start, ...]
    rows: tuple[Row, ...]
    clause: str
    index: dict[tuple[State, What], Row] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index: dict[tuple[State, What], Row] = {(row.state, row.what): row for row in self.rows}
        assert len(index) == len(self.rows), f"{self.name}: two rows for one input"
        object.__setattr__(self, "index", index)


_I, _S, _A = Input, State, Action

INVITE_CLIENT = Machine(
    "INVITE client transaction",
    _S.CALLING,
    (_A.SEND, Start(Timer.A), Start(Timer.B)),
    (
        Row(_S.CALLING, Timer.A, _S.CALLING, (_A.RESEND, _A.DOUBLE), "RFC 3261 17.1.1.2"),
        Row(_S.CALLING, Timer.B, _S.TERMINATED, (_A.INFORM_TIMEOUT,), "RFC 3261 17.1.1.2"),
        Row(_S.CALLING, _I.TRANSPORT_ERROR, _S.TERMINATED, (_A.INFORM_ERROR,), "RFC 3261 17.1.4"),
        Row(_S.CALLING, _I.ABANDON, _S.TERMINATED, (), "RFC 3261 9.1"),
        Row(
            _S.CALLING,
            _I.PROVISIONAL,
            _S.PROCEEDING,
            (_A.STOP_RESENDING, _A.STOP_WAITING, _A.DELIVER),
            "RFC 3261 17.1.1.2",
        ),
        Row(
            _S.CALLING,
            _I.SUCCESS,
            _S.ACCEPTED,
            (_A.STOP_RESENDING, _A.DELIVER, Start(Timer.M)),
            "RFC 6026 8.4",
        ),
        Row(
            _S.CALLING,
            _I.FAILURE,
            _S.COMPLETED,
            (_A.STOP_RESENDING, _A.SEND_ACK, _A.DELIVER, Start(Timer.D)),
            "RFC 3261 17.1.1.2",
        ),
        Row(_S.PROCEEDING, _I.PROVISIONAL, _S.PROCEEDING, (_A.DELIVER,), "RFC 3261 17.1.1.2"),
        Row(
            _S.PROCEEDING,
            _I.SUCCESS,
            _S.ACCEPTED,
            (_A.DELIVER, Start(Timer.M)),
            "RFC 6026 8.4",
        ),
        Row(
            _S.PROCEEDING,
            _I.FAILURE,
            _S.COMPLETED,
            (_A.SEND_ACK, _A.DELIVER, Start(Timer.D)),
            "RFC 3261 17.1.1.2",
        ),
        Row(
            _S.PROCEEDING,
            _I.CANCEL_SENT,
            _S.PROCEEDING,
            (Start(Timer.CANCELLED),),
            "RFC 3261 9.1",
        ),
        Row(_S.PROCEEDING, Timer.CANCELLED, _S.TERMINATED, (_A.INFORM_TIMEOUT,), "RFC 3261 9.1"),
        Row(_S.PROCEEDING, _I.ABANDON, _S.TERMINATED, (), "RFC 3261 9.1"),
        Row(_S.COMPLETED, _I.FAILURE, _S.COMPLETED, (_A.SEND_ACK,), "RFC 3261 17.1.1.2"),
        Row(_S.COMPLETED, _I.TRANSPORT_ERROR, _S.TERMINATED, (_A.INFORM_ERROR,), "RFC 3261 17.1.4"),
        Row(_S.COMPLETED, Timer.D, _S.TERMINATED, (), "RFC 3261 17.1.1.2"),
        Row(_S.ACCEPTED, _I.SUCCESS, _S.ACCEPTED, (_A.DELIVER,), "RFC 6026 8.4"),
        Row(_S.ACCEPTED, Timer.M, _S.TERMINATED, (), "RFC 6026 8.4"),
    ),
    "RFC 3261 17.1.1, Figure 5; RFC 6026 8.4",
)

_FINAL_TO_CLIENT = (_A.STOP_RESENDING, _A.DELIVER, Start(Timer.K))

NON_INVITE_CLIENT = Machine(
    "non-INVITE client transaction",
    _S.TRYING,
    (_A.SEND, Start(Timer.E), Start(Timer.F)),
    (
        Row(_S.TRYING, Timer.E, _S.TRYING, (_A.RESEND, _A.DOUBLE_TO_T2), "RFC 3261 17.1.2.2"),
        Row(_S.TRYING, Timer.F, _S.TERMINATED, (_A.INFORM_TIMEOUT,), "RFC 3261 17.1.2.2"),
        Row(_S.TRYING, _I.TRANSPORT_ERROR, _S.TERMINATED, (_A.INFORM_ERROR,), "RFC 3261 17.1.4"),
        Row(_S.TRYING, _I.ABANDON, _S.TERMINATED, (), "RFC 3261 9.1"),
        Row(_S.TRYING, _I.PROVISIONAL, _S.PROCEEDING, (_A.DELIVER,), "RFC 3261 17.1.2.2"),
        Row(_S.TRYING, _I.SUCCESS, _S.COMPLETED, _FINAL_TO_CLIENT, "RFC 3261 17.1.2.2"),
        Row(_S.TRYING, _I.FAILURE, _S.COMPLETED, _FINAL_TO_CLIENT, "RFC 3261 17.1.2.2"),
        Row(_S.PROCEEDING, Timer.E, _S.PROCEEDING, (_A.RESEND, _A.EVERY_T2), "RFC 3261 17.1.2.2"),
        Row(_S.PROCEEDING, Timer.F, _S.TERMINATED, (_A.INFORM_TIMEOUT,), "RFC 3261 17.1.2.2"),
        Row(
            _S.PROCEEDING, _I.TRANSPORT_ERROR, _S.TERMINATED, (_A.INFORM_ERROR,), "RFC 3261 17.1.4"
        ),
        Row(_S.PROCEEDING, _I.ABANDON, _S.TERMINATED, (), "RFC 3261 9.1"),
        Row(_S.PROCEEDING, _I.PROVISIONAL, _S.PROCEEDING, (_A.DELIVER,), "RFC 3261 17.1.2.2"),
        Row(_S.PROCEEDING, _I.SUCCESS, _S.COMPLETED, _FINAL_TO_CLIENT, "RFC 3261 17.1.2.2"),
        Row(_S.PROCEEDING, _I.FAILURE, _S.COMPLETED, _FINAL_TO_CLIENT, "RFC 3261 17.1.2.2"),
        Row(_S.COMPLETED, Timer.K, _S.TERMINATED, (), "RFC 3261 17.1.2.2"),
    ),
    "RFC 3261 17.1.2, Figure 6",
)

INVITE_SERVER = Machine(
    "INVITE server transaction",
    _S.PROCEEDING,
    (),
    (
        Row(
            _S.PROCEEDING,
            _I.UNANSWERED,
            _S.PROCEEDING,
            (Start(Timer.TRYING),),
            "RFC 3261 17.2.1",
        ),
        Row(_S.PROCEEDING, Timer.TRYING, _S.PROCEEDING, (_A.SEND_TRYING,), "RFC 3261 17.2.1"),
        Row(_S.PROCEEDING, _I.REQUEST, _S.PROCEEDING, (_A.RESEND,), "RFC 3261 17.2.1"),
        Row(
            _S.PROCEEDING,
            _I.PROVISIONAL,
            _S.PROCEEDING,
            (_A.STOP_RESENDING, _A.SEND),
            "RFC 3261 17.2.1",
        ),
        Row(
            _S.PROCEEDING,
            _I.SUCCESS,
            _S.ACCEPTED,
            (_A.STOP_RESENDING, _A.SEND, Start(Timer.L)),
            "RFC 6026 8.7",
        ),
        Row(
            _S.PROCEEDING,
            _I.FAILURE,
            _S.COMPLETED,
            (_A.STOP_RESENDING, _A.SEND, Start(Timer.G), Start(Timer.H)),
            "RFC 3261 17.2.1",
        ),
        Row(_S.PROCEEDING, _I.TRANSPORT_ERROR, _S.PROCEEDING, (_A.INFORM_ERROR,), "RFC 6026 8.8"),
        Row(_S.COMPLETED, _I.REQUEST, _S.COMPLETED, (_A.RESEND,), "RFC 3261 17.2.1"),
        Row(_S.COMPLETED, Timer.G, _S.COMPLETED, (_A.RESEND, _A.DOUBLE_TO_T2), "RFC 3261 17.2.1"),
        Row(_S.COMPLETED, Timer.H, _S.TERMINATED, (_A.INFORM_TIMEOUT,), "RFC 3261 17.2.1"),
        Row(_S.COMPLETED, _I.TRANSPORT_ERROR, _S.COMPLETED, (_A.INFORM_ERROR,), "RFC 6026 8.8"),
        Row(
            _S.COMPLETED,
            _I.ACK,
            _S.CONFIRMED,
            (_A.STOP_RESENDING, Start(Timer.I)),
            "RFC 3261 17.2.1",
        ),
        Row(_S.CONFIRMED, Timer.I, _S.TERMINATED, (), "RFC 3261 17.2.1"),
        Row(_S.ACCEPTED, _I.SUCCESS, _S.ACCEPTED, (_A.SEND,), "RFC 6026 8.7"),
        Row(_S.ACCEPTED, _I.ACK, _S.ACCEPTED, (_A.ACK_TO_TU,), "RFC 6026 8.7"),
        Row(_S.ACCEPTED, _I.TRANSPORT_ERROR, _S.ACCEPTED, (_A.INFORM_ERROR,), "RFC 6026 8.8"),
        Row(_S.ACCEPTED, Timer.L, _S.TERMINATED, (), "RFC 6026 8.7"),
    ),
    "RFC 3261 17.2.1, Figure 7; RFC 6026 8.7, 8.8",
)

_FINAL_FROM_SERVER = (_A.STOP_RESENDING, _A.SEND, Start(Timer.J))

NON_INVITE_SERVER = Machine(
    "non-INVITE server transaction",
    _S.TRYING,
    (),
    (
        Row(
            _S.TRYING,
            _I.UNANSWERED,
            _S.TRYING,
            (Start(Timer.LATE_TRYING),),
            "RFC 4320 4.1",
        ),
        Row(
            _S.TRYING,
            Timer.LATE_TRYING,
            _S.PROCEEDING,
            (_A.SEND_TRYING, Start(Timer.LIFETIME)),
            "RFC 4320 4.1",
        ),
        Row(
            _S.TRYING,
            _I.PROVISIONAL,
            _S.PROCEEDING,
            (_A.STOP_RESENDING, _A.SEND, Start(Timer.LIFETIME)),
            "RFC 3261 17.2.2",
        ),
        Row(_S.TRYING, _I.SUCCESS, _S.COMPLETED, _FINAL_FROM_SERVER, "RFC 3261 17.2.2"),
        Row(_S.TRYING, _I.FAILURE, _S.COMPLETED, _FINAL_FROM_SERVER, "RFC 3261 17.2.2"),
        Row(_S.PROCEEDING, _I.REQUEST, _S.PROCEEDING, (_A.RESEND,), "RFC 3261 17.2.2"),
        Row(_S.PROCEEDING, _I.PROVISIONAL, _S.PROCEEDING, (_A.SEND,), "RFC 3261 17.2.2"),
        Row(_S.PROCEEDING, Timer.LIFETIME, _S.TERMINATED, (_A.INFORM_TIMEOUT,), "RFC 4320 4.2"),
        Row(_S.PROCEEDING, _I.SUCCESS, _S.COMPLETED, _FINAL_FROM_SERVER, "RFC 3261 17.2.2"),
        Row(_S.PROCEEDING, _I.FAILURE, _S.COMPLETED, _FINAL_FROM_SERVER, "RFC 3261 17.2.2"),
        Row(_S.PROCEEDING, _I.TRANSPORT_ERROR, _S.PROCEEDING, (_A.INFORM_ERROR,), "RFC 6026 8.8"),
        Row(_S.COMPLETED, _I.REQUEST, _S.COMPLETED, (_A.RESEND,), "RFC 3261 17.2.2"),
        Row(_S.COMPLETED, _I.TRANSPORT_ERROR, _S.COMPLETED, (_A.INFORM_ERROR,), "RFC 6026 8.8"),
        Row(_S.COMPLETED, Timer.J, _S.TERMINATED, (), "RFC 3261 17.2.2"),
    ),
    "RFC 3261 17.2.2, Figure 8; RFC 4320 4; RFC 6026 8.8",
)

MACHINES = (INVITE_CLIENT, NON_INVITE_CLIENT, INVITE_SERVER, NON_INVITE_SERVER)


def mermaid(machine: Machine) -> str:
    """Return a machine as a Mermaid state diagram, one arrow for each row."""
    lines = [
        "stateDiagram-v2",
        f"    [*] --> {_title(machine.initial)}: {_label('', machine.begin)}",
    ]
    for row in machine.rows:
        what = f"timer {row.what}" if isinstance(row.what, Timer) else str(row.what)
        label = _label(what, row.do)
        lines.append(f"    {_title(row.state)} --> {_title(row.to)}: {label} ({row.clause})")
    lines.append(f"    {_title(State.TERMINATED)} --> [*]")
    return "\n".join(lines) + "\n"


def _title(state: State) -> str:
    return state.name.capitalize()


def _label(what: str, do: tuple[Action | Start, ...]) -> str:
    done = ", ".join(f"start {a.timer}" if isinstance(a, Start) else str(a) for a in do)
    return f"{what} / {done or '-'}".strip()
