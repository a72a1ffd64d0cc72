"""From a topology file to frozen values: the contract's files, and every key there is."""

from pathlib import Path

import pytest

from mcsip.errors import FileError
from mcsip.mc.roles import Role
from mcsip.migration.policy import Direction, OnFailure
from mcsip.net.lookup import DnsConfig
from mcsip.sip.locate import Wanted
from mcsip.topology.load import load_topology
from mcsip.topology.model import NodeSpec, TlsSpec

EVERYTHING = """
name: Everything
description: Every key there is
service: mcdata
transport: udp
systems:
  primary:
    domain: Primary.Example
    transport: tls
    nodes:
      core: {role: sip-core, address: "127.0.0.1:5060"}
      server: {role: mc-server, address: "tcp:127.0.0.2:0", psi: "sip:mc@primary.example"}
      server-2:
        role: mc-server
        transport: tcp
        tls: {certificate: c.pem, key: k.pem, ca: ca.pem, verify: false, mutual: true}
    users:
      alice:
        mc_id: sip:alice@primary.example
        server: server-2
        profiles: {0: {name: home}, 1: {migrate_to: [partner]}}
  partner:
    domain: partner.example
    nodes: {server: {role: mc-server}, gateway: {role: mc-gateway}}
    visitors:
      - {from: primary}
      - {from: primary, users: [sip:alice@primary.example]}
      - {from: abroad.example, users: any}
    trusted_certificates: [primary]
    provisioned:
      - {user: sip:alice@primary.example, mc_id: sip:v@partner.example, profiles: {1: {name: g}}}
agreements:
  - between: [primary, partner]
    migration: {from: partner, to: primary}
    interconnection: false
    on_failure: grant_locally
clients:
  alice-ue: {user: primary.alice}
  other-ue: {user: primary.alice, transport: udp, address: "127.0.0.3:7000", presents: sip:g@primary.example}
"""


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    for name in ("c.pem", "k.pem", "ca.pem"):
        (tmp_path / name).touch()
    path = tmp_path / "everything.topology.yaml"
    path.write_text(EVERYTHING)
    return path


def test_every_key(everything: Path) -> None:
    topology = load_topology(everything)
    assert (topology.service.key, topology.transport, topology.title) == (
        "mcdata",
        "UDP",
        "Everything",
    )
    primary, partner = topology.systems.values()
    assert primary.domain == "primary.example"
    assert topology.nodes["primary.core"] == NodeSpec(
        "primary.core",
        "primary",
        Role.SIP_CORE,
        "TLS",
        "127.0.0.1",
        5060,
        "sip:core@primary.example",
    )
    assert topology.nodes["primary.server"] == NodeSpec(
        "primary.server", "primary", Role.MC_SERVER, "TCP", "127.0.0.2", 0, "sip:mc@primary.example"
    )
    folder = everything.parent
    assert topology.nodes["primary.server-2"].tls == TlsSpec(
        folder / "c.pem", folder / "k.pem", folder / "ca.pem", verify=False, mutual=True
    )
    alice = primary.users["sip:alice@primary.example"]
    assert alice.server == "primary.server-2"
    assert {i: p.migrate_to for i, p in alice.profiles.items()} == {
        0: set(),
        1: {"partner.example"},
    }
    assert [(rule.from_domain, rule.users) for rule in partner.visitors] == [
        ("primary.example", None),
        ("primary.example", frozenset({"sip:alice@primary.example"})),
        ("abroad.example", None),
    ]
    assert partner.trusted == {"primary.example"}
    assert partner.provisioned[0].partner_id == "sip:v@partner.example"
    agreement = topology.agreements.between("partner.example", "primary.example")
    assert agreement is not None
    assert agreement.migration is Direction.B_TO_A
    assert agreement.permits("partner.example", "primary.example")
    assert not agreement.permits("primary.example", "partner.example")
    assert (agreement.interconnection, agreement.on_failure) == (False, OnFailure.GRANT_LOCALLY)
    one, other = topology.clients.values()
    assert (one.system, one.mc_id, one.transport) == ("primary", "sip:alice@primary.example", "TLS")
    assert (other.mc_id, other.host, other.port, other.transport) == (
        "sip:g@primary.example",
        "127.0.0.3",
        7000,
        "UDP",
    )


def test_the_command_line_wins_over_the_file_but_not_over_a_node(everything: Path) -> None:
    topology = load_topology(everything, service="mcvideo", transport="tcp")
    assert topology.service.key == "mcvideo"
    assert topology.transport == "TCP"
    assert topology.nodes["partner.gateway"].transport == "TCP"
    assert topology.nodes["primary.core"].transport == "TLS"
    assert topology.clients["other-ue"].transport == "UDP"


def test_a_file_laid_over_those_it_includes(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "base.yaml").write_text(
        "service: mcptt\nsystems:\n  a: {domain: a.example, nodes: {s: {role: mc-server}}}\n"
        "  b: {domain: b.example, nodes: {s: {role: mc-server}}}\nagreements: []\n"
    )
    path = tmp_path / "sub" / "over.yaml"
    path.write_text(
        "include: ../base.yaml\nservice: mcvideo\nsystems:\n  a:\n    nodes: {g: {role: mc-gateway}}\n"
        "agreements: [{between: [a, b]}]\n"
    )
    topology = load_topology(path)
    assert topology.service.key == "mcvideo"
    assert list(topology.nodes) == ["a.s", "a.g", "b.s"]
    assert topology.agreements.between("a.example", "b.example") is not None


def test_a_fault_in_an_included_file_is_told_there(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("systems:\n  a: {domain: a.example, noodes: {}}\n")
    path = tmp_path / "over.yaml"
    path.write_text("include: base.yaml\n")
    with pytest.raises(FileError) as caught:
        load_topology(path, name="over.yaml")
    assert str(caught.value).startswith("base.yaml:2:26: unknown key 'noodes'")


@pytest.mark.parametrize("name", ["two-systems", "three-systems", "isolated-partner"])
def test_the_contract(shared: Path, name: str) -> None:
    topology = load_topology(shared / "contract" / f"{name}.topology.yaml")
    assert topology.title == name
    assert "alice-ue" in topology.clients


def test_nodes_that_dns_is_asked_for(tmp_path: Path) -> None:
    """RFC 3263: the URI, the transport that the node names, and whom to ask."""
    file = tmp_path / "dns.yaml"
    file.write_text("""
transport: tcp
dns: {servers: ["127.0.0.1:5353", "[::1]:53"], timeout: 0.5}
systems:
  primary:
    domain: primary.example
    nodes:
      server: {role: mc-server, address: "sip:primary.example"}
      server-2: {role: mc-server, transport: tls, address: "sip:primary.example:5071"}
      server-3: {role: mc-server, address: "sip:192.0.2.1:5072;transport=udp"}
""")
    topology = load_topology(file)
    assert topology.dns == DnsConfig((("127.0.0.1", 5353), ("::1", 53)), 0.5)
    nodes = topology.nodes
    assert nodes["primary.server"].lookup == Wanted("primary.example")
    assert nodes["primary.server"].transport == "TCP"
    assert nodes["primary.server-2"].lookup == Wanted("primary.example", 5071, "TLS")
    assert nodes["primary.server-2"].transport == "TLS"
    third = nodes["primary.server-3"]
    assert (third.lookup, third.transport, third.host, third.port) == (
        None,
        "UDP",
        "192.0.2.1",
        5072,
    )
