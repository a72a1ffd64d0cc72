"""The primary's side: check, mark, owe, deliver; row by row of its effects.

TS 23.280 10.6.3.3 steps 5 to 8, 10.6.3.3.2; the rows are those of ``mcsip.migration.primary_table``.
"""

import asyncio
import logging
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mcsip.mc.info import Info
from mcsip.mc.messages import RESPONSE, USER_AUTHORISATION
from mcsip.mc.roles import Role
from mcsip.migration.delivery import NOT_WAITING_STATUS

from .played import BARE, SERVER, VISITOR, asked, played_partner
from .world import (
    ALICE,
    in_memory,
    make_topology,
    mc_message,
    merged,
    request_info,
    running,
    written,
)

THREE: dict[str, Any] = {
    "systems": {
        "primary": {
            "users": {"alice": {"profiles": {2: {"name": "x", "migrate_to": ["partner", "third"]}}}}
        },
        "third": {
            "domain": "third.example",
            "nodes": {
                "core": {"role": "sip-core"},
                "server": {"role": "mc-server"},
                "gateway": {"role": "mc-gateway"},
            },
            "visitors": [{"from": "primary", "users": "any"}],
        },
    },
    "agreements": [
        {"between": ["primary", "partner"], "migration": "both_ways", "interconnection": True},
        {"between": ["primary", "third"], "migration": "both_ways", "interconnection": True},
    ],
}


def test_success_is_marked_committed_owed_and_taken() -> None:
    """Steps 6 to 8; the response names the request that it answers."""

    async def test() -> None:
        async with running(make_topology(BARE)) as world:
            peer = await played_partner(world)
            peer.answer = None
            assert await asked(world, peer) == 200
            response = await peer.request()
            assert response.items("in-reply-to") == ["attempt-one"]
            record = world.primary()
            assert (record.status, record.partner, record.partner_id, record.profile) == (
                "migrated", "partner.example", VISITOR, 2,
            )  # fmt: skip
            assert record.state == "offered"
            assert [debt.message for debt in world.store("primary.server").debts()] == [RESPONSE]
            peer.answer = 200
            await world.settle()
            assert world.primary().state == "migrated"
            assert list(world.store("primary.server").debts()) == []
            assert (len(world.notes("6")), len(world.notes("7"))) == (1, 1)

    in_memory(test())


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"profile_index": 1}, "profile-not-permitted"),
        ({"profile_index": 7}, "profile-unknown"),
        ({"primary_id": "sip:nobody@primary.example"}, "user-unknown"),
    ],
)
def test_a_refusal_is_a_response_and_changes_nothing(changes: dict[str, Any], key: str) -> None:
    """Step 6: 200 to the request, then result fail with the reason."""

    async def test() -> None:
        async with running(make_topology(BARE)) as world:
            peer = await played_partner(world)
            assert await asked(world, peer, **changes) == 200
            body = (await peer.request()).body
            assert f'key="{key}"'.encode() in body
            assert b">fail<" in body
            await world.settle()
            assert world.primary().status == "home"
            assert list(world.store("primary.server").debts()) == []

    in_memory(test())


@pytest.mark.parametrize(
    ("changes", "client", "profile", "key", "role"),
    [
        ({"agreements": [{"between": ["primary", "partner"], "migration": {"from": "partner", "to": "primary"}, "interconnection": True}]},
         "alice-ue", 2, "direction-not-agreed", Role.MC_SERVER),
        ({}, "bob-ue", 1, "profile-not-permitted", Role.MC_SERVER),
        ({"systems": {"primary": {"users": {"alice": {"profiles": {2: {"name": "x", "migrate_to": ["third"]}}}}},
                      "third": {"domain": "third.example", "nodes": {"server": {"role": "mc-server"}}}}},
         "alice-ue", 2, "partner-not-permitted", Role.MC_SERVER),
    ],
)  # fmt: skip
def test_the_check_of_the_primary_reaches_the_client(
    changes: dict[str, Any], client: str, profile: int, key: str, role: Role
) -> None:
    """Step 6 through gateways and SIP core."""

    async def test() -> None:
        async with running(make_topology(changes)) as world:
            outcome = await world.migrate(profile, world.sim.clients[client])
            assert (outcome.result, outcome.reason) == ("refused", key)
            assert (outcome.by_domain, outcome.by_role) == ("primary.example", role)
            assert outcome.text

    in_memory(test())


def test_a_response_that_the_partner_refuses_is_rolled_back() -> None:
    """REFUSED: 481, the user is at home again, and nothing is owed."""

    async def test() -> None:
        async with running(make_topology(BARE)) as world:
            peer = await played_partner(world)
            peer.answer = NOT_WAITING_STATUS
            assert await asked(world, peer) == 200
            await world.settle()
            assert world.primary().status == "home"
            assert list(world.store("primary.server").debts()) == []

    in_memory(test())


@pytest.mark.parametrize(("also", "pauses"), [((), [1, 2, 4]), (("Retry-After: 3",), [3, 3, 4])])
def test_a_response_that_is_not_taken_is_tried_again(
    also: tuple[str, ...], pauses: list[float]
) -> None:
    """RETRY: 1 s, 2 s, 4 s … until somebody takes it; not before he wants to (RFC 3261 20.33)."""

    async def test() -> None:
        async with running(make_topology(BARE)) as world:
            peer = await played_partner(world)
            peer.answer, peer.also = 503, also
            assert await asked(world, peer) == 200
            times = []
            for _ in range(4):
                await peer.request()
                times.append(asyncio.get_running_loop().time())
            gaps = [b - a for a, b in pairwise(times)]
            assert gaps == pytest.approx(pauses, abs=0.1)
            assert world.primary().status == "migrated"
            peer.answer = 200
            await world.settle()
            assert world.primary().state == "migrated"

    in_memory(test())


