"""The four tables against the figures, and what must hold of any table."""

import re

import pytest

from mcsip.sip.tables import (
    INVITE_CLIENT,
    INVITE_SERVER,
    MACHINES,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
    Action,
    Machine,
    Row,
    Start,
    State,
    mermaid,
)
from mcsip.sip.timers import Timer

from .figures import FIGURES

by_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
ROWS = [(machine, row) for machine in MACHINES for row in machine.rows]
by_row = pytest.mark.parametrize(
    ("machine", "row"),
    ROWS,
    ids=[f"{machine.name}-{row.state.name}-{row.what}" for machine, row in ROWS],
)


@by_machine
def test_the_rows_are_the_arrows_of_the_figure(machine: Machine) -> None:
    """RFC 3261 figures 5 to 8 with RFC 6026 and RFC 4320: no arrow too many, none missing."""
    rows = {(row.state.name, str(row.what), row.to.name) for row in machine.rows}
    assert rows == {(arrow.state, arrow.what, arrow.to) for arrow in FIGURES[machine.name]}


@by_row
def test_every_row_names_its_clause(machine: Machine, row: Row) -> None:
    assert re.fullmatch(r"RFC (3261|6026|4320) [\d.]+", row.clause)


@by_row
def test_timers_are_started_last(machine: Machine, row: Row) -> None:
    """A timer of zero seconds fires at once: nothing may come after it."""
    started = [isinstance(item, Start) for item in row.do]
    assert started == sorted(started)


@by_row
def test_nothing_is_started_or_left_over_in_terminated(machine: Machine, row: Row) -> None:
    """RFC 6026 8.4, 8.7: a terminated transaction is destroyed at once."""
    assert row.state is not State.TERMINATED
    if row.to is State.TERMINATED:
        assert not any(isinstance(item, Start) for item in row.do)


@by_machine
def test_every_state_has_a_way_out(machine: Machine) -> None:
    """From every state that is reached Terminated can be reached."""
    reached = {machine.initial} | {row.to for row in machine.rows}
    ends = {State.TERMINATED}
    while more := {row.state for row in machine.rows if row.to in ends} - ends:
        ends |= more
    assert reached <= ends


@by_machine
def test_a_timer_that_is_started_has_a_row_where_it_leads(machine: Machine) -> None:
    for to, do in [(machine.initial, machine.begin)] + [(r.to, r.do) for r in machine.rows]:
        for item in do:
            if isinstance(item, Start):
                assert (to, item.timer) in machine.index


@pytest.mark.parametrize("machine", [INVITE_SERVER, NON_INVITE_SERVER], ids=lambda m: m.name)
def test_servers_send_no_ack_and_deliver_nothing(machine: Machine) -> None:
    actions = {item for row in machine.rows for item in row.do}
    assert not actions & {Action.SEND_ACK, Action.DELIVER}


@pytest.mark.parametrize("machine", [INVITE_CLIENT, NON_INVITE_CLIENT], ids=lambda m: m.name)
def test_clients_send_when_they_begin(machine: Machine) -> None:
    """RFC 3261 17.1.1.2, 17.1.2.2: the request goes out when the transaction is made."""
    assert machine.begin[0] is Action.SEND


def test_timer_c_belongs_to_the_proxy() -> None:
    """RFC 3261 16.6 item 11."""
    assert not any(row.what is Timer.C for _, row in ROWS)


@by_machine
def test_mermaid_draws_one_arrow_for_each_row(machine: Machine) -> None:
    lines = mermaid(machine).splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert sum(" --> " in line for line in lines) == len(machine.rows) + 2


def test_mermaid_of_one_machine() -> None:
    text = mermaid(NON_INVITE_CLIENT)
    assert "    [*] --> Trying: / send, start E, start F\n" in text
    assert (
        "    Trying --> Trying: timer E / send again, double up to T2 (RFC 3261 17.1.2.2)\n" in text
    )
    assert "    Completed --> Terminated: timer K / - (RFC 3261 17.1.2.2)\n" in text
    assert text.endswith("    Terminated --> [*]\n")


def test_one_input_has_one_row() -> None:
    row = NON_INVITE_CLIENT.rows[0]
    with pytest.raises(AssertionError, match="two rows for one input"):
        Machine("a machine", State.TRYING, (), (row, row), "no clause")
