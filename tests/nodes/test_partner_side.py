"""The partner's side: initial check, pending, response, de-authorization; row by row of its effects.

TS 23.280 10.6.3.3 steps 2, 3, 11, 12 and 10.6.3.3.2.1; the rows are those of
``mcsip.migration.partner_table``.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import DEAUTHORIZATION
from mcsip.mc.roles import Role
from mcsip.nodes.client_outcome import MigrationOutcome
from mcsip.nodes.environment import PENDING_TIMEOUT_S
from mcsip.nodes.mc_server import McServer

from .world import (
    ALICE,
    INFO,
    in_memory,
    make_topology,
    mc_message,
    merged,
    response_info,
    running,
    written,
)

GATEWAY = "sip:gateway@partner.example"
SERVER = "sip:server@partner.example"
ON_FAILURE = {
    "agreements": [
        {
            "between": ["primary", "partner"],
            "migration": "both_ways",
            "interconnection": True,
            "on_failure": "grant_locally",
        }
    ]
}
ALONE: dict[str, Any] = {
    "agreements": [
        {"between": ["primary", "partner"], "migration": "both_ways", "interconnection": False}
    ],
    "systems": {
        "partner": {
            "trusted_certificates": ["primary"],
            "provisioned": [
                {
                    "user": ALICE,
                    "mc_id": "sip:guest@partner.example",
                    "profiles": {2: {"name": "guest"}},
                }
            ],
        }
    },
}


def visitors(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"systems": {"partner": {"visitors": list(rules)}}}


# Step 2: the initial check


@pytest.mark.parametrize(
    ("changes", "token", "key", "mc_code"),
    [
        (visitors(), "valid", "visitors-not-accepted", "100"),
        (visitors({"from": "primary", "users": ["sip:bob@primary.example"]}), "valid",
         "visitor-not-permitted", "100"),
        ({}, "expired", "token-expired", "101"),
        ({}, "forged", "token-invalid", "101"),
        ({}, "wrong-audience", "token-wrong-audience", "101"),
        ({}, "wrong-scope", "token-wrong-scope", "101"),
        ({}, "wrong-id", "token-wrong-id", "101"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_initial_check_refuses_on_the_spot(
    changes: dict[str, Any], token: str, key: str, mc_code: str
) -> None:
    """Step 2: 403 with Warning; the primary is not asked, and nothing is stored."""

    async def test() -> None:
        async with running(make_topology(changes)) as world:
            outcome = await world.migrate(token=token)
            assert (outcome.result, outcome.reason, outcome.status) == ("refused", key, 403)
            assert (outcome.by_domain, outcome.by_role) == ("partner.example", Role.MC_SERVER)
            answers = [e.data for e in world.sent("partner.server", "partner.core")]
            assert any(f'399 server.partner.example "{mc_code} '.encode() in a for a in answers)
            assert not world.requests("partner.server")
            assert world.partner().status == "absent"

    in_memory(test())


# Steps 3 to 12


def test_success_is_stored_then_told() -> None:
    """Steps 11 and 12."""

    async def test() -> None:
        async with running(make_topology()) as world:
            outcome = await world.migrate()
            assert (outcome.result, outcome.status) == ("success", 200)
            record = world.partner()
            assert (record.status, record.profile) == ("active", 2)
            (told,) = world.told()
            assert (told.success, told.partner_id) == (True, record.partner_id)
            assert len(world.notes("2")) == len(world.notes("11")) == 1
            (asked,) = world.requests("partner.server", "partner.gateway")
            assert b"access-token" not in asked.body
            assert b"client-id" not in asked.body

    in_memory(test())


def test_a_refusal_by_the_primary_is_told_with_its_reason() -> None:
    """FAILURE: back to what it was; step 12 names reason, clause, domain and role."""

    async def test() -> None:
        async with running(make_topology()) as world:
            outcome = await world.migrate(profile=1)
            assert outcome == MigrationOutcome(
                "refused", "profile-not-permitted", outcome.text, "primary.example",
                Role.MC_SERVER, 200,
            )  # fmt: skip
            await world.settle()
            assert world.partner().status == "absent"
            assert world.primary().status == "home"

    in_memory(test())


def test_a_refusal_by_our_gateway_is_told() -> None:
    """UNREACHED: a gateway refused on the way (403, Warning 179)."""

    async def test() -> None:
        async with running(make_topology({"agreements": []})) as world:
            outcome = await world.migrate()
            assert (outcome.result, outcome.reason) == ("refused", "no-agreement")
            assert (outcome.by_domain, outcome.by_role) == ("partner.example", Role.MC_GATEWAY)
            assert world.partner().status == "absent"

    in_memory(test())


@pytest.mark.parametrize("down", ["partner.gateway", "primary.gateway", "primary.server"])
def test_an_unreachable_primary_is_told_as_failed(down: str) -> None:
    """UNREACHED: nobody said no, so the outcome is a failure."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.admit()
            await world.sim.stop_node(down)
            outcome = await world.alice.migrate("partner", 2)
            assert (outcome.result, outcome.reason) == ("failed", "primary-unreachable")
            assert outcome.by_domain == "partner.example"
            assert world.partner().status == "absent"

    in_memory(test())


