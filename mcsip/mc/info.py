"""The info body of a service: from the value object to XML and back.

Layout (TS 24.379 F.1 and its siblings [read]): access token and client ID are children of the
parameters element, which is a sequence; the elements of migration are children of an ``anyExt``. We
write that under the parameters, and read it there and directly under the root [ours]. An element of
type contentType wraps its value in one of three children, and says ``type="Normal"`` when the value
is not encrypted. The standard has no element for the reason of a refusal: ours, in a namespace of
our own, stands beside the others in ``anyExt``, whose schema admits any namespace [read].
"""

from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from mcsip.errors import UsageError
from mcsip.mc.elements import (
    RESULT,
    RESULT_FAIL,
    RESULT_SUCCESS,
    SELECTED_PROFILE,
    tags_of,
)
from mcsip.mc.identity import domain_of
from mcsip.mc.info_reader import Contents, index_from, result_from
from mcsip.mc.info_writer import REASON_ATTRIBUTES, write_body
from mcsip.mc.messages import (
    BY_WIRE_VALUE,
    MESSAGES,
    REQ_TYPE,
    RESP_TYPE,
    Element,
    HopKind,
    Side,
)
from mcsip.mc.roles import Role
from mcsip.mc.schema import validate
from mcsip.mc.services import Service
from mcsip.mc.xml import BodyError, clean, line_of, parse_xml

__all__ = [
    "BodyError",
    "Info",
    "InfoReason",
    "UnknownMessageError",
    "build_info",
    "check_elements",
    "parse_info",
    "read_routing",
]


class UnknownMessageError(BodyError):
    """The body is a sound info body, but says of no migration message that it is one."""


@dataclass(frozen=True, slots=True)
class InfoReason:
    """Why a request was refused, as the response carries it [ours].

    Attributes:
        key: the reason in one word of the product's table, ``profile-not-permitted``.
        text: the reason for people.
        clause: the clause and step that the refusal follows.
        domain: MC system that refused.
        role: role of the entity that refused.
        warning: MC warning code of TS 24.379 4.4, or None.
    """

    key: str
    text: str
    clause: str
    domain: str
    role: Role
    warning: int | None = None


class Info(NamedTuple):
    """What an info body says about migration.

    Attributes:
        service: whose info body it is.
        message: name of the message, a key of ``messages.MESSAGES``.
        primary_id: MC service ID in the primary system.
        partner_id: MC service ID that the partner system issued.
        client_id: ``urn:uuid:…`` of the client.
        access_token: the client's credentials; never shown by ``repr``.
        profile_index: index of the selected user profile, at least 0.
        success: result of the authorization, in a response.
        reason: why the result is not success.
        partner_system: domain of the new partner system.
        moved: in a success response: the user comes from another partner system, and the primary
            waits for the notification of TS 23.280 10.6.3.3.2.2 [ours].
    """

    service: Service
    message: str
    primary_id: str | None = None
    partner_id: str | None = None
    client_id: str | None = None
    access_token: str | None = None
    profile_index: int | None = None
    success: bool | None = None
    reason: InfoReason | None = None
    partner_system: str | None = None
    moved: bool = False

    def __repr__(self) -> str:
        said = ", ".join(
            f"{name}={value!r}"
            for name, value in zip(self._fields, self, strict=True)
            if name != "access_token"
        )
        return f"Info({said})"

    @property
    def target_id(self) -> str | None:
        """Return the MC service ID that finds the server in the system that it travels to."""
        if MESSAGES[self.message].towards is Side.PRIMARY or self.partner_id is None:
            return self.primary_id
        return self.partner_id

    @property
    def partner_domain(self) -> str | None:
        """Return the domain of the partner system, or None when the message does not name it.

        Raises:
            IdentityError: the partner-issued ID is none.
        """
        if self.partner_id is not None:
            return domain_of(self.partner_id)
        return self.partner_system

    @property
    def target_domain(self) -> str | None:
        """Return the domain of the system that the message travels to, or None.

        Raises:
            IdentityError: the MC service ID that names it is none.
        """
        if MESSAGES[self.message].towards is Side.PRIMARY:
            return None if self.primary_id is None else domain_of(self.primary_id)
        return self.partner_domain

    @property
    def origin_domain(self) -> str | None:
        """Return the domain of the system that the message says it comes from, or None.

        Raises:
            IdentityError: the MC service ID that names it is none.
        """
        if MESSAGES[self.message].towards is Side.PRIMARY:
            return self.partner_domain
        return None if self.primary_id is None else domain_of(self.primary_id)


def build_info(info: Info) -> bytes:
    """Return the info body that says what ``info`` says, in UTF-8, with an XML declaration.

    Elements stand in the order of the schema's sequences; what is None is left out.

    Raises:
        UsageError: a text holds a character that XML cannot carry, the profile index is below 0, or
            the message is unknown.
    """
    message = MESSAGES.get(info.message)
    if message is None:
        raise UsageError(f"no migration message is named {info.message!r}")
    if info.profile_index is not None and info.profile_index < 0:
        raise UsageError(f"a user profile index is at least 0, not {info.profile_index}")
    texts = (
        info.access_token,
        info.client_id,
        message.value,
        None if info.success is None else RESULT_SUCCESS if info.success else RESULT_FAIL,
        info.partner_id,
        None if info.profile_index is None else str(info.profile_index),
        info.primary_id,
        info.partner_system,
        "true" if info.moved else None,
        *_texts_of(info.reason),
    )
    try:
        return write_body(info.service, message.carried_in, texts)
    except ValueError as error:
        raise UsageError(f"an info body cannot carry this text: {error}") from None


