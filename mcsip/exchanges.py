"""What a trace says, as arrows: who sent which message to whom, and what came of it.

An *exchange* is what MC entities see: the hops of one request through SIP cores, which only forward
it, joined to one arrow. Hops are joined by Call-ID and CSeq, which a proxy leaves as they are
(RFC 3261 16.6). A gateway is an MC entity, so its hops stay apart.

Expectations of scenarios and all ladders read exchanges, so that what is judged is what is drawn.
Everything here is a pure function of the trace.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mcsip.hops import Answer, Hop, find_hops
from mcsip.mc.info import Info
from mcsip.mc.messages import MESSAGES, REQUEST, TRIGGER, Side, step_of
from mcsip.mc.roles import Role
from mcsip.mc.steps import PROCEDURE_OF, Procedure
from mcsip.sip.message import Request
from mcsip.trace import Trace


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message from an MC entity to the next, over no, one or several SIP cores.

    Attributes:
        hops: its hops in order; at least one.
        via: names of the SIP cores it passed.
        step: number of the step in its procedure ("1", "3", "3-5"), or None.
        procedure: the migration procedure that its message belongs to, or None.
    """

    hops: tuple[Hop, ...]
    via: tuple[str, ...] = ()
    step: str | None = None
    procedure: Procedure | None = None

    @property
    def first(self) -> Hop:
        """The hop at the sender."""
        return self.hops[0]

    @property
    def last(self) -> Hop:
        """The hop at the receiver."""
        return self.hops[-1]

    @property
    def number(self) -> int:
        """Position in the trace of the first copy that the sender sent."""
        return self.first.number

    @property
    def at(self) -> float:
        """Seconds since the run began when the sender sent it."""
        return self.first.at

    @property
    def sender(self) -> str:
        """Who sent it."""
        return self.first.sender

    @property
    def receiver(self) -> str:
        """Who got it, or was to get it."""
        return self.last.receiver

    @property
    def message(self) -> str | None:
        """Name of the MC message, or None."""
        return self.first.message

    @property
    def label(self) -> str:
        """Name of the MC message, or the SIP method."""
        return self.first.label

    @property
    def info(self) -> Info | None:
        """The MC info body as the receiver got it, or None."""
        return self.last.info

    @property
    def status(self) -> int | None:
        """Status code of the final answer that the sender of the request got, or None.

        Where the sender is not traced, what the receiver answered counts.
        """
        final = self.first.final
        if final is None or (self.first.sent and not final.received):
            return None
        return final.status

    @property
    def answer(self) -> Answer | None:
        """The final answer on the sender's side, or None."""
        return self.first.final

    @property
    def provisional(self) -> int | None:
        """Status code of the sender's last provisional answer other than 100, or None."""
        codes = [answer.status for answer in self.first.answers if 100 < answer.status < 200]
        return codes[-1] if codes else None

    @property
    def retransmissions(self) -> int:
        """Copies beyond the first, over all hops."""
        return sum(hop.retransmissions for hop in self.hops)

    @property
    def delivered(self) -> bool:
        """Whether the receiver got it."""
        return self.last.delivered


def find_exchanges(trace: Trace, hops: Sequence[Hop] | None = None) -> list[Exchange]:
    """Return the exchanges of a trace in the order in which they began.

    Args:
        trace: the trace, which knows the roles of the nodes.
        hops: its hops, when the caller has them already.
    """
    if hops is None:
        hops = find_hops(trace)
    cores = {name for name, node in trace.nodes.items() if node.role is Role.SIP_CORE}
    onward: dict[tuple[str, str, str], list[Hop]] = defaultdict(list)
    for hop in hops:
        if hop.sender in cores:
            onward[hop.sender, *_dialog_key(hop.request)].append(hop)
    exchanges: list[Exchange] = []
    joined: set[int] = set()
    for hop in hops:
        if hop.number in joined:
            continue
        for path in _paths(hop, cores, onward):
            joined.update(part.number for part in path)
            exchanges.append(Exchange(path, tuple(part.receiver for part in path[:-1])))
    partners = _partner_systems(trace, exchanges)
    alone = _deciding_alone(trace, exchanges)
    return [_placed(trace, exchange, partners, alone) for exchange in exchanges]


