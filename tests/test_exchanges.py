"""A trace as hops and exchanges: what is one transaction, what is one message (RFC 3261 17.1.3)."""

from dataclasses import dataclass, field

import pytest

from mcsip.exchanges import Exchange, Hop, find_exchanges, find_hops, read_message
from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE, USER_AUTHORISATION
from mcsip.mc.multipart import Part, build_multipart
from mcsip.mc.roles import Role
from mcsip.mc.services import MCPTT
from mcsip.mc.steps import Procedure
from mcsip.sip.build import build_request, build_response
from mcsip.sip.message import Request
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


def one_hop(writer: Writer) -> Hop:
    (hop,) = find_hops(writer.trace)
    return hop


def test_copies_and_answers_of_a_transaction_are_one_hop() -> None:
    writer = Writer()
    writer.hop("away.server", "home.server", sent=3, received=2)
    hop = one_hop(writer)
    assert (hop.sender, hop.receiver, hop.message, hop.label) == (
        "away.server", "home.server", REQUEST, REQUEST,
    )  # fmt: skip
    assert (hop.sent, hop.received, hop.retransmissions) == (3, 2, 2)
    assert [(answer.status, answer.received) for answer in hop.answers] == [(200, True)]
    assert hop.final is not None
    assert hop.delivered


@pytest.mark.parametrize(
    ("sent", "received", "status", "delivered"),
    [(1, 1, 200, True), (1, 0, None, False), (2, 0, 200, True), (0, 1, None, True)],
)
def test_delivered_is_traced_at_the_receiver_or_answered(
    sent: int, received: int, status: int | None, delivered: bool
) -> None:
    writer = Writer()
    writer.hop("away.server", "home.server", sent=sent, received=received, status=status)
    hop = one_hop(writer)
    assert hop.delivered is delivered
    assert (hop.sender, hop.receiver) == ("away.server", "home.server")


def test_an_answer_that_never_arrives_is_no_status_for_the_sender() -> None:
    writer = Writer()
    writer.hop("away.server", "home.server", answer_arrives=False)
    (exchange,) = find_exchanges(writer.trace)
    assert exchange.status is None
    assert exchange.answer is not None
    assert exchange.answer.status == 200


def test_hops_through_sip_cores_are_one_exchange() -> None:
    writer = Writer()
    writer.hop("ue", "away.core")
    writer.hop("away.core", "away.core-2")
    writer.hop("away.core-2", "away.server")
    (exchange,) = find_exchanges(writer.trace)
    assert (exchange.sender, exchange.receiver, exchange.step) == ("ue", "away.server", "1")
    assert exchange.via == ("away.core", "away.core-2")
    assert len(exchange.hops) == 3


def test_a_core_that_answers_itself_is_the_receiver() -> None:
    writer = Writer()
    writer.hop("ue", "away.core", None, method="REGISTER")
    (exchange,) = find_exchanges(writer.trace)
    assert (exchange.receiver, exchange.message, exchange.label) == ("away.core", None, "REGISTER")


def test_a_core_that_forks_makes_two_exchanges_and_another_call_none() -> None:
    writer = Writer()
    writer.hop("ue", "away.core")
    writer.hop("away.core", "away.server")
    writer.hop("away.core", "away.gateway")
    writer.hop("away.core", "home.server", call="another")
    ends = [(each.sender, each.receiver) for each in find_exchanges(writer.trace)]
    assert ends == [("ue", "away.server"), ("ue", "away.gateway"), ("away.core", "home.server")]


def test_gateways_keep_their_hops_apart_and_every_step_has_its_number() -> None:
    """TS 23.280 10.6.3.3."""
    writer = Writer()
    way = ["away.server", "away.gateway", "home.gateway", "home.server"]
    writer.hop("ue", "away.server", call="1")
    for sender, receiver in zip(way, way[1:], strict=False):  # noqa: RUF007  # reads as the way
        writer.hop(sender, receiver, call="2")
    for sender, receiver in zip(way[::-1], way[-2::-1], strict=False):
        writer.hop(sender, receiver, RESPONSE, call="3")
    writer.hop("away.server", "ue", RESPONSE, call="4")
    steps = [exchange.step for exchange in find_exchanges(writer.trace)]
    assert steps == ["1", "3", "4", "5", "8", "9", "10", "12"]


