"""Accepting TLS connections, so that a handshake that fails says who failed it and why.

A server of the event loop drops such a connection without a word. Here every connection is
accepted plainly, its handshake is awaited, and what became of it is logged, counted and noted in
the trace. A peer that is silent, slow or speaks something else keeps nobody waiting: handshakes
run side by side, each for a limited time, and no more of them than there may be connections.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING

from mcsip.net.limits import ACCEPT_PAUSE_S, HANDSHAKE_TIMEOUT_S, MAX_CONNECTIONS
from mcsip.net.tls import TlsFault, fault_of
from mcsip.trace import Peer

if TYPE_CHECKING:
    from mcsip.net.connection import Connection
    from mcsip.net.stream import StreamTable

_log = logging.getLogger(__name__)


class TlsListener:
    """Accepts TLS connections at one address until it is closed.

    Args:
        table: the table that they belong to.
        sock: bound and listening; the listener owns it.
        context: certificates, and what is asked of peers.
        make: makes the protocol of a connection.
    """

    def __init__(
        self,
        table: "StreamTable",
        sock: socket.socket,
        context: ssl.SSLContext,
        make: "Callable[[], Connection]",
    ) -> None:
        self._table = table
        self._sock = sock
        self._context = context
        self._make = make
        self._loop = asyncio.get_running_loop()
        self._handshakes: set[asyncio.Task[None]] = set()
        self._accepting = self._loop.create_task(self._accept())

    async def close(self) -> None:
        """Accept nothing more; handshakes that are under way are given up."""
        tasks = [self._accepting, *self._handshakes]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._sock.close()

    async def _accept(self) -> None:
        """Accept one connection after the other."""
        while True:
            try:
                sock, address = await self._loop.sock_accept(self._sock)
            except OSError as error:
                # Out of descriptors, or the peer was gone at once: the next one may do better.
                _log.warning("TLS: a connection could not be accepted: %s", error)
                await asyncio.sleep(ACCEPT_PAUSE_S)
                continue
            if len(self._handshakes) >= MAX_CONNECTIONS:
                self._table.counters["connections-refused"] += 1
                sock.close()
                continue
            task = self._loop.create_task(self._shake_hands(sock, Peer(*address[:2])))
            self._handshakes.add(task)
            task.add_done_callback(self._handshakes.discard)

    async def _shake_hands(self, sock: socket.socket, peer: Peer) -> None:
        """Let a connection begin; say why when it does not."""
        try:
            await self._loop.connect_accepted_socket(
                self._make, sock, ssl=self._context, ssl_handshake_timeout=HANDSHAKE_TIMEOUT_S
            )
        except OSError as error:
            self._refused(peer, fault_of(error))

    def _refused(self, peer: Peer, fault: TlsFault) -> None:
        """Log, count and note a handshake that failed."""
        self._table.counters[fault.counter] += 1
        _log.warning("TLS from %s:%d is refused: %s", *peer, fault.text)
        recorder = self._table.recorder
        if recorder is not None:
            text = f"TLS from {peer.host}:{peer.port} is refused: {fault.text}"
            recorder.note("RFC 3261 26.3.1", text)
