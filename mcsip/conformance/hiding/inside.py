"""What a system that hides its topology must not show, and where it stands in octets after all.

Secret are, of every node of the system that is no MC gateway server: its host names, its public
service identities, its transport addresses; and the transport addresses of clients, who are reached
through the system. No secret are MC service IDs, domains, and an IP address that nodes of several
systems share (as on one machine): then only address and port together tell something. A session
description says where media goes, which the other party must know: addresses there are none.

The octets are looked at once for all rules, and without parsing them: whatever crosses counts, also
where no SIP message can be read.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from mcsip.conformance.gateways import crosses_systems, has_gateway
from mcsip.conformance.views import MessageSeen
from mcsip.mc.roles import Role
from mcsip.sip.headers import canonical
from mcsip.trace import NodeInfo, Peer, Trace, TraceEntry


class Kind(Enum):
    """What sort of inner thing was shown; the value is for people."""

    HOST = "host name"
    IDENTITY = "public service identity"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Leak:
    """One inner thing in octets that left its system.

    Attributes:
        kind: what it is.
        node: name of the inner node that it belongs to.
        text: the octets as they stand there.
        field: key of the header field they stand in, or "": the start line or the body.
    """

    kind: Kind
    node: str
    text: bytes
    field: str


_Inner = tuple[bytes, Kind, str, re.Pattern[bytes]]
"""A name or identity in lower case, with its kind, its node, and what finds it standing alone."""


# A name is part of another one when one of these stands beside it.
_BEFORE = rb"(?<![\w.%-])"
_AFTER = rb"(?![\w-]|\.\w)"
# In a user part these are part of it, too (RFC 3261 25.1).
_BEFORE_USER = rb"(?<![\w.!~*'()&=+$,;?/%-])"
# Looking for an address from its first dot on is four times as fast as from its first digit.
_QUAD = re.compile(rb"\d\.\d{1,3}\.\d{1,3}\.\d")
_IPV4 = re.compile(rb"(?<![\w.])((?:\d{1,3}\.){3}\d{1,3})(?::(\d{1,5}))?(?!\w|\.\d)")
_IPV6 = re.compile(rb"\[([0-9a-fA-F:.]{2,45})\](?::(\d{1,5})(?!\d))?")


def leaves(seen: MessageSeen) -> bool:
    """Tell whether a message leaves a system with an MC gateway server, which hides its inside."""
    return crosses_systems(seen) and has_gateway(seen.setting.trace, seen.sender.system)


@lru_cache(maxsize=32)
def _inside(trace: Trace, system: str, _known: int) -> tuple[_Inner, ...]:
    """Return the names and identities that a system hides, as long as no more nodes are known."""
    nodes = trace.nodes.values()
    shown = {node.domain.lower() for node in nodes}
    for node in nodes:
        if node.role is Role.MC_GATEWAY:
            shown |= {text.lower() for text in (*node.hosts, *node.identities)}
    texts = {}
    for node in nodes:
        if is_inner(node, system):
            for host in node.hosts:
                if "." in host and not _is_ip(host) and host.lower() not in shown:
                    texts[host.lower()] = (Kind.HOST, node.name, _BEFORE)
            for identity in node.identities:
                bare = identity.lower().partition(":")[2]
                if "@" in bare and identity.lower() not in shown:
                    texts[bare] = (Kind.IDENTITY, node.name, _BEFORE_USER)
    return tuple(
        (text.encode(), kind, name, re.compile(before + re.escape(text).encode() + _AFTER))
        for text, (kind, name, before) in texts.items()
    )


def _is_ip(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def is_inner(node: NodeInfo, system: str) -> bool:
    """Tell whether a node belongs to the inside of a system; a client has nothing of its own."""
    return node.system == system and node.role not in (Role.MC_GATEWAY, Role.CLIENT)


@lru_cache(maxsize=1)
def _found(trace: Trace, system: str, entry: "_ByIdentity") -> tuple[Leak, ...]:
    data = entry.entry.data
    head = data.find(b"\r\n\r\n")
    head = len(data) if head < 0 else head
    lower = data.lower()
    found = []
    for text, kind, node, pattern in _inside(trace, system, len(trace.nodes)):
        if text in lower and (match := pattern.search(lower)) is not None:
            start, end = match.span()
            found.append(Leak(kind, node, data[start:end], field_at(data, start, head)))
    told = set()
    for match in _addresses(data):
        name = _owner(trace, system, match)
        text = match[0]
        if name is None or text in told or _is_of_media(data, match.start(), head):
            continue
        told.add(text)
        found.append(Leak(Kind.ADDRESS, name, text, field_at(data, match.start(), head)))
    return tuple(found)


class _ByIdentity:
    """An entry that is equal to itself alone, so that looking it up compares no octets."""

    __slots__ = ("entry",)

    def __init__(self, entry: TraceEntry) -> None:
        self.entry = entry

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.entry is self.entry

    def __hash__(self) -> int:
        return id(self.entry)


def leaks(seen: MessageSeen) -> tuple[Leak, ...]:
    """Return what a message that ``leaves`` a system shows of its inside.

    The rules ask one after the other about the same message: it is looked at once.
    """
    return _found(seen.setting.trace, seen.sender.system, _ByIdentity(seen.entry))


def _addresses(data: bytes) -> Iterator[re.Match[bytes]]:
    """Return the IP addresses in some octets, each with its port where there is one."""
    for match in _QUAD.finditer(data):
        start = match.start()
        while start and data[start - 1 : start].isdigit() and match.start() - start < 2:
            start -= 1
        if (whole := _IPV4.match(data, start)) is not None:
            yield whole
    if b"[" in data:
        yield from _IPV6.finditer(data)


def _owner(trace: Trace, system: str, match: re.Match[bytes]) -> str | None:
    """Return the inner node whose address was found, or None: it is no secret."""
    host = match[1].decode("ascii").lower()
    if (name := _alone(trace, system, trace.names_at(host))) is not None:
        return name
    port = match[2]
    if port is None:
        return None
    return inner_node_at(trace, system, host, int(port))


def inner_node_at(trace: Trace, system: str, host: str, port: int) -> str | None:
    """Return the inner node or client that has an address, and has it alone; else None."""
    peer = Peer(host, port)
    return _alone(trace, system, [trace.node_at(peer, transport) for transport in ("UDP", "TCP")])


def _alone(trace: Trace, system: str, names: Iterable[str | None]) -> str | None:
    """Return the first of some nodes, if none is a gateway or belongs to another system."""
    nodes = [trace.nodes.get(name or "", NodeInfo("")) for name in sorted(filter(None, names))]
    if nodes and all(is_inner(node, system) or node.role is Role.CLIENT for node in nodes):
        return nodes[0].name
    return None


def _is_of_media(data: bytes, at: int, head: int) -> bool:
    """Tell whether a place is a line of a session description (RFC 4566 5: one letter, ``=``)."""
    if at < head:
        return False
    start = data.rfind(b"\n", 0, at) + 1
    return data[start : start + 1].isalpha() and data[start + 1 : start + 2] == b"="


def field_at(data: bytes, at: int, head: int) -> str:
    """Return the key of the header field at a place, "" for start line and body."""
    if at >= head:
        return ""
    start = data.rfind(b"\n", 0, at) + 1
    while start and data[start : start + 1] in b" \t":  # folded
        start = data.rfind(b"\n", 0, start - 1) + 1
    name, colon, _ = data[start : data.find(b"\n", start)].partition(b":")
    return canonical(name.decode("utf-8", "replace").strip()) if start and colon else ""
