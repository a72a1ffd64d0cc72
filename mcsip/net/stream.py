"""TCP and TLS: the connections of one endpoint (RFC 3261 18).

One table holds them all, whoever opened them. A packet goes on the connection it names by its flow,
else on one that is open to its host and port, else on a new one; so answers return on the
connection of their request (18.2.2) and requests reuse what is there. Octets become messages in
``mcsip.sip.parse.StreamFramer``.

A peer may be slow, silent or hostile. It is cut off when it does not read what it is sent, does not
finish what it began, or loses the framing; each limit is in ``limits``. A connection that ends
before anything came back has delivered nothing that we know of: the requests sent on it since its
last octet count as failed (18.4), which also covers a TLS 1.3 server that refuses our certificate
after our side of the handshake is done.
"""

import asyncio
import os
import socket
import ssl
from collections import Counter
from functools import partial
from itertools import count

from mcsip.errors import NetworkError, UsageError
from mcsip.net.connection import Connection
from mcsip.net.limits import (
    CLOSE_GRACE_S,
    CONNECT_TIMEOUT_S,
    HANDSHAKE_TIMEOUT_S,
    MAX_CONNECTIONS,
    SWEEP_S,
)
from mcsip.net.network import TLS, Receiver, Recorder
from mcsip.net.resolve import numeric
from mcsip.net.tls import TlsConfig, client_context, fault_of, server_context
from mcsip.net.tls_listener import TlsListener
from mcsip.sip.transport_rules import Packet
from mcsip.trace import Peer


