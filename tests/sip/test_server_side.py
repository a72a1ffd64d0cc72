"""Requests in and responses out: RFC 3261 17.2.3, 18.2, 9.2, 8.2.2.2, RFC 4320, bad input, overload."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.errors import PeerError
from mcsip.sip.limits import REFUSED_FOR_ONE
from mcsip.sip.parse import MAX_BODY_OCTETS, Malformed, parse_datagram
from mcsip.sip.stack import Limits, Source, Target
from mcsip.sip.tables import State

from .layer import PEER_PORT, Rig, incoming, response_in

# --- 18.2.1, 18.2.2


def test_the_core_sees_where_the_request_came_from() -> None:
    """RFC 3261 18.2.1, RFC 3581 4."""
    rig = Rig()
    transaction = rig.take_request(sent_by="pc.example.com", params=";rport")
    via = transaction.request.via
    assert (via.received, via.rport) == ("192.0.2.2", PEER_PORT)
    assert transaction.source == rig.source
    assert rig.core.requests == [transaction.request]


@pytest.mark.parametrize(
    ("transport", "sent_by", "params", "target"),
    [
        ("UDP", "pc.example.com", ";rport", Target("UDP", "192.0.2.2", PEER_PORT)),
        ("UDP", "pc.example.com", "", Target("UDP", "192.0.2.2", 5060)),
        ("UDP", "pc.example.com", ";maddr=239.0.0.1", Target("UDP", "239.0.0.1", 5060)),
        ("TCP", "pc.example.com:5099", "", Target("TCP", "192.0.2.2", 5099, 7)),
    ],
)
def test_responses_go_where_they_should(
    transport: str, sent_by: str, params: str, target: Target
) -> None:
    """RFC 3261 18.2.2, RFC 3581 4."""
    rig = Rig(transport)
    transaction = rig.take_request(sent_by=sent_by, params=params)
    rig.respond(transaction, 200)
    [packet] = rig.take()
    assert packet.target == target
    assert packet.key is transaction
    assert transaction.answered == 200


# --- RFC 4320


@pytest.mark.parametrize(
    ("transport", "method", "status", "sent"),
    [
        ("UDP", "INVITE", 100, True),
        ("UDP", "INVITE", 408, True),
        ("UDP", "MESSAGE", 408, False),  # 4.2
        ("TCP", "MESSAGE", 408, False),
        ("UDP", "MESSAGE", 180, False),  # 4.1
        ("TCP", "MESSAGE", 183, False),
        ("UDP", "MESSAGE", 100, False),  # 4.1: not before its time
        ("TCP", "MESSAGE", 100, True),
        ("UDP", "MESSAGE", 480, True),
    ],
)
def test_what_must_not_be_sent(transport: str, method: str, status: int, sent: bool) -> None:
    rig = Rig(transport)
    transaction = rig.take_request(method)
    rig.respond(transaction, status)
    assert rig.taken() == ([str(status)] if sent else [])
    assert transaction.answered == (status if sent else None)
    if not sent:
        assert rig.stack.counters == {f"not sent: {status} to {method}": 1}


def test_100_may_be_repeated_once_it_was_time() -> None:
    """RFC 4320 4.1."""
    rig = Rig()
    transaction = rig.take_request()
    rig.run(4.0)
    rig.respond(transaction, 100)
    assert rig.taken() == ["100"]


def test_an_answer_after_100_ends_the_waiting() -> None:
    rig = Rig("TCP")
    transaction = rig.take_request()
    rig.respond(transaction, 100)
    rig.run(20.0)
    rig.respond(transaction, 200)
    assert rig.taken() == ["200"]
    assert rig.stack.next_deadline() is None


# --- ACK


def test_an_ack_to_a_2xx_goes_to_the_core() -> None:
    """RFC 3261 13.3.1.4: its branch is its own."""
    rig = Rig()
    transaction = rig.take_request("INVITE")
    rig.respond(transaction, 200)
    rig.receive(incoming("ACK", branch="z9hG4bKack", sent_by="pc.example.com"))
    assert [ack.via.received for ack in rig.core.acks] == ["192.0.2.2"]
    assert transaction.state is State.ACCEPTED


def test_an_ack_with_the_invites_branch_goes_to_the_core_in_accepted() -> None:
    """RFC 6026 8.7."""
    rig = Rig()
    rig.respond(rig.take_request("INVITE"), 200)
    rig.receive(incoming("ACK"))
    assert len(rig.core.acks) == 1


def test_a_repeated_ack_is_absorbed() -> None:
    """RFC 3261 17.2.1: that is what Confirmed is for."""
    rig = Rig()
    rig.respond(rig.take_request("INVITE"), 486)
    rig.receive(incoming("ACK"))
    rig.receive(incoming("ACK"))
    assert rig.core.acks == []
    assert rig.stack.counters == {"ACK absorbed": 1}


def test_an_old_peer_is_served() -> None:
    """RFC 3261 17.2.3: retransmission and ACK without a magic cookie."""
    rig = Rig()
    transaction = rig.take_request("INVITE", branch="")
    rig.receive(incoming("INVITE", branch=""))
    assert len(rig.core.requests) == 1
    rig.respond(transaction, 486)
    rig.receive(incoming("ACK", branch="", to="<sip:bob@example.com>;tag=other"))
    assert len(rig.core.acks) == 1, "an ACK to something else"
    assert transaction.state is State.COMPLETED
    rig.receive(incoming("ACK", branch="", to="<sip:bob@example.com>;tag=answer"))
    assert transaction.state.name == "CONFIRMED"
    rig.run(100.0)
    assert rig.stack.servers == {}


# --- 9.2 CANCEL


def test_cancel_of_a_ringing_invite() -> None:
    """RFC 3261 9.2: 200 to the CANCEL, with the tag that the INVITE's answer will have."""
    rig = Rig()
    transaction = rig.take_request("INVITE")
    rig.receive(incoming("CANCEL"))
    [packet] = rig.take()
    response = response_in(packet)
    assert (response.status, response.cseq.method) == (200, "CANCEL")
    assert response.to.tag == transaction.to_tag
    assert transaction.to_tag is not None
    assert rig.core.cancelled == [transaction]
    rig.receive(incoming("CANCEL"))
    assert rig.taken() == ["200"], "a retransmission"
    assert rig.core.cancelled == [transaction]


