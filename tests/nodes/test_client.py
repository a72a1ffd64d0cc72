"""The client: authentication, registration, the request of step 1, and how it ends."""

import asyncio
from typing import Any

import pytest

from mcsip.errors import McsipError, NetworkError
from mcsip.mc.info import Info, InfoReason
from mcsip.mc.messages import DEAUTHORIZATION
from mcsip.mc.roles import Role
from mcsip.nodes.client_outcome import MigrationOutcome
from mcsip.nodes.environment import CLIENT_TIMEOUT_S
from mcsip.nodes.identities import TokenKind

from .world import (
    INFO,
    World,
    in_memory,
    make_topology,
    mc_message,
    response_info,
    running,
    written,
)

TOKEN_REASONS = {
    TokenKind.EXPIRED: "token-expired",
    TokenKind.FORGED: "token-invalid",
    TokenKind.WRONG_AUDIENCE: "token-wrong-audience",
    TokenKind.WRONG_SCOPE: "token-wrong-scope",
    TokenKind.WRONG_ID: "token-wrong-id",
}


def test_step_1_is_what_the_clause_says() -> None:
    """TS 23.280 Table 10.6.3.2.1-1; TS 24.379 10.1.4.2.1 (pattern)."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.migrate()
            (asked,) = world.requests("alice-ue", "partner.core")
            identity = world.sim.identities.visitor_id(
                world.sim.topology.systems["partner"], world.alice.mc_id
            )
            assert asked.uri == "sip:server@partner.example"
            assert asked.values("p-preferred-identity") == [f"<{identity}>"]
            assert asked.values("p-asserted-identity") == []
            assert len(asked.values("accept-contact")) == 2
            assert asked.content_type == INFO
            assert asked.first("contact") is None  # RFC 3428 8
            for text in (b"mcptt-access-token", b"mcptt-client-id", b"selected-user-profile-index"):
                assert text in asked.body

    in_memory(test())


@pytest.mark.parametrize("kind", TOKEN_REASONS)
def test_each_kind_of_bad_token_is_refused(kind: TokenKind) -> None:
    """TS 33.180 5.1.4, B.8."""

    async def test() -> None:
        async with running(make_topology()) as world:
            outcome = await world.migrate(token=kind)
            assert (outcome.result, outcome.reason) == ("refused", TOKEN_REASONS[kind])
            assert (outcome.status, outcome.by_domain) == (403, "partner.example")

    in_memory(test())


def test_without_token_the_request_lacks_an_element() -> None:
    """Table 10.6.3.2.1-1: the access token is mandatory."""

    async def test() -> None:
        async with running(make_topology()) as world:
            outcome = await world.migrate(token="none")
            assert (outcome.result, outcome.status) == ("refused", 400)

    in_memory(test())


def test_migrating_without_authentication_is_a_fault_of_the_user() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            with pytest.raises(McsipError, match="has not authenticated in partner"):
                await world.alice.migrate("partner", 2)

    in_memory(test())


def test_registering_without_sip_core_is_a_fault_of_the_user() -> None:
    async def test() -> None:
        changes = {"systems": {"partner": {"nodes": {"core": None}}}}
        async with running(make_topology(changes)) as world:
            with pytest.raises(McsipError, match="no SIP core"):
                await world.alice.register("partner")

    in_memory(test())


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_core_that_is_down_is_a_network_fault(transport: str) -> None:
    """RFC 3261 17.1.4, 18.4."""

    async def test() -> None:
        async with running(make_topology(transport=transport)) as world:
            await world.alice.authenticate("partner")
            await world.sim.stop_node("partner.core")
            with pytest.raises(NetworkError):
                await world.alice.register("partner")
            outcome = await world.alice.migrate("partner", 2)
            assert outcome.result == "failed"
            assert outcome.reason in {"unreachable", "no-answer"}
            assert outcome.status is None

    in_memory(test())


def test_registering_again_replaces_the_binding() -> None:
    """RFC 3261 10.2.4: same Call-ID, higher CSeq."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.alice.authenticate("partner")
            assert [await world.alice.register("partner") for _ in range(3)] == [200] * 3
            registers = world.requests("alice-ue", "partner.core", "REGISTER")
            assert [r.cseq.number for r in registers] == [1, 2, 3]
            assert len({r.call_id for r in registers}) == 1

    in_memory(test())