def _texts_of(reason: InfoReason | None) -> tuple[str | None, ...]:
    """Return the attributes and the text of our own reason element [ours]."""
    if reason is None:
        return _NO_REASON
    warning = None if reason.warning is None else str(reason.warning)
    return reason.key, reason.clause, reason.domain, reason.role.value, warning, reason.text


_NO_REASON = (None,) * (len(REASON_ATTRIBUTES) + 1)


def parse_info(body: bytes, service: Service, hop: HopKind | None = None) -> Info:
    """Return what an info body says, after validating it against the project's own schema.

    Args:
        body: the octets of the body.
        service: whose info body it is, from its content type.
        hop: when given, what the message must and must not carry on such a hop is checked as well.

    Raises:
        BodyError: 413 when it is too large; 400 when it is not XML, is hostile, is not valid, says
            one thing twice, or lacks what the message must carry on ``hop``.
        UnknownMessageError: it is valid, and no migration message.
    """
    root = parse_xml(body)
    faults = validate(root, service)
    if faults:
        raise BodyError(f"the body is not valid: {faults[0].message}", line=faults[0].line)
    info = _read(root, service)
    if hop is not None:
        wrong = check_elements(info, hop)
        if wrong:
            raise BodyError(f"{info.message}: {'; '.join(wrong)}")
    return info


def read_routing(body: bytes, service: Service) -> Info:
    """Return what an info body says, without validation: enough for a gateway to route it.

    Raises:
        BodyError: as ``parse_info``, save what only the schema finds.
        UnknownMessageError: it is no migration message.
    """
    return _read(parse_xml(body), service)


def check_elements(info: Info, hop: HopKind) -> tuple[str, ...]:
    """Return what the message lacks, or must not carry, on such a hop; empty when all is well."""
    content = MESSAGES[info.message].content.get(hop)
    if content is None:
        return (f"does not travel on a {hop} hop",)
    lacking = sorted([e for e in content.required if getattr(info, e) is None])
    if content.one_of and all(getattr(info, e) is None for e in content.one_of):
        lacking.append(min(content.one_of))
    excess = sorted([e for e in content.forbidden if getattr(info, e) is not None])
    if not lacking and not excess:
        return ()
    names = {**_NAMES, **_service_names(info.service)}
    return tuple(
        [f"{names[e]} is missing" for e in lacking]
        + [f"{names[e]} is not allowed on this hop" for e in excess]
    )


_NAMES: dict[Element, str] = {
    Element.PROFILE_INDEX: SELECTED_PROFILE,
    Element.RESULT: RESULT,
    Element.REASON: "reason",
    Element.PARTNER_SYSTEM: "partner-system",
}


def _service_names(service: Service) -> dict[Element, str]:
    """Return the names on the wire of the elements that differ between services."""
    return {
        Element.ACCESS_TOKEN: service.access_token,
        Element.CLIENT_ID: service.client_id,
        Element.PRIMARY_ID: service.primary_id,
        Element.PARTNER_ID: service.partner_id,
    }


def _read(root: etree._Element, service: Service) -> Info:
    """Return what the tree says; elements that are not of migration are passed over."""
    tags = tags_of(service)
    contents = Contents(root, tags)
    texts = contents.texts
    get = texts.get
    message = _message_of(get(tags.req_type), get(tags.resp_type))
    index = get(tags.profile_index)
    result = get(tags.result)
    return Info(
        service,
        message,
        get(tags.primary_id),
        get(tags.partner_id),
        get(tags.client_id),
        get(tags.access_token),
        None if index is None else index_from(index),
        None if result is None else result_from(result),
        None if contents.reason is None else _reason_from(contents.reason),
        contents.partner_system,
        contents.moved,
    )


def _message_of(request: str | None, response: str | None) -> str:
    """Return the name of the message that req-type or resp-type says."""
    if request is not None and response is not None:
        raise BodyError(f"the body has both {REQ_TYPE} and {RESP_TYPE}")
    if request is not None:
        message = BY_WIRE_VALUE.get((REQ_TYPE, request))
    elif response is not None:
        message = BY_WIRE_VALUE.get((RESP_TYPE, response))
    else:
        raise UnknownMessageError(f"the body has neither {REQ_TYPE} nor {RESP_TYPE}")
    if message is None:
        kind = REQ_TYPE if response is None else RESP_TYPE
        raise UnknownMessageError(f"the {kind} {request or response!r} is no migration message")
    return message.name


def _reason_from(element: etree._Element) -> InfoReason:
    """Return the reason of our own element; what a stranger leaves out is empty."""
    get = element.get
    try:
        role = Role(get("role") or "")
    except ValueError:
        raise BodyError("the reason names no role that we know", line=line_of(element)) from None
    warning = get("warning")
    return InfoReason(
        key=clean(get("key") or ""),
        text=clean((element.text or "").strip()),
        clause=clean(get("clause") or ""),
        domain=clean(get("domain") or ""),
        role=role,
        warning=None if warning is None else _warning_from(warning, element),
    )


def _warning_from(text: str, element: etree._Element) -> int:
    """Return the MC warning code: three digits."""
    if not (len(text) == 3 and text.isascii() and text.isdecimal()):
        raise BodyError("the reason has a warning that is no code", line=line_of(element))
    return int(text)
