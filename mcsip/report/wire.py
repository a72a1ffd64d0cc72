"""What went over the wire: every message of a trace once, whoever traced it.

A message between two simulated nodes is traced twice, by its sender and by its receiver; one from
or to a foreign node only once. What a sender sent is taken, copy for copy, lost ones too; of what a
receiver received, only that of which no sender is traced. Secrets are replaced here, once for all
that is written from it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mcsip.errors import PeerError
from mcsip.exchanges import Exchange
from mcsip.hops import read_message
from mcsip.redact import redact
from mcsip.sip.message import Request
from mcsip.trace import Direction, Peer, Trace, TraceEntry


@dataclass(frozen=True, slots=True)
class WireMessage:
    """One message on its way from one address to another.

    Attributes:
        number: position in the trace.
        at: seconds since the run began.
        sender: name of the node it came from, or "host:port".
        receiver: name of the node it went to, or "host:port".
        transport: "UDP", "TCP" or "TLS".
        source: where it came from.
        target: where it went to.
        data: the octets, without secrets.
        fault: what the network did to it, or None.
    """

    number: int
    at: float
    sender: str
    receiver: str
    transport: str
    source: Peer
    target: Peer
    data: bytes
    fault: str | None


def wire_messages(trace: Trace) -> list[WireMessage]:
    """Return the messages of a trace in order, each once."""
    sent = {
        (entry.transport, entry.remote, entry.data)
        for entry in trace.entries
        if entry.direction is Direction.SENT
    }
    return [
        wire_message(trace, entry)
        for entry in trace.entries
        if entry.direction is Direction.SENT
        or (entry.transport, entry.local, entry.data) not in sent
    ]


def wire_message(trace: Trace, entry: TraceEntry) -> WireMessage:
    """Return an entry seen from the wire."""
    far = trace.node_at(entry.remote, entry.transport) or f"{entry.remote.host}:{entry.remote.port}"
    sending = entry.direction is Direction.SENT
    return WireMessage(
        entry.number,
        entry.at,
        entry.node if sending else far,
        far if sending else entry.node,
        entry.transport,
        entry.local if sending else entry.remote,
        entry.remote if sending else entry.local,
        redact(entry.data),
        entry.fault,
    )


def steps_by_branch(exchanges: Iterable[Exchange]) -> dict[tuple[str, str], Exchange]:
    """Return the exchange that a message belongs to, by its topmost branch and method."""
    return {
        key: exchange
        for exchange in exchanges
        for hop in exchange.hops
        if (key := branch_of(hop.request.octets())) is not None
    }


def branch_of(data: bytes) -> tuple[str, str] | None:
    """Return topmost branch and method of a message (RFC 3261 17.1.3), or None when it has none."""
    message = read_message(data)
    if message is None:
        return None
    try:
        branch, method = message.via.branch, message.cseq.method
    except PeerError:
        return None
    return None if branch is None else (branch, method)


def title_of(data: bytes) -> str:
    """Return the method, or status and reason phrase, of a message; "(no SIP)" when it is none."""
    message = read_message(data)
    if message is None:
        return "(no SIP)"
    return message.method if isinstance(message, Request) else f"{message.status} {message.reason}"
