"""Compiled tables: what becomes of each row over reliable and unreliable transports."""

import pytest

from mcsip.sip.machine import Do, Places, compile_machine
from mcsip.sip.tables import (
    INVITE_CLIENT,
    INVITE_SERVER,
    MACHINES,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
    Action,
    Input,
    Machine,
    State,
)
from mcsip.sip.timers import TIMERS, Reliable, Timer


class Named:
    """An action that is only its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> None:
        raise AssertionError("nothing runs here")


DESTROY = Named("destroy")
ACTIONS: dict[Action, Do] = {action: Named(action) for action in Action}


def compiled(machine: Machine, *, reliable: bool) -> Places:
    return compile_machine(
        machine, ACTIONS, lambda timer: Named(f"start {timer}"), DESTROY, reliable=reliable
    )


def names(do: tuple[Do, ...]) -> list[str]:
    assert all(isinstance(action, Named) for action in do)
    return [action.name for action in do if isinstance(action, Named)]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_unreliable_is_the_table(machine: Machine) -> None:
    places = compiled(machine, reliable=False)
    assert places.initial is machine.initial
    for row in machine.rows:
        to, steps, do = places.steps[row.state][row.what]
        assert to is row.to
        assert steps is places.steps[to]
        assert (do[:1] == (DESTROY,)) is (row.to is State.TERMINATED)
    assert sum(map(len, places.steps.values())) == len(machine.rows)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_reliable_starts_no_timer_that_is_off_or_zero(machine: Machine) -> None:
    """RFC 3261 table 4."""
    places = compiled(machine, reliable=True)
    started = set(names(places.begin))
    for steps in places.steps.values():
        for _, _, do in steps.values():
            started |= set(names(do))
    for timer, row in TIMERS.items():
        if row.reliable is not Reliable.SAME:
            assert f"start {timer}" not in started


@pytest.mark.parametrize(
    ("machine", "state", "what", "do"),
    [
        (NON_INVITE_CLIENT, State.TRYING, Input.SUCCESS, ["destroy", "response to TU"]),
        (NON_INVITE_SERVER, State.TRYING, Input.SUCCESS, ["destroy", "send"]),
        (INVITE_CLIENT, State.CALLING, Input.FAILURE, ["destroy", "send ACK", "response to TU"]),
        (INVITE_SERVER, State.COMPLETED, Input.ACK, ["destroy"]),
    ],
)
def test_a_timer_of_zero_fires_at_once(
    machine: Machine, state: State, what: Input, do: list[str]
) -> None:
    """RFC 3261 table 4: K, J, D, I over a reliable transport."""
    to, _, actions = compiled(machine, reliable=True).steps[state][what]
    assert to is State.TERMINATED
    assert names(actions) == do


def test_what_begins() -> None:
    assert names(compiled(INVITE_CLIENT, reliable=False).begin) == ["send", "start A", "start B"]
    assert names(compiled(INVITE_CLIENT, reliable=True).begin) == ["send", "start B"]
    assert names(compiled(INVITE_SERVER, reliable=True).begin) == []


def test_timers_that_stay() -> None:
    """RFC 6026: L and M run over every transport; RFC 3261: H too."""
    places = compiled(INVITE_SERVER, reliable=True)
    assert "start L" in names(places.steps[State.PROCEEDING][Input.SUCCESS][2])
    assert names(places.steps[State.PROCEEDING][Input.FAILURE][2])[-1] == f"start {Timer.H}"
