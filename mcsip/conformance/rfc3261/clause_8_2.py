"""RFC 3261 8.2.1 to 8.2.4: what the refusal of a request says, so that the next one does better.

Sections 16.3, 21.4.6, 21.4.13, 21.4.15 and 21.4.16 say the same.
"""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import distinct, items, shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen, TransactionSeen
from mcsip.sip.headers import long_name
from mcsip.sip.message import Response


def lacks(seen: MessageSeen, status: int, *keys: str) -> Faults:
    """Tell of a response of this status that has none of the fields that the status asks for."""
    response = seen.message
    if not isinstance(response, Response) or response.status != status:
        return None
    if any(response.first(key) is not None for key in keys):
        return ()
    names = " or ".join(long_name(key) for key in keys)
    line = response.start_line.encode("utf-8", "surrogateescape")
    return [Fault(f"{names} in a {status}", "no such field", text=line)]


@BOOK.on_message("8.2.1", "allow", "A 405 lists the methods that are supported", "response")
def allow(seen: MessageSeen) -> Faults:
    """Look for Allow."""
    return lacks(seen, 405, "allow")


@BOOK.on_message(
    "8.2.2.3", "unsupported", "A 420 lists the extensions that are not understood", "response"
)
def unsupported(seen: MessageSeen) -> Faults:
    """Look for Unsupported."""
    return lacks(seen, 420, "unsupported")


@BOOK.on_transaction(
    "8.2.2.3", "unsupported-asked", "Unsupported lists only what the request has asked for"
)
def unsupported_asked(seen: TransactionSeen) -> Faults:
    """Compare Unsupported with Require and Proxy-Require."""
    refusals = [
        (entry, response)
        for entry, response in distinct(seen.responses)
        if response.status == 420 and response.first("unsupported") is not None
    ]
    if not refusals:
        return None
    request = seen.request
    asked = {tag.lower() for key in ("require", "proxy-require") for tag in items(request, key)}
    faults: list[Fault] = []
    for entry, response in refusals:
        wrong = [tag for tag in items(response, "unsupported") if tag.lower() not in asked]
        if wrong:
            expected = f"option tags of the request ({', '.join(sorted(asked)) or 'it has none'})"
            actual = shown(", ".join(wrong))
            faults.append(Fault(expected, actual, number=entry.number, field="unsupported"))
    return faults


@BOOK.on_message("8.2.3", "accept", "A 415 says what content is understood", "response")
def accept(seen: MessageSeen) -> Faults:
    """Look for Accept, Accept-Encoding or Accept-Language, whichever it is about."""
    return lacks(seen, 415, "accept", "accept-encoding", "accept-language")


@BOOK.on_message("8.2.4", "require", "A 421 lists the extensions that are needed", "response")
def require(seen: MessageSeen) -> Faults:
    """Look for Require."""
    return lacks(seen, 421, "require")
