"""TS 24.379 7.2, service authorisation by the client: REGISTER with a token, or PUBLISH.

That MCVideo and MCData do the same is by analogy [gen]; the rules look at all three services.
"""

from mcsip.conformance.bodies import InfoBody, body_seen
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.ts24379.book import BOOK
from mcsip.conformance.ts24379.reading import event_faults
from mcsip.conformance.views import MessageSeen
from mcsip.mc.authorisation import EVENT as SETTINGS
from mcsip.mc.source import Grade


def _readable(seen: MessageSeen) -> InfoBody | None:
    body = body_seen(seen)
    return None if body is None or body.fault is not None else body


@BOOK.on_message(
    "7.2.1",
    "register-token",
    "An info body of a REGISTER holds the access token",
    "REGISTER",
    fields=("content-type",),
)
def register_token(seen: MessageSeen) -> Faults:
    """Look for the token; a REGISTER without info body asks for no service authorisation."""
    body = _readable(seen)
    if body is None:
        return None
    if body.get(body.service.access_token) is not None:
        return ()
    return (Fault(body.service.access_token, "an info body without it", text=body.octets),)


@BOOK.on_message(
    "7.2.1",
    "register-client-id",
    "An info body of a REGISTER holds the client ID",
    "REGISTER",
    grade=Grade.GENERAL,
    fields=("content-type",),
)
def register_client_id(seen: MessageSeen) -> Faults:
    """Look for the client ID beside the token."""
    body = _readable(seen)
    if body is None:
        return None
    if body.get(body.service.client_id) is not None:
        return ()
    return (Fault(body.service.client_id, "an info body without it", text=body.octets),)


@BOOK.on_message(
    "7.2.2",
    "publish-event",
    "A PUBLISH with an access token is one of Event: poc-settings",
    "PUBLISH",
)
def publish_event(seen: MessageSeen) -> Faults:
    """Look at the event package of a PUBLISH that asks for service authorisation."""
    body = _readable(seen)
    if body is None or body.get(body.service.access_token) is None:
        return None
    return event_faults(seen, SETTINGS)
