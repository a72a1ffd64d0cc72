"""One TCP or TLS connection: an asyncio protocol between a socket and the table of its endpoint.

What is sent in one turn of the event loop goes out together at its end: under load many messages
take one call of the system on this side, and on the other side too.
"""

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from mcsip.net.limits import (
    HALF_CLOSED_S,
    IDLE_S,
    INCOMPLETE_S,
    MAX_HELD_OCTETS,
    MAX_UNSENT_OCTETS,
    SWEEP_S,
    UNANSWERED_PACKETS,
    WRITE_HIGH_WATER_OCTETS,
)
from mcsip.net.network import TLS
from mcsip.net.tls import check_admitted, check_name, names_in
from mcsip.sip.message import Request
from mcsip.sip.parse import KeepAlive, Malformed, StreamFramer
from mcsip.sip.transport_rules import Packet, Source
from mcsip.trace import Peer

if TYPE_CHECKING:
    from mcsip.net.stream import StreamTable

_log = logging.getLogger(__name__)

_PONG = b"\r\n"
_STATUS_LINE = b"SIP/2.0 "
_PROVISIONAL = b"SIP/2.0 1"
#: How every TLS connection begins: a record of type handshake, version 3.x (RFC 8446 5.1 [gen]).
_TLS_HANDSHAKE = b"\x16\x03"
_NOWHERE = Peer("", 0)


