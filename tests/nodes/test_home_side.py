"""The home side: authorised in the own system again (TS 24.379 7.2, 7.3; TS 23.280 10.6.3.3.2.1)."""

import pytest

from mcsip.mc.authorisation import ServiceAuthorisation, build_authorisation
from mcsip.nodes.identities import TokenKind
from mcsip.sip.message import Response

from .world import ALICE, INFO, World, in_memory, make_topology, running, written

SERVER = "sip:server@primary.example"


async def published(
    world: World, *, token: str = "valid", user: str = ALICE, event: str = "poc-settings"
) -> Response:
    """Publish a user's service settings at the primary's server, with a token for alice."""
    system = world.sim.topology.systems["primary"]
    text = world.sim.identities.token(
        system, ALICE, world.sim.env.service, "urn:uuid:1",
        audience=system.domain, kind=TokenKind(token), wall=world.sim.env.clock.wall(),
    )  # fmt: skip
    wanted = ServiceAuthorisation(world.sim.env.service, text or "", "urn:uuid:1")
    peer = await world.peer()
    data = written(
        "PUBLISH", SERVER, from_=f"<{user}>;tag=a", fields=[f"Event: {event}"],
        content_type=INFO, body=build_authorisation(wanted),
    )  # fmt: skip
    return await peer.ask(data, world.target("primary.server"))


def test_a_user_at_home_is_authorised() -> None:
    """RFC 3903 6: SIP-ETag and Expires in the 200."""

    async def test() -> None:
        async with running(make_topology()) as world:
            response = await published(world)
            assert response.status == 200
            assert response.first("sip-etag")
            assert response.first("expires")
            assert world.primary().status == "home"

    in_memory(test())


@pytest.mark.parametrize(
    ("token", "key"),
    [("expired", "token-expired"), ("forged", "token-invalid"), ("wrong-id", "token-wrong-id")],
)
def test_a_bad_token_is_refused_and_changes_nothing(token: str, key: str) -> None:
    """TS 24.379 4.4, warning 101."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.migrate()
            await world.settle()
            response = await published(world, token=token)
            assert response.status == 403
            assert any(key in value for value in response.values("warning"))
            assert world.primary().status == "migrated"

    in_memory(test())


@pytest.mark.parametrize(
    ("user", "status"),
    [("sip:nobody@primary.example", 404), ("tel:+123", 400), ("sip:bob@primary.example", 403)],
)
def test_only_the_user_of_the_token_is_authorised(user: str, status: int) -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            assert (await published(world, user=user)).status == status

    in_memory(test())


def test_another_event_is_489() -> None:
    """RFC 3903 6."""

    async def test() -> None:
        async with running(make_topology()) as world:
            response = await published(world, event="dialog")
            assert (response.status, response.items("allow-events")) == (
                489,
                ["poc-settings", "presence"],
            )

    in_memory(test())


def test_a_migrated_user_comes_home() -> None:
    """10.6.3.3.2.1: the partner is owed the de-authorization notification, and gets it."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.migrate()
            await world.settle()
            assert (await published(world)).status == 200
            await world.settle()
            assert world.primary().status == "home"
            assert world.partner().status == "retained"

    in_memory(test())
