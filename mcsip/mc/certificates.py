"""Signing certificates: how one system learns the key of another's identity management server.

"The primary and partner identity management servers have been provisioned with signing certificates
using an out of band mechanism, as specified in TS 33.180 clause 5.1.4.2" (TR 23.700-90 7.X.2)
[seed]. A certificate is X.509 in PEM. It is trusted because it was provisioned, not because of who
signed it; it counts only while it is valid, and only for the system that it names [ours].
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcsip.mc.keys import KeyFormatError, PrivateKey, VerifyingKey

if TYPE_CHECKING:
    from cryptography import x509

HOST = "idms"
"""Host name of the identity management server inside its system's domain [ours]."""
MAX_FILE_OCTETS = 262_144
"""Largest file of certificates that is read [ours]."""
_BACKDATED_S = 3600.0
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


def issuer_of(domain: str) -> str:
    """Return the ``iss`` of the identity management server of an MC system: its address [ours]."""
    return f"https://{HOST}.{domain}"


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """A signing certificate, as provisioned.

    Attributes:
        domains: the MC systems that it may speak for, in lower case: each name in it, without the
            host name ``idms`` where it begins with that.
        key: the key that it certifies.
        not_before: seconds since the epoch.
        not_after: seconds since the epoch.
    """

    domains: frozenset[str]
    key: VerifyingKey
    not_before: float
    not_after: float

    def valid_at(self, wall: float) -> bool:
        """Tell whether the certificate is valid (RFC 5280 4.1.2.5) [gen]."""
        return self.not_before <= wall <= self.not_after


def read_certificates(pem: bytes) -> tuple[SigningCertificate, ...]:
    """Return the certificates of a PEM file, at least one.

    Raises:
        KeyFormatError: there is none, or one of a key that is not used here.
    """
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(pem[: MAX_FILE_OCTETS + 1])
        return tuple(_read(certificate) for certificate in found)
    except KeyFormatError:
        raise
    except (ValueError, TypeError, x509.DuplicateExtension) as error:
        raise KeyFormatError(f"there is no X.509 certificate in PEM: {error}") from None


def _read(certificate: "x509.Certificate") -> SigningCertificate:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        key = VerifyingKey.of(certificate.public_key())
    except UnsupportedAlgorithm:
        raise KeyFormatError("the certificate is of a key that is not used here") from None
    return SigningCertificate(
        domains=frozenset(_system(name) for name in _names(certificate)),
        key=key,
        not_before=certificate.not_valid_before_utc.timestamp(),
        not_after=certificate.not_valid_after_utc.timestamp(),
    )


def _names(certificate: "x509.Certificate") -> set[str]:
    """Return the host names in a certificate; the common name counts where there are no others."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    names: set[str] = set()
    try:
        kinds = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        pass
    else:
        names.update(kinds.get_values_for_type(x509.DNSName))
        for uri in kinds.get_values_for_type(x509.UniformResourceIdentifier):
            names.add(uri.partition("://")[2].partition("/")[0])
    if not names:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        names.update(str(each.value) for each in common)
    return {name.lower() for name in names if _DOMAIN.fullmatch(name.lower())}


def _system(name: str) -> str:
    """Return the domain of the system whose identity management server has this name."""
    return name.removeprefix(f"{HOST}.")


def build_certificate(private: PrivateKey, domain: str, wall: float, lifetime_s: float) -> bytes:
    """Return a self-signed certificate of an identity management server, in PEM.

    Args:
        private: the key; it signs its own certificate.
        domain: the MC system.
        wall: seconds since the epoch; the certificate begins an hour earlier.
        lifetime_s: how long it is valid, in seconds.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.x509.oid import NameOID

    key = VerifyingKey.of(private.public_key())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{HOST}.{domain}"[:64])])
    end = wall + lifetime_s
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(int(key.kid, 16) | 1)
        .not_valid_before(dt.datetime.fromtimestamp(min(wall, end) - _BACKDATED_S, dt.UTC))
        .not_valid_after(dt.datetime.fromtimestamp(end, dt.UTC))
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.DNSName(f"{HOST}.{domain}"),
                    x509.UniformResourceIdentifier(issuer_of(domain)),
                ]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    algorithm = None if isinstance(private, Ed25519PrivateKey) else hashes.SHA256()
    certificate = builder.sign(private, algorithm)
    return certificate.public_bytes(serialization.Encoding.PEM)
