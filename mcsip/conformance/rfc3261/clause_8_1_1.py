"""RFC 3261 8.1.1, generating the request: the six fields that every request has."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.sip.headers import long_name
from mcsip.sip.message import Request

MANDATORY = ("to", "from", "cseq", "call-id", "max-forwards", "via")


@BOOK.on_message(
    "8.1.1",
    "mandatory-fields",
    "A request has To, From, CSeq, Call-ID, Max-Forwards and Via",
    "request",
)
def mandatory_fields(seen: MessageSeen) -> Faults:
    """Look for a field that is missing."""
    request = seen.message
    if not isinstance(request, Request):
        return None
    first = request.first
    missing = [key for key in MANDATORY if not first(key)]
    if not missing:
        return ()
    names = ", ".join(long_name(key) for key in missing)
    return [
        Fault(
            "To, From, CSeq, Call-ID, Max-Forwards and Via",
            f"{names} missing",
            text=request.start_line.encode("utf-8", "surrogateescape"),
        )
    ]
