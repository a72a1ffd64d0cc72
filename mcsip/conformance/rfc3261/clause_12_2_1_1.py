"""RFC 3261 12.2.1.1, requests within a dialog."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import party, shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen


@BOOK.on_message(
    "12.2.1.1",
    "to-tag",
    "A request that only exists within a dialog has the tag of the other end in To",
    "BYE",
    "INFO",
    "PRACK",
    "UPDATE",
)
def to_tag(seen: MessageSeen) -> Faults:
    """Look for To without tag."""
    message = seen.message
    to = None if message is None else party(message, "to")
    if message is None or to is None:
        return None
    if to.tag is not None:
        return ()
    return [Fault("To with a tag", shown(message.first("to") or ""), field="to")]
