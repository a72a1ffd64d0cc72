"""Several MC service servers of one system share a registry; one is killed, the others go on.

Clause: TS 23.280 10.6.3.3, 10.6.3.3.2.1, 10.6.3.3.2.2; the shared registry is ours [ours].
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcsip.migration.routing import serving_server
from mcsip.net.virtual import run_real
from tests import postgresql

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
