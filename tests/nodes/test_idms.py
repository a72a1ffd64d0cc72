"""The node of an identity management server."""

import asyncio

import pytest

from mcsip.errors import NetworkError
from mcsip.mc.roles import Role
from mcsip.nodes.idms import IdmsNode

from .idms_world import alone, on_sockets, real_world
from .world import World, in_memory, running


def node(world: World) -> IdmsNode:
    found = world.sim.nodes["primary.idms"]
    assert isinstance(found, IdmsNode)
    return found


def test_it_is_a_node_without_sip() -> None:
    async def test() -> None:
        async with real_world() as world:
            idms = node(world)
            assert idms.running
            assert idms.is_idle
            assert idms.unanswered() == 0
            idms.refuse_new()
            assert world.trace.nodes["primary.idms"].role is Role.IDMS
            assert world.sim.unanswered() == 0

    on_sockets(test())


def test_it_comes_back_where_it_was() -> None:
    async def test() -> None:
        async with real_world() as world:
            idms = node(world)
            before = world.sim.env.directory.addresses("primary.idms")["TLS"]
            await idms.stop()
            await idms.stop()
            assert not idms.running
            with pytest.raises(OSError):
                await asyncio.open_connection(before.host, before.port)
            await idms.start()
            assert world.sim.env.directory.addresses("primary.idms")["TLS"] == before
            outcome = await world.alice.authenticate("primary", for_system="partner")
            assert outcome.result == "success"

    on_sockets(test())


def test_what_it_took_is_remembered_over_a_stop() -> None:
    """A security token is taken once."""

    async def test() -> None:
        async with real_world() as world:
            system = world.sim.topology.systems["partner"]
            before = world.sim.identities.idms(system)
            await world.sim.stop_node("partner.idms")
            await world.sim.start_node("partner.idms")
            assert world.sim.identities.idms(system) is before

    on_sockets(test())


def test_in_the_network_in_memory_it_listens_nowhere() -> None:
    async def test() -> None:
        async with running(alone()) as world:
            assert node(world).running
            assert not world.sim.env.directory.addresses("primary.idms")
            await node(world).stop()
            assert not node(world).running

    in_memory(test())


def test_it_needs_a_certificate() -> None:
    async def test() -> None:
        async with real_world() as world:
            await node(world).stop()
            del world.sim.env.tls["primary.idms"]
            with pytest.raises(NetworkError, match="has no certificate"):
                await node(world).start()

    on_sockets(test())


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_only_who_speaks_tls_has_certificates(transport: str) -> None:
    """The others' transport does not change because of HTTPS."""

    async def test() -> None:
        from .idms_world import WITH_IDMS
        from .world import make_topology

        async with real_world(make_topology(WITH_IDMS, transport=transport)) as world:
            expected = {"primary.idms", "partner.idms"}
            if transport == "tls":
                expected = {*world.sim.nodes, *world.sim.clients}
            assert set(world.sim.env.tls) == expected

    on_sockets(test())
