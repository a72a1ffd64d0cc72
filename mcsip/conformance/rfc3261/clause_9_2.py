"""RFC 3261 9.2, CANCEL: server behaviour."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import distinct
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import TransactionSeen

#: 487 ends the INVITE, never the CANCEL (21.4.25); a CANCEL cannot be challenged (9.2).
_NEVER = {
    487: "200 or 481; 487 is the answer to the INVITE",
    401: "no challenge: a CANCEL cannot be sent again",
    407: "no challenge: a CANCEL cannot be sent again",
}


@BOOK.on_transaction("9.2", "answer", "A CANCEL is not answered 487, and not challenged", "CANCEL")
def answer(seen: TransactionSeen) -> Faults:
    """Look at the answers to a CANCEL."""
    if seen.request.method != "CANCEL":
        return None
    responses = distinct(seen.responses)
    if not responses:
        return None
    return [
        Fault(
            _NEVER[response.status],
            f"{response.status}",
            number=entry.number,
            text=response.start_line.encode("utf-8", "surrogateescape"),
        )
        for entry, response in responses
        if response.status in _NEVER
    ]
