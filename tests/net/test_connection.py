"""One connection against hostile, slow and ordinary peers that speak raw octets (RFC 3261 18)."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

import pytest

from mcsip.net import connection, stream
from mcsip.net.limits import SWEEP_S
from mcsip.net.network import ListenSpec
from mcsip.net.sockets import SocketAttachment, SocketNetwork
from mcsip.net.stream import StreamTable
from mcsip.net.virtual import run_real
from mcsip.sip.parse import MAX_BODY_OCTETS, MAX_HEAD_OCTETS, Malformed
from mcsip.trace import Peer

from .conftest import WAIT_S, KeepingReceiver, make_packet, make_request, make_response

TCP_ONLY = ListenSpec(transports=frozenset({"TCP"}))
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Bench:
    """An attached endpoint under test and ways to reach it with bare octets."""

    def __init__(self, attachment: SocketAttachment, receiver: KeepingReceiver) -> None:
        self.attachment = attachment
        self.receiver = receiver
        self.writers: list[asyncio.StreamWriter] = []

    @property
    def table(self) -> StreamTable:
        return self.attachment.streams

    async def connect(self, receive_buffer: int | None = None) -> Streams:
        sock = socket.socket()
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(0)
        await asyncio.get_running_loop().sock_connect(sock, self.attachment.address("TCP"))
        reader, writer = await asyncio.open_connection(sock=sock)
        self.writers.append(writer)
        return reader, writer

    def shrink_send_buffers(self) -> None:
        """Let the system take little, so that what a peer leaves unread shows soon."""
        for open_one in self.table.connections.values():
            assert open_one._transport is not None
            sock = open_one._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)

    async def malformed(self) -> Malformed:
        message, *_ = await asyncio.wait_for(self.receiver.received.get(), WAIT_S)
        assert isinstance(message, Malformed)
        return message


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    receiver = KeepingReceiver()
    attachment = await SocketNetwork().attach("a", TCP_ONLY, receiver, None, None)
    assert isinstance(attachment, SocketAttachment)
    made = Bench(attachment, receiver)
    try:
        yield made
    finally:
        await attachment.close()
        for writer in made.writers:
            writer.transport.abort()
        assert not attachment.streams.connections
        assert attachment.streams.held_octets == 0


def play(scenario: Callable[[Bench], Awaitable[None]]) -> None:
    async def run() -> None:
        async with bench() as made:
            await scenario(made)

    run_real(run())


def _reading(writer: asyncio.StreamWriter) -> asyncio.Transport:
    """Return the transport of a bare peer as what it is, to stop its reading."""
    return cast("asyncio.Transport", writer.transport)


async def until_gone(reader: asyncio.StreamReader) -> bytes:
    """Return what still comes until the other side has closed."""
    try:
        return await asyncio.wait_for(reader.read(), WAIT_S)
    except ConnectionError:
        return b""


def test_octet_by_octet() -> None:
    """A slow peer is understood."""

    async def scenario(b: Bench) -> None:
        _, writer = await b.connect()
        for octet in make_request(transport="TCP"):
            writer.write(bytes([octet]))
            await writer.drain()
        assert (await b.receiver.next())[0] == make_request(transport="TCP")

    play(scenario)


def test_several_messages_at_once() -> None:
    async def scenario(b: Bench) -> None:
        _, writer = await b.connect()
        writer.write(
            make_request("one") + b"\r\n" + make_request("two") + make_request("three")[:50]
        )
        assert (await b.receiver.next())[0] == make_request("one")
        assert (await b.receiver.next())[0] == make_request("two")
        writer.write(make_request("three")[50:])
        assert (await b.receiver.next())[0] == make_request("three")

    play(scenario)


def test_keep_alive_is_answered() -> None:
    """RFC 5626 4.4.1: a double CRLF is answered with a single one."""

    async def scenario(b: Bench) -> None:
        reader, writer = await b.connect()
        writer.write(b"\r\n\r\n")
        assert await asyncio.wait_for(reader.readexactly(2), WAIT_S) == b"\r\n"
        writer.write(b"\r\n\r\n" + make_request())
        assert (await b.receiver.next())[0] == make_request()

    play(scenario)


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"\x80\x03\x01\x02\x00 no SIP \r\n\r\n", "start line"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "start line"),
        (make_request().replace(b"Content-Length: 5", b"Content-Length: five"), "not a number"),
        (make_request().replace(b"Content-Length: 5\r\n", b""), "Content-Length is missing"),
        (
            make_request().replace(b"gth: 5", b"gth: %d" % (MAX_BODY_OCTETS + 1)),
            "body too large",
        ),
        (
            b"MESSAGE sip:b@x SIP/2.0\r\nX: " + b"x" * (MAX_HEAD_OCTETS + 1),
            "header section too large",
        ),
    ],
    ids=["octets", "http", "length", "no-length", "body-too-large", "head-too-large"],
)
def test_lost_framing_ends_the_connection(octets: bytes, reason: str) -> None:
    """RFC 3261 18.3: without framing the rest of the stream means nothing."""

    async def scenario(b: Bench) -> None:
        reader, writer = await b.connect()
        writer.write(octets)
        assert reason in (await b.malformed()).reason
        await until_gone(reader)
        assert b.table.counters["framing-lost"] == 1
        _, other = await b.connect()
        other.write(make_request("other"))
        assert (await b.receiver.next())[0] == make_request("other")

    play(scenario)


def test_tls_on_a_plain_port_ends_the_connection() -> None:
    """A client that begins TLS waits for our handshake: it is cut at once, and not after 32 s."""

    async def scenario(b: Bench) -> None:
        reader, writer = await b.connect()
        writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        await until_gone(reader)
        assert b.table.counters["tls-on-plain-port"] == 1
        assert b.receiver.received.empty()
        _, other = await b.connect()
        other.write(make_request("other"))
        assert (await b.receiver.next())[0] == make_request("other")

    play(scenario)


def test_peer_closes_in_mid_message() -> None:
    async def scenario(b: Bench) -> None:
        reader, writer = await b.connect()
        writer.write(make_request("one") + make_request("two")[:-2])
        _, source = await b.receiver.next()
        remote = Peer(source.host, source.port)
        b.attachment.send(make_packet(make_response(), "TCP", remote, source.flow))
        writer.write_eof()
        assert await until_gone(reader) == make_response()
        assert b.table.counters["ended-in-message"] == 1
        assert b.receiver.received.empty()

    play(scenario)


def test_half_closed_peer_gets_its_answer() -> None:
    """A peer that ends its direction after a request is answered, then the connection closes."""

    async def scenario(b: Bench) -> None:
        reader, writer = await b.connect()
        writer.write(make_request())
        writer.write_eof()
        _, source = await b.receiver.next()
        remote = Peer(source.host, source.port)
        trying = make_response().replace(b"200 OK", b"100 Trying")
        b.attachment.send(make_packet(trying, "TCP", remote, source.flow))
        b.attachment.send(make_packet(make_response(), "TCP", remote, source.flow))
        assert await until_gone(reader) == trying + make_response()

    play(scenario)


def test_half_closed_peer_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HALF_CLOSED_S", SWEEP_S)

    async def scenario(b: Bench) -> None:
        reader, writer = await b.connect()
        writer.write(make_request())
        writer.write_eof()
        await b.receiver.next()
        for _ in range(10_000):
            if b.table.connections and next(iter(b.table.connections.values()))._half_closed:
                break
            await asyncio.sleep(0)
        b.table.sweep()
        b.table.sweep()
        assert b.table.counters["idle"] == 1
        await until_gone(reader)

    play(scenario)


def test_reset_by_the_peer() -> None:
    async def scenario(b: Bench) -> None:
        _, writer = await b.connect()
        writer.write(make_request())
        await b.receiver.next()
        (open_one,) = b.table.connections.values()
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        for _ in range(10_000):
            if not b.table.connections:
                break
            await asyncio.sleep(0)
        assert open_one.ending is not None

    play(scenario)


def test_never_reading_peer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a peer is bounded; the packet that is too much counts as failed (18.4)."""
    monkeypatch.setattr(connection, "MAX_UNSENT_OCTETS", 100_000)

    async def scenario(b: Bench) -> None:
        _, writer = await b.connect(receive_buffer=4096)
        _reading(writer).pause_reading()
        writer.write(make_request())
        _, source = await b.receiver.next()
        remote = Peer(source.host, source.port)
        b.shrink_send_buffers()
        big = make_request("big", b"x" * 50_000)
        for _ in range(10_000):
            b.attachment.send(make_packet(big, "TCP", remote, source.flow))
            await asyncio.sleep(0)
            if not b.receiver.failed.empty():
                break
        assert "does not read" in await b.receiver.failure()
        assert b.table.counters["never-reading"] == 1

    play(scenario)


