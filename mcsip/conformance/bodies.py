"""The info body of a message as the rules see it: read once, whatever it holds.

One flow carries the same body over several hops, and many rules look at it. So a body is read, and
held against its schema when that is first asked, once for its octets; and what a rule found in the
octets alone is kept with them. Nothing here raises: a body that cannot be read is one whose
``fault`` says so.
"""

import re
from collections.abc import Callable, Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from mcsip.conformance.rule import Fault
from mcsip.conformance.views import MessageSeen, Release
from mcsip.mc.elements import RESULT, SELECTED_PROFILE, tags_of
from mcsip.mc.info_reader import local_name
from mcsip.mc.messages import BY_WIRE_VALUE, REQ_TYPE, RESP_TYPE, MigrationMessage
from mcsip.mc.multipart import Part, parse_multipart
from mcsip.mc.schema import SchemaFault, faults_of
from mcsip.mc.services import MCPTT, Service, service_of_content_type
from mcsip.mc.xml import BodyError, line_of, parse_xml
from mcsip.sip.message import Message

MAX_BODIES = 1024
"""Bodies that are remembered [ours]: about 5 KB each, and as much until the schema was asked."""
_SCHEMA_OF = {(MCPTT, Release.R20): "mcptt-info-r20.xsd"}
"""Schemas of a release that has one of its own; every other is judged by the service's."""


class Place(Enum):
    """Where in a body an element stands."""

    PARAMETERS = "parameters"
    EXTENSION = "anyExt"
    ELSEWHERE = "elsewhere"


class Element(NamedTuple):
    """One element of an info body that says something.

    Attributes:
        name: its name without namespace.
        namespace: its namespace, or "".
        place: where it stands.
        text: what it says, stripped: its own text, or that of the child that wraps it.
        wrapper: name of that child without namespace, or "" where there is none.
        protection: its attribute ``type`` ("Normal", "Encrypted"), or None.
        line: its line in the body, from 1.
        nth: how many elements of this name stand before it in the body.
    """

    name: str
    namespace: str
    place: Place
    text: str
    wrapper: str
    protection: str | None
    line: int
    nth: int

    @property
    def encrypted(self) -> bool:
        """Whether nobody but the receiver can read what it says."""
        return self.protection == "Encrypted" or self.wrapper == "EncryptedData"


class InfoBody:
    """What one info body holds.

    Attributes:
        service: whose info body it is, by its content type.
        octets: the body.
        release: the release that it was held against.
        fault: why it cannot be read at all, or None.
        elements: the parameters, and what stands in each ``anyExt``, in order.
        message: the migration message that it is, or None.
        migrates: whether it holds an element of migration.
    """

    __slots__ = (
        "_by_name",
        "_judged",
        "_root",
        "_schema",
        "elements",
        "fault",
        "message",
        "migrates",
        "octets",
        "release",
        "service",
    )

    def __init__(self, service: Service, octets: bytes, release: Release) -> None:
        self.service = service
        self.octets = octets
        self.release = release
        self.fault: BodyError | None = None
        self.elements: tuple[Element, ...] = ()
        self._root: etree._Element | None = None
        self._schema: tuple[tuple[SchemaFault, bytes], ...] | None = None
        self._judged: dict[object, tuple[Fault, ...] | None] = {}
        try:
            root = parse_xml(octets)
        except BodyError as fault:
            self.fault = fault
        else:
            self._root = root
            self.elements = tuple(_elements(root, service))
        self._by_name: dict[str, Element] = {}
        for element in self.elements:
            if element.namespace == service.namespace:
                self._by_name.setdefault(element.name, element)
        self.message = self._message()
        own = {service.partner_id, service.primary_id, SELECTED_PROFILE, RESULT}
        self.migrates = not own.isdisjoint(self._by_name)

    @property
    def schema(self) -> tuple[tuple[SchemaFault, bytes], ...]:
        """Where it does not follow its schema, with the octets of the element there."""
        if self._schema is None:
            self._schema = () if self._root is None else tuple(self._faults(self._root))
            self._root = None
        return self._schema

    def _faults(self, root: etree._Element) -> Iterator[tuple[SchemaFault, bytes]]:
        file = _SCHEMA_OF.get((self.service, self.release), self.service.schema)
        for fault in faults_of(root, file, self.service.namespace):
            yield fault, _octets_at(root, self.octets, fault.path)

    def get(self, name: str) -> Element | None:
        """Return the first element of the service's namespace with this name, or None."""
        return self._by_name.get(name)

    def text(self, name: str) -> str | None:
        """Return what that element says; None where it is missing, or encrypted."""
        element = self._by_name.get(name)
        return None if element is None or element.encrypted else element.text

    def octets_of(self, element: Element) -> bytes:
        """Return the octets of an element, to mark them."""
        return _octets(self.octets, element.name, element.nth)

    def judged(
        self, judge: Callable[["InfoBody"], tuple[Fault, ...] | None]
    ) -> tuple[Fault, ...] | None:
        """Return what a rule says of this body, which it is asked only once."""
        try:
            return self._judged[judge]
        except KeyError:
            said = self._judged[judge] = judge(self)
            return said

    def _message(self) -> MigrationMessage | None:
        for name in (REQ_TYPE, RESP_TYPE):
            said = self.text(name)
            if said is not None and (name, said) in BY_WIRE_VALUE:
                return BY_WIRE_VALUE[name, said]
        return None


