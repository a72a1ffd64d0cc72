"""Transactions run the figures: each arrow, every other input, exact times, and nothing stays behind."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.sip.build import build_response
from mcsip.sip.message import Request
from mcsip.sip.parse import parse_datagram
from mcsip.sip.stack import ClientTransaction, ServerTransaction
from mcsip.sip.tables import (
    INVITE_CLIENT,
    INVITE_SERVER,
    MACHINES,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
    Input,
    Machine,
    State,
    What,
)
from mcsip.sip.timers import Timer
from mcsip.sip.transaction import Given

from .figures import FIGURES
from .layer import Rig, answer, incoming

AnyTransaction = ClientTransaction | ServerTransaction


def respond_later(rig: Rig, transaction: ServerTransaction, *statuses: int) -> None:
    for status in statuses:
        rig.respond(transaction, status)


def client(rig: Rig, method: str, *statuses: int) -> ClientTransaction:
    transaction = rig.send(method)
    for status in statuses:
        rig.receive(answer(transaction, status))
    return transaction


def server(rig: Rig, method: str, *statuses: int) -> ServerTransaction:
    transaction = rig.take_request(method)
    for status in statuses:
        rig.respond(transaction, status)
    return transaction


def trying_answered_late(rig: Rig) -> ServerTransaction:
    transaction = server(rig, "MESSAGE")
    rig.run(3.5)
    return transaction


def confirmed(rig: Rig) -> ServerTransaction:
    transaction = server(rig, "INVITE", 486)
    rig.receive(incoming("ACK"))
    return transaction


#: How a transaction gets into each state, over UDP.
REACH: dict[tuple[str, State], Callable[[Rig], AnyTransaction]] = {
    (INVITE_CLIENT.name, State.CALLING): lambda rig: client(rig, "INVITE"),
    (INVITE_CLIENT.name, State.PROCEEDING): lambda rig: client(rig, "INVITE", 180),
    (INVITE_CLIENT.name, State.COMPLETED): lambda rig: client(rig, "INVITE", 486),
    (INVITE_CLIENT.name, State.ACCEPTED): lambda rig: client(rig, "INVITE", 200),
    (NON_INVITE_CLIENT.name, State.TRYING): lambda rig: client(rig, "MESSAGE"),
    (NON_INVITE_CLIENT.name, State.PROCEEDING): lambda rig: client(rig, "MESSAGE", 100),
    (NON_INVITE_CLIENT.name, State.COMPLETED): lambda rig: client(rig, "MESSAGE", 200),
    (INVITE_SERVER.name, State.PROCEEDING): lambda rig: server(rig, "INVITE", 180),
    (INVITE_SERVER.name, State.COMPLETED): lambda rig: server(rig, "INVITE", 180, 486),
    (INVITE_SERVER.name, State.CONFIRMED): confirmed,
    (INVITE_SERVER.name, State.ACCEPTED): lambda rig: server(rig, "INVITE", 200),
    (NON_INVITE_SERVER.name, State.TRYING): lambda rig: server(rig, "MESSAGE"),
    (NON_INVITE_SERVER.name, State.PROCEEDING): trying_answered_late,
    (NON_INVITE_SERVER.name, State.COMPLETED): lambda rig: server(rig, "MESSAGE", 200),
}

EVERY_INPUT: list[What] = [*Input, *Timer]
CASES = [(name, state, what) for name, state in REACH for what in EVERY_INPUT]


def given_with(what: What, transaction: AnyTransaction) -> Given:
    """Return what comes with an input."""
    invite = transaction.request.method == "INVITE"
    match what:
        case Input.PROVISIONAL:
            return build_response(transaction.request, 180 if invite else 100)
        case Input.SUCCESS:
            return build_response(transaction.request, 200, to_tag="b")
        case Input.FAILURE:
            return build_response(transaction.request, 486, to_tag="b")
        case Input.ACK:
            ack = parse_datagram(incoming("ACK"))
            assert isinstance(ack, Request)
            return ack
        case Input.TRANSPORT_ERROR:
            return "connection refused"
    return None


def test_every_state_is_reached() -> None:
    states = {(m.name, row.state) for m in MACHINES for row in m.rows}
    assert states == set(REACH)


@pytest.mark.parametrize(
    ("name", "state", "what"), CASES, ids=[f"{n}-{s.name}-{w}" for n, s, w in CASES]
)
def test_the_arrow_or_nothing(name: str, state: State, what: What) -> None:
    """RFC 3261 figures 5 to 8: the arrow's effect; an input without an arrow changes nothing."""
    rig = Rig()
    transaction = REACH[name, state](rig)
    assert transaction.state is state
    rig.take()
    rig.user.log.clear()
    rig.core.log.clear()
    timers = len(rig.stack.queue)
    arrow = next((a for a in FIGURES[name] if (a.state, a.what) == (state.name, what)), None)
    known = transaction.step(what, rig.now, given_with(what, transaction))
    seen = [*rig.taken(), *rig.user.log, *rig.core.log]
    if arrow is None:
        assert not known
        assert transaction.state is state
        assert seen == []
        assert len(rig.stack.queue) == timers
    else:
        assert known
        assert transaction.state.name == arrow.to
        assert sorted(seen) == sorted(arrow.seen)
    if transaction.state is State.TERMINATED:
        assert rig.stack.describe()["client transactions"] == 0
        assert rig.stack.describe()["server transactions"] == 0
        assert len(rig.stack.queue) == 0


