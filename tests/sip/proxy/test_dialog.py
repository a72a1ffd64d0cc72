"""INVITE, CANCEL, ACK, re-INVITE and BYE through two gateways that hide their systems.

Six stacks, wired in memory, with a clock that the test turns::

    alice -- core.p (proxy) -- gw.p (hides) ==== gw.b (hides) -- core.b (proxy) -- bob

Every octet on the double line is searched for the names of both inner systems.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from mcsip.sip.address import parse_address
from mcsip.sip.build import build_request, build_response
from mcsip.sip.message import Message, Request, Response
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.sip.proxy.codec import SivCodec
from mcsip.sip.proxy.hiding import TopologyHiding
from mcsip.sip.proxy.names import InnerNames, PublicFace
from mcsip.sip.proxy.policy import ProxyPolicy, Side
from mcsip.sip.proxy.port import StackPort
from mcsip.sip.proxy.proxy import Proxy
from mcsip.sip.proxy.route import next_uri
from mcsip.sip.stack import ClientTransaction, Core, ServerTransaction, Source, Stack, Target

from .conftest import LetterIds


class Wire:
    """Carries packets between nodes at once, in order; keeps what passed."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[str, int], Node] = {}
        self.passed: list[tuple[str, str, bytes]] = []
        self.now = 0.0
        self.silent: set[str] = set()

    def run(self) -> None:
        while self._step():
            pass

    def _step(self) -> bool:
        moved = False
        for address, node in self.nodes.items():
            for packet in node.stack.take_packets():
                to = self.nodes[packet.target.host, packet.target.port]
                self.passed.append((node.name, to.name, packet.data))
                message = parse_datagram(packet.data)
                assert not isinstance(message, Malformed), message
                if to.name not in self.silent:
                    to.port.now = self.now
                    to.stack.receive(message, Source("UDP", *address), self.now)
                moved = True
        return moved

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while True:
            self.run()
            due = [d for n in self.nodes.values() if (d := n.next_deadline()) is not None]
            if not due or min(due) > end:
                break
            self.now = max(self.now, min(due))
            for node in self.nodes.values():
                node.handle_timer(self.now)
        self.now = end

    def between(self, *names: str) -> Iterator[bytes]:
        return (data for a, b, data in self.passed if {a, b} == set(names))


class Node(Core):
    """A node with a stack; ``host`` and ``port_number`` are its address."""

    def __init__(self, wire: Wire, name: str, host: str, port_number: int) -> None:
        self.wire = wire
        self.name = name
        self.address = (host, port_number)
        self.ids = LetterIds(name.replace(".", ""))
        self.stack = Stack(self, self.ids, {"UDP": (host, port_number)})
        self.port = StackPort(self.stack)
        wire.nodes[host, port_number] = self

    def on_stray_response(self, response: Response) -> None:
        raise AssertionError(f"stray: {response!r}")

    def on_server_failure(self, transaction: ServerTransaction, reason: str) -> None:
        raise AssertionError(reason)

    def next_deadline(self) -> float | None:
        return self.stack.next_deadline()

    def handle_timer(self, now: float) -> None:
        self.port.now = now
        self.stack.handle_timer(now)


Choose = Callable[[Request], tuple[tuple[str, int], str | None, Side]]


