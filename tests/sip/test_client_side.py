"""Requests out and responses in: RFC 3261 18.1, 17.1.3, 9.1, 13.2.2.4."""

import pytest

from mcsip.errors import UsageError
from mcsip.sip.stack import Limits, Source, Stack, Target
from mcsip.sip.tables import State

from .layer import (
    OWN,
    PEER_PORT,
    LetterIds,
    Rig,
    answer,
    make_request,
    message_of,
    request_in,
    summary,
)

FIXED = 700  # more than the head of the rig's request has, in octets


# --- 18.1.1 the Via


@pytest.mark.parametrize(
    ("transport", "via"),
    [
        ("UDP", "SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bKidaaaaab"),
        ("TCP", "SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bKidaaaaab"),
        ("TLS", "SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKidaaaaab"),
    ],
)
def test_via_is_added_on_top(transport: str, via: str) -> None:
    """RFC 3261 18.1.1, 8.1.1.7; RFC 3581 3: rport over UDP."""
    rig = Rig(transport)
    draft = make_request().edit()
    draft.append("Via", "SIP/2.0/UDP upstream;branch=z9hG4bKlower")
    transaction = rig.stack.send_request(draft.finish(), rig.target, rig.user, 0.0)
    [packet] = rig.take()
    assert request_in(packet).values("via") == [via, "SIP/2.0/UDP upstream;branch=z9hG4bKlower"]
    assert packet.target == rig.target
    assert packet.key is transaction
    assert transaction.branch == "z9hG4bKidaaaaab"


def test_every_request_has_its_own_branch() -> None:
    """RFC 3261 8.1.1.7."""
    rig = Rig()
    assert rig.send().branch != rig.send().branch


def test_sent_by_may_be_told_later() -> None:
    rig = Rig()
    rig.stack.set_sent_by("UDP", "GW.example.com", 5060)
    transaction = rig.send()
    assert "SIP/2.0/UDP GW.example.com:5060;" in (transaction.request.first("via") or "")
    lower = answer(transaction, 200).edit()
    lower.set("Via", f"SIP/2.0/UDP gw.EXAMPLE.com;branch={transaction.branch}")
    rig.receive(lower.finish())
    assert transaction.state is State.COMPLETED, "names have no case, 5060 is the default"


def test_an_unknown_transport_is_our_mistake() -> None:
    rig = Rig()
    with pytest.raises(UsageError, match="no transport WS"):
        rig.stack.send_request(make_request(), Target("WS", "h", 80), rig.user, 0.0)


@pytest.mark.parametrize("method", ["ACK", "CANCEL"])
def test_ack_and_cancel_go_other_ways(method: str) -> None:
    """RFC 3261 9.1, 13.2.2.4."""
    rig = Rig()
    with pytest.raises(UsageError, match=method):
        rig.stack.send_request(make_request(method), rig.target, rig.user, 0.0)


# --- 18.1.1 size


def body_for(size: int) -> bytes:
    """Return a body that makes the rig's request over UDP as large as this, in octets."""
    rig = Rig()
    rig.send(body=b"x" * FIXED)
    return b"x" * (size - len(rig.take()[0].data) + FIXED)


@pytest.mark.parametrize(
    ("octets", "mtu", "transport"),
    [
        (1300, None, "UDP"),
        (1301, None, "TCP"),
        (1300, 1500, "UDP"),
        (1301, 1500, "TCP"),
        (8800, 9000, "UDP"),
        (8801, 9000, "TCP"),
        (60_000, None, "TCP"),
    ],
)
def test_large_requests_go_over_tcp(octets: int, mtu: int | None, transport: str) -> None:
    """RFC 3261 18.1.1: over 1300 octets, or within 200 of the path MTU; Via says so."""
    rig = Rig(limits=Limits(path_mtu_octets=mtu))
    body = body_for(octets) if octets < 9000 else b"x" * octets
    if octets in (8800, 8801):
        body = body[:-1]  # Content-Length has one digit more
    transaction = rig.send(body=body)
    [packet] = rig.take()
    assert packet.target.transport == transport
    assert request_in(packet).via.transport == transport
    assert (packet.target.host, packet.target.port) == ("192.0.2.2", PEER_PORT)
    if transport == "UDP":
        assert len(packet.data) == octets
        assert transaction.fallback is None
    assert rig.run(0.6)[:1] == ([] if transport == "TCP" else [(0.5, "MESSAGE")])


