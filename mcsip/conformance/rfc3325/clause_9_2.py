"""RFC 3325 9.2, the P-Preferred-Identity field: one or two identities of the right kinds."""

from mcsip.conformance.rfc3325.book import BOOK
from mcsip.conformance.rfc3325.reading import identity_faults
from mcsip.conformance.rule import Faults
from mcsip.conformance.views import MessageSeen


@BOOK.on_message(
    "9.2",
    "values",
    "P-Preferred-Identity holds one sip, sips or tel URI, or a sip or sips URI and a tel URI",
    "request",
    fields=("p-preferred-identity",),
)
def values(seen: MessageSeen) -> Faults:
    """Look at every value of the field."""
    if seen.message is None:
        return None
    return identity_faults(seen.message, "p-preferred-identity")
