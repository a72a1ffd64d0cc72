"""RFC 3261 8.1.1.8, Contact."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import contacts, items, party, shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.errors import PeerError
from mcsip.sip.message import Request
from mcsip.sip.uri import SipUri


@BOOK.on_message("8.1.1.8", "contact", "An INVITE has one Contact, a SIP or SIPS URI", "INVITE")
def contact(seen: MessageSeen) -> Faults:
    """Look at INVITEs that establish a dialog."""
    message = seen.message
    to = None if message is None else party(message, "to")
    if message is None or to is None or to.tag is not None:
        return None
    found = contacts(message)
    if found is None:
        return None
    if len(found) != 1:
        return [Fault("exactly one Contact", f"{len(found)} of them", field="contact")]
    if isinstance(found[0].uri, SipUri):
        return ()
    return [Fault("a SIP or SIPS URI", shown(str(found[0].uri)), field="contact")]


@BOOK.on_message(
    "8.1.1.8",
    "sips-contact",
    "Contact is a SIPS URI where the Request-URI or the first Route is one",
    "INVITE",
)
def sips_contact(seen: MessageSeen) -> Faults:
    """Look at requests that ask for SIPS."""
    request = seen.message
    if not isinstance(request, Request):
        return None
    if not request.uri.startswith("sips:") and not _first_route_is_sips(request):
        return None
    found = contacts(request)
    if not found:
        return None
    wrong = [each for each in found if each.uri.scheme != "sips"]
    return [Fault("a SIPS URI", shown(str(each.uri)), field="contact") for each in wrong]


def _first_route_is_sips(request: Request) -> bool:
    if request.first("route") is None or not items(request, "route"):
        return False
    try:
        return request.routes[0].uri.scheme == "sips"
    except PeerError:
        return False
