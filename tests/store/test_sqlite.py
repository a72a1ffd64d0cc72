"""SQLite: one transaction for a group, failures, versions, and a killed process."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mcsip.migration.records import Placement, PrimaryRecord
from mcsip.store import sqlite
from mcsip.store.port import Owed, Paid, StoreError
from mcsip.store.sqlite import SqliteStore, Synchronous

AT_B = Placement("b.example", "sip:v1@b.example", 2, "a1", 100.5)


def record(number: int) -> PrimaryRecord:
    return PrimaryRecord(f"sip:u{number}@primary.example", AT_B)


def debt(number: int, size: int = 1) -> Owed:
    user = f"sip:u{number}@primary.example"
    return Owed(f"d{number}", "response", "b.example", user, "a1", bytes(size), 1.0)


def test_one_transaction_for_one_iteration_of_the_loop() -> None:
    store = SqliteStore()

    async def main() -> None:
        await asyncio.gather(*(store.commit(record(n)) for n in range(20)))
        await store.commit(record(20))

    asyncio.run(main())
    assert (store.commits, store.groups) == (21, 2)
    store.close()


@pytest.mark.parametrize("synchronous", Synchronous)
def test_settings(tmp_path: Path, synchronous: Synchronous) -> None:
    store = SqliteStore(tmp_path / "s.db", synchronous=synchronous)
    levels = {Synchronous.FULL: 2, Synchronous.NORMAL: 1}
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._db.execute("PRAGMA synchronous").fetchone() == (levels[synchronous],)
    store.close()


def test_a_failed_group_changes_nothing_and_tells_everybody(tmp_path: Path) -> None:
    """The disk is full: every awaiter of the group is told; afterwards the store works again."""
    store = SqliteStore(tmp_path / "s.db")

    async def main() -> None:
        await store.commit(record(0))
        pages = store._db.execute("PRAGMA page_count").fetchone()[0]
        store._db.execute(f"PRAGMA max_page_count={pages}")
        results = await asyncio.gather(
            store.commit(record(1)),
            store.commit(record(2), debt(2, 1_000_000)),
            store.commit(PrimaryRecord(record(0).user)),
            return_exceptions=True,
        )
        assert [type(result) for result in results] == [StoreError] * 3
        assert "full" in str(results[0])
        assert [r.user for r in store.primaries()] == [record(0).user]
        assert [*store.debts()] == []
        assert store.primary(record(0).user) == record(0), "as it was before the group"
        assert store.primary(record(1).user) == PrimaryRecord(record(1).user)
        store._db.execute("PRAGMA max_page_count=100000")
        await store.commit(record(3))

    asyncio.run(main())
    store.close()
    again = SqliteStore(tmp_path / "s.db", read_only=True)
    assert [r.user for r in again.primaries()] == [record(0).user, record(3).user]
    again.close()


def test_what_was_written_lately_is_not_read_again() -> None:
    """Nobody else writes the file, so what is remembered is what stands there."""
    store = SqliteStore()

    async def main() -> None:
        await store.commit(record(0), debt(0))
        asked: list[str] = []
        store._db.set_trace_callback(asked.append)
        assert store.primary(record(0).user) == record(0)
        assert store.owed("d0") == debt(0)
        await store.commit(PrimaryRecord(record(0).user), Paid("d0"))
        assert store.primary(record(0).user) == PrimaryRecord(record(0).user)
        assert store.owed("d0") is None
        assert not [statement for statement in asked if statement.startswith("SELECT")]
        assert store.primary(record(1).user) == PrimaryRecord(record(1).user)
        assert [statement for statement in asked if statement.startswith("SELECT")]

    asyncio.run(main())
    store.close()


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "RECENT_ROWS", 3)
    store = SqliteStore()
    shelf = store._primaries
    assert isinstance(shelf, sqlite.OwnShelf)

    async def main() -> None:
        for number in range(20):
            await store.commit(record(number))
            assert len(shelf._recent) <= 3
        assert [store.primary(record(n).user) for n in range(20)] == [record(n) for n in range(20)]

    asyncio.run(main())
    store.close()


def test_read_beside_the_writer(tmp_path: Path) -> None:
    """``mcsip state`` reads while the node runs, and cannot write."""
    path = tmp_path / "s.db"
    store = SqliteStore(path)

    async def main() -> None:
        await store.commit(record(1), debt(1))
        reader = SqliteStore(path, read_only=True)
        assert [*reader.primaries()] == [record(1)]
        await store.commit(record(2))
        assert len([*reader.primaries()]) == 2
        with pytest.raises(StoreError, match="readonly"):
            await reader.commit(record(3))
        reader.close()

    asyncio.run(main())
    store.close()


def test_a_database_lost_while_reading_is_an_error_of_the_store() -> None:
    store = SqliteStore()

    def read() -> None:
        with store.reading():
            assert [*store.primaries()] == []
            store.close()
            [*store.partners()]

    with pytest.raises(StoreError, match="cannot read table partner_record"):
        read()


def test_records_survive_reopening(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    for number in range(3):
        store = SqliteStore(path)
        assert len([*store.primaries()]) == number

        async def main(store: SqliteStore = store, number: int = number) -> None:
            await store.commit(record(number))

        asyncio.run(main())
        store.close()


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE songs (title)")
    db.close()


def newer(path: Path) -> None:
    SqliteStore(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=3")
    db.close()


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (foreign, "not a store of mcsip"),
        (newer, "has version 3, this mcsip reads version 2"),
        (lambda path: path.write_bytes(b"no database " * 100), "file is not a database"),
        (lambda path: path.mkdir(), "unable to open"),
    ],
    ids=["foreign", "newer", "garbage", "folder"],
)
def test_what_is_not_ours_is_refused(tmp_path: Path, prepare: object, message: str) -> None:
    path = tmp_path / "s.db"
    assert callable(prepare)
    prepare(path)
    with pytest.raises(StoreError, match=message):
        SqliteStore(path)


def test_reading_needs_a_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        SqliteStore(tmp_path / "none.db", read_only=True)
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match="not a store of mcsip"):
        SqliteStore(tmp_path / "empty.db", read_only=True)


def test_a_spoilt_row_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    SqliteStore(path).close()
    with sqlite3.connect(path) as db:
        db.execute(
            "INSERT INTO partner_record (user, status, attempt, basis) VALUES ('u', 'lost', '', 'primary')"
        )
    db.close()
    store = SqliteStore(path)
    with pytest.raises(StoreError, match="cannot read table partner_record: 'lost'"):
        store.partner("u")
    store.close()


LOAD = """
import asyncio, sys
from mcsip.store.sqlite import SqliteStore, Synchronous
from mcsip.store.port import Owed
from mcsip.migration.records import Placement, PrimaryRecord

