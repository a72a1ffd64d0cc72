"""The UDP transport, against bare sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mcsip.net.udp import UdpTransport
from mcsip.net.virtual import run_real
from mcsip.trace import Peer
from tests.ports import free_port

from .conftest import WAIT_S, KeepingReceiver, make_packet, make_request


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[UdpTransport, KeepingReceiver, socket.socket]]:
    """Yield a transport, its receiver, and a bare socket that is connected to it."""
    receiver = KeepingReceiver()
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.bind(("127.0.0.1", 0))
    transport = UdpTransport(own, receiver, None)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bare:
        bare.bind(("127.0.0.1", 0))
        bare.connect(transport.local)
        try:
            yield transport, receiver, bare
        finally:
            transport.close()
            transport.close()


@pytest.mark.parametrize("noise", [b"", b"\r\n", b"\r\n\r\n", b"\0", b"\0\0\0\0"])
def test_keep_alives_and_noise_are_dropped(noise: bytes) -> None:
    """RFC 5626 4.4 and what NATs are fed in practice."""

    async def scenario() -> None:
        async with opened() as (transport, receiver, bare):
            bare.send(noise)
            bare.send(make_request())
            assert (await receiver.next())[0] == make_request()
            assert transport.counters["udp-keep-alive"] == 1

    run_real(scenario())


def test_burst_larger_than_a_batch_arrives() -> None:
    async def scenario() -> None:
        async with opened() as (_, receiver, bare):
            names = [f"m{number}" for number in range(200)]
            for name in names:
                bare.send(make_request(name))
            for name in names:
                assert (await receiver.next())[0] == make_request(name)

    run_real(scenario())


def test_source_is_where_the_octets_came_from() -> None:
    async def scenario() -> None:
        async with opened() as (_, receiver, bare):
            bare.send(make_request())
            assert (await receiver.next())[1] == ("UDP", *bare.getsockname(), None)

    run_real(scenario())


def test_malformed_datagrams_do_not_stop_it() -> None:
    async def scenario() -> None:
        async with opened() as (_, receiver, bare):
            for garbage in (b"\xff" * 60_000, b"SIP/2.0", make_request()[:-3], b"MESSAGE\r\n\r\n"):
                bare.send(garbage)
                message, data, _, _ = await asyncio.wait_for(receiver.received.get(), 5)
                assert type(message).__name__ == "Malformed"
                assert data == garbage
            bare.send(make_request())
            assert (await receiver.next())[0] == make_request()

    run_real(scenario())


@pytest.mark.parametrize(
    ("data", "to", "reason"),
    [
        (b"x" * 70_000, Peer("127.0.0.1", 9), "too long"),
        (b"x", Peer("127.0.0.1", 0), "UDP to 127.0.0.1:0"),
        (b"x", Peer("127.0.0.1", 70_000), "0-65535"),
        (b"x", Peer("gateway.example", 9), "not an IP address"),
    ],
)
def test_what_cannot_be_sent_is_reported(data: bytes, to: Peer, reason: str) -> None:
    """RFC 3261 18.4."""

    async def scenario() -> None:
        async with opened() as (transport, receiver, _):
            transport.send(make_packet(data, "UDP", to))
            assert reason in await receiver.failure()

    run_real(scenario())


def nobody() -> Peer:
    """Return an address at which nobody listens."""
    return Peer("127.0.0.1", free_port())


needs_errors = pytest.mark.skipif(
    not hasattr(socket, "MSG_ERRQUEUE"), reason="this system keeps no errors of UDP sockets"
)


@needs_errors
def test_a_peer_that_is_not_there_is_a_failure() -> None:
    """RFC 3261 18.4: ICMP port unreachable."""

    async def scenario() -> None:
        async with opened() as (transport, receiver, bare):
            packet = make_packet(make_request("lost"), "UDP", nobody())
            transport.send(packet)
            failed, reason = await asyncio.wait_for(receiver.failed.get(), WAIT_S)
            assert failed is packet
            assert reason.endswith(": Connection refused")
            bare.send(make_request("after"))  # and the transport goes on
            assert (await receiver.next())[0] == make_request("after")
            assert transport.counters["udp-unreachable"] == 1

    run_real(scenario())


@needs_errors
def test_an_error_of_one_datagram_is_not_that_of_the_next() -> None:
    """The system reports an error at whatever is sent next, to whomever."""

    async def scenario() -> None:
        async with opened() as (transport, receiver, bare):
            gone = nobody()
            lost = [make_packet(make_request(f"lost{number}"), "UDP", gone) for number in range(3)]
            target = Peer(*bare.getsockname())
            for number, packet in enumerate(lost):
                transport.send(packet)
                transport.send(make_packet(make_request(f"good{number}"), "UDP", target))
            bare.settimeout(5)
            got = [bare.recv(65535) for _ in lost]
            assert got == [make_request(f"good{number}") for number in range(3)]
            failed = [(await asyncio.wait_for(receiver.failed.get(), WAIT_S))[0] for _ in lost]
            assert failed == lost

    run_real(scenario())
