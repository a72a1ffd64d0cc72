"""Traces of one transaction over UDP with chosen times, as its nodes or a capture would have it."""

from collections.abc import Sequence

from mcsip.conformance.catalogue import RULES
from mcsip.conformance.check import check_trace
from mcsip.conformance.rule import selected
from mcsip.trace import Direction, Peer, Trace
from tests.conformance.bases import copy_of, load_base
from tests.conformance.edits import Edit, apply
from tests.conformance.rfc3261.wire import PEERS, QUIET_S, Found, findings, request, response

T1, T2, LIFETIME = 0.5, 4.0, 32.0
DOUBLING = (0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5)
UP_TO_T2 = (0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)

Times = Sequence[float]


def seen(
    method: str,
    sent: Times,
    answers: Sequence[tuple[float, int]] = (),
    acks: Times = (),
    *,
    live: bool = True,
    lost: Times = (),
    transport: str = "UDP",
    quiet_s: float = QUIET_S,
) -> Trace:
    """Return the trace of a request from client to server, and its answers.

    Args:
        method: of the request.
        sent: when its copies were sent.
        answers: when answers were sent, with their status codes.
        acks: when copies of the ACK were sent.
        live: whether the nodes are traced, and not a wire between them.
        lost: times of what did not arrive.
        transport: of all of it.
        quiet_s: how long the trace goes on.
    """
    ask = request(method)
    ack = request("ACK", {"CSeq": "1 ACK", "To": "<sip:b@home.example>;tag=to"})
    moments = [(at, "ue", "server", ask) for at in sent]
    moments += [(at, "server", "ue", _answer(ask, status)) for at, status in answers]
    moments += [(at, "ue", "server", ack) for at in acks]
    made = Trace()
    for name, peer in PEERS.items():
        made.announce(name, *peer)
    for at, sender, receiver, data in sorted(moments):
        here, there = PEERS[sender], PEERS[receiver]
        fault = "lost" if live and at in lost else None
        made.append_entry(at, sender, Direction.SENT, transport, here, there, data, fault)
        if live and at not in lost:
            made.append_entry(at, receiver, Direction.RECEIVED, transport, there, here, data)
    _quiet(made, max(moment[0] for moment in moments) + quiet_s)
    return made


def _answer(ask: bytes, status: int) -> bytes:
    return response(ask, f"{status} X", tag="" if status == 100 else "to")


def _quiet(made: Trace, at: float) -> None:
    here: Peer = PEERS["ue"]
    made.append_entry(at, "ue", Direction.SENT, "UDP", here, PEERS["core"], b"\r\n\r\n")


def verdict(rule: str, made: Trace) -> str:
    """Return what a rule says of a trace: none, pass or fail; a should counts."""
    [result] = check_trace(made, rules=selected(RULES, [f"rfc3261/{rule}"])).rules
    return "fail" if result.broken else result.verdict(strict=True)


def one_finding(rule: str, made: Trace) -> Found:
    """Return the one thing that a rule finds."""
    found = findings(rule, made)
    assert found is not None
    assert len(found) == 1, found
    return found[0]


def changed(base: str, *edits: dict[str, object]) -> Trace:
    """Return a good trace with edits, as corpus files have them."""
    made = copy_of(load_base(base))
    apply(made, [Edit.model_validate(edit) for edit in edits])
    return made
