"""The MESSAGE request of an MC service, as TS 24.379 10.1.4.2.1 and 11.1.5.2.1 have it.

Which service a request belongs to is told by its info body, else by the ICSI or the feature tag in
its fields: so a request that lacks one of these is judged as well. A request in which nothing
speaks of an MC service is nobody's.
"""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from mcsip.conformance.bodies import body_of, parts_of
from mcsip.conformance.info_rules import grade_for
from mcsip.conformance.rule import Fault, Faults, Guard, Level, RuleBook
from mcsip.conformance.views import MessageSeen, Release
from mcsip.errors import PeerError
from mcsip.mc.multipart import MEDIA_TYPE as MULTIPART
from mcsip.mc.roles import Role
from mcsip.mc.services import SERVICES, Service
from mcsip.mc.source import Grade
from mcsip.mc.xml import BodyError
from mcsip.sip.headers import split_list
from mcsip.sip.message import Request
from mcsip.sip.params import parse_params, unquote

_SERVERS = frozenset({Role.MC_SERVER, Role.MC_GATEWAY})
_NONE: tuple[Fault, ...] = ()
_ICSI = "+g.3gpp.icsi-ref"
_SERVICE_FIELDS = ("p-preferred-service", "p-asserted-service")


def family(service: Service) -> str:
    """Return what every ICSI of a service begins with; MCData has one for each capability."""
    return service.icsi.removesuffix(".sds")


def _is_icsi(value: str, service: Service) -> bool:
    lowered, own = value.lower(), family(service)
    return lowered == own or lowered.startswith(f"{own}.")


class McRequest(NamedTuple):
    """A request that belongs to an MC service, on one hop."""

    seen: MessageSeen
    request: Request
    service: Service


class _Preference(NamedTuple):
    """One value of Accept-Contact: which feature tags it asks for, and whether it insists."""

    tags: frozenset[str]
    services: frozenset[str]
    insists: bool


@lru_cache(maxsize=256)
def _preference(value: str) -> _Preference:
    """Return what one value of Accept-Contact says; of one that cannot be read nothing."""
    try:
        params = parse_params(value.partition(";")[2])
    except PeerError:
        return _Preference(frozenset(), frozenset(), insists=False)
    names = {name.lower() for name, _ in params}
    services = [said for name, said in params if name.lower() == _ICSI and said is not None]
    listed = [item for said in services for item in unquote(said).split(",")]
    return _Preference(
        frozenset(name.removeprefix("+") for name in names if name.startswith("+")),
        frozenset(item.replace("%3A", ":").replace("%3a", ":").lower() for item in listed),
        {"require", "explicit"} <= names,
    )


@lru_cache(maxsize=64)
def service_of(request: Request) -> Service | None:
    """Return the MC service that a request belongs to, or None."""
    body = body_of(request, Release.R18)
    if body is not None:
        return body.service
    said = [value for key in _SERVICE_FIELDS for value in request.items(key)]
    asked = [_preference(value) for value in request.items("accept-contact")]
    for service in SERVICES.values():
        if any(_is_icsi(value, service) for value in said) or any(
            _asks_for_tag(each, service) for each in asked
        ):
            return service
    return None


def _asks_for_tag(asked: _Preference, service: Service) -> bool:
    own = service.feature_tag.removesuffix(".sds")
    return any(tag == own or tag.startswith(f"{own}.") for tag in asked.tags)


def _asks_for_icsi(asked: _Preference, service: Service) -> bool:
    return any(_is_icsi(value, service) for value in asked.services)


def _uri_is_psi(asked: McRequest) -> Faults:
    seen, request = asked.seen, asked.request
    if seen.sender.role is not Role.CLIENT and seen.receiver.role not in _SERVERS:
        return None
    if request.uri not in _users(seen, request):
        return _NONE
    octets = request.uri.encode("utf-8", "surrogateescape")
    said = "the identity of a user"
    return (Fault("the public service identity of the serving function", said, text=octets),)


def _users(seen: MessageSeen, request: Request) -> Iterator[str]:
    """Yield whatever is the identity of a user: who sends, of whom the body speaks, all clients."""
    if seen.sender.role is Role.CLIENT:
        yield str(request.from_.uri)
    body = body_of(request, seen.setting.release)
    if body is not None:
        own = body.service
        for name in (own.partner_id, own.primary_id, own.calling_id):
            yield body.text(name) or ""
    for node in seen.setting.trace.nodes.values():
        if node.role is Role.CLIENT:
            yield from node.identities


