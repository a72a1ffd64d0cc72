"""URLs of shared registries: ``postgresql://user:password@host:port/database?schema=name``.

A URL is read here and not by libpq, whose errors quote what they do not understand, passwords
included. Whatever libpq takes is taken (PostgreSQL's manual, 34.1.1.2 [gen]): several hosts, none,
a socket's folder, parameters. Only what could be read in two ways is refused, where libpq guesses:
a character of a name or a password that means something in a URL must be written as ``%XX`` (RFC
3986 2.1). What is shown of a URL is built from the parts that were read; of one that cannot be
read nothing is shown.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from mcsip.errors import UsageError
from mcsip.sip.host import MAX_PORT

DEFAULT_SCHEMA = "mcsip"
MAX_NAME_OCTETS = 63
"""The longest name in a PostgreSQL database (NAMEDATALEN) [gen]."""
FORM = "postgresql://user@host:port/database?schema=name"
HIDDEN = "postgresql://…"
"""What is shown of a URL that cannot be read."""

_SCHEMES = ("postgresql", "postgres")
_HEX = r"%[0-9A-Fa-f]{2}"
_URL = re.compile(r"(?P<authority>[^/?#]*)(?:/(?P<database>[^?#]*))?(?:\?(?P<query>[^#]*))?")
_USER = re.compile(rf"(?:[^:@/?#%\s]|{_HEX})*(?::(?:[^@/?#%\s]|{_HEX})*)?")
_HOST = re.compile(
    rf"(?P<host>\[[^\]]*\]|(?:[\w.~-]|{_HEX})*)(?::(?P<port>[0-9]{{0,5}}))?", re.ASCII
)
_DATABASE = re.compile(rf"(?:[^:@/?#%\s]|{_HEX})*")
_PARAMETER = re.compile(rf"(?P<name>[a-z_]+)=(?P<value>(?:[^@&#%\s]|{_HEX})*)")
_SHOWN = ("host", "hostaddr", "port", "user", "dbname", "service", "schema")
"""The parameters that are shown, in this order."""


@dataclass(frozen=True, slots=True)
class RegistryUrl:
    """Where a registry is.

    Attributes:
        parameters: of the connection, by libpq's names; the password is one of them.
        schema: the schema of its tables.
        shown: the URL without its password and what else nobody needs to see.
    """

    parameters: dict[str, str] = field(repr=False)
    schema: str
    shown: str


class _FaultError(Exception):
    """What is wrong with a URL, without a word of it."""


def read_url(url: str) -> RegistryUrl:
    """Read a URL.

    Raises:
        UsageError: it is none, could be read in two ways, or names no schema.
    """
    try:
        return _read(url)
    except _FaultError as fault:
        text = f"{HIDDEN} is no URL of a registry: {fault}; write {FORM}"
        raise UsageError(f"{text}, and @ : / ? # % in a name or a password as %XX") from None


def url_fault(url: str) -> str | None:
    """Return what is wrong with a URL, without a word of it, or None when it can be read."""
    try:
        _read(url)
    except _FaultError as fault:
        return str(fault)
    return None


def shown_url(url: str) -> str:
    """Return a URL as it may be shown: without its password and most of its parameters."""
    try:
        return _read(url).shown
    except _FaultError:
        return HIDDEN


def _read(url: str) -> RegistryUrl:
    scheme, colon, rest = url.partition("://")
    if not colon or scheme.lower() not in _SCHEMES:
        raise _FaultError("it is not of PostgreSQL")
    parts = _URL.fullmatch(rest)
    if parts is None:
        raise _FaultError("there is a '#' in it")
    user, at, hosts = parts["authority"].rpartition("@")
    if not _USER.fullmatch(user):
        raise _FaultError("its user or password has a character that must be written as %XX")
    database = parts["database"] or ""
    if not _DATABASE.fullmatch(database):
        raise _FaultError("the name of its database has a character that must be written as %XX")
    named = _parameters(parts["query"])
    host, port = _hosts(hosts)
    name, _, password = user.partition(":")
    found = {"host": host, "port": port, "user": name, "password": password, "dbname": database}
    parameters = {key: _decoded(value) for key, value in found.items() if value.strip(",")} | named
    schema = _schema(parameters.pop("schema", DEFAULT_SCHEMA))
    shown = f"postgresql://{name}{at}{hosts}"
    shown += "" if parts["database"] is None else f"/{database}"
    said = [f"{key}={quote(named[key], safe='/,')}" for key in _SHOWN if key in named]
    return RegistryUrl(parameters, schema, "?".join([shown, *(["&".join(said)] if said else [])]))


def _hosts(text: str) -> tuple[str, str]:
    """Return hosts and ports as libpq takes them: several of each are separated by commas."""
    hosts: list[str] = []
    ports: list[str] = []
    for each in text.split(","):
        found = _HOST.fullmatch(each)
        if found is None:
            raise _FaultError("its host or port is none")
        host, port = found["host"], found["port"] or ""
        if host.startswith("["):
            host = host[1:-1]
            try:
                ipaddress.IPv6Address(_decoded(host))
            except ValueError:
                raise _FaultError("what stands in its [ ] is no IPv6 address") from None
        if port and not 0 < int(port) <= MAX_PORT:
            raise _FaultError("its port is none")
        hosts.append(host)
        ports.append(port)
    return ",".join(hosts), ",".join(ports)


def _parameters(query: str | None) -> dict[str, str]:
    """Return the parameters of a URL; of several with one name the last counts."""
    found: dict[str, str] = {}
    for pair in (query or "").split("&") if query else ():
        parameter = _PARAMETER.fullmatch(pair)
        if parameter is None:
            raise _FaultError("after its '?' stands something else than name=value")
        found[parameter["name"]] = _decoded(parameter["value"])
    if found.get("ssl") == "true":  # as JDBC has it; libpq takes it likewise
        del found["ssl"]
        found["sslmode"] = "require"
    return found


def _decoded(text: str) -> str:
    """Return a part without the encoding of RFC 3986 2.1."""
    plain = unquote(text)
    if "\0" in plain:
        raise _FaultError("there is a character 0 in it")
    return plain


def _schema(name: str) -> str:
    """Return the name of a schema, which PostgreSQL has in lower case."""
    is_name = name.isascii() and name.replace("_", "a").isalnum()
    if not is_name or len(name) > MAX_NAME_OCTETS:
        raise _FaultError("its schema is no name: letters, digits and '_'")
    return name.lower()