class Connection(asyncio.Protocol):
    """A connection, from its opening to its end.

    Args:
        table: the table it belongs to.
        name: "TCP" or "TLS".
        target: where it goes, as packets name it; None for one that was accepted.

    Attributes:
        flow: its number once it is open.
        names: what the peer's certificate names, where it was checked.
        local: its own address.
        remote: the peer's address.
    """

    __slots__ = (
        "_begun",
        "_framer",
        "_half_closed",
        "_held",
        "_idle_s",
        "_incomplete_s",
        "_outbox",
        "_owed",
        "_paused",
        "_source",
        "_table",
        "_transport",
        "_unanswered",
        "_used",
        "_waiting",
        "_waiting_octets",
        "ending",
        "flow",
        "local",
        "name",
        "names",
        "remote",
        "target",
    )

    def __init__(self, table: "StreamTable", name: str, target: Peer | None) -> None:
        self.name = name
        self.target = target
        self.flow: int | None = None
        self.names: frozenset[str] = frozenset()
        self.local = self.remote = _NOWHERE
        self.ending: str | None = None
        self._table = table
        self._transport: asyncio.Transport | None = None
        self._framer = StreamFramer()
        self._begun = False
        self._source = Source(name, "", 0, None)
        self._outbox: list[bytes] = []
        self._waiting: list[Packet] = []
        self._waiting_octets = 0
        self._unanswered: deque[Packet] = deque(maxlen=UNANSWERED_PACKETS)
        self._held = 0
        self._owed = 0
        self._half_closed = False
        self._paused = False
        self._used = True
        self._idle_s = 0.0
        self._incomplete_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin: check who the peer is, then send what waits."""
        self._transport = stream = cast("asyncio.Transport", transport)
        stream.set_write_buffer_limits(WRITE_HIGH_WATER_OCTETS)
        remote = stream.get_extra_info("peername")
        if remote is None:
            self.fail("the peer was gone at once")
            stream.abort()
            return
        self.local = Peer(*stream.get_extra_info("sockname")[:2])
        self.remote = Peer(*remote[:2])
        fault = self._check_peer(stream.get_extra_info("peercert") or {})
        if fault is not None:
            _log.warning("TLS with %s:%d: %s", *self.remote, fault)
            self._table.counters["tls-wrong-peer"] += 1
            self._note(fault)
            self.fail(fault)
            stream.abort()
            return
        self.flow = self._table.add(self, self.remote)
        if self.flow is None:
            self.fail("too many connections")
            stream.abort()
            return
        self._source = Source(self.name, self.remote.host, self.remote.port, self.flow)
        waiting, self._waiting = self._waiting, []
        for packet in waiting:
            self.send(packet)

    def _check_peer(self, certificate: Mapping[str, object]) -> str | None:
        """Return why the peer is not who it should be, or None."""
        tls = self._table.tls
        if self.name != TLS or tls is None or not tls.verify:
            return None
        self.names = names_in(certificate)
        if self.target is not None:
            return check_name(certificate, tls.expected_name(*self.target))
        if tls.mutual and tls.admitted is not None:
            return check_admitted(certificate, tls.admitted)
        return None

    def send(self, packet: Packet) -> None:
        """Send a packet, or keep it until the connection is open."""
        transport = self._transport
        if transport is None:
            if self.ending is not None or self._waiting_octets > MAX_UNSENT_OCTETS:
                self._report(packet, self.ending or "too much waits for the connection")
                return
            self._waiting_octets += len(packet.data)
            self._waiting.append(packet)
            return
        if self.ending is not None:
            self._report(packet, self.ending)
            return
        data = packet.data
        if data.startswith(_STATUS_LINE):
            if self._owed and not data.startswith(_PROVISIONAL):
                self._owed -= 1
        else:
            self._unanswered.append(packet)
        self._used = True
        recorder = self._table.recorder
        if recorder is not None:
            recorder.sent(self.name, self.local, self.remote, data)
        self._write(data)
        if self._half_closed and not self._owed and self.ending is None:
            self.close("everything is answered")

    def _write(self, data: bytes) -> None:
        """Let octets go out at the end of this turn of the event loop."""
        if not self._outbox:
            self._table.loop.call_soon(self._flush)
        self._outbox.append(data)

    def _flush(self) -> None:
        """Hand what is to go out to the system, unless the peer has left too much unread."""
        outbox, transport = self._outbox, self._transport
        if not outbox:
            return
        self._outbox = []
        if transport is None:
            return
        transport.write(outbox[0] if len(outbox) == 1 else b"".join(outbox))
        if self._paused:
            self._hold(transport.get_write_buffer_size())
            if self._held > MAX_UNSENT_OCTETS or self._table.held_octets > MAX_HELD_OCTETS:
                self._cut("never-reading", "the peer does not read")

    def _hold(self, octets: int) -> None:
        """Say how much waits for the peer."""
        self._table.held_octets += octets - self._held
        self._held = octets

    def data_received(self, data: bytes) -> None:
        """Take octets; hand over the messages they complete."""
        self._used = True
        if self._unanswered:
            self._unanswered.clear()
        if not self._begun and self._is_tls_in_the_clear(data):
            return
        framer = self._framer
        receiver = self._table.receiver
        pongs = 0
        for item in framer.feed(data):
            if isinstance(item, KeepAlive):
                pongs += 1
                continue
            self._incomplete_s = 0.0
            if isinstance(item, Malformed):
                octets = item.data
            else:
                octets = item.octets()
                if isinstance(item, Request) and item.method != "ACK":
                    self._owed += 1
            receiver.handle_received(item, octets, self._source, self.local)
        if pongs and self._transport is not None and self.ending is None:
            self._write(_PONG * pongs)
        if framer.broken and self.ending is None:
            self._table.counters["framing-lost"] += 1
            self.close("the peer's octets are not SIP")

    def _is_tls_in_the_clear(self, data: bytes) -> bool:
        """Cut a peer that begins TLS where none is spoken: it would wait for an answer."""
        self._begun = True
        if self.name == TLS or not data.startswith(_TLS_HANDSHAKE):
            return False
        self._cut("tls-on-plain-port", "the peer begins TLS, and none is spoken here")
        return True

    def eof_received(self) -> bool:
        """Hear that the peer sends no more; stay open while answers are owed to it (TCP only)."""
        if self._framer.incomplete:
            self._table.counters["ended-in-message"] += 1
            self._note("the peer ended in the middle of a message")
        self._table.retire(self)
        self._report_undelivered("the peer ended its direction")
        self._half_closed = self.name != TLS and self._owed > 0 and self.ending is None
        return self._half_closed

    def pause_writing(self) -> None:
        """Hear that what is written begins to pile up."""
        self._paused = True

    def resume_writing(self) -> None:
        """Hear that the peer reads again."""
        self._paused = False
        self._hold(0)

    def connection_lost(self, exc: Exception | None) -> None:
        """End: forget the connection; requests that nothing came back for have failed."""
        if self._transport is None:
            return
        if isinstance(exc, ssl.SSLError) and self.ending is None:
            self.ending = self._table.tls_failed(exc)
        self.fail(self.ending or (str(exc) if exc is not None else "the peer closed"))
        self._transport = None

    def fail(self, reason: str) -> None:
        """Leave the table and report every packet that was not delivered as far as we know."""
        if self.ending is None:
            self.ending = reason
        self._hold(0)
        self._table.remove(self)
        self._report_undelivered(reason)

    def _report_undelivered(self, reason: str) -> None:
        """Report the requests that nothing came back for, and what was not sent at all."""
        undelivered = [*self._unanswered, *self._waiting]
        self._unanswered.clear()
        self._waiting.clear()
        for packet in undelivered:
            self._report(packet, reason)

    def _report(self, packet: Packet, reason: str) -> None:
        host, port = packet.target.host, packet.target.port
        self._table.receiver.handle_failure(packet, f"{self.name} to {host}:{port}: {reason}")

    def on_sweep(self) -> None:
        """Let ``SWEEP_S`` seconds count towards the limits; cut the connection that is over one."""
        self._idle_s = 0.0 if self._used else self._idle_s + SWEEP_S
        self._used = False
        self._incomplete_s = self._incomplete_s + SWEEP_S if self._framer.incomplete else 0.0
        if self.ending is not None:
            self.abort()
        elif self._incomplete_s >= INCOMPLETE_S:
            self._cut("unfinished", "the peer does not finish its message")
        elif self._idle_s >= (HALF_CLOSED_S if self._half_closed else IDLE_S):
            self._table.counters["idle"] += 1
            self.close("idle for too long")

    def _cut(self, counter: str, reason: str) -> None:
        """End the connection at once, whatever is unsent."""
        _log.warning("%s with %s:%d is cut: %s", self.name, *self.remote, reason)
        self._note(f"cut: {reason}")
        self._table.counters[counter] += 1
        self.ending = reason
        self.abort()

    def close(self, reason: str) -> None:
        """End the connection once everything is sent."""
        self.ending = reason
        self._table.retire(self)
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def _note(self, text: str) -> None:
        """Say in the trace what is wrong with the connection."""
        if self._table.recorder is not None:
            host, port = self.remote
            self._table.recorder.note("RFC 3261 18.3", f"{self.name} with {host}:{port}: {text}")

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()