def _elements(root: etree._Element, service: Service) -> Iterator[Element]:
    """Yield the parameters, what stands in an anyExt, and what stands beside them under the root.

    An anyExt may stand under the parameters and under the root.
    """
    tags = tags_of(service)
    holders = {root: Place.ELSEWHERE}
    counts: dict[str, int] = {}
    for element in root.iter():
        name = local_name(element)
        nth = counts.get(name, 0)
        counts[name] = nth + 1
        parent = element.getparent()
        place = None if parent is None else holders.get(parent)
        if place is None:
            continue
        if element.tag == tags.any_ext and place is not Place.EXTENSION:
            holders[element] = Place.EXTENSION
        elif element.tag == tags.params and place is Place.ELSEWHERE:
            holders[element] = Place.PARAMETERS
        else:
            yield _element(element, name, nth, place)


def _element(element: etree._Element, name: str, nth: int, place: Place) -> Element:
    child = element[0] if len(element) else None
    holder = element if child is None else child
    tag = str(element.tag)
    return Element(
        name,
        tag[1:].partition("}")[0] if tag.startswith("{") else "",
        place,
        (holder.text or "").strip(),
        "" if child is None else local_name(child),
        element.get("type"),
        line_of(element) or 1,
        nth,
    )


def _octets_at(root: etree._Element, octets: bytes, path: str) -> bytes:
    """Return the octets of the element at an XPath, or none where it is not found."""
    tree = root.getroottree()
    counts: dict[str, int] = {}
    for element in root.iter():
        name = local_name(element)
        nth = counts.get(name, 0)
        if tree.getpath(element) == path:
            return _octets(octets, name, nth)
        counts[name] = nth + 1
    return b""


def _octets(body: bytes, name: str, nth: int) -> bytes:
    """Return the octets of the nth element of a name: up to its end, or of its start tag alone."""
    escaped = re.escape(name.encode())
    start = re.compile(rb"<(?:[^\s<>/:]+:)?" + escaped + rb"(?=[\s/>])[^>]*>")
    for number, found in enumerate(start.finditer(body)):
        if number == nth:
            if found.group().endswith(b"/>"):
                return found.group()
            end = re.compile(rb"</(?:[^\s<>/:]+:)?" + escaped + rb"\s*>").search(body, found.end())
            return body[found.start() : end.end()] if end else found.group()
    return b""


@lru_cache(maxsize=MAX_BODIES)
def read_body(service: Service, octets: bytes, release: Release) -> InfoBody:
    """Return what a body holds; the same octets are read once."""
    return InfoBody(service, octets, release)


@lru_cache(maxsize=64)
def parts_of(message: Message) -> tuple[Part, ...] | BodyError | None:
    """Return the parts of a body, one of its own where it is not multipart.

    None: there is no body and no Content-Type. An error: it is multipart, and cannot be read.
    """
    content_type = message.first("content-type")
    if content_type is None:
        return None
    part = Part(content_type, message.body)
    if not part.media_type.startswith("multipart/"):
        return (part,)
    try:
        return parse_multipart(content_type, message.body)
    except BodyError as fault:
        return fault


@lru_cache(maxsize=64)
def body_of(message: Message, release: Release) -> InfoBody | None:
    """Return the info body of a message, alone or as a part of multipart/mixed, or None."""
    parts = parts_of(message)
    if parts is None or isinstance(parts, BodyError):
        return None
    for part in parts:
        service = service_of_content_type(part.media_type)
        if service is not None:
            return read_body(service, part.body, release)
    return None


def body_seen(seen: MessageSeen) -> InfoBody | None:
    """Return the info body of the message that a rule looks at, or None."""
    if seen.message is None:
        return None
    return body_of(seen.message, seen.setting.release)
