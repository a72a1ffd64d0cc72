"""IPv4 and IPv6: the payload of a packet, put together from fragments where it came in some."""

import struct
from enum import IntEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from mcsip.capture.fragments import Fragments, Part
from mcsip.capture.limits import MAX_EXTENSION_HEADERS


class Protocol(IntEnum):
    """The payloads that are known (the registry of protocol numbers) [gen]."""

    TCP = 6
    UDP = 17
    ESP = 50


_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _DESTINATION = 0, 43, 44, 51, 60
_MOBILITY, _HIP, _SHIM6 = 135, 139, 140
_EXTENSIONS = frozenset({_HOP_BY_HOP, _ROUTING, _DESTINATION, _MOBILITY, _HIP, _SHIM6})
"""Extension headers that say their length in units of eight octets (RFC 8200 4, RFC 7045 4)."""
_IPV4_HEADER = struct.Struct("!BxHHHxB2x4s4s")
_IPV6_HEADER = struct.Struct("!IHBx16s16s")


class Datagram(NamedTuple):
    """What one or several IP packets carry.

    Attributes:
        protocol: number of the protocol (TCP 6, UDP 17).
        source, target: the addresses, four or sixteen octets.
        payload: the octets.
        identification: that of the IPv4 header; 0 where there is none.
        cut: whether the end of the payload was not captured.
    """

    protocol: int
    source: bytes
    target: bytes
    payload: bytes
    identification: int
    cut: bool


def read_ip(frame: bytes, start: int, at_ns: int, fragments: Fragments) -> Datagram | str | None:
    """Return the datagram that a packet carries or completes.

    Args:
        frame: the octets that were captured.
        start: where the IP packet begins in them.
        at_ns: when, for how long fragments wait.
        fragments: where fragments wait.

    Returns:
        None where it is incomplete as yet; a text where it cannot be read: why.
    """
    try:
        version = frame[start] >> 4
        if version == 4:
            return _read_ipv4(frame, start, at_ns, fragments)
        if version == 6:
            return _read_ipv6(frame, start, at_ns, fragments)
    except (struct.error, IndexError):
        return "a packet that ends within its IP header"
    return "a packet that is neither IPv4 nor IPv6"


def _read_ipv4(frame: bytes, start: int, at_ns: int, fragments: Fragments) -> Datagram | str | None:
    """Read an IPv4 packet (RFC 791 3.1)."""
    first, length, identification, offset, protocol, source, target = _IPV4_HEADER.unpack_from(
        frame, start
    )
    header = (first & 0x0F) * 4
    # Zero: the network adapter was to cut it into segments, and was to fill it in (see offloading).
    length = length or len(frame) - start
    if header < 20 or length < header:
        return "a packet whose IPv4 header has impossible lengths"
    payload = frame[start + header : start + length]
    cut = start + length > len(frame)
    if not offset & 0x3FFF:
        return Datagram(protocol, source, target, payload, identification, cut)
    if cut:
        return "a fragment whose end was not captured"
    part = Part((offset & 0x1FFF) * 8, payload, last=not offset & 0x2000)
    whole = fragments.add((source, target, identification, protocol), part, at_ns)
    if whole is None:
        return None
    return Datagram(protocol, source, target, whole, identification, cut=False)


def _read_ipv6(frame: bytes, start: int, at_ns: int, fragments: Fragments) -> Datagram | str | None:
    """Read an IPv6 packet with its extension headers (RFC 8200 3, 4)."""
    _, length, protocol, source, target = _IPV6_HEADER.unpack_from(frame, start)
    begin = start + 40
    end = begin + length if length else len(frame)  # a jumbogram, or one that is cut by the adapter
    cut = end > len(frame)
    data = frame[begin:end]
    for _ in range(MAX_EXTENSION_HEADERS):
        if protocol in _EXTENSIONS:
            protocol, data = data[0], data[(data[1] + 1) * 8 :]
        elif protocol == _AUTHENTICATION:
            protocol, data = data[0], data[(data[1] + 2) * 4 :]  # RFC 4302 2.2: 4-octet units
        elif protocol == _FRAGMENT:
            following, offset, identification = struct.unpack_from("!BxHI", data)
            if offset & 0xFFF9:
                if cut:
                    return "a fragment whose end was not captured"
                part = Part(offset & 0xFFF8, data[8:], last=not offset & 1)
                whole = fragments.add((source, target, identification, following), part, at_ns)
                if whole is None:
                    return None
                data = whole
            else:
                data = data[8:]  # RFC 6946: a packet that is its only fragment
            protocol = following
        else:
            return Datagram(protocol, source, target, data, 0, cut)
    return "a packet with too many IPv6 extension headers"


@lru_cache(maxsize=65_536)
def address_text(address: bytes) -> str:
    """Return an address of four or sixteen octets as text; mapped IPv4 as IPv4."""
    if len(address) == 4:
        return str(IPv4Address(address))
    ipv6 = IPv6Address(address)
    return str(ipv6.ipv4_mapped or ipv6)


def encrypted_name(protocol: int) -> str | None:
    """Return the name of a protocol whose payload is encrypted, or None."""
    return "IPsec ESP" if protocol == Protocol.ESP else None
