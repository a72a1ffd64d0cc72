"""The adapters under the contract of the store."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mcsip.store.port import Store
from mcsip.store.sqlite import SqliteStore, Synchronous

OpenStore = Callable[[], Store]


@pytest.fixture(params=["memory", "file", "file-normal"])
def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    """Return what opens a store: one entry for every adapter."""
    path = tmp_path / "store.db"
    match request.param:
        case "memory":
            return SqliteStore
        case "file":
            return lambda: SqliteStore(path)
        case _:
            return lambda: SqliteStore(path, synchronous=Synchronous.NORMAL)


@pytest.fixture
def store(adapter: OpenStore) -> Iterator[Store]:
    """Return an empty store of an adapter, closed afterwards."""
    opened = adapter()
    yield opened
    opened.close()
