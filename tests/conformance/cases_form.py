"""What proves the rules about the form of info bodies, for each service."""

from mcsip.mc.messages import REQUEST
from mcsip.mc.services import MCPTT, MCVIDEO, Service
from tests.conformance.mc_traces import CLIENT_ID, Case, Cases, carried, hop, info


def edited(
    service: Service,
    old: str,
    new: str,
    actual: str,
    marked: str | None,
    message: str = REQUEST,
) -> Case:
    """Return the case in which a text of a good body was replaced by another one."""
    good = info(service, message)
    assert old.encode() in good, old
    bad = good.replace(old.encode(), new.encode(), 1)
    return Case(
        lambda: hop(carried(service, good)),
        lambda: hop(carried(service, bad)),
        actual,
        marked,
    )


def _present(service: Service) -> Case:
    good = info(service)
    changes: dict[str, str | None] = {"Content-Length": "0"}
    return Case(
        lambda: hop(carried(service, good)),
        lambda: hop(carried(service, b"", changes=changes)),
        "no octets",
        "Content-Length: 0",
    )


def _well_formed(service: Service) -> Case:
    said = f"</{service.root}>"
    actual = (
        f"the body is not well-formed XML: Premature end of data in tag {service.root} line 2"
        " (line 2 of the body)"
    )
    return edited(service, said, "", actual, f"<{service.root}")


def _no_dtd(service: Service) -> Case:
    declared = '?><!DOCTYPE x [<!ENTITY id "sip:alice@away.example">]>'
    actual = "a document type declaration with entities of its own"
    return edited(service, "?>", declared, actual, "<!DOCTYPE")


def _schema(service: Service) -> Case:
    old, new = "<user-profile-index>2", "<user-profile-index>two"
    actual = (
        "Element 'user-profile-index': 'two' is not a valid value of the atomic type"
        " 'xs:nonNegativeInteger'. (line 2)"
    )
    return edited(service, old, new, actual, "<user-profile-index>two</user-profile-index>")


def _own_names(service: Service) -> Case:
    other = MCVIDEO if service is MCPTT else MCPTT
    return edited(
        service,
        "<anyExt>",
        f'<anyExt><{other.partner_id} type="Normal"/>',
        f"{other.partner_id} is of another service",
        f"<{other.partner_id}",
    )


def _extension_known(service: Service) -> Case:
    new = "<anyExt><migration-request>yes</migration-request>"
    actual = "migration-request, in its namespace"
    return edited(service, "<anyExt>", new, actual, "<migration-request>yes</migration-request>")


def _protection(service: Service) -> Case:
    kept = f"<{service.primary_id} type="
    actual = f"{service.primary_id}: a value in clear in {service.uri}"
    old, new = f'{kept}"Normal"', f'{kept}"Encrypted"'
    return edited(service, old, new, actual, f"<{service.primary_id}")


def _wrapper(service: Service) -> Case:
    start = f'<{service.primary_id} type="Normal">'
    uri = f"<{service.uri}>sip:alice@away.example</{service.uri}>"
    text = f"<{service.string}>sip:alice@away.example</{service.string}>"
    actual = f"{service.primary_id} with {service.string}"
    return edited(service, start + uri, start + text, actual, f"<{service.primary_id}")


def _once(service: Service) -> Case:
    element = (
        f'<{service.primary_id} type="Normal"><{service.uri}>sip:bob@away.example</{service.uri}>'
        f"</{service.primary_id}>"
    )
    actual = f"{service.primary_id} stands there twice"
    return edited(
        service,
        f"</{service.primary_id}>",
        f"</{service.primary_id}>{element}",
        actual,
        element,
    )


CASES: Cases = {
    "present": _present,
    "well-formed": _well_formed,
    "no-dtd": _no_dtd,
    "encoding": lambda s: edited(
        s, 'encoding="UTF-8"', 'encoding="ISO-8859-1"', "'ISO-8859-1'", "<?xml version="
    ),
    "schema": _schema,
    "own-names": _own_names,
    "extension-known": _extension_known,
    "protection": _protection,
    "wrapper": _wrapper,
    "client-id": lambda s: edited(
        s, CLIENT_ID, "alice-ue", "'alice-ue'", f'<{s.client_id} type="Normal">'
    ),
    "once": _once,
}
"""All but ``release``, which the corpus proves: there a trace may be of another release."""
