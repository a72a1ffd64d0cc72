"""The messages of a trace as the HTML report holds them: octets as text, and where they belong.

Every message of the wire stands here once and belongs to exactly one *hop* of the report: to the
transaction whose request or answer it is, or, where it is no SIP or answers nothing that was seen,
to a hop of its own (a *stray*), so that nothing that was captured is missing.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from mcsip.hops import Hop, hop_key, read_message
from mcsip.report.wire import WireMessage, title_of, wire_messages
from mcsip.sip.message import Request
from mcsip.trace import Direction, Trace


@dataclass(slots=True)
class WireHop:
    """Messages that belong together.

    Attributes:
        sender, receiver: names of who sent the request and of whom it was for.
        hop: the transaction, or None for a stray message.
        messages: indices of its messages, in order.
    """

    sender: str
    receiver: str
    hop: Hop | None = None
    messages: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wire:
    """What went over the wire, grouped.

    Attributes:
        messages: every message once, in order, without secrets.
        arrivals: seconds since the run began when each arrived, or None where that was not seen.
        hops: the transactions in the order given, then the strays in order.
        index_of: for the number of a trace entry the index of its message.
    """

    messages: tuple[WireMessage, ...]
    arrivals: tuple[float | None, ...]
    hops: tuple[WireHop, ...]
    index_of: dict[int, int]


def group_messages(trace: Trace, hops: Sequence[Hop]) -> Wire:
    """Return the messages of a trace, each with the hop that it belongs to.

    Args:
        trace: the trace.
        hops: its hops.
    """
    messages = wire_messages(trace)
    groups = [WireHop(hop.sender, hop.receiver, hop) for hop in hops]
    by_key = {key: group for group in groups if (key := _key(group.hop)) is not None}
    strays: list[WireHop] = []
    for index, message in enumerate(messages):
        read = read_message(message.data)
        key = None if read is None else hop_key(read)
        group = None if key is None else by_key.get(key)
        if group is None:
            group = WireHop(message.sender, message.receiver)
            strays.append(group)
        group.messages.append(index)
    index_of = {message.number: index for index, message in enumerate(messages)}
    arrivals = _match_arrivals(trace, messages, index_of)
    return Wire(tuple(messages), arrivals, (*groups, *strays), index_of)


def _key(hop: Hop | None) -> tuple[str, str, str] | None:
    return None if hop is None else hop_key(hop.request)


def _match_arrivals(
    trace: Trace, messages: Sequence[WireMessage], index_of: dict[int, int]
) -> tuple[float | None, ...]:
    """Return when each message arrived, and add the entries of arrival to ``index_of``.

    An arrival is that of the last copy sent before it: copies of one message are alike.
    """
    arrivals: list[float | None] = [None] * len(messages)
    sent: dict[tuple[str, object, bytes], list[int]] = defaultdict(list)
    for entry in trace.entries:
        if entry.direction is Direction.SENT:
            sent[entry.transport, entry.remote, entry.data].append(entry.number)
    for entry in trace.entries:
        if entry.direction is not Direction.RECEIVED:
            continue
        if entry.number in index_of:  # nobody who sent it is traced
            arrivals[index_of[entry.number]] = entry.at
            continue
        copies = sent[entry.transport, entry.local, entry.data]
        copy = copies[max(0, bisect_right(copies, entry.number) - 1)]
        index = index_of[entry.number] = index_of[copy]
        if arrivals[index] is None:
            arrivals[index] = entry.at
    return tuple(arrivals)


def message_data(message: WireMessage, arrived: float | None) -> dict[str, object]:
    """Return a message as the report holds it, as plain values.

    ``text`` are its octets: UTF-8, or with ``octets`` set one character for each octet.
    """
    fields: dict[str, object] = {
        "number": message.number,
        "at": round(message.at, 6),
        "from": message.sender,
        "to": message.receiver,
        "transport": message.transport,
        "source": _address(message.source.host, message.source.port),
        "target": _address(message.target.host, message.target.port),
        "title": title_of(message.data),
    }
    read = read_message(message.data)
    if read is not None and not isinstance(read, Request):
        fields["status"] = read.status
    if arrived is not None and arrived != message.at:
        fields["arrived"] = round(arrived, 6)
    if message.fault is not None:
        fields["fault"] = message.fault
    try:
        fields["text"] = message.data.decode("utf-8")
    except UnicodeDecodeError:
        fields |= {"text": message.data.decode("latin-1"), "octets": True}
    return fields


def place_in_text(data: bytes, span: tuple[int, int]) -> list[int]:
    """Return a span of octets as one of the characters that JavaScript counts (UTF-16 units)."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return list(span)
    return [len(data[:end].decode("utf-8", "ignore").encode("utf-16-le")) // 2 for end in span]


def _address(host: str, port: int) -> str:
    """Return an address as people write it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
