"""What several clauses of TS 24.379 ask of a request."""

from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.sip.message import Request


def event_faults(seen: MessageSeen, wanted: str) -> Faults:
    """Return what is wrong with the event package of a request, which should be ``wanted``."""
    message = seen.message
    if not isinstance(message, Request):
        return None
    event = message.first("event")
    if event is not None and event.partition(";")[0].strip() == wanted:
        return ()
    said = "no Event field" if event is None else f"Event: {event[:80]}"
    return (Fault(f"Event: {wanted}", said, field="" if event is None else "event"),)