store = SqliteStore(sys.argv[1], synchronous=Synchronous(sys.argv[2]))

async def work(worker):
    for number in range(100_000):
        user = f"sip:u{worker}.{number}@primary.example"
        at = Placement("b.example", None, 2, f"a{number}", 1.0)
        await store.commit(PrimaryRecord(user, at), Owed(user, "m", "b", user, "a", b"x" * 500, 1.0))
        print(user, flush=True)

async def main():
    await asyncio.gather(*(work(worker) for worker in range(8)))

asyncio.run(main())
"""


@pytest.mark.parametrize("synchronous", Synchronous)
@pytest.mark.parametrize("acknowledged", [1, 97, 700])
def test_a_killed_process_loses_no_acknowledged_commit(
    tmp_path: Path, synchronous: Synchronous, acknowledged: int
) -> None:
    path = tmp_path / "s.db"
    with subprocess.Popen(
        [sys.executable, "-c", LOAD, str(path), synchronous], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        users = [process.stdout.readline().strip() for _ in range(acknowledged)]
        os.kill(process.pid, signal.SIGKILL)
        *more, last = process.stdout.read().split("\n")
        users += [line for line in more if line]
    assert process.returncode == -signal.SIGKILL
    assert last == "" or last.startswith("sip:")
    store = SqliteStore(path)
    assert len(users) >= acknowledged
    assert all(store.primary(user).current is not None for user in users)
    # Record and debt are committed together, or not at all.
    assert [r.user for r in store.primaries()] == [o.user for o in store.debts()]
    assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()


def test_a_store_of_version_1_gets_what_version_2_added(tmp_path: Path) -> None:
    """Opened for reading only it stays as it is."""
    path = tmp_path / "s.db"
    SqliteStore(path).close()
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE alias")
        db.execute("PRAGMA user_version=1")
    db.close()
    SqliteStore(path, read_only=True).close()
    store = SqliteStore(path)
    assert store.activation("sip:a@b.example") is None
    store.close()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (2,)
    db.close()


def test_one_store_at_a_time_writes_a_file_and_others_read_it(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    store = SqliteStore(path)
    for _ in range(2):
        with pytest.raises(StoreError, match=r"s\.db: somebody else writes it"):
            SqliteStore(path)
    (tmp_path / "other").symlink_to(path)
    with pytest.raises(StoreError, match="somebody else writes it"):
        SqliteStore(tmp_path / "other")
    SqliteStore(path, read_only=True).close()
    store.close()
    SqliteStore(path).close()


def test_a_file_that_could_not_be_opened_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="not a database"):
        SqliteStore(path)
    path.unlink()
    SqliteStore(path).close()
    with pytest.raises(StoreError, match="No such file"):
        SqliteStore(tmp_path / "gone" / "s.db")
