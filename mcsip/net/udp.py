"""UDP: one socket, read and written directly.

A datagram goes to the socket at once. asyncio's own datagram transport would put a protocol, a
buffer and a callback between; for messages this small that is most of the cost. What the system
cannot take right now is dropped, as a network may drop any datagram: transactions resend.

What ICMP says is read where the system tells (``icmp``): nobody waits 32 s for a peer that is not
there. Errors make a socket readable in a way that not every event loop bears; so a poll set of the
socket's own stands between, which is readable and nothing else.
"""

import asyncio
import select
import socket
from collections import deque

from mcsip.net.icmp import ask_for_errors, take_errors
from mcsip.net.limits import (
    MAX_DATAGRAM_OCTETS,
    MAX_KEEP_ALIVE_OCTETS,
    READ_BATCH,
    RECENT_DATAGRAMS,
    SHED_SHARE,
    UDP_BUFFER_OCTETS,
)
from mcsip.net.network import UDP, Receiver, Recorder
from mcsip.net.resolve import numeric
from mcsip.sip.parse import parse_datagram
from mcsip.sip.transport_rules import Packet, Source
from mcsip.trace import Peer


class UdpTransport:
    """The UDP side of an endpoint.

    Args:
        sock: a bound UDP socket; the transport owns it.
        receiver: who takes what arrives.
        recorder: is told of what is sent, or None.

    Attributes:
        local: where it listens.
        counters: "udp-dropped": datagrams that the system could not take; "udp-unreachable": ICMP
            messages about datagrams; "udp-keep-alive".
    """

    def __init__(self, sock: socket.socket, receiver: Receiver, recorder: Recorder | None) -> None:
        sock.settimeout(0)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, UDP_BUFFER_OCTETS)
        self.local = Peer(*sock.getsockname()[:2])
        self.counters = {"udp-dropped": 0, "udp-unreachable": 0, "udp-keep-alive": 0}
        self._sock = sock
        self._receiver = receiver
        self._recorder = recorder
        self._loop = asyncio.get_running_loop()
        self._recent: deque[Packet] = deque(maxlen=RECENT_DATAGRAMS)
        self._poll: select.epoll | None = None
        if ask_for_errors(sock):
            self._poll = select.epoll()
            self._poll.register(sock.fileno(), select.EPOLLIN)
        self._readable = sock.fileno() if self._poll is None else self._poll.fileno()
        self._loop.add_reader(self._readable, self._on_readable)

    def send(self, packet: Packet) -> None:
        """Send a datagram; a failure is told to the receiver."""
        target = packet.target
        host, port = target[1], target[2]
        address = numeric(host)
        if address is None:
            self._receiver.handle_failure(packet, f"UDP to {host}:{port}: not an IP address")
            return
        try:
            self._sock.sendto(packet.data, (address, port))
        except BlockingIOError:
            self.counters["udp-dropped"] += 1
        except (OSError, OverflowError) as error:
            if not self._send_again(packet, address, port):
                self._receiver.handle_failure(packet, f"UDP to {host}:{port}: {error}")
                return
        self._recent.append(packet)
        if self._recorder is not None:
            self._recorder.sent(UDP, self.local, Peer(address, port), packet.data)

    def _send_again(self, packet: Packet, address: str, port: int) -> bool:
        """Send once more where the error was that of an earlier datagram; tell whether it went."""
        if self._poll is None:
            return False
        self._take_errors()
        try:
            self._sock.sendto(packet.data, (address, port))
        except (OSError, OverflowError):
            return False
        return True

    def _take_errors(self) -> None:
        """Tell the receiver of what did not arrive (RFC 3261 18.4)."""
        for error in take_errors(self._sock):
            self.counters["udp-unreachable"] += 1
            for packet in reversed(self._recent):
                host, port = packet.target.host, packet.target.port
                there = (numeric(host), port) == error.target
                if there and packet.data.startswith(error.beginning):
                    reason = f"UDP to {host}:{port}: {error.reason}"
                    self._receiver.handle_failure(packet, reason)
                    break

    def close(self) -> None:
        """Close the socket."""
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._readable)
            if self._poll is not None:
                self._poll.close()
            self._sock.close()

    def _on_readable(self) -> None:
        """Read what has arrived, up to a batch."""
        receive = self._sock.recvfrom
        left = float(READ_BATCH)
        while left > 0.0:
            left -= 1.0
            try:
                data, remote = receive(MAX_DATAGRAM_OCTETS)
            except BlockingIOError:
                if self._poll is not None:
                    self._take_errors()
                return
            except OSError:
                if self._sock.fileno() < 0:
                    return
                self._take_errors()  # about an earlier datagram
                continue
            if len(data) <= MAX_KEEP_ALIVE_OCTETS:
                self.counters["udp-keep-alive"] += 1
                continue
            source = Source(UDP, remote[0], remote[1], None)
            if self._receiver.sheds(data, source, self.local):
                left += 1.0 - SHED_SHARE
                continue
            self._receiver.handle_received(parse_datagram(data), data, source, self.local)
