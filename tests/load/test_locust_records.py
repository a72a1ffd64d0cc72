"""Records after a load by Locust: who is half-migrated is told, and the exit code says it."""

import asyncio
from pathlib import Path

import pytest
import yaml

from mcsip.migration.records import PartnerRecord, PartnerStatus, Placement, PrimaryRecord
from mcsip.store.port import Change
from mcsip.store.sqlite import SqliteStore

from . import under_locust
from .test_locust_job import write
from .under_locust import run

pytestmark = [pytest.mark.slow, pytest.mark.interop]

ALICE = "sip:alice-1@primary.example"
AWAY = PrimaryRecord(
    ALICE, Placement("partner.example", "sip:v@partner.example", 2, "a", 1.0, taken=True)
)
HERE = PartnerRecord(ALICE, PartnerStatus.ACTIVE, "sip:v@partner.example", 2, "a", 1.0)


@pytest.fixture(autouse=True)
def locust() -> None:
    under_locust.need_locust()


def stored(path: Path, *changes: Change) -> str:
    """Write a database; return how the command line names it."""

    async def main() -> None:
        store = SqliteStore(path)
        await store.commit(*changes)
        store.close()

    asyncio.run(main())
    return f"--records={path.stem}.server={path}"


@pytest.mark.parametrize(
    ("partner", "code", "told"),
    [
        ((HERE,), 0, "records    agree: 1 user away, nobody is half-migrated"),
        ((), 1, f"records    do not agree of 1 user\n  {ALICE}: "),
    ],
    ids=["agree", "do not"],
)
def test_records_are_compared_when_the_load_is_over(
    tmp_path: Path, partner: tuple[Change, ...], code: int, told: str
) -> None:
    """The calls of this load fail, which is another matter (``--exit-code-on-error``)."""
    places = [stored(tmp_path / "primary", AWAY), stored(tmp_path / "partner", *partner)]
    scenario = ("--scenario", str(write(tmp_path)), "--quiet-within", "0")
    found = run(tmp_path, *scenario, *places, "--exit-code-on-error", "0")
    assert found.returncode == code, found.stderr
    lines = [
        line.rpartition("mcsip.load.locust_listeners: ")[2] for line in found.stderr.splitlines()
    ]
    assert told in "\n".join(lines)
    assert "Traceback" not in found.stderr


def test_records_that_nobody_names_are_not_compared(tmp_path: Path) -> None:
    place = stored(tmp_path / "primary", AWAY)
    scenario = ("--scenario", str(write(tmp_path)))
    found = run(tmp_path, *scenario, place, "--exit-code-on-error", "0")
    assert "records    not compared: the records of partner.server cannot be read" in found.stderr
    assert found.returncode == 0


@pytest.mark.parametrize(
    ("records", "code", "told"),
    [
        ("partner.server=none.sqlite", 4, "cannot open the store none.sqlite"),
        ("partner.sever=none.sqlite", 2, "did you mean 'partner.server'?"),
        ("partner.server=postgresql://u:S3cret/x@h", 2, "is no URL of a registry"),
    ],
)
def test_records_that_cannot_be_read_are_refused_before_the_load(
    tmp_path: Path, records: str, code: int, told: str
) -> None:
    found = run(tmp_path, "--scenario", str(write(tmp_path)), "--records", records)
    assert found.returncode == code
    assert told in found.stderr
    assert "S3cret" not in found.stderr
    assert "Traceback" not in found.stderr
    assert found.stdout == ""


def test_a_registry_of_the_topology_that_cannot_be_read_is_no_hindrance(tmp_path: Path) -> None:
    """The machine of the load need not reach the databases of the servers."""
    scenario = write(tmp_path)
    topology = tmp_path / "world.topology.yaml"
    world = yaml.safe_load(topology.read_text())
    for system in world["systems"].values():
        system["store"] = "postgresql://127.0.0.1:1/none"
    topology.write_text(yaml.safe_dump(world))
    found = run(tmp_path, "--scenario", str(scenario), "--exit-code-on-error", "0")
    assert "records are not compared afterwards: cannot reach the store" in found.stderr
    assert found.returncode == 0
