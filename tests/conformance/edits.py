"""Edits: what an implementer's mistake does to a good trace.

An edit finds messages, each with its copies at the sender and at the receiver, and changes them
alike. Content-Length follows the body unless the edit names it.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import Field

from mcsip.exchanges import find_exchanges
from mcsip.hops import Hop, find_hops, hop_key, read_message
from mcsip.sip.headers import canonical
from mcsip.sip.message import Request
from mcsip.trace import Direction, Peer, Trace, TraceEntry
from tests.conformance.bases import Strict, octets


class Insert(Strict):
    """A message of no other: who sends it to whom, when, and its text."""

    from_: str = Field(alias="from")
    to: str
    at: float
    transport: str = "UDP"
    text: str


class Edit(Strict):
    """One edit; its first keys find messages, the others change them.

    Attributes:
        from_: node that sent the request.
        to: node that it was sent to.
        is_: name of the MC message, or the SIP method.
        step: number of the step in its procedure, on any hop of that step.
        answer: status code: the answer is meant and not the request.
        nth: which of several that fit, from 1.
        all_: every one that fits.
        only: which copy of a message that was repeated, from 1; None: all of them.
        onward: also on the hops to which a proxy forwarded it: of a request those after, of an
            answer those before.
        set_: header fields (or ``start-line``) and their new values; one that is missing is added.
        drop: header fields to take out, all lines of each.
        add: header fields to put on top, also where there is one of the name.
        replace: texts and what to put in their place, the first place of each.
        body: the new body.
        lose: the message was never sent.
        vanish: the message was sent and did not arrive.
        delay: seconds by which it comes later.
        repeat: seconds after which it is sent again, each time.
        copy_after: seconds after which a copy is sent that has the changes; the message stays.
        transport: the transport of the whole transaction.
        insert: no message is looked for; one is added.
    """

    from_: str | None = Field(None, alias="from")
    to: str | None = None
    is_: str | None = Field(None, alias="is")
    step: str | None = None
    answer: int | None = None
    nth: int = 1
    all_: bool = Field(False, alias="all")
    only: int | None = None
    onward: bool = False
    set_: dict[str, str] = Field(default_factory=dict, alias="set")
    drop: tuple[str, ...] = ()
    add: dict[str, str] = Field(default_factory=dict)
    replace: dict[str, str] = Field(default_factory=dict)
    body: str | None = None
    lose: bool = False
    vanish: bool = False
    delay: float = 0.0
    repeat: tuple[float, ...] = ()
    copy_after: float | None = None
    transport: str | None = None
    insert: Insert | None = None


@dataclass(frozen=True)
class Change:
    """Changes the octets of one message."""

    edit: Edit

    def __call__(self, data: bytes) -> bytes:
        """Return the octets with all changes of the edit."""
        head, _, body = data.decode("utf-8", "surrogateescape").partition("\r\n\r\n")
        lines = re.split(r"\r\n(?![ \t])", head)
        for key in self.edit.drop:
            left = [lines[0], *(line for line in lines[1:] if _key(line) != canonical(key))]
            assert len(left) < len(lines), f"there is no field {key} to drop in {data!r}"
            lines = left
        for name, value in self.edit.set_.items():
            lines = _with(lines, name, value)
        lines[1:1] = [f"{name}: {value}" for name, value in self.edit.add.items()]
        text = (
            "\r\n".join(lines) + "\r\n\r\n" + (body if self.edit.body is None else self.edit.body)
        )
        for old, new in self.edit.replace.items():
            assert old in text, f"{old!r} does not stand in {text}"
            text = text.replace(old, new, 1)
        return _measured(text, before=body, kept=self._names_length)

    @property
    def _names_length(self) -> bool:
        named = [*self.edit.set_, *self.edit.drop, *self.edit.replace.values(), *self.edit.add]
        return any(it.lower().startswith(("content-length", "l:")) or it == "l" for it in named)


def _key(line: str) -> str:
    return canonical(line.partition(":")[0])


def _with(lines: list[str], name: str, value: str) -> list[str]:
    if name == "start-line":
        return [value, *lines[1:]]
    for number, line in enumerate(lines):
        if number and _key(line) == canonical(name):
            return [*lines[:number], f"{name}: {value}", *lines[number + 1 :]]
    return [*lines, f"{name}: {value}"]


def _measured(text: str, *, before: str, kept: bool) -> bytes:
    """Return the octets, with Content-Length of the body where it has changed."""
    head, gap, body = text.partition("\r\n\r\n")
    if body != before and not kept:
        size = len(body.encode("utf-8", "surrogateescape"))
        head = re.sub(r"(?im)^(Content-Length|l)(\s*:\s*)\d+", rf"\g<1>\g<2>{size}", head)
    return (head + gap + body).encode("utf-8", "surrogateescape")


def apply(trace: Trace, edits: Sequence[Edit]) -> None:
    """Change a trace, edit by edit."""
    for edit in edits:
        if edit.insert is not None:
            _insert(trace, edit.insert)
        else:
            _apply(trace, edit)
        in_order = sorted(trace.entries, key=lambda entry: entry.at)
        trace.entries = [replace(entry, number=i) for i, entry in enumerate(in_order, 1)]


def _insert(trace: Trace, insert: Insert) -> None:
    peers = {name: Peer(*address) for address, name in reversed(list(trace.addresses.items()))}
    text = insert.text
    for name, peer in peers.items():
        text = text.replace("{" + name + "}", peer.host)
    data, here, there = octets(text), peers[insert.from_], peers[insert.to]
    for node, way, local, remote in (
        (insert.from_, Direction.SENT, here, there),
        (insert.to, Direction.RECEIVED, there, here),
    ):
        entry = TraceEntry(0, insert.at, node, way, insert.transport, local, remote, data)
        trace.entries.append(entry)


def _apply(trace: Trace, edit: Edit) -> None:
    hops = find_hops(trace)
    found = _find(trace, hops, edit)
    assert found, f"no message fits {edit}"
    chosen = found if edit.all_ else found[edit.nth - 1 : edit.nth]
    assert chosen, f"only {len(found)} messages fit {edit}"
    if edit.onward:
        chosen += [it for hop in chosen for it in _onward(hops, hop, edit) if it not in chosen]
    messages = [_only(_copies(trace, hop, edit.answer), edit.only) for hop in chosen]
    whole = [_of_hop(trace, hop) for hop in chosen]
    for copies in filter(None, messages):
        _change(trace, edit, copies)
    for entry in itertools.chain(*whole):
        entry.transport = edit.transport or entry.transport


def _change(trace: Trace, edit: Edit, copies: list[TraceEntry]) -> None:
    """Change the copies of one message."""
    change = Change(edit)
    numbers = {entry.number for entry in copies}
    if edit.lose:
        trace.entries = [entry for entry in trace.entries if entry.number not in numbers]
        return
    if edit.vanish:
        arrived = {it.number for it in copies if it.direction is Direction.RECEIVED}
        trace.entries = [entry for entry in trace.entries if entry.number not in arrived]
    ways = {entry.direction: entry for entry in reversed(copies)}
    again = [
        replace(first, at=first.at + after) for after in edit.repeat for first in ways.values()
    ]
    if edit.copy_after is not None:
        for first in ways.values():
            at = first.at + edit.copy_after
            again.append(replace(first, at=at, data=change(first.data)))
    trace.entries += again
    if edit.copy_after is not None:
        return
    for entry in copies:
        entry.data = change(entry.data)
        entry.at += edit.delay
        if edit.vanish:
            entry.fault = "lost"


def _of_hop(trace: Trace, hop: Hop) -> list[TraceEntry]:
    """Return all entries of a transaction."""
    key = hop_key(hop.request)
    found = []
    for entry in trace.entries:
        message = read_message(entry.data)
        if message is not None and hop_key(message) == key:
            found.append(entry)
    return found


def _copies(trace: Trace, hop: Hop, status: int | None) -> list[TraceEntry]:
    """Return the copies of a request, or of its answer with this status."""

    def fits(entry: TraceEntry) -> bool:
        message = read_message(entry.data)
        if isinstance(message, Request) or message is None:
            return status is None
        return message.status == status

    return [entry for entry in _of_hop(trace, hop) if fits(entry)]


def _only(copies: list[TraceEntry], which: int | None) -> list[TraceEntry]:
    """Return one copy of a message: where it was sent, and where it arrived before the next was."""
    if which is None:
        return copies
    starts = [i for i, entry in enumerate(copies) if entry.direction is Direction.SENT]
    starts.append(len(copies))
    return copies[starts[which - 1] : starts[which]]


def _find(trace: Trace, hops: list[Hop], edit: Edit) -> list[Hop]:
    """Return the transactions that an edit means, in order."""
    of_step = {
        hop.number
        for exchange in find_exchanges(trace, hops)
        for hop in exchange.hops
        if edit.step is None or exchange.step == edit.step
    }
    return [
        hop
        for hop in hops
        if hop.number in of_step
        and edit.from_ in (None, hop.sender)
        and edit.to in (None, hop.receiver)
        and edit.is_ in (None, hop.label, hop.request.method)
        and (edit.answer is None or any(it.status == edit.answer for it in hop.answers))
    ]


def _onward(hops: Sequence[Hop], hop: Hop, edit: Edit) -> list[Hop]:
    """Return the hops to which a request was forwarded, or to which its answer goes on."""
    same = [it for it in hops if _kept(it) == _kept(hop)]
    if edit.answer is not None:
        return [it for it in same if it.number < hop.number]
    return [it for it in same if it.number > hop.number]


def _kept(hop: Hop) -> tuple[str | None, str]:
    """Return what proxies keep of a request."""
    return hop.request.from_.tag, str(hop.request.cseq)
