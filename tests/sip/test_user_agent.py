"""Which call a message belongs to: RFC 3261 8.2, 12.2.2, 13.3.1."""

from dataclasses import replace

import pytest

from mcsip.sip.dialog import Body
from mcsip.sip.message import Request

from .calls import PuppetWorld, World


@pytest.mark.parametrize(
    ("method", "status"),
    [("BYE", 481), ("OPTIONS", 200), ("MESSAGE", 405), ("SUBSCRIBE", 405), ("NONSENSE", 501)],
)
def test_requests_outside_of_dialogs(method: str, status: int) -> None:
    """8.2.1, 11.2, 15.1.2 (a BYE without tags), 21.5.2."""
    world = PuppetWorld()
    world.puppet.ask(method)
    answer = world.puppet.responses[-1]
    assert answer.status == status
    assert status == 481 or answer.first("allow") is not None
    assert answer.to.tag is not None


@pytest.mark.parametrize("method", ["BYE", "INVITE", "OPTIONS"])
def test_requests_of_a_dialog_that_nobody_knows(method: str) -> None:
    """12.2.2: 481."""
    world = PuppetWorld()
    world.puppet.ask(method, to="<sip:alice@p.example>;tag=unknown")
    assert world.puppet.responses[-1].status == 481
    assert world.alice.agent.counters == {"request of no dialog": 1}


def test_an_ack_of_no_dialog_is_dropped() -> None:
    """13.3.1.4."""
    world = PuppetWorld()
    world.puppet.ask("ACK", to="<sip:alice@p.example>;tag=unknown")
    assert world.alice.agent.counters == {"ACK of no dialog": 1}


def test_a_body_that_is_not_understood() -> None:
    """8.2.3: 415, for INVITEs too."""
    world = World()
    world.call(body=Body("text/plain", b"x"))
    assert world.bob.said == []
    assert world.alice.ended.status == 415


def test_too_many_calls() -> None:
    """13.3.1.3: 486 [ours]; OPTIONS says the same (11.2)."""
    world = PuppetWorld()
    agent = world.alice.agent
    agent.settings = replace(agent.settings, max_calls=1)
    world.puppet.ask("INVITE")
    world.puppet.ask("INVITE", call_id="another")
    world.puppet.ask("OPTIONS", call_id="athird")
    assert [r.status for r in world.puppet.responses] == [486, 486]
    assert world.alice.said == ["Invited"]


def test_an_invite_of_its_own_for_each_call() -> None:
    """12: two calls of the same two have two dialogs."""
    world = World()
    first, second = world.call(), world.call()
    assert first.call_id != second.call_id
    [one, two] = [event.call for event in world.bob.events]
    assert one is not two
    assert len(world.bob.agent.calls) == 2
    world.do(first.hang_up)
    world.wire.pass_time(1)  # the CANCEL waits for the 100
    assert first.is_over
    assert not second.is_over


def test_a_cancel_of_something_else_changes_nothing() -> None:
    """9.2."""
    world = World()
    world.call()
    transaction = next(iter(world.bob.stack.servers.values()))
    transaction.user_data = None
    request = transaction.request
    assert isinstance(request, Request)
    world.bob.agent.on_cancel(transaction, request)
    assert world.bob.said == ["Invited"]


def test_an_unknown_method_in_a_dialog() -> None:
    """21.5.2: what the settings allow and a call does not know."""
    world = PuppetWorld()
    agent = world.alice.agent
    able = replace(agent.settings.capabilities, methods=frozenset({"INVITE", "INFO"}))
    agent.settings = replace(agent.settings, capabilities=able)
    world.established()
    world.puppet.ask("INFO")
    assert world.puppet.responses[-1].status == 501


def test_events_are_taken_once() -> None:
    world = World()
    world.call()
    assert world.bob.said == ["Invited"]
    assert world.bob.agent.take_events() == []
    assert world.bob.agent.next_deadline() is None