def test_a_primary_that_does_not_answer_is_timed_out() -> None:
    """UNREACHED by Timer F (RFC 3261 17.1.2.2): 32 s over UDP."""

    async def test() -> None:
        async with running(make_topology(transport="udp")) as world:
            await world.admit()
            await world.sim.stop_node("partner.gateway")
            before = asyncio.get_running_loop().time()
            outcome = await world.alice.migrate("partner", 2)
            assert (outcome.result, outcome.reason) == ("failed", "primary-timeout")
            assert asyncio.get_running_loop().time() - before == pytest.approx(32, abs=0.5)
            assert world.partner().status == "absent"

    in_memory(test())


def test_the_pending_timeout_speaks_when_the_response_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """TIMEOUT: 200 to the request, then silence; the deadline of the record decides."""

    async def test() -> None:
        async with running(make_topology()) as world:
            primary = world.server("primary.server").primary
            monkeypatch.setattr(primary, "_try", lambda debt: None)
            outcome = await world.migrate()
            assert (outcome.result, outcome.reason) == ("failed", "primary-timeout")
            at = asyncio.get_running_loop().time()
            assert at == pytest.approx(PENDING_TIMEOUT_S, abs=0.5)
            assert world.partner().status == "absent"
            assert world.primary().status == "migrated"  # and the response is still owed
            monkeypatch.undo()
            await world.settle()
            assert world.primary().status == "home"

    in_memory(test())


def test_the_agreement_may_grant_after_a_failure() -> None:
    """UNREACHED_GRANTED: TS 23.280 5.2.9.1, failure of migrating."""

    async def test() -> None:
        async with running(make_topology(ON_FAILURE)) as world:
            await world.sim.stop_node("primary.server")
            outcome = await world.migrate()
            assert outcome.result == "success"
            assert (world.partner().status, world.partner().basis) == ("active", "on-failure")
            # asking again asks the primary again
            await world.sim.start_node("primary.server")
            assert (await world.alice.migrate("partner", 2)).result == "success"
            await world.settle()
            assert world.partner().basis == "primary"
            assert world.primary().status == "migrated"

    in_memory(test())


def test_a_refusal_is_never_granted_locally() -> None:
    """5.2.9.1: a failure is not a refusal."""

    async def test() -> None:
        async with running(make_topology(ON_FAILURE)) as world:
            assert (await world.migrate(profile=1)).result == "refused"
            assert world.partner().status == "absent"

    in_memory(test())


# Repeated and simultaneous requests


@pytest.mark.parametrize("repeat", [2, 3])
def test_a_repeated_request_joins_the_one_under_way(repeat: int) -> None:
    """REQUESTED_AGAIN while PENDING: 200, and the primary is asked once."""

    async def test() -> None:
        async with running(make_topology()) as world:
            assert (await world.migrate(repeat=repeat)).result == "success"
            await world.settle()
            assert len(world.requests("partner.server", "partner.gateway")) == 1
            assert len(world.requests("alice-ue", "partner.core")) == repeat
            assert len(world.told()) == 1

    in_memory(test())


def test_a_repeated_request_of_a_visitor_is_told_at_once() -> None:
    """REQUESTED_AGAIN while ACTIVE: success again, nobody is asked."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.migrate()
            before = world.partner()
            assert (await world.alice.migrate("partner", 2)).result == "success"
            assert len(world.requests("partner.server", "partner.gateway")) == 1
            assert world.partner() == before

    in_memory(test())


def test_a_different_request_while_one_is_under_way_is_486() -> None:
    """REQUESTED while PENDING: 486 with Warning 164."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.admit()
            first = asyncio.create_task(world.alice.migrate("partner", 2))
            await asyncio.sleep(0.015)
            second = await world.alice.migrate("partner", 3)
            assert (second.reason, second.status) == ("simultaneous-authorization", 486)
            first.cancel()
            await world.settle()
            assert (world.partner().profile, world.primary().profile) == (2, 2)

    in_memory(test())