def _dialog_key(request: Request) -> tuple[str, str]:
    """Return what a request keeps on its way through a proxy: Call-ID and CSeq."""
    return request.first("call-id") or "", request.first("cseq") or ""


def _paths(
    hop: Hop, cores: set[str], onward: dict[tuple[str, str, str], list[Hop]]
) -> list[tuple[Hop, ...]]:
    """Return the ways that a request took from ``hop`` on: one, or several where a core forked."""
    done: list[tuple[Hop, ...]] = []
    open_paths: list[tuple[Hop, ...]] = [(hop,)]
    while open_paths:
        path = open_paths.pop(0)
        last = path[-1]
        following = (
            [
                after
                for after in onward.get((last.receiver, *_dialog_key(last.request)), [])
                if after.number > last.number
            ]
            if last.receiver in cores
            else []
        )
        if following:
            open_paths += [(*path, after) for after in following]
        else:
            done.append(path)
    return done


def _system(trace: Trace, node: str) -> str:
    info = trace.nodes.get(node)
    return "" if info is None else info.system


def _role(trace: Trace, node: str) -> Role | None:
    info = trace.nodes.get(node)
    return None if info is None else info.role


def _partner_systems(trace: Trace, exchanges: Iterable[Exchange]) -> set[tuple[str, str]]:
    """Return (primary ID, system) for every system that the trace shows as a partner of a user.

    A client asks for migration in the partner system, and is answered from there; a message towards
    the primary that crosses between systems comes from a partner, and the other way round.
    """
    partners: set[tuple[str, str]] = set()
    for exchange in exchanges:
        info = exchange.info
        if info is None or info.primary_id is None or info.message == TRIGGER:
            continue  # a trigger is a matter within the primary
        sending, receiving = _system(trace, exchange.sender), _system(trace, exchange.receiver)
        to_primary = MESSAGES[info.message].towards is Side.PRIMARY
        if _role(trace, exchange.sender) is Role.CLIENT:
            partner = receiving
        elif _role(trace, exchange.receiver) is Role.CLIENT:
            partner = sending
        elif sending != receiving:
            partner = sending if to_primary else receiving
        else:
            continue
        partners.add((info.primary_id, partner))
    return partners


def _deciding_alone(trace: Trace, exchanges: Iterable[Exchange]) -> set[tuple[str, str]]:
    """Return (primary ID, system) for every partner that granted without asking the primary.

    That is the procedure of TR 23.700-90 7.X.2, whose messages are those of TS 23.280 10.6.3.3.
    """
    granted: set[tuple[str, str]] = set()
    asked: set[tuple[str, str]] = set()
    for exchange in exchanges:
        info = exchange.info
        if info is None or info.primary_id is None:
            continue
        pair = (info.primary_id, _system(trace, exchange.sender))
        if info.message == REQUEST and _role(trace, exchange.sender) is not Role.CLIENT:
            asked.add(pair)
        elif info.success and _role(trace, exchange.receiver) is Role.CLIENT:
            granted.add(pair)
    return granted - asked


def _placed(
    trace: Trace,
    exchange: Exchange,
    partners: set[tuple[str, str]],
    alone: set[tuple[str, str]],
) -> Exchange:
    """Return an exchange with its procedure and the step of it that it is."""
    info = exchange.info
    procedure = PROCEDURE_OF.get(exchange.message or "")
    sender, receiver = _role(trace, exchange.sender), _role(trace, exchange.receiver)
    if info is None or info.primary_id is None or sender is None or receiver is None:
        return replace(exchange, procedure=procedure)
    systems = (_system(trace, exchange.sender), _system(trace, exchange.receiver))
    if procedure is Procedure.AUTHORIZATION and any((info.primary_id, s) in alone for s in systems):
        procedure = Procedure.WITHOUT_INTERCONNECTION

    def side(node: str) -> Side:
        if _role(trace, node) is Role.CLIENT:
            return Side.PARTNER
        partner = (info.primary_id, _system(trace, node)) in partners
        return Side.PARTNER if partner else Side.PRIMARY

    step = step_of(
        info.message, sender, side(exchange.sender), receiver, side(exchange.receiver), procedure
    )
    return replace(exchange, step=step, procedure=procedure)
