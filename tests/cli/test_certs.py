"""``mcsip certs``: a test authority, certificates by it, and what a topology needs of them."""

import datetime as dt
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from mcsip.net.tls import TlsConfig, client_context, server_context
from mcsip.topology import ClientSpec, NodeSpec
from mcsip.topology.load import load_topology

from .conftest import Cli

TOPOLOGY = """transport: tls
systems:
  primary:
    domain: primary.example
    nodes:
      core: {role: sip-core}
      server: {role: mc-server}
      gateway: {role: mc-gateway, address: 10.1.2.3:5061}
      idms: {role: idms}
    users:
      alice: {mc_id: sip:alice@primary.example}
  partner:
    domain: partner.example
    nodes: {core: {role: sip-core}, server: {role: mc-server, address: 0.0.0.0:5071}}
agreements: [{between: [primary, partner]}]
clients: {alice-ue: {user: primary.alice}}
"""
NODES = {"primary": ("core", "server", "gateway", "idms"), "partner": ("core", "server")}
NAMES = [*(f"{system}.{node}" for system, nodes in NODES.items() for node in nodes), "alice-ue"]


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def named(path: Path) -> tuple[list[str], list[str], list[str]]:
    """Return the URIs, DNS names and addresses that a certificate names."""
    names = read(path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        names.get_values_for_type(x509.UniformResourceIdentifier),
        names.get_values_for_type(x509.DNSName),
        [str(address) for address in names.get_values_for_type(x509.IPAddress)],
    )


def topology_here() -> Path:
    path = Path("systems.topology.yaml")
    path.write_text(TOPOLOGY)
    return path


def test_a_certificate_for_each_node_and_client(cli: Cli) -> None:
    run = cli("certs", "made", "--topology", topology_here())
    assert (run.code, run.err) == (0, "7 certificates in made, by made/ca.pem\n")
    files = {f"{name}{suffix}" for name in (*NAMES, "ca") for suffix in (".pem", ".key")}
    assert {path.name for path in Path("made").iterdir()} == files


def test_what_the_certificates_name(cli: Cli) -> None:
    """RFC 5922 7.1: the domain as sip URI and DNS name; a client is not its system."""
    cli("certs", "made", "--topology", topology_here())
    domain, uri = "primary.example", "sip:primary.example"
    assert named(Path("made/primary.gateway.pem")) == (
        [uri],
        [domain, "gateway.primary.example"],
        ["10.1.2.3"],
    )
    assert named(Path("made/primary.idms.pem"))[1] == [domain, "idms.primary.example"]
    assert named(Path("made/partner.server.pem")) == (
        ["sip:partner.example"],
        ["partner.example", "server.partner.example"],
        [],
    )
    assert named(Path("made/alice-ue.pem")) == ([], ["alice-ue.primary.example"], ["127.0.0.1"])


def test_they_serve_both_ends_and_come_from_the_authority(cli: Cli) -> None:
    cli("certs", "made", "--topology", topology_here())
    authority = read(Path("made/ca.pem"))
    for name in NAMES:
        certificate = read(Path(f"made/{name}.pem"))
        certificate.verify_directly_issued_by(authority)
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert set(usage) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}


def test_keys_are_for_their_owner_only(cli: Cli) -> None:
    cli("certs", "made", "--domain", "primary.example")
    modes = {path.name: path.stat().st_mode & 0o777 for path in Path("made").glob("*.key")}
    assert modes == {"ca.key": 0o600, "primary.example.key": 0o600}


def test_the_output_is_a_topology_that_uses_them(cli: Cli) -> None:
    """Nodes at the border ask for certificates in return; clients never get there."""
    run = cli("certs", "made", "--topology", topology_here())
    Path("with-tls.topology.yaml").write_text(run.out)
    topology = load_topology(Path("with-tls.topology.yaml"))
    specs: dict[str, NodeSpec | ClientSpec] = {**topology.nodes, **topology.clients}
    for name in NAMES:
        tls = specs[name].tls
        assert tls is not None
        assert tls.certificate is not None
        assert tls.key is not None
        assert tls.ca is not None
        server_context(TlsConfig(tls.certificate, tls.key, tls.ca))
    asking = {name for name, spec in specs.items() if spec.tls and spec.tls.mutual}
    assert asking == {"primary.gateway", "partner.server"}


