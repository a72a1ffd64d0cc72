"""A trace of three items: text and octets, a note, a node without a role, an IPv6 address."""

from mcsip.mc.roles import Role
from mcsip.trace import Direction, NodeInfo, Peer, Trace

A = Peer("127.0.0.1", 5060)
B = Peer("127.0.0.2", 5060)
V6 = Peer("::1", 40000)


def small_trace() -> Trace:
    trace = Trace(1_700_000_000.25, began_at=100.0)
    trace.add_node(NodeInfo("partner.server", "partner", Role.MC_SERVER, "mcptt"))
    trace.add_node(NodeInfo("stranger"))
    trace.announce("stranger", "::1", 40000)
    trace.append_entry(
        100.5, "partner.server", Direction.SENT, "UDP", A, V6, b"\xff\x00\r\n", "lost"
    )
    trace.append_note(
        100.75, "partner.server", "2", "TS 23.280 10.6.3.3", "initial check: permitted ✓"
    )
    trace.append_entry(101.0, "stranger", Direction.RECEIVED, "TCP", V6, A, "é\r\n\x00".encode())
    return trace
