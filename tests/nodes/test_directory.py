"""Names, identities and addresses of the nodes of a topology."""

import pytest

from mcsip.errors import NetworkError
from mcsip.nodes.directory import Directory
from mcsip.sip.transport_rules import Target
from mcsip.trace import Peer

from .world import make_topology, nodes


def test_identities_are_the_short_names_at_the_domain() -> None:
    directory = Directory(make_topology())
    assert directory.psi("partner.server") == "sip:server@partner.example"
    assert directory.host_name("partner.server") == "server.partner.example"
    assert directory.node_of_psi("sip:gateway@primary.example") == "primary.gateway"
    assert directory.node_of_psi("sip:nobody@primary.example") is None


def test_a_topology_may_name_the_identity() -> None:
    directory = Directory(
        make_topology(nodes("partner", {"server": {"psi": "sip:mc@partner.example"}}))
    )
    assert directory.psi("partner.server") == "sip:mc@partner.example"
    assert directory.node_of_psi("sip:mc@partner.example") == "partner.server"
    assert directory.node_of_psi("sip:server@partner.example") is None


def test_a_target_is_the_announced_address_of_the_preferred_transport() -> None:
    directory = Directory(make_topology())
    assert directory.addresses("partner.server") == {}
    with pytest.raises(NetworkError, match=r"partner\.server has no address"):
        directory.target("partner.server")
    addresses = {"TCP": Peer("127.0.0.1", 1), "UDP": Peer("127.0.0.1", 2)}
    directory.announce("partner.server", addresses, "UDP")
    assert directory.target("partner.server") == Target("UDP", "127.0.0.1", 2)
    assert directory.addresses("partner.server") == addresses
    directory.announce("partner.server", addresses, "TCP")
    assert directory.target("partner.server") == Target("TCP", "127.0.0.1", 1)