@pytest.mark.parametrize("what", EVERY_INPUT, ids=str)
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_terminated_takes_nothing(machine: Machine, what: What) -> None:
    """RFC 6026 8.4, 8.7."""
    assert (State.TERMINATED, what) not in machine.index


# --- exact times, T1 = 0.5 s, T2 = 4 s, T4 = 5 s


def times(sent: list[tuple[float, str]], text: str) -> list[float]:
    return [at for at, what in sent if what == text]


DOUBLING = [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
TO_T2 = [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]


def gone_at(rig: Rig, limit: float = 100.0) -> float:
    """Let time pass until nothing is left and return when that was."""
    while rig.stack.clients or rig.stack.servers:
        deadline = rig.stack.next_deadline()
        assert deadline is not None, "something is left without a timer"
        assert deadline <= limit
        rig.run(deadline)
    assert rig.stack.next_deadline() is None
    return rig.now


def test_timers_a_and_b_over_udp() -> None:
    """RFC 3261 17.1.1.2: the interval doubles without an upper bound; the end is at 64*T1."""
    rig = Rig()
    rig.send("INVITE")
    assert rig.run(100.0) == [(at, "INVITE") for at in DOUBLING]
    assert rig.user.log == ["timeout to TU"]


def test_timers_e_and_f_over_udp() -> None:
    """RFC 3261 17.1.2.2: the interval doubles up to T2; the end is at 64*T1."""
    rig = Rig()
    rig.send("MESSAGE")
    assert rig.run(100.0) == [(at, "MESSAGE") for at in TO_T2]
    assert rig.user.log == ["timeout to TU"]


def test_timer_e_after_a_provisional_response() -> None:
    """RFC 3261 17.1.2.2: in Proceeding E goes on and is then reset to T2; F goes on."""
    rig = Rig()
    transaction = rig.send("MESSAGE")
    rig.run(0.6)
    rig.receive(answer(transaction, 100))
    sent = rig.run(100.0)
    assert times(sent, "MESSAGE") == [1.5, 5.5, 9.5, 13.5, 17.5, 21.5, 25.5, 29.5]
    assert rig.user.log == ["response to TU", "timeout to TU"]


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE"])
@pytest.mark.parametrize("transport", ["TCP", "TLS"])
def test_no_retransmission_over_a_reliable_transport(transport: str, method: str) -> None:
    """RFC 3261 17.1.1.2, 17.1.2.2: A and E are off, B and F are not."""
    rig = Rig(transport)
    rig.send(method)
    assert rig.run(31.9) == [(0.0, method)]
    assert rig.user.log == []
    assert gone_at(rig) == 32.0
    assert rig.user.log == ["timeout to TU"]


def test_timers_g_and_h_over_udp() -> None:
    """RFC 3261 17.2.1: the final response again, up to T2; without ACK the TU is told at 64*T1."""
    rig = Rig()
    server(rig, "INVITE", 486)
    assert rig.run(100.0) == [(at, "486") for at in TO_T2]
    assert rig.core.log == ["timeout to TU"]


def test_timer_h_without_g_over_tcp() -> None:
    rig = Rig("TCP")
    server(rig, "INVITE", 486)
    assert rig.run(100.0) == [(0.0, "486")]
    assert rig.core.log == ["timeout to TU"]


@pytest.mark.parametrize(
    ("name", "state", "transport", "seconds"),
    [
        (INVITE_CLIENT.name, State.COMPLETED, "UDP", 32.0),  # D
        (INVITE_CLIENT.name, State.ACCEPTED, "UDP", 32.0),  # M
        (INVITE_CLIENT.name, State.ACCEPTED, "TCP", 32.0),
        (NON_INVITE_CLIENT.name, State.COMPLETED, "UDP", 5.0),  # K
        (INVITE_SERVER.name, State.CONFIRMED, "UDP", 5.0),  # I
        (INVITE_SERVER.name, State.ACCEPTED, "UDP", 32.0),  # L
        (INVITE_SERVER.name, State.ACCEPTED, "TCP", 32.0),
        (NON_INVITE_SERVER.name, State.COMPLETED, "UDP", 32.0),  # J
    ],
)
def test_how_long_a_finished_transaction_stays(
    name: str, state: State, transport: str, seconds: float
) -> None:
    rig = Rig(transport)
    transaction = REACH[name, state](rig)
    assert transaction.state is state
    assert gone_at(rig) == seconds


@pytest.mark.parametrize(
    ("make", "log"),
    [
        (lambda rig: client(rig, "INVITE", 486), ["response to TU"]),  # D
        (lambda rig: client(rig, "MESSAGE", 200), ["response to TU"]),  # K
        (lambda rig: server(rig, "MESSAGE", 200), []),  # J
        (confirmed, []),  # I
    ],
)
def test_over_tcp_it_is_gone_at_once(make: Callable[[Rig], object], log: list[str]) -> None:
    """RFC 3261 table 4: D, I, J, K are zero over reliable transports."""
    rig = Rig("TCP")
    rig.source = rig.source._replace(transport="TCP")
    make(rig)
    assert rig.stack.describe() == {
        "client transactions": 0,
        "server transactions": 0,
        "unfinished": 0,
        "waiting": 0,
        "timers": 0,
    }
    assert rig.user.log == log


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_100_to_an_invite_after_200_ms(transport: str) -> None:
    """RFC 3261 17.2.1: unless the TU answers before."""
    rig = Rig(transport)
    rig.take_request("INVITE")
    assert rig.run(5.0) == [(0.2, "100")]
    rig = Rig(transport)
    transaction = rig.take_request("INVITE")
    rig.run(0.1)
    rig.respond(transaction, 180)
    assert rig.run(5.0) == [(0.1, "180")]


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_100_to_a_non_invite_after_3_5_s_and_never_408(transport: str) -> None:
    """RFC 4320 4.1: 100 when E would be reset to T2; 4.2: nothing when it is too late."""
    rig = Rig(transport)
    rig.take_request("MESSAGE")
    assert rig.run(31.9) == [(3.5, "100")]
    assert rig.core.log == []
    assert gone_at(rig) == 32.0
    assert rig.core.log == ["timeout to TU"]
    assert rig.taken() == []


def test_a_cancelled_invite_that_nobody_ends() -> None:
    """RFC 3261 9.1: 64*T1 after the CANCEL the INVITE's transaction is over."""
    rig = Rig("TCP")
    transaction = client(rig, "INVITE", 180)
    rig.run(10.0)
    rig.stack.cancel(transaction, rig.user, rig.now)
    rig.run(41.9)
    assert transaction.state is State.PROCEEDING
    rig.user.log.clear()
    assert gone_at(rig) == 42.0
    assert rig.user.log == ["timeout to TU", "timeout to TU"]


# --- absorbing


def test_a_retransmitted_request_is_absorbed_before_the_answer() -> None:
    """RFC 3261 17.2.2: discarded in Trying."""
    rig = Rig()
    rig.take_request("MESSAGE")
    rig.receive(incoming("MESSAGE"))
    assert len(rig.core.requests) == 1
    assert rig.taken() == []
    assert rig.stack.counters["request absorbed"] == 1


def test_a_retransmitted_request_gets_the_same_octets_again() -> None:
    """RFC 3261 17.2.2."""
    rig = Rig()
    server(rig, "MESSAGE", 200)
    [first] = rig.take()
    rig.receive(incoming("MESSAGE"))
    [second] = rig.take()
    assert first == second


def test_a_retransmitted_invite_is_silent_in_accepted() -> None:
    """RFC 6026 8.7: the 2xx is the TU's to repeat."""
    rig = Rig()
    transaction = server(rig, "INVITE", 200)
    rig.take()
    rig.receive(incoming("INVITE"))
    assert rig.taken() == []
    assert len(rig.core.requests) == 1
    rig.respond(transaction, 200)
    assert rig.taken() == ["200"]


def test_a_second_final_response_is_not_sent() -> None:
    """RFC 3261 17.2.2: discarded in Completed."""
    rig = Rig()
    transaction = server(rig, "MESSAGE", 200)
    rig.take()
    rig.respond(transaction, 486)
    assert rig.taken() == []
    assert transaction.answered == 200
    assert rig.stack.counters == {"not sent: 486 in state completed": 1}


def test_a_repeated_2xx_goes_to_the_user() -> None:
    """RFC 6026 8.4: so does one of another branch of a fork."""
    rig = Rig()
    transaction = client(rig, "INVITE", 200)
    rig.receive(answer(transaction, 200))
    rig.receive(answer(transaction, 200, tag="another"))
    assert rig.user.log == ["response to TU"] * 3


def test_a_repeated_failure_is_acknowledged_again_and_not_delivered() -> None:
    """RFC 3261 17.1.1.2."""
    rig = Rig()
    transaction = client(rig, "INVITE", 486)
    rig.take()
    rig.receive(answer(transaction, 486))
    assert rig.taken() == ["ACK"]
    assert rig.user.log == ["response to TU"]


def test_a_repeated_final_response_is_absorbed() -> None:
    """RFC 3261 17.1.2.2."""
    rig = Rig()
    response = answer(rig.send("MESSAGE"), 200)
    rig.receive(response)
    rig.receive(response)
    assert rig.user.log == ["response to TU"]
    assert rig.stack.counters == {"response absorbed": 1}


def test_transactions_say_what_they_are() -> None:
    rig = Rig()
    assert repr(rig.send("INVITE")) == "<ClientTransaction INVITE calling>"
    assert repr(rig.take_request()) == "<ServerTransaction MESSAGE trying>"


# --- anything, in any order


STATUSES = st.sampled_from([100, 180, 200, 302, 404, 408, 486, 503, 600])
METHODS = st.sampled_from(["INVITE", "MESSAGE", "OPTIONS"])
OPERATIONS = st.one_of(
    st.tuples(st.just("send"), METHODS, st.just(0)),
    st.tuples(st.just("request"), METHODS, st.integers(0, 3)),
    st.tuples(st.sampled_from(["ACK", "CANCEL"]), METHODS, st.integers(0, 3)),
    st.tuples(st.just("respond"), STATUSES, st.integers(0, 9)),
    st.tuples(st.just("response"), STATUSES, st.integers(0, 9)),
    st.tuples(st.just("error"), st.just(0), st.integers(0, 99)),
    st.tuples(st.just("cancel"), st.just(0), st.integers(0, 9)),
    st.tuples(st.just("abandon"), st.just(0), st.integers(0, 9)),
    st.tuples(st.just("step"), st.sampled_from(list(Input)), st.integers(0, 9)),
    st.tuples(st.just("wait"), st.sampled_from([0.1, 0.5, 3.0, 31.0]), st.just(0)),
)


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(["UDP", "TCP"]),
    st.booleans(),
    st.lists(OPERATIONS, max_size=40),
)
def test_anything_in_any_order_ends(
    transport: str, legacy: bool, operations: list[tuple[str, object, int]]
) -> None:
    """No input in any state raises, and after the last timer nothing is left."""
    rig = Rig(transport)
    sent: list[ClientTransaction] = []
    packets = []
    for what, value, number in operations:
        branch = f"{'' if legacy else 'z9hG4bK'}b{number}"
        packets += rig.take()
        servers = rig.core.transactions
        match what:
            case "send":
                sent.append(rig.send(str(value)))
            case "request":
                rig.receive(incoming(str(value), transport, branch=branch))
                rig.stack.is_merged(servers[-1])
            case "ACK" | "CANCEL":
                to = "<sip:bob@example.com>;tag=answer" if what == "ACK" else "<sip:b@example.com>"
                rig.receive(incoming(what, transport, branch=branch, to=to))
            case "respond" if servers:
                assert isinstance(value, int)
                rig.respond(servers[number % len(servers)], value)
            case "response" if sent:
                assert isinstance(value, int)
                rig.receive(answer(sent[number % len(sent)], value))
            case "error" if packets:
                rig.stack.handle_transport_error(packets[number % len(packets)], "x", rig.now)
            case "cancel" if sent:
                rig.stack.cancel(sent[number % len(sent)], rig.user, rig.now)
            case "abandon" if sent:
                rig.stack.abandon(sent[number % len(sent)], rig.now)
            case "step" if servers:
                assert isinstance(value, Input)
                transaction = servers[number % len(servers)]
                transaction.step(value, rig.now, given_with(value, transaction))
            case "wait":
                assert isinstance(value, float)
                rig.run(rig.now + value)
    for transaction in list(rig.stack.servers.values()):
        if transaction.is_invite and not transaction.is_final:
            rig.respond(transaction, 480)
    for pending in list(rig.stack.clients.values()):
        rig.stack.abandon(pending, rig.now)
    rig.run(rig.now + 100)
    assert rig.stack.clients == {}
    assert rig.stack.servers == {}
    assert rig.stack.merges == {}
    assert len(rig.stack.queue) == 0
