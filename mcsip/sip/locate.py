"""Locating the servers of a SIP URI by DNS: RFC 3263 4, with the order of RFC 2782 [2nd].

The procedure asks and is answered: ``locate`` is a generator that yields each ``Question``, is sent
the records that answer it (none: there are none), and returns the servers it has found. Whoever
runs it knows resolvers and time; here there are neither.

    the URI says            transport                     port and address
    an IP address           as written, else UDP          as written, else the default
    a name and a port       as written, else UDP          A and AAAA of the name
    a name, a transport     as written                    SRV, else A and AAAA
    a name alone            NAPTR, else SRV of each       SRV, else A and AAAA

A ``Locator`` does without DNS: it takes the host as it is.

Absent on purpose: SCTP, which is not spoken here; ``sips:``, which asks for TLS on every hop, and
counts as ``transport=tls`` (RFC 3261 26.2.2 is the affair of whoever writes the URI).
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from mcsip.sip.transport_rules import Target, default_port
from mcsip.sip.uri import SipUri

#: NAPTR services and the transport that each stands for, RFC 3263 4.1 [2nd].
NAPTR_SERVICES = {"SIP+D2U": "UDP", "SIP+D2T": "TCP", "SIPS+D2T": "TLS"}
#: The first two labels of SRV names, RFC 3263 4.1 and 4.2 [2nd].
SRV_PREFIXES = {"UDP": "_sip._udp", "TCP": "_sip._tcp", "TLS": "_sips._tcp"}
#: The NAPTR flag that sends one on to SRV records, RFC 3263 4.1 [2nd].
FLAG_SRV = "s"
#: The target of an SRV record by which a domain says that it has no such service, RFC 2782 [2nd].
NO_SERVICE = "."
#: The transport when neither URI nor DNS says one, RFC 3263 4.1 [2nd].
USUAL_TRANSPORT = "UDP"
#: How many records of an answer are looked at, and how many servers are kept [ours].
MAX_RECORDS = 32


class Locator:
    """Finds the target of a URI whose host is an address, or is known to the network as it is.

    Args:
        transports: what this node can send over.
        preferred: what a ``sip:`` URI without transport gets (RFC 3263 4.1: UDP) [gen].
    """

    __slots__ = ("_preferred", "_transports")

    def __init__(self, *transports: str, preferred: str = "UDP") -> None:
        self._transports = frozenset(transports or ("UDP", "TCP"))
        self._preferred = preferred

    def __call__(self, uri: SipUri) -> Target | None:
        """Return the target, or None: it cannot be reached from here."""
        transport = uri.transport or self._preferred
        if uri.scheme == "sips" and transport in {"UDP", "TCP"}:
            transport = "TLS"  # RFC 3261 19.1.1, 26.2.2
        if transport not in self._transports:
            return None
        return Target(
            transport, uri.param("maddr") or uri.host, uri.port or default_port(transport)
        )


class Kind(StrEnum):
    """What records are asked for."""

    NAPTR = "NAPTR"
    SRV = "SRV"
    ADDRESS = "A and AAAA"


class Question(NamedTuple):
    """What is asked of DNS.

    Attributes:
        kind: which records.
        name: of which name.
    """

    kind: Kind
    name: str


class Naptr(NamedTuple):
    """A NAPTR record (RFC 3403 4.1 [gen]); its regular expression is not for SIP (RFC 3263 4.1)."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


class Srv(NamedTuple):
    """An SRV record (RFC 2782 [2nd])."""

    priority: int
    weight: int
    port: int
    target: str


Records = Sequence[Naptr] | Sequence[Srv] | Sequence[str]
"""What answers a question: of its kind; IP addresses for ``Kind.ADDRESS``."""
Draw = Callable[[int], int]
"""Returns a random number from 0 to its argument, both included."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom one looks for: what a SIP URI says.

    Attributes:
        host: domain or host name.
        port: port, or None where none is written.
        transport: "UDP", "TCP" or "TLS", or None where none is written.
    """

    host: str
    port: int | None = None
    transport: str | None = None

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        transport = "" if self.transport is None else f";transport={self.transport.lower()}"
        return f"sip:{self.host}{port}{transport}"


