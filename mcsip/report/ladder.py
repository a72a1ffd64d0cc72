"""The ladder of a trace: lanes, arrows and boxes, before anybody draws them.

Lanes stand in the order in which a reader of TS 23.280 figure 10.6.3.3-1 expects them: clients,
then the systems in order of their part in the run, the clients' home system last. Within a system
stand its SIP core, its servers, its gateways; in the last system the other way round, so that the
gateways of two systems face each other.

An arrow is one message from an MC entity to the next; the SIP cores between them are named on it
and drawn only where they are an end of some arrow themselves (``fold_cores``). Without folding,
every hop is an arrow of its own. Boxes are the inner steps of nodes, so that all steps of a
procedure stand in the ladder: those that are messages and those that are not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mcsip.exchanges import Exchange, find_exchanges
from mcsip.hops import Answer, Hop, find_hops
from mcsip.mc.info import Info
from mcsip.mc.roles import Role
from mcsip.redact import redact_text
from mcsip.sip.status import reason_phrase
from mcsip.trace import Direction, Mode, NodeInfo, Trace, TraceNote


@dataclass(frozen=True, slots=True)
class Lane:
    """One node of the ladder.

    Attributes:
        node: its full name.
        system: the system above whose lanes its name stands, or "" for clients and strangers.
        label: its name within the system, marked where it is not ours: "gateway *" is under test,
            "gateway o" observed.
        role: its role, or None when it is not known.
    """

    node: str
    system: str
    label: str
    role: Role | None


@dataclass(frozen=True, slots=True)
class Arrow:
    """One message.

    Attributes:
        number: position in the trace.
        at: seconds since the run began.
        sender: index of the lane it starts from.
        receiver: index of the lane it points to.
        via: indices of the lanes of SIP cores that it passed, where they are drawn.
        cores: names of all SIP cores that it passed.
        label: name of the MC message, or SIP method.
        migration: whether it is an MC message.
        step: number of the step in the clause, or "".
        clause: document and clause of the procedure, or "".
        detail: the outcome that the message tells of ("success", "fail: profile-not-permitted").
        status: status code of the answer that the sender got, or None.
        reason: reason phrase of that answer, or "".
        warning: text of its Warning, or "".
        answered_at: seconds since the run began when the answer was sent, or None.
        transport: "UDP", "TCP" or "TLS".
        retransmissions: copies of the request beyond the first.
        lost: whether the receiver never got it, as far as the trace can tell.
        provisional: status code of the last provisional answer other than 100, or None.
    """

    number: int
    at: float
    sender: int
    receiver: int
    via: tuple[int, ...]
    cores: tuple[str, ...]
    label: str
    migration: bool
    step: str
    clause: str
    detail: str
    status: int | None
    reason: str
    warning: str
    answered_at: float | None
    transport: str
    retransmissions: int
    lost: bool
    provisional: int | None = None

    @property
    def caption(self) -> str:
        """What it is, what it tells of, and how often it was sent, in a line."""
        text = f"{self.label}: {self.detail}" if self.detail else self.label
        return f"{text} ×{self.retransmissions + 1}" if self.retransmissions else text

    @property
    def reply(self) -> str:
        """The answer in a line: "403 Forbidden (179 service not authorized)"; "" without one."""
        if self.status is None:
            return ""
        answer = f"{self.status} {self.reason or reason_phrase(self.status)}"
        return f"{answer} ({self.warning})" if self.warning else answer


@dataclass(frozen=True, slots=True)
class Box:
    """One inner step of a node.

    Attributes:
        number: position in the trace.
        at: seconds since the run began.
        lane: index of the node's lane.
        step: number of the step in the clause, or "".
        clause: document and clause, or "".
        text: what happened.
    """

    number: int
    at: float
    lane: int
    step: str
    clause: str
    text: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """A ladder: its lanes from left to right, its rows from top to bottom."""

    lanes: tuple[Lane, ...]
    rows: tuple[Arrow | Box, ...]

    @property
    def arrows(self) -> tuple[Arrow, ...]:
        """The messages."""
        return tuple(row for row in self.rows if isinstance(row, Arrow))

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The inner steps."""
        return tuple(row for row in self.rows if isinstance(row, Box))


def build_ladder(
    trace: Trace, exchanges: Sequence[Exchange] | None = None, *, fold_cores: bool = True
) -> Ladder:
    """Return the ladder of a trace.

    Args:
        trace: the trace.
        exchanges: its exchanges, when the caller has them already.
        fold_cores: draw one arrow through SIP cores instead of one for each hop.
    """
    if not fold_cores:
        hops = find_hops(trace)
        exchanges = _unfolded(hops, find_exchanges(trace, hops))
    elif exchanges is None:
        exchanges = find_exchanges(trace)
    used = {end for exchange in exchanges for end in (exchange.sender, exchange.receiver)}
    used |= {note.node for note in trace.notes}
    lanes = order_lanes(trace, used, exchanges)
    index = {lane.node: position for position, lane in enumerate(lanes)}
    lost = _lost(trace, exchanges)
    rows: list[Arrow | Box] = [
        _arrow(exchange, index, lost=exchange.number in lost) for exchange in exchanges
    ]
    rows += [_box(note, index) for note in trace.notes]
    rows.sort(key=lambda row: row.number)
    return Ladder(lanes, tuple(rows))


def _unfolded(hops: Iterable[Hop], exchanges: Iterable[Exchange]) -> list[Exchange]:
    """Return every hop as an exchange of its own, with the step of the exchange it is part of."""
    whole = {hop.number: exchange for exchange in exchanges for hop in exchange.hops}
    return [replace(whole[hop.number], hops=(hop,), via=()) for hop in hops]


