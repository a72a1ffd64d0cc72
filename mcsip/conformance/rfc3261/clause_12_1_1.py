"""RFC 3261 12.1.1, creation of a dialog: UAS behaviour (13.3.1.1 for provisional responses)."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import Answered, contacts, distinct, items, party, shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import TransactionSeen
from mcsip.sip.message import Response
from mcsip.sip.uri import SipUri


def _establishing(seen: TransactionSeen) -> list[Answered]:
    """Return the responses that make a dialog: 2xx, and 101 to 199 with a To tag (12.1)."""
    request = seen.request
    if request.method != "INVITE":
        return []
    to = party(request, "to")
    if to is None or to.tag is not None:
        return []
    return [
        (entry, response)
        for entry, response in distinct(seen.responses)
        if 200 <= response.status < 300 or (100 < response.status < 200 and _tagged(response))
    ]


def _tagged(response: Response) -> bool:
    to = party(response, "to")
    return to is not None and to.tag is not None


@BOOK.on_transaction(
    "12.1.1",
    "record-route",
    "A response that makes a dialog has the Record-Route of the request",
    "INVITE",
)
def record_route(seen: TransactionSeen) -> Faults:
    """Compare the lists.

    On the way proxies further down have added theirs above; those of the request stand last.
    """
    sent = items(seen.request, "record-route")
    establishing = _establishing(seen) if sent else []
    if not establishing:
        return None
    faults = []
    for entry, response in establishing:
        got = items(response, "record-route")
        if got[-len(sent) :] != sent:
            actual = shown(", ".join(got)) or "no Record-Route"
            expected = shown(", ".join(sent))
            faults.append(Fault(expected, actual, number=entry.number, field="record-route"))
    return faults


@BOOK.on_transaction(
    "12.1.1", "contact", "A response that makes a dialog has a Contact, a SIP or SIPS URI", "INVITE"
)
def contact(seen: TransactionSeen) -> Faults:
    """Look for Contact."""
    establishing = _establishing(seen)
    if not establishing:
        return None
    faults = []
    for entry, response in establishing:
        found = contacts(response)
        if found is None:
            continue
        if not found:
            line = response.start_line.encode("utf-8", "surrogateescape")
            faults.append(Fault("a Contact", "none", number=entry.number, text=line))
        elif not isinstance(found[0].uri, SipUri):
            actual = shown(str(found[0].uri))
            faults.append(Fault("a SIP or SIPS URI", actual, number=entry.number, field="contact"))
    return faults


@BOOK.on_transaction(
    "12.1.1", "sips-contact", "Contact is a SIPS URI where the request has asked for SIPS", "INVITE"
)
def sips_contact(seen: TransactionSeen) -> Faults:
    """Look at the dialogs of requests whose Request-URI is a SIPS URI."""
    if not seen.request.uri.startswith("sips:"):
        return None
    found = [(entry, contacts(response) or []) for entry, response in _establishing(seen)]
    if not any(each for _, each in found):
        return None
    return [
        Fault("a SIPS URI", shown(str(each[0].uri)), number=entry.number, field="contact")
        for entry, each in found
        if each and each[0].uri.scheme != "sips"
    ]