class Server(NamedTuple):
    """One server that was found.

    Attributes:
        priority: lower ones come first (RFC 2782).
        weight: its share among those of its priority.
        targets: where it is: its addresses, in the order of the answer.
    """

    priority: int
    weight: int
    targets: tuple[Target, ...]


Search = Generator[Question, Records, list[Server]]


def locate(wanted: Wanted, spoken: Sequence[str]) -> Search:
    """Find the servers of a URI (RFC 3263 4.1, 4.2).

    Args:
        wanted: what the URI says.
        spoken: the transports that we speak, the one that we like best first.

    Returns:
        The servers, in no order yet (``in_order``); empty: there are none.
    """
    if wanted.port is not None:
        transport = wanted.transport or _usual(spoken)
        return (yield from _at(wanted.host, wanted.port, transport))
    if wanted.transport is not None:
        return (yield from _of_transport(wanted.host, wanted.transport))
    services = yield Question(Kind.NAPTR, wanted.host)
    for transport, name in _services(services, spoken):
        found = yield from _services_at(name, transport)
        if found:
            return found
    for transport in spoken:
        found = yield from _services_at(_srv_name(wanted.host, transport), transport)
        if found:
            return found
    transport = _usual(spoken)
    return (yield from _at(wanted.host, default_port(transport), transport))


def in_order(servers: Iterable[Server], draw: Draw) -> list[Target]:
    """Return where to send, in the order to try (RFC 2782): by priority, then at random by weight.

    Args:
        servers: the servers.
        draw: the source of randomness.
    """
    targets: list[Target] = []
    left = sorted(servers, key=lambda server: (server.priority, server.weight))
    while left:
        # Those of weight 0 stand first, so that they have a small chance (RFC 2782).
        same = [server for server in left if server.priority == left[0].priority]
        drawn = draw(sum(server.weight for server in same))
        total = 0
        for chosen in same:
            total += chosen.weight
            if total >= drawn:
                break
        left.remove(chosen)
        targets += chosen.targets
    return targets


def _usual(spoken: Sequence[str]) -> str:
    """Return UDP where we speak it, else what we like best."""
    return USUAL_TRANSPORT if USUAL_TRANSPORT in spoken or not spoken else spoken[0]


def _srv_name(host: str, transport: str) -> str:
    return f"{SRV_PREFIXES[transport]}.{host}"


def _services(records: Records, spoken: Sequence[str]) -> list[tuple[str, str]]:
    """Return transport and SRV name of each NAPTR record that we can use, the best first (4.1)."""
    usable = [
        record
        for record in records[:MAX_RECORDS]
        if isinstance(record, Naptr)
        and record.flags.lower() == FLAG_SRV
        and NAPTR_SERVICES.get(record.service.upper()) in spoken
    ]
    usable.sort(key=lambda record: (record.order, record.preference))
    return [(NAPTR_SERVICES[each.service.upper()], each.replacement) for each in usable]


def _of_transport(host: str, transport: str) -> Search:
    """Find the servers of a host by a transport: SRV, else its addresses (4.2)."""
    found = yield from _services_at(_srv_name(host, transport), transport)
    return found or (yield from _at(host, default_port(transport), transport))


def _services_at(name: str, transport: str) -> Search:
    """Find the servers that the SRV records of a name list."""
    records = yield Question(Kind.SRV, name)
    servers = []
    for record in records[:MAX_RECORDS]:
        if isinstance(record, Srv) and record.target != NO_SERVICE:
            found = yield from _at(record.target, record.port, transport)
            servers += [Server(record.priority, record.weight, each.targets) for each in found]
    return servers


def _at(host: str, port: int, transport: str) -> Search:
    """Find the addresses of a host name."""
    records = yield Question(Kind.ADDRESS, host)
    addresses = [record for record in records[:MAX_RECORDS] if isinstance(record, str)]
    targets = tuple(Target(transport, address, port) for address in addresses)
    return [Server(0, 0, targets)] if targets else []
