"""What the tests of the transaction layer share: a stack with a recording core, user and network."""

from mcsip.sip.build import build_request, build_response
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.sip.stack import (
    ClientTransaction,
    Core,
    Limits,
    Packet,
    ServerTransaction,
    Source,
    Stack,
    Target,
)
from mcsip.sip.timers import Timers

OWN = {"UDP": ("192.0.2.1", 5060), "TCP": ("192.0.2.1", 5060), "TLS": ("192.0.2.1", 5061)}
PEER_PORT = 5070


class LetterIds:
    """Ids in order, of letters only."""

    def __init__(self) -> None:
        self._count = 0

    def token(self) -> str:
        self._count += 1
        return "id" + "".join(chr(97 + int(digit)) for digit in f"{self._count:06d}")


class RecordingCore(Core):
    """A core that keeps what it was told."""

    def __init__(self) -> None:
        self.transactions: list[ServerTransaction] = []
        self.requests: list[Request] = []
        self.log: list[str] = []
        self.acks: list[Request] = []
        self.cancelled: list[ServerTransaction] = []
        self.raises: Exception | None = None
        self.favoured = ""

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        self.transactions.append(transaction)
        self.requests.append(request)
        if self.raises:
            raise self.raises

    def favours(self, data: bytes) -> bool:
        return bool(self.favoured) and self.favoured.encode() in data

    def on_ack(self, request: Request) -> None:
        self.acks.append(request)
        self.log.append("ACK to TU")

    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None:
        self.cancelled.append(transaction)

    def on_stray_response(self, response: Response) -> None:
        self.log.append(f"stray {response.status}")

    def on_server_failure(self, transaction: ServerTransaction, reason: str) -> None:
        timeout = "no ACK" in reason or "in time" in reason
        self.log.append("timeout to TU" if timeout else "error to TU")


class RecordingUser:
    """A transaction user that keeps what it was told."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.responses: list[Response] = []

    def on_response(self, transaction: ClientTransaction, response: Response) -> None:
        self.log.append("response to TU")
        self.responses.append(response)

    def on_timeout(self, transaction: ClientTransaction) -> None:
        self.log.append("timeout to TU")

    def on_transport_error(self, transaction: ClientTransaction, reason: str) -> None:
        self.log.append("error to TU")


class Rig:
    """One stack, its core and user, and the time."""

    def __init__(
        self, transport: str = "UDP", timers: Timers | None = None, limits: Limits | None = None
    ) -> None:
        self.transport = transport
        self.core = RecordingCore()
        self.user = RecordingUser()
        self.stack = Stack(self.core, LetterIds(), OWN, timers or Timers(), limits or Limits())
        self.now = 0.0
        flow = None if transport == "UDP" else 7
        self.source = Source(transport, "192.0.2.2", PEER_PORT, flow)
        self.target = Target(transport, "192.0.2.2", PEER_PORT, flow)

    def send(self, method: str = "MESSAGE", *, body: bytes = b"") -> ClientTransaction:
        request = make_request(method, body=body)
        return self.stack.send_request(request, self.target, self.user, self.now)

    def receive(self, message: Request | Response | Malformed | bytes) -> None:
        if isinstance(message, bytes):
            message = parse_datagram(message)
        self.stack.receive(message, self.source, self.now)

    def take_request(self, method: str = "MESSAGE", **values: str) -> ServerTransaction:
        """Receive a request and return its new transaction."""
        self.receive(incoming(method, self.transport, **values))
        return self.core.transactions[-1]

    def respond(self, transaction: ServerTransaction, status: int) -> None:
        to_tag = None if status == 100 else "answer"
        response = build_response(transaction.request, status, to_tag=to_tag)
        self.stack.respond(transaction, response, self.now)

    def take(self) -> list[Packet]:
        return self.stack.take_packets()

    def taken(self) -> list[str]:
        """Return what is sent, as method or status."""
        return [summary(packet) for packet in self.take()]

    def run(self, until: float) -> list[tuple[float, str]]:
        """Let time pass and return what is sent, with its time."""
        sent = [(self.now, text) for text in self.taken()]
        while (deadline := self.stack.next_deadline()) is not None and deadline <= until:
            self.now = deadline
            self.stack.handle_timer(self.now)
            sent += [(self.now, text) for text in self.taken()]
        self.now = until
        return sent


def make_request(method: str = "MESSAGE", *, body: bytes = b"") -> Request:
    """Return a request of our own, without Via."""
    return build_request(
        method,
        "sip:bob@example.com",
        from_="<sip:alice@example.com>;tag=alice",
        to="<sip:bob@example.com>",
        call_id="a-call",
        cseq=7,
        fields=[("Route", "<sip:proxy.example.com;lr>")],
        content_type="text/plain" if body else None,
        body=body,
    )


def incoming(
    method: str,
    transport: str = "UDP",
    *,
    branch: str = "z9hG4bKpeer",
    sent_by: str = f"192.0.2.2:{PEER_PORT}",
    params: str = "",
    to: str = "<sip:bob@example.com>",
    cseq: str = "1",
    uri: str = "sip:bob@example.com",
    call_id: str = "their-call",
    from_: str = "<sip:alice@example.com>;tag=theirs",
    version: str = "SIP/2.0",
) -> bytes:
    """Return the octets of a request of a peer."""
    lines = [
        f"{method} {uri} {version}",
        f"Via: SIP/2.0/{transport} {sent_by}{f';branch={branch}' if branch else ''}{params}",
        "Max-Forwards: 70",
        f"From: {from_}",
        f"To: {to}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        "Content-Length: 0",
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


def answer(sent: bytes | Packet | ClientTransaction, status: int, *, tag: str = "b") -> Response:
    """Return a peer's response to a request that we sent."""
    if isinstance(sent, ClientTransaction):
        request: object = sent.request
    else:
        request = parse_datagram(sent.data if isinstance(sent, Packet) else sent)
    assert isinstance(request, Request)
    response = parse_datagram(
        build_response(request, status, to_tag=None if status == 100 else tag).octets()
    )
    assert isinstance(response, Response)
    return response


def message_of(packet: Packet) -> Request | Response:
    message = parse_datagram(packet.data)
    assert isinstance(message, Request | Response), message
    return message


def request_in(packet: Packet) -> Request:
    message = message_of(packet)
    assert isinstance(message, Request)
    return message


def response_in(packet: Packet) -> Response:
    message = message_of(packet)
    assert isinstance(message, Response)
    return message


def summary(packet: Packet) -> str:
    """Return a packet as its method or status."""
    message = message_of(packet)
    return message.method if isinstance(message, Request) else str(message.status)
