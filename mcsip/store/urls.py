"""URLs of shared registries: ``postgresql://user:password@host:port/database?schema=name``."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from mcsip.errors import UsageError

DEFAULT_SCHEMA = "mcsip"
MAX_NAME_OCTETS = 63
"""The longest name in a PostgreSQL database (NAMEDATALEN) [gen]."""


def split_url(url: str) -> tuple[str, str]:
    """Return a URL without our own parameter, and the schema that the parameter names.

    ``postgresql://user@host/database?schema=partner``: the tables are in the schema ``partner``.

    Raises:
        UsageError: the schema is no name.
    """
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    schema = dict(query).get("schema", DEFAULT_SCHEMA)
    if not (
        schema.isascii()
        and schema.replace("_", "a").isalnum()
        and 0 < len(schema) <= MAX_NAME_OCTETS
    ):
        raise UsageError(f"{schema!r} is no name of a schema: letters, digits and '_'")
    rest = urlencode([(key, value) for key, value in query if key != "schema"])
    return urlunsplit(parts._replace(query=rest)), schema.lower()


def shown_url(url: str) -> str:
    """Return a URL without its password and its parameters, but for the schema."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] == "schema"])
    return urlunsplit(parts._replace(netloc=user.partition(":")[0] + at + host, query=query))
