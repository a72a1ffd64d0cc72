"""RFC 3325 5, proxy behaviour: who asserts identities, and whose assertion is none."""

from mcsip.conformance.rfc3325.book import BOOK
from mcsip.conformance.rule import Fault, Faults, Level
from mcsip.conformance.views import MessageSeen, Passage
from mcsip.mc.roles import Role
from mcsip.sip.message import Request


@BOOK.on_message(
    "5",
    "client-prefers",
    "A client prefers an identity, it asserts none: nobody in the trust domain believes it",
    "request",
    level=Level.SHOULD,
)
def client_prefers(seen: MessageSeen) -> Faults:
    """Look for P-Asserted-Identity in a request of a client."""
    if seen.sender.role is not Role.CLIENT or not isinstance(seen.message, Request):
        return None
    if seen.message.first("p-asserted-identity") is None:
        return ()
    field = "p-asserted-identity"
    return (Fault("P-Preferred-Identity, or none", "P-Asserted-Identity", field=field),)


@BOOK.on_passage(
    "5",
    "not-believed",
    "What a client asserts is replaced or removed by the first proxy of the trust domain",
)
def not_believed(seen: Passage) -> Faults:
    """Look for an identity that a client asserted and the SIP core passed on.

    An identity that is also the client's own (in From or preferred) may have been asserted anew.
    """
    incoming = seen.incoming
    if incoming.sender.role is not Role.CLIENT or seen.node.role is not Role.SIP_CORE:
        return None
    said = incoming.request.items("p-asserted-identity")
    if not said or not seen.outgoing:
        return None
    own = {str(incoming.request.from_.uri)}
    own |= {value.strip("<> ") for value in incoming.request.items("p-preferred-identity")}
    return [
        Fault(
            "the identity that the proxy itself asserts, or none",
            "the value that the client wrote",
            number=leg.hop.number,
            field="p-asserted-identity",
            text=value.encode("utf-8", "surrogateescape"),
        )
        for leg in seen.outgoing
        for value in leg.request.items("p-asserted-identity")
        if value in said and value.strip("<> ") not in own
    ]