def test_a_node_without_tcp_sends_large_requests_over_udp() -> None:
    rig = Rig()
    stack = Stack(rig.core, LetterIds(), {"UDP": OWN["UDP"]})
    stack.send_request(make_request(body=b"x" * 2000), rig.target, rig.user, 0.0)
    assert stack.take_packets()[0].target.transport == "UDP"


def test_tcp_that_is_refused_falls_back_to_udp_once() -> None:
    """RFC 3261 18.1.1: the request is tried over UDP; 17.1.4: then the TU is told."""
    rig = Rig()
    transaction = rig.send(body=b"x" * 2000)
    [first] = rig.take()
    rig.now = 1.0
    rig.stack.handle_transport_error(first, "connection refused", rig.now)
    [second] = rig.take()
    assert second.target == rig.target
    request = request_in(second)
    assert request.via.transport == "UDP"
    assert request.via.wants_rport
    assert len(request.vias) == 1
    assert request.via.branch == transaction.branch
    assert rig.user.log == []
    assert [at for at, _ in rig.run(3.0)] == [1.5, 2.5], "timer E runs now"
    rig.stack.handle_transport_error(first, "connection refused again", rig.now)
    assert rig.user.log == [], "the first way is over"
    rig.stack.handle_transport_error(second, "port unreachable", rig.now)
    assert rig.user.log == ["error to TU"]
    assert rig.stack.next_deadline() is None


def test_the_fallback_does_not_prolong_the_transaction() -> None:
    """RFC 3261 17.1.2.2: timer F counts from the first attempt."""
    rig = Rig()
    rig.send("INVITE", body=b"x" * 2000)
    [first] = rig.take()
    rig.now = 10.0
    rig.stack.handle_transport_error(first, "connection refused", rig.now)
    rig.run(31.9)
    assert rig.user.log == []
    rig.run(32.0)
    assert rig.user.log == ["timeout to TU"]
    assert len(rig.stack.queue) == 0


def test_no_fallback_for_a_request_that_was_to_go_over_tcp() -> None:
    rig = Rig("TCP")
    rig.send(body=b"x" * 2000)
    rig.stack.handle_transport_error(rig.take()[0], "connection refused", 0.0)
    assert rig.user.log == ["error to TU"]
    assert rig.taken() == []


# --- 17.1.3, 18.1.2 responses


@pytest.mark.parametrize(
    ("change", "stray"),
    [
        pytest.param(("SIP/2.0/UDP", "SIP/2.0/UDP"), False, id="as-sent"),
        pytest.param((";rport", ";rport=9;received=203.0.113.1"), False, id="rport-filled-in"),
        pytest.param(("z9hG4bKid", "z9hG4bKno"), True, id="17.1.3-other-branch"),
        pytest.param(("192.0.2.1:5060", "192.0.2.9:5060"), True, id="18.1.2-other-sent-by"),
        pytest.param(("192.0.2.1:5060", "192.0.2.1:5062"), True, id="18.1.2-other-port"),
        pytest.param(("192.0.2.1:5060", "192.0.2.1"), False, id="18.1.2-default-port"),
        pytest.param((";branch=", ";twig="), True, id="no-branch"),
    ],
)
def test_responses_are_matched(change: tuple[str, str], stray: bool) -> None:
    rig = Rig()
    transaction = rig.send()
    response = answer(transaction, 200).edit()
    response.set("Via", (transaction.request.first("via") or "").replace(*change))
    rig.receive(response.finish())
    assert rig.user.log == ([] if stray else ["response to TU"])
    assert rig.core.log == (["stray 200"] if stray else [])
    assert rig.stack.counters.get("stray response", 0) == stray


def test_the_method_in_cseq_counts() -> None:
    """RFC 3261 17.1.3: a CANCEL has its INVITE's branch."""
    rig = Rig()
    transaction = rig.send()
    response = answer(transaction, 200).edit()
    response.set("CSeq", "7 INVITE")
    rig.receive(response.finish())
    assert rig.core.log == ["stray 200"]


