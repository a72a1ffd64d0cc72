"""What is known of the clients of a trace, so that one of them is judged like the other.

A large capture has many clients, and each does what the others do. No rule looks at which of them
it is: at the letters of its name and its user's identities, or the digits of its address; only at
whether two of these are the same, and at what sort of node it is. So they are names, too, like
those that somebody made up (``names``). An address that is nobody's, as one behind a translator, is
like that of a client.

Servers, gateways and SIP cores are few, and what names them is no name: rules look for it, by its
letters, in whatever leaves their system.
"""

from collections.abc import Hashable
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address
from itertools import islice
from typing import NamedTuple

from mcsip.conformance.forms import Names
from mcsip.mc.roles import Role
from mcsip.sip.transport_rules import DEFAULT_PORT, DEFAULT_PORT_TLS
from mcsip.trace import NodeInfo, Peer, Trace

DEFAULT_PORTS = frozenset({DEFAULT_PORT, DEFAULT_PORT_TLS})
"""Ports that mean something by themselves (RFC 3261 19.1.2); others are names of clients' ends."""
MAX_HOSTS = 20_000
"""Hosts of which it is remembered whose they were [ours]: about 2 MB."""


class HostKind(StrEnum):
    """Whose a host is."""

    CLIENTS = "c"
    """Clients have its addresses, and nobody else."""
    NOBODYS = "u"
    """No node that is known has an address of it."""
    OTHERS = ""
    """A node that is no client has one."""


class End(NamedTuple):
    """One end of a way.

    Attributes:
        likeness: what ends have in common that are judged alike.
        names: what tells this one from others like it, as it may stand in texts; and of its
            address what may be a name there.
    """

    likeness: Hashable
    names: Names = ()


class Known:
    """Follows what is known of nodes and hosts while a trace streams by.

    Args:
        trace: knows them.

    Attributes:
        version: another one when what was judged may be judged in another way.
        words: another one when texts that are the same may have other names in them.
        sharing: another one when a host turns out to be that of others, or no more to be.
        identities: each identity of a node up to its user part ("sip:alice"), with what stands
            after that in identities of clients; "" where it is one of a node that is no client.
        users: the identities of clients.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._count = self._owners = 0
        self._systems: set[tuple[str, str]] = set()
        self._kinds: dict[str, HostKind] = {}
        self.version = self.words = self.sharing = 0
        self.identities: dict[str, str] = {}
        self.users: set[str] = set()
        self.update()

    def update(self) -> None:
        """Learn of nodes and addresses that have become known."""
        owners = self._trace.owners_told
        if owners != self._owners:
            self._owners = owners
            self.words += 1
        nodes = self._trace.nodes
        if len(nodes) == self._count:
            return
        new = list(islice(nodes.values(), self._count, None))
        self._count = len(nodes)
        self.words += 1
        if all(self._is_one_more(node) for node in new):
            for node in new:
                self._learn_client(node)
        else:
            self._begin_anew()

    def _is_one_more(self, node: NodeInfo) -> bool:
        """Tell whether a node is a client of a system that was known, or nothing is known of it."""
        if node.role is Role.CLIENT:
            return (node.system, node.domain) in self._systems
        told = node.role or node.system or node.domain or node.hosts or node.identities
        return not told

    def _begin_anew(self) -> None:
        self.version += 1
        self.identities.clear()
        self.users.clear()
        nodes = self._trace.nodes.values()
        self._systems = {(node.system, node.domain) for node in nodes}
        for node in nodes:
            if node.role is not Role.CLIENT:
                self.identities |= {_word(identity)[0]: "" for identity in node.identities}
        for node in nodes:
            if node.role is Role.CLIENT:
                self._learn_client(node)

    def _learn_client(self, node: NodeInfo) -> None:
        self.users.update(node.identities)
        for identity in node.identities:
            word, rest = _word(identity)
            known = self.identities.get(word)
            if known is None:
                self.identities[word] = f" {rest}"
            elif known and rest not in known.split(" "):
                self.identities[word] = " ".join(sorted({*known.split(" "), rest}))

    def kind_of(self, host: str) -> HostKind:
        """Return whose a host is.

        Args:
            host: its IP address, as addresses in traces have it.
        """
        kind = self._kind_of(host)
        before = self._kinds.get(host)
        if before is not kind:
            if before is not None and HostKind.OTHERS in {before, kind}:
                self.sharing += 1
            elif len(self._kinds) >= MAX_HOSTS:
                self.sharing += 1
                self._kinds.clear()
            self._kinds[host] = kind
        return kind

    def owner_of(self, address: Peer) -> Hashable:
        """Return whose an address is, as far as it makes a difference to what may be shown of it.

        Of the host of a server it matters who has the port: several systems may be on one machine.
        """
        kind = self.kind_of(address.host)
        if kind is not HostKind.OTHERS:
            return kind
        node_at = self._trace.node_at
        return node_at(address, "UDP"), node_at(address, "TCP")

    def _kind_of(self, host: str) -> HostKind:
        names = self._trace.names_at(host)
        if not names:
            return HostKind.NOBODYS
        nodes = [self._trace.nodes.get(name) for name in names]
        if all(node is not None and node.role is Role.CLIENT for node in nodes):
            return HostKind.CLIENTS
        return HostKind.OTHERS

    def end(self, node: NodeInfo, peer: Peer) -> End:
        """Return one end of a way.

        Args:
            node: who has the address.
            peer: the address.
        """
        kind = self.kind_of(peer.host) if is_ip(peer.host) else HostKind.OTHERS
        address: Names = () if kind is HostKind.OTHERS else (peer.host,)
        port = peer.port if peer.port in DEFAULT_PORTS else None
        if port is None:
            address += (str(peer.port),)
        stranger = node.name not in self._trace.nodes
        if kind is HostKind.OTHERS or not (stranger or node.role is Role.CLIENT):
            return End((node.name, peer), address)
        parted = [_word(identity) for identity in node.identities]
        rests = tuple([rest for _, rest in parted])
        what = (node.role, node.system, node.service, node.domain, node.hosts, node.mode, rests)
        words = [text for word, _ in parted for text in (word, word.rpartition(":")[2].lower())]
        return End((kind, ":" in peer.host, port, stranger, what), (node.name, *address, *words))


def _word(identity: str) -> tuple[str, str]:
    """Return an identity up to its user part ("sip:alice"), and the rest ("@home.example")."""
    word, at, rest = identity.partition("@")
    return word, at + rest


@lru_cache(maxsize=4096)
def is_ip(host: str) -> bool:
    """Tell whether a host is an IP address in its usual form, and no name."""
    try:
        return str(ip_address(host)) == host
    except ValueError:
        return False
