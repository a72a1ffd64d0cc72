"""The client's way over HTTPS: what it believes, and what it makes of strange answers."""

import asyncio
import base64
import json
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from mcsip.errors import NetworkError
from mcsip.mc.oauth import IdmsError
from mcsip.net.certificates import ThrowawayAuthority
from mcsip.net.tls import server_context
from mcsip.nodes import idms_https
from mcsip.nodes.identities import OAuthClient
from mcsip.nodes.idms_https import HttpsAccess, basic
from mcsip.trace import Peer

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
from .world import ALICE, World


def access(world: World, system: str = "primary") -> HttpsAccess:
    topology = world.sim.topology
    client = client_of(world.sim.identities, topology)
    return HttpsAccess(topology.nodes[f"{system}.idms"], client, world.sim.env, "alice-ue")


def test_the_whole_way() -> None:
    """TS 33.180 5.1.4, B.7.2 to B.7.5."""

    async def test() -> None:
        async with real_world() as world:
            home, away = access(world), access(world, "partner")
            login = await home.login(ALICE, password_of(world.sim.identities), SCOPE)
            security = await home.exchange(login.token, PARTNER_IDMS)
            granted = await away.redeem(security.token, SCOPE)
            assert (login.mc_id, granted.mc_id) == (ALICE, GUEST)
            with pytest.raises(IdmsError) as caught:
                await away.redeem(security.token, SCOPE)
            assert caught.value.reason == "token-replayed"

    on_sockets(test())


def test_both_parts_are_form_encoded() -> None:
    """RFC 6749 2.3.1: a client ID may hold a colon."""
    _, _, value = basic(OAuthClient("urn:uuid:1", "a b%")).partition(" ")
    assert base64.b64decode(value) == b"urn%3Auuid%3A1:a+b%25"


def test_a_server_with_another_certificate_is_not_believed(tmp_path: Path) -> None:
    """The chain is checked."""

    async def test() -> None:
        async with real_world() as world:
            other = ThrowawayAuthority(tmp_path, world.sim.env.clock.wall())
            config = other.issue("other", domains=["alice-ue"])
            for name in ("alice-ue", "primary.idms"):
                world.sim.env.tls[name] = config
            with pytest.raises(NetworkError, match="CertificateError"):
                await access(world).login(ALICE, password_of(world.sim.identities), SCOPE)

    on_sockets(test())


def test_a_server_at_another_place_is_not_believed() -> None:
    """The name is checked: 127.0.0.1 is in the certificate, localhost is not."""

    async def test() -> None:
        async with real_world() as world:
            directory = world.sim.env.directory
            port = directory.addresses("primary.idms")["TLS"].port
            directory.announce("primary.idms", {"TLS": Peer("localhost", port)}, "TLS")
            with pytest.raises(NetworkError, match="CertificateError"):
                await access(world).login(ALICE, password_of(world.sim.identities), SCOPE)

    on_sockets(test())


def test_nobody_listens() -> None:
    async def test() -> None:
        async with real_world() as world:
            await world.sim.stop_node("primary.idms")
            with pytest.raises(NetworkError, match=r"primary\.idms cannot be reached"):
                await access(world).login(ALICE, "x", SCOPE)

    on_sockets(test())


async def with_answers(
    tmp_path: Path,
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    test: Callable[[HttpsAccess], Awaitable[None]],
) -> None:
    """Put a server of our own in the place of the identity management server."""
    async with real_world(alone()) as world:
        await world.sim.stop_node("primary.idms")
        authority = ThrowawayAuthority(tmp_path, world.sim.env.clock.wall())
        config = authority.issue("fake", addresses=["127.0.0.1"])
        world.sim.env.tls["primary.idms"] = config
        app = web.Application()
        app.router.add_post("/token", handler)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server_context(config)).start()
        port = runner.addresses[0][1]
        world.sim.env.directory.announce("primary.idms", {"TLS": Peer("127.0.0.1", port)}, "TLS")
        try:
            await test(access(world))
        finally:
            await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (200, ""),
        (200, "<html>"),
        (200, "[]"),
        (200, "{}"),
        (200, '{"access_token": 7}'),
        (500, '{"access_token": "t"}'),
        (302, ""),
        (400, '{"error": 7}'),
        (200, "{" * 50_000),
        (200, " " * 70_000 + '{"access_token": "t"}'),
    ],
    ids=lambda value: str(value)[:24],
)
def test_strange_answers(tmp_path: Path, status: int, text: str) -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers={"Location": "https://127.0.0.1:1/"})

    async def test(idms: HttpsAccess) -> None:
        with pytest.raises(NetworkError):
            await idms.login(ALICE, "x", SCOPE)

    on_sockets(with_answers(tmp_path, handler, test))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": "invalid_grant"}, "token-invalid"),
        ({"error": "invalid_client"}, "not-authenticated"),
        ({"error": "invalid_target"}, "unknown-system"),
        ({"error": "invalid_scope"}, "token-wrong-scope"),
        ({"error": "invalid_grant", "mcsip_reason": "token-replayed"}, "token-replayed"),
        ({"error": "invalid_grant", "mcsip_reason": ["x"]}, "token-invalid"),
    ],
)
def test_a_server_of_another_make_gives_no_reason(
    tmp_path: Path, body: dict[str, object], reason: str
) -> None:
    """RFC 6749 5.2 knows only the error code."""

    async def handler(_request: web.Request) -> web.Response:
        return web.json_response(body, status=400)

    async def test(idms: HttpsAccess) -> None:
        with pytest.raises(IdmsError) as caught:
            await idms.login(ALICE, "x", SCOPE)
        assert (caught.value.error, caught.value.reason) == (body["error"], reason)

    on_sockets(with_answers(tmp_path, handler, test))


def test_a_server_of_another_make_says_less(tmp_path: Path) -> None:
    """RFC 6749 5.1: no MC service ID beside the token."""

    async def handler(request: web.Request) -> web.Response:
        form = await request.post()
        assert form["grant_type"] == "password"
        return web.json_response({"access_token": "t", "token_type": "Bearer"})

    async def test(idms: HttpsAccess) -> None:
        granted = await idms.login(ALICE, "x", SCOPE)
        assert (granted.token, granted.mc_id) == ("t", None)
        assert "'t'" not in repr(granted)

    on_sockets(with_answers(tmp_path, handler, test))


def test_a_server_that_never_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idms_https, "TIMEOUT_S", 0.05)

    async def handler(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async def test(idms: HttpsAccess) -> None:
        with pytest.raises(NetworkError, match="did not answer"):
            await idms.login(ALICE, "x", SCOPE)

    on_sockets(with_answers(tmp_path, handler, test))


def test_the_context_verifies() -> None:
    async def test() -> None:
        async with real_world() as world:
            context = access(world)._context()
            assert context.verify_mode is ssl.CERT_REQUIRED
            assert context.check_hostname
            assert json.dumps(context.cert_store_stats())

    on_sockets(test())
