"""TLS: who is believed and who is not (RFC 3261 26.3, RFC 5922 7)."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from mcsip.errors import NetworkError, UsageError
from mcsip.net import stream
from mcsip.net.certificates import ThrowawayAuthority
from mcsip.net.network import Attachment, ListenSpec
from mcsip.net.sockets import SocketNetwork
from mcsip.net.tls import (
    TlsConfig,
    check_admitted,
    check_name,
    client_context,
    fault_of,
    names_in,
    server_context,
)
from mcsip.net.virtual import run_real
from mcsip.trace import Peer

from .conftest import WAIT_S, Certificates, KeepingReceiver, make_packet, make_request

LISTEN = ListenSpec(transports=frozenset({"TLS"}))


class Two:
    """A client a and a server b."""

    a: KeepingReceiver
    b: KeepingReceiver
    at_a: Attachment
    at_b: Attachment

    def send(self) -> None:
        self.at_a.send(make_packet(make_request(transport="TLS"), "TLS", self.at_b.address("TLS")))


def play(tls_a: TlsConfig, tls_b: TlsConfig, scenario: Callable[[Two], Awaitable[None]]) -> None:
    async def run() -> None:
        two = Two()
        two.a, two.b = KeepingReceiver(), KeepingReceiver()
        network = SocketNetwork()
        two.at_a = await network.attach("a", LISTEN, two.a, None, tls_a)
        two.at_b = await network.attach("b", LISTEN, two.b, None, tls_b)
        try:
            await scenario(two)
        finally:
            await two.at_a.close()
            await two.at_b.close()

    run_real(run())


async def arrives(two: Two) -> None:
    two.send()
    assert (await two.b.next())[0] == make_request(transport="TLS")


def refused(reason: str) -> Callable[[Two], Awaitable[None]]:
    async def scenario(two: Two) -> None:
        two.send()
        assert reason.lower() in (await two.a.failure()).lower()
        assert two.b.received.empty()

    return scenario


def test_domain_of_an_address_is_what_the_certificate_must_name(certificates: Certificates) -> None:
    c = certificates
    only_domain = c.authority.issue("only-domain", domains=["b.example"])

    async def run() -> None:
        names: dict[tuple[str, int], str] = {}
        network = SocketNetwork()
        a, b = KeepingReceiver(), KeepingReceiver()
        at_a = await network.attach("a", LISTEN, a, None, c.change(c.a, names=names))
        at_b = await network.attach("b", LISTEN, b, None, only_domain)
        names[at_b.address("TLS")] = "b.example"
        at_a.send(make_packet(make_request(), "TLS", at_b.address("TLS")))
        assert (await b.next())[0] == make_request()
        await at_a.close()
        await at_b.close()

    run_real(run())


def test_unknown_authority(certificates: Certificates, tmp_path: Path) -> None:
    other = ThrowawayAuthority(tmp_path, time.time(), "other")
    stranger = other.issue("b", addresses=["127.0.0.1"])
    play(certificates.a, stranger, refused("the peer's certificate is refused"))


def test_wrong_name(certificates: Certificates) -> None:
    c = certificates
    wrong = c.authority.issue("wrong", domains=["other.example"], addresses=["127.0.0.9"])
    play(c.a, wrong, refused("names 127.0.0.9, other.example, expected 127.0.0.1"))


def test_expired_certificate(certificates: Certificates) -> None:
    c = certificates
    expired = c.authority.issue("expired", addresses=["127.0.0.1"], valid_for_s=-60)
    play(c.a, expired, refused("certificate has expired"))


def test_verification_can_be_switched_off(certificates: Certificates, tmp_path: Path) -> None:
    stranger = ThrowawayAuthority(tmp_path, time.time(), "other").issue("b")
    play(certificates.change(certificates.a, verify=False), stranger, arrives)


def test_mutual(certificates: Certificates) -> None:
    c = certificates
    play(c.a, c.change(c.b, mutual=True), arrives)


def test_mutual_with_a_domain_that_is_let_in(certificates: Certificates) -> None:
    c = certificates
    play(c.a, c.change(c.b, mutual=True, admitted=frozenset({"a.example"})), arrives)


def test_mutual_with_a_domain_that_is_not_let_in(certificates: Certificates) -> None:
    c = certificates
    play(c.a, c.change(c.b, mutual=True, admitted=frozenset({"c.example"})), refused("TLS to"))


def test_mutual_with_a_certificate_of_an_unknown_authority(
    certificates: Certificates, tmp_path: Path
) -> None:
    c = certificates
    stranger = ThrowawayAuthority(tmp_path, time.time(), "other").issue("a")
    mixed = c.change(stranger, authorities=c.a.authorities)
    play(mixed, c.change(c.b, mutual=True), refused("TLS to"))


def test_missing_client_certificate_under_mutual_tls(certificates: Certificates) -> None:
    c = certificates

    async def scenario(two: Two) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        host, port = two.at_b.address("TLS")
        try:
            reader, writer = await asyncio.open_connection(host, port, ssl=context)
        except (ssl.SSLError, ConnectionError):
            return
        writer.write(make_request())
        try:
            assert await asyncio.wait_for(reader.read(), WAIT_S) == b""
        except (ssl.SSLError, ConnectionError):
            pass
        finally:
            writer.transport.abort()
        assert two.b.received.empty()

    play(c.a, c.change(c.b, mutual=True), scenario)


def test_plain_text_on_the_tls_port(certificates: Certificates) -> None:
    c = certificates

    async def scenario(two: Two) -> None:
        host, port = two.at_b.address("TLS")
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(make_request())
        with_alert = await asyncio.wait_for(reader.read(), WAIT_S)
        assert b"SIP/2.0" not in with_alert
        writer.transport.abort()
        assert two.b.received.empty()
        await arrives(two)

    play(c.a, c.b, scenario)


def test_old_version_is_refused(certificates: Certificates) -> None:
    """TLS 1.2 at least."""
    for context in (server_context(certificates.a), client_context(certificates.a)):
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_tls_to_a_plain_tcp_port(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HANDSHAKE_TIMEOUT_S", 0.05)

    async def run() -> None:
        network = SocketNetwork()
        a, b = KeepingReceiver(), KeepingReceiver()
        at_a = await network.attach("a", LISTEN, a, None, certificates.a)
        plain = ListenSpec(transports=frozenset({"TCP"}))
        at_b = await network.attach("b", plain, b, None, None)
        to: Peer = at_b.address("TCP")
        at_a.send(make_packet(make_request(), "TLS", to))
        assert "TLS to" in await a.failure()
        await at_a.close()
        await at_b.close()

    run_real(run())


@pytest.mark.parametrize("missing", ["certificate", "key", "authorities"])
def test_missing_file(certificates: Certificates, missing: str) -> None:
    config = certificates.change(certificates.a, **{missing: Path("nowhere.pem")})
    with pytest.raises(NetworkError, match=r"TLS: there is no file nowhere\.pem"):
        server_context(config)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (("key", "certificate"), "not a certificate and its key"),
        (("authorities", "key"), "holds no"),
    ],
)
def test_file_of_the_wrong_kind(
    certificates: Certificates, changes: tuple[str, str], message: str
) -> None:
    wrong, taken_from = changes
    config = certificates.change(certificates.a, **{wrong: getattr(certificates.a, taken_from)})
    with pytest.raises(NetworkError, match=message):
        client_context(config)


def test_tls_without_certificates() -> None:
    async def run() -> None:
        with pytest.raises(UsageError, match="TLS needs certificates"):
            await SocketNetwork().attach("a", LISTEN, KeepingReceiver(), None, None)

    run_real(run())


Alternatives = tuple[tuple[str, str], ...]


@pytest.mark.parametrize(
    ("alternatives", "names"),
    [
        ((("DNS", "A.Example"),), {"a.example"}),
        ((("URI", "sip:a.example"), ("DNS", "b.example")), {"a.example"}),
        ((("URI", "sip:alice@a.example"), ("DNS", "b.example")), {"b.example"}),
        ((("URI", "https://a.example"),), set()),
        ((("DNS", "*.example"),), set()),
        ((("IP Address", "127.0.0.1"), ("IP Address", "0:0:0:0:0:0:0:1\n")), {"127.0.0.1", "::1"}),
        ((), set()),
    ],
    ids=["dns", "sip-uri-first", "user-part-is-none", "other-uri", "wildcard", "ip", "nothing"],
)
def test_names_in_a_certificate(alternatives: Alternatives, names: set[str]) -> None:
    """RFC 5922 7.1, 7.2: sip URIs before DNS names, no user part, no wildcards, no common name."""
    subject = ((("commonName", "cn.example"),),)
    assert names_in({"subjectAltName": alternatives, "subject": subject}) == names


def test_checks_say_what_they_found() -> None:
    certificate = {"subjectAltName": (("DNS", "a.example"),)}
    assert check_name(certificate, "A.example") is None
    assert check_name({}, "b.example") == "the peer's certificate names nobody, expected b.example"
    assert check_admitted(certificate, frozenset({"a.example", "b.example"})) is None
    fault = check_admitted(certificate, frozenset({"b.example", "c.example"}))
    assert fault == "the peer's certificate names a.example, expected one of b.example, c.example"


def verification(code: int, message: str) -> ssl.SSLCertVerificationError:
    """Return what the event loop raises when OpenSSL refuses a certificate."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