def _preferred_service(asked: McRequest) -> Faults:
    if asked.seen.sender.role is not Role.CLIENT:
        return None
    return _service_said(asked.request, asked.service, "P-Preferred-Service")


def _asserted_service(asked: McRequest) -> Faults:
    if asked.seen.sender.role not in _SERVERS:
        return None
    return _service_said(asked.request, asked.service, "P-Asserted-Service")


def _service_said(request: Request, service: Service, name: str) -> Faults:
    key = name.lower()
    values = request.items(key)
    if any(_is_icsi(value, service) for value in values):
        return _NONE
    said = ", ".join(values) if values else f"no {name}"
    return (Fault(f"{name}: {service.icsi}", said, field=key if values else ""),)


def _asserted_identity(asked: McRequest) -> Faults:
    if asked.seen.sender.role not in _SERVERS:
        return None
    if asked.request.items("p-asserted-identity"):
        return _NONE
    return (Fault("P-Asserted-Identity", f"no P-Asserted-Identity with {asked.service}"),)


def _accept_contact(asked: McRequest) -> Faults:
    return _preference_faults(asked.service, tuple(asked.request.values("accept-contact")))


@lru_cache(maxsize=256)
def _preference_faults(service: Service, lines: tuple[str, ...]) -> tuple[Fault, ...]:
    said = [_preference(value) for line in lines for value in split_list(line)]
    faults: list[Fault] = []
    for expected, asks in zip(service.accept_contact, (_asks_for_tag, _asks_for_icsi), strict=True):
        found = [each for each in said if asks(each, service)]
        if any(each.insists for each in found):
            continue
        wrong = "require and explicit are missing" if found else "no such value"
        faults.append(Fault(expected, wrong, field="accept-contact" if said else ""))
    return tuple(faults)


def _separate_fields(asked: McRequest) -> Faults:
    if asked.request.first("accept-contact") is None:
        return None
    return [
        Fault("one value in each Accept-Contact field", "a list", field="accept-contact")
        for value in asked.request.values("accept-contact")
        if "," in value and sum(item in value for item in asked.service.accept_contact) > 1
    ]


def _content_type(asked: McRequest) -> Faults:
    parts = parts_of(asked.request)
    if isinstance(parts, BodyError):
        return None
    types = [part.media_type for part in parts or ()]
    wanted = asked.service.content_type
    if wanted in types:
        return _NONE
    said = ", ".join(types) if types else "no Content-Type"
    return (Fault(wanted, said, field="content-type" if types else ""),)


def _multipart(asked: McRequest) -> Faults:
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
    """One row: name, requirement, judge, grade, level."""

    name: str
    requirement: str
    judge: Callable[[McRequest], Faults]
    grade: Grade = Grade.READ
    level: Level = Level.SHALL


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
    ),
    _Pattern(
        "asserted-service",
        "A server's MESSAGE of {service} has P-Asserted-Service with the ICSI",
        _asserted_service,
        Grade.GENERAL,
    ),
    _Pattern(
        "asserted-identity",
        "A server's MESSAGE of {service} has P-Asserted-Identity",
        _asserted_identity,
        Grade.GENERAL,
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
        add(_check(service, row.judge))


@cache
def _belongs_to(service: Service) -> Guard:
    """Return what tells whether a request belongs to a service."""

    def guard(seen: MessageSeen) -> bool:
        return isinstance(seen.message, Request) and service_of(seen.message) is service

    return guard


def _grade_of(service: Service, grade: Grade, clause: str) -> Grade:
    """Return the grade of a rule: without a clause of its own a document follows by analogy."""
    if clause == "pattern" and grade in (Grade.READ, Grade.SECOND):
        return Grade.GENERAL
    return grade_for(service, grade)


def _check(
    service: Service, judge: Callable[[McRequest], Faults]
) -> Callable[[MessageSeen], Faults]:
    """Return the rule's function; its guard has seen that the request belongs to the service."""

    def check(seen: MessageSeen) -> Faults:
        request = seen.message
        if not isinstance(request, Request):
            return None
        return judge(McRequest(seen, request, service))

    return check
