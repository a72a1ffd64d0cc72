"""What an info body may carry on the hop on which it travels: tokens, IDs of the right system.

The table of ``mc/messages`` tells two kinds of hop apart. Where a SIP core and a server are the two
ends, it is not said which kind it is; there the hop before or after it is judged. Where the role of
an end is not known, nothing is.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from mcsip.conformance.bodies import Element as BodyElement
from mcsip.conformance.bodies import InfoBody, body_of, body_seen
from mcsip.conformance.info_rules import REQUESTS, grade_for, has_body_of
from mcsip.conformance.rule import Fault, Faults, Level, RuleBook
from mcsip.conformance.views import MessageSeen, TransactionSeen
from mcsip.mc.elements import MIGRATION_NAMESPACE, RESULT, SELECTED_PROFILE
from mcsip.mc.identity import IdentityError, domain_of
from mcsip.mc.messages import (
    MESSAGES,
    REQUEST,
    TRIGGER,
    Element,
    HopKind,
    MigrationMessage,
    Side,
)
from mcsip.mc.roles import Role
from mcsip.mc.services import Service
from mcsip.mc.source import Grade

_SERVERS = frozenset({Role.MC_SERVER, Role.MC_GATEWAY})
_NONE: tuple[Fault, ...] = ()


def hop_kind(seen: MessageSeen) -> HopKind | None:
    """Return between whom a message travels; None where the roles of the ends do not say it."""
    sender, receiver = seen.sender.role, seen.receiver.role
    if sender is Role.CLIENT or receiver is Role.CLIENT:
        return HopKind.CLIENT
    if sender is None or receiver is None:
        return None
    if sender in _SERVERS and receiver in _SERVERS:
        return HopKind.SYSTEM
    return HopKind.SYSTEM if Role.MC_GATEWAY in (sender, receiver) else None


def _token_ends(seen: MessageSeen, body: InfoBody) -> Faults:
    if seen.sender.role not in _SERVERS and seen.receiver.role is not Role.MC_GATEWAY:
        return None
    expected = "no access token: it ends at the server that the client speaks to"
    return [
        Fault(expected, f"{element.name}, sent on", text=body.octets_of(element))
        for element in body.elements
        if element.name.endswith("access-token")
    ]


def _travels(seen: MessageSeen, body: InfoBody) -> Faults:
    kind = hop_kind(seen)
    if kind is None or body.message is None:
        return None
    if kind in body.message.content:
        return _NONE
    (usual,) = body.message.content
    expected = f"{body.message.name} on a {usual} hop"
    return (Fault(expected, f"on a {kind} hop", text=_named(body)),)


def _belongs(seen: MessageSeen, body: InfoBody) -> Faults:
    kind = hop_kind(seen)
    wanted = None if kind is None or body.message is None else _wanted(body.message, kind)
    if wanted is None or body.message is None:
        return None
    elements = _elements_of(body.service)
    return [
        Fault(
            f"what a {body.message.name} carries on a {kind} hop",
            element.name,
            text=body.octets_of(element),
        )
        for element in body.elements
        if elements.get((element.namespace, element.name), Element.ACCESS_TOKEN) not in wanted
    ]


@cache
def _wanted(message: MigrationMessage, kind: HopKind) -> frozenset[Element] | None:
    """Return what a message may carry on a kind of hop; tokens are the matter of other rules."""
    content = message.content.get(kind)
    if content is None:
        return None
    return content.required | content.optional | content.one_of | {Element.ACCESS_TOKEN}


def _partner_named(seen: MessageSeen, body: InfoBody) -> Faults:
    if body.message is None or hop_kind(seen) is not HopKind.SYSTEM:
        return None
    content = body.message.content.get(HopKind.SYSTEM)
    if content is None or not content.one_of:
        return None
    if body.get(body.service.partner_id) is not None or any(
        e.name == "partner-system" and e.namespace == MIGRATION_NAMESPACE for e in body.elements
    ):
        return _NONE
    expected = f"{body.service.partner_id}, or partner-system of {MIGRATION_NAMESPACE}"
    return (Fault(expected, "neither of them", text=_named(body)),)


def _issuer(seen: MessageSeen, body: InfoBody) -> Faults:
    if body.message is None or body.message.name == TRIGGER:
        return None
    found = list(_issued(seen, body))
    if not found:
        return None
    return [
        Fault(
            f"{it.element.name} of {it.wanted}", f"of {it.domain}", text=body.octets_of(it.element)
        )
        for it in found
        if it.domain != it.wanted
    ]


class _Issued(NamedTuple):
    """An ID of a body, the domain that it names, and the one that it should name."""

    element: BodyElement
    domain: str
    wanted: str


def _issued(seen: MessageSeen, body: InfoBody) -> Iterator[_Issued]:
    """Yield the IDs whose system is known from who sends to whom."""
    assert body.message is not None
    partner, primary = "", ""
    if seen.sender.role is Role.CLIENT:
        partner = seen.receiver.domain
    elif seen.crosses and seen.sender.role in _SERVERS and seen.receiver.role in _SERVERS:
        partner, primary = seen.receiver.domain, seen.sender.domain
        if body.message.towards is Side.PRIMARY:
            partner, primary = primary, partner
    for name, wanted in (
        (body.service.partner_id, partner),
        (body.service.primary_id, primary),
    ):
        element = body.get(name)
        if element is None or element.encrypted or not wanted:
            continue
        try:
            domain = domain_of(element.text)
        except IdentityError:
            continue
        yield _Issued(element, domain, wanted.lower())


def _named(body: InfoBody) -> bytes:
    """Return the octets of the element that names the message."""
    assert body.message is not None
    element = body.get(body.message.carried_in)
    return b"" if element is None else body.octets_of(element)


@cache
def _elements_of(service: Service) -> dict[tuple[str, str], Element]:
    """Return what the table of messages knows, by namespace and name."""
    own = {
        service.access_token: Element.ACCESS_TOKEN,
        service.client_id: Element.CLIENT_ID,
        service.primary_id: Element.PRIMARY_ID,
        service.partner_id: Element.PARTNER_ID,
        SELECTED_PROFILE: Element.PROFILE_INDEX,
        RESULT: Element.RESULT,
    }
    ours = {"reason": Element.REASON, "partner-system": Element.PARTNER_SYSTEM}
    found = {(service.namespace, name): element for name, element in own.items()}
    return found | {(MIGRATION_NAMESPACE, name): element for name, element in ours.items()}


class _HopRule(NamedTuple):
    """One row: name, requirement, judge, level, grade."""

    name: str
    requirement: str
    judge: Callable[[MessageSeen, InfoBody], Faults]
    level: Level
    grade: Grade


ROWS = (
    _HopRule(
        "token-ends",
        "No access token of {service} goes further than the server that the client speaks to",
        _token_ends,
        Level.SHALL,
        Grade.OURS,
    ),
    _HopRule(
        "travels",
        "A migration message of {service} travels between those for whom it is",
        _travels,
        Level.SHALL,
        Grade.OURS,
    ),
    _HopRule(
        "belongs",
        "A migration message of {service} holds no element of migration that is not its own",
        _belongs,
        Level.SHOULD,
        Grade.OURS,
    ),
    _HopRule(
        "partner-named",
        "Between systems a migration message of {service} says which partner system it is about",
        _partner_named,
        Level.SHALL,
        Grade.OURS,
    ),
    _HopRule(
        "issuer",
        "The partner's ID is of the partner's domain, the primary's of the primary's ({service})",
        _issuer,
        Level.SHALL,
        Grade.OURS,
    ),
)
"""The rules about hops."""


def add_hop_rules(book: RuleBook, clause: str, service: Service) -> None:
    """Register these rules for the info bodies of a service.

    Args:
        book: the document's.
        clause: its clause.
        service: whose info bodies the rules look at.
    """
    for row in ROWS:
        add = book.on_message(
            clause,
            row.name,
            row.requirement.format(service=service.name),
            *REQUESTS,
            level=row.level,
            grade=grade_for(service, row.grade),
            fields=("content-type",),
            guard=has_body_of(service),
        )
        add(_check(row.judge))
    book.on_transaction(
        clause,
        "token",
        f"No request of a client for migration is accepted without an access token for {service}",
        "MESSAGE",
        grade=grade_for(service, Grade.SEED),
    )(_token_check(service))


def _token_check(service: Service) -> Callable[[TransactionSeen], Faults]:
    """Return the rule about a client's credentials (NOTE 1 of TS 23.280 10.6.3.3).

    Who forgets the token and is refused has been told so already.
    """

    def check(seen: TransactionSeen) -> Faults:
        if seen.sender.role is not Role.CLIENT:
            return None
        body = body_of(seen.request, seen.setting.release)
        if body is None or body.service is not service or body.message is not MESSAGES[REQUEST]:
            return None
        final = [response.status for _, response in seen.responses if response.status >= 200]
        if not final and not seen.ended:
            return None
        if max(final, default=0) >= 300 or body.get(service.access_token) is not None:
            return _NONE
        expected = f"{service.access_token} in the request, or a refusal"
        return (Fault(expected, "no such element", text=_named(body)),)

    return check


def _check(
    judge: Callable[[MessageSeen, InfoBody], Faults],
) -> Callable[[MessageSeen], Faults]:
    """Return the rule's function; its guard has seen that there is a body of the service."""

    def check(seen: MessageSeen) -> Faults:
        body = body_seen(seen)
        return None if body is None or body.fault is not None else judge(seen, body)

    return check
