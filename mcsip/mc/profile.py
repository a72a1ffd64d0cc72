"""User-profile documents in the style of TS 24.484, as far as migration reads them.

One document is one user profile of one user: the user's MC service ID (``XUI-URI``), the index by
which it is selected, and for each partner system that the user may migrate to a
``MigratablePartner…SystemInfo`` with the system's ID and access information (TS 23.280 5.2.9.1
[seed]). The element names are read in the MCVideo profile, and by analogy for the others [gen]. The
access information is a UE initial configuration [read]; what we put into it, the address of the SIP
core and the public service identity of the MC service server, are elements of our own [ours].

``parse_profile`` reads a document and ``build_profile`` writes one; neither touches a file.
"""

from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from mcsip.mc.elements import MIGRATION_NAMESPACE, default_namespace
from mcsip.mc.identity import canonical_id, check_mc_id
from mcsip.mc.schema import faults_of
from mcsip.mc.services import SERVICES, Service
from mcsip.mc.source import Grade, Source
from mcsip.mc.xml import BodyError, line_of, parse_xml

MAX_INDEX = 255
"""Highest index of a user profile: xs:unsignedByte, TS 24.484 [read]."""


class ProfileNames(NamedTuple):
    """What the profile document of a service is made of.

    Attributes:
        namespace: of all its elements.
        root: the document element.
        user_id: the user's MC service ID, inside ``Common``.
        info: a partner system, inside ``anyExt``.
        system_id: the partner system's ID, inside ``info``.
        schema: file in ``xml_schemas/``.
        source: where the names of migration come from.
    """

    namespace: str
    root: str
    user_id: str
    info: str
    system_id: str
    schema: str
    source: Source

    def tag(self, name: str) -> str:
        """Return the qualified name of an element."""
        return f"{{{self.namespace}}}{name}"


def _names(service: str, namespace: str, key: str, grade: Grade) -> ProfileNames:
    return ProfileNames(
        namespace,
        f"{key}-user-profile",
        f"{service}UserID",
        f"MigratablePartner{service}SystemInfo",
        f"Partner{service}SystemId",
        f"{key}-user-profile.xsd",
        Source("TS 24.484", "user profile, anyExt", grade),
    )


# The namespace of MCPTT is read in the schema of Rel-13, those of the others are [gen].
PROFILE_NAMES: dict[str, ProfileNames] = {
    "mcptt": _names("MCPTT", "urn:3gpp:mcptt:user-profile:1.0", "mcptt", Grade.GENERAL),
    "mcvideo": _names("MCVideo", "urn:3gpp:ns:mcvideo:user-profile:1.0", "mcvideo", Grade.READ),
    "mcdata": _names("MCData", "urn:3gpp:ns:mcdata:user-profile:1.0", "mcdata", Grade.GENERAL),
}
"""The names of each service's document, by the key of the service."""

CONFIGURATION_NAMESPACE = "urn:3gpp:mcptt:mcpttUEinitConfig:1.0"
CONFIGURATION = "mcptt-UE-initial-configuration"
"""The UE initial configuration, the same for all services (TS 24.484 [read for MCPTT])."""
_CONFIGURATION_TAG = f"{{{CONFIGURATION_NAMESPACE}}}{CONFIGURATION}"
_CONFIGURATION_EXT_TAG = f"{{{CONFIGURATION_NAMESPACE}}}anyExt"
_CORE_TAG = f"{{{MIGRATION_NAMESPACE}}}sip-core"
_PSI_TAG = f"{{{MIGRATION_NAMESPACE}}}server-identity"


@dataclass(frozen=True, slots=True)
class PartnerAccess:
    """A partner system that a user may migrate to, and how it is reached.

    Attributes:
        domain: the partner system.
        core: address of its SIP core, ``host:port`` or ``tcp:host:port``; None: not said.
        psi: public service identity of its MC service server; None: not said.
        line: where it stands in its document, from 1; 0 when it was not read from one.
    """

    domain: str
    core: str | None = None
    psi: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class ProfileDocument:
    """A user profile, as its document says it.

    Attributes:
        service: whose profile it is.
        user: the user's MC service ID in the primary system.
        index: the number by which the user selects it, 0 to 255.
        name: for people.
        partners: the systems the user may migrate to with it (TS 23.280 5.2.9.1).
    """

    service: Service
    user: str
    index: int
    name: str = ""
    partners: tuple[PartnerAccess, ...] = ()


