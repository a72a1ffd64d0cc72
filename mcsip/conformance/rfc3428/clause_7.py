"""RFC 3428 7, UAS processing: what the 2xx of a MESSAGE must not have."""

from mcsip.conformance.rfc3428.book import BOOK
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.mc.source import Grade
from mcsip.sip.message import Response


def _success(seen: MessageSeen) -> Response | None:
    """Return the 2xx to a MESSAGE, or None when it is something else."""
    message = seen.message
    if not isinstance(message, Response) or not 200 <= message.status < 300:
        return None
    cseq = message.first("cseq")
    return message if cseq is not None and cseq.endswith(" MESSAGE") else None


@BOOK.on_message("7", "no-body", "A 2xx to a MESSAGE has no body", "response", grade=Grade.SECOND)
def no_body(seen: MessageSeen) -> Faults:
    """Look for a body: the outcome travels in a MESSAGE of its own, never in the answer."""
    response = _success(seen)
    if response is None:
        return None
    if not response.body:
        return ()
    said = f"a body of {len(response.body)} octets ({response.content_type or 'of no type'})"
    return (Fault("no body in the 2xx to a MESSAGE", said, text=response.body),)


@BOOK.on_message(
    "7", "no-contact", "A 2xx to a MESSAGE has no Contact field", "response", grade=Grade.SECOND
)
def no_contact(seen: MessageSeen) -> Faults:
    """Look for a Contact field in the answer."""
    response = _success(seen)
    if response is None:
        return None
    if response.first("contact") is None:
        return ()
    return (Fault("no Contact field in the 2xx to a MESSAGE", "a Contact field", field="contact"),)
