"""A network in memory: datagrams with faults, streams in order, links that can be cut.

Every node gets an address of its own, 10.0.0.1 onward in the order in which they come, at port 5060
(TLS at 5061, in plain text). What is under way waits in one heap by time of arrival and order of
sending, behind one timer; so with virtual time and a seeded source of randomness a run repeats
exactly. Streams are reliable and ordered and feed the same framer as real ones do.
"""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import ClassVar

from mcsip.net.faults import Fate, Faults, HopFault
from mcsip.net.limits import CONNECT_TIMEOUT_S, MAX_DATAGRAM_OCTETS, UNANSWERED_PACKETS
from mcsip.net.network import TCP, TLS, UDP, Attachment, ListenSpec, Receiver, Recorder
from mcsip.net.tls import TlsConfig
from mcsip.sip.parse import KeepAlive, Malformed, StreamFramer, parse_datagram
from mcsip.sip.transport_rules import Packet, Source
from mcsip.trace import Peer

SIP_PORT = 5060
SIPS_PORT = 5061
_FIRST_EPHEMERAL_PORT = 49_152
_Event = tuple[float, int, Callable[[], None]]


class MemoryNetwork:
    """Attaches endpoints to each other without sockets.

    Args:
        rng: decides every fault; seed it, and a run repeats.
        faults: how unreliable the network is; may be replaced while it runs.
    """

    in_memory: ClassVar = True

    def __init__(self, rng: random.Random, faults: Faults | None = None) -> None:
        self.faults = faults if faults is not None else Faults()
        self.rng = rng
        #: What happens to certain messages between certain nodes; may change while it runs.
        self.hop_faults: list[HopFault] = []
        self._hosts: dict[str, str] = {}
        self._at: dict[Peer, MemoryAttachment] = {}
        self._cut: set[frozenset[str]] = set()
        self._events: list[_Event] = []
        self._order = count()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def attach(
        self,
        name: str,
        listen: ListenSpec,
        receiver: Receiver,
        recorder: Recorder | None,
        tls: TlsConfig | None,  # noqa: ARG002  # nothing is encrypted here
    ) -> Attachment:
        """Give an endpoint its address; see ``Network.attach``."""
        self._loop = asyncio.get_running_loop()
        host = self._hosts.get(name)
        if host is None:
            number = len(self._hosts) + 1
            host = self._hosts[name] = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        attachment = MemoryAttachment(self, name, host, listen.transports, receiver, recorder)
        for address in attachment.addresses.values():
            self._at[address] = attachment
        return attachment

    def cut(self, a: str, b: str) -> None:
        """Cut the link between two nodes: datagrams are lost, streams break."""
        self._cut.add(frozenset((a, b)))

    def restore(self, a: str, b: str) -> None:
        """Mend the link between two nodes."""
        self._cut.discard(frozenset((a, b)))

    def is_cut(self, a: str, host: str) -> bool:
        """Return whether the link from node ``a`` to this address is cut."""
        if not self._cut:
            return False
        return frozenset((a, self._name_of(host))) in self._cut

    def _name_of(self, host: str) -> str:
        """Return the name of the node that has an address, or ""."""
        return next((name for name, other in self._hosts.items() if other == host), "")

    def fate_of(self, sender: str, host: str, data: bytes) -> Fate | None:
        """Return what a fault of the hop does to a message; None: nothing."""
        if not self.hop_faults:
            return None
        receiver = self._name_of(host)
        fates = (fault.take(sender, receiver, data) for fault in self.hop_faults)
        return next((fate for fate in fates if fate is not None), None)

    def listener(self, address: Peer, transport: str) -> "MemoryAttachment | None":
        """Return who listens at an address on a transport, if anyone does."""
        attachment = self._at.get(address)
        if attachment is None or attachment.addresses.get(transport) != address:
            return None
        return attachment

    def detach(self, attachment: "MemoryAttachment") -> None:
        """Forget an endpoint; what is under way to it is dropped on arrival."""
        for address in attachment.addresses.values():
            if self._at.get(address) is attachment:
                del self._at[address]
        if not self._at:
            self._events.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def now(self) -> float:
        """Return the time of the loop, in seconds."""
        assert self._loop is not None
        return self._loop.time()

    def schedule(self, at: float, event: Callable[[], None]) -> None:
        """Let something happen at a time; what is due at the same time keeps its order."""
        heappush(self._events, (at, next(self._order), event))
        self._arm()

    def _arm(self) -> None:
        """Set the timer to the first event."""
        if not self._events:
            return
        at = self._events[0][0]
        if self._timer is not None:
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        assert self._loop is not None
        self._timer = self._loop.call_at(at, self._on_timer)

    def _on_timer(self) -> None:
        """Let everything happen that is due; what that causes at once comes in a later round."""
        assert self._timer is not None
        now = max(self.now(), self._timer.when())
        self._timer = None
        last = next(self._order)
        while self._events and self._events[0][0] <= now and self._events[0][1] < last:
            heappop(self._events)[2]()
        self._arm()


