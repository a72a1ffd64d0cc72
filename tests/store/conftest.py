"""The adapters under the contract of the store."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from mcsip.store.port import Store
from mcsip.store.sqlite import SqliteStore, Synchronous
from tests import postgresql

OpenStore = Callable[[], Store]

_schemas = count()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgresql.Server]:
    """Return a running PostgreSQL server; skip where there is none."""
    with postgresql.for_tests(tmp_path_factory) as server:
        yield server


@pytest.fixture
def url(server: postgresql.Server) -> str:
    """Return the URL of an empty store."""
    return server.schema(f"test{next(_schemas)}")


@pytest.fixture(
    params=[
        "memory",
        "file",
        "file-normal",
        pytest.param("postgresql", marks=pytest.mark.interop),
    ]
)
def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    """Return what opens a store: one entry for every adapter."""
    path = tmp_path / "store.db"
    match request.param:
        case "memory":
            return SqliteStore
        case "file":
            return lambda: SqliteStore(path)
        case "file-normal":
            return lambda: SqliteStore(path, synchronous=Synchronous.NORMAL)
        case _:
            from mcsip.store.postgresql import PostgresqlStore

            url: str = request.getfixturevalue("url")
            return lambda: PostgresqlStore(url)


@pytest.fixture
def store(adapter: OpenStore) -> Iterator[Store]:
    """Return an empty store of an adapter, closed afterwards."""
    opened = adapter()
    yield opened
    opened.close()