def test_many_peers_that_do_not_read_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them has left too much unread, and all of them together have."""
    monkeypatch.setattr(connection, "MAX_HELD_OCTETS", 300_000)
    monkeypatch.setattr(connection, "WRITE_HIGH_WATER_OCTETS", 1000)

    async def scenario(b: Bench) -> None:
        peers = []
        for number in range(4):
            _, writer = await b.connect(receive_buffer=4096)
            _reading(writer).pause_reading()
            writer.write(make_request(str(number)))
            _, source = await b.receiver.next()
            peers.append((Peer(source.host, source.port), source.flow, writer))
        b.shrink_send_buffers()
        big = make_request("big", b"x" * 10_000)
        for _ in range(200):
            for remote, flow, _ in peers:
                b.attachment.send(make_packet(big, "TCP", remote, flow))
            await asyncio.sleep(0)
            if not b.receiver.failed.empty():
                break
        assert "does not read" in await b.receiver.failure()
        assert b.table.counters["never-reading"] >= 1
        assert b.table.held_octets <= 300_000
        for _, _, writer in peers:
            _reading(writer).resume_reading()

    play(scenario)


def test_keep_alives_to_a_peer_that_never_reads_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "MAX_UNSENT_OCTETS", 1000)

    async def scenario(b: Bench) -> None:
        reader, writer = await b.connect(receive_buffer=4096)
        _reading(writer).pause_reading()
        writer.write(make_request())
        await b.receiver.next()
        b.shrink_send_buffers()
        for _ in range(10_000):
            writer.write(b"\r\n\r\n" * 5_000)
            await asyncio.sleep(0)
            if b.table.counters["never-reading"]:
                break
        assert b.table.counters["never-reading"] == 1
        _reading(writer).resume_reading()
        await until_gone(reader)

    monkeypatch.setattr(connection, "WRITE_HIGH_WATER_OCTETS", 1000)
    play(scenario)


def test_idle_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each sweep lets SWEEP_S seconds count; the connection goes when they add up to IDLE_S."""
    monkeypatch.setattr(connection, "IDLE_S", 3 * SWEEP_S)

    async def scenario(b: Bench) -> None:
        reader, writer = await b.connect()
        writer.write(make_request())
        await b.receiver.next()
        for _ in range(3):
            b.table.sweep()
            assert b.table.counters["idle"] == 0
        b.table.sweep()
        assert b.table.counters["idle"] == 1
        assert await until_gone(reader) == b""

    play(scenario)