def test_cancel_of_nothing() -> None:
    """RFC 3261 9.2: 481."""
    rig = Rig()
    rig.receive(incoming("CANCEL"))
    assert rig.taken() == ["481"]
    assert rig.core.cancelled == []
    assert rig.core.requests == []


@pytest.mark.parametrize(("method", "status"), [("INVITE", 486), ("INVITE", 200), ("MESSAGE", 0)])
def test_cancel_without_effect(method: str, status: int) -> None:
    """RFC 3261 9.2: answered 200; nothing happens to a request that is answered, or no INVITE."""
    rig = Rig()
    transaction = rig.take_request(method)
    if status:
        rig.respond(transaction, status)
        rig.take()
    rig.receive(incoming("CANCEL"))
    assert rig.taken() == ["200"]
    assert rig.core.cancelled == []


# --- 8.2.2.2 merged requests


def test_merged_requests() -> None:
    """RFC 3261 8.2.2.2: From tag, Call-ID and CSeq of another transaction, no To tag."""
    rig = Rig()
    first = rig.take_request(branch="z9hG4bKone")
    merged = rig.take_request(branch="z9hG4bKtwo")
    other = rig.take_request(branch="z9hG4bKthree", cseq="2")
    within = rig.take_request(branch="z9hG4bKfour", to="<sip:bob@example.com>;tag=x")
    asked = [rig.stack.is_merged(transaction) for transaction in (first, merged, other, within)]
    assert asked == [False, True, False, False]
    for transaction in (first, merged, other, within):
        rig.respond(transaction, 200)
    rig.run(100.0)
    assert rig.stack.merges == {}
    again = rig.take_request(branch="z9hG4bKfive")
    assert rig.stack.is_merged(again) is False


# --- overload


def test_too_many_transactions_are_refused() -> None:
    """RFC 3261 21.5.4: 503 with Retry-After; 8.2.7: the same to a repetition; ACK is never answered."""
    rig = Rig(limits=Limits(server_transactions=1, retry_after_s=9))
    first = rig.take_request(branch="z9hG4bKone")
    refused = incoming("MESSAGE", branch="z9hG4bKtwo")
    rig.receive(refused)
    rig.receive(refused)
    one, two = rig.take()
    assert one.data == two.data
    response = response_in(one)
    assert (response.status, response.first("retry-after")) == (503, "9")
    assert response.to.tag
    rig.receive(incoming("ACK", branch="z9hG4bKthree"))
    rig.receive(Malformed("bad", b"", 400, rig.core.requests[0]))
    assert rig.taken() == [], "an ACK, and a repetition of what is in hand"
    assert rig.core.transactions == [first]
    assert rig.stack.counters["refused for load"] == 2


