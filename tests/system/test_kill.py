"""No half-migrated user, for real: servers are processes, killed while 200 users come and go.

Clause: TS 23.280 10.6.3.3, 10.6.3.3.2.1, 10.6.3.3.2.2; the invariant is the design's [ours].
"""

import asyncio
import random
from pathlib import Path

import pytest

from mcsip.net.virtual import run_real

from .killing import SEED, SYSTEMS, World, check, end, make_topology_file

MOST_KILLS = 20
FEWEST_KILLS = 6
SERVERS = tuple(f"{name}.server" for name in SYSTEMS)


async def killer(world: World) -> None:
    """Kill servers at random moments, and start them again, while users are on their way."""
    rng = random.Random(SEED)
    for count in range(MOST_KILLS):
        await asyncio.sleep(rng.uniform(0.1, 0.4))
        name = SERVERS[count] if count < len(SERVERS) else rng.choice(SERVERS)
        await world.served[name].kill()
        world.kills[name] += 1
        await asyncio.sleep(rng.choice((0.0, 0.0, 0.5)))
        await world.served[name].start()
        if world.enough.is_set():
            return


async def _run(folder: Path) -> None:
    databases = {name: str(folder / "data" / f"{name}.server.sqlite") for name in SYSTEMS}
    world = World(folder, make_topology_file(folder), SERVERS, databases)
    try:
        await world.start()
        killing = asyncio.ensure_future(killer(world))
        await world.users()
        world.enough.set()
        await killing
        await check(world)
        assert world.failures, "nobody noticed that servers were killed: the test proves nothing"
        assert sum(world.kills.values()) >= FEWEST_KILLS, world.kills
        assert set(world.kills) == set(SERVERS)
        await end(world)
    finally:
        for each in world.served.values():
            await each.close()


@pytest.mark.slow
def test_200_users_come_and_go_while_servers_are_killed(tmp_path: Path) -> None:
    run_real(_run(tmp_path))
