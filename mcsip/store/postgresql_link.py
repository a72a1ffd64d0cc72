"""The connection of a store to PostgreSQL: how long it waits, and how it is made anew.

A statement holds up its server's event loop until it is answered, so nothing is waited for without
a bound. Two parties keep it. The database ends what takes too long there: waiting for a row that
somebody else holds, a statement, a transaction whose server has stopped in the middle of it. Who
has set these by the URL, the user, the database or the server keeps what was set. And where the
database says nothing at all, the wait for its answer ends here, and the connection with it.

A lost connection is made anew in a thread, so that the loop goes on meanwhile: one try at a time,
none sooner than ``PAUSE_S`` after the one before has failed. Until then every access fails at once.
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg import conninfo, errors, pq
from psycopg.abc import PQGen

from mcsip.document import hint_for
from mcsip.errors import UsageError
from mcsip.store.port import StoreError, UnavailableError
from mcsip.store.rows import Row
from mcsip.store.urls import RegistryUrl

T = TypeVar("T")

CONNECT_S = 5
"""How long connecting may take, in seconds [ours]."""
ANSWER_S = 5.0
"""How long the answer to a statement may take, in seconds; then the connection is lost [ours]."""
PAUSE_S = 1.0
"""How long after a failed try to connect the next one begins, in seconds [ours]."""
BOUNDS = {
    "lock_timeout": "100ms",
    "statement_timeout": "4s",
    "idle_in_transaction_session_timeout": "2s",
}
"""What the database allows a connection, where nobody has set it: shorter than ``ANSWER_S``, so
that the database has its say; a row is let go by a server that stands still before those who wait
for it have given up (``McServer.decide``) [ours]."""
_USUAL = {
    "connect_timeout": str(CONNECT_S),
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": str(round(ANSWER_S * 1000)),
}
_SET_BOUND = "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = %s AND setting = '0'"


class Connection(psycopg.Connection[Row]):
    """A connection that does not wait for ever for an answer."""

    def wait(self, gen: PQGen[T], *arguments: Any, **options: Any) -> T:
        """Wait for an answer; see psycopg.

        Raises:
            OperationalError: none came in time; the connection is closed.
        """
        try:
            return super().wait(_until(gen, monotonic() + ANSWER_S), *arguments, **options)
        except NoAnswerError:
            self.close()  # an answer that comes now would be taken for that to another statement
            raise


class NoAnswerError(psycopg.OperationalError):
    """The database did not answer in time."""


def _until(gen: PQGen[T], end: float) -> PQGen[T]:
    """Do what psycopg does while it waits, which it lets us do every tenth of a second."""
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and monotonic() >= end:
                raise NoAnswerError(f"no answer within {ANSWER_S:g} s")
            wanted = gen.send(ready)
    except StopIteration as done:
        result: T = done.value
        return result


class Link:
    """The one connection of a store.

    Args:
        url: where the database is.
        prepare: makes a fresh connection ready; may raise StoreError.

    Raises:
        UsageError: libpq does not know a parameter of the URL.
    """

    def __init__(self, url: RegistryUrl, prepare: Callable[[Connection], None]) -> None:
        self._conninfo = conninfo_of(url)
        self._shown = url.shown
        self._prepare = prepare
        self._connection: Connection | None = None
        self._trying: asyncio.Future[Connection] | None = None
        self._failure = "the connection was lost"
        self._again_at = 0.0
        self._closed = False

    def connection(self) -> Connection:
        """Return the connection; one that was lost is made anew, without waiting for it.

        Outside an event loop, where nobody else is kept waiting, it is waited for.

        Raises:
            UnavailableError: there is none.
            StoreError: the store is closed, or is no store of ours any more.
        """
        if self._connection is not None and not self._connection.closed:
            return self._connection
        if self._closed:
            raise StoreError("the store is closed")
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return self.connect()
        if self._trying is None and monotonic() >= self._again_at:
            self._trying = loop.run_in_executor(None, self._connect)
            self._trying.add_done_callback(self._on_tried)
        raise UnavailableError(f"cannot reach the store {self._shown}: {self._failure}")

    def connect(self) -> Connection:
        """Connect, and wait for that.

        Raises:
            UnavailableError: the database cannot be reached.
            StoreError: it holds no store of ours.
        """
        try:
            self._connection = self._connect()
        except psycopg.Error as error:
            raise failure(f"cannot reach the store {self._shown}", error) from error
        return self._connection

    def _connect(self) -> Connection:
        connection = Connection.connect(self._conninfo, autocommit=True)
        try:
            self._prepare(connection)
            for name, value in BOUNDS.items():
                connection.execute(_SET_BOUND.encode(), (value, name))
        except BaseException:
            connection.close()
            raise
        return connection

    def _on_tried(self, trying: "asyncio.Future[Connection]") -> None:
        """Take up the outcome of a try that was made in a thread."""
        self._trying = None
        if trying.cancelled():
            return
        error = trying.exception()
        if error is not None:
            self._failure = told(error)
            self._again_at = monotonic() + PAUSE_S
        elif self._closed:
            trying.result().close()
        else:
            self._connection = trying.result()
            self._failure = "the connection was lost"

    def close(self) -> None:
        """Let go of the database."""
        self._closed = True
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def conninfo_of(url: RegistryUrl) -> str:
    """Return what libpq connects by: the parameters of a URL, and ours where it has none.

    Raises:
        UsageError: libpq does not know a parameter.
    """
    known = [option.keyword.decode() for option in pq.Conninfo.get_defaults()]
    for name in url.parameters:
        if name not in known:  # it is not told: what is no parameter may be part of a password
            hint = hint_for(name, known, "there are")
            raise UsageError(f"{url.shown} has a parameter that libpq does not know; {hint}")
    usual = {name: value for name, value in _USUAL.items() if name in known}  # libpq may be old
    return conninfo.make_conninfo(**{**usual, **url.parameters})


def failure(what: str, error: Exception) -> StoreError:
    """Return an error of the database as one of the store: whether it will pass, or not.

    Args:
        what: what could not be done.
        error: what the database raised.
    """
    text = f"{what}: {told(error)}"
    passes = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return UnavailableError(text) if passes else StoreError(text)


def is_held(error: psycopg.Error) -> bool:
    """Tell whether somebody else held a row for too long."""
    return isinstance(error, errors.LockNotAvailable | errors.DeadlockDetected)


def told(error: BaseException) -> str:
    """Return what the database says, on one line."""
    return " ".join(str(error).split())
