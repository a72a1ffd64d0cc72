"""Service authorisation within an MC system: the PUBLISH of TS 24.379 7.2 and 7.3 [read].

A client that uses its own system presents its access token and client ID in an info body, in a
REGISTER or in a PUBLISH of ``Event: poc-settings``; we use the PUBLISH. A body of this kind names
no migration message. That MCVideo and MCData do the same is by analogy [gen].
"""

from dataclasses import dataclass, field

from lxml import etree

from mcsip.mc.elements import NORMAL, tags_of
from mcsip.mc.info_reader import Contents
from mcsip.mc.schema import validate
from mcsip.mc.services import Service
from mcsip.mc.xml import BodyError, parse_xml

#: The event package of service authorisation and settings: TS 24.379 7.2 [read].
EVENT = "poc-settings"

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\r\n'


@dataclass(frozen=True, slots=True)
class ServiceAuthorisation:
    """What a client presents to be authorised for a service.

    Attributes:
        service: the MC service.
        access_token: the client's credentials; never shown by ``repr``.
        client_id: ``urn:uuid:…`` of the client, or None.
    """

    service: Service
    access_token: str = field(repr=False)
    client_id: str | None = None


def build_authorisation(wanted: ServiceAuthorisation) -> bytes:
    """Return the info body that asks for service authorisation (TS 24.379 F.1 [read])."""
    tags = tags_of(wanted.service)
    root = etree.Element(tags.root, None, tags.nsmap)
    params = etree.SubElement(root, tags.params)
    for tag, text in ((tags.access_token, wanted.access_token), (tags.client_id, wanted.client_id)):
        if text is not None:
            etree.SubElement(etree.SubElement(params, tag, NORMAL), tags.string).text = text
    return _DECLARATION + etree.tostring(root, encoding="UTF-8", xml_declaration=False)


def parse_authorisation(body: bytes, service: Service) -> ServiceAuthorisation:
    """Return what a body asks for, after validating it.

    Raises:
        BodyError: it is no sound info body, or has no access token.
    """
    root = parse_xml(body)
    faults = validate(root, service)
    if faults:
        raise BodyError(f"the body is not valid: {faults[0].message}", line=faults[0].line)
    tags = tags_of(service)
    texts = Contents(root, tags).texts
    token = texts.get(tags.access_token)
    if token is None:
        raise BodyError(f"{service.access_token} is missing")
    return ServiceAuthorisation(service, token, texts.get(tags.client_id))