def test_unfinished_message_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that sends an octet now and then does not hold a connection for ever."""
    monkeypatch.setattr(connection, "INCOMPLETE_S", 2 * SWEEP_S)

    async def scenario(b: Bench) -> None:
        reader, writer = await b.connect()
        writer.write(make_request("one") + b"M")
        await b.receiver.next()
        b.table.sweep()
        (open_one,) = b.table.connections.values()
        open_one.data_received(b"E")
        b.table.sweep()
        assert b.table.counters["unfinished"] == 1
        await until_gone(reader)

    play(scenario)


def test_accepted_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_CONNECTIONS", 1)

    async def scenario(b: Bench) -> None:
        _, writer = await b.connect()
        writer.write(make_request())
        await b.receiver.next()
        reader, _ = await b.connect()
        await until_gone(reader)
        assert b.table.counters["connections-refused"] == 1
        assert len(b.table.connections) == 1

    play(scenario)


def test_requests_on_a_connection_that_ends_unanswered_have_failed() -> None:
    """RFC 3261 18.4: nothing came back, so nothing is known to have arrived."""

    async def scenario(b: Bench) -> None:
        reader, writer = await b.connect()
        writer.write(make_request())
        _, source = await b.receiver.next()
        remote = Peer(source.host, source.port)
        b.attachment.send(make_packet(make_request("back"), "TCP", remote))
        await asyncio.wait_for(reader.readexactly(10), WAIT_S)
        writer.transport.abort()
        assert f"TCP to {remote.host}:{remote.port}" in await b.receiver.failure()

    play(scenario)


def test_connect_timeout_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every packet that waits on the connection is told of, once."""
    monkeypatch.setattr(stream, "CONNECT_TIMEOUT_S", 0.0)

    async def scenario(b: Bench) -> None:
        silent = Peer("127.0.0.1", b.attachment.address("TCP").port)
        b.attachment.send(make_packet(make_request("one"), "TCP", silent))
        b.attachment.send(make_packet(make_request("two"), "TCP", silent))
        for _ in range(2):
            assert "no connection within" in await b.receiver.failure()
        assert b.receiver.failed.empty()

    play(scenario)


