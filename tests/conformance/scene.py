"""Small traces of migrations: who told whom what, hop by hop, without a network.

Three systems, ``home`` of the user, ``away`` and ``third``, each with two servers; gateways only
where a scene asks for them. A message is one line of a test; its answer is 200, or as it says.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from mcsip.conformance.catalogue import RULES
from mcsip.conformance.chains import Story, story_of
from mcsip.conformance.check import check_trace
from mcsip.conformance.result import Finding
from mcsip.conformance.rule import Scope
from mcsip.conformance.views import Course
from mcsip.mc.authorisation import EVENT
from mcsip.mc.communication import PRIVATE, Communication, build_communication
from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import RESPONSE
from mcsip.mc.roles import Role
from mcsip.mc.services import MCPTT
from mcsip.sip.build import build_request, build_response
from mcsip.sip.message import Request
from mcsip.trace import Direction, NodeInfo, Peer, Trace
from tests.conformance.bases import quiet
from tests.conformance.streams import Stream

ALICE, VISITOR, GUEST = (
    "sip:alice@home.example",
    "sip:visitor@away.example",
    "sip:guest@third.example",
)
SYSTEMS = ("home", "away", "third")
CLIENTS = ("ue", "bob")

Make = Callable[[], Trace]


def _node(system: str, short: str, role: Role) -> NodeInfo:
    domain = f"{system}.example"
    hosts, identities = (f"{short}.{domain}",), (f"sip:{short}@{domain}",)
    return NodeInfo(f"{system}.{short}", system, role, "mcptt", domain, hosts, identities)


@dataclass
class Scene:
    """Writes a trace, in the order in which things are said.

    Attributes:
        gateways: the systems that have an MC gateway server.
    """

    gateways: tuple[str, ...] = ()
    trace: Trace = field(default_factory=Trace)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        nodes = [NodeInfo(name, "home", Role.CLIENT, "mcptt", "home.example") for name in CLIENTS]
        for system in SYSTEMS:
            nodes += [_node(system, name, Role.MC_SERVER) for name in ("server", "server-2")]
            if system in self.gateways:
                nodes.append(_node(system, "gateway", Role.MC_GATEWAY))
        self.peers = {node.name: Peer(f"10.9.1.{n}", 5060) for n, node in enumerate(nodes, 1)}
        for node in nodes:
            self.trace.add_node(node)
            self.trace.announce(node.name, *self.peers[node.name])

    def say(
        self,
        sender: str,
        receiver: str,
        message: str,
        partner_id: str | None = VISITOR,
        *,
        success: bool = True,
        profile: int | None = 2,
        system: str | None = None,
        status: int = 200,
        tag: str | None = None,
        call_id: str | None = None,
        primary_id: str = ALICE,
    ) -> "Scene":
        """Add a message of migration, and its answer."""
        info = Info(
            MCPTT,
            message,
            primary_id,
            partner_id,
            profile_index=None if message == RESPONSE else profile,
            success=success if message == RESPONSE else None,
            partner_system=system,
        )
        return self.send(
            sender, receiver, build_info(info), status=status, tag=tag, call_id=call_id
        )

    def call(
        self,
        sender: str,
        receiver: str,
        target: str,
        *,
        status: int = 200,
        system: str | None = None,
    ) -> "Scene":
        """Add the INVITE of a private call, and its final answer."""
        said = Communication(MCPTT, None, target, partner_system=system, session_type=PRIVATE)
        return self.send(
            sender, receiver, build_communication(said), method="INVITE", status=status
        )

    def authorise(self, client: str, server: str) -> "Scene":
        """Add the service authorisation of a client at home, and its answer."""
        fields = (("Event", EVENT),)
        return self.send(client, server, b"", method="PUBLISH", from_=ALICE, fields=fields)

    def send(
        self,
        sender: str,
        receiver: str,
        body: bytes,
        *,
        method: str = "MESSAGE",
        status: int = 200,
        tag: str | None = None,
        call_id: str | None = None,
        from_: str | None = None,
        fields: tuple[tuple[str, str], ...] = (),
    ) -> "Scene":
        """Add a request and its answer."""
        number = next(self.numbers)
        request = build_request(
            method,
            f"sip:{receiver}@home.example",
            from_=f"<{from_ or f'sip:{sender}@home.example'}>;tag={tag or f'tag{number}'}",
            to="<sip:somebody@home.example>",
            call_id=call_id or f"call{number}",
            cseq=1,
            fields=fields,
            content_type=MCPTT.content_type if body else None,
            body=body,
        )
        draft = request.edit()
        here = self.peers[sender]
        draft.prepend("Via", f"SIP/2.0/TCP {here.host}:{here.port};branch=z9hG4bK{number}")
        made = draft.finish()
        assert isinstance(made, Request)
        answer = build_response(made, status, to_tag=f"to{number}")
        self._pass(sender, receiver, made.octets())
        self._pass(receiver, sender, answer.octets())
        return self

    def _pass(self, sender: str, receiver: str, data: bytes) -> None:
        at = len(self.trace.entries) / 1000
        here, there = self.peers[sender], self.peers[receiver]
        self.trace.append_entry(at, sender, Direction.SENT, "TCP", here, there, data)
        self.trace.append_entry(at, receiver, Direction.RECEIVED, "TCP", there, here, data)

    def done(self) -> Trace:
        """Return the trace, which goes on until everything in it has ended."""
        return quiet(self.trace)


@dataclass(frozen=True)
class Proof:
    """What a rule passes, what it fails, and what it says of that.

    Attributes:
        good, bad: make the traces.
        expected, actual: what the first finding says, in part.
        node: who is at fault.
    """

    good: Make
    bad: Make
    expected: str
    actual: str
    node: str


Proofs = dict[str, Proof]


def makes(proofs: Proofs) -> dict[str, tuple[Make, Make]]:
    """Return the traces by rule, as ``PROOFS`` of a test has them."""
    return {rule: (proof.good, proof.bad) for rule, proof in proofs.items()}


def findings(rule: str, trace: Trace) -> tuple[str, tuple[Finding, ...]]:
    """Return the strict verdict of one rule on a trace, and what it found."""
    [chosen] = [each for each in RULES if each.id == rule]
    [result] = check_trace(trace, rules=[chosen]).rules
    return result.verdict(strict=True), result.findings


def check(rule: str, proof: Proof) -> None:
    """Assert that a rule passes the good trace, and says the right thing of the bad one."""
    assert findings(rule, proof.good()) == ("pass", ())
    _, found = findings(rule, proof.bad())
    assert found, f"{rule} finds nothing"
    assert proof.expected in found[0].expected, found[0]
    assert proof.actual in found[0].actual, found[0]
    assert found[0].node == proof.node, found[0]


def course(trace: Trace) -> Course:
    """Return the course of the only user of a trace."""
    stream = Stream(trace, (Scope.COURSE,))
    for entry in trace.entries:
        stream.collector.feed(entry)
    [only] = stream.finish().courses
    return only


def story(trace: Trace) -> Story:
    """Return what the course of the only user of a trace means."""
    return story_of(course(trace))


def captured(trace: Trace) -> Trace:
    """Return a trace as a capture shows it: each message once, as its sender's."""
    capture = Trace(trace.started_at)
    for node in trace.nodes.values():
        capture.add_node(node)
    capture.entries = [each for each in trace.entries if each.direction is Direction.SENT]
    for entry in capture.entries:
        capture.learn(entry)
    return capture
