"""RFC 3261 7.4.1, message body type (20.15 says the same)."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen


@BOOK.on_message("7.4.1", "content-type", "Content-Type says of what media type the body is")
def content_type(seen: MessageSeen) -> Faults:
    """Look for bodies without a type."""
    message = seen.message
    if message is None or not message.body:
        return None
    if message.first("content-type") is not None:
        return ()
    return [
        Fault(
            "Content-Type, for there is a body",
            f"a body of {len(message.body)} octets and no Content-Type",
            text=message.body[:200],
        )
    ]
