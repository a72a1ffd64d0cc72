"""How a client asks an identity management server directly."""

import asyncio

import pytest

from mcsip.errors import NetworkError
from mcsip.mc.oauth import IdmsError
from mcsip.nodes.idms_access import DirectAccess, IdmsAccess, access_to
from mcsip.topology import Topology

from .idms_world import (
    GUEST,
    PARTNER_IDMS,
    SCOPE,
    alone,
    client_of,
    on_sockets,
    password_of,
    real_world,
)
from .world import ALICE, World, in_memory, running


def access(world: World, system: str, client: str = "alice-ue") -> IdmsAccess:
    topology, identities = world.sim.topology, world.sim.identities
    who = client_of(identities, topology, client)
    return access_to(topology.systems[system], identities, who, world.sim.env, client)


@pytest.mark.parametrize("topology", [alone(idms=False), alone()], ids=["no node", "a node"])
def test_the_whole_way(topology: Topology) -> None:
    """TS 33.180 B.7.2 to B.7.5; in the network in memory there is no HTTPS."""

    async def test() -> None:
        async with running(topology) as world:
            home, away = access(world, "primary"), access(world, "partner")
            assert isinstance(home, DirectAccess)
            login = await home.login(ALICE, password_of(world.sim.identities), SCOPE)
            security = await home.exchange(login.token, PARTNER_IDMS)
            granted = await away.redeem(security.token, SCOPE)
            assert (login.mc_id, security.mc_id, granted.mc_id) == (ALICE, None, GUEST)
            with pytest.raises(IdmsError, match="used before"):
                await away.redeem(security.token, SCOPE)
            with pytest.raises(IdmsError, match="no partner system"):
                await home.exchange(login.token, "https://idms.elsewhere.example")
            told = [note.text for note in world.trace.notes]
            assert [text.partition(",")[0].partition(" for ")[0] for text in told] == [
                "https://idms.primary.example: security token",
                "https://idms.partner.example: access token",
                "https://idms.partner.example refuses",
                "https://idms.primary.example refuses",
            ]
            assert not any("eyJ" in text for text in told)

    in_memory(test())


def test_the_notes_name_the_node_where_there_is_one() -> None:
    async def test(topology: Topology, who: str) -> None:
        async with running(topology) as world:
            await world.alice.authenticate("primary", for_system="partner")
            assert world.trace.notes[0].node == who

    in_memory(test(alone(), "primary.idms"))
    in_memory(test(alone(idms=False), "alice-ue"))


def test_a_node_that_is_stopped_is_not_asked() -> None:
    async def test() -> None:
        async with running(alone()) as world:
            home = access(world, "primary")
            await world.sim.stop_node("primary.idms")
            for ask in (
                home.login(ALICE, "x", SCOPE), home.exchange("t", "r"), home.redeem("t", SCOPE)
            ):  # fmt: skip
                with pytest.raises(NetworkError, match=r"primary\.idms does not answer"):
                    await ask
            await world.sim.start_node("primary.idms")
            granted = await home.login(ALICE, password_of(world.sim.identities), SCOPE)
            assert granted.mc_id == ALICE

    in_memory(test())


def test_on_sockets_a_node_is_asked_over_https() -> None:
    from mcsip.nodes.idms_https import HttpsAccess

    async def test() -> None:
        async with real_world() as world:
            assert isinstance(access(world, "primary"), HttpsAccess)
            await asyncio.sleep(0)

    on_sockets(test())
