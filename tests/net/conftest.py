"""What the tests of the network share: a receiver that keeps what it gets, networks by kind, peers."""

import asyncio
import random
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from mcsip.net.certificates import ThrowawayAuthority
from mcsip.net.faults import Faults
from mcsip.net.memory import MemoryNetwork
from mcsip.net.network import Attachment, ListenSpec, Network
from mcsip.net.sockets import SocketNetwork
from mcsip.net.tls import TlsConfig
from mcsip.net.virtual import run_real, run_virtual
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import Malformed
from mcsip.sip.transport_rules import Packet, Source, Target
from mcsip.trace import Peer

WAIT_S = 5.0
WALL_2026 = 1_767_225_600.0
Item = Request | Response | Malformed


class KeepingReceiver:
    """A receiver that keeps what it is told, in order, for a test to await."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[tuple[Item, bytes, Source, Peer]] = asyncio.Queue()
        self.failed: asyncio.Queue[tuple[Packet, str]] = asyncio.Queue()

    def sheds(self, data: bytes, source: Source, local: Peer) -> bool:
        return False

    def handle_received(self, message: Item, data: bytes, source: Source, local: Peer) -> None:
        self.received.put_nowait((message, data, source, local))

    def handle_failure(self, packet: Packet, reason: str) -> None:
        self.failed.put_nowait((packet, reason))

    async def next(self) -> tuple[bytes, Source]:
        """Return the next message that arrives and where it came from."""
        _, data, source, _ = await asyncio.wait_for(self.received.get(), WAIT_S)
        return data, source

    async def failure(self) -> str:
        """Return why the next packet that fails has failed."""
        return (await asyncio.wait_for(self.failed.get(), WAIT_S))[1]


def make_request(name: str = "one", body: bytes = b"hello", transport: str = "UDP") -> bytes:
    """Return the octets of a MESSAGE whose Call-ID is ``name``."""
    lines = [
        "MESSAGE sip:bob@home.example SIP/2.0",
        f"Via: SIP/2.0/{transport} client.example:5060;branch=z9hG4bK{name};rport",
        "Max-Forwards: 70",
        "From: <sip:alice@home.example>;tag=abc",
        "To: <sip:bob@home.example>",
        f"Call-ID: {name}",
        "CSeq: 1 MESSAGE",
        "Content-Type: text/plain",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def make_response(name: str = "one") -> bytes:
    """Return the octets of the 200 that answers ``make_request(name)``."""
    request = make_request(name, b"").partition(b"\r\n")[2]
    return b"SIP/2.0 200 OK\r\n" + request


def make_packet(data: bytes, transport: str, to: Peer, flow: int | None = None) -> Packet:
    """Return a packet for an address."""
    return Packet(Target(transport, to.host, to.port, flow), data, None)


@dataclass
class Certificates:
    """Certificates of two nodes at 127.0.0.1 by one authority, and ways to make others."""

    folder: Path
    authority: ThrowawayAuthority
    a: TlsConfig
    b: TlsConfig

    def change(self, config: TlsConfig, **changes: Any) -> TlsConfig:
        return replace(config, **changes)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return certificates that are valid now."""
    import time

    folder = tmp_path_factory.mktemp("certificates")
    authority = ThrowawayAuthority(folder, time.time())
    a = authority.issue("a", domains=["a.example"], addresses=["127.0.0.1", "::1"])
    b = authority.issue("b", domains=["b.example"], addresses=["127.0.0.1", "::1"])
    return Certificates(folder, authority, a, b)


@dataclass
class Kind:
    """A kind of network under the contract."""

    transport: str
    make: Callable[[], Network]
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    tls_a: TlsConfig | None = None
    tls_b: TlsConfig | None = None
    host: str = "127.0.0.1"
    opened: list[Attachment] = field(default_factory=list)

    @property
    def listen(self) -> ListenSpec:
        return ListenSpec(self.host, 0, frozenset({self.transport}))


KINDS = ["udp", "tcp", "tls", "udp6", "tcp6", "memory-udp", "memory-tcp", "memory-tls"]


def has_ipv6() -> bool:
    """Return whether this machine has the IPv6 loopback."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, certificates: Certificates) -> Kind:
    """Return each kind of network in turn."""
    name: str = request.param
    if name.endswith("6") and not has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    transport = name.removeprefix("memory-").removesuffix("6").upper()
    if name.startswith("memory"):
        return Kind(transport, lambda: MemoryNetwork(random.Random(1), Faults()), run_virtual)
    host = "::1" if name.endswith("6") else "127.0.0.1"
    if name == "tls":
        return Kind(transport, SocketNetwork, run_real, certificates.a, certificates.b)
    return Kind(transport, SocketNetwork, run_real, host=host)
