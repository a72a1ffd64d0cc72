"""The tables of calls: each row is taken, everything else changes nothing."""

import itertools

import pytest

from mcsip.sip.call import Call
from mcsip.sip.call_events import UaSettings
from mcsip.sip.call_table import (
    CALLEE,
    CALLER,
    EXCHANGE,
    CallAction,
    CallInput,
    CallRow,
    CallState,
    ExchangeAction,
    ExchangeInput,
    ExchangeState,
    call_index,
    exchange_index,
    mermaid,
)
from mcsip.sip.incoming_call import IncomingCall
from mcsip.sip.outgoing_call import OutgoingCall
from mcsip.sip.user_agent import UserAgent

from .calls import LetterIds, World

SIDES = {"caller": CALLER, "callee": CALLEE}
ROWS = [(side, row) for side, rows in SIDES.items() for row in rows]


class Recorder(Call):
    """A call that does nothing but write down what it would do."""

    def __init__(self, side: str, state: CallState) -> None:
        world = World()
        owner = UserAgent(world.alice.port, LetterIds("t"), UaSettings("sip:a@a"))
        super().__init__(owner, call_index(SIDES[side]))
        self.state = state
        self.done: list[CallAction] = []
        self.actions = {
            action: lambda call, _given, action=action: call.done.append(action)
            for action in CallAction
        }


@pytest.mark.parametrize(
    ("side", "row"), ROWS, ids=[f"{side}-{r.state}-{r.what}-{r.clause}" for side, r in ROWS]
)
def test_a_row(side: str, row: CallRow) -> None:
    call = Recorder(side, row.state)
    assert call.step(row.what)
    assert call.state is row.to
    assert call.done == list(row.do)
    assert row.clause.startswith("RFC ")


@pytest.mark.parametrize("side", SIDES)
def test_every_other_input_changes_nothing(side: str) -> None:
    index = call_index(SIDES[side])
    assert len(index) == len(SIDES[side]), "two rows for one input"
    for state, what in itertools.product(CallState, CallInput):
        if (state, what) not in index:
            call = Recorder(side, state)
            assert not call.step(what)
            assert (call.state, call.done) == (state, [])


def test_an_ended_call_stays_ended() -> None:
    """15: whatever comes."""
    for row in (*CALLER, *CALLEE):
        if row.state is CallState.ENDED:
            assert row.to is CallState.ENDED


def test_nothing_follows_from_there_but_the_end() -> None:
    """15: who is ending never comes back."""
    for row in (*CALLER, *CALLEE):
        if row.state in {CallState.ENDING, CallState.LEAVING}:
            assert row.to in {CallState.ENDING, CallState.LEAVING, CallState.ENDED}


@pytest.mark.parametrize("side", SIDES)
def test_each_state_can_be_left(side: str) -> None:
    rows = SIDES[side]
    used = {row.state for row in rows} | {row.to for row in rows}
    for state in used - {CallState.ENDED}:
        assert any(row.state is state and row.to is not state for row in rows), state


def test_each_action_is_done_by_somebody() -> None:
    for rows, made in ((CALLER, OutgoingCall.actions), (CALLEE, IncomingCall.actions)):
        assert {action for row in rows for action in row.do} == set(made)
    assert {action for row in EXCHANGE for action in row.do} == set(ExchangeAction)


def test_the_callee_sends_no_bye_before_the_ack() -> None:
    """15: nor on an early dialog."""
    for row in CALLEE:
        if CallAction.SEND_BYE in row.do and row.state is not CallState.ESTABLISHED:
            assert row.what in {CallInput.ACK, CallInput.NO_ACK}


def test_the_exchange_has_one_row_for_an_input() -> None:
    index = exchange_index()
    assert len(index) == len(EXCHANGE)
    for state in ExchangeState:
        assert (state, ExchangeInput.REINVITE) in index, "14.2: each re-INVITE is answered"
        if state is not ExchangeState.SENT:
            assert (state, ExchangeInput.OVER) in index


@pytest.mark.parametrize("rows", [CALLER, CALLEE, EXCHANGE])
def test_a_diagram_has_an_arrow_for_each_row(rows: tuple[CallRow, ...]) -> None:
    lines = mermaid(rows).splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert len(lines) == len(rows) + 1
