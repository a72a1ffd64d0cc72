"""Private calls at a client: RFC 3261 8.1.3.4, 13; TS 23.280 10.16.5."""

import asyncio

import pytest

from mcsip.errors import McsipError
from mcsip.mc.private_call import sdp_of
from mcsip.net.faults import FaultKind, HopFault
from mcsip.net.memory import MemoryNetwork
from mcsip.nodes.call_agent import CallError, NoAnswerError
from mcsip.nodes.calling import Answering
from mcsip.sip.sdp import Direction, parse_sdp

from .world import ALICE, BOB, in_memory, make_topology, running


def test_nobody_answers_and_the_caller_gives_up() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            await world.admit(world.bob, "primary")
            await world.admit(world.alice, "primary")
            world.alice.calls.answering = Answering.RING
            outcome = await world.bob.calls.call(ALICE, give_up_s=3)
            assert (outcome.result, outcome.status) == ("cancelled", 487)
            assert world.alice.own_calls.current is None

    in_memory(test())


def test_the_system_is_down() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            await world.admit(world.bob, "primary")
            await world.sim.stop_node("primary.core")
            outcome = await world.bob.calls.call(ALICE)
            assert outcome.result == "failed"

    in_memory(test())


def test_who_is_in_a_call_is_busy() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            await world.admit(world.bob, "primary")
            await world.admit(world.alice, "primary")
            await world.bob.calls.call(ALICE)
            await asyncio.sleep(1)
            assert (await world.alice.calls.call(BOB)).result == "busy"

    in_memory(test())


def test_wishes_without_a_call_are_errors() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            for wish in (
                world.bob.calls.hang_up(),
                world.bob.calls.change(Direction.SENDONLY),
                world.bob.calls.talk(1),
            ):
                with pytest.raises(CallError):
                    await wish

    in_memory(test())


def test_an_end_that_nobody_answers() -> None:
    """RFC 3261 15.1.1: the call is over all the same."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.admit(world.bob, "primary")
            await world.admit(world.alice, "primary")
            await world.bob.calls.call(ALICE)
            network = world.network
            assert isinstance(network, MemoryNetwork)
            sender, receiver = frozenset({"bob-ue"}), frozenset({"primary.core"})
            network.hop_faults.append(
                HopFault(
                    sender,
                    receiver,
                    lambda data: data.startswith(b"BYE"),
                    FaultKind.LOSE,
                    times=None,
                )
            )
            with pytest.raises(NoAnswerError, match="nobody answered the BYE: 408"):
                await world.bob.calls.hang_up()
            assert not world.bob.calls.in_call

    in_memory(test())


def test_a_service_without_private_calls() -> None:
    async def test() -> None:
        async with running(make_topology(service="mcdata")) as world:
            with pytest.raises(McsipError, match="no private calls"):
                await world.bob.calls.call(ALICE)

    in_memory(test())


def test_a_session_has_one_id_and_counts_its_versions() -> None:
    """RFC 3264 8."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.admit(world.bob, "primary")
            await world.admit(world.alice, "primary")
            await world.bob.calls.call(ALICE)
            await asyncio.sleep(1)
            await world.bob.calls.change(Direction.SENDRECV)
            first, second = (
                sdp_of(m.first("content-type") or "", m.body) or b""
                for m in world.requests("bob-ue", method="INVITE")
            )
            before, after = parse_sdp(first).origin, parse_sdp(second).origin
            assert before.session_id == after.session_id
            assert after.version == before.version + 1

    in_memory(test())
