"""Opening the records of a server: the adapter that its place asks for."""

from pathlib import Path

from mcsip.errors import MissingToolError
from mcsip.store.port import Store
from mcsip.store.sqlite import MEMORY, SqliteStore


def open_records(place: Path | str | None) -> Store:
    """Open the records of a server.

    Args:
        place: the file of an SQLite database; the URL of a PostgreSQL database, as text; or None:
            in memory.

    Raises:
        MissingToolError: psycopg is needed and not installed.
        StoreError: it cannot be opened, or is no store of ours.
        UsageError: the URL is none.
    """
    if not isinstance(place, str):
        return SqliteStore(MEMORY if place is None else place)
    try:
        from mcsip.store.postgresql import PostgresqlStore
    except ImportError as error:
        raise MissingToolError(
            "a store in PostgreSQL needs psycopg: pip install 'mcsip[postgresql]'"
        ) from error
    return PostgresqlStore(place)
