"""A client that migrates by itself (TS 23.280 5.2.9.1)."""

import asyncio
from typing import Any

import pytest

from mcsip.errors import NetworkError
from mcsip.mc.info import Info
from mcsip.mc.messages import TRIGGER
from mcsip.migration.geography import Position

from .world import ALICE, World, in_memory, make_topology, mc_message, running

AREAS: dict[str, Any] = {
    "systems": {
        "primary": {"service_area": {"circle": {"center": [0, 0], "radius_m": 100_000}}},
        "partner": {"service_area": {"circle": {"center": [0, 2], "radius_m": 100_000}}},
    }
}
AT_HOME, AWAY, NOWHERE = Position(0, 0.5), Position(0, 2), Position(10, 10)


def test_it_goes_where_it_is_served_and_returns() -> None:
    async def test() -> None:
        async with running(make_topology(AREAS)) as world:
            roaming = world.alice.roaming
            before = roaming.position
            assert before is None
            assert await roaming.move(AT_HOME) == (None, None)
            system, outcome = await roaming.move(AWAY)
            assert (system, outcome and outcome.result) == ("partner", "success")
            await world.settle()
            assert world.primary().partner == "partner.example"
            assert await roaming.move(NOWHERE) == (None, None)
            assert roaming.position == NOWHERE
            system, outcome = await roaming.move(AT_HOME)
            assert (system, outcome and outcome.result) == ("primary", "success")
            await world.settle()
            assert (world.primary().status, world.partner().status) == ("home", "retained")

    in_memory(test())


def trigger(world: World, **changes: Any) -> bytes:
    fields = {
        "primary_id": ALICE,
        "partner_system": "partner.example",
        "profile_index": 2,
        **changes,
    }
    info = Info(world.sim.env.service, TRIGGER, **fields)
    return mc_message(info, ALICE)


@pytest.mark.parametrize(
    ("changes", "status", "where"),
    [
        ({}, 200, "migrated"),
        ({"primary_id": "sip:bob@primary.example"}, 403, "home"),
        ({"partner_system": "nowhere.example"}, 404, "home"),
        ({"partner_system": "primary.example"}, 404, "home"),
        ({"partner_system": None}, 404, "home"),
        ({"profile_index": None}, 404, "home"),
    ],
)
def test_what_a_client_does_when_it_is_told(
    changes: dict[str, Any], status: int, where: str
) -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            answer = await peer.ask(trigger(world, **changes), world.target("alice-ue"))
            assert answer.status == status
            await world.settle()
            assert world.primary().status == where

    in_memory(test())


def test_whoever_waits_hears_how_it_ended() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            first, second = (world.alice.roaming.await_outcome() for _ in range(2))
            second.cancel()
            peer = await world.peer()
            await peer.ask(trigger(world, profile_index=1), world.target("alice-ue"))
            outcome = await asyncio.wait_for(first, 60)
            assert (outcome.result, outcome.reason) == ("refused", "profile-not-permitted")

    in_memory(test())


def test_a_partner_whose_sip_core_is_away() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            waiting = world.alice.roaming.await_outcome()
            await world.sim.stop_node("partner.core")
            peer = await world.peer()
            await peer.ask(trigger(world), world.target("alice-ue"))
            with pytest.raises(NetworkError):
                await asyncio.wait_for(waiting, 60)

    in_memory(test())
