"""Peers that do what no peer should, on loopback sockets, in a thread of their own."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

from mcsip.sip.build import build_response
from mcsip.sip.message import Request
from mcsip.sip.parse import parse_datagram

HOST = "127.0.0.1"
GARBAGE = bytes(range(256)) * 4
PAUSE_S = 0.05
STARTED_WITHIN_S = 10.0

Write = Callable[[bytes], None]


@dataclass(frozen=True)
class Peer:
    """What a peer does with one request.

    Attributes:
        answer: writes what it answers, by the request and a way to write.
        closes: whether it closes the connection then.
        reads: whether it reads at all.
    """

    answer: Callable[[Request, Write], Awaitable[None]]
    closes: bool = False
    reads: bool = True


def response(request: Request, status: int, *, contact: str | None = None) -> bytes:
    """Return a response to a request."""
    built = build_response(request, status, to_tag="peer")
    if contact is not None:
        draft = built.edit()
        draft.append("Contact", f"<{contact}>")
        built = draft.finish()
    return built.octets()


async def silent(_request: Request, _write: Write) -> None:
    """Say nothing."""


async def garbage(_request: Request, write: Write) -> None:
    """Answer with octets that are no SIP."""
    write(GARBAGE)


async def web(_request: Request, write: Write) -> None:
    """Answer as a web server would."""
    write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


async def half(request: Request, write: Write) -> None:
    """Answer with the first half of a response."""
    data = response(request, 200)
    write(data[: len(data) // 2])


async def slowly(request: Request, write: Write) -> None:
    """Answer octet by octet, and never come to the end in time."""
    for octet in response(request, 200):
        write(bytes([octet]))
        await asyncio.sleep(PAUSE_S)


async def twice(request: Request, write: Write) -> None:
    """Accept a request, and accept it again; do nothing about it."""
    write(response(request, 200))
    write(response(request, 200))


async def both_ways(request: Request, write: Write) -> None:
    """Refuse a request, and accept it then."""
    write(response(request, 403))
    write(response(request, 200))


async def refused(request: Request, write: Write, *, status: int) -> None:
    """Answer with a status code."""
    write(response(request, status))


async def in_a_circle(request: Request, write: Write) -> None:
    """Redirect to where the request came to."""
    write(response(request, 302, contact=str(request.uri)))


PEERS: dict[str, Peer] = {
    "silent": Peer(silent),
    "garbage": Peer(garbage),
    "web": Peer(web),
    "half": Peer(half),
    "closes-in-mid-message": Peer(half, closes=True),
    "closes": Peer(silent, closes=True),
    "slow": Peer(slowly),
    "twice": Peer(twice),
    "both-ways": Peer(both_ways),
    "500": Peer(partial(refused, status=500)),
    "503": Peer(partial(refused, status=503)),
    "circle": Peer(in_a_circle),
    "never-reads": Peer(silent, reads=False),
}


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = parse_datagram(data)
        if isinstance(message, Request):
            answer = self._peer.answer(message, lambda said: self._transport.sendto(said, addr))
            task = asyncio.ensure_future(_finished(answer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _finished(answer: Awaitable[None]) -> None:
    with contextlib.suppress(OSError):
        await answer


async def _on_connection(
    peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        while True:
            if not peer.reads:
                await asyncio.Event().wait()
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.partition(b":")[2])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            message = parse_datagram(head + await reader.readexactly(length))
            if isinstance(message, Request):
                await peer.answer(message, writer.write)
            if peer.closes:
                return
    except (OSError, EOFError, asyncio.CancelledError):
        return
    finally:
        writer.close()


@contextmanager
def misbehaving(name: str, transport: str) -> Iterator[int]:
    """Run a peer of ``PEERS`` for a while; yield its port."""
    peer = PEERS[name]
    port: list[int] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def main() -> None:
        if transport == "udp":
            socket, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(peer), local_addr=(HOST, 0)
            )
            port.append(socket.get_extra_info("sockname")[1])
            close = socket.close
        else:
            server = await asyncio.start_server(partial(_on_connection, peer), HOST, 0)
            port.append(server.sockets[0].getsockname()[1])
            close = server.close
        ready.set()
        await over.wait()
        close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def run() -> None:
        with contextlib.closing(loop):
            loop.run_until_complete(main())

    thread = threading.Thread(target=run, name=f"peer {name}")
    thread.start()
    try:
        assert ready.wait(STARTED_WITHIN_S)
        yield port[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(STARTED_WITHIN_S)
        assert not thread.is_alive()
