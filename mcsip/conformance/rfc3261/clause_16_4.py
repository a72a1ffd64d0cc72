"""RFC 3261 16.4, route information preprocessing."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import attempt, shown, target_of
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import Passage
from mcsip.sip.message import Request
from mcsip.sip.transport_rules import DEFAULT_PORT
from mcsip.sip.uri import SipUri


@BOOK.on_passage("16.4", "own-route", "A proxy takes the Route value off that names itself")
def own_route(seen: Passage) -> Faults:
    """Look whether the first Route that came, naming the proxy, is still there."""
    route = _first_route(seen.incoming.request)
    if route is None or not seen.outgoing or not _names(seen, route):
        return None
    return [
        Fault(
            f"Route without {shown(str(route))}",
            shown(each.request.first("route") or ""),
            number=each.requests[0].number,
            field="route",
        )
        for each in seen.outgoing
        if each.requests and _first_route(each.request) == route
    ]


def _first_route(request: Request) -> SipUri | None:
    """Return the URI of the first Route, or None."""
    if request.first("route") is None:
        return None
    routes = attempt(lambda: request.routes)
    uri = routes[0].uri if routes else None
    return uri if isinstance(uri, SipUri) else None


def _names(seen: Passage, uri: SipUri) -> bool:
    """Tell whether a URI is of the proxy: an address at which it got the request, or its name."""
    if uri.host.lower() in (host.lower() for host in seen.node.hosts):
        return True
    here = {target_of(entry) for entry in (*seen.incoming.requests, *seen.incoming.arrivals)}
    return any((uri.host, uri.port or DEFAULT_PORT) == (peer.host, peer.port) for peer in here)
