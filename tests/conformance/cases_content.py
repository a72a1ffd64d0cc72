"""What proves the rules about the content of info bodies, for each service."""

from mcsip.mc.messages import DEAUTHORIZATION, MESSAGES, REQUEST, RESPONSE
from mcsip.mc.services import Service
from tests.conformance.cases_form import edited
from tests.conformance.mc_traces import PARTNER_ID, REASON, Case, Cases, carried, hop, info

_REQUEST = MESSAGES[REQUEST].value


def _typed(service: Service, name: str, value: str) -> str:
    inside = f"<{service.string}>{value}</{service.string}>"
    return f'<{name} type="Normal">{inside}</{name}>'


def _one_type(service: Service) -> Case:
    old, new = "</req-type>", f"</req-type>{_typed(service, 'resp-type', 'x')}"
    return edited(service, old, new, "both req-type and resp-type", "<resp-type")


def _type_known(service: Service) -> Case:
    old, new = _REQUEST, "migrate-please"
    return edited(service, old, new, "'migrate-please'", '<req-type type="Normal">')


def _new_type(service: Service) -> Case:
    old = "<anyExt>"
    return Case(
        lambda: hop(carried(service, _with(service, "<request-type>x</request-type>"))),
        lambda: hop(
            carried(service, _with(service, f"<request-type>{_REQUEST}</request-type>", old))
        ),
        f"'{_REQUEST}' in request-type",
        "<request-type>",
    )


def _with(service: Service, more: str, after: str = "<anyExt>") -> bytes:
    return info(service).replace(after.encode(), (after + more).encode(), 1)


def _lacks(service: Service, message: str, element: str) -> Case:
    """Return the case of a message without an element; the element that names it is marked."""
    good = info(service, message)
    start, end = f"<{element}".encode(), f"</{element}>".encode()
    head, _, rest = good.partition(start)
    bad = head + rest.partition(end)[2]
    carrier = "resp-type" if message == RESPONSE else "req-type"
    return Case(
        lambda: hop(carried(service, good)),
        lambda: hop(carried(service, bad)),
        "no such element",
        f"<{carrier}",
    )


def _reason(service: Service) -> Case:
    good = info(service, RESPONSE, success=False, reason=REASON)
    bad = info(service, RESPONSE, success=False)
    return Case(
        lambda: hop(carried(service, good)),
        lambda: hop(carried(service, bad)),
        "a failure without one",
        "<migration-auth-result",
    )


CASES: Cases = {
    "one-type": _one_type,
    "type-known": _type_known,
    "new-type": _new_type,
    "id-form": lambda s: edited(
        s,
        PARTNER_ID,
        "visitor",
        "'visitor': no SIP URI (sip:user@domain)",
        f'<{s.partner_id} type="Normal">',
    ),
    "two-systems": lambda s: edited(
        s,
        PARTNER_ID,
        "sip:visitor@away.example",
        "both are IDs of away.example",
        f'<{s.partner_id} type="Normal">',
    ),
    "primary-id": lambda s: _lacks(s, REQUEST, s.primary_id),
    "profile": lambda s: _lacks(s, REQUEST, "selected-user-profile-index"),
    "user": lambda s: _lacks(s, DEAUTHORIZATION, s.primary_id),
    "result": lambda s: _lacks(s, RESPONSE, "migration-auth-result"),
    "result-value": lambda s: edited(
        s, ">success<", ">granted<", "'granted'", "<migration-auth-result", RESPONSE
    ),
    "reason": _reason,
}
