"""The registrar of a SIP core: bindings of addresses-of-record, in memory (RFC 3261 section 10.3).

``handle_register`` takes a REGISTER request and gives its response; ``bindings`` answers where an
address-of-record is reachable now. Authentication at the SIP core is deliberately absent: which SIP
identities a UE may use is decided where it gets them (TS 23.280 10.1.6.2) [read].
"""

import sys
from dataclasses import dataclass

from mcsip.sip.address import Address
from mcsip.sip.build import build_response
from mcsip.sip.errors import ParseError
from mcsip.sip.message import Request, Response
from mcsip.sip.stack import Source, Target
from mcsip.sip.uri import SipUri

#: Expiry of a binding when the request does not ask for one, RFC 3261 10.2.1.1 [gen].
DEFAULT_EXPIRES_S = 3600
#: Shortest expiry that is accepted, RFC 3261 10.3 item 7 leaves it to the registrar [ours].
MIN_EXPIRES_S = 10
#: How many contacts one address-of-record may have [ours].
MAX_CONTACTS = 10
#: How many addresses-of-record may be bound at a time: REGISTER is not authenticated, and whoever
#: sends one must not fill the memory [ours].
MAX_RECORDS = 1_000_000
#: From how many addresses-of-record on those that expired are looked for, at each doubling [ours].
FIRST_SWEEP = 1_000


@dataclass(frozen=True, slots=True)
class Binding:
    """One contact of an address-of-record.

    Attributes:
        uri: the URI of the contact as registered.
        target: where requests for it are sent; over the connection of its REGISTER while that
            lasts.
        expires_at: when the binding ends, in seconds of the monotonic clock.
        call_id: Call-ID of the REGISTER that made it.
        cseq: CSeq number of that REGISTER.
    """

    uri: str
    target: Target
    expires_at: float
    call_id: str
    cseq: int


def address_of_record(uri: SipUri) -> str:
    """Return the canonical form of an address-of-record: no parameters (RFC 3261 10.3 item 5)."""
    user = f"{uri.user}@" if uri.user else ""
    return f"{uri.scheme}:{user}{uri.host.lower()}"


class Registrar:
    """The bindings of one domain.

    Args:
        domain: the domain whose addresses-of-record are accepted, in lower case.
        visitors_from: domains whose users register under their own IDs, because the system issues
            none to visitors (TR 23.781 [seed]).
    """

    def __init__(self, domain: str, visitors_from: frozenset[str] = frozenset()) -> None:
        self._domains = visitors_from | {domain}
        self._bindings: dict[str, tuple[Binding, ...]] = {}
        self._sweep_at = FIRST_SWEEP

    def __len__(self) -> int:
        """Return how many addresses-of-record are kept, also those that expired meanwhile."""
        return len(self._bindings)

    def is_for(self, uri: SipUri) -> bool:
        """Tell whether addresses-of-record of a domain are registered here."""
        return uri.host.lower() in self._domains

    def bindings(self, uri: SipUri, now: float) -> list[Binding]:
        """Return the live bindings of an address-of-record, the newest first."""
        found = self._bindings.get(address_of_record(uri), ())
        return [binding for binding in reversed(found) if binding.expires_at > now]

    def handle_register(
        self, request: Request, source: Source, now: float, to_tag: str
    ) -> Response:
        """Process a REGISTER and return its response (RFC 3261 10.3, items 3 to 8)."""
        try:
            uri = request.to.uri
            if not isinstance(uri, SipUri):  # RFC 4475 3.3.4
                return build_response(request, 400, "To is no SIP URI", to_tag=to_tag)
            if uri.host.lower() not in self._domains:  # item 5
                return build_response(request, 404, to_tag=to_tag)
            return self._update(request, address_of_record(uri), source, now, to_tag)
        except ParseError as fault:
            return build_response(request, 400, fault.message, to_tag=to_tag)

    def _update(
        self, request: Request, record: str, source: Source, now: float, to_tag: str
    ) -> Response:
        known = {
            binding.uri: binding
            for binding in self._bindings.get(record, ())
            if binding.expires_at > now
        }
        contacts = request.contacts
        call_id, cseq = request.call_id, request.cseq.number
        if any(b.call_id == call_id and b.cseq >= cseq for b in known.values()) and contacts:
            return build_response(request, 500, "CSeq out of order", to_tag=to_tag)  # item 7
        if any(str(contact.uri) == "*" for contact in contacts):
            if len(contacts) != 1 or request.expires != 0:
                return build_response(
                    request, 400, "Contact * needs Expires 0", to_tag=to_tag
                )  # item 6
            known.clear()
        else:
            for contact in contacts:
                expires_s = _expires_s(contact, request)
                if 0 < expires_s < MIN_EXPIRES_S:
                    field = ("Min-Expires", str(MIN_EXPIRES_S))
                    return build_response(request, 423, to_tag=to_tag, fields=[field])
                uri = str(contact.uri)
                known.pop(uri, None)
                if expires_s and len(known) < MAX_CONTACTS:
                    known[uri] = Binding(
                        uri, _target(contact, source), now + expires_s, call_id, cseq
                    )
        if known:
            if record not in self._bindings and not self._has_room(now):
                return build_response(request, 503, to_tag=to_tag)  # RFC 3261 21.5.4
            self._bindings[record] = tuple(known.values())
        else:
            self._bindings.pop(record, None)
        fields = [
            ("Contact", f"<{b.uri}>;expires={round(b.expires_at - now)}") for b in known.values()
        ]
        return build_response(request, 200, to_tag=to_tag, fields=fields)

    def _has_room(self, now: float) -> bool:
        """Tell whether one more address-of-record may be bound; forget those that expired."""
        if len(self._bindings) >= self._sweep_at:
            self._bindings = {
                record: known
                for record, known in self._bindings.items()
                if any(binding.expires_at > now for binding in known)
            }
            self._sweep_at = min(max(FIRST_SWEEP, 2 * len(self._bindings)), MAX_RECORDS)
        return len(self._bindings) < MAX_RECORDS


def _expires_s(contact: Address, request: Request) -> int:
    """Return how long a contact wants to be bound, in seconds (RFC 3261 10.3 item 7)."""
    asked = contact.param("expires")
    if asked is not None and asked.isascii() and asked.isdigit():
        return min(int(asked), DEFAULT_EXPIRES_S)
    whole = request.expires
    return DEFAULT_EXPIRES_S if whole is None else min(whole, DEFAULT_EXPIRES_S)


def _target(contact: Address, source: Source) -> Target:
    """Return where requests for a contact go.

    Over a stream they go back over the connection of the REGISTER while it is open, as a UE behind
    a NAT needs it (RFC 5626 in spirit) [ours].
    """
    uri = contact.uri
    if not isinstance(uri, SipUri):
        raise ParseError(f"Contact is not a SIP URI: {uri}")
    transport = uri.transport or source.transport
    default_port = 5061 if transport == "TLS" else 5060  # RFC 3261 19.1.2
    flow = source.flow if transport == source.transport else None
    host = sys.intern(uri.host)  # thousands of clients are behind one address
    return Target(transport, host, uri.port or default_port, flow)
