"""What the tests of the proxy share: a recording port, ids, and one gateway's policy."""

import pytest

from mcsip.sip.message import Request, Response
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.sip.proxy.codec import SivCodec
from mcsip.sip.proxy.hiding import TopologyHiding
from mcsip.sip.proxy.names import InnerNames, PublicFace
from mcsip.sip.proxy.policy import ProxyPolicy
from mcsip.sip.proxy.port import StackPort
from mcsip.sip.proxy.proxy import Proxy
from mcsip.sip.stack import Core, ServerTransaction, Source, Stack, Target

TARGET = Target("UDP", "192.0.2.9", 5060)
UPSTREAM = Source("UDP", "192.0.2.1", 5060)

INNER = InnerNames(
    hosts=frozenset({"server1.partner.example", "core.partner.example", "10.1.0.5"}),
    addresses=frozenset({("10.1.0.5", 15061), ("10.1.0.6", 15062)}),
    uris=frozenset({"sip:inner-psi@partner.example"}),
)
FACE = PublicFace("sip:gateway@partner.example", "gw.partner.example")
ROUTE_URI = "sip:gw.partner.example:5060;lr"
KEY = bytes(range(64))


class LetterIds:
    """Ids in order, of letters only, all beginning alike."""

    def __init__(self, prefix: str = "x") -> None:
        self._prefix = prefix
        self._count = 0

    def token(self) -> str:
        self._count += 1
        return self._prefix + "".join(chr(97 + int(digit)) for digit in f"{self._count:06d}")


def make_hiding() -> TopologyHiding:
    return TopologyHiding(INNER, FACE, SivCodec(KEY))


def make_policy(*, hiding: bool = False, record_route: bool = True) -> ProxyPolicy:
    return ProxyPolicy(
        own=frozenset({("gw.partner.example", 5060)}),
        route_uri=ROUTE_URI,
        record_route=record_route,
        hiding=make_hiding() if hiding else None,
    )


def request_of(text: str, body: bytes = b"") -> Request:
    """Return the request of a text with bare line feeds and without its empty line."""
    message = parse_datagram(text.strip().replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
    assert isinstance(message, Request), message
    return message


def response_of(text: str) -> Response:
    message = parse_datagram(text.strip().replace("\n", "\r\n").encode() + b"\r\n\r\n")
    assert isinstance(message, Response), message
    return message


def make_request(
    method: str = "MESSAGE", *lines: str, uri: str = "sip:bob@primary.example", hops: str = "70"
) -> Request:
    """Return a request with further header lines, which replace the usual ones of their name."""
    usual = {
        "Via": "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKup",
        "Max-Forwards": f"Max-Forwards: {hops}",
        "From": "From: <sip:alice@partner.example>;tag=fromtag",
        "To": "To: <sip:bob@primary.example>",
        "Call-ID": "Call-ID: callone",
        "CSeq": f"CSeq: 1 {method}",
    }
    if not hops:
        del usual["Max-Forwards"]
    for line in lines:
        usual.pop(line.partition(":")[0], None)
    text = "\n".join([f"{method} {uri} SIP/2.0", *usual.values(), *lines])
    return request_of(text)


def answer(request: Request, status: int, *lines: str, tag: str = "totag") -> Response:
    """Return a response as it comes to us from downstream: our Via is its topmost."""
    head = [
        field.raw for field in request.fields if field.key in {"via", "from", "call-id", "cseq"}
    ]
    to = request.first("to") or ""
    head.append(f"To: {to}" if ";tag=" in to else f"To: {to};tag={tag}")
    return response_of("\n".join([f"SIP/2.0 {status} Text", *head, *lines]))


class Upstream(Core):
    """A core that keeps what its stack hands over."""

    def __init__(self) -> None:
        self.transactions: list[ServerTransaction] = []
        self.cancels: list[ServerTransaction] = []
        self.acks: list[Request] = []

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        self.transactions.append(transaction)

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        self.cancels.append(transaction)

    def on_ack(self, request: Request) -> None:
        self.acks.append(request)

    def on_stray_response(self, response: Response) -> None:
        pass

    def on_server_failure(self, transaction: ServerTransaction, reason: str) -> None:
        pass


class Bench:
    """A proxy on a stack; what goes out is read from the packets."""

    def __init__(self, policy: ProxyPolicy) -> None:
        self.core = Upstream()
        ids = LetterIds()
        sent_by = dict.fromkeys(("UDP", "TCP"), ("gw.partner.example", 5060))
        self.port = StackPort(Stack(self.core, ids, sent_by))
        self.proxy = Proxy(self.port, ids, policy)

    def arrive(self, request: Request) -> ServerTransaction:
        """Let a request arrive from upstream and return its transaction."""
        self.port.stack.receive(request, UPSTREAM, self.port.now)
        return self.core.transactions[-1]

    def come_back(self, response: Response) -> None:
        """Let a response arrive from downstream."""
        self.port.stack.receive(response, Source(*TARGET), self.port.now)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        end = self.port.now + seconds
        while True:
            due = [
                deadline
                for deadline in (self.port.stack.next_deadline(), self.proxy.next_deadline())
                if deadline is not None and deadline <= end
            ]
            if not due:
                break
            self.port.now = max(self.port.now, min(due))
            self.port.stack.handle_timer(self.port.now)
            self.proxy.handle_timer(self.port.now)
        self.port.now = end

    def take(self) -> list[Request | Response]:
        """Return what was sent since the last time."""
        messages: list[Request | Response] = []
        for packet in self.port.stack.take_packets():
            message = parse_datagram(packet.data)
            assert not isinstance(message, Malformed), message
            messages.append(message)
        return messages

    def take_requests(self) -> list[Request]:
        return [message for message in self.take() if isinstance(message, Request)]

    def take_responses(self) -> list[Response]:
        return [message for message in self.take() if isinstance(message, Response)]

    def relay(self, request: Request, count: int = 1) -> tuple[ServerTransaction, list[Request]]:
        """Let a request arrive and forward it ``count`` times; return what went out."""
        transaction = self.arrive(request)
        ready = self.proxy.receive(transaction, transaction.request)
        assert ready is not None
        for _ in range(count):
            self.proxy.forward(transaction, ready, TARGET)
        return transaction, self.take_requests()


@pytest.fixture
def bench() -> Bench:
    return Bench(make_policy())
