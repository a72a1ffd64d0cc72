"""Traces as nodes would have written them, hop by hop."""

from dataclasses import dataclass, field

from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.mc.roles import Role
from mcsip.mc.services import MCPTT
from mcsip.sip.build import build_request, build_response
from mcsip.trace import Direction, NodeInfo, Peer, Trace

NODES = {
    "ue": ("home", Role.CLIENT),
    "away.core": ("away", Role.SIP_CORE),
    "away.core-2": ("away", Role.SIP_CORE),
    "away.server": ("away", Role.MC_SERVER),
    "away.gateway": ("away", Role.MC_GATEWAY),
    "home.gateway": ("home", Role.MC_GATEWAY),
    "home.server": ("home", Role.MC_SERVER),
    "third.server": ("third", Role.MC_SERVER),
}
PEERS = {name: Peer(f"127.0.0.{number}", 5060) for number, name in enumerate(NODES, 1)}


def body(message: str) -> bytes:
    success = True if message == RESPONSE else None
    return build_info(
        Info(
            MCPTT,
            message,
            "sip:a@home.example",
            "sip:v@away.example",
            profile_index=2,
            success=success,
        )
    )


@dataclass
class Writer:
    """Writes what nodes would have traced."""

    trace: Trace = field(default_factory=Trace)
    branch: int = 0

    def __post_init__(self) -> None:
        for name, (system, role) in NODES.items():
            self.trace.add_node(NodeInfo(name, system, role))
            self.trace.announce(name, *PEERS[name])

    def hop(
        self,
        sender: str,
        receiver: str,
        message: str | None = REQUEST,
        *,
        call: str = "call",
        status: int | None = 200,
        sent: int = 1,
        received: int = 1,
        answer_arrives: bool = True,
        method: str = "MESSAGE",
    ) -> None:
        self.branch += 1
        request = build_request(
            method,
            "sip:x@y.example",
            from_="<sip:a@b.example>;tag=t",
            to="<sip:x@y.example>",
            call_id=call,
            cseq=1,
            content_type=MCPTT.content_type if message else None,
            body=body(message) if message else b"",
        )
        draft = request.edit()
        here, there = PEERS[sender], PEERS[receiver]
        draft.prepend("Via", f"SIP/2.0/TCP {here.host}:5060;branch=z9hG4bK{self.branch}")
        request = draft.finish()
        self.write(sender, Direction.SENT, here, there, request.octets(), sent)
        self.write(receiver, Direction.RECEIVED, there, here, request.octets(), received)
        if status is not None:
            answer = build_response(request, status, to_tag="tt").octets()
            self.write(receiver, Direction.SENT, there, here, answer, 1)
            self.write(sender, Direction.RECEIVED, here, there, answer, int(answer_arrives))

    def write(
        self, node: str, direction: Direction, local: Peer, remote: Peer, data: bytes, times: int
    ) -> None:
        for _ in range(times):
            self.trace.append_entry(0.0, node, direction, "TCP", local, remote, data)
