"""Signing keys and certificates that a topology names by file (TS 33.180 5.1.4.2 [read]).

A system's ``signing`` key is that of its identity management; ``trusted_certificates`` are those of
other systems, provisioned by hand: by the name of a system of the same topology, or as X.509 files,
where the certificate itself says of which system it is. Private keys are read to be checked, and
forgotten: a topology holds none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mcsip.mc.certificates import MAX_FILE_OCTETS, SigningCertificate, read_certificates
from mcsip.mc.keys import KeyFormatError, SigningKey


@dataclass(frozen=True, slots=True)
class SigningSpec:
    """The signing key of a system, as the file names it.

    Attributes:
        key: file of the private key, PEM.
        certificate: its certificate.
        previous: certificates of the keys before it, whose tokens are still believed.
    """

    key: Path
    certificate: SigningCertificate
    previous: tuple[SigningCertificate, ...] = ()


def read_certificate_file(path: Path) -> tuple[SigningCertificate, ...]:
    """Return the certificates of a file; raises ValueError that says what is wrong with it."""
    return read_certificates(_read(path))


def read_key_file(path: Path) -> SigningKey:
    """Return the private key of a file; raises ValueError that says what is wrong with it."""
    return SigningKey.from_pem(_read(path))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_OCTETS + 1)
    except OSError as error:
        raise KeyFormatError(error.strerror or "it cannot be read") from None


def read_signing(
    key: Path, certificate: Path, previous: tuple[Path, ...], domain: str
) -> SigningSpec:
    """Return a system's signing key and certificates.

    Args:
        key: file of the private key.
        certificate: file of its certificate.
        previous: files of the certificates before it.
        domain: the system's domain, which the certificate must name.

    Raises:
        ValueError: with what is wrong.
    """
    own = read_certificate_file(certificate)[0]
    if read_key_file(key).kid != own.key.kid:
        raise KeyFormatError(f"{certificate.name!r} is not the certificate of {key.name!r}")
    older = tuple(each for path in previous for each in read_certificate_file(path))
    for each in (own, *older):
        if domain not in each.domains:
            raise KeyFormatError(_names(each, f"not {domain}"))
    return SigningSpec(key, own, older)


def read_trusted(
    path: Path, domains: Mapping[str, str], own: str
) -> dict[str, tuple[SigningCertificate, ...]]:
    """Return the certificates of a provisioned file, by the domain of the system they speak for.

    Args:
        path: the file.
        domains: domain of each system of the topology, by its name.
        own: domain of the system that trusts.

    Raises:
        ValueError: with what is wrong.
    """
    others = {domain for domain in domains.values() if domain != own}
    found: dict[str, tuple[SigningCertificate, ...]] = {}
    for each in read_certificate_file(path):
        named = sorted(each.domains & others)
        if not named:
            raise KeyFormatError(_names(each, "no other system of this topology"))
        for domain in named:
            found[domain] = (*found.get(domain, ()), each)
    return found


def _names(certificate: SigningCertificate, instead: str) -> str:
    named = ", ".join(sorted(certificate.domains)) or "nobody"
    return f"the certificate names {named}, {instead}"
