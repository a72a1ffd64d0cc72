"""RFC 3261 18.3, framing: Content-Length on streams."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.sip.transport_rules import is_reliable


@BOOK.on_message("18.3", "content-length", "A message on a stream has a Content-Length")
def content_length(seen: MessageSeen) -> Faults:
    """Look for the field."""
    message = seen.message
    if message is None or not is_reliable(seen.entry.transport):
        return None
    if message.first("content-length") is not None:
        return ()
    line = message.start_line.encode("utf-8", "surrogateescape")
    return [Fault("a Content-Length", f"none, over {seen.entry.transport}", text=line)]