def failure(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}] and more")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "counter", "text"),
    [
        (verification(10, "has expired"), "tls-expired", "certificate is refused: has expired"),
        (verification(9, "is not yet valid"), "tls-not-yet-valid", "refused: is not yet valid"),
        (verification(18, "self-signed"), "tls-unknown-authority", "refused: self-signed"),
        (verification(20, "no local issuer"), "tls-unknown-authority", "refused: no local issuer"),
        (verification(26, "purpose"), "tls-bad-certificate", "refused: purpose"),
        (failure("PEER_DID_NOT_RETURN_A_CERTIFICATE"), "tls-no-certificate", "no certificate"),
        (failure("WRONG_VERSION_NUMBER"), "tls-plain-text", "does not speak TLS"),
        (failure("HTTP_REQUEST"), "tls-plain-text", "speaks HTTP"),
        (failure("UNSUPPORTED_PROTOCOL"), "tls-old-version", "no TLS 1.2 or later"),
        (failure("TLSV1_ALERT_UNKNOWN_CA"), "tls-refused-by-peer", "refuses us: unknown ca"),
        (failure("BAD_THING"), "tls-failed", "bad thing"),
        (ConnectionAbortedError("slow"), "tls-handshake-timeout", "not finished in time"),
        (ConnectionResetError(), "tls-gone", "gone before"),
    ],
)
def test_why_a_handshake_failed(error: OSError, counter: str, text: str) -> None:
    fault = fault_of(error)
    assert fault.counter == counter
    assert text in fault.text
