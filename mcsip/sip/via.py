"""Via: which way a request came and its responses go back (RFC 3261 20.42) [read]."""

import re
from typing import NamedTuple

from mcsip.sip.errors import ParseError
from mcsip.sip.host import MAX_PORT, host_port_text, parse_host_port
from mcsip.sip.memo import remembering
from mcsip.sip.params import NO_PARAMS, Params, get_param, params_text, parse_params, with_param

#: sent-protocol LWS sent-by (25.1: via-parm); white space may stand round the slashes.
_head = re.compile(r"\s*([^\s/;]+)\s*/\s*([^\s/;]+)\s*/\s*([^\s/;]+)\s+(\S.*)", re.DOTALL).fullmatch


class Via(NamedTuple):
    """One Via value.

    Attributes:
        transport: the transport in upper case (``"UDP"``).
        host: the host of sent-by as written, an IPv6 reference without brackets.
        port: the port of sent-by, or None.
        params: the parameters.
        protocol: protocol name and version, ``"SIP/2.0"``.
    """

    transport: str
    host: str
    port: int | None = None
    params: Params = NO_PARAMS
    protocol: str = "SIP/2.0"

    @property
    def branch(self) -> str | None:
        """The branch (RFC 3261 8.1.1.7), or None."""
        return get_param(self.params, "branch")

    @property
    def received(self) -> str | None:
        """The address that the request came from (RFC 3261 18.2.1), without brackets, or None."""
        value = get_param(self.params, "received")
        return value.strip("[]") if value else None

    @property
    def rport(self) -> int | None:
        """The port that the request came from (RFC 3581 4); None when absent or without value."""
        return self._number("rport", MAX_PORT)

    @property
    def wants_rport(self) -> bool:
        """Whether rport is there, with or without a value (RFC 3581 3)."""
        return get_param(self.params, "rport") is not None

    @property
    def maddr(self) -> str | None:
        """Where responses go instead of sent-by (RFC 3261 18.2.2), without brackets, or None."""
        value = get_param(self.params, "maddr")
        return value.strip("[]") if value else None

    @property
    def ttl(self) -> int | None:
        """The time to live of multicast (RFC 3261 18.1.1), or None."""
        return self._number("ttl", 255)

    def _number(self, name: str, largest: int) -> int | None:
        value = get_param(self.params, name)
        if not value:
            return None
        if not (value.isascii() and value.isdigit()) or len(value) > 5 or int(value) > largest:
            raise ParseError(f"Via with a malformed {name}: {value[:20]!r}")
        return int(value)

    def with_param(self, name: str, value: str | None) -> "Via":
        """Return the value with this parameter set."""
        return self._replace(params=with_param(self.params, name, value))

    def __str__(self) -> str:
        sent_by = host_port_text(self.host, self.port)
        return f"{self.protocol}/{self.transport} {sent_by}{params_text(self.params)}"


def parse_via(text: str) -> Via:
    """Read one Via value; white space may stand round slashes, colon, semicolons, equals signs.

    Raises:
        ParseError: no sent-protocol, no host, or a bad port.
    """
    head, semicolon, rest = text.partition(";")
    protocol, transport, host, port = _parse_head(head)
    return Via(transport, host, port, parse_params(rest) if semicolon else NO_PARAMS, protocol)


def check_via(text: str) -> None:
    """Check sent-protocol and sent-by of a Via value that is only passed on.

    Raises:
        ParseError: no sent-protocol, no host, or a bad port.
    """
    _parse_head(text.partition(";")[0])


@remembering(2048)
def _parse_head(text: str) -> tuple[str, str, str, int | None]:
    """Return protocol, transport, host and port of what stands before the parameters."""
    parts = _head(text)
    if parts is None:
        raise ParseError(f"malformed Via: {text[:60]!r}")
    name, version, transport, sent_by = parts.groups()
    host, port = parse_host_port(sent_by)
    return f"{name.upper()}/{version}", transport.upper(), host, port
