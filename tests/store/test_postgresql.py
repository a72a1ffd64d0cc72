"""PostgreSQL: two servers on one registry, lost connections, versions, bad URLs."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import psycopg
import pytest

from mcsip.errors import UsageError
from mcsip.migration.records import Placement, PrimaryRecord
from mcsip.store.port import ConflictError, Owed, Paid, StoreError
from mcsip.store.postgresql import PostgresqlStore, _conninfo
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


@pytest.mark.parametrize(
    ("parameter", "hint"),
    [
        ("sslmod=S3cret", r"; did you mean 'sslmode'\?"),
        ("colour=S3cret", "; there are: "),
        ("autocommit=0", "; there are: "),
    ],
)
def test_a_parameter_that_libpq_does_not_know_is_not_repeated(parameter: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"a parameter that libpq does not know{hint}") as caught:
        PostgresqlStore(f"postgresql://u@127.0.0.1:1/db?{parameter}")
    assert parameter.partition("=")[0] not in str(caught.value).split()
    assert "S3cret" not in str(caught.value)


def test_what_the_url_says_counts_more_than_what_is_usual() -> None:
    said = conninfo_of("postgresql://h?connect_timeout=77")
    assert said["connect_timeout"] == "77"
    assert conninfo_of("postgresql://h")["connect_timeout"] == "5"


def conninfo_of(url: str) -> Mapping[str, object]:
    """Return what libpq is given for a URL."""
    return psycopg.conninfo.conninfo_to_dict(_conninfo(read_url(url)))


def end_connections(server: postgresql.Server) -> None:
    """Let the server end all its connections."""
    with psycopg.connect(server.url, autocommit=True) as raw:
        raw.execute(
            b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            b"WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


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
        with (
            pytest.raises(StoreError, match="cannot read table partner_record"),
            store.reading(),
        ):
            assert [*store.primaries()] == []
            end_connections(server)
            [*store.partners()]
        assert [*store.primaries()] == []
        store.close()

    def test_a_lost_connection_is_made_anew(self, url: str, server: postgresql.Server) -> None:
        store = PostgresqlStore(url)

        async def main() -> None:
            await store.commit(RECORD)
            end_connections(server)
            with pytest.raises(StoreError, match="cannot read table primary_record"):
                store.primary(USER)
            assert store.primary(USER) == RECORD
            await store.commit(DEBT)

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
