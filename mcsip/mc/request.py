"""The SIP request that carries an info body (TS 24.379 10.1.4.2.1, 11.1.5.2.1, pattern) [read].

On the client hop the preferred identity and service stand in the request (``P-Preferred-*``);
between servers the asserted ones take their place (RFC 3325, RFC 6050) [gen]. Both carry two
separate Accept-Contact fields [2nd]. A MESSAGE has no Contact (RFC 3428 4) [gen].
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mcsip.mc.services import Service
from mcsip.sip.build import build_request
from mcsip.sip.ids import IdSource
from mcsip.sip.message import Request

#: The CSeq of a request outside dialogs may start anywhere below 2**31 (RFC 3261 8.1.1.5) [read].
FIRST_CSEQ = 1


@dataclass(frozen=True, slots=True)
class Identities:
    """Who sends a request, and whether that is asserted.

    Attributes:
        from_uri: URI of the From field.
        identity: URI of the P-Preferred-Identity or P-Asserted-Identity, without brackets.
        asserted: true between servers, which assert; false on the client hop, which prefers.
    """

    from_uri: str
    identity: str
    asserted: bool


def mc_fields(service: Service, sender: Identities) -> tuple[tuple[str, str], ...]:
    """Return the fields that say who sends a request, and for which MC service."""
    kind = "Asserted" if sender.asserted else "Preferred"
    return (
        (f"P-{kind}-Identity", f"<{sender.identity}>"),
        (f"P-{kind}-Service", service.icsi),
        *(("Accept-Contact", value) for value in service.accept_contact),
    )


def build_mc_request(
    method: str,
    service: Service,
    body: bytes,
    ids: IdSource,
    *,
    uri: str,
    to: str,
    sender: Identities,
    route: str | None = None,
    call_id: str | None = None,
    fields: Iterable[tuple[str, str]] = (),
    content_type: str | None = None,
    max_forwards: int = 70,
) -> Request:
    """Return the request that carries an info body of a service.

    Args:
        method: MESSAGE, or PUBLISH.
        service: the MC service.
        body: the octets of the info body.
        ids: gives Call-ID and From tag.
        uri: Request-URI: the public service identity of the serving function, or the user's.
        to: URI of the To field.
        sender: the identities of the sender.
        route: a Route value, or None.
        call_id: the Call-ID; None: a fresh one.
        fields: further header fields as (name, value).
        content_type: media type of the body where the info body is one part of several.
        max_forwards: how many hops the request may make.
    """
    made = [*mc_fields(service, sender), *fields]
    if route is not None:
        made.insert(0, ("Route", route))
    return build_request(
        method,
        uri,
        from_=f"<{sender.from_uri}>;tag={ids.token()}",
        to=f"<{to}>",
        call_id=call_id or ids.token(),
        cseq=FIRST_CSEQ,
        fields=made,
        max_forwards=max_forwards,
        content_type=content_type or service.content_type,
        body=body,
    )
