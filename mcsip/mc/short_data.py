"""One-to-one short data of MCData: the parts of its MESSAGE (TS 24.282 9.2.2, 15 [2nd]).

The body is ``multipart/mixed`` of

* the info body: ``request-type`` is ``one-to-one-sds``;
* from the client only, a resource list with one entry: the MC service ID of the target. Servers put
  it, and the caller's, into the info body (``communication``);
* the signalling: SDS SIGNALLING PAYLOAD, with date and time, conversation ID and message ID;
* the payload: DATA PAYLOAD, here with one text.

The text of TS 24.282 was not obtainable. Message types, the order of the octets and the media types
are told by public projects that read it [2nd]; they stand here, and only here. Absent on purpose:
disposition requests and notifications, file distribution, groups, MSRP, end-to-end protection.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from lxml import etree

from mcsip.errors import UsageError
from mcsip.mc.communication import (
    ONE_TO_ONE_SDS,
    SHORT_DATA,
    Communication,
    build_communication,
    parse_communication,
)
from mcsip.mc.elements import default_namespace
from mcsip.mc.multipart import Part, build_multipart, parse_multipart
from mcsip.mc.services import MCDATA, Service
from mcsip.mc.source import Grade, Source
from mcsip.mc.xml import BodyError, parse_xml

__all__ = [
    "ONE_TO_ONE_SDS",
    "SHORT_DATA",
    "ShortData",
    "Signalling",
    "build_short_data",
    "is_short_data",
    "parse_short_data",
    "readdress",
]

SIGNALLING_TYPE = "application/vnd.3gpp.mcdata-signalling"
PAYLOAD_TYPE = "application/vnd.3gpp.mcdata-payload"
RESOURCE_LISTS_TYPE = "application/resource-lists+xml"
SOURCE = Source("TS 24.282", "9.2.2.2.1, 15.1.2, 15.1.4, annex E", Grade.SECOND)

_LISTS_NAMESPACE = "urn:ietf:params:xml:ns:resource-lists"
"""RFC 4826 3.4.1 [gen]."""
_SDS_SIGNALLING_PAYLOAD = 0x01
_DATA_PAYLOAD = 0x03
"""Message types: TS 24.282 15.2.2 [2nd]."""
_TYPE_MASK = 0x3F
"""The two high bits of a message type say how it is protected; here they are 0 [2nd]."""
_PAYLOAD_IEI = 0x78
_TEXT = 0x01
"""Payload content type TEXT: TS 24.282 15.2.13 [2nd]."""
_TIME_OCTETS = 5
ID_OCTETS = 16
"""Conversation ID and message ID are UUIDs: TS 24.282 15.2.9, 15.2.10 [2nd]."""
MAX_TEXT_OCTETS = 10_000
"""Longest text that is sent or read [ours]; systems configure their own maximum."""


class Signalling(NamedTuple):
    """What the SDS SIGNALLING PAYLOAD says.

    Attributes:
        sent_at: when it was sent, in whole seconds since the epoch.
        conversation: conversation ID, 16 octets.
        message: message ID, 16 octets.
    """

    sent_at: int
    conversation: bytes
    message: bytes


@dataclass(frozen=True, slots=True)
class ShortData:
    """Short data as a whole.

    Attributes:
        about: who sends it to whom; from a client the target comes from the resource list.
        signalling: when, and which message of which conversation.
        text: the text.
    """

    about: Communication
    signalling: Signalling
    text: str


def build_short_data(data: ShortData) -> tuple[str, bytes]:
    """Return the Content-Type value and the body of a client's short data.

    Raises:
        UsageError: the service has no short data, there is no target, an ID is not of 16 octets,
            or the text is too long.
    """
    if data.about.service is not MCDATA:
        raise UsageError(f"{data.about.service} has no short data: it is a matter of {MCDATA}")
    if data.about.target is None:
        raise UsageError("short data for nobody")
    info = replace(data.about, target=None, caller=None)
    parts = [
        Part(MCDATA.content_type, build_communication(info)),
        Part(RESOURCE_LISTS_TYPE, _build_list(data.about.target)),
        Part(SIGNALLING_TYPE, _build_signalling(data.signalling)),
        Part(PAYLOAD_TYPE, _build_payload(data.text)),
    ]
    return build_multipart(parts)


def is_short_data(content_type: str, body: bytes) -> bool:
    """Tell whether a body is that of short data, by its signalling part.

    Raises:
        BodyError: it is multipart, and malformed.
    """
    if content_type.partition(";")[0].strip().lower() != "multipart/mixed":
        return False
    return any(part.media_type == SIGNALLING_TYPE for part in parse_multipart(content_type, body))


def parse_short_data(content_type: str, body: bytes) -> ShortData:
    """Return what short data says.

    Raises:
        BodyError: a part is missing, stands there twice, or cannot be read.
    """
    parts = parse_multipart(content_type, body)
    about = parse_communication(_only(parts, MCDATA.content_type).body, MCDATA)
    lists = [part for part in parts if part.media_type == RESOURCE_LISTS_TYPE]
    if lists and about.target is None:
        about = replace(about, target=_read_list(_only(parts, RESOURCE_LISTS_TYPE).body))
    return ShortData(
        about,
        _read_signalling(_only(parts, SIGNALLING_TYPE).body),
        _read_payload(_only(parts, PAYLOAD_TYPE).body),
    )


def readdress(content_type: str, body: bytes, about: Communication) -> tuple[str, bytes]:
    """Return short data with another info body; the other parts stay octet for octet.

    The resource list of a client ends at its server: the target stands in the info body from there
    on [2nd].

    Args:
        content_type: value of the Content-Type field.
        body: the octets of the short data.
        about: what the new info body says.

    Raises:
        BodyError: the body is malformed.
    """
    kept = [
        part
        for part in parse_multipart(content_type, body)
        if part.media_type not in (RESOURCE_LISTS_TYPE, _info_type(about.service))
    ]
    return build_multipart([Part(_info_type(about.service), build_communication(about)), *kept])


def _info_type(service: Service) -> str:
    return service.content_type


def _only(parts: Iterable[Part], media_type: str) -> Part:
    """Return the one part of a media type."""
    found = [part for part in parts if part.media_type == media_type]
    if len(found) != 1:
        fault = "is missing" if not found else "stands there twice"
        raise BodyError(f"a part {media_type} of the short data {fault}")
    if any(name.lower() == "content-transfer-encoding" for name, _ in found[0].fields):
        raise BodyError(f"a part {media_type} of the short data is encoded")  # SIP is 8bit clean
    return found[0]


def _build_list(target: str) -> bytes:
    names = default_namespace(_LISTS_NAMESPACE)
    root = etree.Element(f"{{{_LISTS_NAMESPACE}}}resource-lists", None, names)
    entries = etree.SubElement(root, f"{{{_LISTS_NAMESPACE}}}list")
    etree.SubElement(entries, f"{{{_LISTS_NAMESPACE}}}entry", {"uri": target})
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _read_list(body: bytes) -> str:
    """Return the one entry of a resource list; more than one target is no one-to-one data."""
    entries = list(parse_xml(body).iter(f"{{{_LISTS_NAMESPACE}}}entry"))
    uri = entries[0].get("uri") if len(entries) == 1 else None
    if uri is None:
        raise BodyError("the resource list does not name exactly one target")
    return uri


def _build_signalling(signalling: Signalling) -> bytes:
    if {len(signalling.conversation), len(signalling.message)} != {ID_OCTETS}:
        raise UsageError(f"conversation and message ID have {ID_OCTETS} octets")
    return (
        bytes([_SDS_SIGNALLING_PAYLOAD])
        + signalling.sent_at.to_bytes(_TIME_OCTETS, "big")
        + signalling.conversation
        + signalling.message
    )


def _read_signalling(body: bytes) -> Signalling:
    """Return what is mandatory of the signalling; what follows is optional and passed over."""
    head = 1 + _TIME_OCTETS
    if len(body) < head + 2 * ID_OCTETS or body[0] & _TYPE_MASK != _SDS_SIGNALLING_PAYLOAD:
        raise BodyError("the signalling of the short data is no SDS SIGNALLING PAYLOAD")
    middle = head + ID_OCTETS
    return Signalling(
        int.from_bytes(body[1:head], "big"), body[head:middle], body[middle : middle + ID_OCTETS]
    )


def _build_payload(text: str) -> bytes:
    octets = text.encode()
    if len(octets) > MAX_TEXT_OCTETS:
        raise UsageError(f"short data of {len(octets)} octets: at most {MAX_TEXT_OCTETS}")
    content = bytes([_TEXT]) + octets
    head = bytes([_DATA_PAYLOAD, 1, _PAYLOAD_IEI])
    return head + len(content).to_bytes(2, "big") + content


def _read_payload(body: bytes) -> str:
    """Return the text of a payload that is one text."""
    if len(body) < 6 or body[0] & _TYPE_MASK != _DATA_PAYLOAD or body[2] != _PAYLOAD_IEI:
        raise BodyError("the payload of the short data is no DATA PAYLOAD")
    size = int.from_bytes(body[3:5], "big")
    if body[1] != 1 or size != len(body) - 5 or size > MAX_TEXT_OCTETS + 1 or body[5] != _TEXT:
        raise BodyError("the payload of the short data is not one text")
    try:
        return body[6:].decode()
    except UnicodeDecodeError:
        raise BodyError("the text of the short data is not UTF-8") from None
