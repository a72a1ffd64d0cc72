"""A certificate authority for tests and trials only: nobody looks after its key.

Its certificates are those that RFC 5922 7.1 [gen] asks of a SIP domain: the domain as a ``sip:``
URI and as a DNS name, the node's host name as a DNS name, for servers and clients alike.
``cryptography`` is imported when it is used.
"""

import datetime as dt
import ipaddress
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mcsip.errors import NetworkError
from mcsip.net.tls import TlsConfig

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

DAY_S = 86_400.0
CERTIFICATE = ".pem"
KEY = ".key"
_BACKDATED_S = 3600.0
_PRIVATE = 0o600


class ThrowawayAuthority:
    """Issues certificates into a folder.

    Args:
        folder: where the files go; it exists.
        wall: the moment of making, in seconds since the epoch.
        name: common name; also the stem of the authority's own file.
        valid_for_s: how long its own certificate is valid, in seconds.
        identity: its certificate and key, where they are there already.

    Attributes:
        path: the certificate of the authority.
    """

    def __init__(
        self,
        folder: Path,
        wall: float,
        name: str = "throw-away-authority",
        *,
        valid_for_s: float = 30 * DAY_S,
        identity: "_Identity | None" = None,
    ) -> None:
        self._folder = folder
        self._wall = wall
        self.path = folder / f"{name}{CERTIFICATE}"
        if identity is None:
            identity = _new_authority(name, _Validity.since(wall, valid_for_s))
            self.path.write_bytes(_pem(identity.certificate))
        self._identity = identity

    @classmethod
    def kept(cls, folder: Path, wall: float, name: str, *, valid_for_s: float) -> Self:
        """Return the authority whose certificate and key lie in a folder; make it if need be.

        Args:
            folder: where it is and issues to; it exists.
            wall: now, in seconds since the epoch.
            name: stem of its two files; common name of a new one.
            valid_for_s: how long a new one is valid, in seconds.

        Raises:
            NetworkError: its files are not a certificate and its key, or one of them is missing.
        """
        path, key_path = files_of(folder, name)
        present = [each.is_file() for each in (path, key_path)]
        if not any(present):
            identity = _new_authority(name, _Validity.since(wall, valid_for_s))
            write_private(key_path, _key_pem(identity.key))
            path.write_bytes(_pem(identity.certificate))
            return cls(folder, wall, name, identity=identity)
        if not all(present):
            lost, there = (path, key_path) if present[1] else (key_path, path)
            raise NetworkError(f"there is {there} and no {lost}: take it away, or bring both back")
        return cls(folder, wall, name, identity=_read_authority(path, key_path))

    def issue(
        self,
        name: str,
        *,
        domains: Iterable[str] = (),
        hosts: Iterable[str] = (),
        addresses: Iterable[str] = (),
        valid_for_s: float = DAY_S,
    ) -> TlsConfig:
        """Issue the certificate of one node and return the configuration that uses it.

        Args:
            name: common name and stem of the files.
            domains: SIP domains it names, each as a DNS name and as a ``sip:`` URI.
            hosts: host names it names, each as a DNS name.
            addresses: IP addresses it names.
            valid_for_s: how long it is valid, in seconds from ``wall``; a negative number makes an
                expired one. It begins an hour earlier.
        """
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = []
        for domain in domains:
            names += [x509.DNSName(domain), x509.UniformResourceIdentifier(f"sip:{domain}")]
        names += [x509.DNSName(host) for host in hosts]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        validity = _Validity.since(self._wall, valid_for_s)
        certificate = _sign(_Subject(name, tuple(names)), key, self._identity, validity)
        certificate_path, key_path = files_of(self._folder, name)
        certificate_path.write_bytes(_pem(certificate))
        write_private(key_path, _key_pem(key))
        return TlsConfig(certificate_path, key_path, self.path)


def files_of(folder: Path, name: str) -> tuple[Path, Path]:
    """Return the files of certificate and key that are issued under a name."""
    return folder / f"{name}{CERTIFICATE}", folder / f"{name}{KEY}"


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, from its first octet on; replace what is there."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whom a certificate is about: common name, and the alternative names."""

    name: str
    alternatives: Sequence["x509.GeneralName"] = ()


@dataclass(frozen=True, slots=True)
class _Validity:
    """When a certificate is valid."""

    begin: dt.datetime
    end: dt.datetime

    @classmethod
    def since(cls, wall: float, valid_for_s: float) -> Self:
        end = wall + valid_for_s
        begin = min(wall, end) - _BACKDATED_S
        return cls(dt.datetime.fromtimestamp(begin, dt.UTC), dt.datetime.fromtimestamp(end, dt.UTC))


@dataclass(frozen=True, slots=True)
class _Identity:
    """The certificate of an authority and its key."""

    certificate: "x509.Certificate"
    key: "EllipticCurvePrivateKey"


def _new_authority(name: str, validity: _Validity) -> _Identity:
    """Return a new authority."""
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    return _Identity(_sign(_Subject(name), key, None, validity), key)


def _read_authority(path: Path, key_path: Path) -> _Identity:
    """Read certificate and key of an authority; raises NetworkError."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise NetworkError(f"{path} and {key_path} cannot be read: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or (
        key.public_key() != certificate.public_key()
    ):
        raise NetworkError(f"{key_path} is not the key of {path}")
    return _Identity(certificate, key)


def _pem(certificate: "x509.Certificate") -> bytes:
    from cryptography.hazmat.primitives import serialization

    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: "EllipticCurvePrivateKey") -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _sign(
    subject: _Subject,
    key: "EllipticCurvePrivateKey",
    issuer: _Identity | None,
    validity: _Validity,
) -> "x509.Certificate":
    """Return a certificate; without an issuer that of an authority, which signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    authority = issuer is None
    own_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject.name)])
    issuer_key = key if issuer is None else issuer.key
    builder = (
        x509.CertificateBuilder()
        .subject_name(own_name)
        .issuer_name(own_name if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity.begin)
        .not_valid_after(validity.end)
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
    if not authority:
        # A SIP node is a server of those who connect to it and a client of others (RFC 5922 4).
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    if subject.alternatives:
        names = x509.SubjectAlternativeName(subject.alternatives)
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
