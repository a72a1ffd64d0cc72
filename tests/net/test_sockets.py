"""Binding: which sockets an endpoint gets, at which port numbers, and what is refused."""

import socket

import pytest

from mcsip.errors import NetworkError, UsageError
from mcsip.net import sockets
from mcsip.net.network import ListenSpec
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from tests.ports import free_port

from .conftest import Certificates, KeepingReceiver

ALL = frozenset({"UDP", "TCP", "TLS"})


def test_udp_and_tcp_share_a_port_number(certificates: Certificates) -> None:
    async def run() -> None:
        made = await SocketNetwork().attach(
            "a", ListenSpec(transports=ALL), KeepingReceiver(), None, certificates.a
        )
        assert made.address("UDP") == made.address("TCP") != made.address("TLS")
        await made.close()

    run_real(run())


def test_tls_follows_at_the_next_port_number(certificates: Certificates) -> None:
    """As 5061 follows 5060 (RFC 3261 18.2.1)."""

    async def run() -> None:
        port = free_port()
        made = await SocketNetwork().attach(
            "a", ListenSpec("127.0.0.1", port, ALL), KeepingReceiver(), None, certificates.a
        )
        assert made.address("TCP").port == made.address("UDP").port == port
        assert made.address("TLS").port == port + 1
        await made.close()

    run_real(run())


def test_free_port_is_tried_again_where_udp_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that is free on TCP may be taken on UDP: then another one is taken."""
    bind_one = sockets._bind_one
    taken: list[int] = []

    def bind(host: str, port: int, transport: str) -> socket.socket:
        if transport == "UDP" and len(taken) < 3:
            taken.append(port)
            raise OSError(98, "Address already in use")
        return bind_one(host, port, transport)

    monkeypatch.setattr(sockets, "_bind_one", bind)

    async def run() -> None:
        made = await SocketNetwork().attach("a", ListenSpec(), KeepingReceiver(), None, None)
        assert made.address("UDP") == made.address("TCP")
        assert len(taken) == 3
        await made.close()

    run_real(run())


def test_no_port_is_free_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def bind(host: str, port: int, transport: str) -> socket.socket:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(sockets, "_bind_one", bind)

    async def run() -> None:
        with pytest.raises(NetworkError, match=r"a: no port number at 127\.0\.0\.1 is free"):
            await SocketNetwork().attach("a", ListenSpec(), KeepingReceiver(), None, None)

    run_real(run())


@pytest.mark.parametrize(
    ("listen", "error", "message"),
    [
        (ListenSpec(transports=frozenset()), UsageError, "transports are TCP, TLS, UDP"),
        (ListenSpec(transports=frozenset({"SCTP"})), UsageError, "transports are TCP, TLS, UDP"),
        (ListenSpec("gateway.example"), UsageError, "is not an IP address to listen at"),
        (ListenSpec("192.0.2.1"), NetworkError, r"a: cannot listen at 192\.0\.2\.1"),
        (ListenSpec(port=70_000), NetworkError, "70000 is not a port number"),
    ],
    ids=["none", "unknown", "name", "foreign-address", "port"],
)
def test_what_cannot_be_listened_to(
    listen: ListenSpec, error: type[Exception], message: str
) -> None:
    async def run() -> None:
        with pytest.raises(error, match=message):
            await SocketNetwork().attach("a", listen, KeepingReceiver(), None, None)

    run_real(run())


def test_bad_certificate_leaves_no_socket_behind(certificates: Certificates) -> None:
    broken = certificates.change(certificates.a, key=certificates.b.key)

    async def run() -> None:
        with pytest.raises(NetworkError, match="not a certificate and its key"):
            await SocketNetwork().attach(
                "a", ListenSpec(transports=ALL), KeepingReceiver(), None, broken
            )

    run_real(run())
