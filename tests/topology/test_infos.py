"""What a trace says of the nodes of a topology."""

import pytest

from mcsip.mc.roles import Role
from mcsip.topology import Topology
from mcsip.topology.infos import host_name_in, node_info, psi_in
from mcsip.topology.load import load_topology

TEXT = """\
service: mcptt
systems:
  primary:
    domain: primary.example
    nodes:
      server: {role: mc-server, psi: sip:mc@primary.example}
      gateway: {role: mc-gateway}
    users:
      alice: {mc_id: sip:alice@primary.example, profiles: {1: {name: home}}}
clients:
  ue: {user: primary.alice}
"""


@pytest.fixture(scope="module")
def topology(tmp_path_factory: pytest.TempPathFactory) -> Topology:
    path = tmp_path_factory.mktemp("infos") / "a.yaml"
    path.write_text(TEXT)
    return load_topology(path)


def test_a_node(topology: Topology) -> None:
    info = node_info(topology, "primary.server")
    assert (info.name, info.system, info.role) == ("primary.server", "primary", Role.MC_SERVER)
    assert (info.service, info.domain) == ("mcptt", "primary.example")
    assert info.hosts == ("server.primary.example",)
    assert info.identities == ("sip:mc@primary.example",)


def test_a_client(topology: Topology) -> None:
    info = node_info(topology, "ue")
    assert (info.system, info.role, info.hosts) == ("primary", Role.CLIENT, ())
    assert info.identities == ("sip:alice@primary.example",)


def test_an_identity_is_made_where_the_file_gives_none(topology: Topology) -> None:
    gateway = topology.nodes["primary.gateway"]
    assert psi_in(topology, gateway).endswith("gateway@primary.example")
    assert host_name_in(topology, gateway) == "gateway.primary.example"


def test_nobody_else(topology: Topology) -> None:
    with pytest.raises(KeyError):
        node_info(topology, "primary.nobody")
