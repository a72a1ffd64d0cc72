"""RFC 3261 8.1.1.2, To."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import party, shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.sip.message import Request


@BOOK.on_message(
    "8.1.1.2",
    "no-to-tag",
    "The To of a request outside of a dialog has no tag",
    "REGISTER",
    "PUBLISH",
    "MESSAGE",
)
def no_to_tag(seen: MessageSeen) -> Faults:
    """Look at requests that are outside of dialogs for certain.

    A REGISTER or PUBLISH never is in a dialog; nor is a MESSAGE of a migration procedure.
    """
    request = seen.message
    if not isinstance(request, Request) or (request.method == "MESSAGE" and seen.info is None):
        return None
    to = party(request, "to")
    if to is None:
        return None
    if to.tag is None:
        return ()
    return [Fault("To without tag", f"tag {shown(to.tag)}", field="to")]
