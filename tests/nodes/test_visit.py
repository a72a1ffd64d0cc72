"""A client's way through identity management (TS 33.180 5.1.4, B.7)."""

from typing import Any

import pytest

from mcsip.nodes.identities import TokenKind

from .idms_world import GUEST, alone, on_sockets, real_world
from .world import ALICE, World, in_memory, running

KINDS = [
    (TokenKind.EXPIRED, "token-expired"),
    (TokenKind.FORGED, "token-invalid"),
    (TokenKind.WRONG_AUDIENCE, "token-wrong-audience"),
    (TokenKind.WRONG_ID, "not-provisioned"),
    (TokenKind.REPLAYED, "token-replayed"),
]


async def check_refusals(world: World) -> None:
    for kind, reason in KINDS:
        outcome = await world.alice.authenticate("primary", for_system="partner", token=kind)
        assert (outcome.result, outcome.reason) == ("refused", reason)
        assert outcome.by_domain == "partner.example"
        ended = await world.alice.migrate("partner", 1)
        assert (ended.result, ended.reason, ended.by_role) == ("refused", reason, "idms")
    assert not world.requests("alice-ue")
    assert world.partner().status == "absent"


@pytest.mark.parametrize("idms", [False, True], ids=["no node", "a node"])
def test_each_wrong_security_token_is_refused(idms: bool) -> None:
    """TS 33.180 B.8; a client that was refused does not ask to migrate."""

    async def test() -> None:
        async with running(alone(idms=idms)) as world:
            await check_refusals(world)

    in_memory(test())


def test_each_wrong_security_token_is_refused_over_https() -> None:
    async def test() -> None:
        async with real_world() as world:
            await check_refusals(world)

    on_sockets(test())


def test_a_sound_one_admits() -> None:
    async def test() -> None:
        async with running(alone()) as world:
            assert (
                await world.alice.authenticate("primary", for_system="partner")
            ).result == "success"
            assert await world.alice.register("partner") == 200
            assert (await world.alice.migrate("partner", 1)).result == "success"
            assert (world.partner().status, world.partner().partner_id) == ("active", GUEST)
            assert world.primary().status == "home"

    in_memory(test())


def test_a_token_for_another_service_is_granted_and_then_refused() -> None:
    async def test() -> None:
        async with running(alone()) as world:
            await world.alice.register("partner")
            kind = TokenKind.WRONG_SCOPE
            outcome = await world.alice.authenticate("primary", for_system="partner", token=kind)
            assert outcome.result == "success"
            ended = await world.alice.migrate("partner", 1)
            assert (ended.result, ended.reason) == ("refused", "token-wrong-scope")

    in_memory(test())


def test_without_a_token_the_server_is_asked_in_vain() -> None:
    async def test() -> None:
        async with running(alone()) as world:
            await world.alice.register("partner")
            kind = TokenKind.NONE
            await world.alice.authenticate("primary", for_system="partner", token=kind)
            assert (await world.alice.migrate("partner", 1)).status == 400

    in_memory(test())


def test_nobody_migrates_with_the_token_of_another() -> None:
    """TS 33.180 5.1.4: the ID in the partner's token is that of the provisioned user."""
    bob_too: dict[str, Any] = {
        "systems": {
            "primary": {
                "users": {"bob": {"profiles": {1: {"name": "home", "migrate_to": ["partner"]}}}}
            },
            "partner": {
                "provisioned": [
                    {"user": ALICE, "mc_id": GUEST, "profiles": {1: {"name": "guest"}}},
                    {
                        "user": "sip:bob@primary.example",
                        "mc_id": "sip:second@partner.example",
                        "profiles": {1: {"name": "guest"}},
                    },
                ]
            },
        }
    }

    async def test() -> None:
        async with running(alone(bob_too)) as world:
            await world.alice.authenticate("primary", for_system="partner")
            await world.bob.authenticate("primary", for_system="partner")
            for client in (world.alice, world.bob):
                await client.register("partner")
            # Bob says who he is, and shows what Alice was given.
            world.bob._credentials["partner"] = world.alice._credentials["partner"]
            ended = await world.bob.migrate("partner", 1)
            assert (ended.result, ended.reason) == ("refused", "token-wrong-id")
            assert world.partner("sip:bob@primary.example").status == "absent"

    in_memory(test())


@pytest.mark.parametrize(
    ("stopped", "by"), [("primary.idms", "primary.example"), ("partner.idms", "partner.example")]
)
def test_a_server_that_does_not_answer(stopped: str, by: str) -> None:
    async def check(world: World) -> None:
        await world.sim.stop_node(stopped)
        outcome = await world.alice.authenticate("primary", for_system="partner")
        assert (outcome.result, outcome.reason, outcome.by_domain) == ("failed", "unreachable", by)
        ended = await world.alice.migrate("partner", 1)
        assert (ended.result, ended.reason) == ("failed", "unreachable")

    async def memory() -> None:
        async with running(alone()) as world:
            await check(world)

    async def sockets() -> None:
        async with real_world() as world:
            await check(world)

    in_memory(memory())
    on_sockets(sockets())
