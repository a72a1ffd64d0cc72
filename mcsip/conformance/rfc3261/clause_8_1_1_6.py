"""RFC 3261 8.1.1.6, Max-Forwards."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import items
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.views import MessageSeen
from mcsip.mc.roles import Role
from mcsip.sip.build import MAX_FORWARDS


@BOOK.on_message(
    "8.1.1.6",
    "initial-value",
    "Max-Forwards starts at 70",
    "request",
    level=Level.SHOULD,
)
def initial_value(seen: MessageSeen) -> Faults:
    """Look at the requests of clients; a server may go on with the count of the leg before."""
    message = seen.message
    if message is None or seen.sender.role is not Role.CLIENT:
        return None
    value = message.first("max-forwards")
    if value is None or len(items(message, "via")) != 1:
        return None
    if value == str(MAX_FORWARDS):
        return ()
    return [
        Fault(f"Max-Forwards: {MAX_FORWARDS}", f"Max-Forwards: {value[:20]}", field="max-forwards")
    ]
