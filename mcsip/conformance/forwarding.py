"""What MC gateway servers do with the messages of migration, and how answers name what they answer.

The same is asked of every message of TS 23.280 10.6.3.3, 10.6.3.3.2.1 and 10.6.3.3.2.2 [seed]; the
clause files of each say so.
"""

from collections.abc import Iterable

from mcsip.conformance.chains import Chain, Story, accepted, info_of
from mcsip.conformance.rule import Fault
from mcsip.conformance.sayings import ALL, difference, same_ids
from mcsip.exchanges import Exchange
from mcsip.mc.identity import IdentityError
from mcsip.mc.info import Info
from mcsip.mc.roles import Role
from mcsip.trace import NodeInfo


def changed(story: Story, *messages: str) -> list[Fault] | None:
    """Return where a gateway passed on another body than it got; None when it passed on none."""
    pairs = [
        pair
        for chain in story.of(*messages)
        for pair in zip(chain.exchanges, chain.exchanges[1:], strict=False)
    ]
    if not pairs:
        return None
    return [
        fault
        for came, went in pairs
        for fault in difference(info_of(came), info_of(went), *ALL, number=went.number)
    ]


def invented(story: Story, *messages: str) -> list[Fault] | None:
    """Return what a gateway sent without having got it; None where its other side is not traced."""
    looked = False
    faults = []
    for chain in story.of(*messages):
        for exchange in chain.exchanges:
            gateway, peer = story.node(exchange.sender), story.node(exchange.receiver)
            if gateway.role is not Role.MC_GATEWAY or not story.course.whole:
                continue
            if not _other_side(story, gateway, peer, _origin(info_of(exchange))):
                continue
            looked = True
            if exchange is chain.first:
                faults.append(
                    Fault(
                        f"{gateway.name} got the {info_of(exchange).message} before",
                        "it got none",
                        number=exchange.number,
                    )
                )
    return faults if looked else None


def _other_side(story: Story, gateway: NodeInfo, peer: NodeInfo, domain: str | None) -> bool:
    """Tell whether the trace shows the side of a gateway that is turned away from a peer.

    Args:
        story: what the trace tells.
        gateway: the gateway.
        peer: whom it has the message from, or sends it to.
        domain: the domain of the other system, where the peer is of the gateway's own.
    """
    if peer.system != gateway.system:
        return story.sees(gateway.name, gateway.system)
    nodes = (story.node(name) for each in story.course.exchanges
             for name in (each.sender, each.receiver))  # fmt: skip
    systems = {node.system for node in nodes if node.domain.lower() == domain}
    return any(story.sees(gateway.name, system) for system in systems - {gateway.system})


def _origin(info: Info) -> str | None:
    try:
        return info.origin_domain
    except IdentityError:
        return None


def _target(info: Info) -> str | None:
    try:
        return info.target_domain
    except IdentityError:
        return None


def swallowed(story: Story, *messages: str) -> list[Fault] | None:
    """Return what a gateway took charge of and did not pass on; None when it got nothing.

    Where its other side was not captured, it may have passed it on.
    """
    looked = False
    faults = []
    for chain in story.of(*messages):
        looked = looked or any(
            story.node(exchange.receiver).role is Role.MC_GATEWAY for exchange in chain.exchanges
        )
        last = chain.last
        if chain.end.role is not Role.MC_GATEWAY or not accepted(last):
            continue
        peer, target = story.node(last.sender), _target(info_of(last))
        if story.captured and not _other_side(story, chain.end, peer, target):
            continue
        if story.settled(last.at):
            faults.append(
                Fault(
                    f"{last.receiver} passes the {chain.info.message} on",
                    f"it answered {last.status} and passed nothing on",
                    number=last.number,
                    node=last.receiver,
                )
            )
    return faults if looked else None


def strayed(chains: Iterable[Chain], requests: Iterable[Chain]) -> list[Fault] | None:
    """Return where In-Reply-To names no request on that hop; None where it is not used.

    Messages towards a partner name by it the request that they are about (RFC 3261 20.21), as the
    receiver knows its Call-ID: a gateway that hides that one translates it.

    Args:
        chains: the messages towards the partner.
        requests: the requests that came from there.
    """
    known: dict[tuple[str, str], list[Exchange]] = {}
    for request in requests:
        for exchange in request.exchanges:
            known.setdefault((exchange.receiver, exchange.sender), []).append(exchange)
    looked = False
    faults = []
    for chain in chains:
        for exchange in chain.exchanges:
            named = exchange.first.request.first("in-reply-to")
            before = [
                each
                for each in known.get((exchange.sender, exchange.receiver), ())
                if each.number < exchange.number and same_ids(info_of(each), chain.info)
            ]
            if named is None or not before:
                continue
            looked = True
            call_ids = [each.first.request.first("call-id") or "" for each in before]
            if named not in call_ids:
                faults.append(
                    Fault(
                        f"In-Reply-To: {call_ids[-1]}",
                        f"In-Reply-To: {named}",
                        number=exchange.number,
                        field="in-reply-to",
                    )
                )
    return faults if looked else None
