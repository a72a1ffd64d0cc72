"""What the rules of this document ask of messages again and again; nothing here raises.

A field that cannot be read is judged once, by the rule of its own clause in section 20; every other
rule that needs it has then nothing to look at, so that one mistake is told once.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import TypeVar

from mcsip.conformance.views import Call, TransactionSeen
from mcsip.errors import PeerError
from mcsip.mc.roles import Role
from mcsip.sip.address import Address, parse_address
from mcsip.sip.message import Message, Request, Response
from mcsip.sip.params import Params, get_param
from mcsip.sip.uri import same_uri
from mcsip.sip.via import Via, parse_via
from mcsip.trace import Direction, NodeInfo, Peer, TraceEntry

T = TypeVar("T")
Answered = tuple[TraceEntry, Response]
"""A response, and where it was seen."""

#: Parameters that a server adds to the Via that it got, or fills there: RFC 3261 18.2.1,
#: RFC 3581 4 [read]; keep of RFC 6223, oc and its kin of RFC 7339 [gen].
_ADDED_TO_VIA = frozenset({"received", "rport", "keep", "oc", "oc-algo", "oc-validity", "oc-seq"})
_without_added = re.compile(r";(?:received|rport)(?:=[^;,\s\"]*)?(?=;|$)").sub
#: Longest text of a message that a finding repeats, in characters [ours].
MAX_SHOWN = 120


def shown(text: str) -> str:
    """Return a text of a message as a finding may show it: on one line, not too long."""
    line = "".join(each if each.isprintable() else "?" for each in text)
    return line if len(line) <= MAX_SHOWN else f"{line[:MAX_SHOWN]}…"


def attempt(read: Callable[[], T]) -> T | None:
    """Return what a reader gives, or None where the text cannot be read."""
    try:
        return read()
    except PeerError:
        return None


def top_via(message: Message) -> Via | None:
    """Return the topmost Via, or None where it is missing or cannot be read."""
    try:
        return message.via
    except PeerError:
        return None


def read_via(text: str) -> Via | None:
    """Return one Via value, or None where it cannot be read."""
    try:
        return parse_via(text)
    except PeerError:
        return None


def party(message: Message, key: str) -> Address | None:
    """Return From or To, or None where it is missing or cannot be read."""
    try:
        return message.to if key == "to" else message.from_
    except PeerError:
        return None


def contacts(message: Message) -> list[Address] | None:
    """Return the Contact values, or None where one cannot be read."""
    try:
        return message.contacts
    except PeerError:
        return None


def distinct(responses: Sequence[Answered]) -> Sequence[Answered]:
    """Return each response once, however often it was repeated."""
    if len(responses) < 2:
        return responses
    first: dict[bytes, Answered] = {}
    for answered in responses:
        first.setdefault(answered[0].data, answered)
    return list(first.values())


def source_of(entry: TraceEntry) -> Peer:
    """Return the address that an entry's octets came from."""
    return entry.local if entry.direction is Direction.SENT else entry.remote


def target_of(entry: TraceEntry) -> Peer:
    """Return the address that an entry's octets went to."""
    return entry.remote if entry.direction is Direction.SENT else entry.local


def sources(seen: TransactionSeen) -> set[Peer]:
    """Return every address that copies of a request were seen to come from."""
    return {source_of(entry) for entry in (*seen.requests, *seen.arrivals)}


def is_passed_on(seen: TransactionSeen, entry: TraceEntry) -> bool:
    """Tell whether a response is sent by who sent the request: a proxy that left its own Via."""
    if entry.direction is Direction.SENT:
        return entry.node == seen.sender.name != seen.receiver.name
    return entry.remote in sources(seen)


def acknowledges_refusal(call: Call, seen: TransactionSeen) -> bool:
    """Tell whether a transaction is the ACK of a refusal: it has the INVITE's branch (17.1.1.3)."""
    via = top_via(seen.request)
    if seen.request.method != "ACK" or via is None:
        return False
    invites = (each.request for each in call.transactions if each.request.method == "INVITE")
    return any((own := top_via(each)) is not None and own.branch == via.branch for each in invites)


def makes_requests(node: NodeInfo) -> bool:
    """Tell whether a node is known to make its requests: a proxy may forward one several times."""
    return node.role in (Role.CLIENT, Role.MC_SERVER)


@lru_cache(maxsize=4096)
def address_of(host: str) -> str | None:
    """Return an IP address in its shortest form, or None: it is a name."""
    try:
        return ip_address(host.strip("[]")).compressed
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def same_address(one: str, other: str) -> bool:
    """Tell whether two From or To values are equal (RFC 3261 20.20).

    Display name and angle brackets do not count, nor does a parameter that only one of them has;
    the tag is no extension, so it counts. Values that cannot be read are equal as texts only.
    """
    if one == other:
        return True
    try:
        first, second = parse_address(one), parse_address(other)
    except PeerError:
        return False
    return (
        same_uri(first.uri, second.uri)
        and first.tag == second.tag
        and _agree(first.params, second.params)
    )


def _agree(one: Params, other: Params) -> bool:
    for name, value in one:
        if name.lower() != "tag":
            there = get_param(other, name.lower())
            if there is not None and there.lower() != (value or "").lower():
                return False
    return True


def same_via(one: str, other: str, *, marked: bool = False) -> bool:
    """Tell whether two Via values are equal (RFC 3261 20.42).

    Args:
        one: a value as it was sent.
        other: the value in its place.
        marked: whether the other may have got ``received``, ``rport`` and the like.
    """
    if one == other or (marked and _without_added("", one) == _without_added("", other)):
        return True
    try:
        first, second = parse_via(one), parse_via(other)
    except PeerError:
        return False
    return (
        (first.protocol, first.transport, first.host.lower(), first.port)
        == (second.protocol, second.transport, second.host.lower(), second.port)
    ) and _folded(first.params, marked=marked) == _folded(second.params, marked=marked)


def _folded(params: Params, *, marked: bool) -> dict[str, str | None]:
    return {
        name.lower(): value
        for name, value in params
        if not (marked and name.lower() in _ADDED_TO_VIA)
    }


def vias_follow(sent: list[str], got: list[str]) -> bool:
    """Tell whether ``got`` are the Via values ``sent``, the topmost perhaps marked."""
    if len(sent) != len(got):
        return False
    if sent[1:] != got[1:] and not all(map(same_via, sent[1:], got[1:])):
        return False
    return not sent or same_via(sent[0], got[0], marked=True)


def vias_answer(request: Request, response: Response) -> bool:
    """Tell whether the Via values of a response are those of its request (RFC 3261 8.2.6.2)."""
    sent, got = request.values("via"), response.values("via")
    if sent == got or vias_follow(sent, got):
        return True
    return vias_follow(items(request, "via"), items(response, "via"))


def items(message: Message, key: str) -> list[str]:
    """Return the values of a comma-list field; of one that cannot be split none."""
    try:
        return message.items(key)
    except PeerError:
        return []