def test_another_profile_replaces_the_active_one() -> None:
    """REQUESTED while ACTIVE: asked anew; both records follow."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.migrate(2)
            assert (await world.alice.migrate("partner", 3)).result == "success"
            await world.settle()
            assert (world.partner().profile, world.primary().profile) == (3, 3)
            # Nobody else is to be told: the partner sends no notification (10.6.3.3.2.2).
            assert len(world.requests("partner.server", "partner.gateway")) == 2

    in_memory(test())


def test_a_refused_change_leaves_the_visitor_as_it_was() -> None:
    """FAILURE with a former record: it falls back to it."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.migrate(2)
            assert (await world.alice.migrate("partner", 1)).result == "refused"
            await world.settle()
            assert (world.partner().status, world.partner().profile) == ("active", 2)
            assert world.primary().profile == 2

    in_memory(test())


# Messages of the primary


def test_a_response_that_nobody_waits_for_is_481() -> None:
    """SUCCESS_STALE: the primary rolls back."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            info = response_info(world, partner_id="sip:visitor-z@partner.example")
            data = mc_message(info, SERVER, fields=["In-Reply-To: unknown"])
            assert (await peer.ask(data, world.target("partner.server"))).status == 481
            assert world.partner().status == "absent"

    in_memory(test())


def test_a_success_response_again_is_taken_again() -> None:
    """SUCCESS while ACTIVE: 200, the client is not told twice."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.migrate()
            record = world.partner()
            peer = await world.peer()
            assert record.partner_id is not None
            info = response_info(world, partner_id=record.partner_id)
            data = mc_message(info, SERVER, fields=[f"In-Reply-To: {record.attempt}"])
            assert (await peer.ask(data, world.target("partner.server"))).status == 200
            assert world.partner() == record
            assert len(world.told()) == 1

    in_memory(test())


def test_a_late_refusal_changes_nothing() -> None:
    """A refusal of an attempt that is over means nothing: 200."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.migrate()
            record = world.partner()
            assert record.partner_id is not None
            peer = await world.peer()
            info = response_info(world, partner_id=record.partner_id, success=False)
            data = mc_message(info, SERVER, fields=["In-Reply-To: older"])
            assert (await peer.ask(data, world.target("partner.server"))).status == 200
            assert world.partner() == record

    in_memory(test())


def test_deauthorization_retains_the_mapping_for_its_time() -> None:
    """DEAUTHORIZED, then EXPIRED: 10.6.3.3.2.1 step 4 and NOTE 2."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.migrate()
            record = world.partner()
            peer = await world.peer()
            info = Info(
                world.sim.env.service, DEAUTHORIZATION,
                primary_id=ALICE, partner_id=record.partner_id,
            )  # fmt: skip
            data = mc_message(info, SERVER)
            assert (await peer.ask(data, world.target("partner.server"))).status == 200
            assert world.partner().status == "retained"
            assert world.store("partner.server").partner_by_partner_id(record.partner_id or "")
            await asyncio.sleep(3590)
            assert world.partner().status == "retained"
            await asyncio.sleep(20)
            assert world.partner().status == "absent"

    in_memory(test())


# Without interconnection (TR 23.700-90)


def test_without_interconnection_the_partner_decides_alone() -> None:
    """GRANTED: no message leaves the partner, and the primary's record does not change."""

    async def test() -> None:
        async with running(make_topology(ALONE)) as world:
            alice = world.alice
            await alice.authenticate("primary", for_system="partner")
            assert await alice.register("partner") == 200
            assert (await alice.migrate("partner", 2)).result == "success"
            record = world.partner()
            assert (record.status, record.basis) == ("active", "local")
            assert record.partner_id == "sip:guest@partner.example"
            assert not world.requests("partner.server", "partner.gateway")
            assert world.primary().status == "home"
            assert (await alice.migrate("partner", 2)).result == "success"  # GRANTED_AGAIN

    in_memory(test())