def test_too_many_without_an_answer_are_refused() -> None:
    """Until one of them is answered; what is answered and lingers does not count."""
    rig = Rig(limits=Limits(unfinished=2))
    first = rig.take_request(branch="z9hG4bKone")
    rig.take_request(branch="z9hG4bKtwo")
    rig.receive(incoming("MESSAGE", branch="z9hG4bKthree"))
    assert rig.taken() == ["503"]
    assert rig.stack.unfinished == 2
    rig.respond(first, 200)
    assert rig.stack.unfinished == 1
    rig.receive(incoming("MESSAGE", branch="z9hG4bKfour"))
    assert rig.taken() == ["200"]
    assert len(rig.core.requests) == 3


def test_what_belongs_to_something_under_way_is_taken() -> None:
    """CANCEL, requests within a dialog, and what the core favours, beyond the limits but the first."""
    rig = Rig(limits=Limits(server_transactions=5, unfinished=1))
    rig.core.favoured = "an-answer"
    invite = rig.take_request("INVITE", branch="z9hG4bKone")
    rig.take_request("BYE", branch="z9hG4bKtwo", to="<sip:bob@example.com>;tag=b")
    rig.take_request("MESSAGE", branch="z9hG4bKthree", call_id="an-answer")
    rig.receive(incoming("CANCEL", branch="z9hG4bKone"))
    assert rig.core.cancelled == [invite]
    assert rig.taken() == ["200"]
    rig.receive(incoming("MESSAGE", branch="z9hG4bKfour", to="no address"))
    assert rig.taken() == ["503"]
    rig.take_request("BYE", branch="z9hG4bKfive", to="<sip:bob@example.com>;tag=b")
    rig.receive(incoming("MESSAGE", branch="z9hG4bKsix", call_id="an-answer"))
    assert rig.taken() == ["503"]


def test_new_requests_wait_for_their_turn() -> None:
    rig = Rig(limits=Limits(at_once=1, waiting=2))
    branches = [f"z9hG4bK{name}" for name in ("one", "two", "three", "four")]
    for branch in branches:
        rig.receive(incoming("MESSAGE", branch=branch))
        rig.receive(incoming("MESSAGE", branch=branch))
    assert rig.taken() == ["503", "503"], "the queue is full"
    assert rig.stack.counters == {"request absorbed": 3, "refused for load": 2}
    assert [request.via.branch for request in rig.core.requests] == branches[:1]
    rig.take_request("BYE", branch="z9hG4bKfive", to="<sip:bob@example.com>;tag=b")
    for seen in (["two"], ["two", "three"], ["two", "three"]):
        rig.stack.handle_waiting(rig.now)
        found = [request.via.branch for request in rig.core.requests[2:]]
        assert found == [f"z9hG4bK{name}" for name in seen]
    assert rig.stack.describe()["waiting"] == 0


def test_work_goes_on_while_others_are_refused() -> None:
    """However much has arrived at once, and is read before the next turn."""
    rig = Rig(limits=Limits(at_once=1, waiting=1))
    for number in range(2 + REFUSED_FOR_ONE - 1):
        rig.receive(incoming("MESSAGE", branch=f"z9hG4bK-{number}"))
    assert len(rig.core.requests) == 1
    rig.receive(incoming("MESSAGE", branch="z9hG4bKlast"))
    assert [request.via.branch for request in rig.core.requests] == ["z9hG4bK-0", "z9hG4bK-1"]
    assert rig.taken() == ["503"] * REFUSED_FOR_ONE


def test_what_waits_can_be_cancelled() -> None:
    """RFC 3261 9.2: 487 with the tag of the 200 to CANCEL; the core never sees it."""
    rig = Rig(limits=Limits(at_once=0))
    rig.receive(incoming("INVITE"))
    rig.receive(incoming("CANCEL"))
    cancelled, refused = (response_in(packet) for packet in rig.take())
    assert (cancelled.status, refused.status) == (200, 487)
    assert cancelled.to.tag == refused.to.tag
    rig.stack.handle_waiting(rig.now)
    assert rig.core.requests == []
    assert rig.core.cancelled == []