class MemoryAttachment:
    """One endpoint's place in a network in memory.

    Attributes:
        name: the node's name.
        host: its address.
        addresses: where it listens, by transport.
        ends: its ends of open connections, by flow.
        counters: what was dropped or refused.
    """

    def __init__(
        self,
        network: MemoryNetwork,
        name: str,
        host: str,
        transports: frozenset[str],
        receiver: Receiver,
        recorder: Recorder | None,
    ) -> None:
        self.name = name
        self.host = host
        ports = {UDP: SIP_PORT, TCP: SIP_PORT, TLS: SIPS_PORT}
        self.addresses = {
            kind: Peer(host, port) for kind, port in ports.items() if kind in transports
        }
        self.ends: dict[int, StreamEnd] = {}
        self.by_remote: dict[tuple[str, Peer], StreamEnd] = {}
        self.counters: Counter[str] = Counter()
        self.network = network
        self.receiver = receiver
        self.recorder = recorder
        self._flows = count(1)
        self._ports = count(_FIRST_EPHEMERAL_PORT)

    def address(self, transport: str) -> Peer:
        """Return where the endpoint listens on this transport; KeyError where it does not."""
        return self.addresses[transport]

    def proven(self, flow: int | None) -> frozenset[str] | None:  # noqa: ARG002
        """Return None: nothing is encrypted here, and nobody shows a certificate."""
        return None

    def send(self, packet: Packet) -> None:
        """Send a packet; a failure is told to the receiver."""
        target = packet.target
        if target.transport == UDP:
            self._send_datagram(packet)
            return
        end = self.ends.get(target.flow) if target.flow is not None else None
        remote = Peer(target.host, target.port)
        if end is None:
            end = self.by_remote.get((target.transport, remote))
        if end is None:
            end = self._connect(target.transport, remote)
        end.send(packet)

    def _send_datagram(self, packet: Packet) -> None:
        """Decide a datagram's fate, record it, and let the copies that arrive be on their way."""
        network, data = self.network, packet.data
        remote = Peer(packet.target.host, packet.target.port)
        local = self.addresses.get(UDP)
        if local is None or len(data) > MAX_DATAGRAM_OCTETS:
            reason = "this endpoint has no UDP" if local is None else "the datagram is too large"
            self.receiver.handle_failure(packet, reason)
            return
        fate = network.fate_of(self.name, remote.host, data)
        delays_s, fault = network.faults.decide(network.rng)
        if fate is not None and delays_s:
            delays_s, fault = tuple(delays_s[0] + more for more in fate.delays_s), fate.fault
        if network.is_cut(self.name, remote.host):
            delays_s, fault = (), "lost"
        if self.recorder is not None:
            self.recorder.sent(UDP, local, remote, data, fault)
        now = network.now()
        for delay_s in delays_s:
            network.schedule(now + delay_s, lambda: _deliver(network, local, remote, data))

    def _connect(self, transport: str, remote: Peer) -> "StreamEnd":
        """Begin to open a connection; packets wait on it."""
        end = StreamEnd(self, transport, Peer(self.host, next(self._ports)), remote)
        self.by_remote[transport, remote] = end
        network = self.network
        cut = network.is_cut(self.name, remote.host)
        delay_s = CONNECT_TIMEOUT_S if cut else 2 * network.faults.delay(network.rng)
        network.schedule(network.now() + delay_s, end.on_connected)
        return end

    def add(self, end: "StreamEnd") -> int:
        """Enter an open connection; return its flow."""
        flow = next(self._flows)
        self.ends[flow] = end
        self.by_remote.setdefault((end.transport, end.remote), end)
        return flow

    def remove(self, end: "StreamEnd") -> None:
        """Forget a connection."""
        if end.flow is not None:
            self.ends.pop(end.flow, None)
        if self.by_remote.get((end.transport, end.remote)) is end:
            del self.by_remote[end.transport, end.remote]

    async def close(self) -> None:
        """Leave the network; peers hear of it after the usual delay."""
        for end in list(self.ends.values()):
            end.close()
        self.by_remote.clear()
        self.network.detach(self)


