"""What the messages of a capture say about who sends and who receives them.

An *endpoint* is an address at which a node listens: that of sent-by in its Via (RFC 3261 18.1.1),
since a TCP client sends from a port that it was just given. Addresses that are only sent from are
kept with the endpoint that they belong to. Here facts are counted; ``identify`` draws conclusions.
"""

from collections import Counter, OrderedDict
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from typing import NamedTuple

from mcsip.capture.limits import MAX_DIALOGUES, MAX_NODES, MAX_SIP_ADDRESSES
from mcsip.conformance.bodies import body_of
from mcsip.conformance.mc_request import mc_request
from mcsip.conformance.views import Release
from mcsip.errors import PeerError
from mcsip.hops import read_info
from mcsip.mc.steps import DEAUTHORIZATION, REQUEST
from mcsip.sip.address import parse_address
from mcsip.sip.message import Message, Request
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.sip.uri import SipUri, parse_uri
from mcsip.trace import Peer

_DEFAULT_PORT, _DEFAULT_TLS_PORT = 5060, 5061
_TO_SERVERS = frozenset({REQUEST, DEAUTHORIZATION})
"""MC messages that only servers are asked by (TS 23.280 10.6.3.3, 10.6.3.3.2) [seed]."""
_BY_HOP = frozenset({"ACK", "CANCEL"})
"""Requests that a proxy may make anew (RFC 3261 16.10, 17.1.1.3)."""
_MAX_TEXTS = 8
"""How many identities, hosts and the like are kept of one endpoint [ours]."""


