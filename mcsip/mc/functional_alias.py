"""The PUBLISH that activates a functional alias (TS 24.379 9A, Event: presence) [2nd].

Its body is presence information (PIDF, RFC 3863) of the user, with an element for each alias. The
form of that element is after TS 24.379 9A.3.1, whose text was not obtainable [ours].
"""

from dataclasses import dataclass

from lxml import etree

from mcsip.mc.elements import default_namespace
from mcsip.mc.xml import BodyError, parse_xml

EVENT = "presence"
"""The event package of functional aliases and affiliation [2nd]."""
PIDF_TYPE = "application/pidf+xml"
"""Media type of presence information, RFC 3863 [gen]."""
MAX_ALIASES = 100
"""Most aliases of one publication [ours]."""
_PIDF = "urn:ietf:params:xml:ns:pidf"
_ALIAS = "urn:3gpp:ns:mcpttPresInfoFA:1.0"
_ALIAS_TAG = f"{{{_ALIAS}}}functionalAlias"


@dataclass(frozen=True, slots=True)
class AliasPublication:
    """What a client publishes.

    Attributes:
        user: MC service ID of the user, in the system whose aliases these are.
        client_id: ``urn:uuid:…`` of the client.
        aliases: the functional aliases, SIP URIs.
    """

    user: str
    client_id: str
    aliases: tuple[str, ...]


def build_publication(said: AliasPublication) -> bytes:
    """Return the octets of a publication, in UTF-8, with an XML declaration."""
    root = etree.Element(f"{{{_PIDF}}}presence", {"entity": said.user}, default_namespace(_PIDF))
    each = etree.SubElement(root, f"{{{_PIDF}}}tuple", {"id": said.client_id})
    status = etree.SubElement(each, f"{{{_PIDF}}}status")
    for alias in said.aliases:
        names = default_namespace(_ALIAS)
        etree.SubElement(status, _ALIAS_TAG, {"functionalAliasID": alias}, names)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def parse_publication(body: bytes) -> AliasPublication:
    """Return what a publication says.

    Raises:
        BodyError: it cannot be read, names no alias, or too many.
    """
    root = parse_xml(body)
    if root.tag != f"{{{_PIDF}}}presence":
        raise BodyError("the body is no presence information")
    tuples = root.findall(f"{{{_PIDF}}}tuple")
    if len(tuples) != 1:
        raise BodyError("the presence information is not that of one client")
    aliases = tuple(e.get("functionalAliasID", "") for e in tuples[0].iter(_ALIAS_TAG))
    if not 0 < len(aliases) <= MAX_ALIASES or not all(aliases):
        raise BodyError(f"the publication names {len(aliases)} functional aliases")
    return AliasPublication(root.get("entity", ""), tuples[0].get("id", ""), aliases)