def _deliver(network: MemoryNetwork, source: Peer, remote: Peer, data: bytes) -> None:
    """Hand a datagram that has arrived to whoever listens there."""
    attachment = network.listener(remote, UDP)
    if attachment is None:
        return
    origin = Source(UDP, source.host, source.port, None)
    attachment.receiver.handle_received(parse_datagram(data), data, origin, remote)


class StreamEnd:
    """One end of a connection in memory.

    Args:
        owner: whose end it is.
        transport: "TCP" or "TLS".
        local: its own address.
        remote: the other end's.
    """

    def __init__(self, owner: MemoryAttachment, transport: str, local: Peer, remote: Peer) -> None:
        self.owner = owner
        self.transport = transport
        self.local = local
        self.remote = remote
        self.flow: int | None = None
        self._other: StreamEnd | None = None
        self._waiting: list[Packet] = []
        self._unanswered: deque[Packet] = deque(maxlen=UNANSWERED_PACKETS)
        self._framer = StreamFramer()
        self._ended: str | None = None
        self._last_arrival = 0.0

    def on_connected(self) -> None:
        """Learn whether the connection came up; send what waits, or report it."""
        network = self.owner.network
        listener = network.listener(self.remote, self.transport)
        if network.is_cut(self.owner.name, self.remote.host):
            self._fail(f"no connection within {CONNECT_TIMEOUT_S:g} s")
        elif listener is None:
            self._fail("connection refused")
        else:
            other = StreamEnd(listener, self.transport, self.remote, self.local)
            self._other, other._other = other, self
            other.flow = listener.add(other)
            self.flow = self.owner.add(self)
            waiting, self._waiting = self._waiting, []
            for packet in waiting:
                self.send(packet)

    def send(self, packet: Packet) -> None:
        """Send a packet, or keep it until the connection is up."""
        owner = self.owner
        network = owner.network
        if self._ended is not None:
            self._report(packet, self._ended)
            return
        other = self._other
        if other is None:
            self._waiting.append(packet)
            return
        if network.is_cut(owner.name, self.remote.host):
            if owner.recorder is not None:
                owner.recorder.sent(self.transport, self.local, self.remote, packet.data, "lost")
            self._waiting.append(packet)
            owner.remove(self)
            other.owner.remove(other)
            network.schedule(network.now() + CONNECT_TIMEOUT_S, lambda: self._fail("timed out"))
            return
        fate = network.fate_of(owner.name, self.remote.host, packet.data)
        if owner.recorder is not None:
            fault = fate.fault if fate is not None else None
            owner.recorder.sent(self.transport, self.local, self.remote, packet.data, fault)
        if fate is not None:
            for more_s in fate.delays_s:
                at = network.now() + network.faults.delay(network.rng) + more_s
                network.schedule(at, lambda: other.on_octets(packet.data))
            return
        if not packet.data.startswith(b"SIP/2.0 "):
            self._unanswered.append(packet)
        self._pass(lambda: other.on_octets(packet.data))

    def _pass(self, event: Callable[[], None]) -> None:
        """Let something arrive at the other end, after everything that is under way already."""
        network = self.owner.network
        arrival = network.now() + network.faults.delay(network.rng)
        self._last_arrival = max(arrival, self._last_arrival)
        network.schedule(self._last_arrival, event)

    def on_octets(self, data: bytes) -> None:
        """Take octets; hand over the messages they complete."""
        owner = self.owner
        if self._ended is not None or self.flow is None:
            return
        self._unanswered.clear()
        source = Source(self.transport, self.remote.host, self.remote.port, self.flow)
        for item in self._framer.feed(data):
            if isinstance(item, KeepAlive):
                continue
            octets = item.data if isinstance(item, Malformed) else item.octets()
            owner.receiver.handle_received(item, octets, source, self.local)
        if self._framer.broken:
            owner.counters["framing-lost"] += 1
            self.close()

    def close(self) -> None:
        """End the connection; the other end hears of it in its turn."""
        self._fail("closed")
        other = self._other
        if other is not None:
            self._pass(lambda: other._fail("the peer closed"))  # noqa: SLF001  # its own kind

    def _fail(self, reason: str) -> None:
        """Leave the tables and report what could not be sent."""
        self._ended = reason
        self.owner.remove(self)
        undelivered = [*self._unanswered, *self._waiting]
        self._unanswered.clear()
        self._waiting.clear()
        for packet in undelivered:
            self._report(packet, reason)

    def _report(self, packet: Packet, reason: str) -> None:
        host, port = packet.target.host, packet.target.port
        text = f"{self.transport} to {host}:{port}: {reason}"
        self.owner.receiver.handle_failure(packet, text)
