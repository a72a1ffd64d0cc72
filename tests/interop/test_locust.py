"""Locust drives our users: a master with its web page, and two workers (issue: beyond one machine).

Clause: TS 23.280 10.6.3.3; the load is ours [ours].
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from mcsip.net.virtual import run_real
from tests.ports import free_port
from tests.system.serving import Served, with_addresses

pytestmark = [pytest.mark.slow, pytest.mark.interop]

USERS = 30
WORKERS = 2
CALLS = 100
"""Calls after which the test has seen enough."""
LIMIT_S = 60.0
LOOK_S = 0.2
LOCUSTFILE = str(Path(__file__).resolve().parents[2] / "mcsip/load/locustfile.py")
STEPS = ("authenticate", "register", "migrate")
SYSTEMS = ("primary", "partner")
SCENARIO = """\
name: Users migrate, and ask again
clauses: [TS 23.280 10.6.3.3]
topology: world.topology.yaml
steps:
  - authenticate: {client: alice-ue, in: partner}
  - register: {client: alice-ue, in: partner}
  - migrate: {client: alice-ue, to: partner, profile: 2}
    expect: {result: success}
"""


@pytest.fixture(scope="session", autouse=True)
def locust() -> None:
    """Skip where Locust is not installed, but not under CI."""
    if find_spec("locust") is None:
        reason = "Locust is not installed (pip install mcsip[load])"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def write_world(folder: Path) -> Path:
    """Write a scenario and its topology, every node at an address of its own; return the scenario."""
    roles = {"core": "sip-core", "server": "mc-server", "gateway": "mc-gateway"}
    nodes = {name: {"role": role} for name, role in roles.items()}
    systems: dict[str, Any] = {
        name: {"domain": f"{name}.example", "nodes": {n: dict(node) for n, node in nodes.items()}}
        for name in SYSTEMS
    }
    alice = {"mc_id": "sip:alice@primary.example", "profiles": {2: {"migrate_to": ["partner"]}}}
    systems["primary"]["users"] = {"alice": alice}
    systems["partner"]["visitors"] = [{"from": "primary"}]
    with_addresses(systems)
    topology = {
        "systems": systems,
        "agreements": [{"between": list(SYSTEMS)}],
        "clients": {"alice-ue": {"user": "primary.alice"}},
    }
    (folder / "world.topology.yaml").write_text(yaml.safe_dump(topology))
    scenario = folder / "load.yaml"
    scenario.write_text(SCENARIO)
    return scenario


@asynccontextmanager
async def running(folder: Path, name: str, *arguments: str) -> AsyncIterator[Any]:
    """Run a process of Locust; what it says goes into a file of its name."""
    command = [sys.executable, "-m", "locust", "-f", LOCUSTFILE, *arguments]
    with (folder / f"{name}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, stdout=log, stderr=log, stdin=asyncio.subprocess.DEVNULL
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def said(folder: Path) -> list[str]:
    """Return what the processes of Locust said."""
    return [(folder / f"{name}.log").read_text() for name in ("master", "worker-1", "worker-2")]


class Page:
    """The web page of the master, asked as a browser asks it."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session = session
        self._url = f"http://127.0.0.1:{port}"

    async def get(self, path: str) -> dict[str, Any]:
        try:
            async with self._session.get(self._url + path) as answer:
                found: dict[str, Any] = await answer.json()
                return found
        except aiohttp.ClientConnectionError:  # it does not listen yet
            return {}

    async def post(self, path: str, **form: str) -> dict[str, Any]:
        async with self._session.post(self._url + path, data=form) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def statistics(self) -> dict[str, Any]:
        return await self.get("/stats/requests")


