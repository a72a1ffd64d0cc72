"""Records of running servers and of databases, compared once things are quiet."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from mcsip.net.memory import MemoryNetwork
from mcsip.net.virtual import run_virtual
from mcsip.nodes.agreement import Agree, Agreement, Records, read_records, settled_agreement
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.simulation import Simulation
from mcsip.resources import scenarios_dir
from mcsip.store.port import Owed, StoreError
from mcsip.topology.load import load_topology

ALICE = "sip:alice@primary.example"
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
