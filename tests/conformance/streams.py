"""Views collected from small traces, for tests of the engine."""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field

from mcsip.conformance.collect import Collector
from mcsip.conformance.rule import Scope
from mcsip.conformance.views import Call, Course, MessageSeen, Passage, Setting, TransactionSeen
from mcsip.trace import Direction, NodeInfo, Peer, Trace, TraceEntry

A, B, C = Peer("10.0.0.1", 5060), Peer("10.0.0.2", 5060), Peer("10.0.0.3", 5060)


def request(
    method: str = "MESSAGE", branch: str = "1", call: str = "call", cseq: str = "", above: str = ""
) -> bytes:
    """Return a request; ``above`` is a branch of a Via that a proxy put on top."""
    top = f"Via: SIP/2.0/UDP p;branch={above}\r\n" if above else ""
    return (
        f"{method} sip:x@y SIP/2.0\r\n{top}Via: SIP/2.0/UDP a;branch={branch}\r\n"
        f"From: <sip:a@a>;tag=f{call}\r\nTo: <sip:b@b>\r\nCall-ID: {call}\r\n"
        f"CSeq: {cseq or f'1 {method}'}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def response(to: bytes, status: int = 200) -> bytes:
    """Return the response to a request."""
    head = to.split(b"\r\n", 1)[1]
    return f"SIP/2.0 {status} X\r\n".encode() + head


@dataclass
class Stream:
    """Feeds entries to a collector and keeps the views."""

    trace: Trace = field(default_factory=Trace)
    scopes: tuple[Scope, ...] = tuple(Scope)
    messages: list[MessageSeen] = field(default_factory=list)
    transactions: list[TransactionSeen] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    keys: dict[Scope, list[Hashable | None]] = field(default_factory=lambda: defaultdict(list))
    number: int = 0

    def __post_init__(self) -> None:
        self.collector = Collector(Setting(self.trace), self, self.scopes)

    def on_message(self, seen: MessageSeen, key: Hashable | None) -> None:
        self.messages.append(seen)
        self.keys[Scope.MESSAGE].append(key)

    def on_transaction(self, seen: TransactionSeen, key: Hashable | None) -> None:
        self.transactions.append(seen)
        self.keys[Scope.TRANSACTION].append(key)

    def on_passage(self, seen: Passage, key: Hashable | None) -> None:
        self.passages.append(seen)
        self.keys[Scope.PASSAGE].append(key)

    def on_call(self, seen: Call, key: Hashable | None) -> None:
        self.calls.append(seen)

    def on_course(self, seen: Course, key: Hashable | None) -> None:
        self.courses.append(seen)
        self.keys[Scope.COURSE].append(key)

    def sent(
        self,
        data: bytes,
        at: float = 0.0,
        source: Peer = A,
        target: Peer = B,
        transport: str = "UDP",
        fault: str | None = None,
    ) -> TraceEntry:
        """Feed a message where it was sent."""
        self.number += 1
        node = self.trace.node_at(source, transport) or f"{source.host}:{source.port}"
        entry = TraceEntry(
            self.number, at, node, Direction.SENT, transport, source, target, data, fault
        )
        self.collector.feed(entry)
        return entry

    def received(
        self, data: bytes, at: float = 0.0, source: Peer = A, target: Peer = B
    ) -> TraceEntry:
        """Feed a message where it was received, over UDP."""
        self.number += 1
        node = self.trace.node_at(target) or f"{target.host}:{target.port}"
        way = Direction.RECEIVED
        entry = TraceEntry(self.number, at, node, way, "UDP", target, source, data)
        self.collector.feed(entry)
        return entry

    def both(self, data: bytes, at: float = 0.0, source: Peer = A, target: Peer = B) -> None:
        """Feed a message at both ends."""
        self.sent(data, at, source, target)
        self.received(data, at, source, target)

    def quiet(self, at: float) -> None:
        """Let time go on."""
        self.sent(b"\r\n\r\n", at)

    def finish(self) -> "Stream":
        self.collector.finish()
        return self


def numbers(entries: tuple[TraceEntry, ...]) -> list[int]:
    """Return the numbers of entries."""
    return [entry.number for entry in entries]


def with_nodes(*nodes: tuple[NodeInfo, Peer]) -> Trace:
    """Return a trace that knows nodes at addresses."""
    trace = Trace()
    for node, peer in nodes:
        trace.add_node(node)
        trace.announce(node.name, *peer)
    return trace
