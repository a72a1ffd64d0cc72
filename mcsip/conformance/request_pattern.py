"""The MESSAGE request of an MC service, as TS 24.379 10.1.4.2.1 and 11.1.5.2.1 have it."""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple

from mcsip.conformance.bodies import body_of, parts_of
from mcsip.conformance.info_rules import grade_for
from mcsip.conformance.mc_request import (
    McRequest,
    asks_for_icsi,
    asks_for_tag,
    is_icsi,
    mc_request,
    preference,
)
from mcsip.conformance.rule import Fault, Faults, Guard, Level, RuleBook
from mcsip.conformance.views import MessageSeen
from mcsip.mc.multipart import MEDIA_TYPE as MULTIPART
from mcsip.mc.roles import Role
from mcsip.mc.services import Service
from mcsip.mc.source import Grade
from mcsip.mc.xml import BodyError
from mcsip.sip.headers import split_list
from mcsip.sip.message import Request
from mcsip.trace import Trace

_SERVERS = frozenset({Role.MC_SERVER, Role.MC_GATEWAY})
_NONE: tuple[Fault, ...] = ()


def _uri_is_psi(asked: McRequest, seen: MessageSeen) -> Faults:
    if seen.sender.role is not Role.CLIENT and seen.receiver.role not in _SERVERS:
        return None
    request = asked.request
    if request.uri not in _users(seen, request):
        return _NONE
    octets = request.uri.encode("utf-8", "surrogateescape")
    said = "the identity of a user"
    return (Fault("the public service identity of the serving function", said, text=octets),)


def _users(seen: MessageSeen, request: Request) -> set[str]:
    """Return all identities of users: who sends, of whom the body speaks, every client."""
    users = set(_client_ids(seen.setting.trace, len(seen.setting.trace.nodes)))
    if seen.sender.role is Role.CLIENT:
        users.add(str(request.from_.uri))
    body = body_of(request, seen.setting.release)
    if body is not None:
        own = body.service
        users |= {body.text(it) or "" for it in (own.partner_id, own.primary_id, own.calling_id)}
    return users


@lru_cache(maxsize=8)
def _client_ids(trace: Trace, _nodes: int) -> frozenset[str]:
    """Return the identities of the clients of a trace, while it knows so many nodes."""
    clients = [node for node in trace.nodes.values() if node.role is Role.CLIENT]
    return frozenset(identity for node in clients for identity in node.identities)


def _preferred_service(asked: McRequest, _seen: MessageSeen) -> Faults:
    return _service_said(asked, "P-Preferred-Service")


def _asserted_service(asked: McRequest, _seen: MessageSeen) -> Faults:
    return _service_said(asked, "P-Asserted-Service")


def _service_said(asked: McRequest, name: str) -> Faults:
    key, service = name.lower(), asked.service
    if asked.request.first(key) == service.icsi:  # the usual case
        return _NONE
    values = asked.request.items(key)
    if any(is_icsi(value, service) for value in values):
        return _NONE
    said = ", ".join(values) if values else f"no {name}"
    return (Fault(f"{name}: {service.icsi}", said, field=key if values else ""),)


def _asserted_identity(asked: McRequest, _seen: MessageSeen) -> Faults:
    if asked.request.first("p-asserted-identity"):
        return _NONE
    return (Fault("P-Asserted-Identity", f"no P-Asserted-Identity with {asked.service}"),)


def _accept_contact(asked: McRequest, _seen: MessageSeen) -> Faults:
    return _preference_faults(asked.service, asked.preferences)


@lru_cache(maxsize=256)
def _preference_faults(service: Service, lines: tuple[str, ...]) -> tuple[Fault, ...]:
    said = [preference(value) for line in lines for value in split_list(line)]
    faults: list[Fault] = []
    for expected, asks in zip(service.accept_contact, (asks_for_tag, asks_for_icsi), strict=True):
        found = [each for each in said if asks(each, service)]
        if any(each.insists for each in found):
            continue
        wrong = "require and explicit are missing" if found else "no such value"
        faults.append(Fault(expected, wrong, field="accept-contact" if said else ""))
    return tuple(faults)


def _separate_fields(asked: McRequest, _seen: MessageSeen) -> Faults:
    if not asked.preferences:
        return None
    return [
        Fault("one value in each Accept-Contact field", "a list", field="accept-contact")
        for value in asked.preferences
        if "," in value and sum(item in value for item in asked.service.accept_contact) > 1
    ]