def test_hops_without_gateways_span_steps() -> None:
    """TS 23.280 10.6.3.3 NOTE 3."""
    writer = Writer()
    writer.hop("away.server", "home.server", call="1")
    writer.hop("home.server", "away.server", RESPONSE, call="2")
    assert [exchange.step for exchange in find_exchanges(writer.trace)] == ["3-5", "8-10"]


def test_sides_of_a_user_with_two_partners() -> None:
    """TS 23.280 10.6.3.3.2.2: the new partner tells the primary, the primary the former one."""
    writer = Writer()
    writer.hop("third.server", "home.gateway", USER_AUTHORISATION, call="1")
    writer.hop("home.gateway", "home.server", USER_AUTHORISATION, call="1")
    writer.hop("home.server", "home.gateway", DEAUTHORIZATION, call="2")
    writer.hop("home.gateway", "away.gateway", DEAUTHORIZATION, call="2")
    writer.hop("away.gateway", "away.server", DEAUTHORIZATION, call="2")
    steps = [exchange.step for exchange in find_exchanges(writer.trace)]
    assert steps == ["1", "1", "1", "2", "3"]


def test_an_address_that_no_node_has_is_the_name() -> None:
    writer = Writer()
    data = find_request("MESSAGE")
    writer.write("ue", Direction.RECEIVED, PEERS["ue"], Peer("192.0.2.1", 9), data, 1)
    assert one_hop(writer).sender == "192.0.2.1:9"


def find_request(method: str) -> bytes:
    request = build_request(
        method, "sip:x@y.example", from_="<sip:a@b.example>;tag=t", to="<sip:x@y.example>", call_id="c", cseq=1
    )  # fmt: skip
    draft = request.edit()
    draft.prepend("Via", "SIP/2.0/UDP 192.0.2.1:9;branch=z9hG4bKx")
    return draft.finish().octets()


def test_junk_and_malformed_messages_are_passed_over() -> None:
    writer = Writer()
    for data in (
        b"\r\n\r\n",
        b"junk",
        find_request("MESSAGE").replace(b"CSeq: 1 ", b"CSeq: x "),
        find_request("MESSAGE").replace(b"Via: SIP/2.0/UDP", b"Via: "),
    ):
        writer.write("ue", Direction.RECEIVED, PEERS["ue"], PEERS["home.server"], data, 1)
    assert find_hops(writer.trace) == []


def test_a_body_inside_multipart_is_found() -> None:
    part = Part(MCPTT.content_type, body(REQUEST))
    content_type, octets = build_multipart([Part("text/plain", b"x"), part])
    request = build_request(
        "MESSAGE", "sip:x@y.example", from_="<sip:a@b.example>;tag=t", to="<sip:x@y.example>",
        call_id="c", cseq=1, content_type=content_type, body=octets,
    )  # fmt: skip
    draft = request.edit()
    draft.prepend("Via", "SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKx")
    writer = Writer()
    data = draft.finish().octets()
    writer.write("ue", Direction.SENT, PEERS["ue"], PEERS["away.core"], data, 1)
    assert one_hop(writer).message == REQUEST


def test_a_message_is_read_once_for_all_its_copies() -> None:
    data = find_request("OPTIONS")
    message = read_message(data)
    assert isinstance(message, Request)
    assert read_message(bytes(data)) is message
    assert Exchange((Hop(1, 0.0, "a", "b", "UDP", message, None, 1, 0),)).label == "OPTIONS"


def test_a_partner_that_grants_without_asking_follows_another_clause() -> None:
    """TR 23.700-90 7.X.2: the messages are those of TS 23.280 10.6.3.3, the steps are not."""
    writer = Writer()
    writer.hop("ue", "away.server", REQUEST)
    writer.hop("away.server", "ue", RESPONSE)
    alone = find_exchanges(writer.trace)
    assert [(e.procedure, e.step) for e in alone] == [
        (Procedure.WITHOUT_INTERCONNECTION, "1"),
        (Procedure.WITHOUT_INTERCONNECTION, "2"),
    ]
    writer.hop("away.server", "home.server", REQUEST)
    asked = find_exchanges(writer.trace)
    assert [(e.procedure, e.step) for e in asked] == [
        (Procedure.AUTHORIZATION, "1"),
        (Procedure.AUTHORIZATION, "12"),
        (Procedure.AUTHORIZATION, "3-5"),
    ]
