"""TS 24.379 9A, functional alias: PUBLISH of presence information [2nd]."""

from mcsip.conformance.bodies import parts_of
from mcsip.conformance.rule import Faults
from mcsip.conformance.ts24379.book import BOOK
from mcsip.conformance.ts24379.reading import event_faults
from mcsip.conformance.views import MessageSeen
from mcsip.mc.functional_alias import EVENT as PRESENCE
from mcsip.mc.functional_alias import PIDF_TYPE
from mcsip.mc.source import Grade
from mcsip.mc.xml import BodyError


@BOOK.on_message(
    "9A",
    "presence-event",
    "A PUBLISH of presence information (functional alias, affiliation) is one of Event: presence",
    "PUBLISH",
    grade=Grade.SECOND,
)
def presence_event(seen: MessageSeen) -> Faults:
    """Look at the event package of a PUBLISH with presence information."""
    parts = None if seen.message is None else parts_of(seen.message)
    if parts is None or isinstance(parts, BodyError):
        return None
    if not any(part.media_type == PIDF_TYPE for part in parts):
        return None
    return event_faults(seen, PRESENCE)