def test_without_registration_the_response_does_not_arrive() -> None:
    """Step 12 goes to the binding: without one the client waits for its whole time."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.alice.authenticate("partner")
            outcome = await world.alice.migrate("partner", 2)
            assert (outcome.result, outcome.reason, outcome.status) == (
                "failed",
                "no-response",
                200,
            )
            assert asyncio.get_running_loop().time() >= CLIENT_TIMEOUT_S

    in_memory(test())


def told(world: World, **changes: Any) -> bytes:
    """Return the response of step 12, as a foreign server would send it."""
    partner_id = world.sim.identities.visitor_id(
        world.sim.topology.systems["partner"], world.alice.mc_id
    )
    info = response_info(world, partner_id=partner_id, **changes)
    return mc_message(info, "sip:alice@192.0.2.1")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"success": True}, MigrationOutcome("success", status=200)),
        ({"success": False}, MigrationOutcome("refused", status=200)),
        (
            {"success": False, "reason": InfoReason("user-unknown", "no", "c", "a.example", Role.MC_SERVER)},
            MigrationOutcome("refused", "user-unknown", "no", "a.example", Role.MC_SERVER, 200),
        ),
        (
            {"success": False, "reason": InfoReason("primary-timeout", "no", "c", "a.example", Role.MC_GATEWAY)},
            MigrationOutcome("failed", "primary-timeout", "no", "a.example", Role.MC_GATEWAY, 200),
        ),
        (
            {"success": False, "reason": InfoReason("their-own", "no", "c", "a.example", Role.MC_SERVER)},
            MigrationOutcome("refused", "their-own", "no", "a.example", Role.MC_SERVER, 200),
        ),
    ],
    ids=["success", "fail without reason", "refused", "failed", "reason that we do not know"],
)  # fmt: skip
def test_what_the_response_says_is_the_outcome(
    changes: dict[str, Any], expected: MigrationOutcome
) -> None:
    """Step 12, from a server of another make that accepted the request."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.admit()
            await world.sim.stop_node("partner.server")
            server = await world.peer("partner.server", ("TCP", "UDP"))
            task = asyncio.create_task(world.alice.migrate("partner", 2))
            await server.request()
            response = await server.ask(told(world, **changes), world.target("alice-ue"))
            while response.cseq.method != "MESSAGE" or response.call_id != "written-by-hand":
                response = await server.responses.get()
            assert response.status == 200
            assert await task == expected

    in_memory(test())


@pytest.mark.parametrize(
    ("status", "result"), [(403, "refused"), (404, "refused"), (500, "failed"), (503, "failed")]
)
def test_a_bare_status_is_an_outcome_too(status: int, result: str) -> None:
    """A server that says no more than SIP can."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.admit()
            await world.sim.stop_node("partner.server")
            server = await world.peer("partner.server", ("TCP", "UDP"))
            server.answer = status
            outcome = await world.alice.migrate("partner", 2)
            assert outcome.result == result
            assert outcome.by_domain is None

    in_memory(test())


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (written("OPTIONS", "sip:alice@192.0.2.1"), 200),
        (written("SUBSCRIBE", "sip:alice@192.0.2.1"), 405),
        (written("MESSAGE", "sip:alice@192.0.2.1"), 400),
        (written("MESSAGE", "sip:a@192.0.2.1", content_type="text/plain", body=b"x"), 415),
        (written("MESSAGE", "sip:a@192.0.2.1", content_type=INFO, body=b"x"), 400),
    ],
)
def test_what_else_comes_in(data: bytes, status: int) -> None:
    """RFC 3261 8.2."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            assert (await peer.ask(data, world.target("alice-ue"))).status == status

    in_memory(test())


def test_a_response_that_nobody_asked_for_is_taken_and_forgotten() -> None:
    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            assert (await peer.ask(told(world), world.target("alice-ue"))).status == 200
            service = world.sim.env.service
            other = Info(service, DEAUTHORIZATION, primary_id="sip:a@b.c", partner_id="sip:d@e.f")
            data = mc_message(other, "sip:a@192.0.2.1", call_id="two",
                              via="SIP/2.0/TCP 192.0.2.9;branch=z9hG4bKtwo")  # fmt: skip
            assert (await peer.ask(data, world.target("alice-ue"))).status == 200

    in_memory(test())


def test_a_client_that_stops_fails_its_requests() -> None:
    async def test() -> None:
        async with running(make_topology(transport="udp")) as world:
            await world.alice.authenticate("partner")
            await world.sim.stop_node("partner.core")
            task = asyncio.create_task(world.alice.register("partner"))
            await asyncio.sleep(1)
            await world.alice.stop()
            with pytest.raises(NetworkError, match="stopped"):
                await task

    in_memory(test())


def test_returning_home_needs_the_core() -> None:
    """10.6.3.3.2.1, pre-condition: authorised in the primary again."""

    async def test() -> None:
        async with running(make_topology()) as world:
            assert await world.alice.return_home() == MigrationOutcome("success", status=200)
            (published,) = world.requests("alice-ue", "primary.core", "PUBLISH")
            assert published.first("event") == "poc-settings"
            assert world.primary().status == "home"

    in_memory(test())