async def until(
    ask: Callable[[], Awaitable[dict[str, Any]]], enough: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Ask again and again until there is enough."""
    end = asyncio.get_running_loop().time() + LIMIT_S
    while True:
        found = await ask()
        if enough(found):
            return found
        assert asyncio.get_running_loop().time() < end, found
        await asyncio.sleep(LOOK_S)


def by_name(statistics: dict[str, Any]) -> dict[str, Any]:
    """Return the rows of the statistics by the name of the step."""
    return {row["name"]: row for row in statistics.get("stats", ())}


async def records(folder: Path) -> dict[str, Any]:
    """Return what ``mcsip state`` says of the servers' databases."""
    places = sorted((folder / "data").glob("*.server.sqlite"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mcsip", "state", "--json", *map(str, places),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0
    found = json.loads(output)["databases"]
    return dict(zip((place.name.partition(".")[0] for place in places), found, strict=True))


async def _run(folder: Path) -> None:
    scenario = write_world(folder)
    world = ["--topology", str(folder / "world.topology.yaml"), "--users", str(USERS), "-q"]
    served = Served(SYSTEMS, [*world, "--data", str(folder / "data")], folder / "served.log")
    web, meeting = str(free_port()), str(free_port())
    master = ["--master", "--web-host", "127.0.0.1", "--web-port", web]
    master += ["--master-bind-host", "127.0.0.1", "--master-bind-port", meeting]
    master += ["--scenario", str(scenario), "--pace", "0.5"]
    for name in SYSTEMS:
        master += ["--records", f"{name}.server={folder / 'data' / f'{name}.server.sqlite'}"]
    worker = ["--worker", "--master-host", "127.0.0.1", "--master-port", meeting]
    await served.start()
    try:
        async with (
            running(folder, "master", *master) as leader,
            running(folder, "worker-1", *worker) as first,
            running(folder, "worker-2", *worker) as second,
            aiohttp.ClientSession() as session,
        ):
            await _drive(Page(session, int(web)))
            leader.terminate()
            async with asyncio.timeout(LIMIT_S):
                codes = [await each.wait() for each in (leader, first, second)]
        logs = said(folder)
        assert codes == [0, 0, 0], logs
        assert not any("ERROR" in log or "Traceback" in log for log in logs), logs
        assert "nobody is half-migrated" in logs[0], "the master compares the records at the end"
        found = await until(lambda: records(folder), lambda each: not owed(each))
        assert await served.end() == 0
    finally:
        await served.close()
    users = {f"sip:alice-{number}@primary.example" for number in range(1, USERS + 1)}
    visitors = found["partner"]["visitors"]
    assert {each["user"] for each in visitors} == users, "each worker has users of its own"
    away = {each["user"]: each["partner_id"] for each in found["primary"]["users"]}
    assert away == {v["user"]: v["partner_id"] for v in visitors if v["status"] == "active"}


def owed(found: dict[str, Any]) -> bool:
    """Tell whether anything is still owed or waited for."""
    pending = any(each["status"] == "pending" for each in found["partner"]["visitors"])
    return pending or any(database["owed"] for database in found.values())


async def _drive(page: Page) -> None:
    """Start a load in the page, look at what it shows, and stop it."""
    await until(page.statistics, lambda found: len(found.get("workers", ())) == WORKERS)
    started = await page.post("/swarm", user_count=str(USERS), spawn_rate=str(USERS))
    assert started["success"]

    def enough(found: dict[str, Any]) -> bool:
        seen: int = by_name(found).get("total", {}).get("num_requests", 0)
        return seen >= CALLS

    shown = await until(page.statistics, enough)
    assert shown["state"] == "running"
    assert [worker["user_count"] for worker in shown["workers"]] == [USERS // 2, USERS // 2]
    await page.post("/stop")
    shown = await until(page.statistics, lambda found: found["state"] == "stopped")
    rows = by_name(shown)
    assert {name: rows[name]["method"] for name in STEPS} == dict.fromkeys(STEPS, "SIP")
    assert rows["total"]["method"] == "CALL"
    for name in (*STEPS, "total"):
        assert rows[name]["num_failures"] == 0, shown["errors"]
        assert rows[name]["num_requests"] >= CALLS
        assert rows[name]["max_response_time"] > 0
    assert shown["errors"] == []


def test_a_master_and_two_workers_show_each_step_in_the_web_page(tmp_path: Path) -> None:
    run_real(_run(tmp_path))


LATE_USERS = 8
BLOCK = 10
"""Users that each worker has to itself."""


async def certified(folder: Path) -> Path:
    """Give every node and client a certificate; return the topology with them."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mcsip", "certs", str(folder / "certificates"),
        "--topology", str(folder / "world.topology.yaml"), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0
    secure = folder / "secure.topology.yaml"
    secure.write_bytes(output)
    scenario = folder / "load.yaml"
    scenario.write_text(scenario.read_text().replace("world.topology.yaml", secure.name))
    return secure


def user_counts(found: dict[str, Any]) -> list[int]:
    """Return how many users each worker has, as the page shows it."""
    return [worker["user_count"] for worker in found.get("workers", ())]


async def _late(folder: Path) -> None:
    """A second worker comes while a test runs; the first is killed, and another one started."""
    scenario = write_world(folder)
    topology = await certified(folder)
    options = ["--topology", str(topology), "--users", str(3 * BLOCK), "-q", "-t", "tls"]
    served = Served(SYSTEMS, [*options, "--data", str(folder / "data")], folder / "served.log")
    web, meeting = str(free_port()), str(free_port())
    master = ["--master", "--web-host", "127.0.0.1", "--web-port", web]
    master += ["--master-bind-host", "127.0.0.1", "--master-bind-port", meeting]
    master += ["--scenario", str(scenario), "--pace", "0.5", "--transport", "tls"]
    master += ["--users-per-worker", str(BLOCK), "--enable-rebalancing"]
    worker = ["--worker", "--master-host", "127.0.0.1", "--master-port", meeting]

    async def calls_of(block: int) -> None:
        """Wait until somebody of the block of a worker has been served."""
        mine = {f"sip:alice-{block * BLOCK + n}@primary.example" for n in range(1, BLOCK + 1)}
        ask = partial(records, folder)
        await until(ask, lambda f: any(v["user"] in mine for v in f["partner"]["visitors"]))

    await served.start()
    try:
        async with (
            running(folder, "master", *master) as leader,
            running(folder, "worker-1", *worker) as first,
            aiohttp.ClientSession() as session,
        ):
            page = Page(session, int(web))
            await until(page.statistics, lambda found: len(found.get("workers", ())) == 1)
            form = {"user_count": str(LATE_USERS), "spawn_rate": str(LATE_USERS)}
            assert (await page.post("/swarm", **form))["success"]
            await calls_of(0)
            async with running(folder, "worker-2", *worker) as second:
                await calls_of(1)
                first.kill()
                await until(page.statistics, lambda found: LATE_USERS in user_counts(found))
                async with running(folder, "worker-3", *worker) as third:
                    await calls_of(2)
                    shown = await page.statistics()
                    leader.terminate()
                    async with asyncio.timeout(LIMIT_S):
                        codes = [await each.wait() for each in (leader, second, third)]
        assert await served.end() == 0
    finally:
        await served.close()
    assert [row for row in shown["stats"] if row["num_failures"]] == []
    assert codes == [0, 0, 0]
    for name in ("worker-2", "worker-3"):
        log = (folder / f"{name}.log").read_text()
        assert "ERROR" not in log
        assert "Traceback" not in log


def test_a_worker_that_comes_late_makes_calls(tmp_path: Path) -> None:
    """Each has a block of users to itself, also in the place of one that was killed; over TLS."""
    run_real(_late(tmp_path))


async def _too_few(folder: Path) -> None:
    scenario = write_world(folder)
    users = folder / "users.csv"
    users.write_text("SEQUENTIAL\nsip:u1@primary.example\nsip:u2@primary.example\n")
    meeting = str(free_port())
    master = ["--master", "--headless", "-u", "4", "-r", "4", "-t", "60s", "--expect-workers", "2"]
    master += ["--master-bind-host", "127.0.0.1", "--master-bind-port", meeting]
    master += ["--scenario", str(scenario), "--users-file", str(users)]
    worker = ["--worker", "--master-host", "127.0.0.1", "--master-port", meeting]
    async with (
        running(folder, "master", *master) as leader,
        running(folder, "worker-1", *worker) as first,
        running(folder, "worker-2", *worker) as second,
        asyncio.timeout(LIMIT_S),
    ):
        codes = [await each.wait() for each in (leader, first, second)]
    assert codes == [3, 0, 0], said(folder)
    assert "users.csv:3:1: 4 users are wanted, and the file has 2" in said(folder)[0]
    assert "Traceback" not in "".join(said(folder))


def test_too_few_users_for_the_workers_are_refused_by_the_master(tmp_path: Path) -> None:
    run_real(_too_few(tmp_path))
