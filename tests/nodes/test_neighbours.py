"""Who sends requests to whom."""

import pytest

from mcsip.nodes.neighbours import neighbours

from .world import make_topology

TOPOLOGY = make_topology()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("partner.server", ["partner.core", "partner.gateway"]),
        ("partner.core", ["partner.gateway", "partner.server"]),
        ("partner.gateway", ["partner.core", "partner.server", "primary.gateway"]),
    ],
)
def test_neighbours_with_gateways(name: str, expected: list[str]) -> None:
    assert sorted(neighbours(TOPOLOGY, TOPOLOGY.nodes[name])) == expected


def test_servers_without_gateways_are_neighbours() -> None:
    """TS 23.280 10.6.3.3 NOTE 3."""
    changes = {"systems": {"partner": {"nodes": {"gateway": None}}}}
    topology = make_topology(changes)
    assert neighbours(topology, topology.nodes["partner.server"]) == [
        "partner.core",
        "primary.gateway",
    ]
    assert "partner.server" in neighbours(topology, topology.nodes["primary.gateway"])


@pytest.mark.parametrize("changes", [{"interconnection": False}, None])
def test_without_an_agreement_there_is_no_neighbour_outside(changes: object) -> None:
    agreements = [] if changes is None else [{"between": ["primary", "partner"], **changes}]  # type: ignore[dict-item]  # not every case is an agreement
    topology = make_topology({"agreements": agreements})
    assert "primary.gateway" not in neighbours(topology, topology.nodes["partner.gateway"])
