"""Running simulations for tests: topologies from a mapping, a bare peer, messages made by hand."""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mcsip.mc.identity import IdentityError
from mcsip.mc.info import Info, build_info, parse_info
from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.migration.records import PartnerRecord, PrimaryRecord
from mcsip.net.clock import running_clock
from mcsip.net.faults import Faults
from mcsip.net.memory import MemoryNetwork
from mcsip.net.network import Attachment, ListenSpec, Network
from mcsip.net.virtual import run_virtual
from mcsip.nodes.client import Client
from mcsip.nodes.client_outcome import MigrationOutcome
from mcsip.nodes.identities import TokenKind
from mcsip.nodes.mc_server import McServer
from mcsip.nodes.simulation import Simulation
from mcsip.sip.message import Message, Request, Response
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.sip.transport_rules import Packet, Source, Target
from mcsip.store.port import Store
from mcsip.topology import Topology
from mcsip.topology.load import load_topology
from mcsip.trace import Direction, Peer, Trace, TraceEntry

ALICE = "sip:alice@primary.example"
BOB = "sip:bob@primary.example"
WAIT_S = 10.0

Changes = Mapping[str, Any]

BASE: dict[str, Any] = {
    "service": "mcptt",
    "transport": "tcp",
    "systems": {
        "primary": {
            "domain": "primary.example",
            "nodes": {
                "core": {"role": "sip-core"},
                "server": {"role": "mc-server"},
                "gateway": {"role": "mc-gateway"},
            },
            "users": {
                "alice": {
                    "mc_id": ALICE,
                    "profiles": {
                        1: {"name": "home"},
                        2: {"name": "abroad", "migrate_to": ["partner"]},
                        3: {"name": "also", "migrate_to": ["partner"]},
                    },
                },
                "bob": {"mc_id": BOB, "profiles": {1: {"name": "home"}}},
            },
        },
        "partner": {
            "domain": "partner.example",
            "nodes": {
                "core": {"role": "sip-core"},
                "server": {"role": "mc-server"},
                "gateway": {"role": "mc-gateway"},
            },
            "visitors": [{"from": "primary", "users": "any"}],
        },
    },
    "agreements": [
        {"between": ["primary", "partner"], "migration": "both_ways", "interconnection": True}
    ],
    "clients": {"alice-ue": {"user": "primary.alice"}, "bob-ue": {"user": "primary.bob"}},
}


def merged(base: Changes, changes: Changes) -> dict[str, Any]:
    """Return a mapping laid over another, key by key; None takes a key away."""
    result = deepcopy(dict(base))
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = deepcopy(value)
    return result


def make_topology(
    changes: Changes | None = None, *, service: str | None = None, transport: str | None = None
) -> Topology:
    """Return the two systems of ``BASE`` with changes, as a topology file would give them."""
    text = yaml.safe_dump(merged(BASE, changes or {}))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "test.topology.yaml"
        file.write_text(text)
        return load_topology(file, service=service, transport=transport)


def nodes(system: str, changes: Changes) -> dict[str, Any]:
    """Return changes of the nodes of a system."""
    return {"systems": {system: {"nodes": changes}}}


