"""The HTTPS endpoint: documents, bad requests, and nothing of requests in the log."""

import asyncio
import logging
import ssl
from typing import Any

import aiohttp
import jwt
import pytest

from mcsip.errors import NetworkError
from mcsip.mc.oauth import GRANT_PASSWORD
from mcsip.nodes.idms import IdmsNode
from mcsip.nodes.idms_https import basic
from mcsip.nodes.idms_server import MAX_FORM_OCTETS, IdmsServer

from .idms_world import (
    PRIMARY_IDMS,
    SCOPE,
    authorities_of,
    base_of,
    client_of,
    on_sockets,
    password_of,
    real_world,
)
from .world import ALICE, World

FORM = "application/x-www-form-urlencoded"


def session(world: World) -> aiohttp.ClientSession:
    """Return a client that checks the server's certificate."""
    context = ssl.create_default_context(cafile=authorities_of(world))
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))


def headers(world: World, content_type: str = FORM) -> dict[str, str]:
    client = client_of(world.sim.identities, world.sim.topology)
    return {"Authorization": basic(client), "Content-Type": content_type}


def login(world: World) -> dict[str, str]:
    password = password_of(world.sim.identities)
    return {"grant_type": GRANT_PASSWORD, "username": ALICE, "password": password, "scope": SCOPE}


async def post(world: World, data: Any, content_type: str = FORM) -> tuple[int, dict[str, Any]]:
    async with (
        session(world) as http,
        http.post(
            f"{base_of(world)}/token", data=data, headers=headers(world, content_type)
        ) as answer,
    ):
        assert answer.content_type == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.status, await answer.json()


@pytest.mark.parametrize("path", ["openid-configuration", "oauth-authorization-server"])
def test_the_discovery_document_leads_to_everything(path: str) -> None:
    """RFC 8414 3, OpenID Connect Discovery 1.0."""

    async def test() -> None:
        async with real_world() as world, session(world) as http:
            async with http.get(f"{base_of(world)}/.well-known/{path}") as answer:
                document = await answer.json()
            assert document["issuer"] == PRIMARY_IDMS
            async with http.post(
                document["token_endpoint"], data=login(world), headers=headers(world)
            ) as answer:
                token = (await answer.json())["access_token"]
            async with http.get(document["jwks_uri"]) as answer:
                keys = jwt.PyJWKSet.from_dict(await answer.json())
            kid = jwt.get_unverified_header(token)["kid"]
            claims = jwt.decode(
                token, keys[kid], algorithms=["EdDSA"],
                audience="primary.example", issuer=document["issuer"],
            )  # fmt: skip
            assert claims["mcptt_id"] == ALICE

    on_sockets(test())


def test_after_a_roll_over_both_keys_are_published() -> None:
    """RFC 7517 5: a token of the old key still verifies."""

    async def test() -> None:
        async with real_world() as world, session(world) as http:
            _, answer = await post(world, login(world))
            sim = world.sim
            sim.identities.roll_over(sim.topology.systems["primary"], sim.env.clock.wall())
            async with http.get(f"{base_of(world)}/jwks") as got:
                published = await got.json()
            assert len(published["keys"]) == 2
            assert all("d" not in key for key in published["keys"])
            keys = jwt.PyJWKSet.from_dict(published)
            token = answer["access_token"]
            kid = jwt.get_unverified_header(token)["kid"]
            assert kid == published["keys"][1]["kid"]
            jwt.decode(token, keys[kid], algorithms=["EdDSA"], audience="primary.example")

    on_sockets(test())


