"""RFC 3261 21, response codes."""

from http import HTTPStatus

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import shown
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.views import MessageSeen
from mcsip.sip.message import Response
from mcsip.sip.status import REASON_PHRASES

#: Codes of HTTP that SIP has not taken over.
_ONLY_HTTP = frozenset(int(status) for status in HTTPStatus) - frozenset(REASON_PHRASES)


@BOOK.on_message(
    "21", "sip-code", "A response has no code that only HTTP knows", "response", level=Level.SHOULD
)
def sip_code(seen: MessageSeen) -> Faults:
    """Look at the code; a code that nobody knows counts as x00 of its class (8.1.3.2)."""
    response = seen.message
    if not isinstance(response, Response):
        return None
    if response.status not in _ONLY_HTTP:
        return ()
    line = response.start_line.encode("utf-8", "surrogateescape")
    return [Fault("a code of SIP", shown(response.start_line), text=line)]