class ProxyNode(Node):
    """A proxy; requests outside of dialogs go where ``choose`` says."""

    choose: Choose

    def __init__(
        self, wire: Wire, name: str, address: tuple[str, int], hiding: TopologyHiding | None
    ) -> None:
        super().__init__(wire, name, *address)
        host, port = address
        policy = ProxyPolicy(
            own=frozenset({address}), route_uri=f"sip:{host}:{port};lr", hiding=hiding
        )
        self.proxy = Proxy(self.port, self.ids, policy)

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        ready = self.proxy.receive(transaction, request)
        assert ready is not None, request
        target, uri, side = self._target(request, ready)
        self.proxy.forward(transaction, ready, target, uri=uri, side=side)

    def on_ack(self, request: Request) -> None:
        ready = self.proxy.receive_ack(request)
        assert ready is not None, request
        target, _, side = self._target(request, ready)
        self.proxy.forward_ack(request, ready, target, side=side)

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        self.proxy.cancel(transaction)

    def _target(self, request: Request, ready: Request) -> tuple[Target, str | None, Side]:
        if request.to.tag is None:
            address, uri, side = self.choose(ready)
            return Target("UDP", *address), uri, side
        known = self.proxy.side_of(request)
        assert known is not None, "an in-dialog request carries a value of ours"
        uri_ = next_uri(ready)
        assert uri_ is not None
        return Target("UDP", uri_.host, uri_.port or 5060), None, known


class Phone(Node):
    """A user agent that keeps what it hears and knows its one dialog."""

    def __init__(
        self, wire: Wire, name: str, address: tuple[str, int], contact_params: str
    ) -> None:
        super().__init__(wire, name, *address)
        self.contact = f"<sip:{name}@{address[0]}:{address[1]}>{contact_params}"
        self.requests: list[Request] = []
        self.acks: list[Request] = []
        self.cancels: list[Request] = []
        self.responses: list[Response] = []
        self.invite_transaction: ServerTransaction | None = None
        self.remote_uri = ""
        self.routes: list[str] = []
        self.local = self.remote = self.call_id = ""
        self.cseq = 100

    # as server

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        self.requests.append(request)
        if request.method != "INVITE":
            self.stack.respond(
                transaction, build_response(request, 200, to_tag="late"), self.wire.now
            )
            return
        self.invite_transaction = transaction
        self.answer(180)

    def on_ack(self, request: Request) -> None:
        self.acks.append(request)

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        self.cancels.append(request)
        self.answer(487)

    def answer(self, status: int) -> None:
        transaction = self.invite_transaction
        assert transaction is not None
        invite = transaction.request
        fields = [("Record-Route", value) for value in invite.values("record-route")]
        fields.append(("Contact", self.contact))
        response = build_response(invite, status, to_tag=f"{self.name}tag", fields=fields)
        if invite.to.tag is None:
            self.routes = invite.items("record-route")
            self.local, self.remote = response.first("to") or "", invite.first("from") or ""
            self.call_id = invite.call_id
        self.remote_uri = str(invite.contacts[0].uri)
        self.stack.respond(transaction, response, self.wire.now)

    # as client

    def invite(self, to: str, first_hop: tuple[str, int], from_: str) -> ClientTransaction:
        self.call_id = f"callof{self.name}@{self.address[0]}"
        self.local = f"{from_};tag={self.name}tag"
        request = build_request(
            "INVITE",
            to,
            from_=self.local,
            to=f"<{to}>",
            call_id=self.call_id,
            cseq=1,
            fields=[("Contact", self.contact), ("User-Agent", f"inner on {self.address[0]}")],
        )
        return self.stack.send_request(request, Target("UDP", *first_hop), self, self.wire.now)

    def on_response(self, transaction: ClientTransaction, response: Response) -> None:
        self.responses.append(response)
        if transaction.request.method == "INVITE" and response.status == 200:
            if not self.routes:
                self.routes = response.items("record-route")[::-1]
                self.remote = response.first("to") or ""
            self.remote_uri = str(response.contacts[0].uri)
            request, target = self.in_dialog("ACK", response.cseq.number)
            self.stack.send_ack(request, target)

    def on_timeout(self, transaction: ClientTransaction) -> None:
        raise AssertionError("timeout")

    def on_transport_error(self, transaction: ClientTransaction, reason: str) -> None:
        raise AssertionError(reason)

    def in_dialog(self, method: str, cseq: int) -> tuple[Request, Target]:
        request = build_request(
            method,
            self.remote_uri,
            from_=self.local,
            to=self.remote,
            call_id=self.call_id,
            cseq=cseq,
            fields=[("Route", route) for route in self.routes] + [("Contact", self.contact)],
        )
        first = next_uri(request)
        assert first is not None
        return request, Target("UDP", first.host, first.port or 5060)

    def send_in_dialog(self, method: str) -> ClientTransaction:
        self.cseq += 1
        request, target = self.in_dialog(method, self.cseq)
        return self.stack.send_request(request, target, self, self.wire.now)


