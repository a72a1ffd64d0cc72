"""What an info body says of a communication between two users: who, to whom, and where it went.

A call or short data carries an info body that names whom it is for and who began it (TS 24.379 F.1
[read]; TS 24.282 D.1 [2nd]). The answer that redirects it has an info body too, which says why:
``forwarding-reason`` gained ``migrated`` in Rel-18 [read], which we take for the private
communication redirection of TS 23.280 10.16.5 [ours]. Two elements are our own, in ``anyExt``:

* ``partner-system``: where the user is, when that system issued no MC service ID to the visitor
  (TR 23.781 [seed]);
* ``returned-by``: the partner systems that sent the communication back because the user has left
  them (TS 23.280 10.6.3.3 step 11 [seed]); it goes to none of them again.
"""

from dataclasses import dataclass
from functools import cache

from lxml import etree

from mcsip.errors import UsageError
from mcsip.mc.elements import (
    ENCRYPTED,
    MIGRATION_NAMESPACE,
    NORMAL,
    PARTNER_SYSTEM_TAG,
    RETURNED_BY_TAG,
    default_namespace,
    tags_of,
)
from mcsip.mc.identity import domain_of
from mcsip.mc.schema import validate
from mcsip.mc.services import Service
from mcsip.mc.source import Grade, Source
from mcsip.mc.xml import BodyError, line_of, parse_xml

SHORT_DATA = "mcdata-short-data"
"""Name of short data in scenarios and ladders [ours]."""
PRIVATE_CALL = "mc-private-call"
"""Name of the INVITE of a private call in scenarios and ladders [ours]."""
PRIVATE = "private"
"""The ``session-type`` of a private call: TS 24.379 11.1.1 [2nd], TS 24.281 by analogy [gen]."""
ONE_TO_ONE_SDS = "one-to-one-sds"
"""The ``request-type`` of short data for one user: TS 24.282 9.2.2.2.1 [2nd]."""
MIGRATED = "migrated"
"""The ``forwarding-reason`` of a user who has migrated: TS 24.379 F.1 (from Rel-18) [read]."""
MAX_RETURNS = 16
"""Most systems that may have sent a communication back [ours]."""


@dataclass(frozen=True, slots=True)
class CommunicationKind:
    """A kind of communication that has a name in scenarios and ladders.

    Attributes:
        name: that name.
        services: keys of the MC services that have it.
        element: which element says so on the wire.
        value: what that element says.
        flow: source of its routing to a migrated user (stage 2).
        wire: source of its form (stage 3).
    """

    name: str
    services: tuple[str, ...]
    element: str
    value: str
    flow: Source
    wire: Source


COMMUNICATIONS: dict[str, CommunicationKind] = {
    kind.name: kind
    for kind in (
        CommunicationKind(
            SHORT_DATA,
            ("mcdata",),
            "request-type",
            ONE_TO_ONE_SDS,
            Source("TR 23.781", "6.x.1", Grade.SEED),
            Source("TS 24.282", "9.2.2", Grade.SECOND),
        ),
        CommunicationKind(
            PRIVATE_CALL,
            ("mcptt", "mcvideo"),
            "session-type",
            PRIVATE,
            Source("TS 23.280", "10.16.5", Grade.READ),
            Source("TS 24.379", "11.1.1", Grade.SECOND),
        ),
    )
}
"""The kinds of communication by name."""
_BY_WIRE = {
    (service, kind.element, kind.value): kind.name
    for kind in COMMUNICATIONS.values()
    for service in kind.services
}


@dataclass(frozen=True, slots=True)
class Communication:
    """What an info body says of a communication.

    Attributes:
        service: whose info body it is.
        request_type: what is asked for by a MESSAGE, ``one-to-one-sds``, or None.
        target: MC service ID of whom it is for.
        caller: MC service ID of who began it; servers add it, a client's own word is not taken.
        client_id: ``urn:uuid:…`` of the sender's client.
        forwarding_reason: why the communication goes elsewhere, in an answer that redirects it.
        partner_system: domain of the system where ``target`` is, when it has no ID of that system.
        returned_by: domains of the partner systems that sent it back, the first one first.
        session_type: what is asked for by an INVITE, ``private``, or None.
    """

    service: Service
    request_type: str | None = None
    target: str | None = None
    caller: str | None = None
    client_id: str | None = None
    forwarding_reason: str | None = None
    partner_system: str | None = None
    returned_by: tuple[str, ...] = ()
    session_type: str | None = None

    @property
    def message(self) -> str | None:
        """Name of the kind of communication, or None when it has none."""
        if self.session_type is not None:
            return _BY_WIRE.get((self.service.key, "session-type", self.session_type))
        return _BY_WIRE.get((self.service.key, "request-type", self.request_type or ""))

    @property
    def target_domain(self) -> str | None:
        """Domain of the system that it travels to, or None when it does not say.

        Raises:
            IdentityError: the target is no MC service ID.
        """
        if self.partner_system is not None or self.target is None:
            return self.partner_system
        return domain_of(self.target)


