"""RFC 6050 5.1.1, at user agents outside of the trust domain: a client prefers a service."""

from mcsip.conformance.rfc6050.book import BOOK
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.views import MessageSeen
from mcsip.mc.roles import Role
from mcsip.sip.message import Request


@BOOK.on_message(
    "5.1.1",
    "client-prefers",
    "A client prefers a service, it asserts none: nobody in the trust domain believes it",
    "request",
    level=Level.SHOULD,
)
def client_prefers(seen: MessageSeen) -> Faults:
    """Look for P-Asserted-Service in a request of a client."""
    if seen.sender.role is not Role.CLIENT or not isinstance(seen.message, Request):
        return None
    if seen.message.first("p-asserted-service") is None:
        return ()
    field = "p-asserted-service"
    return (Fault("P-Preferred-Service, or none", "P-Asserted-Service", field=field),)