class StreamTable:
    """The TCP and TLS connections of an endpoint.

    Args:
        host: IP address that opened connections come from.
        receiver: who takes what arrives.
        recorder: is told of what is sent, or None.
        tls: certificates, or None where TLS is not used.

    Attributes:
        connections: the open connections by flow.
        counters: what was cut off or refused, and why.
        held_octets: what waits for the peers that do not read fast enough.
        loop: the event loop that it runs in.
    """

    def __init__(
        self, host: str, receiver: Receiver, recorder: Recorder | None, tls: TlsConfig | None
    ) -> None:
        self.receiver = receiver
        self.recorder = recorder
        self.tls = tls
        self.connections: dict[int, Connection] = {}
        self.counters: Counter[str] = Counter()
        self.held_octets = 0
        self._by_remote: dict[tuple[str, str, int], Connection] = {}
        self._flows = count(1)
        self._from = None if host in {"0.0.0.0", "::"} else (host, 0)  # noqa: S104
        self.loop = asyncio.get_running_loop()
        self._servers: list[asyncio.Server] = []
        self._tls_listeners: list[TlsListener] = []
        self._connecting: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._client_context: ssl.SSLContext | None = None
        self._closing = False
        self._empty: asyncio.Future[None] | None = None

    async def listen(self, sock: socket.socket, transport: str) -> None:
        """Accept connections on a bound socket, which the table owns from now on.

        Raises:
            NetworkError: a certificate cannot be used.
            UsageError: TLS without certificates.
        """
        if transport != TLS:
            make = partial(Connection, self, transport, None)
            self._servers.append(await self.loop.create_server(make, sock=sock))
        elif self.tls is None:
            raise UsageError("TLS needs certificates: give the endpoint a TlsConfig")
        else:
            context = server_context(self.tls)
            make = partial(Connection, self, transport, None)
            self._tls_listeners.append(TlsListener(self, sock, context, make))

    def send(self, packet: Packet) -> None:
        """Send on the packet's flow, on a connection to its address, or on a new one."""
        transport, host, port, flow = packet.target
        connection = self.connections.get(flow) if flow is not None else None
        if connection is None:
            connection = self._by_remote.get((transport, host, port))
            if connection is None:
                self._connect(packet)
                return
        connection.send(packet)

    def _connect(self, packet: Packet) -> None:
        """Open a connection for a packet; it waits on it."""
        transport, host, port, _ = packet.target
        address = numeric(host)
        if address is None or not 0 < port < 65536:
            reason = f"{host}:{port} is not an IP address and a port"
            self.receiver.handle_failure(packet, reason)
            return
        if transport == TLS and self.tls is None:
            self.receiver.handle_failure(packet, "TLS without certificates")
            return
        connection = Connection(self, transport, Peer(host, port))
        self._by_remote[transport, host, port] = connection
        connection.send(packet)
        task = self.loop.create_task(self._open(connection, transport, address, port))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _open(self, connection: Connection, transport: str, host: str, port: int) -> None:
        """Connect; a failure is the end of the connection and of the packets that wait on it."""
        context, name = None, None
        try:
            if transport == TLS and self.tls is not None:
                if self._client_context is None:
                    self._client_context = client_context(self.tls)
                context = self._client_context
                name = self.tls.expected_name(host, port)
            async with asyncio.timeout(CONNECT_TIMEOUT_S + (HANDSHAKE_TIMEOUT_S if context else 0)):
                await self.loop.create_connection(
                    lambda: connection,
                    host,
                    port,
                    ssl=context,
                    server_hostname=name,
                    ssl_handshake_timeout=None if context is None else HANDSHAKE_TIMEOUT_S,
                    local_addr=self._from,
                )
        except TimeoutError:
            connection.fail(f"no connection within {CONNECT_TIMEOUT_S:g} s")
        except ssl.SSLError as error:
            connection.fail(self.tls_failed(error))
        except OSError as error:
            # The wording differs from loop to loop; the error number does not.
            connection.fail(os.strerror(error.errno) if error.errno else str(error))
        except NetworkError as error:
            connection.fail(str(error))

    def tls_failed(self, error: ssl.SSLError) -> str:
        """Count why TLS failed on a connection that was opened; return it in words."""
        fault = fault_of(error)
        self.counters[fault.counter] += 1
        return f"TLS: {fault.text}"

    def proven(self, flow: int | None) -> frozenset[str] | None:
        """Return the names in the certificate of the peer of a flow.

        Where no certificate is asked for that is None; where one is, and the peer has shown none
        because it does not speak TLS, it is the empty set.
        """
        tls = self.tls
        if tls is None or not tls.mutual or not tls.verify:
            return None
        connection = self.connections.get(flow) if flow is not None else None
        return frozenset() if connection is None else connection.names

    def add(self, connection: Connection, remote: Peer) -> int | None:
        """Enter an open connection; return its flow, or None when there are too many."""
        if self._closing or len(self.connections) >= MAX_CONNECTIONS:
            self.counters["connections-refused"] += 1
            return None
        flow = next(self._flows)
        self.connections[flow] = connection
        self._by_remote.setdefault((connection.name, *remote), connection)
        if self._sweeper is None:
            self._sweeper = self.loop.call_later(SWEEP_S, self.sweep)
        return flow

    def retire(self, connection: Connection) -> None:
        """Send nothing new on this connection, except on its flow."""
        for key in [key for key, other in self._by_remote.items() if other is connection]:
            del self._by_remote[key]

    def remove(self, connection: Connection) -> None:
        """Forget a connection that is gone."""
        self.retire(connection)
        if connection.flow is not None:
            self.connections.pop(connection.flow, None)
        if not self.connections and self._empty is not None and not self._empty.done():
            self._empty.set_result(None)

    def sweep(self) -> None:
        """Cut what has been idle, unfinished, half closed or closing for too long."""
        for connection in list(self.connections.values()):
            connection.on_sweep()
        self._sweeper = (
            self.loop.call_later(SWEEP_S, self.sweep)
            if self.connections and not self._closing
            else None
        )

    async def close(self) -> None:
        """Close everything; peers that do not let go in time are cut."""
        self._closing = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        for server in self._servers:
            server.close()
        for listener in self._tls_listeners:
            await listener.close()
        for task in list(self._connecting):
            task.cancel()
        await asyncio.gather(*self._connecting, return_exceptions=True)
        if self.connections:
            self._empty = self.loop.create_future()
            for connection in list(self.connections.values()):
                connection.close("the endpoint stops")
            await asyncio.wait([self._empty], timeout=CLOSE_GRACE_S)
            for connection in list(self.connections.values()):
                connection.abort()
            await asyncio.wait([self._empty], timeout=CLOSE_GRACE_S)
        for server in self._servers:
            await server.wait_closed()
