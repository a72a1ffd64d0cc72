"""Topology hiding: the way that a request took within the system."""

from mcsip.conformance.hiding.book import BOOK
from mcsip.conformance.hiding.inside import leaves
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.errors import PeerError
from mcsip.mc.roles import Role
from mcsip.sip.message import Request
from mcsip.sip.via import Via, parse_via
from mcsip.trace import Peer, Trace

_DEFAULT_PORT = 5060


@BOOK.on_message(
    "via",
    "gateways-only",
    "A request that leaves a system through its MC gateway server has no Via of an inner node",
    "request",
    guard=leaves,
)
def gateways_only(seen: MessageSeen) -> Faults:
    """Look at the Via values below the topmost, which is the sender's own."""
    message = seen.message
    if seen.sender.role is not Role.MC_GATEWAY or not isinstance(message, Request):
        return None
    faults = []
    for item in message.items("via")[1:]:
        try:
            via = parse_via(item)
        except PeerError:
            continue
        if not _is_of_gateway(seen.setting.trace, via):
            sent_by = via.host if via.port is None else f"{via.host}:{via.port}"
            faults.append(
                Fault(
                    "no Via but those of MC gateway servers",
                    f"the Via of {sent_by}",
                    field="via",
                    text=item.encode("utf-8", "surrogateescape"),
                )
            )
    return faults


def _is_of_gateway(trace: Trace, via: Via) -> bool:
    """Tell whether a Via was written by a gateway server that is known."""
    host = via.host.lower()
    peer = Peer(host.strip("[]"), via.port or _DEFAULT_PORT)
    for transport in ("UDP", "TCP"):
        node = trace.nodes.get(trace.node_at(peer, transport) or "")
        if node is not None and node.role is Role.MC_GATEWAY:
            return True
    return any(
        host in map(str.lower, node.hosts)
        for node in trace.nodes.values()
        if node.role is Role.MC_GATEWAY
    )
