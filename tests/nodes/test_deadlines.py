"""The timer of an MC service server: what is due, owed, and looked at again."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import RESPONSE
from mcsip.mc.services import MCPTT
from mcsip.migration.records import PartnerRecord
from mcsip.nodes.deadlines import DUE_AT_ONCE, DUE_PAUSE_S, RETRY_S
from mcsip.store.port import HeldError, Owed, UnavailableError, owed_id

from .played import BARE, VISITOR, asked, played_partner
from .world import ALICE, in_memory, make_topology, running


def test_waiting_for_an_answer_costs_nothing() -> None:
    """A debt that is under way is not due: the server sleeps meanwhile."""

    async def test() -> None:
        async with running(make_topology(BARE, transport="udp")) as world:
            peer = await played_partner(world)
            peer.answer = None
            assert await asked(world, peer) == 200
            deadlines = world.server("primary.server")._deadlines
            woken = 0
            plain = deadlines._on_wake

            def counted() -> None:
                nonlocal woken
                woken += 1
                plain()

            deadlines._on_wake = counted  # type: ignore[method-assign]  # counts, and does as always
            await asyncio.sleep(31)
            assert woken == 0
            await asyncio.sleep(60)
            assert 1 <= woken < 5
            peer.answer = 200
            await world.settle()
            assert world.primary().state == "migrated"

    in_memory(test())


def test_what_is_owed_to_many_is_delivered_a_little_at_a_time(tmp_path: Path) -> None:
    """Neither new requests nor the partner have to bear all of it at once."""
    count = 2 * DUE_AT_ONCE + 50

    async def test() -> None:
        async with running(make_topology(BARE), data_dir=tmp_path) as world:
            peer = await played_partner(world)
            assert await asked(world, peer) == 200
            await world.settle()
            await peer.request()
            info = Info(MCPTT, RESPONSE, primary_id=ALICE, partner_id=VISITOR, success=True)
            body, wall = build_info(info), world.sim.env.clock.wall()
            under_way = Owed(
                "", RESPONSE, "partner.example", ALICE, "", body, wall, next_try_at=wall + 30
            )
            debts = [
                replace(under_way, id=owed_id(RESPONSE, ALICE, attempt), attempt=attempt)
                for attempt in map(str, range(count))
            ]
            await world.store("primary.server").commit(*debts)
            await world.sim.stop_node("primary.server")
            await world.sim.start_node("primary.server")
            await asyncio.sleep(DUE_PAUSE_S / 2)
            assert peer.requests.qsize() == DUE_AT_ONCE
            await asyncio.sleep(3 * DUE_PAUSE_S)
            await world.settle()
            assert peer.requests.qsize() == count
            assert list(world.store("primary.server").debts()) == []

    in_memory(test())


def test_what_is_due_is_looked_at_again_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records that could not be read when a deadline came do not stop the clock of the server."""

    async def test() -> None:
        async with running(make_topology(), retention_s=60.0) as world:
            await world.migrate()
            assert (await world.alice.return_home()).result == "success"
            await world.settle()
            assert world.partner().status == "retained"
            store = world.store("partner.server")
            with monkeypatch.context() as patch:

                def fail(*_: object) -> None:
                    raise UnavailableError("lost")

                patch.setattr(store, "partners_due", fail)
                patch.setattr(store, "next_due", fail)
                await asyncio.sleep(90.0)
                assert world.partner().status == "retained"
            await asyncio.sleep(2 * RETRY_S)
            assert world.partner().status == "absent"

    in_memory(test())


def test_what_is_due_to_one_user_does_not_wait_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test() -> None:
        async with running(make_topology(), retention_s=60.0) as world:
            await world.migrate()
            assert (await world.alice.return_home()).result == "success"
            await world.settle()
            server, store = world.server("partner.server"), world.store("partner.server")
            other = PartnerRecord("sip:another@primary.example", until=1.0)
            on_due = server.partner.on_due

            async def hold(user: str) -> None:
                if user != ALICE:
                    raise HeldError("held", frozenset({ALICE}))
                await on_due(user)

            monkeypatch.setattr(server.partner, "on_due", hold)
            due = store.partners_due
            monkeypatch.setattr(store, "partners_due", lambda *how: [other, *due(*how)])
            await asyncio.sleep(61.0)
            assert world.partner().status == "absent"

    in_memory(test())
