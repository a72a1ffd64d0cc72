"""What nodes ask a topology."""

from mcsip.mc.roles import Role
from mcsip.mc.services import MCPTT
from mcsip.migration.policy import Agreements
from mcsip.topology import ClientSpec, NodeSpec, System, Topology

SERVER = NodeSpec("a.server", "a", Role.MC_SERVER)
GATEWAY = NodeSpec("a.gateway", "a", Role.MC_GATEWAY)
SYSTEM = System("a", "a.example", {"a.server": SERVER, "a.gateway": GATEWAY})
TOPOLOGY = Topology(
    "f", MCPTT, "TCP", {"a": SYSTEM}, Agreements(), {"ue": ClientSpec("ue", "a", "sip:u@a.example")}
)


def test_nodes_by_role() -> None:
    assert SYSTEM.servers == (SERVER,)
    assert SYSTEM.gateway is GATEWAY
    assert SYSTEM.core is None
    assert SERVER.short_name == "server"


def test_names() -> None:
    assert TOPOLOGY.parties == ["ue", "a.server", "a.gateway"]
    assert TOPOLOGY.system_of("a.server") is SYSTEM
    assert TOPOLOGY.with_domain("A.example") is SYSTEM
    assert TOPOLOGY.with_domain("b.example") is None
