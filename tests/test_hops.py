"""A trace as hops: what is one transaction (RFC 3261 17.1.3)."""

import pytest

from mcsip import hops as module
from mcsip.exchanges import Exchange, find_exchanges
from mcsip.hops import Hop, find_hops, read_about, read_info, read_message
from mcsip.mc.messages import REQUEST
from mcsip.mc.multipart import Part, build_multipart
from mcsip.mc.services import MCPTT
from mcsip.sip.build import build_request
from mcsip.sip.message import Request
from mcsip.trace import Direction, Peer

from .tracing import PEERS, Writer, body


def find_request(method: str) -> bytes:
    request = build_request(
        method, "sip:x@y.example", from_="<sip:a@b.example>;tag=t", to="<sip:x@y.example>", call_id="c", cseq=1
    )  # fmt: skip
    draft = request.edit()
    draft.prepend("Via", "SIP/2.0/UDP 192.0.2.1:9;branch=z9hG4bKx")
    return draft.finish().octets()


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


def test_an_answer_seen_between_the_two_is_the_status() -> None:
    writer = Writer()
    writer.hop("away.server", "home.server")
    entries = [entry for entry in writer.trace.entries if entry.direction is Direction.SENT]
    (hop,) = find_hops(writer.trace, entries)
    assert (hop.sent, hop.received) == (1, 0)
    assert Exchange((hop,)).status == 200


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


def test_an_address_that_no_node_has_is_the_name() -> None:
    writer = Writer()
    data = find_request("MESSAGE")
    writer.write("ue", Direction.RECEIVED, PEERS["ue"], Peer("192.0.2.1", 9), data, 1)
    assert one_hop(writer).sender == "192.0.2.1:9"


@pytest.mark.parametrize(("octets", "kept"), [(10, [1, 3, 1]), (module.MAX_REMEMBERED, [0, 0, 0])])
def test_what_is_large_is_read_each_time(octets: int, kept: list[int]) -> None:
    """What peers send must not fill the memory. Of a body its parts are remembered, too."""
    caches = module._recall, module._read_body, module._read_about
    for cache in caches:
        cache.cache_clear()
    kind = MCPTT.content_type
    content_type, body = build_multipart([Part(kind, b"x" * octets), Part(kind, b"y" * octets)])
    request = build_request(
        "INVITE",
        "sip:b@x.example",
        from_="<sip:a@x.example>;tag=a",
        to="<sip:b@x.example>",
        call_id="call",
        cseq=1,
        content_type=content_type,
        body=body,
    )
    data = request.octets().replace(b"Call-ID", b"Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\nCall-ID")
    for _ in range(2):
        assert read_message(data) is not None
        assert read_info(request) is None
        assert read_about(request) is None
    assert [cache.cache_info().currsize for cache in caches] == kept