def test_queue_before_the_connection_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_UNSENT_OCTETS", 1000)

    async def scenario(b: Bench) -> None:
        own = b.attachment.address("TCP")
        for name in ("one", "two"):
            b.attachment.send(make_packet(make_request(name, b"x" * 2000), "TCP", own))
        assert "too much waits" in await b.receiver.failure()
        assert (await b.receiver.next())[0].startswith(b"MESSAGE")

    play(scenario)


@pytest.mark.parametrize("to", [Peer("gateway.example", 5060), Peer("127.0.0.1", 0)])
def test_target_that_is_no_address(to: Peer) -> None:
    async def scenario(b: Bench) -> None:
        b.attachment.send(make_packet(make_request(), "TCP", to))
        assert "not an IP address and a port" in await b.receiver.failure()

    play(scenario)


def test_transport_without_certificates() -> None:
    async def scenario(b: Bench) -> None:
        b.attachment.send(make_packet(make_request(), "TLS", Peer("127.0.0.1", 5061)))
        assert "TLS without certificates" in await b.receiver.failure()
        b.attachment.send(make_packet(make_request(), "UDP", Peer("127.0.0.1", 5061)))
        assert "has no UDP" in await b.receiver.failure()

    play(scenario)


def test_stop_is_quick_whatever_peers_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that does not read cannot hold up the end."""
    monkeypatch.setattr(stream, "CLOSE_GRACE_S", 0.01)

    async def scenario(b: Bench) -> None:
        _, writer = await b.connect(receive_buffer=4096)
        _reading(writer).pause_reading()
        writer.write(make_request())
        _, source = await b.receiver.next()
        remote = Peer(source.host, source.port)
        for _ in range(30):
            big = make_request("big", b"x" * 100_000)
            b.attachment.send(make_packet(big, "TCP", remote, source.flow))
        await asyncio.wait_for(b.attachment.close(), WAIT_S)
        assert not b.table.connections

    play(scenario)
