"""What the tests of calls share: user agents on stacks, wired in memory, alone or through proxies.

::

    direct          alice ------------------------------------------------ bob
    one proxy       alice -- core.p -------------------------------------- bob
    two gateways    alice -- core.p -- gw.p ==== gw.b -- core.b ---------- bob

Both gateways hide their systems. The test turns the clock, and may lose any packet.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

from mcsip.sip.build import build_request, build_response
from mcsip.sip.call_events import CallEvent, Ended, Invitation, UaSettings
from mcsip.sip.dialog import Body
from mcsip.sip.incoming_call import IncomingCall
from mcsip.sip.locate import Locator
from mcsip.sip.message import Request, Response
from mcsip.sip.outgoing_call import OutgoingCall
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.sip.proxy.codec import SivCodec
from mcsip.sip.proxy.hiding import TopologyHiding
from mcsip.sip.proxy.names import InnerNames, PublicFace
from mcsip.sip.proxy.policy import ProxyPolicy, Side
from mcsip.sip.proxy.port import StackPort
from mcsip.sip.proxy.proxy import Proxy
from mcsip.sip.proxy.route import next_uri
from mcsip.sip.stack import ClientTransaction, Core, ServerTransaction, Source, Stack, Target
from mcsip.sip.user_agent import UserAgent

ALICE, CORE_P, GW_P = ("10.1.0.9", 15071), ("core.p.example", 15062), ("gw.p.example", 5060)
BOB, CORE_B, GW_B = ("10.2.0.9", 16071), ("core.b.example", 16062), ("gw.b.example", 5060)
CAROL = ("10.2.0.10", 16072)
OFFER = Body("application/sdp", b"v=0 offer of alice")
ANSWER = Body("application/sdp", b"v=0 answer of bob")
LATER = Body("application/sdp", b"v=0 later offer")
LATER_ANSWER = Body("application/sdp", b"v=0 later answer")


class LetterIds:
    """Ids in order, of letters only, all beginning alike."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._count = 0

    def token(self) -> str:
        self._count += 1
        return self._prefix + "".join(chr(97 + int(digit)) for digit in f"{self._count:06d}")


class Wire:
    """Carries packets between nodes at once, in order; keeps what passed.

    ``lose`` holds the numbers of the packets that get lost, counted from 0 over all of them.
    """

    def __init__(self) -> None:
        self.nodes: dict[tuple[str, int], Node] = {}
        self.passed: list[tuple[str, str, bytes]] = []
        self.now = 0.0
        self.lose: set[int] = set()
        self.lose_if: Callable[[bytes], bool] = lambda _data: False

    def run(self) -> None:
        while self._step():
            pass

    def _step(self) -> bool:
        moved = False
        for address, node in list(self.nodes.items()):
            for packet in node.stack.take_packets():
                moved = True
                to = self.nodes.get((packet.target.host, packet.target.port))
                name = to.name if to else "nobody"
                self.passed.append((node.name, name, packet.data))
                lost = len(self.passed) - 1 in self.lose or self.lose_if(packet.data)
                if to is None or lost:
                    continue
                message = parse_datagram(packet.data)
                assert not isinstance(message, Malformed), message
                to.port.now = self.now
                to.stack.receive(message, Source("UDP", *address), self.now)
                to.after()
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
                node.after()
        self.now = end
        for node in self.nodes.values():
            node.port.now = end

    def between(self, *names: str) -> Iterator[bytes]:
        return (data for a, b, data in self.passed if {a, b} == set(names))

    def summary(self, a: str, b: str) -> list[str]:
        """Return what passed between two nodes as method or status."""
        return [start_of(data) for data in self.between(a, b)]


def start_of(data: bytes) -> str:
    first, second, *_ = data.decode("utf-8", "replace").split(" ", 2)
    return second if first == "SIP/2.0" else first


class Node(Core):
    """A node with a stack."""

    def __init__(self, wire: Wire, name: str, address: tuple[str, int]) -> None:
        self.wire = wire
        self.name = name
        self.address = address
        self.ids = LetterIds(name.replace(".", ""))
        self.stack = Stack(self, self.ids, {"UDP": address})
        self.port = StackPort(self.stack)
        self.strays: list[Response] = []
        wire.nodes[address] = self

    def on_stray_response(self, response: Response) -> None:
        self.strays.append(response)

    def after(self) -> None:
        """Do what follows an input."""

    def next_deadline(self) -> float | None:
        return self.stack.next_deadline()

    def handle_timer(self, now: float) -> None:
        self.port.now = now
        self.stack.handle_timer(now)


