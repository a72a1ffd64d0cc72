"""RFC 6050 4.1, the P-Asserted-Service field: service identifiers (4.3) and nothing else."""

from mcsip.conformance.rfc6050.book import BOOK
from mcsip.conformance.rfc6050.reading import service_faults
from mcsip.conformance.rule import Faults
from mcsip.conformance.views import MessageSeen


@BOOK.on_message(
    "4.1",
    "values",
    "P-Asserted-Service holds service identifiers (urn:urn-7:…)",
    "request",
    fields=("p-asserted-service",),
)
def values(seen: MessageSeen) -> Faults:
    """Look at every value of the field."""
    if seen.message is None:
        return None
    return service_faults(seen.message, "p-asserted-service")