@dataclass(slots=True)
class Facts:
    """What was seen of one endpoint; the numbers count requests.

    Attributes:
        peer: its address.
        order: how many endpoints were seen before it.
        registers: own REGISTER requests that it sent.
        registrations: REGISTER requests that it received.
        originated: other requests of its own that it sent.
        forwarded: requests that it passed on.
        covered: of these, those without the Via or Call-ID that they came with: no proxy does that.
        asserted: own requests with P-Asserted-Identity.
        preferred: own requests with P-Preferred-Identity.
        tokens: own requests with an access token, which assert no identity.
        fetched: requests with an access token of who is asserted, passed on: it serves clients.
        mc_asked: requests received that only MC service servers are asked by.
        outward: of these, such as a server of its own system sent towards another one.
        routed: requests received outside a dialog that name a Route: it is a proxy to others.
        identities: how often it asserted, preferred or registered an identity as its own.
        asked: names within a domain by which it was asked; the first few of many.
        users: MC service IDs that its access tokens came with.
        domains: votes for its domain.
        hosts: host names of its sent-by, in order.
        services: how often a request of an MC service came or went; none: it speaks plain SIP.
        towards: the endpoints that it sent requests to.
    """

    peer: Peer
    order: int
    registers: int = 0
    registrations: int = 0
    originated: int = 0
    forwarded: int = 0
    covered: int = 0
    asserted: int = 0
    preferred: int = 0
    tokens: int = 0
    fetched: int = 0
    mc_asked: int = 0
    outward: int = 0
    routed: int = 0
    identities: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    users: Counter[str] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)
    hosts: dict[str, None] = field(default_factory=dict)
    services: Counter[str] = field(default_factory=Counter)
    towards: dict[Peer, None] = field(default_factory=dict)

    def add(self, other: "Facts") -> None:
        """Count what was seen of another address as seen of this endpoint."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for mine, theirs in (
            (self.identities, other.identities),
            (self.asked, other.asked),
            (self.users, other.users),
            (self.domains, other.domains),
            (self.services, other.services),
        ):
            mine.update(theirs)
        self.hosts |= other.hosts
        self.towards |= other.towards


_COUNTS = tuple(each.name for each in fields(Facts) if each.type is int and each.name != "order")

#: How much each kind of fact counts for a domain [ours].
_REGISTRAR_VOTE, _IDENTITY_VOTE, _ASKED_VOTE = 5, 3, 1


class _Arrival(NamedTuple):
    """How a request came to an endpoint, the last one with its From tag."""

    asserted: str | None
    call_id: str


class Evidence:
    """Collects facts from messages.

    Attributes:
        facts: by endpoint, in the order in which they were first seen.
    """

    def __init__(self) -> None:
        self.facts: dict[Peer, Facts] = {}
        self._endpoints: OrderedDict[tuple[bool, Peer], Peer] = OrderedDict()
        self._arrived: OrderedDict[str, dict[Peer, _Arrival]] = OrderedDict()

    def endpoint_of(self, peer: Peer, *, udp: bool) -> Peer:
        """Return the endpoint that an address belongs to: itself, unless it was told otherwise."""
        return self._endpoints.get((udp, peer), peer)

    def take(self, source: Peer, target: Peer, transport: str, data: bytes) -> None:
        """Take a message; octets that are none say nothing."""
        message = parse_datagram(data)
        if isinstance(message, Malformed):
            return
        udp = transport == "UDP"
        if not isinstance(message, Request):
            for peer in (source, target):
                self._of(self.endpoint_of(peer, udp=udp))
            return
        try:
            sender = self._sender(message, source, udp=udp)
            self._take_request(message, sender, self.endpoint_of(target, udp=udp))
        except PeerError:
            return

    def place(self, source: Peer, transport: str, data: bytes) -> Peer:
        """Return the endpoint of who sent a message, and remember it; the rest is not looked at."""
        udp = transport == "UDP"
        message = parse_datagram(data)
        if isinstance(message, Request):
            try:
                return self._endpoint(message, source, udp=udp)[0]
            except PeerError:
                pass
        return self.endpoint_of(source, udp=udp)

    def join(self) -> dict[Peer, Peer]:
        """Count connections as their endpoints, also where they were met before these were told.

        Returns:
            The endpoint of each such connection. Where a capture begins in the middle, somebody
            may be sent requests over a connection before the first request of his own.
        """
        joined = {}
        for peer in list(self.facts):
            endpoint = self.endpoint_of(peer, udp=False)
            if endpoint != peer and endpoint in self.facts:
                self.facts[endpoint].add(self.facts.pop(peer))
                joined[peer] = endpoint
        return joined

    def _of(self, peer: Peer) -> Facts:
        """Return the facts of an endpoint; of too many they are not kept."""
        facts = self.facts.get(peer)
        if facts is None:
            facts = Facts(peer, len(self.facts))
            if len(self.facts) < MAX_NODES:
                self.facts[peer] = facts
        return facts

    def _sender(self, request: Request, source: Peer, *, udp: bool) -> Facts:
        """Return the facts of who sent a request."""
        endpoint, host = self._endpoint(request, source, udp=udp)
        facts = self._of(endpoint)
        if host is not None and len(facts.hosts) < _MAX_TEXTS:
            facts.hosts[host] = None
        return facts

    def _endpoint(self, request: Request, source: Peer, *, udp: bool) -> tuple[Peer, str | None]:
        """Return where a sender listens, by its sent-by where that is believable; and its name."""
        via = request.via
        default = _DEFAULT_TLS_PORT if via.transport == "TLS" else _DEFAULT_PORT
        host = _address(via.host)
        if host is None:
            # A host name: of the address that it comes from, whatever a resolver says.
            endpoint = Peer(source.host, via.port or default)
        elif host == source.host:
            endpoint = Peer(host, via.port or default)
        else:
            endpoint = source  # behind a translator of addresses: reached where it sends from
        if endpoint != source:
            if len(self._endpoints) >= MAX_SIP_ADDRESSES:
                self._endpoints.popitem(last=False)
            self._endpoints[udp, source] = endpoint
        return endpoint, via.host.lower() if host is None else None

    def _take_request(self, request: Request, sender: Facts, target: Peer) -> None:
        receiver = self._of(target)
        tag = request.from_.tag or request.call_id
        arrived = self._arrived.get(tag, {})
        came = arrived.get(sender.peer)
        forwarded = len(request.vias) > 1 or came is not None
        covered = request.method not in _BY_HOP and (
            len(request.vias) == 1 or (came is not None and came.call_id != request.call_id)
        )
        asserted = _identity(request, "p-asserted-identity")
        self._remember(tag, target, _Arrival(asserted, request.call_id))
        if len(sender.towards) < _MAX_TEXTS:
            sender.towards[target] = None
        if request.method == "REGISTER":
            _take_register(request, sender, receiver, forwarded=forwarded, covered=covered)
            return
        _take_asked(request, receiver, asserted)
        _take_body(request, sender, receiver, asserted, forwarded=forwarded)
        if asserted and not forwarded and _is_outward(request, asserted):
            receiver.outward += 1
        if forwarded:
            sender.forwarded += 1
            sender.covered += covered
            was_asserted = None if came is None else came.asserted
            if len(request.vias) == 1 and was_asserted and asserted and was_asserted != asserted:
                _own(sender, asserted)
            return
        sender.originated += 1
        preferred = _identity(request, "p-preferred-identity")
        if preferred:
            sender.preferred += 1
            sender.identities[preferred] += 1
        elif asserted:
            sender.asserted += 1
            _own(sender, asserted)

    def _remember(self, tag: str, target: Peer, arrival: _Arrival) -> None:
        """Remember that a request came to an endpoint, to know it when it goes on."""
        if tag not in self._arrived and len(self._arrived) >= MAX_DIALOGUES:
            self._arrived.popitem(last=False)
        self._arrived.setdefault(tag, {})[target] = arrival


def _take_register(
    request: Request, sender: Facts, receiver: Facts, *, forwarded: bool, covered: bool
) -> None:
    """Take a registration (RFC 3261 10.2)."""
    receiver.registrations += 1
    receiver.domains[_domain(request.uri) or ""] += _REGISTRAR_VOTE
    if forwarded:
        sender.forwarded += 1
        sender.covered += covered
        return
    sender.registers += 1
    sender.identities[str(request.to.uri)] += 1


def _take_asked(request: Request, receiver: Facts, asserted: str | None) -> None:
    """Take by which name a node is asked, and what that says of its domain."""
    domain = _domain(request.uri)
    if request.routes and request.to.tag is None:
        # RFC 3261 8.1.1.1: then Request-URI names who is behind it, perhaps of another domain
        receiver.routed += 1
        domain = (asserted and _domain(asserted)) or domain
    elif domain is not None and len(receiver.asked) < _MAX_TEXTS:
        receiver.asked[request.uri] += 1
    if domain is not None:
        receiver.domains[domain] += _ASKED_VOTE


def _take_body(
    request: Request, sender: Facts, receiver: Facts, asserted: str | None, *, forwarded: bool
) -> None:
    """Take which MC service a request belongs to, and what its info body says."""
    of_mc = mc_request(request)
    if of_mc is None:
        return
    service = of_mc.service
    sender.services[service.key] += 1
    receiver.services[service.key] += 1
    info = read_info(request)
    if info is not None and info.message in _TO_SERVERS:
        receiver.mc_asked += 1
    body = body_of(request, Release.R18)
    if body is None or body.get(service.access_token) is None:
        return
    if forwarded:
        if info is None or asserted in {info.primary_id, info.partner_id}:
            sender.fetched += 1
            sender.domains[_domain(request.uri) or ""] += _REGISTRAR_VOTE
    elif asserted is None:
        sender.tokens += 1
        if info is not None and info.primary_id is not None:
            sender.users[info.primary_id] += 1


def _is_outward(request: Request, asserted: str) -> bool:
    """Return whether a server asks within its system for what only another system can answer."""
    info = read_info(request)
    domain = _domain(request.uri)
    if info is None or domain is None or domain != _domain(asserted):
        return False
    return info.target_domain not in {None, domain}


def _own(facts: Facts, identity: str) -> None:
    """Take an identity that a node asserts as its own."""
    facts.identities[identity] += 1
    domain = _domain(identity)
    if domain is not None:
        facts.domains[domain] += _IDENTITY_VOTE


def _identity(message: Message, key: str) -> str | None:
    """Return the first URI of an identity field, or None."""
    items = message.items(key)
    return str(parse_address(items[0]).uri) if items else None


def _domain(uri: str) -> str | None:
    """Return the domain of a SIP URI, or None where its host is an address."""
    parsed = parse_uri(uri)
    if not isinstance(parsed, SipUri) or _address(parsed.host) is not None:
        return None
    return parsed.host.lower()


def _address(host: str) -> str | None:
    """Return an IP address as a capture writes it, or None where a host is a name."""
    try:
        return str(ip_address(host.partition("%")[0]))
    except ValueError:
        return None
