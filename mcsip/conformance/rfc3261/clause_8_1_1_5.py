"""RFC 3261 8.1.1.5, CSeq."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.sip.cseq import MAX_CSEQ
from mcsip.sip.message import Request


def cseq_parts(value: str | None) -> tuple[int, str] | None:
    """Return number and method of a CSeq, however large the number, or None: 20.16 tells that."""
    parts = [] if value is None else value.split()
    if len(parts) != 2 or not (parts[0].isascii() and parts[0].isdigit()) or len(parts[0]) > 20:
        return None
    return int(parts[0]), parts[1]


@BOOK.on_message("8.1.1.5", "method", "The method of CSeq is that of the request", "request")
def cseq_method(seen: MessageSeen) -> Faults:
    """Compare the two methods, with their case."""
    request = seen.message
    if not isinstance(request, Request):
        return None
    parts = cseq_parts(request.first("cseq"))
    if parts is None:
        return None
    if parts[1] == request.method:
        return ()
    return [Fault(shown(request.method), shown(parts[1]), field="cseq")]


@BOOK.on_message("8.1.1.5", "number", "The number of CSeq is less than 2**31", "request")
def cseq_number(seen: MessageSeen) -> Faults:
    """Look at the number."""
    message = seen.message
    if message is None:
        return None
    parts = cseq_parts(message.first("cseq"))
    if parts is None:
        return None
    if parts[0] < MAX_CSEQ:
        return ()
    return [Fault(f"a number below {MAX_CSEQ}", str(parts[0]), field="cseq")]
