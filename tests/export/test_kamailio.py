"""Configurations of Kamailio: what they listen at, whom they know; tests/interop runs them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mcsip.errors import UsageError
from mcsip.export.kamailio import export_core, export_gateway, export_relay
from mcsip.topology import Topology
from mcsip.topology.address import Address
from mcsip.topology.load import load_topology
from tests.nodes.world import make_topology
from tests.system.sut import write_topology


def topology_of(folder: Path, changes: dict[str, Any] | None = None) -> Topology:
    return load_topology(write_topology(folder, changes))


def test_a_core_knows_its_system(tmp_path: Path) -> None:
    topology = topology_of(tmp_path)
    partner = topology.systems["partner"]
    assert partner.core is not None
    text = export_core(topology, partner)
    for transport in ("udp", "tcp"):
        assert f"\nlisten={transport}:127.0.0.1:{partner.core.port}\n" in text
    assert f'sip:127.0.0.1:{partner.servers[0].port};transport=tcp"' in text
    assert 'case "sip:server@partner.example":' in text
    assert '$td =~ "^(partner\\.example)$"' in text
    assert f'"P-Asserted-Service: {topology.service.icsi}\\r\\n"' in text
    assert "topoh" not in text


def test_visitors_without_an_id_of_the_partner_register_too(tmp_path: Path) -> None:
    """TR 23.781: they keep the ID of their primary."""
    changes = {"systems": {"partner": {"temporary_identities": False}}}
    topology = topology_of(tmp_path, changes)
    text = export_core(topology, topology.systems["partner"])
    assert '"^(partner\\.example|primary\\.example)$"' in text


def test_a_gateway_hides_and_asserts_itself(tmp_path: Path) -> None:
    topology = topology_of(tmp_path, {"transport": "udp"})
    primary = topology.systems["primary"]
    text = export_gateway(topology, primary, secret="a secret")
    assert 'loadmodule "topoh.so"' in text
    assert 'modparam("topoh", "mask_key", "a secret")' in text
    assert "P-Asserted-Identity: <sip:gateway@primary.example>" in text
    other = topology.systems["partner"].gateway
    assert other is not None
    assert f'$du = "sip:127.0.0.1:{other.port}";' in text


def test_a_gateway_knows_systems_with_interconnection_only(tmp_path: Path) -> None:
    changes = {
        "agreements": [
            {"between": ["primary", "partner"], "migration": "none", "interconnection": False}
        ]
    }
    topology = topology_of(tmp_path, changes)
    assert "partner" not in export_gateway(topology, topology.systems["primary"], secret="x")


def test_a_relay_stands_between(tmp_path: Path) -> None:
    topology = topology_of(tmp_path)
    text = export_relay(topology, Address(None, "127.0.0.1", 5099))
    assert "listen=udp:127.0.0.1:5099" in text
    for domain in ("primary.example", "partner.example"):
        assert f'if ($rd == "{domain}")' in text


def test_what_is_refused(tmp_path: Path) -> None:
    without = make_topology()
    with pytest.raises(UsageError, match="has no address"):
        export_core(without, without.systems["partner"])
    topology = topology_of(tmp_path)
    with pytest.raises(UsageError, match="cannot stand in a configuration"):
        export_gateway(topology, topology.systems["primary"], secret='"\n')
    content = yaml.safe_load((tmp_path / "two.topology.yaml").read_text())
    nodes = content["systems"]["primary"]["nodes"]
    nodes["second"] = {"role": "mc-server", "address": "127.0.0.1:5098"}
    del nodes["core"]
    del content["systems"]["partner"]["nodes"]["gateway"]
    (tmp_path / "x.yaml").write_text(yaml.safe_dump(content))
    other = load_topology(tmp_path / "x.yaml")
    with pytest.raises(UsageError, match="2 MC service servers"):
        export_gateway(other, other.systems["primary"], secret="x")
    with pytest.raises(UsageError, match="no SIP core"):
        export_core(other, other.systems["primary"])
    with pytest.raises(UsageError, match="has 1"):
        export_relay(other, Address(None, "127.0.0.1", 5099))
    with pytest.raises(UsageError, match="no MC gateway server"):
        export_gateway(other, other.systems["partner"], secret="x")
