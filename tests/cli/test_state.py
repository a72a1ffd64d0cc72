"""``mcsip state``: databases are read beside their node; what is none is refused with code 3."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mcsip.migration.records import Placement, PrimaryRecord
from mcsip.store.sqlite import SqliteStore

from .conftest import Cli

ALICE = "sip:alice@primary.example"
AT_B = Placement("b.example", "sip:v1@b.example", 2, "first", 1_767_225_600.0, taken=True)


@contextmanager
def open_store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    try:
        asyncio.run(_commit(store))
        yield store
    finally:
        store.close()


async def _commit(store: SqliteStore) -> None:
    await store.commit(PrimaryRecord(ALICE, AT_B))


def test_it_shows_who_is_where_while_the_node_runs(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "primary.server.sqlite"
    with open_store(path):
        outcome = cli("state", path)
    assert outcome.code == 0, outcome
    for said in (ALICE, "migrated", "b.example", "sip:v1@b.example", "2026-01-01T00:00:00.000Z"):
        assert said in outcome.out


def test_as_json_for_one_user_by_either_id(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    with open_store(path):
        by_own = cli("state", path, "--json", "--user", "SIP:alice@PRIMARY.example")
        by_issued = cli("state", path, "--json", "--user", "sip:v1@b.example")
        by_other = cli("state", path, "--json", "--user", "sip:nobody@b.example")
    assert by_own.out == by_issued.out
    assert json.loads(by_own.out)["databases"][0]["users"][0]["partner"] == "b.example"
    assert json.loads(by_other.out)["databases"][0]["users"] == []
    assert by_other.code == 0


def test_it_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    with open_store(path):
        pass
    before = path.read_bytes()
    cli("state", path)
    assert path.read_bytes() == before


def test_what_a_killed_node_left_is_read(cli: Cli, tmp_path: Path) -> None:
    """The write-ahead log of a process that was killed counts."""
    path = tmp_path / "x.sqlite"
    code = (
        "import asyncio, os, signal\n"
        "from pathlib import Path\n"
        "from mcsip.migration.records import *\n"
        "from mcsip.store.sqlite import SqliteStore\n"
        "async def main():\n"
        f"    store = SqliteStore(Path({str(path)!r}))\n"
        f"    at = Placement('b.example', None, 2, 'first', 1.0)\n"
        f"    await store.commit(PrimaryRecord({ALICE!r}, at))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=30)
    assert done.returncode == -signal.SIGKILL
    outcome = cli("state", path)
    assert outcome.code == 0, outcome
    assert ALICE in outcome.out


def _other_version(path: Path, version: int) -> None:
    with open_store(path):
        pass
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version={version}")
    db.close()


def test_a_missing_file_is_an_error_of_the_command_line(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("state", tmp_path / "none.sqlite")
    assert outcome.code == 2
    assert "none.sqlite" in outcome.err
    assert not (tmp_path / "none.sqlite").exists()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("text", "not a database"),
        ("empty", "not a store of mcsip"),
        ("foreign", "not a store of mcsip"),
        ("newer", "version 1000"),
        ("older", "version 0"),
    ],
)
def test_what_is_no_database_of_ours_is_refused(
    cli: Cli, tmp_path: Path, kind: str, said: str
) -> None:
    path = tmp_path / "x.sqlite"
    match kind:
        case "text":
            path.write_text("who is where\n" * 100)
        case "empty":
            path.touch()
        case "foreign":
            db = sqlite3.connect(path)
            db.execute("CREATE TABLE t (x)")
            db.close()
        case "newer":
            _other_version(path, 1000)
        case _:
            _other_version(path, 0)
    outcome = cli("state", path)
    assert outcome.code == 3
    assert said in outcome.err
    assert "x.sqlite" in outcome.err
    assert outcome.out == ""


def test_the_others_are_shown_all_the_same(cli: Cli, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.sqlite", tmp_path / "good.sqlite"
    bad.write_text("nothing\n" * 100)
    with open_store(good):
        outcome = cli("state", bad, good)
    assert outcome.code == 3
    assert ALICE in outcome.out


def test_an_id_that_is_none_is_refused(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    with open_store(path):
        outcome = cli("state", path, "--user", "alice")
    assert outcome.code == 2
    assert "--user" in outcome.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    with open_store(path):
        pass
    path.chmod(0)
    assert cli("state", path).code == 3
