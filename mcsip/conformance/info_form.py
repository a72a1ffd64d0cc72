"""The form of info bodies: readable XML, valid against the schema, and what the schema leaves open.

The schema admits every element in ``anyExt``, every URI as an identity and every text as a type;
what the documents say of these beyond it stands here. A body that cannot be read is judged for that
and nothing else.
"""

import re

from mcsip.conformance.bodies import Element, InfoBody, Place
from mcsip.conformance.info_rules import BodyRule, shown
from mcsip.conformance.rule import Fault, Level
from mcsip.mc.communication import MIGRATED
from mcsip.mc.elements import RESULT
from mcsip.mc.extensions import MIGRATION_RELEASE, migration_names, names_of_others, since
from mcsip.mc.messages import REQ_TYPE, RESP_TYPE
from mcsip.mc.services import SERVICES
from mcsip.mc.source import Grade
from mcsip.redact import redact_text

_DECLARED = re.compile(rb"\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"']*)[\"']")
_UTF_8 = ("utf-8", "utf8", "us-ascii", "ascii")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_CLIENT_ID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NONE: tuple[Fault, ...] = ()

EXTENSION_KNOWN = "extension-known"
"""Name of the rule that needs to know all elements of a service."""


def _present(body: InfoBody) -> tuple[Fault, ...]:
    if body.octets.strip():
        return _NONE
    return (Fault("an info body", "no octets", field="content-length"),)


def _no_dtd(body: InfoBody) -> tuple[Fault, ...]:
    at = body.octets.find(b"<!DOCTYPE")
    if at < 0:
        return _NONE
    said = "a document type declaration"
    if b"<!ENTITY" in body.octets:
        said += " with entities of its own"
    return (Fault("no document type declaration", said, text=b"<!DOCTYPE"),)


def _encoding(body: InfoBody) -> tuple[Fault, ...]:
    if not body.octets.strip():
        return _NONE
    if b"\0" in body.octets or body.octets.startswith(_WIDE):
        return (Fault("UTF-8", "two octets for a character", text=body.octets[:80]),)
    declared = _DECLARED.match(body.octets)
    if declared is None or declared.group(1).decode("latin-1").lower() in _UTF_8:
        return _NONE
    return (Fault("UTF-8", f"{declared.group(1).decode('latin-1')!r}", text=declared.group()),)


def _well_formed(body: InfoBody) -> tuple[Fault, ...]:
    fault = body.fault
    if fault is None or _present(body) or _no_dtd(body) or _encoding(body):
        return _NONE
    lines = body.octets.split(b"\n")
    line = lines[fault.line - 1] if fault.line and fault.line <= len(lines) else lines[0]
    return (Fault("well-formed XML", fault.message, text=line.rstrip(b"\r")),)


def _schema(body: InfoBody) -> tuple[Fault, ...]:
    source = body.service.body_source
    expected = f"a body as the schema of {source.document} {source.clause} has it"
    return tuple(
        Fault(expected, redact_text(str(fault)), text=octets) for fault, octets in body.schema
    )


def _extensions(body: InfoBody) -> list[Element]:
    """Return the elements of the service's namespace in an anyExt."""
    own = body.service.namespace
    return [e for e in body.elements if e.place is Place.EXTENSION and e.namespace == own]


def _own_names(body: InfoBody) -> tuple[Fault, ...] | None:
    if not body.elements:
        return None
    others = names_of_others(body.service)
    foreign = {s.namespace for s in SERVICES.values() if s is not body.service}
    expected = f"names of {body.service} in a body of {body.service}"
    return tuple(
        Fault(expected, f"{e.name} is of another service", text=body.octets_of(e))
        for e in body.elements
        if e.name in others or e.wrapper in others or e.namespace in foreign
    )


def _extension_known(body: InfoBody) -> tuple[Fault, ...] | None:
    known = since(body.service)
    found = _extensions(body)
    if known is None or not found:
        return None
    others = names_of_others(body.service)
    expected = f"an element that {body.service.body_source.document} knows"
    return tuple(
        Fault(expected, f"{e.name}, in its namespace", text=body.octets_of(e))
        for e in found
        if e.name not in known and e.name not in others
    )


def _release(body: InfoBody) -> tuple[Fault, ...] | None:
    found = _extensions(body)
    if not found:
        return None
    first = since(body.service) or dict.fromkeys(migration_names(body.service), MIGRATION_RELEASE)
    expected = f"what Rel-{body.release} has"
    faults = [
        Fault(expected, f"{e.name}, of Rel-{first[e.name]}", text=body.octets_of(e))
        for e in found
        if first.get(e.name, 0) > body.release
    ]
    if body.release < MIGRATION_RELEASE:
        faults += [
            Fault(expected, f"the value {MIGRATED!r}, of Rel-18", text=body.octets_of(e))
            for e in found
            if e.name == "forwarding-reason" and e.text == MIGRATED
        ]
    return tuple(faults)


