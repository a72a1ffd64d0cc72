"""What is refused from its octets is refused as if it had been read (RFC 3261 8.2.6, 8.2.7, 21.5.4)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.sip.message import Request, Response
from mcsip.sip.parse import parse_datagram
from mcsip.sip.shed import build_refusal
from mcsip.sip.stack import Limits, Packet, Source, Stack

from .layer import OWN, LetterIds, RecordingCore, Rig, incoming, response_in

SOURCE = Source("UDP", "192.0.2.2", 5099)
PLAIN = [
    incoming("MESSAGE", params=";rport"),
    incoming("MESSAGE", params=";rport;x=1"),
    incoming("REGISTER", sent_by="192.0.2.2"),
    incoming("INVITE", sent_by="192.0.2.9:5060", params=";rport"),
    incoming("MESSAGE").replace(
        b"Max-Forwards", b"Via: SIP/2.0/UDP h;branch=z9hG4bKb\r\nMax-Forwards"
    ),
]
LEFT = [
    incoming("ACK"),
    incoming("CANCEL"),
    incoming("MESSAGE", "TCP"),
    incoming("MESSAGE", version="SIP/3.0"),
    incoming("MESSAGE", branch=""),
    incoming("MESSAGE", branch="1"),
    incoming("MESSAGE", branch="z9hG4bK"),
    incoming("MESSAGE", sent_by="peer.example.com"),
    incoming("MESSAGE", sent_by="192.0.2.9"),
    incoming("MESSAGE", params=";maddr=192.0.2.3"),
    incoming("MESSAGE", params=";received=192.0.2.3;rport"),
    incoming("MESSAGE", params=", SIP/2.0/UDP other;branch=z9hG4bKother"),
    incoming("MESSAGE", params=";rport=5"),
    incoming("MESSAGE", to="<sip:bob@example.com>;tag=b"),
    incoming("MESSAGE").replace(b"Call-ID: ", b"i: "),
    incoming("MESSAGE").replace(b"Call-ID: ", b"CALL-ID: "),
    incoming("MESSAGE").replace(b"CSeq: 1 MESSAGE\r\n", b""),
    incoming("MESSAGE").replace(b"\r\nFrom: ", b"\r\nFrom: <sip:a@b>\r\nFrom: "),
    incoming("MESSAGE").replace(b"\r\nFrom: ", b"\r\nTo: ", 1),
    incoming("MESSAGE").replace(b"Call-ID: their-call", b"Call-ID: their\r\n -call"),
    incoming("MESSAGE")[:-4],
    b"SIP/2.0 200 OK\r\n\r\n",
    b"",
]


def read_refusal(data: bytes) -> Packet:
    """Return how a stack refuses what it reads."""
    stack = Stack(RecordingCore(), LetterIds(), OWN, limits=Limits(server_transactions=0))
    stack.receive(parse_datagram(data), SOURCE, 0.0)
    (packet,) = stack.take_packets()
    return packet


@pytest.mark.parametrize("data", PLAIN)
def test_a_plain_request_is_refused(data: bytes) -> None:
    refusal = build_refusal(data, SOURCE, 5)
    assert refusal is not None
    assert Packet(refusal.target, refusal.data, None) == read_refusal(data)
    response = response_in(read_refusal(data))
    assert (response.status, response.first("retry-after")) == (503, "5")


@pytest.mark.parametrize("data", LEFT)
def test_the_rest_is_left_to_the_parser(data: bytes) -> None:
    assert build_refusal(data, SOURCE, 5) is None


PIECES = st.sampled_from(
    [
        b"\r\n",
        b" ",
        b";rport",
        b";tag=x",
        b":",
        b"To: ",
        b"v: ",
        b",",
        b"\x00",
        b"\xff",
        b"tag",
        b"=",
    ]
)


@settings(deadline=None, max_examples=500)
@given(st.sampled_from(PLAIN), st.lists(st.tuples(st.integers(0, 300), st.integers(0, 9), PIECES)))
def test_it_never_says_anything_else_than_the_parser(
    data: bytes, edits: list[tuple[int, int, bytes]]
) -> None:
    for place, gone, piece in edits:
        data = data[:place] + piece + data[place + gone :]
    refusal = build_refusal(data, SOURCE, 5)
    if refusal is not None and isinstance(parse_datagram(data), Request):
        read = read_refusal(data)
        assert refusal.target == read.target
        assert told(refusal.data) == told(read.data)


def told(data: bytes) -> list[object]:
    """Return what a response says; not what white space it says it with, nor To, whose tag may lack."""
    response = parse_datagram(data)
    assert isinstance(response, Response)
    names = ("via", "from", "call-id", "cseq", "retry-after")
    return [response.status, *(response.values(name) for name in names)]


def test_a_full_stack_sheds() -> None:
    """Not what it has taken on, nor what belongs to that."""
    rig = Rig(limits=Limits(unfinished=1))
    first = rig.take_request(branch="z9hG4bKone")
    assert rig.stack.is_full
    rig.core.favoured = "an-answer"
    assert not rig.stack.shed(incoming("MESSAGE", branch="z9hG4bKone"), rig.source)
    assert not rig.stack.shed(incoming("MESSAGE", call_id="an-answer"), rig.source)
    assert not rig.stack.shed(incoming("CANCEL", branch="z9hG4bKone"), rig.source)
    assert rig.taken() == []
    assert rig.stack.shed(incoming("MESSAGE", branch="z9hG4bKtwo"), rig.source)
    assert rig.taken() == ["503"]
    assert rig.stack.counters == {"refused for load": 1}
    rig.respond(first, 200)
    rig.take_request(branch="z9hG4bKtwo")