def build_communication(said: Communication) -> bytes:
    """Return the info body that says what ``said`` says, in UTF-8, with an XML declaration.

    Raises:
        UsageError: a text holds a character that XML cannot carry.
    """
    tags, own = tags_of(said.service), _tags(said.service)
    root = etree.Element(tags.root, None, tags.nsmap)
    params = etree.SubElement(root, tags.params)
    ext = etree.Element(tags.any_ext, None, tags.nsmap)
    own_map = default_namespace(MIGRATION_NAMESPACE)
    returned = " ".join(said.returned_by) or None
    try:
        for parent, tag, wrapper, text in (
            (params, own.request_type, None, said.request_type),
            (params, own.session_type, None, said.session_type),
            (params, own.request_uri, tags.uri, said.target),
            (params, own.calling_id, tags.uri, said.caller),
            (params, tags.client_id, tags.string, said.client_id),
            (ext, own.forwarding_reason, None, said.forwarding_reason),
        ):
            if text is None:
                continue
            if wrapper is None:
                etree.SubElement(parent, tag).text = text
            else:
                etree.SubElement(etree.SubElement(parent, tag, NORMAL), wrapper).text = text
        for tag, text in ((PARTNER_SYSTEM_TAG, said.partner_system), (RETURNED_BY_TAG, returned)):
            if text is not None:
                etree.SubElement(ext, tag, None, own_map).text = text
    except ValueError as error:
        raise UsageError(f"an info body cannot carry this text: {error}") from None
    if len(ext):
        params.append(ext)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def parse_communication(body: bytes, service: Service) -> Communication:
    """Return what an info body says of a communication, after validating it.

    Raises:
        BodyError: 413 when it is too large; 400 when it is not XML, is hostile, is not valid, is
            encrypted, or says one thing twice.
    """
    root = parse_xml(body)
    faults = validate(root, service)
    if faults:
        raise BodyError(f"the body is not valid: {faults[0].message}", line=faults[0].line)
    return _read(root, service)


def read_communication(body: bytes, service: Service) -> Communication:
    """Return what an info body says, without validation: enough for a gateway to route it.

    Raises:
        BodyError: as ``parse_communication``, save what only the schema finds.
    """
    return _read(parse_xml(body), service)


class _Tags:
    """Qualified names of the elements that only communications have."""

    __slots__ = ("calling_id", "forwarding_reason", "request_type", "request_uri", "session_type")

    def __init__(self, service: Service) -> None:
        def tag(name: str) -> str:
            return f"{{{service.namespace}}}{name}"

        self.request_type = tag("request-type")
        self.session_type = tag("session-type")
        self.forwarding_reason = tag("forwarding-reason")
        self.request_uri = tag(service.request_uri)
        self.calling_id = tag(service.calling_id)


@cache
def _tags(service: Service) -> _Tags:
    return _Tags(service)


def _read(root: etree._Element, service: Service) -> Communication:
    tags, own = tags_of(service), _tags(service)
    if root.tag != tags.root:
        raise BodyError("the root element is not that of an info body", line=line_of(root))
    plain = {own.request_type, own.session_type, own.forwarding_reason}
    plain |= {PARTNER_SYSTEM_TAG, RETURNED_BY_TAG}
    contents = {own.request_uri, own.calling_id, tags.client_id}
    texts: dict[str, str] = {}
    for element in _elements(root, tags.params, tags.any_ext):
        tag = str(element.tag)
        if tag not in plain and tag not in contents:
            continue
        if tag in texts:  # two might be read differently
            name = tag.rpartition("}")[2]
            raise BodyError(f"{name} stands there twice", line=line_of(element))
        holder = element if tag in plain else _content_of(element, tags.wrappers)
        texts[tag] = (holder.text or "").strip()
    get = texts.get
    returned = tuple(domain.lower() for domain in (get(RETURNED_BY_TAG) or "").split())
    if len(returned) > MAX_RETURNS:
        raise BodyError("the communication was sent back too often")
    system = get(PARTNER_SYSTEM_TAG)
    return Communication(
        service,
        get(own.request_type),
        get(own.request_uri),
        get(own.calling_id),
        get(tags.client_id),
        get(own.forwarding_reason),
        system.lower() if system else None,
        returned,
        get(own.session_type),
    )


def _elements(root: etree._Element, params: str, any_ext: str) -> list[etree._Element]:
    """Return the parameters, and what stands in an anyExt under them or under the root."""
    found: list[etree._Element] = []
    for child in root:
        if child.tag == any_ext:
            found += child
        elif child.tag == params:
            for parameter in child:
                found += parameter if parameter.tag == any_ext else [parameter]
    return found


def _content_of(element: etree._Element, wrappers: frozenset[str]) -> etree._Element:
    """Return the child that wraps the value of an element of type contentType."""
    name = str(element.tag).rpartition("}")[2]
    if element.get("type") == ENCRYPTED:
        raise BodyError(f"{name} is encrypted, which is not supported", line=line_of(element))
    for child in element:
        if child.tag in wrappers:
            return child
    raise BodyError(f"{name} holds no value", line=line_of(element))
