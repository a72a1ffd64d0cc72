"""What an info body says about migration: which message it is, and what each must hold.

Where a rule needs to know on which hop the message travels, it stands in ``info_hops``.
"""

from mcsip.conformance.bodies import Element, InfoBody
from mcsip.conformance.info_rules import BodyRule, shown
from mcsip.conformance.rule import Fault, Level
from mcsip.mc.elements import (
    MIGRATION_NAMESPACE,
    RESULT,
    RESULT_FAIL,
    RESULT_SUCCESS,
    SELECTED_PROFILE,
)
from mcsip.mc.identity import IdentityError, check_mc_id, domain_of
from mcsip.mc.messages import BY_WIRE_VALUE, REQ_TYPE, REQUEST, RESP_TYPE, RESPONSE
from mcsip.mc.source import Grade

_NONE: tuple[Fault, ...] = ()
_FAILED = frozenset({RESULT_FAIL, "false", "0"})
_RESULTS = _FAILED | {RESULT_SUCCESS, "true", "1"}
_OLD_TYPES = ("request-type", "response-type")
_VALUES = frozenset(value for _, value in BY_WIRE_VALUE)


def _missing(body: InfoBody, name: str) -> tuple[Fault, ...]:
    """Return the fault that an element is missing; its place is where the message is named."""
    if body.get(name) is not None:
        return _NONE
    assert body.message is not None, "only migration messages are judged"
    named = body.get(body.message.carried_in)
    octets = b"" if named is None else body.octets_of(named)
    return (Fault(f"{name} in a {body.message.name}", "no such element", text=octets),)


def _one_type(body: InfoBody) -> tuple[Fault, ...] | None:
    request, response = body.get(REQ_TYPE), body.get(RESP_TYPE)
    if request is None and response is None:
        return None
    if request is None or response is None:
        return _NONE
    said = f"both {REQ_TYPE} and {RESP_TYPE}"
    return (Fault(f"{REQ_TYPE} or {RESP_TYPE}", said, text=body.octets_of(response)),)


def _type_known(body: InfoBody) -> tuple[Fault, ...] | None:
    if not body.migrates:
        return None
    types = [e for e in (body.get(REQ_TYPE), body.get(RESP_TYPE)) if e is not None]
    if not types:
        return (Fault(f"{REQ_TYPE} or {RESP_TYPE} of migration", "neither of them"),)
    return tuple(
        Fault("the type of a migration message", shown(e.text), text=body.octets_of(e))
        for e in types
        if not e.encrypted and (e.name, e.text) not in BY_WIRE_VALUE
    )


def _not_in_old_type(body: InfoBody) -> tuple[Fault, ...] | None:
    found = [e for e in map(body.get, _OLD_TYPES) if e is not None]
    if not found:
        return None
    return tuple(
        Fault(
            f"the type of a migration message in {_new_of(e)}",
            f"{shown(e.text)} in {e.name}",
            text=body.octets_of(e),
        )
        for e in found
        if e.text in _VALUES or "migration" in e.text
    )


def _new_of(element: Element) -> str:
    return REQ_TYPE if element.name == "request-type" else RESP_TYPE


def _id_form(body: InfoBody) -> tuple[Fault, ...] | None:
    found = [e for e in _ids(body) if not e.encrypted]
    if not found:
        return None
    return tuple(
        Fault(f"{e.name}: sip:user@domain", f"{shown(e.text)}: {wrong}", text=body.octets_of(e))
        for e in found
        if (wrong := check_mc_id(e.text)) is not None
    )


def _ids(body: InfoBody) -> list[Element]:
    names = (body.service.partner_id, body.service.primary_id)
    return [e for e in map(body.get, names) if e is not None]


def _two_systems(body: InfoBody) -> tuple[Fault, ...] | None:
    partner, primary = body.get(body.service.partner_id), body.get(body.service.primary_id)
    if partner is None or primary is None or partner.encrypted or primary.encrypted:
        return None
    try:
        domain = domain_of(partner.text)
        if domain != domain_of(primary.text):
            return _NONE
    except IdentityError:
        return None
    said = f"both are IDs of {domain}"
    return (Fault("IDs of two MC systems", said, text=body.octets_of(partner)),)


def _primary_id(body: InfoBody) -> tuple[Fault, ...] | None:
    if body.message is None or body.message.name != REQUEST:
        return None
    return _missing(body, body.service.primary_id)


def _profile(body: InfoBody) -> tuple[Fault, ...] | None:
    if body.message is None or body.message.name != REQUEST:
        return None
    return _missing(body, SELECTED_PROFILE)


def _user(body: InfoBody) -> tuple[Fault, ...] | None:
    if body.message is None or body.message.name == REQUEST:
        return None
    return _missing(body, body.service.primary_id)


def _result(body: InfoBody) -> tuple[Fault, ...] | None:
    if body.message is None or body.message.name != RESPONSE:
        return None
    return _missing(body, RESULT)


def _result_value(body: InfoBody) -> tuple[Fault, ...] | None:
    element = body.get(RESULT)
    if element is None or element.encrypted:
        return None
    if element.text in _RESULTS:
        return _NONE
    expected = f"{RESULT_SUCCESS} or {RESULT_FAIL}"
    return (Fault(expected, shown(element.text), text=body.octets_of(element)),)


def _reason(body: InfoBody) -> tuple[Fault, ...] | None:
    result = body.get(RESULT)
    if result is None or result.text not in _FAILED:
        return None
    if any(e.name == "reason" and e.namespace == MIGRATION_NAMESPACE for e in body.elements):
        return _NONE
    expected = f"a reason element of {MIGRATION_NAMESPACE}"
    return (Fault(expected, "a failure without one", text=body.octets_of(result)),)


ROWS = (
    BodyRule(
        "one-type",
        "A body of {service} has req-type or resp-type, not both",
        _one_type,
        grade=Grade.OURS,
    ),
    BodyRule(
        "type-known",
        "A body of {service} with elements of migration says which migration message it is",
        _type_known,
        level=Level.SHOULD,
        grade=Grade.OURS,
    ),
    BodyRule(
        "new-type",
        "{service} names migration messages in req-type and resp-type, never in the closed sets of "
        "request-type and response-type",
        _not_in_old_type,
    ),
    BodyRule(
        "id-form",
        "The MC service IDs of a migration message of {service} are SIP URIs of a user in a domain",
        _id_form,
        level=Level.SHOULD,
        grade=Grade.OURS,
    ),
    BodyRule(
        "two-systems",
        "The two MC service IDs of a migration message of {service} are of two MC systems",
        _two_systems,
        grade=Grade.OURS,
    ),
    BodyRule(
        "primary-id",
        "A migration service authorization request of {service} holds the ID in the primary system",
        _primary_id,
    ),
    BodyRule(
        "profile",
        "A migration service authorization request of {service} says which profile is selected",
        _profile,
        grade=Grade.SEED,
    ),
    BodyRule(
        "user",
        "Every other migration message of {service} holds the ID in the primary system",
        _user,
        grade=Grade.OURS,
    ),
    BodyRule(
        "result",
        "A migration service authorization response of {service} holds the result",
        _result,
        grade=Grade.OURS,
    ),
    BodyRule(
        "result-value",
        "The result of {service} is success or fail, or a boolean",
        _result_value,
        level=Level.SHOULD,
        grade=Grade.OURS,
    ),
    BodyRule(
        "reason",
        "A migration service authorization response of {service} that fails says why",
        _reason,
        level=Level.SHOULD,
        grade=Grade.OURS,
    ),
)
"""The rules about the content."""
