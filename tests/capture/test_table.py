"""The table of nodes."""

from mcsip.capture.table import MAX_ROWS, describe_nodes
from mcsip.mc.roles import Role
from mcsip.trace import NodeInfo, Trace


def test_nodes_with_reasons() -> None:
    trace = Trace()
    trace.add_node(NodeInfo("alice", "x", Role.CLIENT, "mcptt", "x.example"))
    trace.add_node(NodeInfo("10.0.0.9:5060"))
    for port in (1, 2, 3):
        trace.announce("alice", "10.0.0.1", port)
    trace.announce("10.0.0.9:5060", "2001:db8::9", 5060)
    assert describe_nodes(trace, {"alice": "registers"}).splitlines() == [
        "node           role    system  domain     address                            known by",
        "alice          client  x       x.example  10.0.0.1:1, 10.0.0.1:2 and 1 more  registers",
        "10.0.0.9:5060  ?       ?       ?          [2001:db8::9]:5060",
    ]


def test_of_many_nodes_the_rest_is_counted() -> None:
    trace = Trace()
    for number in range(MAX_ROWS + 3):
        trace.add_node(NodeInfo(f"node-{number}"))
    lines = describe_nodes(trace).splitlines()
    assert len(lines) == MAX_ROWS + 2
    assert lines[-1] == "and 3 more"
