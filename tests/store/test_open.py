"""Which adapter opens a place, and what is missing."""

import builtins
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from mcsip.errors import MissingToolError
from mcsip.store.open import open_records
from mcsip.store.sqlite import SqliteStore


def test_a_file_and_nothing_are_sqlite(tmp_path: Path) -> None:
    for place in (tmp_path / "records.db", None):
        store = open_records(place)
        assert isinstance(store, SqliteStore)
        store.close()
    assert (tmp_path / "records.db").exists()


@pytest.mark.interop
def test_a_url_is_postgresql(url: str) -> None:
    store = open_records(url)
    assert store.shared
    store.close()


def test_without_psycopg_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    load = builtins.__import__

    def without(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002  # the builtin's signature
        locals: Mapping[str, object] | None = None,  # noqa: A002  # the builtin's signature
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if name == "mcsip.store.postgresql":
            raise ImportError("No module named 'psycopg'", name="psycopg")
        return load(name, globals, locals, fromlist, level)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingToolError, match=r"pip install 'mcsip\[postgresql\]'"):
        open_records("postgresql://h/db")
