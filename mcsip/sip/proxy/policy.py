"""What a proxy may decide for itself (RFC 3261 16): plain data."""

from dataclasses import dataclass, field
from enum import Enum

from mcsip.sip.proxy.hiding import TopologyHiding
from mcsip.sip.timers import TIMER_C
from mcsip.sip.uri import OpaqueUri, SipUri

#: Max-Forwards that a proxy adds where there is none (RFC 3261 16.6 item 3) [read].
MAX_FORWARDS = 70
#: Requests that are record-routed: those that make dialogs, RFC 3261 12.1, RFC 6665 4.1, RFC 3515.
DIALOG_METHODS = frozenset({"INVITE", "SUBSCRIBE", "REFER"})

_DEFAULT_PORTS = {"sip": 5060, "sips": 5061}


class Side(Enum):
    """Which way a request goes through a gateway."""

    NONE = "none"  # inside one system: nothing is hidden
    OUTWARD = "outward"  # from the inner system to another one
    INWARD = "inward"  # from another system to the inner one


@dataclass(frozen=True, slots=True)
class ProxyPolicy:
    """How one proxy behaves.

    Attributes:
        own: (host in lower case, port) by which it is addressed in Route, Request-URI and Via.
        route_uri: the URI that it puts into Record-Route towards its own system, with ``lr``.
        record_route: whether it stays in the path of dialogs (16.6 item 4).
        hiding: topology hiding towards other systems, or None.
        schemes: URI schemes of Request-URIs that it can route (16.3 item 2).
        extensions: option tags of Proxy-Require that it supports (16.3 item 5).
        timer_c_s: Timer C in seconds (16.6 item 11).
        sent_by: how our own Via may read, in lower case; follows from ``own``.
    """

    own: frozenset[tuple[str, int]]
    route_uri: str
    record_route: bool = True
    hiding: TopologyHiding | None = None
    schemes: frozenset[str] = frozenset({"sip", "sips", "tel"})
    extensions: frozenset[str] = frozenset()
    timer_c_s: float = TIMER_C
    sent_by: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = {host if port == 5060 else f"{host}:{port}" for host, port in self.own}
        object.__setattr__(self, "sent_by", tuple(sorted(names)))

    def owns(self, uri: SipUri | OpaqueUri) -> bool:
        """Tell whether a URI's host and port are the proxy's own."""
        if not isinstance(uri, SipUri):
            return False
        port = uri.port or _DEFAULT_PORTS.get(uri.scheme, 5060)
        return (uri.host.lower(), port) in self.own
