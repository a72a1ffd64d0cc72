"""Signing keys and provisioned certificates that a topology names by file (TS 33.180 5.1.4.2)."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mcsip.errors import FileError
from mcsip.mc.keys import SigningKey
from mcsip.topology.load import load_topology
from mcsip.topology.model import Topology
from mcsip.topology.signing import read_key_file

BEGIN, YEARS_S = 1_700_000_000.0, 20 * 365 * 86_400.0

TOPOLOGY = """
systems:
  primary:
    domain: primary.example
    nodes: {{server: {{role: mc-server}}, idms: {{role: idms{idms}}}}}
    users:
      alice: {{mc_id: sip:alice@primary.example, password: correct horse}}
    {signing}
  tactical:
    domain: tactical.example
    nodes: {{server: {{role: mc-server}}}}
    trusted_certificates: [{trusted}]
clients:
  alice-ue: {{user: primary.alice, oauth: {{client_id: alice, client_secret: battery staple}}}}
"""
SIGNING = "signing: {certificate: signing.pem, key: signing.key}"


def write_key(folder: Path, name: str, domain: str = "primary.example") -> SigningKey:
    """Write a key and its certificate; return the key."""
    private = Ed25519PrivateKey.generate()
    key = SigningKey(private)
    (folder / f"{name}.key").write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / f"{name}.pem").write_bytes(key.certificate(domain, BEGIN, YEARS_S))
    return key


def load(folder: Path, signing: str = "", trusted: str = "", idms: str = "") -> Topology:
    path = folder / "test.topology.yaml"
    path.write_text(TOPOLOGY.format(signing=signing, trusted=trusted, idms=idms))
    return load_topology(path, name=path.name)


def fault(folder: Path, signing: str = "", trusted: str = "", idms: str = "") -> str:
    with pytest.raises(FileError) as caught:
        load(folder, signing, trusted, idms)
    (only,) = caught.value.diagnostics
    assert only.line
    return f"{only.message} ({only.hint})" if only.hint else only.message


def test_a_signing_key_and_those_before_it(tmp_path: Path) -> None:
    keys = [write_key(tmp_path, name) for name in ("signing", "older", "oldest")]
    text = SIGNING.replace("}", ", previous: [older.pem, oldest.pem]}")
    signing = load(tmp_path, text).systems["primary"].signing
    assert signing is not None
    assert signing.certificate.key.kid == keys[0].kid
    assert [each.key.kid for each in signing.previous] == [keys[1].kid, keys[2].kid]
    assert read_key_file(signing.key).kid == keys[0].kid


def test_the_identity_management_server_is_a_node(tmp_path: Path) -> None:
    """It speaks HTTPS, whatever the others speak."""
    topology = load(tmp_path, idms=', address: "127.0.0.1:8443"')
    idms = topology.systems["primary"].idms
    assert idms is not None
    assert (idms.name, idms.role, idms.transport, idms.port) == (
        "primary.idms", "idms", "TLS", 8443,
    )  # fmt: skip
    assert topology.systems["tactical"].idms is None


def test_a_topology_shows_no_secret(tmp_path: Path) -> None:
    write_key(tmp_path, "signing")
    topology = load(tmp_path, SIGNING)
    shown = repr(topology)
    assert topology.systems["primary"].passwords == {"sip:alice@primary.example": "correct horse"}
    assert topology.clients["alice-ue"].oauth_id == "alice"
    assert topology.clients["alice-ue"].oauth_secret == "battery staple"
    assert "horse" not in shown
    assert "staple" not in shown
    assert "PRIVATE" not in shown


def test_certificates_are_trusted_by_name_or_file(tmp_path: Path) -> None:
    key = write_key(tmp_path, "signing")
    by_name = load(tmp_path, trusted="primary").systems["tactical"]
    assert by_name.trusted == {"primary.example"}
    assert not by_name.certificates
    by_file = load(tmp_path, trusted="./signing.pem").systems["tactical"]
    assert by_file.trusted == {"primary.example"}
    (held,) = by_file.certificates["primary.example"]
    assert held.key.kid == key.kid


def test_two_files_of_one_system(tmp_path: Path) -> None:
    """While its key is rolled over."""
    keys = [write_key(tmp_path, name) for name in ("old", "new")]
    held = load(tmp_path, trusted="old.pem, new.pem").systems["tactical"].certificates
    assert [each.key.kid for each in held["primary.example"]] == [key.kid for key in keys]


def test_a_key_without_its_certificate(tmp_path: Path) -> None:
    write_key(tmp_path, "signing")
    write_key(tmp_path, "other")
    wrong = "the signing key cannot be used: "
    text = SIGNING.replace("signing.pem", "other.pem")
    assert fault(tmp_path, text) == wrong + "'other.pem' is not the certificate of 'signing.key'"
    text = SIGNING.replace("signing.key", "none.key")
    assert fault(tmp_path, text) == wrong + "No such file or directory"
    text = SIGNING.replace("signing.key", "signing.pem")
    assert fault(tmp_path, text) == wrong + "there is no private key in PEM without password"


def test_a_certificate_of_another_system(tmp_path: Path) -> None:
    write_key(tmp_path, "signing", "elsewhere.example")
    named = "the certificate names elsewhere.example, "
    assert fault(tmp_path, SIGNING) == (
        f"the signing key cannot be used: {named}not primary.example"
    )
    assert fault(tmp_path, trusted="signing.pem") == (
        f"'signing.pem' cannot be trusted: {named}no other system of this topology"
    )


def test_a_system_does_not_trust_itself_by_file(tmp_path: Path) -> None:
    write_key(tmp_path, "signing", "tactical.example")
    assert "no other system" in fault(tmp_path, trusted="signing.pem")


@pytest.mark.parametrize(
    ("trusted", "expected"),
    [
        ("none.pem", "'none.pem' cannot be trusted: No such file or directory"),
        ("test.topology.yaml", "'test.topology.yaml' cannot be trusted: there is no X.509"),
        ("primry", "there is no system 'primry' (did you mean 'primary'?)"),
    ],
)
def test_what_cannot_be_trusted(tmp_path: Path, trusted: str, expected: str) -> None:
    assert fault(tmp_path, trusted=trusted).startswith(expected)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (", transport: tcp", "an identity management server has no 'transport'"),
        (', psi: "sip:i@primary.example"', "an identity management server has no 'psi'"),
        (', address: "udp:127.0.0.1:1"', "an identity management server has no transport"),
    ],
)
def test_an_identity_management_server_has_nothing_of_sip(
    tmp_path: Path, extra: str, message: str
) -> None:
    assert fault(tmp_path, idms=extra).startswith(message)


def test_a_system_has_one_identity_management_server(tmp_path: Path) -> None:
    idms = "}, second: {role: idms"
    assert fault(tmp_path, idms=idms).startswith("a second identity management server")
