"""What a node does under ten times the load that it can carry: refuse, finish, recover.

Clause: RFC 3261 21.5.4. The load is an open loop over UDP (``crowding``) whose clients do as the
RFC says: they repeat what is not answered, and whoever is refused stays away. Three examples: a
gateway that hides its topology, an MC service server with its records, and two whole systems of
which each node is a process.
"""

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import gateway, relay
from benchmarks.crowding import Answer, Caller, Make, bound, loopback
from benchmarks.processes import Process, all_serving, serving, write_topology
from mcsip.load.crowd import crowded, served_elsewhere
from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import REQUEST
from mcsip.mc.request import Identities, build_mc_request
from mcsip.mc.services import MCPTT
from mcsip.net.ids import SystemIds
from mcsip.net.sockets import SocketNetwork
from mcsip.net.virtual import run_real
from mcsip.nodes.client import Client
from mcsip.nodes.client_outcome import MigrationOutcome
from mcsip.nodes.simulation import Simulation
from mcsip.sip.message import Request, Response
from mcsip.sip.stack import Target
from mcsip.topology.copies import numbered_copies
from mcsip.topology.load import load_topology
from mcsip.trace import Peer

FACTOR = 10
"""How many times the load that it can carry."""
SECONDS = 4.0
"""How long that lasts."""
_USERS = 25_000
"""Users of a server: each asks once, and these are the requests that there can be at most."""
_FEWER_USERS = 16_000
"""The same for two systems, where each of them has to register first."""
_SPARE = 0.9
"""Share of these for the load; the rest finds out when everything is as usual again."""
_CALM_S = 2.0
_PATIENCE_S = 45.0
_NAMES = ("the gateway, hiding its topology", "a server", "two systems, each node a process")


@dataclass(frozen=True, slots=True)
class OverloadFigures:
    """What became of a load that was too much.

    Attributes:
        name: of what.
        capacity: requests a second that it can carry, by the CPU time that one takes.
        rate: requests a second that were offered.
        seconds: for how long.
        sent: how many that were, without repetitions.
        accepted: how many were answered 2xx.
        accepted_at_once: how many of these before the load ended.
        shed: how many were answered 503.
        shed_behind: how many were answered 500, since a proxy got 503 from the next node (RFC 3261
            16.7 item 6).
        told_when: how many of both were told when to come again.
        otherwise: how many got another answer, or none for 64*T1.
        unfinished: accepted requests of which nothing came.
        median_s, tail_s: what half, and 99 %, of the accepted requests waited at most, in seconds.
        peak_octets: the largest memory that a process had.
        normal_after_s: seconds from the end of the load until everything is accepted at once again;
            None: that did not come.
    """

    name: str
    capacity: float
    rate: float
    seconds: float
    sent: int
    accepted: int
    accepted_at_once: int
    shed: int
    shed_behind: int
    told_when: int
    otherwise: int
    unfinished: int
    median_s: float
    tail_s: float
    peak_octets: int
    normal_after_s: float | None


@dataclass(slots=True)
class Rig:
    """What is loaded.

    Attributes:
        name: for people.
        caller: who loads it.
        processes: what it consists of.
        missing: how many accepted requests have not led to what they must lead to, given how many
            were accepted.
        calm_rate: requests a second that it carries with ease, to find out what one costs.
        most: requests that there can be.
    """

    name: str
    caller: Caller
    processes: list[Process]
    missing: Callable[[int], int]
    calm_rate: float
    most: int = 1_000_000


def measure(names: tuple[str, ...] = _NAMES, seconds: float = SECONDS) -> list[OverloadFigures]:
    """Load each of the three and return what became of it."""
    rigs = dict(zip(_NAMES, (_gateway, _server, _systems), strict=True))
    found = []
    for name in names:
        with rigs[name]() as rig:
            found.append(_load(rig, seconds))
    return found


def _load(rig: Rig, seconds: float) -> OverloadFigures:
    caller = rig.caller
    warm = caller.load(rig.calm_rate / 4, 1.0)
    caller.finish(_PATIENCE_S)
    before = [process.cpu_s() for process in rig.processes]
    calm = caller.load(rig.calm_rate, _CALM_S)
    caller.finish(_PATIENCE_S)
    spent = [process.cpu_s() - was for process, was in zip(rig.processes, before, strict=True)]
    cores = len(os.sched_getaffinity(0))
    capacity = calm.sent / max(*spent, sum(spent) / cores)
    rate = FACTOR * capacity
    seconds = min(seconds, (rig.most - caller.begun) / rate * _SPARE)
    hot = caller.load(rate, seconds)
    at_once = hot.accepted
    normal = caller.until_normal(_PATIENCE_S, rig.calm_rate / 4)
    caller.finish(_PATIENCE_S)
    accepted = caller.accepted
    assert warm.accepted == warm.sent, warm.answered
    return OverloadFigures(
        rig.name,
        capacity,
        rate,
        seconds,
        hot.sent,
        hot.accepted,
        at_once,
        hot.answered.get(503, 0),
        hot.answered.get(500, 0),
        hot.retry_after,
        hot.sent - hot.accepted - hot.answered.get(503, 0) - hot.answered.get(500, 0),
        _missing(rig, accepted),
        hot.latency_s(0.5),
        hot.latency_s(0.99),
        max(process.peak_octets() for process in rig.processes),
        normal,
    )


def _missing(rig: Rig, accepted: int) -> int:
    """Return how many accepted requests come to nothing, however long one waits."""
    for _ in range(int(_PATIENCE_S)):
        if rig.missing(accepted) <= 0:
            return 0
        rig.caller.load(1.0, 1.0)
    return rig.missing(accepted)