ALICE, CORE_P, GW_P = ("10.1.0.9", 15071), ("core.p.example", 15062), ("gw.p.example", 5060)
BOB, CORE_B, GW_B = ("10.2.0.9", 16071), ("core.b.example", 16062), ("gw.b.example", 5060)
BOBS_URI = "sip:bob@b.example"


def hiding_of(key: int, host: str, *inner: tuple[str, int]) -> TopologyHiding:
    names = InnerNames(addresses=frozenset(inner))
    return TopologyHiding(names, PublicFace(f"sip:{host}", host, 5060), SivCodec(bytes([key]) * 64))


class World:
    """Alice's and Bob's systems; ``gateways``: which of them hides, "p" and "b"."""

    def __init__(self, gateways: str) -> None:
        self.wire = wire = Wire()
        self.alice = Phone(wire, "alice", ALICE, ";audio")
        self.bob = Phone(wire, "bob", BOB, "")
        hops = [ProxyNode(wire, "core.p", CORE_P, None)]
        if "p" in gateways:
            hops.append(ProxyNode(wire, "gw.p", GW_P, hiding_of(1, "gw.p.example", ALICE, CORE_P)))
        if "b" in gateways:
            hops.append(ProxyNode(wire, "gw.b", GW_B, hiding_of(2, "gw.b.example", BOB, CORE_B)))
        hops.append(ProxyNode(wire, "core.b", CORE_B, None))
        sides = {"gw.p": Side.OUTWARD, "gw.b": Side.INWARD}
        for node, following in pairwise(hops):
            node.choose = always(following.address, None, sides.get(node.name, Side.NONE))
        hops[-1].choose = always(BOB, f"sip:bob@{BOB[0]}:{BOB[1]}", Side.NONE)
        self.names = [node.name for node in hops]

    def call(self, from_: str = "<sip:alice@p.example>") -> ClientTransaction:
        transaction = self.alice.invite(BOBS_URI, CORE_P, from_)
        self.wire.run()
        return transaction

    def establish(self, from_: str = "<sip:alice@p.example>") -> None:
        self.call(from_)
        self.bob.answer(200)
        self.wire.run()

    def check_outside(self) -> None:
        """Search every octet between the systems for inner names of those that hide."""
        gateways = [name for name in self.names if name.startswith("gw")]
        border = gateways if len(gateways) == 2 else BORDERS[gateways[0]]
        telling = [str(part) for name in gateways for part in INSIDE[name]]
        passed = list(self.wire.between(*border))
        assert passed
        for data in passed:
            for name in telling:
                assert name.encode() not in data.lower(), (name, data.decode())


INSIDE = {"gw.p": [*ALICE, *CORE_P], "gw.b": [*BOB, *CORE_B]}
BORDERS = {"gw.p": ["gw.p", "core.b"], "gw.b": ["core.p", "gw.b"]}


def always(address: tuple[str, int], uri: str | None, side: Side) -> Choose:
    """Return the choice of one and the same next hop."""
    return lambda _request: (address, uri, side)


@pytest.fixture(params=["pb", "p", "b"], ids=["two gateways", "the caller's", "the callee's"])
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


def raws(message: Message, *keys: str) -> list[str]:
    return [field.raw for field in message.fields if field.key in keys]


