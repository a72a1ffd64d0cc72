"""RFC 3261 19.1.1, SIP and SIPS URI components: table 1 says which stand where."""

from functools import lru_cache

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import attempt, contacts, party, shown
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.sip.message import Request
from mcsip.sip.uri import OpaqueUri, SipUri

#: What must not stand in a Request-URI; and in To and From besides.
_NOT_IN_TARGET = frozenset({"method"})
_NOT_IN_PARTY = frozenset({"method", "maddr", "ttl", "transport", "lr"})


@lru_cache(maxsize=4096)
def _forbidden(uri: SipUri | OpaqueUri, params: frozenset[str]) -> str:
    """Return what a URI has that must not stand there, or nothing."""
    if not isinstance(uri, SipUri):
        return ""
    wrong = [name for name, _ in uri.params if name.lower() in params]
    if params is _NOT_IN_PARTY and uri.port is not None:
        wrong.append("port")
    if uri.headers:
        wrong.append("headers")
    return ", ".join(wrong)


@BOOK.on_message(
    "19.1.1",
    "request-uri",
    "A Request-URI has no method parameter and no headers",
    "request",
)
def request_uri(seen: MessageSeen) -> Faults:
    """Look at the Request-URI."""
    request = seen.message
    uri = attempt(lambda: request.target) if isinstance(request, Request) else None
    if not isinstance(request, Request) or uri is None:
        return None
    wrong = _forbidden(uri, _NOT_IN_TARGET)
    if not wrong:
        return ()
    text = request.uri.encode("utf-8", "surrogateescape")
    return [Fault("neither method nor headers", shown(wrong), text=text)]


@BOOK.on_message(
    "19.1.1",
    "parties",
    "The URIs of From and To have no port, method, maddr, ttl, transport, lr and headers",
    "request",
)
def parties(seen: MessageSeen) -> Faults:
    """Look at requests; a response copies them."""
    message = seen.message
    if message is None:
        return None
    faults = []
    for key in ("from", "to"):
        address = party(message, key)
        if address is not None and (wrong := _forbidden(address.uri, _NOT_IN_PARTY)):
            faults.append(Fault(f"a URI without {shown(wrong)}", shown(str(address)), field=key))
    return faults


@BOOK.on_message(
    "19.1.1", "dialog-contact", "The Contact of an INVITE has no method and no headers", "INVITE"
)
def dialog_contact(seen: MessageSeen) -> Faults:
    """Look at the Contact of INVITE."""
    found = None if seen.message is None else contacts(seen.message)
    if not found:
        return None
    return [
        Fault("neither method nor headers", shown(wrong), field="contact")
        for each in found
        if (wrong := _forbidden(each.uri, _NOT_IN_TARGET))
    ]