def test_paths_are_relative_to_the_topology(cli: Cli) -> None:
    Path("elsewhere").mkdir()
    file = topology_here().rename("elsewhere/systems.topology.yaml")
    run = cli("certs", "made", "--topology", file)
    gateway = yaml.safe_load(run.out)["systems"]["primary"]["nodes"]["gateway"]["tls"]
    assert gateway["ca"] == "../made/ca.pem"


def test_domains(cli: Cli) -> None:
    run = cli("certs", "--domain", "Primary.example", "--domain", "partner.example")
    entries = yaml.safe_load(run.out)
    assert set(entries) == {"primary.example", "partner.example"}
    assert entries["partner.example"] == {
        "certificate": "certificates/partner.example.pem",
        "key": "certificates/partner.example.key",
        "ca": "certificates/ca.pem",
    }
    assert named(Path("certificates/partner.example.pem")) == (
        ["sip:partner.example"],
        ["partner.example"],
        [],
    )


def test_nothing_is_overwritten_without_force(cli: Cli) -> None:
    cli("certs", "--domain", "primary.example")
    before = {path: path.read_bytes() for path in Path("certificates").iterdir()}
    run = cli("certs", "--domain", "new.example", "--domain", "primary.example")
    assert run.code == 2
    assert "primary.example.pem exists and 1 more: nothing was written; --force" in run.err
    assert {path: path.read_bytes() for path in Path("certificates").iterdir()} == before


def test_force_replaces_certificates_and_keeps_the_authority(cli: Cli) -> None:
    cli("certs", "--domain", "primary.example")
    folder = Path("certificates")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert cli("certs", "--domain", "primary.example", "--force").code == 0
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"primary.example.pem", "primary.example.key"}
    read(folder / "primary.example.pem").verify_directly_issued_by(read(folder / "ca.pem"))


def test_bad_ones_stand_beside_the_good_ones(cli: Cli) -> None:
    cli("certs", "--domain", "primary.example")
    assert cli("certs", "--domain", "primary.example", "--expired").code == 0
    assert cli("certs", "--domain", "primary.example", "--name", "other.example").code == 0
    expired = read(Path("certificates/primary.example-expired.pem"))
    assert expired.not_valid_after_utc < dt.datetime.now(dt.UTC)
    other = Path("certificates/primary.example-as-other.example.pem")
    assert named(other) == (["sip:other.example"], ["other.example"], [])
    assert read(Path("certificates/primary.example.pem")).not_valid_after_utc > dt.datetime.now(
        dt.UTC
    )


def test_days(cli: Cli) -> None:
    cli("certs", "--domain", "primary.example", "--days", "2")
    end = read(Path("certificates/primary.example.pem")).not_valid_after_utc
    assert dt.timedelta(days=1) < end - dt.datetime.now(dt.UTC) <= dt.timedelta(days=2)


@pytest.mark.parametrize(
    "arguments", [(), ("--topology", "systems.topology.yaml", "--domain", "primary.example")]
)
def test_one_of_topology_and_domain(cli: Cli, arguments: tuple[str, ...]) -> None:
    topology_here()
    run = cli("certs", *arguments)
    assert run.code == 2
    assert "Say for whom: --topology FILE, or --domain DOMAIN." in run.err


def test_what_is_no_domain(cli: Cli) -> None:
    run = cli("certs", "--domain", "not a domain")
    assert run.code == 2
    assert "'not a domain' is not a domain name" in run.err
    assert not Path("certificates").exists()


def test_an_authority_without_its_key(cli: Cli) -> None:
    cli("certs", "--domain", "primary.example")
    Path("certificates/ca.key").unlink()
    run = cli("certs", "--domain", "partner.example")
    assert run.code == 4
    assert "there is certificates/ca.pem and no certificates/ca.key" in run.err


def test_an_authority_with_the_key_of_another(cli: Cli) -> None:
    cli("certs", "--domain", "primary.example")
    cli("certs", "others", "--domain", "primary.example")
    Path("others/ca.key").rename("certificates/ca.key")
    run = cli("certs", "--domain", "partner.example")
    assert run.code == 4
    assert "certificates/ca.key is not the key of certificates/ca.pem" in run.err


def test_contexts_take_them(cli: Cli) -> None:
    cli("certs", "--domain", "primary.example")
    folder = Path("certificates")
    config = TlsConfig(
        folder / "primary.example.pem", folder / "primary.example.key", folder / "ca.pem"
    )
    assert client_context(config).cert_store_stats()["x509_ca"] == 1
    key = serialization.load_pem_private_key(config.key.read_bytes(), None)
    assert key.public_key() == read(config.certificate).public_key()