class ProxyNode(Node):
    """A proxy; requests outside of dialogs go where ``choose`` says."""

    choose: Callable[[Request], tuple[tuple[str, int], str | None, Side]]

    def __init__(
        self, wire: Wire, name: str, address: tuple[str, int], hiding: TopologyHiding | None = None
    ) -> None:
        super().__init__(wire, name, address)
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

    def next_deadline(self) -> float | None:
        due = [d for d in (super().next_deadline(), self.proxy.next_deadline()) if d is not None]
        return min(due, default=None)

    def handle_timer(self, now: float) -> None:
        super().handle_timer(now)
        self.proxy.handle_timer(now)


class Phone(Node):
    """A user agent; ``script`` says what it does upon each event."""

    def __init__(self, wire: Wire, name: str, address: tuple[str, int]) -> None:
        super().__init__(wire, name, address)
        contact = f"sip:{name}@{address[0]}:{address[1]}"
        self.agent = UserAgent(
            self.port, self.ids, UaSettings(contact, locate=Locator("UDP", preferred="UDP"))
        )
        self.events: list[CallEvent] = []
        self.script: Callable[[CallEvent], None] = lambda _event: None

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        self.agent.on_request(transaction, request)

    def on_ack(self, request: Request) -> None:
        self.agent.on_ack(request)

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        self.agent.on_cancel(transaction, request)

    def after(self) -> None:
        while events := self.agent.take_events():
            self.events += events
            for event in events:
                self.script(event)

    def next_deadline(self) -> float | None:
        due = [d for d in (super().next_deadline(), self.agent.next_deadline()) if d is not None]
        return min(due, default=None)

    def handle_timer(self, now: float) -> None:
        super().handle_timer(now)
        self.agent.handle_timer(now)

    @property
    def said(self) -> list[str]:
        """The events by name."""
        return [type(event).__name__ for event in self.events]

    @property
    def ended(self) -> Ended:
        """How the last call ended."""
        event = self.events[-1]
        assert isinstance(event, Ended), self.said
        return event

    @property
    def incoming(self) -> IncomingCall:
        call = next(e.call for e in reversed(self.events) if type(e).__name__ == "Invited")
        assert isinstance(call, IncomingCall)
        return call


class World:
    """Alice and Bob, and what stands between them."""

    def __init__(self, way: str = "direct") -> None:
        self.wire = wire = Wire()
        self.alice = Phone(wire, "alice", ALICE)
        self.bob = Phone(wire, "bob", BOB)
        self.hops: list[ProxyNode] = []
        if way != "direct":
            self.hops.append(ProxyNode(wire, "core.p", CORE_P))
        if way == "two gateways":
            self.hops.append(
                ProxyNode(wire, "gw.p", GW_P, hiding_of(1, "gw.p.example", ALICE, CORE_P))
            )
            self.hops.append(
                ProxyNode(wire, "gw.b", GW_B, hiding_of(2, "gw.b.example", BOB, CORE_B))
            )
            self.hops.append(ProxyNode(wire, "core.b", CORE_B))
        sides = {"gw.p": Side.OUTWARD, "gw.b": Side.INWARD}
        for node, following in pairwise(self.hops):
            node.choose = always(following.address, None, sides.get(node.name, Side.NONE))
        if self.hops:
            self.hops[-1].choose = to_user
        self.first_hop = self.hops[0].address if self.hops else BOB

    @property
    def phones(self) -> tuple[Phone, Phone]:
        return self.alice, self.bob

    def call(self, uri: str = "sip:bob@b.example", **options: object) -> OutgoingCall:
        """Let Alice call, and let everything happen that happens at once."""
        values: dict[str, object] = {
            "from_": '"Alice" <sip:alice@p.example>',
            "target": Target("UDP", *self.first_hop),
            "body": OFFER,
            **options,
        }
        call = self.alice.agent.invite(Invitation(uri, **values))  # type: ignore[arg-type]  # any options
        self.alice.after()
        self.wire.run()
        return call

    def establish(self) -> tuple[OutgoingCall, IncomingCall]:
        """Let Alice call and Bob answer."""
        call = self.call()
        incoming = self.bob.incoming
        incoming.ring()
        self.wire.run()
        incoming.accept(ANSWER)
        self.wire.run()
        assert call.state == incoming.state == "established"
        return call, incoming

    def do(self, wish: Callable[[], object]) -> None:
        """Let a user have a wish, and let everything happen that happens at once."""
        for phone in self.phones:
            phone.port.now = self.wire.now
        wish()
        for phone in self.phones:
            phone.after()
        self.wire.run()

    def check_quiet(self) -> None:
        """Nothing is left of any call."""
        self.wire.pass_time(200)
        for node in self.wire.nodes.values():
            counts = node.stack.describe()
            assert (counts["client transactions"], counts["server transactions"]) == (0, 0)
            if isinstance(node, ProxyNode):
                assert node.proxy.open_branches == 0
            if isinstance(node, Phone):
                assert not node.agent.calls
                assert not node.agent._dialogs
                assert len(node.agent.alarms) == 0

    def check_outside(self) -> None:
        """Search every octet between the gateways for inner names."""
        for data in self.wire.between("gw.p", "gw.b"):
            for name in map(str, (*ALICE, *CORE_P, *BOB, *CORE_B)):
                assert name.encode() not in data.lower(), (name, data.decode())