# A gateway


@contextmanager
def _gateway() -> Iterator[Rig]:
    """A gateway: the 200 of a request is all that comes of it."""
    with loopback() as inner, loopback() as outer:
        ours, theirs = Peer(*inner.getsockname()), Peer(*outer.getsockname())
        make = numbered(relay.prepared(1, ours)[0])
        with gateway.hiding_gateway(ours, theirs) as child:
            caller = Caller(inner, outer, child.address, make, relay.answer)
            yield Rig(_NAMES[0], caller, [Process(child.pid)], lambda _: 0, 800.0)


def numbered(message: bytes) -> Make:
    """Return what makes copies of a message, which differ in branch and Call-ID."""
    branch = message.partition(b";branch=")[2].partition(b";")[0]
    call_id = message.partition(b"\r\nCall-ID: ")[2].partition(b"\r\n")[0]
    marked = message.replace(branch, b"z9hG4bKload-@@").replace(call_id, b"load-@@")
    first, second, rest = marked.split(b"@@")

    def make(number: int) -> bytes:
        return b"%b%d%b%d%b" % (first, number, second, number, rest)

    return make


# A server


@dataclass(slots=True)
class _Told:
    """Answers what a node sends, and counts what it tells.

    Attributes:
        seen: the Call-IDs of what it sent.
    """

    seen: set[bytes] = field(default_factory=set)

    def answer(self, data: bytes) -> bytes | None:
        if data.startswith(b"MESSAGE "):
            self.seen.add(data.partition(b"\r\nCall-ID: ")[2].partition(b"\r\n")[0])
        return relay.answer(data)

    def missing(self, accepted: int) -> int:
        return accepted - len(self.seen)


@contextmanager
def _server() -> Iterator[Rig]:
    """The primary's server: a request is finished when its response has been sent (step 8)."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mcsip-bench-")))
        file = write_topology(folder, 1, _USERS, {}, "udp")
        topology = load_topology(file)
        spec = topology.nodes["primary.gateway"]
        inner, outer = stack.enter_context(loopback()), stack.enter_context(bound(spec.port))
        process = stack.enter_context(serving(file, folder, ["primary.s1"]))
        address = Peer("127.0.0.1", topology.nodes["primary.s1"].port)
        told = _Told()
        make = _requests(Peer(*inner.getsockname()))
        caller = Caller(inner, outer, address, make, told.answer)
        yield Rig(_NAMES[1], caller, [process], told.missing, 200.0, _USERS)


def _requests(ours: Peer) -> Make:
    """Return what makes the requests of a partner, each for another user."""
    ids = SystemIds()
    psi = "sip:gateway@partner.example"

    def make(number: int) -> bytes:
        info = Info(
            MCPTT,
            REQUEST,
            primary_id=f"sip:alice-{number + 1}@primary.example",
            partner_id=f"sip:visitor-{number}@partner.example",
            profile_index=2,
        )
        request = build_mc_request(
            "MESSAGE",
            MCPTT,
            build_info(info),
            ids,
            uri="sip:s1@primary.example",
            to="sip:primary.example",
            sender=Identities(psi, psi, asserted=True),
        )
        return _with_via(request, ours, number)

    return make


def _with_via(request: Request, ours: Peer, number: int) -> bytes:
    draft = request.edit()
    via = f"SIP/2.0/UDP {ours.host}:{ours.port};branch=z9hG4bKload-{number};rport"
    draft.prepend("Via", via)
    return draft.finish().octets()


# Two systems


@contextmanager
def _systems() -> Iterator[Rig]:
    """Five nodes: a request is finished when its client got the response of step 12."""
    users = _FEWER_USERS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mcsip-bench-")))
        file = write_topology(folder, 1, users, {}, "udp")
        names = ["partner.core", "partner.s1", "partner.gateway", "primary.gateway", "primary.s1"]
        running = stack.enter_context(all_serving(file, folder, [[name] for name in names]))
        ours, messages = run_real(_prepare(file, users))
        inner, outer = stack.enter_context(bound(ours.port)), stack.enter_context(loopback())
        core = Peer("127.0.0.1", load_topology(file).nodes["partner.core"].port)
        told = _Told()
        answer: Answer = told.answer
        caller = Caller(inner, outer, core, messages.__getitem__, answer)
        yield Rig(_NAMES[2], caller, list(running.values()), told.missing, 60.0, users)


async def _prepare(file: Path, users: int) -> tuple[Peer, list[bytes]]:
    """Register users and return where they are reached, and the request of step 1 of each."""
    topology = served_elsewhere(load_topology(file))
    topology = crowded(topology, numbered_copies(topology, users))
    simulation = Simulation(topology, network=SocketNetwork(), seed=0, hosts=1)
    await simulation.start()
    clients = list(simulation.clients.values())
    ours = clients[0].endpoint.address("UDP")
    room = asyncio.Semaphore(20)

    async def one(number: int, client: Client) -> bytes:
        async with room:
            await client.authenticate("partner")
            assert await client.register("partner") == 200
        return _with_via(await _first_request(client), ours, number)

    messages = await asyncio.gather(*(one(*each) for each in enumerate(clients)))
    await simulation.stop()
    return ours, list(messages)


async def _first_request(client: Client) -> Request:
    """Return what a client would send."""
    made: list[Request] = []

    async def keep(request: Request, target: Target) -> Response | MigrationOutcome:
        del target
        made.append(request)
        return MigrationOutcome("failed")

    client.send = keep  # type: ignore[method-assign]  # keeps what would be sent
    await client.migrate("partner", 2)
    return made[0]
