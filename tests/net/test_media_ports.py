"""Pairs of ports for media: one contract for sockets and memory (RFC 3550 11)."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from mcsip.errors import NetworkError
from mcsip.net import media_ports
from mcsip.net.media_ports import FIRST_MEMORY_PORT, MediaPorts, MemoryPorts, SocketPorts
from mcsip.net.virtual import run_real, run_virtual
from mcsip.trace import Peer

HOST = "127.0.0.1"
Run = Callable[[Coroutine[object, object, None]], None]
KINDS = [(SocketPorts, run_real), (MemoryPorts, run_virtual)]


def ignore(_data: bytes, _source: Peer) -> None:
    """Take nothing."""


@pytest.mark.parametrize(("kind", "run"), KINDS)
def test_the_contract(kind: Callable[[], MediaPorts], run: Run) -> None:
    async def main() -> None:
        ports = kind()
        got: asyncio.Queue[tuple[str, bytes, Peer]] = asyncio.Queue()
        rtp, rtcp = ports.open_pair(
            HOST,
            lambda data, source: got.put_nowait(("rtp", data, source)),
            lambda data, source: got.put_nowait(("rtcp", data, source)),
        )
        other, other_rtcp = ports.open_pair(HOST, ignore, ignore)
        assert rtp.local.host == HOST
        assert rtp.local.port % 2 == 0
        assert rtcp.local == Peer(HOST, rtp.local.port + 1)
        assert len({rtp.local, rtcp.local, other.local, other_rtcp.local}) == 4
        assert other.send(b"one", rtp.local)
        assert await asyncio.wait_for(got.get(), 5) == ("rtp", b"one", other.local)
        assert other_rtcp.send(b"two", rtcp.local)
        assert await asyncio.wait_for(got.get(), 5) == ("rtcp", b"two", other_rtcp.local)
        for port in (rtp, rtcp, other, other_rtcp):
            port.close()
            port.close()
        assert not rtp.send(b"late", other.local)

    run(main())


def test_hosts_that_cannot_be_bound() -> None:
    async def main() -> None:
        for host in ("media.example", "192.0.2.1"):
            with pytest.raises(NetworkError):
                SocketPorts().open_pair(host, ignore, ignore)

    run_real(main())


def test_a_target_that_is_no_address_is_not_sent_to() -> None:
    async def main() -> None:
        rtp, rtcp = SocketPorts().open_pair(HOST, ignore, ignore)
        assert not rtp.send(b"x", Peer("media.example", 9))
        assert not rtp.send(b"x", Peer(HOST, 70_000))
        rtp.close()
        rtcp.close()

    run_real(main())


def test_a_free_port_whose_neighbour_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another pair is tried; when none is free, that is said."""
    bind: Any = media_ports._bind
    failures = 2

    def busy(host: str, port: int) -> socket.socket:
        nonlocal failures
        if port and failures:
            failures -= 1
            raise OSError("taken")
        sock: socket.socket = bind(host, port)
        return sock

    monkeypatch.setattr(media_ports, "_bind", busy)

    async def main() -> None:
        nonlocal failures
        for port in SocketPorts().open_pair(HOST, ignore, ignore):
            port.close()
        failures = 1000
        with pytest.raises(NetworkError, match="no pair"):
            SocketPorts().open_pair(HOST, ignore, ignore)

    run_real(main())


def test_memory_loses_what_it_is_told_to_and_runs_out() -> None:
    async def main() -> None:
        got: list[bytes] = []
        ports = MemoryPorts(is_lost=lambda data: data == b"lost")
        rtp, _ = ports.open_pair("10.0.0.1", lambda data, _source: got.append(data), ignore)
        other, _ = ports.open_pair("10.0.0.2", ignore, ignore)
        for data in (b"a", b"lost", b"b"):
            assert other.send(data, rtp.local)
        assert other.send(b"nobody", Peer("10.0.0.9", 1))
        await asyncio.sleep(1)
        assert got == [b"a", b"b"]
        for _ in range(2, (65_536 - FIRST_MEMORY_PORT) // 2):
            ports.open_pair("10.0.0.1", ignore, ignore)
        with pytest.raises(NetworkError):
            ports.open_pair("10.0.0.1", ignore, ignore)

    run_virtual(main())
