"""What rules look at: a message, a transaction, a passage through a proxy, a user's course.

Views are made by ``conformance.collect`` from a trace, one after the other, and thrown away when
the rules have looked. They say who sent and who received by ``NodeInfo``: a node of the trace, or
a stranger whose name is its "host:port".
"""

from dataclasses import dataclass
from enum import IntEnum

from mcsip.exchanges import Exchange
from mcsip.hops import Hop, read_info
from mcsip.mc.info import Info
from mcsip.sip.message import Message, Request, Response
from mcsip.sip.parse import Malformed
from mcsip.sip.timers import Timers
from mcsip.trace import NodeInfo, Trace, TraceEntry


class Release(IntEnum):
    """A release of the 3GPP documents."""

    R17 = 17
    R18 = 18
    R19 = 19
    R20 = 20


DEFAULT_RELEASE = Release.R18
"""The release of the change requests that this product is made from."""
DEFAULT_TIMERS = Timers()


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for a whole check.

    Attributes:
        trace: knows the nodes, their systems, domains, host names and addresses. In a check of a
            large capture its list of entries is empty: the entries stream by.
        release: the release that bodies are held against.
        timers: the timers of RFC 3261 that the nodes run with.
    """

    trace: Trace
    release: Release = DEFAULT_RELEASE
    timers: Timers = DEFAULT_TIMERS


@dataclass(slots=True)
class MessageSeen:
    """One message on one hop, once: the sender's copy where the sender is traced.

    The same octets again on the same hop (a retransmission) are seen as part of their transaction.

    Attributes:
        setting: what holds for the whole check.
        entry: where it was seen; ``entry.data`` are the octets.
        message: what was read from them; None when they are no SIP message, or a malformed one.
        sender: who sent it.
        receiver: whom it was sent to.
        malformed: why there is no message, with the message as far as it could be read.
        refused: whether it is a request for which the receiver refused a TCP connection before, as
            only the trace of the sender tells (RFC 3261 18.1.1).
    """

    setting: Setting
    entry: TraceEntry
    message: Request | Response | None
    sender: NodeInfo
    receiver: NodeInfo
    malformed: Malformed | None = None
    refused: bool = False

    @property
    def info(self) -> Info | None:
        """The MC info body, or None; faulty bodies count as none here."""
        return None if self.message is None else read_info(self.message)

    @property
    def crosses(self) -> bool:
        """Whether it goes from one MC system to another."""
        sending, receiving = self.sender.system, self.receiver.system
        return bool(sending and receiving) and sending != receiving


@dataclass(slots=True)
class TransactionSeen:
    """One transaction between two neighbours, complete.

    Attributes:
        setting: what holds for the whole check.
        hop: the transaction as ladders have it.
        sender: who sent the request.
        receiver: whom it was sent to.
        requests: each copy of the request in order, on the side that sent it where that is traced.
        responses: each copy of each response in order, likewise.
        arrivals: copies of the request at the receiver, where the receiver is traced too.
        replies: copies of each response at the sender of the request, where that is traced.
        acks: for an INVITE: each copy of its ACK on this hop, on the side that sent it where that
            is traced; the ACK of a 2xx is a transaction of its own and not among them.
        ended: whether the trace goes on for longer than the transaction may last; when False,
            what is missing may just not have happened yet.
    """

    setting: Setting
    hop: Hop
    sender: NodeInfo
    receiver: NodeInfo
    requests: tuple[TraceEntry, ...]
    responses: tuple[tuple[TraceEntry, Response], ...]
    arrivals: tuple[TraceEntry, ...] = ()
    ended: bool = True
    replies: tuple[tuple[TraceEntry, Response], ...] = ()
    acks: tuple[tuple[TraceEntry, Request], ...] = ()

    @property
    def ack(self) -> bool:
        """Whether the request is an ACK."""
        return self.hop.request.method == "ACK"

    @property
    def reliable(self) -> bool:
        """Whether it ran over a transport that loses nothing (RFC 3261 17.1.1.2)."""
        return self.hop.transport != "UDP"

    @property
    def request(self) -> Request:
        """The request as first seen."""
        return self.hop.request


@dataclass(slots=True)
class Passage:
    """One request through one proxy: a SIP core, an MC gateway server, or whoever forwards.

    Attributes:
        setting: what holds for the whole check.
        node: the proxy.
        incoming: the transaction by which the request came.
        outgoing: the transactions by which it went on; empty when it was answered or swallowed.
    """

    setting: Setting
    node: NodeInfo
    incoming: TransactionSeen
    outgoing: tuple[TransactionSeen, ...] = ()

    @property
    def message(self) -> Message:
        """The request as it came."""
        return self.incoming.request


@dataclass(slots=True)
class Call:
    """The requests with one Call-ID between two neighbours: a dialog or registrations, on one hop.

    Attributes:
        setting: what holds for the whole check.
        transactions: those of methods that make, change and end dialogs and registrations, in
            order of their first copies; of a long call in a large capture, the latest.
    """

    setting: Setting
    transactions: tuple[TransactionSeen, ...]


@dataclass(slots=True)
class Course:
    """Everything about one migrating user, in order.

    Attributes:
        setting: what holds for the whole check.
        user: MC service ID in the primary system.
        exchanges: the messages from MC entity to MC entity, with step and procedure; their
            requests are slim: without body, and only fields that name them.
        ended: whether the trace goes on for longer than any of it may last.
        whole: whether it is all that the trace has of the user; of a large capture the beginning
            may have been judged and forgotten before.
    """

    setting: Setting
    user: str
    exchanges: tuple[Exchange, ...]
    ended: bool = True
    whole: bool = True