@pytest.mark.parametrize("name", ["CSeq", "Via"])
def test_a_malformed_response_is_dropped(name: str, caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    transaction = rig.send()
    response = answer(transaction, 200).edit()
    response.remove(name)
    rig.receive(response.finish())
    assert rig.user.log == []
    assert rig.stack.counters == {"malformed message": 1}
    assert len(caplog.records) == 1


# --- 9.1 CANCEL


def test_cancel_waits_for_a_provisional_response() -> None:
    """RFC 3261 9.1: not before a provisional response; same branch, same way."""
    rig = Rig("TCP")
    transaction = rig.send("INVITE")
    rig.take()
    rig.stack.cancel(transaction, rig.user, 0.0)
    assert rig.taken() == []
    rig.receive(answer(transaction, 180))
    [packet] = rig.take()
    assert summary(packet) == "CANCEL"
    assert packet.target == transaction.target
    cancel = request_in(packet)
    assert cancel.via == transaction.request.via
    rig.receive(answer(transaction, 183))
    assert rig.taken() == [], "once"
    rig.receive(answer(packet, 200))
    assert [message.cseq.method for message in rig.user.responses] == ["INVITE"] * 2 + ["CANCEL"]
    rig.receive(answer(transaction, 487))
    assert rig.taken() == ["ACK"]
    assert rig.stack.describe()["client transactions"] == 0
    assert rig.stack.next_deadline() is None


def test_cancel_of_an_answered_invite_does_nothing() -> None:
    """RFC 3261 9.1: SHOULD NOT once a final response came."""
    rig = Rig()
    transaction = rig.send("INVITE")
    rig.stack.cancel(transaction, rig.user, 0.0)
    rig.receive(answer(transaction, 200))
    rig.stack.cancel(transaction, rig.user, 0.0)
    assert rig.taken() == ["INVITE"]


def test_only_an_invite_is_cancelled() -> None:
    """RFC 3261 9.1: SHOULD NOT cancel requests other than INVITE."""
    rig = Rig("TCP")
    transaction = rig.send()
    rig.receive(answer(transaction, 100))
    rig.stack.cancel(transaction, rig.user, 0.0)
    assert rig.taken() == ["MESSAGE"]


def test_an_abandoned_transaction_is_silent() -> None:
    rig = Rig()
    transaction = rig.send("INVITE")
    rig.stack.abandon(transaction, 0.0)
    rig.receive(answer(transaction, 200))
    assert rig.user.log == []
    assert rig.stack.next_deadline() is None


# --- ACK to 2xx


def test_an_ack_to_a_2xx_has_a_branch_of_its_own() -> None:
    """RFC 3261 13.2.2.4, 17.1.1.3."""
    rig = Rig()
    rig.stack.send_ack(make_request("ACK"), rig.target)
    [packet] = rig.take()
    assert request_in(packet).via.branch == "z9hG4bKidaaaaab"
    assert packet.key is None
    rig.stack.handle_transport_error(packet, "refused", 0.0)
    assert rig.stack.counters == {"transport error without a transaction": 1}


# --- 17.1.4 transport errors


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE"])
def test_a_transport_error_ends_the_transaction(method: str) -> None:
    rig = Rig()
    rig.send(method)
    rig.stack.handle_transport_error(rig.take()[0], "unreachable", 0.0)
    assert rig.user.log == ["error to TU"]
    assert rig.stack.describe()["client transactions"] == 0
    assert rig.stack.next_deadline() is None


def test_a_late_transport_error_changes_nothing() -> None:
    """RFC 3261 Figure 6: nothing is sent in Completed."""
    rig = Rig()
    transaction = rig.send()
    [packet] = rig.take()
    rig.receive(answer(transaction, 200))
    rig.stack.handle_transport_error(packet, "unreachable", 0.0)
    assert rig.user.log == ["response to TU"]
    assert rig.stack.counters == {"transport error absorbed": 1}


def test_a_user_may_call_the_stack_from_its_callback() -> None:
    """A refused request is sent again elsewhere, from within on_response."""
    rig = Rig("TCP")

    class Retrying(type(rig.user)):  # type: ignore[misc]  # the rig's own class
        def on_response(self, transaction: object, response: object) -> None:
            super().on_response(transaction, response)
            elsewhere = Target("TCP", "192.0.2.3", 5060)
            rig.stack.send_request(make_request(), elsewhere, rig.user, 0.0)

    transaction = rig.stack.send_request(make_request(), rig.target, Retrying(), 0.0)
    rig.receive(answer(transaction, 503))
    assert [packet.target.host for packet in rig.take()] == ["192.0.2.2", "192.0.2.3"]


def test_responses_are_not_answered() -> None:
    rig = Rig()
    rig.stack.receive(answer(Rig().send(), 200), Source("UDP", "h", 1), 0.0)
    assert [message_of(packet) for packet in rig.take()] == []