def to_user(request: Request) -> tuple[tuple[str, int], str | None, Side]:
    """Choose the contact of the user whom the Request-URI names."""
    users = {"alice": ALICE, "bob": BOB, "carol": CAROL}
    user = request.uri.partition(":")[2].partition("@")[0]
    host, port = users[user]
    return users[user], f"sip:{user}@{host}:{port}", Side.NONE


def hiding_of(key: int, host: str, *inner: tuple[str, int]) -> TopologyHiding:
    names = InnerNames(addresses=frozenset(inner))
    return TopologyHiding(names, PublicFace(f"sip:{host}", host, 5060), SivCodec(bytes([key]) * 64))


def always(
    address: tuple[str, int], uri: str | None, side: Side
) -> Callable[[Request], tuple[tuple[str, int], str | None, Side]]:
    return lambda _request: (address, uri, side)


def messages(phone: Phone, world: World) -> list[Request | Response]:
    """Return what a phone was sent, parsed."""
    found: list[Request | Response] = []
    for _, to, data in world.wire.passed:
        if to == phone.name:
            message = parse_datagram(data)
            assert isinstance(message, Request | Response)
            found.append(message)
    return found


class Puppet(Node):
    """A peer that does what the test says: keeps its transactions, and answers as told."""

    def __init__(self, wire: Wire, name: str, address: tuple[str, int]) -> None:
        super().__init__(wire, name, address)
        self.transactions: list[ServerTransaction] = []
        self.acks: list[Request] = []
        self.responses: list[Response] = []

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        self.transactions.append(transaction)

    def on_ack(self, request: Request) -> None:
        self.acks.append(request)

    def on_response(self, transaction: ClientTransaction, response: Response) -> None:
        self.responses.append(response)

    def on_timeout(self, transaction: ClientTransaction) -> None:
        raise AssertionError("timeout")

    def on_transport_error(self, transaction: ClientTransaction, reason: str) -> None:
        raise AssertionError(reason)

    @property
    def last(self) -> Request:
        return self.transactions[-1].request

    @property
    def methods(self) -> list[str]:
        return [transaction.request.method for transaction in self.transactions]

    def answer(
        self, status: int, *fields: tuple[str, str], tag: str = "ptag", body: Body | None = None
    ) -> None:
        """Answer the last request."""
        host, port = self.address
        own = fields or (("Contact", f"<sip:{self.name}@{host}:{port}>"),)
        response = build_response(
            self.last,
            status,
            to_tag=tag or None,
            fields=own,
            content_type=body and body.content_type,
            body=body.data if body else b"",
        )
        self.stack.respond(self.transactions[-1], response, self.wire.now)
        self.wire.run()

    def ask(self, method: str, *fields: tuple[str, str], cseq: int = 1, **values: str) -> Request:
        """Send a request to Alice; by default in the dialog of the last request we got."""
        host, port = self.address
        own = fields or (("Contact", f"<sip:{self.name}@{host}:{port}>"),)
        last = self.last if self.transactions else None
        request = build_request(
            method,
            values.get("uri", "sip:alice@10.1.0.9:15071"),
            from_=values.get("from_") or f"{last.first('to') if last else '<sip:p@p>'};tag=ptag",
            to=values.get("to")
            or (last.first("from") if last else None)
            or "<sip:alice@p.example>",
            call_id=values.get("call_id") or (last.call_id if last else "puppetcall"),
            cseq=cseq,
            fields=own,
        )
        if method == "ACK":
            self.stack.send_ack(request, Target("UDP", *ALICE))
        else:
            self.stack.send_request(request, Target("UDP", *ALICE), self, self.wire.now)
        self.wire.run()
        return request


class PuppetWorld(World):
    """Alice, and a puppet in the place of Bob."""

    def __init__(self) -> None:
        super().__init__()
        self.puppet = Puppet(self.wire, "puppet", BOB)

    def established(self) -> OutgoingCall:
        call = self.call()
        self.puppet.answer(200)
        assert call.state == "established"
        return call
