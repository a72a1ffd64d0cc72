"""Which messages can be seen where nodes are not ours."""

import pytest

from mcsip.scenario.visibility import is_judged, is_seen
from mcsip.topology import Topology
from tests.nodes.world import make_topology


def make(**modes: str) -> Topology:
    """Return the two systems with the modes of nodes, by name with '_' for '.'."""
    changes: dict[str, dict[str, dict[str, dict[str, dict[str, str]]]]] = {"systems": {}}
    for number, (name, mode) in enumerate(modes.items()):
        system, _, node = name.partition("_")
        nodes = changes["systems"].setdefault(system, {"nodes": {}})["nodes"]
        nodes[node] = {"mode": mode, "address": f"192.0.2.1:{5060 + number}"}
    return make_topology(changes)


SERVER, GATEWAY, CLIENT = "partner.server", "partner.gateway", "alice-ue"


@pytest.mark.parametrize(
    ("modes", "sender", "receiver", "seen"),
    [
        ({}, SERVER, GATEWAY, True),
        ({"partner_server": "sut"}, SERVER, GATEWAY, True),
        ({"partner_gateway": "sut"}, SERVER, GATEWAY, True),
        ({"partner_server": "sut", "partner_gateway": "sut"}, SERVER, GATEWAY, False),
        ({"partner_server": "sut", "partner_gateway": "observed"}, SERVER, GATEWAY, False),
        # A client speaks through the SIP core of the system: every hop must be seen.
        ({"partner_server": "sut"}, CLIENT, SERVER, True),
        ({"partner_core": "sut"}, CLIENT, SERVER, True),
        ({"partner_core": "sut", "partner_server": "sut"}, CLIENT, SERVER, False),
        ({"partner_core": "sut", "partner_server": "sut"}, SERVER, CLIENT, False),
        ({"partner_core": "sut"}, CLIENT, "partner.core", True),
        ({}, CLIENT, "bob-ue", True),
    ],
)
def test_what_is_seen(modes: dict[str, str], sender: str, receiver: str, seen: bool) -> None:
    assert is_seen(make(**modes), sender, receiver) is seen


@pytest.mark.parametrize(("mode", "judged"), [("sut", True), ("observed", False)])
def test_what_is_judged(mode: str, judged: bool) -> None:
    topology = make(partner_gateway=mode)
    assert is_judged(topology, SERVER, GATEWAY) is judged
    assert is_judged(topology, GATEWAY, "primary.gateway") is judged
    assert is_judged(topology, CLIENT, SERVER)


def test_a_client_with_pjsip_is_seen_by_its_neighbours_alone() -> None:
    pjsip = {"clients": {CLIENT: {"backend": "pjsua2"}}}
    under_test = {"mode": "sut", "address": "192.0.2.1:5060"}
    core = {"systems": {"partner": {"nodes": {"core": under_test}}}}
    assert is_seen(make_topology(pjsip), CLIENT, SERVER)
    assert is_seen(make_topology(core), CLIENT, SERVER)
    assert not is_seen(make_topology(pjsip | core), CLIENT, SERVER)
    assert is_judged(make_topology(pjsip), CLIENT, SERVER)