def test_a_core_that_fails_does_not_keep_others_waiting() -> None:
    rig = Rig(limits=Limits(at_once=2, waiting=9))
    rig.stack.turn = 0
    for name in ("one", "two", "three"):
        rig.receive(incoming("MESSAGE", branch=f"z9hG4bK{name}"))
    rig.core.raises = RuntimeError("a bug")
    for _ in range(3):
        with pytest.raises(RuntimeError):
            rig.stack.handle_waiting(rig.now)
    assert rig.taken() == ["500"] * 3
    assert rig.stack.unfinished == 0


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("method", ["INVITE", "MESSAGE"])
def test_each_request_counts_as_unfinished_once(transport: str, method: str) -> None:
    """However its transaction ends: answered (an INVITE more than once), or never."""
    rig = Rig(transport)
    answered = rig.take_request(method, branch="z9hG4bKone")
    rig.take_request(method, branch="z9hG4bKtwo")
    assert rig.stack.unfinished == 2
    for _ in range(2):
        rig.respond(answered, 200)
        assert rig.stack.unfinished == 1
    if method == "MESSAGE":
        rig.run(100.0)
        assert rig.stack.unfinished == 0


def test_an_answered_request_is_let_go() -> None:
    """Over UDP it would stay for 32 s; a repetition is answered all the same."""
    rig = Rig()
    transaction = rig.take_request()
    transaction.user_data = rig
    rig.respond(transaction, 200)
    assert transaction.request.fields == ()
    assert transaction.user_data is not rig
    rig.receive(incoming("MESSAGE"))
    one, two = rig.take()
    assert one.data == two.data


# --- bad input: answered or dropped, one line logged, and on it goes


def bad(*changes: tuple[bytes, bytes], method: str = "MESSAGE") -> bytes:
    octets = incoming(method)
    for old, new in changes:
        assert old in octets
        octets = octets.replace(old, new)
    return octets


LONG = b"x" * (MAX_BODY_OCTETS + 1)


