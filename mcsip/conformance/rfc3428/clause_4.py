"""RFC 3428 4, UAC processing: a MESSAGE begins no dialog, and so has nothing that one would need.

The size of a MESSAGE over UDP (clause 8) is judged by the rule of RFC 3261 18.1.1.
"""

from mcsip.conformance.rfc3428.book import BOOK
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.sip.message import Request


@BOOK.on_message("4", "no-contact", "A MESSAGE has no Contact field", "MESSAGE")
def no_contact(seen: MessageSeen) -> Faults:
    """Look for a Contact field in the request."""
    if not isinstance(seen.message, Request):
        return None
    contact = seen.message.first("contact")
    if contact is None:
        return ()
    return (Fault("no Contact field in a MESSAGE", "a Contact field", field="contact"),)


@BOOK.on_message(
    "4", "no-dialog", "A MESSAGE that carries an MC message stands outside of dialogs", "MESSAGE"
)
def no_dialog(seen: MessageSeen) -> Faults:
    """Look for a To tag: neither a MESSAGE nor its 2xx makes a dialog that the next one could use.

    Other MESSAGE requests may be sent within the dialog of a call, so they are not judged.
    """
    if seen.info is None or not isinstance(seen.message, Request):
        return None
    tag = seen.message.to.tag
    if tag is None:
        return ()
    return (Fault("a To field without a tag", f"the tag {tag!r}", field="to"),)
