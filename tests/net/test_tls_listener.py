"""Handshakes that fail at the TLS port: closed, logged, counted, and nobody else is disturbed."""

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mcsip.net import tls_listener
from mcsip.net.certificates import ThrowawayAuthority
from mcsip.net.network import ListenSpec, Recorder
from mcsip.net.sockets import SocketAttachment, SocketNetwork
from mcsip.net.tls import TlsConfig, client_context
from mcsip.net.virtual import run_real
from mcsip.trace import Trace

from .conftest import WAIT_S, Certificates, KeepingReceiver, make_request

LISTEN = ListenSpec(transports=frozenset({"TLS"}))
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Bench:
    """A TLS port that asks for certificates, and a good connection to it."""

    at: SocketAttachment
    receiver: KeepingReceiver
    trace: Trace
    good: Streams

    async def open(self, config: TlsConfig | None) -> Streams:
        """Connect by TLS, or plainly; a TLS 1.3 server refuses us only after that."""
        host, port = self.at.address("TLS")
        context = client_context(config) if config is not None else None
        name = host if context is not None else None
        return await asyncio.open_connection(host, port, ssl=context, server_hostname=name)

    async def refused(self, counter: str, text: str, caplog: pytest.LogCaptureFixture) -> None:
        """Wait until a peer was refused; then the good connection is as good as before."""
        async with asyncio.timeout(WAIT_S):
            while True:
                if self.at.counters.get(counter):
                    break
                await asyncio.sleep(0)
        assert self.at.counters[counter] == 1
        assert [line for line in caplog.messages if line.startswith("TLS ") and text in line]
        assert any(text in note.text for note in self.trace.notes)
        self.good[1].write(make_request("after"))
        assert (await self.receiver.next())[0] == make_request("after")
        assert len(self.at.streams.connections) == 1


Scenario = Callable[[Bench], Awaitable[None]]


def play(certificates: Certificates, scenario: Scenario) -> None:
    c = certificates
    tls = c.change(c.b, mutual=True, admitted=frozenset({"a.example"}))

    async def run() -> None:
        receiver, trace = KeepingReceiver(), Trace()
        clock = asyncio.get_running_loop().time
        recorder = Recorder(trace, "b", clock)
        at = await SocketNetwork().attach("b", LISTEN, receiver, recorder, tls)
        assert isinstance(at, SocketAttachment)
        bench = Bench(at, receiver, trace, good=await Bench.open(_bare(at), c.a))
        try:
            bench.good[1].write(make_request("before"))
            assert (await receiver.next())[0] == make_request("before")
            await scenario(bench)
        finally:
            bench.good[1].transport.abort()
            await at.close()

    run_real(run())


def _bare(at: SocketAttachment) -> Bench:
    unused: Streams = (asyncio.StreamReader(), None)  # type: ignore[assignment]  # never written to
    return Bench(at, KeepingReceiver(), Trace(), unused)


async def gone(streams: Streams) -> None:
    """Wait until the peer has closed; what it still said, an alert, is none of SIP."""
    reader, writer = streams
    try:
        assert b"SIP/2.0" not in await asyncio.wait_for(reader.read(), WAIT_S)
    except (ssl.SSLError, ConnectionError):
        pass
    finally:
        writer.transport.abort()


def shows(
    certificates: Certificates,
    config: TlsConfig,
    counter: str,
    text: str,
    log: pytest.LogCaptureFixture,
) -> None:
    """Let a client connect with a certificate that is refused."""

    async def scenario(bench: Bench) -> None:
        try:
            streams = await bench.open(config)
        except (ssl.SSLError, ConnectionError):
            pass
        else:
            streams[1].write(make_request("bad"))
            await gone(streams)
        await bench.refused(counter, text, log)

    log.set_level(logging.INFO)
    play(certificates, scenario)


