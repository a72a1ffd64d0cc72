"""Several MC service servers of one system share a registry; one is killed, the others go on.

Clause: TS 23.280 10.6.3.3, 10.6.3.3.2.1, 10.6.3.3.2.2; the shared registry is ours [ours].
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from mcsip.migration.routing import serving_server
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.agreement import Agree, Records, settled_agreement
from mcsip.nodes.simulation import Simulation
from mcsip.topology.injection import with_users
from tests import postgresql
from tests.nodes.world import make_topology

from .killing import SYSTEMS, USERS, World, check, end, make_topology_file

pytestmark = [pytest.mark.slow, pytest.mark.interop]

NAMES = ("one", "two", "three")
SERVERS = tuple(f"{system}.{name}" for system in SYSTEMS for name in NAMES)


@pytest.fixture
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgresql.Server]:
    """Return a running PostgreSQL server; skip where there is none."""
    with postgresql.for_tests(tmp_path_factory) as server:
        yield server


async def killer(world: World) -> set[str]:
    """Kill one server of each system for good, while users are on their way.

    Returns the users who had not arrived anywhere when the first server was killed.
    """
    waiting: set[str] = set()
    for system in SYSTEMS:
        for _ in range(USERS // 6):
            await world.arrivals.acquire()
        name = f"{system}.one"
        await world.served[name].kill()
        world.kills[name] += 1
        waiting = waiting or {user for user in users() if user not in world.told}
    return waiting


def users() -> set[str]:
    return {f"sip:u{number}@primary.example" for number in range(USERS)}


async def _run(folder: Path, registry: postgresql.Server) -> None:
    stores = {name: registry.schema(name) for name in SYSTEMS}
    world = World(folder, make_topology_file(folder, NAMES, stores), SERVERS, stores)
    try:
        await world.start()
        killing = asyncio.ensure_future(killer(world))
        await world.users()
        waiting = await killing
        await check(world)
        assert set(world.kills) == {f"{system}.one" for system in SYSTEMS}
        servers = [f"primary.{name}" for name in NAMES]
        orphans = [user for user in waiting if serving_server(user, servers, {}) == servers[0]]
        assert orphans, "nobody needed the server that was killed: the test proves nothing"
        await end(world)
    finally:
        for each in world.served.values():
            await each.close()


def test_the_others_go_on_without_a_half_migrated_user(
    tmp_path: Path, registry: postgresql.Server
) -> None:
    run_real(_run(tmp_path, registry))


GUESTS = 12
HELD_AT_MOST_S = 20
"""How long the database lets a record be held, in seconds: a test that fails ends."""


async def _held(registry: postgresql.Server) -> None:
    stores = {name: registry.schema(f"held_{name}") for name in ("primary", "partner")}
    changes = {"systems": {name: {"store": url} for name, url in stores.items()}}
    topology = with_users(make_topology(changes), None, GUESTS)
    sim = Simulation(topology, network=SocketNetwork(), seed=1, hosts=2)
    await sim.start()
    try:
        clients = [sim.clients[f"alice-ue-{number}"] for number in range(1, GUESTS + 1)]
        for client in clients:
            await client.authenticate("partner")
            assert await client.register("partner") == 200
        arrived = await asyncio.gather(*(client.migrate("partner", 2) for client in clients))
        assert [each.result for each in arrived] == ["success"] * GUESTS
        with psycopg.connect(registry.url) as other:
            other.execute(f"SET idle_in_transaction_session_timeout = '{HELD_AT_MOST_S}s'".encode())
            held = clients[3].mc_id
            where = b'held_primary.primary_record WHERE "user" = %s'
            other.execute(b"SELECT FROM %b FOR UPDATE" % where, (held,))
            ways = [asyncio.ensure_future(client.return_home()) for client in clients]
            back = await asyncio.gather(*(way for n, way in enumerate(ways) if n != 3))
            assert [each.result for each in back] == ["success"] * (GUESTS - 1)
            assert not ways[3].done(), "its record is tried again and again"
            other.rollback()
            assert (await ways[3]).result == "success"
        records = Records(sim, {})
        assert (await settled_agreement(records, 10.0)).verdict is Agree.YES
    finally:
        await sim.stop()


def test_a_record_that_somebody_holds_delays_its_own_user(registry: postgresql.Server) -> None:
    run_real(_held(registry))
