"""Request forwarding: RFC 3261 16.6, its items in order.

Here are items 1 to 6 and 9, which make the message. Item 7 (the next hop) is the caller's, who
chooses the target; item 8 (Via) and 10 (sending) are the stack's; item 11 (Timer C) is the response
context's.
"""

from dataclasses import replace

from mcsip.sip.field import Field, make_field
from mcsip.sip.message import Request
from mcsip.sip.params import without_param
from mcsip.sip.proxy.policy import DIALOG_METHODS, MAX_FORWARDS, ProxyPolicy, Side
from mcsip.sip.uri import SipUri, parse_uri


def forward_request(
    request: Request,
    policy: ProxyPolicy,
    *,
    uri: str | None = None,
    side: Side = Side.NONE,
    arrived: Request | None = None,
) -> Request:
    """Return the request as it is forwarded, without our Via.

    Args:
        request: the request after ``route.preprocess``.
        policy: the proxy's.
        uri: the target's URI; None: the Request-URI stays.
        side: whether it leaves or enters the inner system.
        arrived: the request as it was received; None: it is ``request``.

    Raises:
        ParseError: Max-Forwards, or a field that hiding must read, is malformed.
    """
    arrived = arrived or request
    hiding = policy.hiding
    record = policy.record_route and request.method in DIALOG_METHODS
    fields = list(request.fields)  # item 1: a copy
    new_uri = request.uri if uri is None else _allowed_uri(uri)  # item 2
    _count_hop(request, fields)  # item 3
    if record and not (side is Side.OUTWARD and hiding):
        route_uri = policy.route_uri
        if side is Side.INWARD and hiding:
            route_uri = hiding.inner_route(route_uri, arrived)
        fields.insert(0, make_field("Record-Route", f"<{route_uri}>"))  # item 4
    if request.first("content-length") is None:  # item 9
        fields.append(make_field("Content-Length", str(len(request.body))))
    if hiding is not None:  # item 5: what else policy adds, or here: hides
        if side is Side.OUTWARD:
            fields = hiding.outgoing_fields(fields, arrived, record=record)
        elif side is Side.INWARD:
            fields = hiding.incoming_fields(fields, arrived)
    forwarded = Request(request.method, new_uri, tuple(fields), request.body)
    if request.first("route") is not None:
        forwarded = _serve_strict_router(forwarded)  # item 6
    return forwarded


def _allowed_uri(uri: str) -> str:
    """Item 2: the target's URI without the parts that a Request-URI must not have (19.1.1)."""
    if ";" not in uri and "?" not in uri:
        return uri
    parsed = parse_uri(uri)
    if not isinstance(parsed, SipUri):
        return uri
    return str(replace(parsed, params=without_param(parsed.params, "method"), headers=()))


def _count_hop(request: Request, fields: list[Field]) -> None:
    """Item 3: one hop less; 70 where there was no Max-Forwards."""
    hops = request.max_forwards
    if hops is None:
        fields.append(_HOPS[MAX_FORWARDS])
        return
    counted = _HOPS[max(0, hops - 1)]
    for position, field in enumerate(fields):
        if field[0] == "max-forwards":
            fields[position] = counted
            return


def _serve_strict_router(request: Request) -> Request:
    """Item 6: when the first Route is a strict router, it becomes the Request-URI.

    The Request-URI goes to the end of the Route list, for the last hop.
    """
    routes = request.routes
    if not routes or not isinstance(first := routes[0].uri, SipUri) or first.is_loose:
        return request
    draft = request.edit()
    draft.remove_first("Route")
    draft.append("Route", f"<{request.uri}>")
    draft.uri = str(first)
    return draft.finish()


_HOPS = tuple(make_field("Max-Forwards", str(hops)) for hops in range(256))