@pytest.mark.parametrize(
    ("data", "content_type", "status", "error"),
    [
        (b"", FORM, 400, "invalid_request"),
        (b"=&=&&", FORM, 400, "invalid_request"),
        (b'{"grant_type": "password"}', "application/json", 400, "invalid_request"),
        (b"grant_type=password", "text/plain", 400, "invalid_request"),
        (b"grant_type=password", "multipart/form-data; boundary=x", 400, "invalid_request"),
        (b"grant_type=\xff\xfe", FORM, 400, "invalid_request"),
        (b"grant_type=%ff%fe", FORM, 400, "invalid_request"),
        (b"grant_type=a&grant_type=b", FORM, 400, "invalid_request"),
        (b"grant_type=magic", FORM, 400, "unsupported_grant_type"),
        (b"&".join([b"a=1"] * 65), FORM, 400, "invalid_request"),
        (b"a=" + b"x" * (MAX_FORM_OCTETS + 1), FORM, 413, "invalid_request"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_bad_requests(data: bytes, content_type: str, status: int, error: str) -> None:
    """RFC 6749 3.2, 5.2."""

    async def test() -> None:
        async with real_world() as world:
            found = await post(world, data, content_type)
            assert (found[0], found[1]["error"]) == (status, error)
            assert (await post(world, login(world)))[0] == 200  # it goes on

    on_sockets(test())


def test_a_body_without_end_is_cut_off() -> None:
    """Chunked, so that its length is not known before."""

    async def endless() -> Any:
        for _ in range(1000):
            yield b"a=" + b"x" * 1000 + b"&"

    async def test() -> None:
        async with real_world() as world:
            try:
                status, answer = await post(world, endless())
            except aiohttp.ClientError:
                return  # the server closed the connection while we still sent
            assert (status, answer["error"]) == (413, "invalid_request")

    on_sockets(test())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/token", 405), ("PUT", "/token", 405), ("POST", "/jwks", 405), ("GET", "/x", 404)],
)
def test_other_methods_and_places(method: str, path: str, status: int) -> None:
    """RFC 6749 3.2: POST."""

    async def test() -> None:
        async with (
            real_world() as world,
            session(world) as http,
            http.request(method, base_of(world) + path) as answer,
        ):
            assert answer.status == status

    on_sockets(test())


def test_what_cannot_be_read_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A malformed request may hold a password as well as any other."""
    caplog.set_level(logging.DEBUG)

    async def test() -> None:
        async with real_world() as world:
            context = ssl.create_default_context(cafile=authorities_of(world))
            address = world.sim.env.directory.addresses("primary.idms")["TLS"]
            for head in (
                b"POST /token HTTP/1.1\r\nAuthorization: Basic secret\x00word\r\n\r\n",
                b"secretword secretword secretword\r\n\r\n",
                b"POST /token HTTP/9.9\r\nsecretword\r\n\r\n",
                b"POST /token HTTP/1.1\r\nContent-Length: secretword\r\n\r\n",
            ):
                reader, writer = await asyncio.open_connection(
                    address.host, address.port, ssl=context, server_hostname="127.0.0.1"
                )
                writer.write(head)
                await writer.drain()
                assert b" 400 " in await reader.readline()
                writer.close()
            await post(world, b"grant_type=password&password=secretword&username=x")

    on_sockets(test())
    assert "secretword" not in caplog.text


def test_a_crash_is_answered_and_tells_nothing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        async with real_world() as world:
            idms = world.sim.identities.idms(world.sim.topology.systems["primary"])

            def crash(*_: object) -> None:
                raise RuntimeError("secretword")

            monkeypatch.setattr(idms, "login", crash)
            assert await post(world, login(world)) == (
                500,
                {"error": "server_error", "error_description": "the server failed"},
            )

    on_sockets(test())
    assert "a token request crashed: RuntimeError" in caplog.text
    assert "secretword" not in caplog.text


def test_an_address_that_is_taken() -> None:
    async def test() -> None:
        async with real_world() as world:
            node = world.sim.nodes["primary.idms"]
            assert isinstance(node, IdmsNode)
            assert node._server is not None
            first = node._server
            address = world.sim.env.directory.addresses(node.name)["TLS"]
            second = IdmsServer(first._endpoint, first._context, first._wall)
            with pytest.raises(NetworkError, match="cannot listen"):
                await second.start(address.host, address.port)
            await second.stop()

    on_sockets(test())
