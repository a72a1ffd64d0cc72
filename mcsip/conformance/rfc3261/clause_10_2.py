"""RFC 3261 10.2, constructing the REGISTER request."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.clause_8_1_1_5 import cseq_parts
from mcsip.conformance.rfc3261.reading import attempt, contacts, makes_requests, party, shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import Call, MessageSeen
from mcsip.sip.message import Request
from mcsip.sip.uri import SipUri


@BOOK.on_message(
    "10.2", "request-uri", "The Request-URI of a REGISTER is a domain, without user", "REGISTER"
)
def request_uri(seen: MessageSeen) -> Faults:
    """Look for a user part."""
    request = seen.message
    if not isinstance(request, Request):
        return None
    uri = attempt(lambda: request.target)
    if not isinstance(uri, SipUri):
        return None
    if uri.user is None:
        return ()
    text = request.uri.encode("utf-8", "surrogateescape")
    return [Fault(f"{uri.scheme}:{uri.host}", shown(request.uri), text=text)]


@BOOK.on_message(
    "10.2", "address-of-record", "The To of a REGISTER is a SIP or SIPS URI", "REGISTER"
)
def address_of_record(seen: MessageSeen) -> Faults:
    """Look at the scheme."""
    to = None if seen.message is None else party(seen.message, "to")
    if to is None:
        return None
    if isinstance(to.uri, SipUri):
        return ()
    return [Fault("a SIP or SIPS URI", shown(str(to.uri)), field="to")]


@BOOK.on_message(
    "10.2.2", "star", "Contact * stands alone, and only together with Expires: 0", "REGISTER"
)
def star(seen: MessageSeen) -> Faults:
    """Look at REGISTER requests that remove all bindings."""
    message = seen.message
    found = None if message is None else contacts(message)
    if message is None or not found or not any(str(each.uri) == "*" for each in found):
        return None
    if len(found) > 1:
        return [Fault("* as the only Contact", f"{len(found)} values", field="contact")]
    if attempt(lambda: message.expires) == 0:
        return ()
    expires = shown(message.first("expires") or "none")
    return [Fault("Expires: 0", f"Expires: {expires}", field="contact")]


@BOOK.on_call("10.2", "cseq", "CSeq rises with each REGISTER of the same Call-ID")
def rising(call: Call) -> Faults:
    """Compare the numbers; one that is left out may have gone to another registrar."""
    last: dict[str, int] = {}
    judged = False
    faults = []
    for each in call.transactions:
        parts = cseq_parts(each.request.first("cseq"))
        if each.request.method != "REGISTER" or parts is None or not each.requests:
            continue
        before = last.get(each.sender.name)
        last[each.sender.name] = parts[0]
        if before is None:
            continue
        judged = True
        if parts[0] < before or (parts[0] == before and makes_requests(each.sender)):
            at = each.requests[0].number
            expected = f"a number above {before}"
            faults.append(Fault(expected, str(parts[0]), number=at, field="cseq"))
    return faults if judged else None