def test_a_call_is_set_up_and_ended_by_the_caller(world: World) -> None:
    """12.2, 16.6 item 4, 16.7: INVITE, 180, 200, ACK, BYE."""
    invite = world.call()
    assert [r.status for r in world.alice.responses] == [180]
    world.bob.answer(200)
    world.wire.run()
    *_, ok = world.alice.responses
    sent = invite.request
    assert raws(ok, "from", "call-id", "cseq") == raws(sent, "from", "call-id", "cseq")
    assert [via.branch for via in ok.vias] == [sent.via.branch]
    assert ok.first("to") == f"{sent.first('to')};tag=bobtag"
    [ack] = world.bob.acks
    assert ack.uri == f"sip:bob@{BOB[0]}:{BOB[1]}"
    world.alice.send_in_dialog("BYE")
    world.wire.run()
    bye = world.bob.requests[-1]
    assert (bye.method, bye.call_id) == ("BYE", world.bob.call_id)
    assert bye.from_.tag == "alicetag"
    assert bye.to.tag == "bobtag"
    assert world.alice.responses[-1].status == 200
    world.check_outside()


def test_the_callee_ends_the_call(world: World) -> None:
    """The BYE goes the other way: every token is read again."""
    world.establish('"Alice, inner" <sip:psi@core.p.example:15062>')
    world.bob.send_in_dialog("BYE")
    world.wire.run()
    bye = world.alice.requests[-1]
    assert bye.method == "BYE"
    assert bye.uri == f"sip:alice@{ALICE[0]}:{ALICE[1]}"
    assert bye.call_id == world.alice.call_id
    assert parse_address(bye.first("to") or "") == parse_address(world.alice.local)
    assert bye.from_.tag == "bobtag"
    assert world.bob.responses[-1].status == 200
    world.check_outside()


@pytest.mark.parametrize("caller", [True, False], ids=["by the caller", "by the callee"])
def test_the_dialog_is_refreshed(world: World, caller: bool) -> None:
    """14.1: re-INVITE, its 200 and ACK, then BYE from the other side."""
    world.establish()
    sender, other = (world.alice, world.bob) if caller else (world.bob, world.alice)
    sender.send_in_dialog("INVITE")
    world.wire.run()
    other.answer(200)
    world.wire.run()
    assert [request.method for request in other.requests][-1] == "INVITE"
    assert other.acks[-1].cseq.number == sender.cseq
    assert other.acks[-1].call_id == other.call_id
    other.send_in_dialog("BYE")
    world.wire.run()
    assert sender.requests[-1].method == "BYE"
    assert sender.requests[-1].call_id == sender.call_id
    world.check_outside()


def test_a_call_is_cancelled(world: World) -> None:
    """16.10, 9: CANCEL hop by hop, 487 end to end, and its ACK."""
    invite = world.call()
    world.alice.stack.cancel(invite, world.alice, world.wire.now)
    world.wire.run()
    assert len(world.bob.cancels) == 1
    assert sorted(r.status for r in world.alice.responses) == [180, 200, 487]
    world.wire.pass_time(40)
    for node in world.wire.nodes.values():
        assert node.stack.describe()["client transactions"] == 0
        assert node.stack.describe()["server transactions"] == 0
    world.check_outside()


def test_a_retransmitted_invite_maps_alike(world: World) -> None:
    """17.1.1.2: what goes out again is the same octets, hidden in the same way."""
    gateway = next(name for name in world.names if name.startswith("gw"))
    silent = world.names[world.names.index(gateway) + 1]
    world.wire.silent = {silent}
    world.call()
    world.wire.pass_time(3)
    invites = {data for a, b, data in world.wire.passed if (a, b) == (gateway, silent)}
    assert len(invites) == 1
    world.wire.silent = set()
    world.wire.pass_time(10)
    assert [r.status for r in world.alice.responses if r.status > 100] == [180]


def test_nothing_is_left_behind(world: World) -> None:
    world.establish()
    world.alice.send_in_dialog("BYE")
    world.wire.pass_time(70)
    for node in world.wire.nodes.values():
        counts = node.stack.describe()
        assert (counts["client transactions"], counts["server transactions"]) == (0, 0)
        if isinstance(node, ProxyNode):
            assert node.proxy.open_branches == 0
            assert node.proxy.next_deadline() is None
