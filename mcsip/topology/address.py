"""Addresses as topology files and targets write them: ``host:port`` or ``udp:host:port``."""

import ipaddress
import re
from typing import NamedTuple

TRANSPORTS = ("udp", "tcp", "tls")
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
    if not (port.isascii() and port.isdigit()) or len(port) > 5 or int(port) > 65535:
        raise ValueError(f"the port {port!r} is not a number from 0 to 65535")
    return Address(transport, _check_host(host), int(port))


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