def test_unknown_authority(
    certificates: Certificates, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    c = certificates
    stranger = ThrowawayAuthority(tmp_path, time.time(), "other").issue("a", domains=["a.example"])
    mixed = c.change(stranger, authorities=c.a.authorities)
    shows(c, mixed, "tls-unknown-authority", "the peer's certificate is refused: unable to", caplog)


def test_expired(certificates: Certificates, caplog: pytest.LogCaptureFixture) -> None:
    old = certificates.authority.issue("old", domains=["a.example"], valid_for_s=-60)
    text = "the peer's certificate is refused: certificate has expired"
    shows(certificates, old, "tls-expired", text, caplog)


def test_wrong_name(certificates: Certificates, caplog: pytest.LogCaptureFixture) -> None:
    other = certificates.authority.issue("z", domains=["z.example"])
    text = "the peer's certificate names z.example, expected one of a.example"
    shows(certificates, other, "tls-wrong-peer", text, caplog)


def test_no_certificate(certificates: Certificates, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def scenario(bench: Bench) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(certificates.a.authorities)
        host, port = bench.at.address("TLS")
        try:
            streams = await asyncio.open_connection(host, port, ssl=context)
        except (ssl.SSLError, ConnectionError):
            pass
        else:
            await gone(streams)
        await bench.refused("tls-no-certificate", "the peer shows no certificate", caplog)

    play(certificates, scenario)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (make_request(), "the peer does not speak TLS"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "the peer speaks HTTP and no TLS"),
        (b"\r\n\r\n\r\n\r\n", "the peer does not speak TLS"),
    ],
    ids=["sip", "http", "keep-alive"],
)
def test_plain_text(
    certificates: Certificates, octets: bytes, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def scenario(bench: Bench) -> None:
        streams = await bench.open(None)
        streams[1].write(octets)
        await gone(streams)
        await bench.refused("tls-plain-text", text, caplog)

    play(certificates, scenario)


def test_a_silent_peer_keeps_nobody_waiting(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tls_listener, "HANDSHAKE_TIMEOUT_S", 0.05)
    caplog.set_level(logging.INFO)

    async def scenario(bench: Bench) -> None:
        streams = await bench.open(None)
        await gone(streams)
        await bench.refused("tls-handshake-timeout", "not finished in time", caplog)

    play(certificates, scenario)


def test_a_peer_that_only_looks(
    certificates: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def scenario(bench: Bench) -> None:
        (await bench.open(None))[1].close()
        await bench.refused("tls-gone", "gone before", caplog)

    play(certificates, scenario)


def test_handshakes_are_bounded(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(bench: Bench) -> None:
        monkeypatch.setattr(tls_listener, "MAX_CONNECTIONS", 1)
        silent = await bench.open(None)
        await gone(await bench.open(None))
        assert bench.at.counters["connections-refused"] == 1
        silent[1].transport.abort()

    play(certificates, scenario)


def test_close_gives_up_handshakes(certificates: Certificates) -> None:
    async def scenario(bench: Bench) -> None:
        silent = await bench.open(None)
        await asyncio.wait_for(bench.at.close(), WAIT_S)
        await gone(silent)

    play(certificates, scenario)


def test_names_of_the_peer_of_a_flow(certificates: Certificates) -> None:
    """Under mutual TLS a flow has the names of its certificate; what is no flow has none."""

    async def scenario(bench: Bench) -> None:
        bench.good[1].write(make_request("named"))
        _, source = await bench.receiver.next()
        assert bench.at.proven(source.flow) == frozenset({"a.example", "127.0.0.1", "::1"})
        assert bench.at.proven(None) == frozenset()

    play(certificates, scenario)


def test_nobody_is_asked_without_mutual_tls(certificates: Certificates) -> None:
    async def run() -> None:
        at = await SocketNetwork().attach("b", LISTEN, KeepingReceiver(), None, certificates.b)
        assert at.proven(None) is None
        await at.close()

    run_real(run())
