"""The connection to PostgreSQL: bounds of every wait, and how a lost one is made anew."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import psycopg
import pytest
from psycopg import errors

from mcsip.errors import UsageError
from mcsip.store import postgresql_link
from mcsip.store.port import StoreError, UnavailableError
from mcsip.store.postgresql_link import (
    BOUNDS,
    PAUSE_S,
    Link,
    NoAnswerError,
    conninfo_of,
    failure,
    is_held,
)
from mcsip.store.urls import read_url

URL = "postgresql://u:S3cret@127.0.0.1:1/db"


def given(url: str) -> Mapping[str, object]:
    """Return what libpq is given for a URL."""
    return psycopg.conninfo.conninfo_to_dict(conninfo_of(read_url(url)))


# What libpq is given


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
        conninfo_of(read_url(f"{URL}?{parameter}"))
    assert parameter.partition("=")[0] not in str(caught.value).split()
    assert "S3cret" not in str(caught.value)


def test_what_the_url_says_counts_more_than_what_is_usual() -> None:
    usual = given(URL)
    assert (usual["connect_timeout"], usual["tcp_user_timeout"]) == ("5", "5000")
    assert usual["password"] == "S3cret"
    assert given(f"{URL}?connect_timeout=77") == {**usual, "connect_timeout": "77"}


# What an error means


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.OperationalError("lost"), UnavailableError),
        (psycopg.InterfaceError("closed"), UnavailableError),
        (NoAnswerError("no answer"), UnavailableError),
        (errors.QueryCanceled("statement timeout"), UnavailableError),
        (errors.TooManyConnections("sorry"), UnavailableError),
        (errors.UndefinedTable("no table"), StoreError),
        (ValueError("no status"), StoreError),
    ],
)
def test_an_error_says_whether_it_will_pass(error: Exception, kind: type[StoreError]) -> None:
    found = failure("cannot read", error)
    assert type(found) is kind
    assert str(found) == f"cannot read: {error}"


def test_who_holds_a_row_is_another_matter() -> None:
    assert is_held(errors.LockNotAvailable())
    assert is_held(errors.DeadlockDetected())
    assert not is_held(errors.QueryCanceled())


# Made anew


class Made:
    """Stands for a connection."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Tries:
    """Connections that are made when the test says so; each try is counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.count = 0
        self.outcome: Callable[[], Any] = Made
        monkeypatch.setattr(postgresql_link, "monotonic", lambda: self.now)
        monkeypatch.setattr(Link, "_connect", lambda _: self._connect())
        self.link = Link(read_url(URL), lambda _: None)

    def _connect(self) -> Any:
        self.count += 1
        return self.outcome()

    def refused(self) -> Made:
        raise psycopg.OperationalError("nobody\n listens")

    def is_refused(self, why: str) -> None:
        with pytest.raises(
            UnavailableError, match=f"^cannot reach the store postgresql://u@127.*/db: {why}$"
        ):
            self.link.connection()

    async def ended(self) -> None:
        """Wait until the try that is under way has ended."""
        assert self.link._trying is not None
        await asyncio.wait([self.link._trying])


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> Tries:
    return Tries(monkeypatch)


def test_a_lost_connection_is_made_anew_while_the_loop_goes_on(tries: Tries) -> None:
    async def main() -> None:
        first = tries.link.connect()
        assert tries.link.connection() is first
        first.close()
        for _ in range(3):
            tries.is_refused("the connection was lost")
        await tries.ended()
        assert tries.link.connection() not in {first, None}

    asyncio.run(main())
    assert tries.count == 2, "one try, whoever asks meanwhile"


def test_after_a_failed_try_there_is_a_pause(tries: Tries) -> None:
    async def main() -> None:
        tries.link.connect().close()
        tries.outcome = tries.refused
        tries.is_refused("the connection was lost")
        await tries.ended()
        tries.now += 0.99 * PAUSE_S
        tries.is_refused("nobody listens")
        assert tries.link._trying is None
        tries.now += 0.01 * PAUSE_S
        tries.outcome = Made
        tries.is_refused("nobody listens")
        await tries.ended()
        tries.link.connection().close()
        tries.is_refused("the connection was lost")
        await tries.ended()

    asyncio.run(main())
    assert tries.count == 4


def test_outside_a_loop_it_is_waited_for(tries: Tries) -> None:
    first = tries.link.connect()
    first.close()
    assert tries.link.connection() is not first
    tries.link.connection().close()
    tries.outcome = tries.refused
    with pytest.raises(UnavailableError, match="nobody listens"):
        tries.link.connection()


def test_a_connection_that_comes_too_late_is_closed(tries: Tries) -> None:
    made: list[Made] = []

    def make() -> Made:
        made.append(Made())
        return made[-1]

    async def main() -> None:
        tries.link.connect().close()
        tries.outcome = make
        tries.is_refused("the connection was lost")
        trying = tries.link._trying
        assert trying is not None
        tries.link.close()
        await asyncio.wait([trying])
        with pytest.raises(StoreError, match="the store is closed"):
            tries.link.connection()

    asyncio.run(main())
    assert [each.closed for each in made] == [True]


# At a database


@pytest.fixture
def link(url: str) -> Iterator[Link]:
    made = Link(read_url(url), lambda _: None)
    yield made
    made.close()


@pytest.mark.interop
def test_the_database_ends_what_takes_too_long(link: Link) -> None:
    connection = link.connect()
    found = [connection.execute(f"SHOW {name}".encode()).fetchone() for name in BOUNDS]
    assert found == [(value,) for value in BOUNDS.values()]


@pytest.mark.interop
def test_what_the_url_sets_is_kept(url: str) -> None:
    link = Link(read_url(f"{url}&options=-c%20lock_timeout%3D7s"), lambda _: None)
    connection = link.connect()
    assert connection.execute(b"SHOW lock_timeout").fetchone() == ("7s",)
    assert connection.execute(b"SHOW statement_timeout").fetchone() == ("4s",)
    link.close()


@pytest.mark.interop
@pytest.mark.parametrize("in_a_pipeline", [False, True])
def test_a_database_that_says_nothing_is_given_up(
    link: Link, monkeypatch: pytest.MonkeyPatch, *, in_a_pipeline: bool
) -> None:
    connection = link.connect()
    process = connection.info.backend_pid
    monkeypatch.setattr(postgresql_link, "ANSWER_S", 0.0)

    def ask() -> None:
        with connection.pipeline() if in_a_pipeline else nullcontext():
            connection.execute(b"SELECT 1")

    os.kill(process, signal.SIGSTOP)
    try:
        with pytest.raises(NoAnswerError, match="no answer within 0 s"):
            ask()
    finally:
        os.kill(process, signal.SIGCONT)
    assert connection.closed