@dataclass
class World:
    """A running simulation, with what tests look at."""

    sim: Simulation
    network: Network
    trace: Trace
    peers: list["BarePeer"] = field(default_factory=list)

    @property
    def alice(self) -> Client:
        return self.sim.clients["alice-ue"]

    @property
    def bob(self) -> Client:
        return self.sim.clients["bob-ue"]

    def server(self, name: str) -> McServer:
        node = self.sim.nodes[name]
        assert isinstance(node, McServer)
        return node

    def store(self, name: str) -> Store:
        return self.server(name).store

    def primary(self, user: str = ALICE, node: str = "primary.server") -> PrimaryRecord:
        record = self.sim.record(node, user)
        assert isinstance(record, PrimaryRecord)
        return record

    def partner(self, user: str = ALICE, node: str = "partner.server") -> PartnerRecord:
        record = self.sim.record(node, user)
        assert isinstance(record, PartnerRecord)
        return record

    async def admit(
        self, client: Client | None = None, system: str = "partner", *, token: str = "valid"
    ) -> None:
        """Let a client authenticate and register."""
        client = client or self.alice
        await client.authenticate(system, token=TokenKind(token))
        assert await client.register(system) == 200

    async def migrate(
        self,
        profile: int = 2,
        client: Client | None = None,
        system: str = "partner",
        *,
        token: str = "valid",
        repeat: int = 1,
    ) -> MigrationOutcome:
        """Let a client authenticate, register and migrate."""
        client = client or self.alice
        await self.admit(client, system, token=token)
        return await client.migrate(system, profile, repeat=repeat)

    def target(self, node: str, transport: str = "TCP") -> Target:
        address = self.sim.env.directory.addresses(node)[transport]
        return Target(transport, address.host, address.port)

    async def peer(
        self, name: str = "peer", transports: Sequence[str] = ("UDP", "TCP")
    ) -> "BarePeer":
        peer = BarePeer()
        peer.attachment = await self.network.attach(
            name, ListenSpec(transports=frozenset(transports)), peer, None, None
        )
        self.peers.append(peer)
        return peer

    def sent(self, node: str, to: str | None = None) -> list[TraceEntry]:
        """Return what a node has sent, to whom or to all."""
        return [
            entry
            for entry in self.trace.entries
            if entry.node == node
            and entry.direction is Direction.SENT
            and (to is None or self.trace.node_at(entry.remote, entry.transport) == to)
        ]

    def requests(self, node: str, to: str | None = None, method: str = "MESSAGE") -> list[Request]:
        """Return the requests that a node has sent."""
        read = [message_of(entry) for entry in self.sent(node, to)]
        return [m for m in read if isinstance(m, Request) and m.method == method]

    def told(self, client: str = "alice-ue", service: str | None = None) -> list[Info]:
        """Return the bodies of the responses (step 12) that a client received."""
        read = [
            message_of(entry)
            for entry in self.trace.entries
            if entry.node == client and entry.direction is Direction.RECEIVED
        ]
        infos = [
            parse_info(m.body, self.sim.env.service)
            for m in read
            if isinstance(m, Request) and m.method == "MESSAGE"
        ]
        return [info for info in infos if info.message == RESPONSE]

    def notes(self, step: str) -> list[str]:
        return [note.text for note in self.trace.notes if note.step == step]

    async def settle(self, limit_s: float = 3000.0) -> None:
        """Wait until nobody is owed anything and nobody waits (retention of mappings aside)."""
        clock = self.sim.env.clock
        end = clock.now() + limit_s
        await asyncio.sleep(0.2)
        while not self.quiet():
            assert clock.now() < end, "the servers never came to rest"
            await asyncio.sleep(5.0)

    def quiet(self) -> bool:
        servers = [node for node in self.sim.nodes.values() if isinstance(node, McServer)]
        return not any(
            node.running and (node._work or list(node.store.debts()) or _waits(node.store))
            for node in servers
        )


def _waits(store: Store) -> bool:
    return any(r.status == "pending" for r in store.partners()) or any(
        r.deadline is not None for r in store.primaries()
    )


def message_of(entry: TraceEntry) -> Message:
    """Return the message that a trace entry holds."""
    read = parse_datagram(entry.data)
    assert not isinstance(read, Malformed), read
    return read


@asynccontextmanager
async def running(
    topology: Topology,
    *,
    seed: int = 1,
    faults: Faults | None = None,
    network: Network | None = None,
    **options: Any,
) -> AsyncIterator[World]:
    """Run the nodes of a topology; in memory unless another network is given."""
    clock = running_clock()
    trace = Trace(clock.wall(), began_at=clock.now())
    net = network or MemoryNetwork(random.Random(f"{seed} network"), faults)
    sim = Simulation(topology, network=net, seed=seed, trace=trace, **options)
    await sim.start()
    world = World(sim, net, trace)
    try:
        yield world
    finally:
        for peer in world.peers:
            await peer.attachment.close()
        await sim.stop()


def in_memory(test: Coroutine[object, object, None]) -> None:
    """Run a test in virtual time."""
    run_virtual(test)