@pytest.mark.parametrize(
    ("octets", "answers"),
    [
        pytest.param(bad((b"Length: 0", b"Length: 9")), ["400"], id="18.3-truncated-body"),
        pytest.param(bad((b"Length: 0", b"Length: x")), ["400"], id="bad-content-length"),
        pytest.param(bad((b"Length: 0", b"Length: %d" % len(LONG))) + LONG, ["413"], id="too-large"),
        pytest.param(bad((b"Max-Forwards: 70", b"no colon here")), ["400"], id="bad-line"),
        pytest.param(bad((b"SIP/2.0\r", b"SIP/3.0\r")), ["505"], id="21.5.6-version"),
        pytest.param(bad((b"Via: SIP/2.0/UDP 192", b"Via: 192")), [], id="via-unreadable"),
        pytest.param(bad((b"Via: ", b"X: ")), [], id="no-via"),
        pytest.param(
            bad((b";branch=z9hG4bKpeer", b""), (b"CSeq: 1", b"CSeq: one")), ["400"], id="old-peer-bad-cseq"
        ),
        pytest.param(
            bad((b";branch=z9hG4bKpeer", b""), (b"To: <sip:bob@example.com>", b"To: <<")), ["400"], id="old-peer-bad-to"
        ),
        pytest.param(
            bad((b"CSeq: 1", b"CSeq: one"), (b";branch=z9hG4bKpeer", b""), method="ACK"), [], id="bad-ack"
        ),
        pytest.param(bad((b"Length: 0", b"Length: 9"), method="ACK"), [], id="truncated-ack"),
        pytest.param(b"\x00\xff garbage", [], id="garbage"),
        pytest.param(b"SIP/2.0 200 OK\r\nContent-Length: 5\r\n\r\n", [], id="malformed-response"),
    ],
)  # fmt: skip
def test_malformed_input(
    octets: bytes, answers: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig()
    with caplog.at_level(logging.WARNING):
        rig.receive(octets)
    packets = rig.take()
    assert [str(response_in(packet).status) for packet in packets] == answers
    for packet in packets:
        assert packet.target == Target("UDP", "192.0.2.2", PEER_PORT)
    if answers != ["505"]:
        assert len(caplog.records) == 1
        assert "192.0.2.2:5070/UDP" in caplog.text
    assert rig.core.requests == []
    rig.take_request(branch="z9hG4bKnext")
    rig.run(100.0)
    assert rig.stack.servers == {}
    assert len(rig.stack.queue) == 0


def test_a_malformed_request_is_answered_with_its_reason() -> None:
    """RFC 3261 21.4.1: the reason phrase SHOULD identify the problem; 17.2.2: and again."""
    rig = Rig()
    octets = bad((b"Length: 0", b"Length: 9"))
    rig.receive(octets)
    rig.receive(octets)
    one, two = (response_in(packet) for packet in rig.take())
    assert one.reason == "Content-Length is 9 but the body has 0 octets"
    assert one.octets() == two.octets()
    assert one.to.tag


def test_a_core_that_cannot_read_the_request_lets_the_stack_refuse_it() -> None:
    rig = Rig()
    rig.core.raises = PeerError("Contact is\r\nmalformed", status=493)
    rig.receive(incoming("MESSAGE"))
    [packet] = rig.take()
    response = response_in(packet)
    assert (response.status, response.reason) == (493, "Contact is??malformed")
    assert rig.stack.counters == {"request refused": 1}


def test_a_bug_of_the_core_is_not_hidden() -> None:
    rig = Rig()
    rig.core.raises = ZeroDivisionError("ours")
    with pytest.raises(ZeroDivisionError):
        rig.receive(incoming("MESSAGE"))


# --- 17.2.4, RFC 6026 8.8


@pytest.mark.parametrize(("method", "status"), [("INVITE", 180), ("INVITE", 486), ("MESSAGE", 200)])
def test_a_response_that_cannot_be_sent(method: str, status: int) -> None:
    """The TU is told, and the transaction stays: a repetition may find a better way."""
    rig = Rig()
    transaction = rig.take_request(method)
    rig.respond(transaction, status)
    state = transaction.state
    rig.stack.handle_transport_error(rig.take()[0], "unreachable", 0.0)
    assert rig.core.log == ["error to TU"]
    assert transaction.state is state
    rig.receive(incoming(method))
    assert rig.taken() == [str(status)]


# --- anything from the network

LINES = st.sampled_from(
    [
        "Via: SIP/2.0/UDP a;branch=z9hG4bKa",
        "Via: SIP/2.0/UDP a;rport",
        "v: SIP / 2.0 / TCP [::1]:9;branch=z9hG4bKid",
        "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKidaaaaab",
        'Via: SIP/2.0/UDP a;x="\\";rport;";branch=z9hG4bKb, SIP/2.0/UDP b',
        "Via: x",
        "From: <sip:a@b>;tag=1",
        "From: <<",
        "To: <sip:b@c>",
        "To: <sip:b@c>;tag=\x00\x7fé",
        "To:",
        "Call-ID: c",
        "CSeq: 1 INVITE",
        "CSeq: 1 ACK",
        "CSeq: x",
        " folded",
        "Content-Length: 0",
        "Content-Length: 7",
        "Subject: a\rb",
        "",
    ]
)
STARTS = st.sampled_from(
    [
        "INVITE sip:a SIP/2.0",
        "ACK sip:a SIP/2.0",
        "CANCEL sip:a SIP/2.0",
        "MESSAGE sip:a SIP/2.0",
        "MESSAGE sip:a SIP/7.0",
        "SIP/2.0 200 OK",
        "SIP/2.0 100 ",
        "SIP/2.0 486 No",
        "what",
    ]
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(STARTS, st.lists(LINES, max_size=8), st.binary(max_size=8)), max_size=6))
def test_nothing_from_the_network_raises(
    messages: list[tuple[str, list[str], bytes]],
) -> None:
    rig = Rig(limits=Limits(server_transactions=3))
    rig.send("INVITE")
    for start, lines, body in messages:
        octets = "\r\n".join([start, *lines, "", ""]).encode() + body
        rig.stack.receive(parse_datagram(octets), Source("UDP", "192.0.2.2", 5070), rig.now)
        for transaction in rig.core.transactions:
            if not transaction.is_final:
                rig.respond(transaction, 486)
    for packet in rig.take():
        parse_datagram(packet.data)
    for client in list(rig.stack.clients.values()):
        rig.stack.abandon(client, rig.now)
    rig.run(200.0)
    assert rig.stack.servers == {}
    assert rig.stack.clients == {}