def _content_type(asked: McRequest, _seen: MessageSeen) -> Faults:
    wanted = asked.service.content_type
    if asked.request.first("content-type") == wanted:
        return _NONE
    parts = parts_of(asked.request)
    if isinstance(parts, BodyError):
        return None
    types = [part.media_type for part in parts or ()]
    if wanted in types:
        return _NONE
    said = ", ".join(types) if types else "no Content-Type"
    return (Fault(wanted, said, field="content-type" if types else ""),)


def _multipart(asked: McRequest, _seen: MessageSeen) -> Faults:
    media_type = asked.request.content_type
    if media_type is None or not media_type.startswith("multipart/"):
        return None
    if media_type != MULTIPART:
        return (Fault(MULTIPART, media_type, field="content-type"),)
    parts = parts_of(asked.request)
    if isinstance(parts, BodyError):
        return (Fault("a sound multipart body", parts.message, field="content-type"),)
    return _NONE


class _Pattern(NamedTuple):
    """One row: name, requirement, judge, grade, level; and the roles whose requests it is about."""

    name: str
    requirement: str
    judge: Callable[[McRequest, MessageSeen], Faults]
    grade: Grade = Grade.READ
    level: Level = Level.SHALL
    senders: frozenset[Role] | None = None


ROWS = (
    _Pattern(
        "request-uri",
        "The Request-URI of a MESSAGE of {service} is the public service identity of the serving "
        "function, never the identity of a user",
        _uri_is_psi,
    ),
    _Pattern(
        "preferred-service",
        "A client's MESSAGE of {service} has P-Preferred-Service with the ICSI",
        _preferred_service,
        senders=frozenset({Role.CLIENT}),
    ),
    _Pattern(
        "asserted-service",
        "A server's MESSAGE of {service} has P-Asserted-Service with the ICSI",
        _asserted_service,
        Grade.GENERAL,
        senders=_SERVERS,
    ),
    _Pattern(
        "asserted-identity",
        "A server's MESSAGE of {service} has P-Asserted-Identity",
        _asserted_identity,
        Grade.GENERAL,
        senders=_SERVERS,
    ),
    _Pattern(
        "accept-contact",
        "A MESSAGE of {service} has Accept-Contact with the feature tag and with the ICSI, each "
        "with require and explicit",
        _accept_contact,
    ),
    _Pattern(
        "accept-contact-fields",
        "The two values of Accept-Contact of {service} stand in a field each",
        _separate_fields,
        Grade.SECOND,
        Level.SHOULD,
    ),
    _Pattern(
        "content-type",
        "A MESSAGE of {service} has an info body of the service",
        _content_type,
    ),
    _Pattern(
        "multipart",
        "Several bodies of a MESSAGE of {service} are the parts of multipart/mixed",
        _multipart,
    ),
)
"""The rules of the pattern."""


def add_pattern_rules(book: RuleBook, clause: str, service: Service) -> None:
    """Register these rules for the MESSAGE requests of a service.

    Args:
        book: the document's.
        clause: its clause, or "pattern" where the document's own clause is not known.
        service: whose requests the rules look at.
    """
    for row in ROWS:
        add = book.on_message(
            clause,
            row.name,
            row.requirement.format(service=service.name),
            "MESSAGE",
            level=row.level,
            grade=_grade_of(service, row.grade, clause),
            guard=_belongs_to(service),
        )
        add(_check(row))


@cache
def _belongs_to(service: Service) -> Guard:
    """Return what tells whether a request belongs to a service."""

    def guard(seen: MessageSeen) -> bool:
        asked = mc_request(seen.message) if isinstance(seen.message, Request) else None
        return asked is not None and asked.service is service

    return guard


def _grade_of(service: Service, grade: Grade, clause: str) -> Grade:
    """Return the grade of a rule: without a clause of its own a document follows by analogy."""
    if clause == "pattern" and grade in (Grade.READ, Grade.SECOND):
        return Grade.GENERAL
    return grade_for(service, grade)


def _check(row: _Pattern) -> Callable[[MessageSeen], Faults]:
    """Return the rule's function; its guard has seen that the request belongs to the service."""
    judge, senders = row.judge, row.senders

    def check(seen: MessageSeen) -> Faults:
        if senders is not None and seen.sender.role not in senders:
            return None
        asked = mc_request(seen.message) if isinstance(seen.message, Request) else None
        return None if asked is None else judge(asked, seen)

    return check
