"""RFC 6050 5.1.2, at proxies: the preferred service becomes an asserted one, or ends."""

from mcsip.conformance.rfc3325.reading import is_trusted
from mcsip.conformance.rfc6050.book import BOOK
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.sip.message import Request


@BOOK.on_message(
    "5.1.2",
    "no-preference-onward",
    "Within the trust domain no P-Preferred-Service goes on",
    "request",
)
def no_preference_onward(seen: MessageSeen) -> Faults:
    """Look for P-Preferred-Service in a request of a proxy or server."""
    if not is_trusted(seen.sender) or not isinstance(seen.message, Request):
        return None
    if seen.message.first("p-preferred-service") is None:
        return ()
    said = "P-Preferred-Service"
    return (Fault("P-Asserted-Service, or none", said, field="p-preferred-service"),)