# --- lanes ----------------------------------------------------------------------------------------

_MARKS = {Mode.SIMULATED: "", Mode.SUT: " *", Mode.OBSERVED: " o"}
"""What follows the name of a node that is not ours: under test, or observed."""
_OUTWARD = (Role.SIP_CORE, Role.MC_SERVER, Role.MC_GATEWAY)


def order_lanes(trace: Trace, used: set[str], exchanges: Iterable[Exchange]) -> tuple[Lane, ...]:
    """Return the lanes of the nodes in ``used`` from left to right; see the head of this module."""
    seen = _in_order_of_appearance(exchanges, trace.notes)
    known = [node for name, node in trace.nodes.items() if name in used]
    clients = [node for node in known if node.role is Role.CLIENT]
    clients.sort(key=lambda node: seen.get(node.name, 0))
    servers = [node for node in known if node.role in _OUTWARD]
    strangers = sorted(
        used - {node.name for node in (*clients, *servers)}, key=lambda name: seen.get(name, 0)
    )
    home = clients[0].system if clients else ""
    lanes = [Lane(node.name, "", node.name + _MARKS[node.mode], node.role) for node in clients]
    systems = _order_systems(servers, home, seen)
    for system in systems:
        inward = len(systems) > 1 and system == systems[-1]
        members = [node for node in servers if node.system == system]
        lanes += [_lane(node) for node in _order_members(members, inward=inward)]
    lanes += [Lane(name, "", name, None) for name in strangers]
    return tuple(lanes)


def _in_order_of_appearance(
    exchanges: Iterable[Exchange], notes: Iterable[TraceNote]
) -> dict[str, int]:
    """Return for each node where in the trace it first has a part."""
    seen: dict[str, int] = {}
    for exchange in exchanges:
        for end in (exchange.sender, exchange.receiver):
            seen[end] = min(seen.get(end, exchange.number), exchange.number)
    for note in notes:
        seen[note.node] = min(seen.get(note.node, note.number), note.number)
    return seen


def _order_systems(nodes: Iterable[NodeInfo], home: str, seen: dict[str, int]) -> list[str]:
    """Return the systems of the nodes in order of appearance, the clients' home last."""
    first: dict[str, int] = {}
    for node in nodes:
        at = seen.get(node.name, 0)
        first[node.system] = min(first.get(node.system, at), at)
    return sorted(first, key=lambda system: (system == home, first[system]))


def _order_members(nodes: list[NodeInfo], *, inward: bool) -> list[NodeInfo]:
    """Return the nodes of one system: core, servers, gateways; the other way round if inward."""
    roles = _OUTWARD[::-1] if inward else _OUTWARD
    return [node for role in roles for node in nodes if node.role is role]


def _lane(node: NodeInfo) -> Lane:
    """Return the lane of a node of a system."""
    label = node.name.removeprefix(f"{node.system}.")
    return Lane(node.name, node.system, label + _MARKS[node.mode], node.role)


# --- rows -----------------------------------------------------------------------------------------


def _lost(trace: Trace, exchanges: Iterable[Exchange]) -> set[int]:
    """Return the numbers of the exchanges that never reached their receiver.

    A capture shows what was sent; whether that arrived it does not show. Nor does an ACK, which
    nobody answers, to a node that is not ours.
    """
    if not any(entry.direction is Direction.RECEIVED for entry in trace.entries):
        return set()
    foreign = {name for name, node in trace.nodes.items() if node.mode.is_foreign}
    return {
        exchange.number
        for exchange in exchanges
        if not exchange.delivered
        and not (exchange.last.request.method == "ACK" and exchange.receiver in foreign)
    }


def _arrow(exchange: Exchange, index: dict[str, int], *, lost: bool) -> Arrow:
    """Return the arrow of an exchange."""
    answer = exchange.answer if exchange.status is not None else None
    procedure = exchange.procedure
    clause = "" if procedure is None else f"{procedure.value.document} {procedure.value.clause}"
    return Arrow(
        number=exchange.number,
        at=exchange.at,
        sender=index[exchange.sender],
        receiver=index[exchange.receiver],
        via=tuple(index[core] for core in exchange.via if core in index),
        cores=exchange.via,
        label=exchange.label,
        migration=exchange.message is not None,
        step=exchange.step or "",
        clause=clause,
        detail=redact_text(_outcome(exchange.info)),
        status=None if answer is None else answer.status,
        reason="" if answer is None else redact_text(answer.reason),
        warning="" if answer is None else redact_text(_warning_text(answer)),
        answered_at=None if answer is None else answer.at,
        transport=exchange.first.transport,
        retransmissions=exchange.retransmissions,
        lost=lost,
        provisional=exchange.provisional,
    )


def _outcome(info: Info | None) -> str:
    """Return the outcome that a message tells of, or ""."""
    if info is None or info.success is None:
        return ""
    if info.success:
        return "success"
    return f"fail: {info.reason.key}" if info.reason is not None else "fail"


def _warning_text(answer: Answer) -> str:
    """Return the quoted text of a Warning (RFC 3261 20.43), or the value as written, or ""."""
    value = answer.warning or ""
    _, quote, rest = value.partition('"')
    text, closing, _ = rest.rpartition('"')
    return text.replace('\\"', '"') if quote and closing else value


def _box(note: TraceNote, index: dict[str, int]) -> Box:
    """Return the box of a note."""
    clause = note.clause.removesuffix(f" step {note.step}")
    return Box(note.number, note.at, index[note.node], note.step, clause, redact_text(note.text))