def test_what_is_owed_is_delivered_after_a_restart_from_the_file(tmp_path: Path) -> None:
    """Committed with the record, so that it outlives a crash (step 7, durable before answered)."""

    async def test() -> None:
        async with running(make_topology(BARE), data_dir=tmp_path) as world:
            peer = await played_partner(world)
            peer.answer = None
            assert await asked(world, peer) == 200
            await peer.request()
            await world.sim.stop_node("primary.server")
            assert (tmp_path / "primary.server.sqlite").exists()
            peer.answer = 200
            await asyncio.sleep(3)
            before = asyncio.get_running_loop().time()
            await world.sim.start_node("primary.server")
            again = await peer.request()
            assert again.items("in-reply-to") == ["attempt-one"]
            assert asyncio.get_running_loop().time() - before < 1.0
            await world.settle()
            assert world.primary().state == "migrated"
            assert list(world.store("primary.server").debts()) == []

    in_memory(test())


def test_a_repeated_request_is_answered_again_and_changes_nothing() -> None:
    """REQUEST_AGAIN: the same attempt, for example a request that crossed our answer."""

    async def test() -> None:
        async with running(make_topology(BARE)) as world:
            peer = await played_partner(world)
            assert await asked(world, peer) == 200
            await world.settle()
            record = world.primary()
            data = mc_message(
                request_info(world, partner_id=VISITOR), SERVER, call_id="attempt-one",
                via="SIP/2.0/TCP 192.0.2.9:5060;branch=z9hG4bKagain;rport", cseq="2 MESSAGE",
            )  # fmt: skip
            assert (await peer.ask(data, world.target("primary.server"))).status == 200
            await world.settle()
            assert world.primary() == record
            assert peer.requests.qsize() == 2

    in_memory(test())


def test_a_newer_request_takes_the_place_of_an_older_one() -> None:
    """REQUEST while OFFERED: another attempt, another profile."""

    async def test() -> None:
        async with running(make_topology(BARE)) as world:
            peer = await played_partner(world)
            assert await asked(world, peer) == 200
            assert await asked(world, peer, "attempt-two", profile_index=3) == 200
            await world.settle()
            current = world.primary().current
            assert current is not None
            assert (current.attempt, current.profile, current.taken) == ("attempt-two", 3, True)

    in_memory(test())


def test_on_to_a_third_system_the_former_partner_is_told() -> None:
    """10.6.3.3.2.2: the new partner notifies, the former one is de-authorized."""

    async def test() -> None:
        async with running(make_topology(THREE)) as world:
            await world.migrate()
            await world.settle()
            assert (await world.migrate(2, system="third")).result == "success"
            await world.settle()
            assert world.primary().partner == "third.example"
            assert world.primary().state == "migrated"
            assert world.partner().status == "retained"
            assert world.partner(node="third.server").status == "active"

    in_memory(test())


def test_a_return_home_is_told_to_the_partner() -> None:
    """10.6.3.3.2.1: also when the partner's server is down at first."""

    async def test() -> None:
        async with running(make_topology()) as world:
            await world.migrate()
            await world.settle()
            await world.sim.stop_node("partner.server")
            assert (await world.alice.return_home()).result == "success"
            assert world.primary().status == "home"
            await asyncio.sleep(20)
            await world.sim.start_node("partner.server")
            await world.settle()
            assert world.partner().status == "retained"
            assert list(world.store("primary.server").debts()) == []

    in_memory(test())


def test_a_notification_about_nobody_is_taken() -> None:
    """10.6.3.3.2.2 step 1 about a user who is at home changes nothing."""

    async def test() -> None:
        async with running(make_topology()) as world:
            peer = await world.peer()
            info = Info(
                world.sim.env.service, USER_AUTHORISATION, primary_id=ALICE, partner_id=VISITOR,
                partner_system="partner.example",
            )  # fmt: skip
            data = mc_message(info, SERVER)
            assert (await peer.ask(data, world.target("primary.server"))).status == 200
            assert world.primary().status == "home"

    in_memory(test())


def test_no_way_back_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A request of a system without an agreement: refused, and its answer goes nowhere."""
    caplog.set_level(logging.WARNING)

    async def test() -> None:
        async with running(make_topology(merged(BARE, {"agreements": []}))) as world:
            peer = await world.peer()
            info = request_info(world, partner_id=VISITOR)
            data = mc_message(info, SERVER)
            assert (await peer.ask(data, world.target("primary.server"))).status == 200
            await world.settle()
            assert world.primary().status == "home"

    in_memory(test())
    assert ["no way back" in record.getMessage() for record in caplog.records] == [True]


def test_merged_changes_stay_apart() -> None:
    """The helper of these tests: a mapping laid over another leaves both as they were."""
    before = merged(BARE, {})
    merged(BARE, {"systems": {"partner": {"domain": "x"}}})
    assert before == BARE
    assert written("OPTIONS").startswith(b"OPTIONS")
