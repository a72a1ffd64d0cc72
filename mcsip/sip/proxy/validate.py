"""Request validation: RFC 3261 16.3, one function for each of its items.

Only what the proxy needs must be well-formed; everything else goes on as it came (16.3 item 1).
Proxy-Authorization (item 6) is not asked for: access is decided by the nodes.
"""

from collections.abc import Callable
from typing import NamedTuple

from mcsip.errors import PeerError
from mcsip.sip.build import build_response
from mcsip.sip.headers import long_name
from mcsip.sip.ids import IdSource
from mcsip.sip.message import Request, Response
from mcsip.sip.proxy.policy import ProxyPolicy
from mcsip.sip.via import parse_via

_MANDATORY = ("via", "from", "to", "call-id", "cseq")  # RFC 3261 8.1.1

#: Gives the request that we forwarded under a branch that is still open, as it was received.
Forwarded = Callable[[str], Request | None]


class Fault(NamedTuple):
    """Why a request must not be forwarded: what answers it.

    Attributes:
        status: the status code.
        reason: the reason phrase; None: the usual one.
        fields: further fields of the answer.
    """

    status: int
    reason: str | None = None
    fields: tuple[tuple[str, str], ...] = ()


def check_request(request: Request, policy: ProxyPolicy, forwarded: Forwarded) -> Fault | None:
    """Return why a request must not be forwarded, or None (16.3).

    Args:
        request: the request as it was received.
        policy: the proxy's.
        forwarded: finds what we forwarded under a branch.
    """
    try:
        return (
            _check_syntax(request)
            or _check_scheme(request, policy)
            or _check_max_forwards(request)
            or _check_loop(request, policy, forwarded)
            or _check_proxy_require(request, policy)
        )
    except PeerError as error:
        return Fault(error.status, error.message)


def refuse(request: Request, fault: Fault, ids: IdSource) -> Response:
    """Return our own answer to a request; its To gets a tag where it can be read."""
    status, reason, fields = fault
    try:
        return build_response(request, status, reason, to_tag=ids.token(), fields=fields)
    except PeerError:
        return build_response(request, status, reason, fields=fields)


def _check_syntax(request: Request) -> Fault | None:
    """16.3 item 1: reasonable syntax, of what follows below and in 16.6."""
    first = request.first
    for key in _MANDATORY:
        if not first(key):
            return Fault(400, f"{long_name(key)} is missing")
    return None


def _check_scheme(request: Request, policy: ProxyPolicy) -> Fault | None:
    """16.3 item 2: a URI scheme that the proxy understands."""
    if request.uri.partition(":")[0].lower() not in policy.schemes:
        return Fault(416)
    return None


def _check_max_forwards(request: Request) -> Fault | None:
    """16.3 item 3: hops left; OPTIONS may be answered by the proxy itself (11.2)."""
    if request.max_forwards != 0:
        return None
    return Fault(200 if request.method == "OPTIONS" else 483)


def _check_loop(request: Request, policy: ProxyPolicy, forwarded: Forwarded) -> Fault | None:
    """16.3 item 4: a request that we forwarded and that comes back unchanged is a loop.

    One that comes back changed is a spiral, and goes on (16.6 item 8). A stateful proxy needs no
    hash in its branch: what it forwarded is still there to compare with.
    """
    for line in request.values("via"):
        lowered = line.lower()
        for name in policy.sent_by:
            if name in lowered:
                return _check_own_via(request, policy, forwarded)
    return None


def _check_own_via(request: Request, policy: ProxyPolicy, forwarded: Forwarded) -> Fault | None:
    for text in request.items("via"):
        via = parse_via(text)
        if (via.host.lower(), via.port or 5060) not in policy.own:
            continue
        earlier = forwarded(via.branch or "")
        if earlier is not None and _loop_key(earlier) == _loop_key(request):
            return Fault(482)
    return None


def _loop_key(request: Request) -> tuple[object, ...]:
    """Return what two passes of the same request have in common (16.6 item 8)."""
    return (
        request.uri,
        request.method,
        request.call_id,
        request.first("cseq"),
        request.first("from"),
        request.first("to"),
        request.values("route"),
        request.values("proxy-require"),
        request.values("proxy-authorization"),
    )


def _check_proxy_require(request: Request, policy: ProxyPolicy) -> Fault | None:
    """16.3 item 5: extensions that the proxy must support."""
    if request.first("proxy-require") is None:
        return None
    unknown = [tag for tag in request.items("proxy-require") if tag not in policy.extensions]
    return Fault(420, None, (("Unsupported", ", ".join(unknown)),)) if unknown else None
