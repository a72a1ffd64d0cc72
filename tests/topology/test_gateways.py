"""Topologies without some of their gateways (TS 23.280 10.6.3.3 NOTE 3, TR 23.781 6.x.1 NOTE)."""

import pytest

from mcsip.resources import scenarios_dir
from mcsip.topology.gateways import Gateways, with_gateways
from mcsip.topology.load import load_topology

FOLDER = scenarios_dir() / "topologies"


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        (Gateways.BOTH, {"primary", "partner-b", "partner-c"}),
        (Gateways.PRIMARY, {"primary"}),
        (Gateways.PARTNER, {"partner-b", "partner-c"}),
        (Gateways.NONE, set()),
    ],
)
def test_the_primary_is_the_system_of_the_clients(wanted: Gateways, kept: set[str]) -> None:
    topology = load_topology(FOLDER / "three-systems.yaml")
    reduced, stand_ins = with_gateways(topology, wanted)
    assert {name for name, system in reduced.systems.items() if system.gateway} == kept
    assert set(stand_ins.servers) == {f"{name}.gateway" for name in topology.systems.keys() - kept}
    assert reduced.agreements is topology.agreements
    assert [s.servers for s in reduced.systems.values()] == [
        s.servers for s in topology.systems.values()
    ]


def test_a_system_without_a_gateway_stays_as_it_is() -> None:
    topology = load_topology(FOLDER / "without-gateways.yaml")
    for wanted in Gateways:
        reduced, stand_ins = with_gateways(topology, wanted)
        assert reduced == topology
        assert not stand_ins.servers


def test_all_servers_of_a_system_stand_for_its_gateway() -> None:
    topology = load_topology(FOLDER / "three-systems-several-servers.yaml")
    _, stand_ins = with_gateways(topology, Gateways.PARTNER)
    assert stand_ins.of("primary.gateway") == {"primary.server", "primary.server-2"}
    assert stand_ins.of("partner-b.gateway") == {"partner-b.gateway"}
    assert stand_ins.is_inner("primary.server", "primary.gateway")
    assert stand_ins.is_inner("primary.gateway", "primary.server-2")
    assert not stand_ins.is_inner("primary.gateway", "partner-b.gateway")
    assert not stand_ins.is_inner("partner-b.gateway", "partner-b.server")
    assert "partner-b.gateway" in stand_ins.others["primary.gateway"]
    assert "primary.server" not in stand_ins.others["primary.gateway"]
