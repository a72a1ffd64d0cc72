"""What a commit costs: SQLite in a file, and PostgreSQL where it is installed."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import scaling
from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import RESPONSE
from mcsip.mc.services import MCPTT
from mcsip.migration.records import Placement, PrimaryRecord
from mcsip.net.virtual import run_real
from mcsip.store.open import open_records
from mcsip.store.port import Change, Owed, Store, owed_id

COMMITS = 2000
GROUP = 50
_WALL = 1_700_000_000.0


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """What commits cost, in microseconds each.

    Attributes:
        name: of the store.
        alone_us: wall clock, one after the other.
        grouped_us: wall clock, in groups.
        cpu_us: CPU time of the node, in groups.
        database_us: CPU time of the database in groups, where it is another process.
    """

    name: str
    alone_us: float
    grouped_us: float
    cpu_us: float
    database_us: float | None


def measure() -> list[StoreFigures]:
    """Measure every store that there is."""
    found = []
    with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as name:
        found.append(_measure("SQLite", Path(name) / "bench.sqlite", None))
    with scaling.database() as served:
        if served is not None:
            found.append(_measure("PostgreSQL", f"{served.url}?schema=bench", served))
    return found


def _measure(name: str, place: Path | str, served: scaling.Database | None) -> StoreFigures:
    with _opened(place) as store:
        alone, _ = run_real(_commit(store, COMMITS // 4, 1))
        before = served.process.cpu_s() if served is not None else 0.0
        grouped, cpu = run_real(_commit(store, COMMITS, GROUP))
        database = (served.process.cpu_s() - before) / COMMITS * 1e6 if served is not None else None
    return StoreFigures(name, alone, grouped, cpu, database)


@contextmanager
def _opened(place: Path | str) -> Iterator[Store]:
    store = open_records(place)
    try:
        yield store
    finally:
        store.close()


async def _commit(store: Store, count: int, group: int) -> tuple[float, float]:
    """Commit for so many users; return wall clock and CPU of one, in microseconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    for start in range(0, count, group):
        users = range(start, start + group)
        await asyncio.gather(*(_one(store, f"{group}-{user}") for user in users))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return wall / count * 1e6, cpu / count * 1e6


async def _one(store: Store, name: str) -> None:
    """Mark a user as migrated, and owe the response (step 7)."""
    user, partner_id = f"sip:{name}@primary.example", f"sip:visitor-{name}@partner.example"
    store.primary(user)
    info = Info(MCPTT, RESPONSE, primary_id=user, partner_id=partner_id, success=True)
    place = Placement("partner.example", partner_id, 2, name, _WALL)
    debt = owed_id(RESPONSE, user, name)
    changes: list[Change] = [
        PrimaryRecord(user, place),
        Owed(debt, RESPONSE, "partner.example", user, name, build_info(info), _WALL),
    ]
    await store.commit(*changes)
