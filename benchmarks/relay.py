"""What relaying one MESSAGE and its 200 costs, in a process of its own.

The parent plays both neighbours on plain sockets: it sends prepared MESSAGEs, answers what comes
out at the other side, and takes the 200s back, ``outstanding`` at a time. The CPU time is that of
whatever relays.
"""

import socket
import time
from dataclasses import dataclass

from benchmarks.crowding import arrived, loopback
from benchmarks.gateway import GATEWAY, INNER
from benchmarks.relaying import Start
from benchmarks.topologies import two_systems
from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import REQUEST
from mcsip.mc.request import Identities, build_mc_request
from mcsip.mc.services import MCPTT
from mcsip.net.ids import SystemIds
from mcsip.nodes.directory import Directory
from mcsip.trace import Peer

_HEAD_END = b"\r\n\r\n"
#: Transactions before the clock starts.
WARM_UP = 500
#: How long the neighbours nap before they look again, and how long they wait for a batch.
NAP_S = 0.001
PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class RelayFigures:
    """What relaying cost.

    Attributes:
        transactions: how many MESSAGEs were relayed and answered.
        cpu_s: CPU time of the relay for them.
        wall_s: how long they took.
        octets: size of a MESSAGE as it reached the relay.
        octets_out: size of one as it left.
    """

    transactions: int
    cpu_s: float
    wall_s: float
    octets: int
    octets_out: int

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU per relayed transaction."""
        return self.cpu_s / self.transactions * 1e6


def measure(start: Start, transactions: int = 20_000, *, outstanding: int = 50) -> RelayFigures:
    """Relay ``transactions`` MESSAGEs and return what that cost.

    Args:
        start: starts what relays.
        transactions: how many.
        outstanding: how many at a time.

    Raises:
        MissingToolError: what relays is not there.
    """
    with loopback() as inner, loopback() as outer:
        messages = prepared(transactions + WARM_UP, Peer(*inner.getsockname()))
        with start(Peer(*inner.getsockname()), Peer(*outer.getsockname())) as relay:
            octets_out = run(messages[:WARM_UP], inner, outer, relay.address, outstanding)
            before, wall = relay.cpu_s(), time.perf_counter()
            run(messages[WARM_UP:], inner, outer, relay.address, outstanding)
            wall = time.perf_counter() - wall
            cpu = relay.cpu_s() - before
    return RelayFigures(transactions, cpu, wall, len(messages[0]), octets_out)


def prepared(count: int, inner: Peer) -> list[bytes]:
    """Return MESSAGEs of step 3 as the inner server would send them."""
    ids = SystemIds()
    directory = Directory(two_systems(1, "udp"))
    sender = Identities(directory.psi(INNER), directory.psi(INNER), asserted=True)
    messages = []
    for number in range(count):
        info = Info(
            MCPTT,
            REQUEST,
            primary_id=f"sip:user{number}@primary.example",
            partner_id=f"sip:visitor{number}@partner.example",
            profile_index=2,
        )
        request = build_mc_request(
            "MESSAGE",
            MCPTT,
            build_info(info),
            ids,
            uri=directory.psi(GATEWAY),
            to="sip:primary.example",
            sender=sender,
        )
        draft = request.edit()
        via = f"SIP/2.0/UDP {inner.host}:{inner.port};branch=z9hG4bK{ids.token()};rport"
        draft.prepend("Via", via)
        messages.append(draft.finish().octets())
    return messages


def answer(data: bytes) -> bytes | None:
    """Return the 200 to a request, as the other side's neighbour sends it; None to a response."""
    if data.startswith(b"SIP/2.0 "):
        return None
    head = data.partition(_HEAD_END)[0].split(b"\r\n")
    kept = [b"SIP/2.0 200 OK"]
    for line in head[1:]:
        name = line.partition(b":")[0]
        if name == b"To":
            kept.append(line + b";tag=peer")
        elif name in (b"Via", b"From", b"Call-ID", b"CSeq"):
            kept.append(line)
    return b"\r\n".join([*kept, b"Content-Length: 0", b"", b""])


def run(
    messages: list[bytes],
    inner: socket.socket,
    outer: socket.socket,
    relay: Peer,
    outstanding: int,
) -> int:
    """Send all messages, at most ``outstanding`` at a time, and see each one answered.

    The neighbours nap and then look what has come. If they waited in ``recv``, every datagram would
    wake them up, at the cost of whoever sent it.

    Returns:
        The size of the last MESSAGE as it came out, in octets.
    """
    data = b""
    for start in range(0, len(messages), outstanding):
        batch = messages[start : start + outstanding]
        for message in batch:
            inner.sendto(message, relay)
        missing = len(batch)
        until = time.monotonic() + PATIENCE_S
        while missing and time.monotonic() < until:
            time.sleep(NAP_S)
            for data, sender in arrived(outer):
                if (said := answer(data)) is not None:
                    outer.sendto(said, sender)
            for said, _ in arrived(inner):
                assert said.startswith(b"SIP/2.0 200"), said[:40]
                missing -= 1
        assert not missing, f"{missing} MESSAGEs were not relayed and answered"
    return len(data)
