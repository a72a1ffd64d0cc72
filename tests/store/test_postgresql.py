"""PostgreSQL: two servers on one registry, lost connections, versions, bad URLs."""

import asyncio
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import psycopg
import pytest

from mcsip.migration.records import Placement, PrimaryRecord
from mcsip.store.port import ConflictError, HeldError, Owed, Paid, StoreError, UnavailableError
from mcsip.store.postgresql import PostgresqlStore
from mcsip.store.urls import read_url
from tests import postgresql

USER = "sip:u@primary.example"
AT_B = Placement("b.example", "sip:v@b.example", 2, "a1", 100.5)
RECORD = PrimaryRecord(USER, AT_B)
DEBT = Owed("d1", "response", "b.example", USER, "a1", b"<x/>", 1.0)


def test_nobody_there() -> None:
    with pytest.raises(
        StoreError, match=r"cannot reach the store postgresql://u@127\.0\.0\.1:1/db"
    ):
        PostgresqlStore("postgresql://u:secret@127.0.0.1:1/db")


def end_connections(server: postgresql.Server) -> None:
    """Let the server end all its connections."""
    with psycopg.connect(server.url, autocommit=True) as raw:
        raw.execute(
            b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            b"WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


@contextmanager
def holding(server: postgresql.Server, url: str, user: str) -> Iterator[None]:
    """Hold the primary's record of a user."""
    with psycopg.connect(server.url) as raw:
        table = f"{read_url(url).schema}.primary_record"
        raw.execute(f'SELECT FROM {table} WHERE "user" = %s FOR UPDATE'.encode(), (user,))
        yield


async def made_anew(store: PostgresqlStore) -> None:
    """Wait until a lost connection has been made anew."""
    assert store._link._trying is not None
    await asyncio.wait([store._link._trying])


class Relay:
    """Stands between a store and its server; lost at the first COMMIT that comes by.

    Args:
        port: where the server is.
        passed_on: whether the server still gets that COMMIT.
    """

    def __init__(self, port: int, *, passed_on: bool) -> None:
        self._server = port
        self._passed_on = passed_on
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.armed = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        client, _ = self._listener.accept()
        with client, socket.create_connection(("127.0.0.1", self._server)) as server:
            while True:
                ready, _, _ = select.select([client, server], [], [])
                for each in ready:
                    data = each.recv(65536)
                    if not data:
                        return
                    is_commit = self.armed and b"COMMIT" in data
                    if not is_commit or self._passed_on:
                        (server if each is client else client).sendall(data)
                    if is_commit:
                        if self._passed_on:
                            server.recv(1)  # it has been done
                        return

    def close(self) -> None:
        self._thread.join()
        self._listener.close()


@pytest.mark.interop
class TestShared:
    """Two servers of one system."""

    def test_what_one_commits_the_other_reads(self, url: str) -> None:
        one, two = PostgresqlStore(url), PostgresqlStore(url)
        assert one.shared

        async def main() -> None:
            await one.commit(RECORD, DEBT)

        asyncio.run(main())
        assert two.primary(USER) == RECORD
        assert [*two.debts()] == [DEBT]
        one.close()
        two.close()

    @pytest.mark.parametrize("before", [None, RECORD], ids=["absent", "there"])
    def test_who_decided_on_an_old_record_is_told(
        self, url: str, before: PrimaryRecord | None
    ) -> None:
        one, two = PostgresqlStore(url), PostgresqlStore(url)
        moved = PrimaryRecord(USER, replace(AT_B, attempt="a2"))

        async def main() -> None:
            if before is not None:
                await one.commit(before)
            one.primary(USER)
            two.primary(USER)
            late = one.commit(RECORD), two.commit(moved)
            done = await asyncio.gather(*late, return_exceptions=True)
            assert done[0] is None
            assert isinstance(done[1], ConflictError)
            assert two.primary(USER) == RECORD
            two.primary(USER)
            await two.commit(moved)

        asyncio.run(main())
        assert one.primary(USER) == moved
        one.close()
        two.close()

    def test_a_row_that_went_and_came_again_is_another(
        self, url: str, server: postgresql.Server
    ) -> None:
        one, two = PostgresqlStore(url), PostgresqlStore(url)

        async def main() -> None:
            await one.commit(RECORD)
            two.primary(USER)
            # Within one iteration of the loop of the second, as another process would.
            with psycopg.connect(server.url, autocommit=True) as raw:
                schema = read_url(url).schema
                raw.execute(f"DELETE FROM {schema}.primary_record".encode())
                raw.execute(
                    f'INSERT INTO {schema}.primary_record ("user", version) '
                    f"VALUES (%s, nextval('{schema}.record_version'))".encode(),
                    (USER,),
                )
            with pytest.raises(ConflictError):
                await two.commit(RECORD)

        asyncio.run(main())
        one.close()
        two.close()

    def test_a_debt_may_be_paid_twice(self, url: str) -> None:
        one, two = PostgresqlStore(url), PostgresqlStore(url)

        async def main() -> None:
            await one.commit(DEBT)
            await one.commit(Paid(DEBT.id))
            await two.commit(Paid(DEBT.id))

        asyncio.run(main())
        assert two.owed(DEBT.id) is None
        one.close()
        two.close()

    def test_one_transaction_for_one_iteration_of_the_loop(self, url: str) -> None:
        store = PostgresqlStore(url)
        users = [f"sip:u{n}@primary.example" for n in range(20)]

        async def main() -> None:
            await asyncio.gather(*(store.commit(PrimaryRecord(u, AT_B)) for u in users))

        asyncio.run(main())
        assert (store.commits, store.groups) == (20, 1)
        assert [record.user for record in store.primaries()] == sorted(users)
        store.close()

    def test_a_connection_lost_while_reading_is_an_error_of_the_store(
        self, url: str, server: postgresql.Server
    ) -> None:
        store = PostgresqlStore(url)

        def read() -> None:
            with store.reading():
                assert [*store.primaries()] == []
                end_connections(server)
                [*store.partners()]

        with pytest.raises(StoreError, match="cannot read table partner_record"):
            read()
        assert [*store.primaries()] == []
        store.close()

    def test_a_lost_connection_is_made_anew(self, url: str, server: postgresql.Server) -> None:
        store = PostgresqlStore(url)

        async def main() -> None:
            await store.commit(RECORD)
            end_connections(server)
            with pytest.raises(UnavailableError, match="cannot read table primary_record"):
                store.primary(USER)
            with pytest.raises(UnavailableError, match="the connection was lost"):
                store.primary(USER)
            await made_anew(store)
            assert store.primary(USER) == RECORD
            await store.commit(DEBT)

        asyncio.run(main())
        store.close()

    @pytest.mark.parametrize("passed_on", [False, True], ids=["before", "after"])
    def test_a_connection_lost_in_the_commit_says_that_nobody_knows(
        self, url: str, *, passed_on: bool
    ) -> None:
        """What is read afterwards tells: all of the group, or nothing."""
        parts = urlsplit(url)
        assert parts.port is not None
        relay = Relay(parts.port, passed_on=passed_on)
        relayed = parts._replace(netloc=f"{postgresql.USER}@127.0.0.1:{relay.port}").geturl()
        store, sibling = PostgresqlStore(relayed), PostgresqlStore(url)

        async def main() -> None:
            relay.armed = True
            group = store.commit(RECORD), store.commit(DEBT)
            for failed in await asyncio.gather(*group, return_exceptions=True):
                assert isinstance(failed, UnavailableError)
                assert ", or it was written and nobody said so: " in str(failed)

        asyncio.run(main())
        store.close()
        relay.close()
        there = (RECORD, DEBT) if passed_on else (PrimaryRecord(USER), None)
        assert (sibling.primary(USER), sibling.owed(DEBT.id)) == there
        sibling.close()

    def test_a_connection_lost_before_the_commit_has_written_nothing(
        self, url: str, server: postgresql.Server
    ) -> None:
        store = PostgresqlStore(url)

        async def main() -> None:
            end_connections(server)
            with pytest.raises(UnavailableError) as caught:
                await store.commit(RECORD)
            assert "nobody said so" not in str(caught.value)

        asyncio.run(main())
        assert store.primary(USER) == PrimaryRecord(USER)
        store.close()

    def test_a_record_that_somebody_holds_is_named(
        self, url: str, server: postgresql.Server
    ) -> None:
        """The whole group fails, and its others are told that they need not wait."""
        store = PostgresqlStore(url)
        users = [f"sip:u{n}@primary.example" for n in range(5)]

        async def main() -> None:
            await asyncio.gather(*(store.commit(PrimaryRecord(u, AT_B)) for u in users))
            changes = [PrimaryRecord(u, replace(AT_B, attempt="a2")) for u in users]
            with holding(server, url, users[3]):
                group = [store.commit(change, replace(DEBT, id=change.user)) for change in changes]
                failed = await asyncio.gather(*group, return_exceptions=True)
            concerned: list[PrimaryRecord] = []
            for error, change in zip(failed, changes, strict=True):
                assert isinstance(error, HeldError)
                if error.concerns([change]):
                    concerned.append(change)
            assert [change.user for change in concerned] == [users[3]]
            assert store.primary(users[0]) == PrimaryRecord(users[0], AT_B), "nothing was written"
            assert [*store.debts()] == []
            await store.commit(changes[3])
            assert store.primary(users[3]) == changes[3]

        asyncio.run(main())
        store.close()

    def test_a_table_that_somebody_holds_concerns_everybody(
        self, url: str, server: postgresql.Server
    ) -> None:
        store = PostgresqlStore(url)

        async def main() -> None:
            with psycopg.connect(server.url) as raw:
                schema = read_url(url).schema
                raw.execute(f"LOCK {schema}.primary_record IN EXCLUSIVE MODE".encode())
                with pytest.raises(HeldError) as caught:
                    await store.commit(RECORD)
                assert caught.value.concerns([RECORD])
                assert store.primary(USER) == PrimaryRecord(USER), "it can be read"
                raw.execute(f"LOCK {schema}.primary_record".encode())
                with pytest.raises(UnavailableError, match="lock timeout"):
                    store.primary(USER)

        asyncio.run(main())
        store.close()

    def test_one_moment_for_as_long_as_it_lasts(self, url: str) -> None:
        one, two = PostgresqlStore(url), PostgresqlStore(url)

        async def main() -> None:
            with one.reading():
                assert [*one.primaries()] == []
                await two.commit(RECORD)
                assert [*one.primaries()] == []
            assert [*one.primaries()] == [RECORD]

        asyncio.run(main())
        one.close()
        two.close()

    def test_reading_makes_nothing_and_writes_nothing(
        self, url: str, server: postgresql.Server
    ) -> None:
        """A name that is written wrong is no empty registry."""
        with pytest.raises(StoreError, match=r"\?schema=test\d+ holds no store of mcsip"):
            PostgresqlStore(url, read_only=True)
        schema = read_url(url).schema
        with psycopg.connect(server.url) as raw:
            there = raw.execute("SELECT FROM pg_namespace WHERE nspname = %s", (schema,)).fetchall()
        assert there == []
        writer = PostgresqlStore(url)
        reader = PostgresqlStore(url, read_only=True)

        async def main() -> None:
            await writer.commit(RECORD)
            assert [*reader.primaries()] == [RECORD]
            with pytest.raises(StoreError, match="read-only transaction"):
                await reader.commit(DEBT)

        asyncio.run(main())
        writer.close()
        reader.close()

    def test_another_version_is_refused(self, url: str, server: postgresql.Server) -> None:
        PostgresqlStore(url).close()
        with psycopg.connect(server.url, autocommit=True) as raw:
            raw.execute(f"UPDATE {read_url(url).schema}.mcsip_store SET version = 99".encode())
        with pytest.raises(StoreError, match="has version 99"):
            PostgresqlStore(url)

    def test_the_character_0_spoils_nobody_else(self, url: str) -> None:
        store = PostgresqlStore(url)

        async def main() -> None:
            good = store.commit(RECORD)
            with pytest.raises(StoreError, match="the character 0"):
                store.commit(PrimaryRecord("sip:\0@primary.example", AT_B))
            await good

        asyncio.run(main())
        store.close()

    def test_a_closed_store(self, url: str) -> None:
        store = PostgresqlStore(url)
        store.close()
        store.close()
        with pytest.raises(StoreError, match="the store is closed"):
            store.primary(USER)
