"""Redirection at the client: where to try next, and with which request (RFC 3261 8.1.3.4) [read].

A target set begins with the Request-URI of the first request; 3xx responses add to it, no URI ever
stands in it twice, and it is tried in the order of q.

Deliberately absent: 305 and 380, whose Contact is no new address of the callee (21.3.4, 21.3.5),
and a way from SIPS back to SIP, which 8.1.3.4 leaves to the client.
"""

from collections.abc import Iterable

from mcsip.errors import PeerError
from mcsip.sip.address import Address
from mcsip.sip.dialog import request_uri
from mcsip.sip.headers import canonical, is_list
from mcsip.sip.message import Response
from mcsip.sip.uri import SipUri, parse_uri, same_uri, unescape

#: Responses that name new addresses, RFC 3261 21.3.1 to 21.3.3 [read].
REDIRECTIONS = frozenset({300, 301, 302})
#: How many targets one request has at most [ours]: redirections that never end.
MAX_TARGETS = 10
#: What a URI in a Contact may not put into our request: RFC 3261 19.1.5 names the dangerous ones
#: [read], and what the dialog and the body are made of is ours to write [ours].
REFUSED_HEADERS = frozenset(
    {"accept", "accept-encoding", "accept-language", "allow", "authorization", "body", "call-id"}
    | {"contact", "content-disposition", "content-encoding", "content-language", "content-length"}
    | {"content-type", "cseq", "expires", "from", "max-forwards", "mime-version", "organization"}
    | {"p-asserted-identity", "p-preferred-identity", "proxy-authorization", "proxy-require"}
    | {"record-route", "require", "route", "supported", "to", "user-agent", "via"}
)


class TargetSet:
    """The URIs that were tried, and those that are left.

    Args:
        first: the Request-URI of the first request.
    """

    __slots__ = ("_known", "_left", "_secure")

    def __init__(self, first: str) -> None:
        uri = parse_uri(first)
        self._secure = uri.scheme == "sips"
        self._known = [uri]
        self._left: list[tuple[float, SipUri]] = []

    def add(self, response: Response) -> int:
        """Add the targets of a 3xx, and return how many are left to be tried."""
        if response.status in REDIRECTIONS:
            for contact in _readable(response):
                uri = contact.uri
                if isinstance(uri, SipUri) and self._is_new(uri):
                    self._known.append(parse_uri(request_uri(str(uri))))
                    self._left.append((_q(contact), uri))
            self._left.sort(key=lambda pair: -pair[0])
        return len(self._left)

    @property
    def left(self) -> tuple[str, ...]:
        """The URIs that are left, the next one first."""
        return tuple(str(uri) for _, uri in self._left)

    def next(self) -> SipUri:
        """Take the next URI, as the Contact had it; there must be one left."""
        return self._left.pop(0)[1]

    def _is_new(self, uri: SipUri) -> bool:
        if self._secure and uri.scheme != "sips":
            return False
        bare = parse_uri(request_uri(str(uri)))
        return len(self._known) < MAX_TARGETS and not any(same_uri(bare, k) for k in self._known)


def redirected_fields(fields: Iterable[tuple[str, str]], uri: SipUri) -> list[tuple[str, str]]:
    """Return the fields of the next request: the first one's, and what the URI asks for.

    A value of a list field is appended, another one takes the place of ours (8.1.3.4); what 19.1.5
    calls dangerous is left out.
    """
    made = list(fields)
    for header in uri.headers:
        name, value = map(unescape, header)
        key = canonical(name)
        if key in REFUSED_HEADERS or not _is_field(name, value):
            continue
        if not is_list(key):
            made = [pair for pair in made if canonical(pair[0]) != key]
        made.append((name, value))
    return made


def _is_field(name: str, value: str) -> bool:
    letters = name.replace("-", "")
    return letters.isascii() and letters.isalnum() and value.isprintable()


def _readable(response: Response) -> list[Address]:
    try:
        return response.contacts
    except PeerError:
        return []


def _q(contact: Address) -> float:
    """Return the preference of a Contact, 0 to 1; 1 without one [ours: 20.10 names no default]."""
    text = contact.param("q")
    if text is None or len(text) > 5 or not text.replace(".", "", 1).isdigit():
        return 1.0
    return min(1.0, float(text))