@pytest.mark.parametrize(
    ("changes", "profile", "key"),
    [
        ({}, 9, "profile-unknown"),
        ({"systems": {"partner": {"trusted_certificates": []}}}, 2, "no-certificate"),
        ({"systems": {"partner": {"provisioned": []}}}, 2, "not-provisioned"),
    ],
)
def test_the_local_check_refuses(changes: dict[str, Any], profile: int, key: str) -> None:
    """TR 23.700-90 7.X.2 step 2."""

    async def test() -> None:
        async with running(make_topology(merged(ALONE, changes))) as world:
            await world.alice.authenticate("primary", for_system="partner")
            await world.alice.register("partner")
            outcome = await world.alice.migrate("partner", profile)
            assert (outcome.result, outcome.reason) == ("refused", key)

    in_memory(test())


# Crashes


def test_a_pending_record_survives_a_crash_and_takes_its_response(tmp_path: Path) -> None:
    """The record stands in the file before the request leaves (step 3)."""

    async def test() -> None:
        async with running(make_topology(), data_dir=tmp_path) as world:
            await world.admit()
            task = asyncio.create_task(world.alice.migrate("partner", 2))
            await asyncio.sleep(0.015)
            await world.sim.stop_node("partner.server")
            assert world.primary().status in {"home", "migrated"}
            await asyncio.sleep(0.1)
            await world.sim.start_node("partner.server")
            outcome = await task
            await world.settle()
            assert outcome.result == "success"
            assert world.partner().status == "active"
            assert world.primary().status == "migrated"

    in_memory(test())


def test_a_pending_record_times_out_after_a_restart_too(tmp_path: Path) -> None:
    """The deadline stands in the file."""

    async def test() -> None:
        async with running(make_topology(), data_dir=tmp_path) as world:
            await world.admit()
            task = asyncio.create_task(world.alice.migrate("partner", 2))
            await asyncio.sleep(0.015)
            await world.sim.stop_node("partner.server")
            await world.sim.stop_node("primary.server")
            await asyncio.sleep(50)
            await world.sim.start_node("partner.server")
            outcome = await task
            assert (outcome.result, outcome.reason) == ("failed", "primary-timeout")
            assert world.partner().status == "absent"

    in_memory(test())


# A client that comes without a SIP core is answered the way that it came


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_direct_client_is_told_the_way_it_came(transport: str) -> None:
    """One Via: the request came from the client itself."""

    async def test() -> None:
        changes = {"systems": {"partner": {"nodes": {"core": None}}}}
        async with running(make_topology(changes, transport=transport.lower())) as world:
            await world.alice.authenticate("partner")
            assert (await world.alice.migrate("partner", 2)).result == "success"
            assert len(world.requests("partner.server", "alice-ue")) == 1

    in_memory(test())


def test_the_way_of_a_direct_client_is_forgotten_with_its_record() -> None:
    """What is kept for somebody who asked must not stay when nothing else is known of them."""

    async def test() -> None:
        changes = {"systems": {"partner": {"nodes": {"core": None}}}}
        async with running(make_topology(changes)) as world:
            await world.alice.authenticate("partner")
            server = world.sim.nodes["partner.server"]
            assert isinstance(server, McServer)
            assert (await world.alice.migrate("partner", 1)).result == "refused"
            assert server.partner._direct == {}
            assert (await world.alice.migrate("partner", 2)).result == "success"
            assert list(server.partner._direct) == [ALICE]

    in_memory(test())


def test_a_client_cannot_say_that_a_visitor_has_left() -> None:
    """What came through the SIP core is a client's: no notification between servers."""

    async def test() -> None:
        async with running(make_topology()) as world:
            assert (await world.migrate()).result == "success"
            server = world.sim.nodes["partner.server"]
            assert isinstance(server, McServer)
            record = server.store.partner(ALICE)
            peer = await world.peer()
            info = Info(
                world.sim.env.service, DEAUTHORIZATION, primary_id=ALICE,
                partner_id=record.partner_id,
            )  # fmt: skip
            uri, body = "sip:server@partner.example", build_info(info)
            peer.send(
                written(uri=uri, content_type=INFO, body=body), world.target("partner.core", "TCP")
            )
            answer = await asyncio.wait_for(peer.responses.get(), 5)
            assert (answer.status, answer.reason) == (
                403,
                f"{DEAUTHORIZATION} is not for a client to send",
            )
            assert server.store.partner(ALICE) == record

    in_memory(test())
