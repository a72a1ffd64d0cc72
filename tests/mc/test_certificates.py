"""Signing certificates: read from X.509 files, for the system that they name (TS 33.180 5.1.4.2)."""

import datetime as dt
import os
import subprocess
from pathlib import Path
from shutil import which

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.mc.certificates import issuer_of, read_certificates
from mcsip.mc.keys import KeyFormatError, SigningKey

from .tokens_for_tests import NOW, PRIMARY_KEY, YEAR_S, certificate


def signed(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    common: str,
    *names: x509.GeneralName,
) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2036, 1, 1, tzinfo=dt.UTC))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_what_is_made_is_read() -> None:
    made = certificate()
    assert made.domains == {"primary.example"}
    assert made.key.kid == PRIMARY_KEY.kid
    assert (made.not_before, made.not_after) == (NOW - 3600, NOW + YEAR_S)


def test_the_same_key_gives_the_same_certificate() -> None:
    """A run repeats octet for octet."""
    one = PRIMARY_KEY.certificate("primary.example", NOW, YEAR_S)
    assert one == PRIMARY_KEY.certificate("primary.example", NOW, YEAR_S)


def test_a_certificate_is_valid_for_its_time() -> None:
    """RFC 5280 4.1.2.5."""
    made = certificate()
    assert made.valid_at(NOW)
    assert made.valid_at(made.not_before)
    assert made.valid_at(made.not_after)
    assert not made.valid_at(made.not_before - 1)
    assert not made.valid_at(made.not_after + 1)


@pytest.mark.parametrize(
    ("common", "names", "expected"),
    [
        ("idms.primary.example", [], {"primary.example"}),
        ("Primary.Example", [], {"primary.example"}),
        ("some product", [], set()),
        ("ignored.example", [x509.DNSName("idms.primary.example")], {"primary.example"}),
        ("x", [x509.UniformResourceIdentifier(issuer_of("primary.example"))], {"primary.example"}),
        (
            "x",
            [x509.DNSName("a.example"), x509.DNSName("idms.b.example")],
            {"a.example", "b.example"},
        ),
        ("x", [x509.DNSName("*.example")], set()),
        ("x", [x509.RFC822Name("a@primary.example")], {"x"}),
    ],
)
def test_the_systems_that_a_certificate_names(
    common: str, names: list[x509.GeneralName], expected: set[str]
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    (read,) = read_certificates(signed(key, common, *names))
    assert read.domains == expected
    assert read.key.algorithm == "ES256"


def test_a_file_may_hold_several() -> None:
    """The old one and the new, while a key is rolled over."""
    keys = [SigningKey.from_seed(seed) for seed in (b"old", b"new")]
    pem = b"".join(key.certificate("primary.example", NOW, YEAR_S) for key in keys)
    assert [each.key.kid for each in read_certificates(pem)] == [key.kid for key in keys]


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        signed(rsa.generate_private_key(65537, 1024), "idms.primary.example"),
        signed(ec.generate_private_key(ec.SECP521R1()), "idms.primary.example"),
    ],
    ids=["empty", "no certificate", "short RSA", "P-521"],
)
def test_files_without_a_usable_certificate_are_refused(pem: bytes) -> None:
    with pytest.raises(KeyFormatError):
        read_certificates(pem)


@given(st.binary(max_size=200), st.integers(0, 600))
@settings(deadline=None, max_examples=50)
def test_damaged_files_are_refused_or_read(noise: bytes, at: int) -> None:
    pem = PRIMARY_KEY.certificate("primary.example", NOW, YEAR_S)
    try:
        read = read_certificates(pem[:at] + noise + pem[at + len(noise) :])
    except KeyFormatError:
        return
    assert read


@pytest.mark.skipif(
    which("openssl") is None and os.environ.get("CI") != "true", reason="openssl is not installed"
)
def test_openssl_reads_what_is_made(tmp_path: Path) -> None:
    file = tmp_path / "signing.pem"
    file.write_bytes(PRIMARY_KEY.certificate("primary.example", NOW, YEAR_S))
    run = subprocess.run(
        ["openssl", "x509", "-in", str(file), "-noout", "-subject", "-ext", "subjectAltName"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "idms.primary.example" in run.stdout
    assert "DNS:idms.primary.example" in run.stdout
