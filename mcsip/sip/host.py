"""The ``host [":" port]`` of URIs and Via values (RFC 3261 25.1: hostport, sent-by) [read]."""

import re

from mcsip.sip.errors import ParseError
from mcsip.sip.memo import remembering

#: The largest port: two octets in the headers of UDP (RFC 768) and TCP (RFC 9293 3.1) [gen].
MAX_PORT = 65_535

#: hostname and IPv4address of RFC 3261 25.1; the underscore is leniency [ours].
_is_name = re.compile(r"[A-Za-z0-9._\-]+").fullmatch
#: What may stand in an IPv6reference (RFC 3261 25.1) and in a zone of RFC 6874.
_is_ipv6 = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%25[A-Za-z0-9._\-]+)?").fullmatch


@remembering(2048)
def parse_host_port(text: str) -> tuple[str, int | None]:
    """Return host and port of ``host[:port]``; white space round the parts is ignored.

    The host stands as written, an IPv6 reference without its brackets; the port is None when there
    is none.

    Raises:
        ParseError: there is no host, or the port is not a number from 0 to ``MAX_PORT``.
    """
    text = text.strip(" \t")
    if text[:1] == "[":
        host, bracket, rest = text[1:].partition("]")
        if not bracket or not _is_ipv6(host):
            raise ParseError(f"malformed IPv6 reference: {text[:40]!r}")
        rest = rest.strip(" \t")
        if rest and rest[0] != ":":
            raise ParseError(f"malformed host: {text[:40]!r}")
        port = rest[1:].strip(" \t") if rest else None
    else:
        host, colon, port_text = text.partition(":")
        host = host.rstrip(" \t")
        port = port_text.strip(" \t") if colon else None
        if not _is_name(host):
            raise ParseError(f"malformed host: {text[:40]!r}")
    if port is None:
        return host, None
    if not (port.isascii() and port.isdigit()) or len(port) > 5 or int(port) > MAX_PORT:
        raise ParseError(f"malformed port: {text[:40]!r}")
    return host, int(port)


def host_port_text(host: str, port: int | None) -> str:
    """Return ``host[:port]``, with brackets round an IPv6 address."""
    if ":" in host and host[0] != "[":
        host = f"[{host}]"
    return host if port is None else f"{host}:{port}"
