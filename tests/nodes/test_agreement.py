"""Records of running servers and of databases, compared once things are quiet."""

import asyncio
import random
from dataclasses import replace
from pathlib import Path

import pytest

from mcsip.load.crowd import served_elsewhere
from mcsip.migration.agreement import Disagreement, SystemRecords
from mcsip.net.memory import MemoryNetwork
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_virtual
from mcsip.nodes.agreement import Agree, Agreement, Records, read_records, settled_agreement
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.simulation import Simulation
from mcsip.resources import scenarios_dir
from mcsip.store.port import Owed, StoreError
from mcsip.topology.load import load_topology

ALICE, BOB = "sip:alice@primary.example", "sip:bob@primary.example"
FILE = scenarios_dir() / "topologies" / "two-systems.yaml"


def server(simulation: Simulation, name: str) -> McServer:
    node = simulation.nodes[name]
    assert isinstance(node, McServer)
    return node


async def begun(data_dir: Path | None = None) -> Simulation:
    """Return running systems, in which alice has migrated."""
    network = MemoryNetwork(random.Random(1))
    simulation = Simulation(load_topology(FILE), network=network, seed=1, data_dir=data_dir)
    await simulation.start()
    client = simulation.clients["alice-ue"]
    await client.authenticate("partner")
    await client.register("partner")
    assert (await client.migrate("partner", 2)).result == "success"
    return simulation


def test_they_agree_and_it_is_told_at_once() -> None:
    async def main() -> Agreement:
        simulation = await begun()
        try:
            return await settled_agreement(Records(simulation), within_s=1000.0)
        finally:
            await simulation.stop()

    found = run_virtual(main())
    assert (found.verdict, found.away, found.visitors) == (Agree.YES, 1, 1)


def test_a_user_of_whom_the_primary_knows_nothing_is_named() -> None:
    async def main() -> Agreement:
        simulation = await begun()
        store = server(simulation, "primary.server").store
        await store.commit(replace(store.primary(ALICE), current=None))
        try:
            return await settled_agreement(Records(simulation), within_s=2.0)
        finally:
            await simulation.stop()

    found = run_virtual(main())
    assert found.verdict is Agree.NO
    assert [each.user for each in found.found] == [ALICE]


def test_what_is_owed_is_waited_for_and_told_when_it_does_not_come() -> None:
    async def main() -> Agreement:
        simulation = await begun()
        store = server(simulation, "primary.server").store
        owed = Owed("x", "message", "partner.example", ALICE, "", b"", 0.0, next_try_at=1e12)
        await store.commit(owed)
        try:
            return await settled_agreement(Records(simulation), within_s=2.0)
        finally:
            await simulation.stop()

    found = run_virtual(main())
    assert (found.verdict, found.waiting) == (Agree.OPEN, 1)


def test_records_of_servers_elsewhere_come_from_their_databases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> tuple[Agreement, Agreement, Agreement]:
        simulation = await begun(tmp_path)
        databases = {n: tmp_path / f"{n}.sqlite" for n in ("primary.server", "partner.server")}
        try:
            kept = {n: node for n, node in simulation.nodes.items() if n not in databases}
            monkeypatch.setattr(simulation, "nodes", kept)  # as if the others ran elsewhere
            one = {"primary.server": databases["primary.server"]}
            return (
                await settled_agreement(Records(simulation, databases), 1.0),
                await settled_agreement(Records(simulation, one), 1.0),
                await settled_agreement(Records(simulation), 1.0),
            )
        finally:
            monkeypatch.undo()
            await simulation.stop()

    both, one, none = run_virtual(main())
    assert (both.verdict, both.away, both.unread) == (Agree.YES, 1, ())
    assert (one.verdict, one.unread) == (Agree.UNKNOWN, ("partner.server",))
    assert none.reason == "the records of primary.server, partner.server cannot be read"


def test_a_database_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot open the store"):
        read_records("primary.example", tmp_path / "gone.sqlite")


def test_a_database_that_cannot_be_read_is_read_again_until_time_is_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main(troubles: int) -> tuple[Agreement, list[str], float]:
        simulation = await begun()
        records, told = Records(simulation), list[str]()
        real = records.read

        def read() -> list[SystemRecords]:
            nonlocal troubles
            troubles -= 1
            if troubles >= 0:
                raise StoreError("the database is starting up")
            return real()

        monkeypatch.setattr(records, "read", read)
        began = asyncio.get_running_loop().time()
        try:
            found = await settled_agreement(
                records, within_s=5.0, tell=lambda each: told.append(each.reason)
            )
            return found, told, asyncio.get_running_loop().time() - began
        finally:
            await simulation.stop()

    found, told, took_s = run_virtual(main(troubles=2))
    assert (found.verdict, told) == (Agree.YES, ["the database is starting up"] * 2)
    assert took_s < 1
    found, told, took_s = run_virtual(main(troubles=10**6))
    assert (found.verdict, found.reason) == (Agree.ERROR, "the database is starting up")
    assert took_s == pytest.approx(5.0)


def test_the_wait_ends_when_it_is_enough() -> None:
    async def main() -> tuple[Agreement, float]:
        simulation = await begun()
        store = server(simulation, "primary.server").store
        owed = Owed("x", "message", "partner.example", ALICE, "", b"", 0.0, next_try_at=1e12)
        await store.commit(owed)
        loop, enough = asyncio.get_running_loop(), asyncio.Event()
        began = loop.time()
        loop.call_later(3.25, enough.set)
        try:
            found = await settled_agreement(Records(simulation), within_s=1000.0, enough=enough)
            return found, loop.time() - began
        finally:
            await simulation.stop()

    found, took_s = run_virtual(main())
    assert found.verdict is Agree.OPEN
    assert took_s == pytest.approx(3.25)


def test_who_was_told_that_a_partner_serves_him_is_in_its_records() -> None:
    async def main() -> list[Disagreement]:
        simulation = await begun()
        records = Records(simulation)
        try:
            assert records.unserved({ALICE: "partner.example", BOB: "elsewhere.example"}) == []
            return records.unserved({ALICE: "partner.example", BOB: "partner.example"})
        finally:
            await simulation.stop()

    (found,) = run_virtual(main())
    assert found.user == BOB
    assert found.text.startswith("was told that partner.example serves it, and")


def test_who_is_away_and_what_can_be_read_is_known_before(tmp_path: Path) -> None:
    async def main() -> frozenset[str]:
        simulation = await begun()
        try:
            Records(simulation).check()
            return Records(simulation).away({ALICE, BOB})
        finally:
            await simulation.stop()

    assert run_virtual(main()) == {ALICE}

    async def elsewhere() -> None:
        topology = served_elsewhere(load_topology(FILE))
        simulation = Simulation(topology, network=SocketNetwork(), seed=1)
        Records(simulation, {"primary.server": tmp_path / "gone.sqlite"}).check()

    with pytest.raises(StoreError, match="cannot open the store"):
        run_virtual(elsewhere())
