"""RFC 3261 8.1.1.3, From."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import party, shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen


@BOOK.on_message("8.1.1.3", "from-tag", "The From of a request has a tag", "request")
def from_tag(seen: MessageSeen) -> Faults:
    """Look for a From without tag."""
    message = seen.message
    if message is None:
        return None
    sender = party(message, "from")
    if sender is None:
        return None
    if sender.tag is not None:
        return ()
    return [Fault("From with a tag", shown(message.first("from") or ""), field="from")]
