"""The relays of our own make, each in a process of its own: a gateway, and a bare loop.

The bare loop passes datagrams on as they are: what it takes is what the system takes for two
datagrams in and two out, and nobody relays for less.
"""

import asyncio
import multiprocessing
import pstats
import resource
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from cProfile import Profile
from dataclasses import dataclass
from multiprocessing.connection import Connection

from benchmarks.topologies import two_systems
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

GATEWAY = "partner.gateway"
INNER, OUTER = "partner.server", "primary.gateway"

_Main = Callable[[Connection, Peer, Peer], None]
#: A function: its file, line and name.
_Function = tuple[str, int, str]
_Callers = Mapping[_Function, tuple[int, int, float, float]]
#: A profile as pstats keeps it: of each function calls, calls, own seconds, seconds, callers.
Stats = Mapping[_Function, tuple[int, int, float, float, _Callers]]


@dataclass(frozen=True, slots=True)
class _Child:
    """A child process behind a pipe; see ``relaying.Relaying``."""

    address: Peer
    pipe: Connection
    pid: int

    def profile(self) -> Stats:
        """Return what a profile says of a gateway that is profiled; it ends with that."""
        self.pipe.send("profile")
        stats: Stats = self.pipe.recv()
        return stats

    def cpu_s(self) -> float:
        self.pipe.send("cpu")
        seconds = self.pipe.recv()
        assert isinstance(seconds, float)
        return seconds


@contextmanager
def hiding_gateway(inner: Peer, outer: Peer) -> Iterator[_Child]:
    """Run a gateway that hides its topology."""
    with _running(_hiding, inner, outer) as child:
        yield child


@contextmanager
def showing_gateway(inner: Peer, outer: Peer) -> Iterator[_Child]:
    """Run a gateway that hides nothing."""
    with _running(_showing, inner, outer) as child:
        yield child


@contextmanager
def profiled_gateway(inner: Peer, outer: Peer) -> Iterator[_Child]:
    """Run a gateway that hides its topology, under a profile of its CPU time."""
    with _running(_profiled, inner, outer) as child:
        yield child


@contextmanager
def bare_loop(inner: Peer, outer: Peer) -> Iterator[_Child]:
    """Run a loop that passes every datagram on to the other neighbour."""
    with _running(_bare, inner, outer) as child:
        yield child


@contextmanager
def _running(main: _Main, inner: Peer, outer: Peer) -> Iterator[_Child]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=main, args=(there, inner, outer), daemon=True)
    process.start()
    try:
        assert process.pid is not None
        yield _Child(Peer(*here.recv()), here, process.pid)
    finally:
        here.send("stop")
        process.join(10)
        if process.is_alive():
            process.kill()


def _hiding(pipe: Connection, inner: Peer, outer: Peer) -> None:
    tune_garbage_collector()
    run_real(_serve(pipe, inner, outer, McGateway))


def _showing(pipe: Connection, inner: Peer, outer: Peer) -> None:
    tune_garbage_collector()
    run_real(_serve(pipe, inner, outer, _ShowingGateway))


def _profiled(pipe: Connection, inner: Peer, outer: Peer) -> None:
    tune_garbage_collector()
    run_real(_serve(pipe, inner, outer, McGateway, Profile(time.process_time)))


class _ShowingGateway(McGateway):
    """A gateway that hides nothing, for comparison."""

    def make_hiding(self) -> None:  # type: ignore[override]  # None: nothing is hidden
        return None


async def _serve(
    pipe: Connection,
    inner: Peer,
    outer: Peer,
    kind: type[McGateway],
    profile: Profile | None = None,
) -> None:
    """Run the gateway until the parent says so; report CPU time, or a profile, when asked."""
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
    gateway = kind(topology.nodes[GATEWAY], env, bytes(32))
    await gateway.start()
    pipe.send(tuple(gateway.endpoint.address("UDP")))
    if profile is not None:
        profile.enable()
    await _until_told(pipe, profile)
    await gateway.stop()


def _bare(pipe: Connection, inner: Peer, outer: Peer) -> None:
    run_real(_pass_on(pipe, inner, outer))


async def _pass_on(pipe: Connection, inner: Peer, outer: Peer) -> None:
    """Pass datagrams between the neighbours until the parent says so."""
    loop = asyncio.get_running_loop()
    here, there = tuple(inner), tuple(outer)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0)

        def on_readable() -> None:
            try:
                while True:
                    data, sender = sock.recvfrom(65_535)
                    sock.sendto(data, there if sender == here else here)
            except BlockingIOError:
                return

        loop.add_reader(sock.fileno(), on_readable)
        pipe.send(sock.getsockname())
        await _until_told(pipe)
        loop.remove_reader(sock.fileno())


async def _until_told(pipe: Connection, profile: Profile | None = None) -> None:
    """Report CPU time, or a profile, when asked; return when told to stop."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def on_ask() -> None:
        asked = pipe.recv()
        if asked == "cpu":
            usage = resource.getrusage(resource.RUSAGE_SELF)
            pipe.send(usage.ru_utime + usage.ru_stime)
        elif asked == "profile" and profile is not None:
            profile.disable()
            pipe.send(pstats.Stats(profile).stats)  # type: ignore[attr-defined]  # no stub
        elif not done.done():
            done.set_result(None)

    loop.add_reader(pipe.fileno(), on_ask)
    await done
    loop.remove_reader(pipe.fileno())
