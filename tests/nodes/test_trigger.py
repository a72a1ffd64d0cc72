"""The primary tells a client to migrate (TS 23.280 5.2.9.1)."""

import pytest

from mcsip.migration.decision import Decision
from mcsip.nodes.trigger import trigger_migration

from .world import ALICE, in_memory, make_topology, running


def test_a_client_is_told_and_migrates() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            assert await world.alice.register("primary") == 200
            server = world.server("primary.server")
            assert await trigger_migration(server, ALICE, "partner.example", 2) == 200
            await world.settle()
            assert (world.primary().status, world.partner().status) == ("migrated", "active")

    in_memory(test())


@pytest.mark.parametrize(
    ("partner", "profile", "key"),
    [
        ("partner.example", 1, "profile-not-permitted"),
        ("partner.example", 9, "profile-unknown"),
        ("nowhere.example", 2, "no-agreement"),
    ],
)
def test_what_the_user_may_not_is_not_triggered(partner: str, profile: int, key: str) -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            await world.alice.register("primary")
            server = world.server("primary.server")
            told = await trigger_migration(server, ALICE, partner, profile)
            assert isinstance(told, Decision)
            assert told.reason is not None
            assert told.reason.key == key
            assert not world.requests("primary.server")

    in_memory(test())


def test_a_client_that_is_not_registered() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            server = world.server("primary.server")
            assert await trigger_migration(server, ALICE, "partner.example", 2) == 404

    in_memory(test())


def test_a_core_that_does_not_answer() -> None:
    async def test() -> None:
        async with running(make_topology(transport="udp")) as world:
            await world.sim.stop_node("primary.core")
            server = world.server("primary.server")
            assert await trigger_migration(server, ALICE, "partner.example", 2) is None

    in_memory(test())
