"""Route information preprocessing: RFC 3261 16.4."""

from dataclasses import replace

from mcsip.sip.address import parse_address
from mcsip.sip.message import Request, RequestDraft
from mcsip.sip.params import without_param
from mcsip.sip.proxy.policy import ProxyPolicy
from mcsip.sip.uri import SipUri, parse_uri


def preprocess(request: Request, policy: ProxyPolicy) -> Request:
    """Return the request without what only led to us, ready for choosing its target (16.4).

    Inner URIs that topology hiding had put into our Record-Route and Contact take their place
    again.

    Raises:
        ParseError: a Route is malformed.
    """
    uri = request.target
    owned = policy.owns(uri)
    if not owned and request.first("route") is None and "maddr" not in request.uri:
        return request
    draft = request.edit()
    if isinstance(uri, SipUri):
        if owned:
            uri = _repair_strict_route(draft, uri, policy)
        uri = _without_own_maddr(draft, uri, policy)
        if owned and uri.user is not None and policy.hiding is not None:
            draft.uri = policy.hiding.uri_of(uri.user) or draft.uri
    _remove_own_route(draft, policy)
    return draft.finish()


def _repair_strict_route(draft: RequestDraft, uri: SipUri, policy: ProxyPolicy) -> SipUri:
    """Undo what a strict router did: the target is the last Route, the Request-URI ours.

    Our values in Record-Route are those of our URIs with ``lr``.
    """
    routes = [field for field in draft.fields if field[0] == "route"]
    if not routes or not uri.is_loose:
        return uri
    items = draft.finish().items("route")
    target = parse_address(items[-1]).uri
    draft.remove("Route")
    for item in [*_inner_routes(uri, policy), *items[:-1]]:
        draft.append("Route", item)
    draft.uri = str(target)
    return target if isinstance(target, SipUri) else uri


def _without_own_maddr(draft: RequestDraft, uri: SipUri, policy: ProxyPolicy) -> SipUri:
    """Take off maddr when it names us, with a port or transport that is not the default (16.4)."""
    maddr = uri.param("maddr")
    if not maddr or not policy.owns(replace(uri, host=maddr)):
        return uri
    params = without_param(without_param(uri.params, "maddr"), "transport")
    uri = replace(uri, port=None, params=params)
    draft.uri = str(uri)
    return uri


def _remove_own_route(draft: RequestDraft, policy: ProxyPolicy) -> None:
    """Remove the first Route when it names us; put the inner ones that it holds in its place."""
    items = draft.finish().items("route")
    if not items:
        return
    uri = parse_address(items[0]).uri
    if not isinstance(uri, SipUri) or not policy.owns(uri):
        return
    draft.remove_first("Route")
    for item in reversed(_inner_routes(uri, policy)):
        draft.prepend("Route", item)


def _inner_routes(uri: SipUri, policy: ProxyPolicy) -> list[str]:
    if uri.user is None or policy.hiding is None:
        return []
    return policy.hiding.routes_of(uri.user) or []


def next_uri(request: Request) -> SipUri | None:
    """Return the URI that a request goes to: its first Route, else its Request-URI (16.6 item 7).

    None when that is no SIP URI.
    """
    routes = request.routes
    uri = routes[0].uri if routes else parse_uri(request.uri)
    return uri if isinstance(uri, SipUri) else None
