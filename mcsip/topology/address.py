"""Addresses as topology files and targets write them: ``host:port`` or ``udp:host:port``.

A target may also be a SIP URI: ``sip:host:port;transport=tcp`` (RFC 3261 19.1).
"""

import ipaddress
import re
from typing import NamedTuple

from mcsip.sip.errors import ParseError
from mcsip.sip.host import MAX_PORT, host_port_text
from mcsip.sip.locate import Wanted
from mcsip.sip.transport_rules import default_port
from mcsip.sip.uri import SipUri, parse_uri

TRANSPORTS = ("udp", "tcp", "tls")
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104  # compared with, never bound
"""Addresses that stand for every one of the machine (RFC 1122 3.2.1.3, RFC 4291 2.5.2) [gen]."""
_URI_SCHEMES = ("sip:", "sips:")
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*\.?")


class Address(NamedTuple):
    """A transport address.

    Attributes:
        transport: "UDP", "TCP", "TLS", or None where it is not said.
        host: IP address (IPv6 without brackets) or host name.
        port: 0 to 65535; 0 is a free one.
    """

    transport: str | None
    host: str
    port: int


def parse_address(text: str) -> Address:
    """Read an address; raises ValueError that says what is wrong with it."""
    if text.lower().startswith(_URI_SCHEMES):
        raise ValueError(f"the address {text!r} is not host:port or udp:host:port")
    transport: str | None = None
    rest = text
    head, colon, tail = text.partition(":")
    if colon and ":" in tail and head.isalpha():
        if head.lower() not in TRANSPORTS:
            raise ValueError(f"the transport {head!r} is not one of {', '.join(TRANSPORTS)}")
        transport, rest = head.upper(), tail
    host, colon, port = rest.rpartition(":")
    if not colon or (host.count(":") and not host.startswith("[")):
        raise ValueError(f"the address {text!r} is not host:port or udp:host:port")
    if not (port.isascii() and port.isdigit()) or len(port) > 5 or int(port) > MAX_PORT:
        raise ValueError(f"the port {port!r} is not a number from 0 to {MAX_PORT}")
    return Address(transport, _check_host(host), int(port))


def parse_target(text: str) -> Address:
    """Read an address or a SIP URI as something to send to.

    The transport is None where neither says it; the port of a URI without one is the default port.

    Raises:
        ValueError: it is neither, or nobody can be reached there; the message says what is wrong.
    """
    is_uri = text.lower().startswith(_URI_SCHEMES)
    address = _of_uri(text) if is_uri else parse_address(text)
    if address.port == 0:
        raise ValueError(f"{text!r} has the port 0, and nobody listens there")
    if address.host in EVERYWHERE:
        raise ValueError(f"{address.host} is where a node may listen, and nobody can send to it")
    return address


def parse_place(text: str) -> Address | Wanted:
    """Read the address of a node: a transport address, or a SIP URI that DNS is asked for.

    A URI with an IP address is a transport address (RFC 3263 4.2).

    Raises:
        ValueError: it is neither; the message says what is wrong.
    """
    if not text.lower().startswith(_URI_SCHEMES):
        return parse_address(text)
    address, uri = _of_uri(text), parse_uri(text)
    assert isinstance(uri, SipUri), "it is one"
    if address.host.replace(".", "").isdigit() or ":" in address.host:
        return address
    if uri.user is not None:
        raise ValueError(f"{text!r} names a user: write sip:{uri.host}")
    return Wanted(check_domain(address.host), uri.port, address.transport)


def show_address(transport: str, host: str, port: int) -> str:
    """Return a transport address as ``parse_address`` reads it: ``udp:[::1]:5060``."""
    return f"{transport.lower()}:{host_port_text(host, port)}"


def _of_uri(text: str) -> Address:
    try:
        uri = parse_uri(text)
    except ParseError as error:
        raise ValueError(f"{text!r} is not a SIP URI: {error}") from None
    assert isinstance(uri, SipUri), "a URI of another scheme does not come here"
    said = uri.param("transport")
    transport = said.upper() if said else None
    if transport is not None and transport.lower() not in TRANSPORTS:
        raise ValueError(f"the transport {said!r} is not one of {', '.join(TRANSPORTS)}")
    if uri.scheme == "sips":
        transport = "TLS"
    port = default_port(transport or "UDP") if uri.port is None else uri.port
    host = f"[{uri.host}]" if ":" in uri.host else uri.host
    return Address(transport, _check_host(host), port)


def _check_host(host: str) -> str:
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif not host.replace(".", "").isdigit():
        if len(host) > 253 or not _HOST_NAME.fullmatch(host):
            raise ValueError(f"{host!r} is not an IP address or a host name")
        return host
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        raise ValueError(f"{host!r} is not an IP address") from None


def check_domain(text: str) -> str:
    """Return a domain in lower case; raises ValueError when it is none."""
    if len(text) > 253 or not _HOST_NAME.fullmatch(text) or text.replace(".", "").isdigit():
        raise ValueError(f"{text!r} is not a domain name")
    return text.lower().rstrip(".")
