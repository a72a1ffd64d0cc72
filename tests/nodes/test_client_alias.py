"""Functional aliases at a client: TS 24.379 9A [2nd]."""

from mcsip.nodes.client_alias import publish_alias

from .world import in_memory, make_topology, running


def test_a_system_that_is_down_is_a_failure() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            await world.migrate()
            await world.sim.stop_node("partner.core")
            outcome = await publish_alias(world.alice, "sip:a@partner.example")
            assert (outcome.result, outcome.status) == ("failed", None)

    in_memory(test())
