"""From facts to nodes: role, domain and system of each endpoint, and how that was concluded.

The conclusions are those of a reader of the capture, in this order [ours]:

- who registers, prefers an identity or shows an access token is a client;
- with whom clients register, whom requests name in Route, or who passes requests on to clients or
  with the access tokens of clients is a SIP core; so is a proxy of what is of no MC service;
- who starts requests with an asserted identity of its own, more than it passes on, is an MC service
  server (a request that came before the capture began seems to start where it is passed on);
- who passes requests on, and is no SIP core, is an MC gateway server; so is whom a server of its
  own system asks for another system;
- who is asked by a name in a domain, and passes nothing on, is an MC service server.

Nobody is a server or gateway of MC who has sent and got no request of an MC service: exchanges and
border elements of ordinary telephony do the same with ordinary requests, and owe nothing of MC. A
border element that passes requests on without their Via is no proxy, whoever registers there.

What a capture does not show cannot be concluded: a gateway of which only the outer side was
captured looks like the server that it hides. A topology says what is right.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mcsip.capture.evidence import Facts
from mcsip.errors import PeerError
from mcsip.mc.identity import domain_of
from mcsip.mc.roles import Role
from mcsip.sip.uri import SipUri, parse_uri
from mcsip.trace import NodeInfo, Peer

_NOTHING = "nothing that tells its role was captured"
_HOST_VOTE = 4
"""How much a host name within a domain counts for it [ours]; see ``evidence``."""
_SHORT = {
    Role.CLIENT: "client",
    Role.SIP_CORE: "core",
    Role.MC_SERVER: "server",
    Role.MC_GATEWAY: "gateway",
    Role.IDMS: "idms",
    None: "node",
}
"""What a node is called within its system, where nothing else is known [ours]."""
_MAX_NEAR = 64
"""With how many nodes of the same host, role and domain an endpoint is compared [ours]."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What an endpoint was concluded to be.

    Attributes:
        peer: its address.
        role: its role, or None.
        domain: the domain of its system, or "".
        reason: how that was concluded, for people.
        identities: what it asserts, prefers or registers; of clients MC service IDs first.
        hosts: its host names.
        service: key of its MC service, or None.
    """

    peer: Peer
    role: Role | None
    domain: str
    reason: str
    identities: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    service: str | None = None


def conclude(facts: Mapping[Peer, Facts]) -> list[Conclusion]:
    """Return a conclusion for each endpoint, in the order in which they were first seen."""
    clients = frozenset(peer for peer, each in facts.items() if _is_client(each))
    domains = {domain for each in facts.values() for domain in each.domains if domain}
    return [conclude_one(each, clients, domains) for each in facts.values()]


def conclude_one(facts: Facts, clients: frozenset[Peer], domains: Iterable[str]) -> Conclusion:
    """Return the conclusion for one endpoint.

    Args:
        facts: what was seen of it.
        clients: the endpoints that are clients.
        domains: the domains that are known.
    """
    role, reason = _role(facts, clients)
    if role is Role.CLIENT:
        domain = _client_domain(facts)
        identities = (*facts.users, *(each for each in facts.identities if each not in facts.users))
    else:
        domain = _domain(facts, domains)
        identities = tuple(facts.identities) or _asked_as(facts, role, domain)
    services = facts.services.most_common(1)
    service = services[0][0] if services and role is not Role.SIP_CORE else None
    return Conclusion(facts.peer, role, domain, reason, identities, tuple(facts.hosts), service)


def _is_client(facts: Facts) -> bool:
    return bool(facts.registers or facts.tokens or facts.preferred) and not facts.registrations


def _role(facts: Facts, clients: frozenset[Peer]) -> tuple[Role | None, str]:
    """Return the role and how it was concluded."""
    if _is_client(facts):
        return Role.CLIENT, _client_reason(facts)
    if facts.covered and not facts.services:
        return None, f"passes {_times(facts.covered, 'request')} on as its own, none of MC"
    served = _core_reason(facts, clients)
    if served is not None:
        return Role.SIP_CORE, served
    if not facts.services:
        return _role_without_mc(facts)
    if facts.asserted > facts.forwarded:
        own = next(iter(facts.identities))
        return Role.MC_SERVER, f"starts {_times(facts.asserted, 'request')} as {own}"
    if facts.forwarded:
        return Role.MC_GATEWAY, f"passes {_times(facts.forwarded, 'request')} on; nobody registers"
    if facts.outward:
        return Role.MC_GATEWAY, "is asked by its own system for another one"
    if facts.mc_asked:
        return Role.MC_SERVER, f"is asked {_times(facts.mc_asked, 'time')} what servers are asked"
    if facts.asked:
        return Role.MC_SERVER, f"is asked as {next(iter(facts.asked))}, and passes nothing on"
    return None, _NOTHING


def _core_reason(facts: Facts, clients: frozenset[Peer]) -> str | None:
    """Return how an endpoint shows that it stands between clients and servers, or None."""
    if facts.registrations:
        return f"{_times(facts.registrations, 'REGISTER')} came to it"
    if facts.routed:
        return f"{_times(facts.routed, 'request')} named it in Route"
    if facts.forwarded and clients.intersection(facts.towards):
        return "passes requests on to clients"
    return "passes access tokens of clients on" if facts.fetched else None


def _role_without_mc(facts: Facts) -> tuple[Role | None, str]:
    """Return the role of who has no part in an MC service, and registers nowhere."""
    if facts.forwarded:
        return Role.SIP_CORE, f"passes {_times(facts.forwarded, 'request')} on, none of MC"
    if facts.asserted or facts.asked:
        return None, "sends and gets requests, none of MC"
    return None, _NOTHING


def _client_reason(facts: Facts) -> str:
    ways = []
    if facts.registers:
        ways.append("registers")
    if facts.tokens:
        ways.append("shows an access token")
    if facts.preferred:
        ways.append("prefers an identity")
    return ", ".join(ways)


def _times(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 or what.isupper() else f"{count} {what}s"


def _client_domain(facts: Facts) -> str:
    """Return the domain of a client's primary system, as far as that was shown."""
    for identity in (*facts.users, *facts.identities):
        try:
            return domain_of(identity)
        except PeerError:
            continue
    return ""


