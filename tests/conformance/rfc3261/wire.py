"""Small traces for the rules of RFC 3261: a few messages between nodes with fixed addresses.

A test of a clause file has ``PROOFS``: for each rule a good trace, and a bad one with what is found
in it: expected, actual, and the octets that are marked.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mcsip.conformance.catalogue import RULES
from mcsip.conformance.check import check_trace
from mcsip.mc.roles import Role
from mcsip.trace import Direction, NodeInfo, Peer, Trace

NODES = (
    NodeInfo("ue", "home", Role.CLIENT, None, "home.example"),
    NodeInfo("core", "home", Role.SIP_CORE, None, "home.example", ("core.home.example",)),
    NodeInfo("server", "home", Role.MC_SERVER, None, "home.example", ("server.home.example",)),
    NodeInfo("gateway", "home", Role.MC_GATEWAY, None, "home.example", ("gw.home.example",)),
    NodeInfo("away", "away", Role.MC_GATEWAY, None, "away.example", ("gw.away.example",)),
    NodeInfo("other", "home", Role.MC_SERVER, None, "home.example", ("other.home.example",)),
)
PEERS = {node.name: Peer(f"10.9.0.{number}", 5060) for number, node in enumerate(NODES, 1)}
QUIET_S = 400.0

Changes = dict[str, str | None]
Sent = tuple[str, str, bytes]


def via(node: str, branch: str = "one", more: str = "", transport: str = "UDP") -> str:
    """Return a Via value of a node."""
    return f"SIP/2.0/{transport} {PEERS[node].host}:5060;branch=z9hG4bK{branch}{more}"


def message(start: str, fields: list[tuple[str, str]], body: bytes = b"") -> bytes:
    """Return the octets of a message; Content-Length is added unless it is among the fields."""
    names = [name.lower() for name, _ in fields]
    if "content-length" not in names:
        fields = [*fields, ("Content-Length", str(len(body)))]
    head = "\r\n".join([start, *(f"{name}: {value}" for name, value in fields)])
    return head.encode() + b"\r\n\r\n" + body


def _changed(fields: list[tuple[str, str]], changes: Changes) -> list[tuple[str, str]]:
    """Return the fields with these in the place of theirs; None takes one out; new ones are last."""
    names = [name for name, _ in fields]
    kept = [(name, changes.get(name, value)) for name, value in fields]
    kept += [(name, value) for name, value in changes.items() if name not in names]
    return [(name, value) for name, value in kept if value is not None]


def request(
    method: str = "MESSAGE",
    changes: Changes | None = None,
    *more: tuple[str, str],
    uri: str = "sip:b@home.example",
    body: bytes = b"",
    vias: tuple[str, ...] = (),
) -> bytes:
    """Return a good request from the client, with changes and further fields."""
    fields = [
        *(("Via", value) for value in vias or (via("ue"),)),
        ("Max-Forwards", "70"),
        ("From", "<sip:a@home.example>;tag=from"),
        ("To", "<sip:b@home.example>"),
        ("Call-ID", "call"),
        ("CSeq", f"1 {method}"),
    ]
    if method == "INVITE":
        fields += [("Contact", "<sip:10.9.0.1:5060>"), ("Allow", "INVITE, ACK, BYE, CANCEL")]
    if body:
        fields.append(("Content-Type", "text/plain"))
    return message(f"{method} {uri} SIP/2.0", [*_changed(fields, changes or {}), *more], body)


COPIED = ("Via", "From", "To", "Call-ID", "CSeq")


def response(
    to: bytes,
    start: str = "200 OK",
    changes: Changes | None = None,
    *more: tuple[str, str],
    body: bytes = b"",
    tag: str = "to",
) -> bytes:
    """Return a good response, with changes and further fields; To gets a tag if it has none."""
    lines = to.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    fields = []
    for line in lines:
        name, _, value = line.partition(": ")
        if name in COPIED:
            tagged = name != "To" or ";tag=" in value or not tag
            fields.append((name, value if tagged else f"{value};tag={tag}"))
    if body:
        fields.append(("Content-Type", "text/plain"))
    return message(f"SIP/2.0 {start}", [*_changed(fields, changes or {}), *more], body)


def trace(*sent: Sent, transport: str = "UDP", nodes: tuple[NodeInfo, ...] = NODES) -> Trace:
    """Return what nodes would have traced: each message at both ends, then silence.

    Over TCP everybody speaks and listens at port 5060.
    """
    made = Trace()
    for node in nodes:
        made.add_node(node)
        made.announce(node.name, *PEERS[node.name])
    at = 0.0
    for sender, receiver, data in sent:
        here, there = PEERS[sender], PEERS[receiver]
        made.append_entry(at, sender, Direction.SENT, transport, here, there, data)
        made.append_entry(at, receiver, Direction.RECEIVED, transport, there, here, data)
        at += 0.01
    here, there = PEERS["ue"], PEERS["core"]
    made.append_entry(at + QUIET_S, "ue", Direction.SENT, transport, here, there, b"\r\n\r\n")
    return made


def one(data: bytes, transport: str = "UDP") -> Trace:
    """Return a trace of one message, from the client to its SIP core."""
    return trace(("ue", "core", data), transport=transport)


def answered(data: bytes, *answers: bytes, by: str = "server", transport: str = "UDP") -> Trace:
    """Return a trace of a request from the client, and its answers."""
    return trace(("ue", by, data), *((by, "ue", answer) for answer in answers), transport=transport)


@dataclass(frozen=True)
class Found:
    """A finding as people see it.

    Attributes:
        expected, actual: its texts.
        marked: the octets that are marked; empty: the message as a whole.
        node: who is at fault.
    """

    expected: str
    actual: str
    marked: str
    node: str


_RULES = {rule.id: rule for rule in RULES}


def findings(rule: str, made: Trace) -> list[Found] | None:
    """Return what a rule finds in a trace; None when there was nothing to look at.

    Args:
        rule: its id without the document ("7.1/version").
        made: the trace.
    """
    [result] = check_trace(made, rules=[_RULES[f"rfc3261/{rule}"]]).rules
    if not result.looked_at:
        assert not result.findings
        return None
    found = []
    for it in result.findings:
        data = next(entry.data for entry in made.entries if entry.number == it.number)
        marked = b"" if it.span is None else data[slice(*it.span)]
        found.append(Found(it.expected, it.actual, marked.decode(), it.node))
    return found


@dataclass(frozen=True)
class Proof:
    """What shows that a rule can pass and can fail.

    Attributes:
        good: makes a trace that it passes.
        bad: makes a trace that it fails.
        actual: what the one finding says that was there.
        marked: the octets that it marks; None: the message as a whole.
        node: who is at fault.
    """

    good: Callable[[], Trace]
    bad: Callable[[], Trace]
    actual: str
    marked: str | None = None
    node: str = "ue"


def check_proof(rule: str, proof: Proof) -> None:
    """Assert that a rule passes the good trace and finds exactly the one fault of the bad one."""
    assert findings(rule, proof.good()) == []
    found = findings(rule, proof.bad())
    assert found is not None
    assert [(it.actual, it.marked, it.node) for it in found] == [
        (proof.actual, proof.marked or "", proof.node)
    ], found
    assert found[0].expected


def proofs(cases: dict[str, Proof]) -> dict[str, tuple[Callable[[], Trace], Callable[[], Trace]]]:
    """Return, by the ids of the rules, what makes a good trace and a bad one."""
    return {f"rfc3261/{rule}": (proof.good, proof.bad) for rule, proof in cases.items()}


def forwarded(
    came: bytes, went: bytes | None, *answers: tuple[str, str, bytes], by: str = "core"
) -> Trace:
    """Return the trace of a request from the client that a proxy forwards to the server.

    Args:
        came: the request as it came.
        went: the request as it went on, or None: it did not.
        answers: further messages.
        by: the proxy.
    """
    onward = [] if went is None else [(by, "server", went)]
    return trace(("ue", by, came), *onward, *answers)


def onward(
    method: str = "MESSAGE",
    changes: Changes | None = None,
    *more: tuple[str, str],
    body: bytes = b"",
    by: str = "core",
) -> bytes:
    """Return what a good proxy forwards of ``request(method)``, with changes."""
    went: Changes = {"Max-Forwards": "69", **(changes or {})}
    return request(method, went, *more, body=body, vias=(via(by, "two"), via("ue")))
