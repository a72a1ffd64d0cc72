"""Opening the records of a server: the adapter that its place asks for."""

from pathlib import Path
from typing import TYPE_CHECKING

from mcsip.errors import MissingToolError
from mcsip.store.records import RecordStore
from mcsip.store.sqlite import MEMORY, SqliteStore
from mcsip.store.urls import shown_url

if TYPE_CHECKING:
    from mcsip.store.postgresql import PostgresqlStore


def open_records(place: Path | str | None) -> RecordStore:
    """Open the records of a server.

    Args:
        place: the file of an SQLite database; the URL of a PostgreSQL database, as text; or None:
            in memory.

    Raises:
        MissingToolError: psycopg is needed and not installed.
        StoreError: it cannot be opened, or is no store of ours.
        UsageError: the URL is none.
    """
    if isinstance(place, str):
        return _postgresql(place)
    return SqliteStore(MEMORY if place is None else place)


def open_for_reading(place: Path | str) -> "SqliteStore | PostgresqlStore":
    """Open existing records beside the servers that write them.

    Raises:
        MissingToolError: psycopg is needed and not installed.
        StoreError: it cannot be opened, or is no store of ours.
        UsageError: the URL is none.
    """
    if isinstance(place, str):
        return _postgresql(place, read_only=True)
    return SqliteStore(place, read_only=True)


def _postgresql(url: str, *, read_only: bool = False) -> "PostgresqlStore":
    try:
        from mcsip.store.postgresql import PostgresqlStore
    except ImportError as error:
        raise MissingToolError(
            "a store in PostgreSQL needs psycopg: pip install 'mcsip[postgresql]'"
        ) from error
    return PostgresqlStore(url, read_only=read_only)


def shown_place(place: Path | str) -> str:
    """Return the name of a file, or a URL without its password."""
    return str(place) if isinstance(place, Path) else shown_url(place)