def _protection(body: InfoBody) -> tuple[Fault, ...] | None:
    service = body.service
    clear = {service.uri, service.string, service.boolean}
    faults: list[Fault] = []
    looked = False
    for e in body.elements:
        if e.protection is None and e.wrapper != "EncryptedData":
            continue
        looked = True
        if e.protection == "Encrypted" and e.wrapper in clear:
            said = f"{e.name}: a value in clear in {e.wrapper}"
            faults.append(Fault("an encrypted value", said, text=body.octets_of(e)))
        elif e.protection != "Encrypted" and e.wrapper == "EncryptedData":
            said = f"{e.name}: an encrypted value, type {e.protection or 'not given'}"
            faults.append(Fault('type="Encrypted"', said, text=body.octets_of(e)))
    return tuple(faults) if looked else None


def _wrapper(body: InfoBody) -> tuple[Fault, ...] | None:
    service = body.service
    clear = {service.uri, service.string, service.boolean}
    ids = (service.partner_id, service.primary_id, service.request_uri, service.calling_id)
    texts = (REQ_TYPE, RESP_TYPE, service.access_token, service.client_id)
    wanted: dict[str, tuple[str, ...]] = dict.fromkeys(ids, (service.uri,))
    wanted |= dict.fromkeys(texts, (service.string,))
    wanted[RESULT] = (service.string, service.boolean)
    found = [e for e in body.elements if e.name in wanted and e.wrapper in clear]
    if not found:
        return None
    return tuple(
        Fault(
            f"{e.name} with {' or '.join(wanted[e.name])}",
            f"{e.name} with {e.wrapper}",
            text=body.octets_of(e),
        )
        for e in found
        if e.wrapper not in wanted[e.name]
    )


def _client_id(body: InfoBody) -> tuple[Fault, ...] | None:
    element = body.get(body.service.client_id)
    if element is None or element.encrypted:
        return None
    if _CLIENT_ID.fullmatch(element.text):
        return _NONE
    said = shown(element.text)
    return (Fault("urn:uuid: and a UUID", said, text=body.octets_of(element)),)


def _once(body: InfoBody) -> tuple[Fault, ...] | None:
    service = body.service
    single = migration_names(service) | {service.access_token, service.client_id}
    seen: set[str] = set()
    faults: list[Fault] = []
    for e in body.elements:
        if e.namespace != service.namespace or e.name not in single:
            continue
        if e.name in seen:
            said = f"{e.name} stands there twice"
            faults.append(Fault("each element once", said, text=body.octets_of(e)))
        seen.add(e.name)
    return tuple(faults) if seen else None


ROWS = (
    BodyRule(
        "present",
        "What says by its Content-Type that it is an info body of {service} has octets",
        _present,
        answers=True,
        unreadable=True,
    ),
    BodyRule(
        "well-formed",
        "An info body of {service} is well-formed XML",
        _well_formed,
        answers=True,
        unreadable=True,
    ),
    BodyRule(
        "no-dtd",
        "An info body of {service} has no document type declaration and no entities of its own",
        _no_dtd,
        level=Level.SHOULD,
        grade=Grade.OURS,
        unreadable=True,
    ),
    BodyRule(
        "encoding",
        "An info body of {service} is in UTF-8, and says no other encoding",
        _encoding,
        level=Level.SHOULD,
        grade=Grade.GENERAL,
        unreadable=True,
    ),
    BodyRule(
        "schema",
        "An info body of {service} follows the schema of its release",
        _schema,
        answers=True,
    ),
    BodyRule(
        "own-names",
        "An info body of {service} holds no element of another service",
        _own_names,
    ),
    BodyRule(
        EXTENSION_KNOWN,
        "What stands in anyExt in the namespace of {service} is an element that the document knows",
        _extension_known,
        level=Level.SHOULD,
    ),
    BodyRule(
        "release",
        "An info body of {service} holds nothing that a later release than the chosen one brought",
        _release,
        answers=True,
    ),
    BodyRule(
        "protection",
        "The attribute type says Encrypted of an encrypted value, and of no other ({service})",
        _protection,
        grade=Grade.GENERAL,
    ),
    BodyRule(
        "wrapper",
        "An identity of {service} stands in the child for URIs, a type in the one for strings",
        _wrapper,
    ),
    BodyRule(
        "client-id",
        "A client ID of {service} is urn:uuid: and a UUID",
        _client_id,
    ),
    BodyRule(
        "once",
        "Each element of migration, token and client ID stands once in a body of {service}",
        _once,
        level=Level.SHOULD,
        grade=Grade.OURS,
    ),
)
"""The rules about the form."""
