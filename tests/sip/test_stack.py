"""The stack as a whole: two of them talk, and it describes itself."""

import pytest

from mcsip.sip.build import build_response
from mcsip.sip.message import Request
from mcsip.sip.parse import parse_datagram
from mcsip.sip.stack import Core, Limits, ServerTransaction, Source, Stack
from mcsip.sip.timers import Timers
from mcsip.sip.transport_rules import Target

from .layer import LetterIds, RecordingUser, Rig, incoming, make_request

ADDRESSES = {"a": "192.0.2.1", "b": "192.0.2.2"}


class Answering(Core):
    """A core that answers 200 at once."""

    def __init__(self) -> None:
        self.stack: Stack
        self.requests: list[Request] = []

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        self.requests.append(request)
        self.stack.respond(transaction, build_response(request, 200, to_tag="t"), 0.0)


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS"])
@pytest.mark.parametrize("method", ["MESSAGE", "INVITE"])
def test_two_stacks(method: str, transport: str) -> None:
    cores = {name: Answering() for name in ADDRESSES}
    stacks = {
        name: Stack(cores[name], LetterIds(), {transport: (address, 5060)})
        for name, address in ADDRESSES.items()
    }
    for name, core in cores.items():
        core.stack = stacks[name]
    user = RecordingUser()
    target = Target(transport, ADDRESSES["b"], 5060)
    stacks["a"].send_request(make_request(method, body=b"hello"), target, user, 0.0)
    [packet] = stacks["a"].take_packets()
    message = parse_datagram(packet.data)
    stacks["b"].receive(message, Source(transport, ADDRESSES["a"], 5060, 1), 0.0)
    [packet] = stacks["b"].take_packets()
    assert packet.target.host == ADDRESSES["a"]
    stacks["a"].receive(parse_datagram(packet.data), Source(transport, ADDRESSES["b"], 5060), 0.0)
    assert [response.status for response in user.responses] == [200]
    assert cores["b"].requests[0].body == b"hello"
    for stack in stacks.values():
        stack.handle_timer(100.0)
        assert stack.describe()["timers"] == 0
        assert stack.take_packets() == []


def test_packets_are_taken_once() -> None:
    rig = Rig()
    rig.send()
    assert len(rig.take()) == 1
    assert rig.take() == []


def test_describe() -> None:
    rig = Rig()
    rig.send()
    rig.take_request()
    rig.receive(incoming("MESSAGE"))
    assert rig.stack.describe() == {
        "client transactions": 1,
        "server transactions": 1,
        "unfinished": 1,
        "waiting": 0,
        "timers": 3,  # E, F; the 100 that is due later
        "request absorbed": 1,
    }


@pytest.mark.parametrize(("status", "waiting"), [(486, 1), (200, 0), (180, 0)])
def test_a_refused_invite_waits_for_its_ack(status: int, waiting: int) -> None:
    """RFC 3261 17.2.1: Completed, until the ACK; a 2xx is acknowledged beyond the transaction."""
    rig = Rig()
    invite = incoming("INVITE")
    rig.receive(invite)
    [transaction] = rig.stack.servers.values()
    rig.stack.respond(transaction, build_response(transaction.request, status, to_tag="t"), 0.0)
    assert rig.stack.unacknowledged() == waiting
    rig.receive(incoming("ACK"))
    assert rig.stack.unacknowledged() == 0


def test_timers_may_be_changed() -> None:
    rig = Rig(timers=Timers(t1=0.01, t2=0.04, t4=0.05))
    rig.send()
    sent = rig.run(0.64)
    assert len(sent) == len([0.01, 0.03, 0.07]) + 1 + int((0.64 - 0.07) / 0.04)
    assert rig.user.log == ["timeout to TU"]


def test_defaults_of_the_core_do_nothing() -> None:
    class Silent(Core):
        def on_request(self, transaction: ServerTransaction, request: Request) -> None:
            assert transaction.request is request

    stack = Stack(Silent(), LetterIds(), {"UDP": ("192.0.2.1", 5060)})
    source = Source("UDP", "192.0.2.2", 5070)
    for method in ("INVITE", "ACK", "CANCEL", "MESSAGE"):
        stack.receive(parse_datagram(incoming(method)), source, 0.0)
    stack.receive(
        parse_datagram(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\nCSeq: 1 A\r\n\r\n"), source, 0.0
    )
    stack.handle_timer(50.0)
    assert stack.counters == {"ACK absorbed": 1, "stray response": 1}


def test_limits_have_defaults() -> None:
    assert Limits().server_transactions > 10_000
    assert Limits().path_mtu_octets is None
