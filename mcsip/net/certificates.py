"""A throw-away certificate authority, for tests and trials only.

Its key lies unprotected beside its certificate. ``cryptography`` is imported when it is used.
"""

import datetime as dt
import ipaddress
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mcsip.net.tls import TlsConfig

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_BACKDATED_S = 3600.0


class ThrowawayAuthority:
    """Issues certificates into a folder.

    Args:
        folder: where the files go; it exists.
        wall: the moment of making, in seconds since the epoch.
        name: common name; also the stem of the authority's own file.
    """

    def __init__(self, folder: Path, wall: float, name: str = "throw-away-authority") -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        self._folder = folder
        self._wall = wall
        self._name = name
        self._key = ec.generate_private_key(ec.SECP256R1())
        certificate = _sign(name, self._key, name, self._key, (), wall, 86_400.0 * 30)
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(_pem(certificate))

    def issue(
        self,
        name: str,
        *,
        domains: Iterable[str] = (),
        addresses: Iterable[str] = (),
        valid_for_s: float = 86_400.0,
    ) -> TlsConfig:
        """Issue the certificate of one node and return the configuration that uses it.

        Args:
            name: common name and stem of the files.
            domains: SIP domains it names, each as a DNS name and as a ``sip:`` URI.
            addresses: IP addresses it names.
            valid_for_s: how long it is valid, in seconds from the making of the authority; a
                negative number makes an expired one. It begins an hour earlier.
        """
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = []
        for domain in domains:
            names += [x509.DNSName(domain), x509.UniformResourceIdentifier(f"sip:{domain}")]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        certificate = _sign(name, key, self._name, self._key, names, self._wall, valid_for_s)
        certificate_path = self._folder / f"{name}.pem"
        key_path = self._folder / f"{name}.key"
        certificate_path.write_bytes(_pem(certificate))
        key_path.touch(mode=0o600)
        key_path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return TlsConfig(certificate_path, key_path, self.path)


def _pem(certificate: "x509.Certificate") -> bytes:
    from cryptography.hazmat.primitives import serialization

    return certificate.public_bytes(serialization.Encoding.PEM)


def _sign(
    name: str,
    key: "EllipticCurvePrivateKey",
    issuer: str,
    issuer_key: "EllipticCurvePrivateKey",
    names: Iterable["x509.GeneralName"],
    wall: float,
    valid_for_s: float,
) -> "x509.Certificate":
    """Return a certificate; one that signs itself is an authority's."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    end = wall + valid_for_s
    begin = min(wall, end) - _BACKDATED_S
    authority = key is issuer_key
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime.fromtimestamp(begin, dt.UTC))
        .not_valid_after(dt.datetime.fromtimestamp(end, dt.UTC))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=not authority,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=authority,
                crl_sign=authority,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    alternatives = list(names)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