def _domain(facts: Facts, known: Iterable[str]) -> str:
    """Return the domain with most votes, or ""."""
    votes = Counter(facts.domains)
    for domain in known:
        if any(host == domain or host.endswith(f".{domain}") for host in facts.hosts):
            votes[domain] += _HOST_VOTE
    votes.pop("", None)
    return votes.most_common(1)[0][0] if votes else ""


def _asked_as(facts: Facts, role: Role | None, domain: str) -> tuple[str, ...]:
    """Return the identity by which a server is asked that starts nothing of its own."""
    if role is not Role.MC_SERVER:
        return ()
    return tuple(uri for uri in facts.asked if domain and uri.lower().endswith(f"@{domain}"))


def name_nodes(conclusions: Iterable[Conclusion]) -> dict[Peer, NodeInfo]:
    """Return the nodes of endpoints; endpoints of one node share it.

    A node is called by its system and role (``partner.server``, ``partner.server-2``), a client by
    its user, and by its address what nothing is known of.
    """
    listed = list(conclusions)
    systems = _system_names({each.domain for each in listed if each.domain})
    nodes: dict[Peer, NodeInfo] = {}
    numbers: Counter[str] = Counter()
    for group in _groups(listed):
        info = _name(group, systems, numbers)
        nodes |= dict.fromkeys((each.peer for each in group), info)
    return nodes


def _groups(conclusions: Iterable[Conclusion]) -> list[list[Conclusion]]:
    """Return the endpoints of each node together, in the order of their first ones.

    A node listens at several ports for several transports: endpoints of the same host, role and
    domain are one node, unless they go by different names; so are servers that share a host name.
    """
    groups: list[list[Conclusion]] = []
    near: dict[object, list[list[Conclusion]]] = defaultdict(list)
    for each in conclusions:
        keys: list[object] = []
        if each.role is Role.CLIENT:
            keys = [(each.role, each.peer.host, name) for name in each.identities[:1]]
        elif each.role is not None:
            keys = [(each.role, each.domain, host) for host in (each.peer.host, *each.hosts)]
        group = next((g for key in keys for g in near[key] if not _differ(g[0], each)), None)
        if group is None:
            group = []
            groups.append(group)
            for key in keys:
                if len(near[key]) < _MAX_NEAR:
                    near[key].append(group)
        group.append(each)
    return groups


def _differ(one: Conclusion, other: Conclusion) -> bool:
    """Return whether two endpoints go by different names."""
    return bool(one.identities and other.identities) and not set(one.identities) & set(
        other.identities
    )


def _system_names(domains: Iterable[str]) -> dict[str, str]:
    """Return a short name for each domain: its first label where no other begins likewise."""
    listed = sorted(domains)
    firsts = Counter(domain.partition(".")[0] for domain in listed)
    return {
        domain: first if firsts[first := domain.partition(".")[0]] == 1 else domain
        for domain in listed
    }


def _name(group: list[Conclusion], systems: Mapping[str, str], numbers: Counter[str]) -> NodeInfo:
    first = group[0]
    system = systems.get(first.domain, first.domain)
    identities = tuple(dict.fromkeys(text for each in group for text in each.identities))
    hosts = tuple(dict.fromkeys(text for each in group for text in each.hosts))
    service = next((each.service for each in group if each.service), None)
    base = address_name(first.peer)
    if first.role is Role.CLIENT and identities:
        base = _user(identities[0]) or base
    elif system:
        base = f"{system}.{_SHORT[first.role]}"
    name = base
    while numbers[name]:
        numbers[base] += 1
        name = f"{base}-{numbers[base]}"
    numbers[name] += 1
    return NodeInfo(name, system, first.role, service, first.domain, hosts, identities)


def _user(identity: str) -> str | None:
    try:
        uri = parse_uri(identity)
    except PeerError:
        return None
    return uri.user if isinstance(uri, SipUri) else None


def address_name(peer: Peer) -> str:
    """Return what is called by its address, as all views call it: "host:port"."""
    return f"{peer.host}:{peer.port}"
