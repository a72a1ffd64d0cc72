"""RFC 3325 6, hints for several identities: what a client prefers ends at the first proxy."""

from mcsip.conformance.rfc3325.book import BOOK
from mcsip.conformance.rfc3325.reading import is_trusted
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.sip.message import Request


@BOOK.on_message(
    "6",
    "no-preference-onward",
    "Within the trust domain no P-Preferred-Identity goes on",
    "request",
)
def no_preference_onward(seen: MessageSeen) -> Faults:
    """Look for P-Preferred-Identity in a request of a proxy or server: it ends at the first one."""
    if not is_trusted(seen.sender) or not isinstance(seen.message, Request):
        return None
    if seen.message.first("p-preferred-identity") is None:
        return ()
    said = "P-Preferred-Identity"
    return (Fault("P-Asserted-Identity, or none", said, field="p-preferred-identity"),)
