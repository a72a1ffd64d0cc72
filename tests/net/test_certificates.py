"""The throw-away authority: what its certificates say."""

import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from mcsip.net.certificates import ThrowawayAuthority

from .conftest import WALL_2026


def test_node_certificate(tmp_path: Path) -> None:
    authority = ThrowawayAuthority(tmp_path, WALL_2026)
    config = authority.issue("node", domains=["a.example"], addresses=["127.0.0.1", "::1"])
    certificate = x509.load_pem_x509_certificate(config.certificate.read_bytes())
    issuer = x509.load_pem_x509_certificate(authority.path.read_bytes())
    certificate.verify_directly_issued_by(issuer)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.example"]
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["sip:a.example"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    begin = dt.datetime(2025, 12, 31, 23, tzinfo=dt.UTC)
    assert certificate.not_valid_before_utc == begin
    assert certificate.not_valid_after_utc == begin + dt.timedelta(hours=25)
    assert config.key.stat().st_mode & 0o777 == 0o600
    key = serialization.load_pem_private_key(config.key.read_bytes(), None)
    assert key.public_key() == certificate.public_key()


def test_expired_certificate(tmp_path: Path) -> None:
    config = ThrowawayAuthority(tmp_path, WALL_2026).issue("node", valid_for_s=-60)
    certificate = x509.load_pem_x509_certificate(config.certificate.read_bytes())
    assert certificate.not_valid_after_utc < dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert certificate.not_valid_before_utc < certificate.not_valid_after_utc
