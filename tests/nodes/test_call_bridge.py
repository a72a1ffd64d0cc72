"""Two legs of a call: what happens on one is passed on to the other (RFC 3261 9, 13 to 15)."""

from dataclasses import replace

import pytest

from mcsip.mc.private_call import CallBody, build_call_body, parse_call_body, sdp_of
from mcsip.migration.decision import Decision, Reason
from mcsip.nodes.call_bridge import refusal
from mcsip.nodes.call_setup import body_of
from mcsip.nodes.calling import Answering
from mcsip.sip.call_events import Unchanged
from mcsip.sip.dialog import Body
from mcsip.sip.message import Response
from mcsip.sip.outgoing_call import OutgoingCall
from mcsip.sip.sdp import Direction, parse_sdp

from .world import ALICE, World, in_memory, make_topology, message_of, running


async def at_home(world: World) -> None:
    await world.admit(world.bob, "primary")
    await world.admit(world.alice, "primary")


def responses(world: World, node: str, to: str, status: int) -> list[Response]:
    read = [message_of(entry) for entry in world.sent(node, to)]
    return [m for m in read if isinstance(m, Response) and m.status == status]


def test_a_refusal_has_warnings() -> None:
    reply = refusal(Decision(Reason.TARGET_UNKNOWN), "server.partner.example")
    assert reply.status == 404
    assert [name for name, _ in reply.fields] == ["Warning", "Warning"]


def test_ringing_answer_and_hanging_up_are_passed_on() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            await at_home(world)
            await world.bob.calls.call(ALICE)
            assert responses(world, "primary.server", "primary.core", 180)
            await world.settle()
            await world.bob.calls.hang_up()
            await world.settle()
            assert world.alice.own_calls.current is None
            assert world.server("primary.server").calls.open_calls == 0

    in_memory(test())


def test_an_offer_of_the_callee_is_answered_in_the_ack() -> None:
    """RFC 3261 13.2.1: an INVITE without offer."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await at_home(world)
            agent, bob = world.bob.own_calls.agent, world.bob
            first = bob.own_calls._invite(ALICE).call
            assert isinstance(first, OutgoingCall)
            await world.settle()
            await bob.calls.hang_up()
            await world.settle()
            about = world.requests("bob-ue", method="INVITE")[0]
            kind = about.first("content-type") or ""
            octets = sdp_of(kind, about.body)
            assert octets is not None
            said = parse_call_body(kind, about.body, world.sim.env.service).about
            bare = Body(*build_call_body(CallBody(said)))
            live = agent.call(replace(first.invitation, body=bare))
            await world.settle()
            live.answer(Body("application/sdp", octets))
            await world.settle()
            assert world.alice.own_calls.current is not None
            acks = world.requests("primary.server", method="ACK")
            assert parse_sdp(acks[-1].body).octets() == octets

    in_memory(test())


def test_a_change_that_is_refused_is_refused_to_who_asked() -> None:
    """RFC 3261 14.1: the session goes on as it was."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await at_home(world)
            await world.bob.calls.call(ALICE)
            await world.settle()
            live = world.bob.own_calls.current
            assert live is not None
            live.modify(Body("application/sdp", b"no session description"))
            assert (await live.event(Unchanged)).status == 488
            assert await world.bob.calls.change(Direction.SENDRECV) == 200

    in_memory(test())


@pytest.mark.parametrize(("answering", "status"), [(Answering.BUSY, 486), (Answering.DECLINE, 603)])
def test_a_refusal_is_passed_on(answering: Answering, status: int) -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            await at_home(world)
            world.alice.calls.answering = answering
            assert (await world.bob.calls.call(ALICE)).status == status
            (answer,) = responses(world, "primary.server", "primary.core", status)
            assert body_of(answer) is None

    in_memory(test())
