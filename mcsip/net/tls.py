"""TLS: contexts, and whether a peer's certificate names the peer (RFC 3261 26.3, RFC 5922).

Verification is on unless it is switched off: the chain by OpenSSL, the name here, because a SIP
domain may stand in a certificate as a ``sip:`` URI, which OpenSSL does not compare, and because
wildcards, which it does accept, are not allowed (RFC 5922 7.2).
"""

import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mcsip.errors import NetworkError


@dataclass(frozen=True, slots=True)
class TlsConfig:
    """The certificates of one node, and what it expects of its peers.

    Attributes:
        certificate: the node's own certificate, then those up to its authority; PEM.
        key: the private key of it; PEM, without password.
        authorities: certificates of the authorities that peers are trusted by; PEM.
        mutual: a server also asks clients for a certificate and refuses those without one.
        verify: check peers at all; off only to try things out.
        names: the domain that an address belongs to; a peer elsewhere must name its own host.
        admitted: the domains whose clients are let in under mutual TLS; None for every one that
            the authorities vouch for.
    """

    certificate: Path
    key: Path
    authorities: Path
    mutual: bool = False
    verify: bool = True
    names: Mapping[tuple[str, int], str] = field(default_factory=dict)
    admitted: frozenset[str] | None = None

    def expected_name(self, host: str, port: int) -> str:
        """Return the name that the certificate of the server at this address must hold."""
        return self.names.get((host, port), host)


def server_context(config: TlsConfig) -> ssl.SSLContext:
    """Return the context for connections that are accepted.

    Raises:
        NetworkError: a file is missing or not what it should be.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _load(context, config)
    if config.mutual and config.verify:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(config: TlsConfig) -> ssl.SSLContext:
    """Return the context for connections that are opened.

    The chain is checked by the context, the name by ``check_name`` once the handshake is done.

    Raises:
        NetworkError: a file is missing or not what it should be.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if config.verify else ssl.CERT_NONE
    _load(context, config)
    return context


def _load(context: ssl.SSLContext, config: TlsConfig) -> None:
    """Set what both directions share: version, own certificate, authorities."""
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for path in (config.certificate, config.key, config.authorities):
        if not path.is_file():
            raise NetworkError(f"TLS: there is no file {path}")
    try:
        context.load_cert_chain(config.certificate, config.key, password="")
    except ssl.SSLError as error:
        files = f"{config.certificate} and {config.key}"
        raise NetworkError(f"TLS: {files} are not a certificate and its key: {error}") from error
    try:
        context.load_verify_locations(config.authorities)
    except ssl.SSLError as error:
        raise NetworkError(f"TLS: {config.authorities} holds no certificate: {error}") from error


class TlsFault(NamedTuple):
    """Why a handshake failed.

    Attributes:
        counter: what to count it as.
        text: what happened, for people, without a full stop.
    """

    counter: str
    text: str


#: Verification results of OpenSSL, ``X509_V_ERR_*`` of x509_vfy.h [gen].
_VERIFY_COUNTERS = {
    9: "tls-not-yet-valid",
    10: "tls-expired",
    18: "tls-unknown-authority",
    19: "tls-unknown-authority",
    20: "tls-unknown-authority",
    21: "tls-unknown-authority",
}
_BAD_CERTIFICATE = "tls-bad-certificate"
#: What OpenSSL says when something else is spoken, or something old [gen].
_FAULTS = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": TlsFault(
        "tls-no-certificate", "the peer shows no certificate, and mutual TLS asks for one"
    ),
    "UNSUPPORTED_PROTOCOL": TlsFault("tls-old-version", "the peer speaks no TLS 1.2 or later"),
    "WRONG_VERSION_NUMBER": TlsFault("tls-plain-text", "the peer does not speak TLS"),
    "HTTP_REQUEST": TlsFault("tls-plain-text", "the peer speaks HTTP and no TLS"),
}
_SLOW = TlsFault("tls-handshake-timeout", "the handshake was not finished in time")
_GONE = TlsFault("tls-gone", "the peer was gone before the handshake was finished")


def fault_of(error: OSError) -> TlsFault:
    """Return why a handshake failed, from what the event loop or OpenSSL raised.

    The alerts of RFC 8446 6.2 [gen] are what the peer found wrong with us.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        counter = _VERIFY_COUNTERS.get(error.verify_code, _BAD_CERTIFICATE)
        return TlsFault(counter, f"the peer's certificate is refused: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        reason = error.reason or ""
        if (known := _FAULTS.get(reason)) is not None:
            return known
        _, alert, said = reason.partition("_ALERT_")
        if alert:
            words = said.lower().replace("_", " ")
            return TlsFault("tls-refused-by-peer", f"the peer refuses us: {words}")
        return TlsFault("tls-failed", reason.lower().replace("_", " ") or str(error))
    return _SLOW if isinstance(error, ConnectionAbortedError | TimeoutError) else _GONE


PeerCertificate = Mapping[str, object]


def names_in(certificate: PeerCertificate) -> frozenset[str]:
    """Return the SIP domains and addresses that a certificate names, in lower case.

    ``sip:`` URIs count; only where there are none, DNS names count (RFC 5922 7.1). IP addresses
    count beside both. The common name and wildcards never do.

    Args:
        certificate: as ``ssl.SSLSocket.getpeercert()`` gives it.
    """
    by_kind: dict[str, set[str]] = {"URI": set(), "DNS": set(), "IP Address": set()}
    alternatives = certificate.get("subjectAltName", ())
    assert isinstance(alternatives, tuple)
    for kind, value in alternatives:
        if kind == "URI":
            scheme, _, domain = value.partition(":")
            if scheme.lower() == "sip" and "@" not in domain:
                by_kind["URI"].add(domain.lower())
        elif kind == "DNS" and "*" not in value:
            by_kind["DNS"].add(value.lower())
        elif kind == "IP Address":
            by_kind["IP Address"].add(str(ipaddress.ip_address(value.strip())))
    return frozenset((by_kind["URI"] or by_kind["DNS"]) | by_kind["IP Address"])


def check_name(certificate: PeerCertificate, expected: str) -> str | None:
    """Return what is wrong when a certificate does not name ``expected``, else None."""
    names = names_in(certificate)
    if expected.lower() in names:
        return None
    shown = ", ".join(sorted(names)) or "nobody"
    return f"the peer's certificate names {shown}, expected {expected}"


def check_admitted(certificate: PeerCertificate, admitted: frozenset[str]) -> str | None:
    """Return what is wrong when a certificate names none of the domains let in, else None."""
    names = names_in(certificate)
    if names & admitted:
        return None
    shown = ", ".join(sorted(names)) or "nobody"
    return f"the peer's certificate names {shown}, expected one of {', '.join(sorted(admitted))}"