def parse_profile(data: bytes) -> ProfileDocument:
    """Return what a user-profile document says; the document element tells the service.

    Raises:
        BodyError: it is not XML, is hostile, follows none of the schemas, or names what is none.
    """
    root = parse_xml(data)
    key = next((k for k, n in PROFILE_NAMES.items() if root.tag == n.tag(n.root)), None)
    if key is None:
        known = ", ".join(names.root for names in PROFILE_NAMES.values())
        raise BodyError(f"the document is no user profile ({known})", line=line_of(root))
    names = PROFILE_NAMES[key]
    faults = faults_of(root, names.schema, names.namespace)
    if faults:
        raise BodyError(f"the profile is not valid: {faults[0].message}", line=faults[0].line)
    user = (root.get("XUI-URI") or "").strip()
    wrong = check_mc_id(user)
    if wrong is not None:
        raise BodyError(f"XUI-URI is no MC service ID: {wrong}", line=line_of(root))
    partners = tuple(_partner(element, names) for element in root.iter(names.tag(names.info)))
    seen: set[str] = set()
    for partner in partners:
        if partner.domain in seen:
            raise BodyError(f"the partner {partner.domain} stands twice", line=partner.line)
        seen.add(partner.domain)
    name = root.findtext(names.tag("ProfileName")) or root.findtext(names.tag("Name")) or ""
    index = int(root.get("user-profile-index") or 0)
    return ProfileDocument(SERVICES[key], canonical_id(user), index, name.strip(), partners)


def _partner(element: etree._Element, names: ProfileNames) -> PartnerAccess:
    """Return what a document says of one partner system."""
    text = (element.findtext(names.tag(names.system_id)) or "").strip()
    domain = text.rpartition("@")[2] if "@" in text else text.partition(":")[2] or text
    if check_mc_id(f"sip:x@{domain}") is not None:
        raise BodyError(f"{names.system_id} names no MC system: {text}", line=line_of(element))
    core = element.find(f".//{_CORE_TAG}")
    psi = element.find(f".//{_PSI_TAG}")
    identity = None if psi is None else (psi.text or "").strip()
    if identity is not None and check_mc_id(identity) is not None:
        raise BodyError(f"server-identity is no SIP URI: {identity}", line=line_of(element))
    return PartnerAccess(
        domain.lower(),
        None if core is None else (core.text or "").strip(),
        identity,
        line_of(element) or 0,
    )


def build_profile(profile: ProfileDocument) -> bytes:
    """Return the document of a user profile, in UTF-8, with an XML declaration, indented."""
    names = PROFILE_NAMES[profile.service.key]
    root = etree.Element(names.tag(names.root), None, default_namespace(names.namespace))
    root.set("XUI-URI", profile.user)
    root.set("user-profile-index", str(profile.index))
    etree.SubElement(root, names.tag("Name")).text = profile.name
    etree.SubElement(root, names.tag("Status")).text = "true"
    etree.SubElement(root, names.tag("ProfileName")).text = profile.name
    user = etree.SubElement(etree.SubElement(root, names.tag("Common")), names.tag(names.user_id))
    etree.SubElement(user, names.tag("uri-entry")).text = profile.user
    if profile.partners:
        ext = etree.SubElement(root, names.tag("anyExt"))
        for partner in profile.partners:
            _add_partner(ext, partner, names)
    etree.indent(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def _add_partner(parent: etree._Element, partner: PartnerAccess, names: ProfileNames) -> None:
    """Add a partner system with its access information."""
    info = etree.SubElement(parent, names.tag(names.info))
    etree.SubElement(info, names.tag(names.system_id)).text = f"sip:{partner.domain}"
    nsmap = default_namespace(CONFIGURATION_NAMESPACE)
    configuration = etree.SubElement(info, _CONFIGURATION_TAG, None, nsmap)
    configuration.set("domain", partner.domain)
    if partner.core is None and partner.psi is None:
        return
    ext = etree.SubElement(configuration, _CONFIGURATION_EXT_TAG)
    own = default_namespace(MIGRATION_NAMESPACE)
    for tag, text in ((_CORE_TAG, partner.core), (_PSI_TAG, partner.psi)):
        if text is not None:
            etree.SubElement(ext, tag, None, own).text = text
