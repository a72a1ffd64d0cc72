"""What a gateway spends on relaying one MESSAGE and its 200, in a process of its own.

The gateway runs in a child process over UDP, as it does in a topology, with or without topology
hiding. The parent plays both neighbours on plain sockets: it sends prepared MESSAGEs, answers what
comes out at the other side, and takes the 200s back, ``outstanding`` at a time. The CPU time is the
child's own.
"""

import asyncio
import multiprocessing
import re
import resource
import socket
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

from benchmarks.topologies import two_systems
from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import REQUEST
from mcsip.mc.request import Identities, build_mc_request
from mcsip.mc.services import MCPTT
from mcsip.net.clock import running_clock
from mcsip.net.ids import SystemIds
from mcsip.net.process import tune_garbage_collector
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.directory import Directory
from mcsip.nodes.environment import Environment
from mcsip.nodes.mc_gateway import McGateway
from mcsip.sip.timers import Timers
from mcsip.trace import Peer

_BRANCH = re.compile(rb"branch=z9hG4bK(\w+)")
_HEAD_END = b"\r\n\r\n"
GATEWAY = "partner.gateway"
INNER, OUTER = "partner.server", "primary.gateway"


@dataclass(frozen=True, slots=True)
class RelayFigures:
    """What relaying cost.

    Attributes:
        transactions: how many MESSAGEs were relayed and answered.
        cpu_s: CPU time of the gateway's process for them.
        wall_s: how long they took.
        hiding: whether topology hiding was on.
        octets: size of a MESSAGE as it reached the gateway.
    """

    transactions: int
    cpu_s: float
    wall_s: float
    hiding: bool
    octets: int

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU per relayed transaction."""
        return self.cpu_s / self.transactions * 1e6


class _BareGateway(McGateway):
    """A gateway that hides nothing, for comparison."""

    def make_hiding(self) -> None:  # type: ignore[override]  # None: nothing is hidden
        return None


async def _serve(pipe: Connection, inner: Peer, outer: Peer, *, hiding: bool) -> None:
    """Run the gateway until the parent says so; report CPU time when asked."""
    topology = two_systems(1, "udp")
    directory = Directory(topology)
    directory.announce(INNER, {"UDP": inner}, "UDP")
    directory.announce(OUTER, {"UDP": outer}, "UDP")
    env = Environment(
        topology=topology,
        directory=directory,
        network=SocketNetwork(),
        clock=running_clock(),
        ids=SystemIds(),
        service=MCPTT,
        transport="UDP",
        trace=None,
        timers=Timers(),
        tls={},
    )
    kind = McGateway if hiding else _BareGateway
    gateway = kind(topology.nodes[GATEWAY], env, bytes(32))
    await gateway.start()
    pipe.send(tuple(gateway.endpoint.address("UDP")))
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def on_ask() -> None:
        if pipe.recv() == "cpu":
            usage = resource.getrusage(resource.RUSAGE_SELF)
            pipe.send(usage.ru_utime + usage.ru_stime)
        elif not done.done():
            done.set_result(None)

    loop.add_reader(pipe.fileno(), on_ask)
    await done
    loop.remove_reader(pipe.fileno())
    await gateway.stop()


def _child(pipe: Connection, inner: Peer, outer: Peer, hiding: bool) -> None:
    tune_garbage_collector()
    run_real(_serve(pipe, inner, outer, hiding=hiding))


def _prepared(count: int, inner: Peer) -> list[bytes]:
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


def _answer(data: bytes) -> bytes:
    """Return the 200 to a request, as the other side's neighbour sends it."""
    head = data.partition(_HEAD_END)[0].split(b"\r\n")
    kept = [b"SIP/2.0 200 OK"]
    for line in head[1:]:
        name = line.partition(b":")[0]
        if name == b"To":
            kept.append(line + b";tag=peer")
        elif name in (b"Via", b"From", b"Call-ID", b"CSeq"):
            kept.append(line)
    return b"\r\n".join([*kept, b"Content-Length: 0", b"", b""])


def measure(
    transactions: int = 20_000, *, hiding: bool = True, outstanding: int = 20
) -> RelayFigures:
    """Relay ``transactions`` MESSAGEs and return what that cost the gateway's process."""
    with _socket() as inner, _socket() as outer:
        messages = _prepared(transactions + 500, Peer(*inner.getsockname()))
        here, there = multiprocessing.get_context("spawn").Pipe()
        addresses = Peer(*inner.getsockname()), Peer(*outer.getsockname())
        child = multiprocessing.get_context("spawn").Process(
            target=_child, args=(there, *addresses, hiding)
        )
        child.start()
        try:
            gateway = here.recv()
            _relay(messages[:500], inner, outer, gateway, outstanding)
            before = _cpu(here)
            wall = time.perf_counter()
            _relay(messages[500:], inner, outer, gateway, outstanding)
            wall = time.perf_counter() - wall
            cpu = _cpu(here) - before
        finally:
            here.send("stop")
            child.join(10)
            if child.is_alive():
                child.kill()
    return RelayFigures(transactions, cpu, wall, hiding, len(messages[0]))


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(5)
    return made


def _cpu(pipe: Connection) -> float:
    pipe.send("cpu")
    seconds = pipe.recv()
    assert isinstance(seconds, float)
    return seconds


def _relay(
    messages: list[bytes],
    inner: socket.socket,
    outer: socket.socket,
    gateway: tuple[str, int],
    outstanding: int,
) -> None:
    """Send all messages, at most ``outstanding`` at a time, and see each one answered."""
    for start in range(0, len(messages), outstanding):
        batch = messages[start : start + outstanding]
        for message in batch:
            inner.sendto(message, gateway)
        for _ in batch:
            data, sender = outer.recvfrom(65_535)
            outer.sendto(_answer(data), sender)
        for _ in batch:
            data = inner.recv(65_535)
            assert data.startswith(b"SIP/2.0 200"), data[:40]
