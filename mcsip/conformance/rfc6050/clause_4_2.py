"""RFC 6050 4.2, the P-Preferred-Service field: service identifiers (4.3) and nothing else."""

from mcsip.conformance.rfc6050.book import BOOK
from mcsip.conformance.rfc6050.reading import service_faults
from mcsip.conformance.rule import Faults
from mcsip.conformance.views import MessageSeen


@BOOK.on_message(
    "4.2",
    "values",
    "P-Preferred-Service holds service identifiers (urn:urn-7:…)",
    "request",
    fields=("p-preferred-service",),
)
def values(seen: MessageSeen) -> Faults:
    """Look at every value of the field."""
    if seen.message is None:
        return None
    return service_faults(seen.message, "p-preferred-service")