class BarePeer:
    """A peer that sends what it is told to, and keeps what arrives.

    It answers every request 200 unless ``answers`` is changed; None: not at all.
    """

    def __init__(self) -> None:
        self.attachment: Attachment
        self.responses: asyncio.Queue[Response] = asyncio.Queue()
        self.requests: asyncio.Queue[Request] = asyncio.Queue()
        self.failures: list[str] = []
        self.answer: int | None = 200
        self.also: tuple[str, ...] = ()

    def address(self, transport: str) -> Peer:
        return self.attachment.address(transport)

    def sheds(self, data: bytes, source: Source, local: Peer) -> bool:
        return False

    def handle_received(
        self, message: Request | Response | Malformed, data: bytes, source: Source, local: Peer
    ) -> None:
        if isinstance(message, Response):
            self.responses.put_nowait(message)
        elif isinstance(message, Request):
            self.requests.put_nowait(message)
            if self.answer is not None:
                target = Target(source.transport, source.host, source.port, source.flow)
                self.send(plain_answer(message, self.answer, *self.also), target)

    def handle_failure(self, packet: Packet, reason: str) -> None:
        self.failures.append(reason)

    def send(self, data: bytes, target: Target) -> None:
        self.attachment.send(Packet(target, data, None))

    async def ask(self, data: bytes, target: Target, wait_s: float = WAIT_S) -> Response:
        """Send a request and return the next final response."""
        self.send(data, target)
        while True:
            response = await asyncio.wait_for(self.responses.get(), wait_s)
            if response.status >= 200:
                return response

    async def request(self, wait_s: float = WAIT_S) -> Request:
        """Return the next request that arrives."""
        return await asyncio.wait_for(self.requests.get(), wait_s)


def plain_answer(request: Request, status: int, *also: str) -> bytes:
    """Return a response as simple as can be, with these lines too."""
    lines = [f"SIP/2.0 {status} Whatever"]
    lines += [f.raw for f in request.fields if f.key in {"via", "from", "to", "call-id", "cseq"}]
    lines += [*also, "Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode()


def written(
    method: str = "MESSAGE",
    uri: str = "sip:server@partner.example",
    *,
    via: str = "SIP/2.0/TCP 192.0.2.9:5060;branch=z9hG4bKpeer;rport",
    from_: str = "<sip:somebody@elsewhere.example>;tag=abc",
    to: str | None = None,
    call_id: str = "written-by-hand",
    cseq: str | None = None,
    fields: Sequence[str] = (),
    content_type: str | None = None,
    body: bytes = b"",
    without: str = "",
    length: str | None = None,
    max_forwards: str = "70",
) -> bytes:
    """Return the octets of a request, right or wrong, written by hand."""
    lines = [
        f"Via: {via}",
        f"Max-Forwards: {max_forwards}",
        f"From: {from_}",
        f"To: {to or f'<{uri}>'}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq or f'1 {method}'}",
        *fields,
    ]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    kept = [line for line in lines if not without or not line.startswith(without + ":")]
    return "\r\n".join([f"{method} {uri} SIP/2.0", *kept, "", ""]).encode() + body


INFO = "application/vnd.3gpp.mcptt-info+xml"


def request_info(world: World, *, partner_id: str, **changes: Any) -> Info:
    """Return the request between systems (step 3): no token, no client ID."""
    values: dict[str, Any] = {
        "primary_id": ALICE,
        "partner_id": partner_id,
        "profile_index": 2,
        **changes,
    }
    return Info(world.sim.env.service, REQUEST, **values)


def response_info(
    world: World, *, partner_id: str, success: bool | None = True, **changes: Any
) -> Info:
    """Return the response between systems (step 8)."""
    values = {"primary_id": ALICE, "partner_id": partner_id, "success": success, **changes}
    return Info(world.sim.env.service, RESPONSE, **values)


def mc_message(info: Info, uri: str, **options: Any) -> bytes:
    """Return a MESSAGE with an info body, as a foreign product would send it.

    The server of the system that it says it comes from asserts that it sends it, unless ``sender``
    is another URI, or "": nobody.
    """
    sender = options.pop("sender", None)
    if sender is None:
        sender = f"sip:server@{origin_of(info)}"
    asserted = [f"P-Asserted-Identity: <{sender}>"] if sender else []
    fields = [*options.pop("fields", ()), *asserted]
    return written(
        uri=uri,
        content_type=info.service.content_type,
        body=build_info(info),
        fields=fields,
        **options,
    )


def origin_of(info: Info) -> str:
    """Return the domain of the system that a message says it comes from."""
    try:
        return info.origin_domain or "nowhere.example"
    except IdentityError:
        return "primary.example"
