"""Calls between two user agents: directly, through a proxy, through two gateways that hide.

RFC 3261 12 to 15 end to end. Each message of a whole call is lost once, and the call goes on.
"""

import pytest

from mcsip.errors import UsageError
from mcsip.sip.call_events import (
    CallEvent,
    Ended,
    Established,
    Invited,
    Redirected,
    Reoffered,
    Reply,
    Why,
)
from mcsip.sip.dialog import Body
from mcsip.sip.incoming_call import IncomingCall
from mcsip.sip.message import Response

from .calls import ANSWER, BOB, LATER, LATER_ANSWER, OFFER, Phone, World, messages, start_of

WAYS = ["direct", "one proxy", "two gateways"]


@pytest.fixture(params=WAYS)
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


def test_a_call_is_set_up_and_ended_by_the_caller(world: World) -> None:
    """13, 15: INVITE, 180, 200, ACK, BYE, 200."""
    call = world.call()
    incoming = world.bob.incoming
    assert incoming.request.body == OFFER.data
    world.do(incoming.ring)
    assert (call.state, incoming.state) == ("ringing", "ringing")
    world.do(lambda: incoming.accept(ANSWER))
    assert (call.state, incoming.state) == ("established", "established")
    established = world.alice.events[-1]
    assert isinstance(established, Established)
    assert established.message is not None
    assert established.message.body == ANSWER.data
    world.do(call.hang_up)
    assert world.alice.said == ["Ringing", "Established", "Ended"]
    assert world.bob.said == ["Invited", "Established", "Ended"]
    assert (world.alice.ended.why, world.bob.ended.why) == (Why.HUNG_UP, Why.PEER_HUNG_UP)
    world.check_outside()
    world.check_quiet()


def test_the_callee_ends_the_call(world: World) -> None:
    """15: either side may."""
    call, incoming = world.establish()
    world.do(incoming.hang_up)
    assert (call.state, incoming.state) == ("ended", "ended")
    assert (world.alice.ended.why, world.bob.ended.why) == (Why.PEER_HUNG_UP, Why.HUNG_UP)
    world.check_outside()
    world.check_quiet()


def test_both_hang_up_at_once(world: World) -> None:
    """15.1.2: each answers the other's BYE."""
    call, incoming = world.establish()

    def both() -> None:
        call.hang_up()
        incoming.hang_up()

    world.do(both)
    assert (world.alice.ended.why, world.bob.ended.why) == (Why.HUNG_UP, Why.HUNG_UP)
    world.check_quiet()


@pytest.mark.parametrize("caller", [True, False], ids=["the caller", "the callee"])
def test_the_session_is_modified(world: World, caller: bool) -> None:
    """14: by either side; then it goes on, and ends from the other one."""
    call, incoming = world.establish()
    sender, other = (call, incoming) if caller else (incoming, call)
    phone, peer = world.phones if caller else world.phones[::-1]
    world.do(lambda: sender.modify(LATER))
    event = peer.events[-1]
    assert isinstance(event, Reoffered)
    assert event.request.body == LATER.data
    world.do(lambda: other.accept_change(LATER_ANSWER))
    assert (phone.said[-1], peer.said[-1]) == ("Modified", "Modified")
    world.do(lambda: other.modify(LATER))
    world.do(sender.refuse_change)
    assert peer.said[-1] == "Unchanged"
    world.do(other.hang_up)
    assert call.state == incoming.state == "ended"
    world.check_outside()
    world.check_quiet()


def test_two_reinvites_cross(world: World) -> None:
    """14.2: each is answered 491; 14.1: both wait, the owner of the Call-ID longer, and succeed."""
    call, incoming = world.establish()
    accept_changes(world)

    def both() -> None:
        call.modify(LATER)
        incoming.modify(LATER)

    world.do(both)
    assert "491" in [start_of(data) for _, _, data in world.wire.passed]
    assert "Modified" not in world.alice.said
    world.wire.pass_time(5)
    assert world.alice.said.count("Modified") == world.bob.said.count("Modified") == 2
    world.do(call.hang_up)
    world.check_quiet()


def accept_changes(world: World) -> None:
    def accept(event: CallEvent) -> None:
        if isinstance(event, Reoffered):
            event.call.accept_change(LATER_ANSWER)

    for phone in world.phones:
        phone.script = accept


def test_the_caller_gives_up(world: World) -> None:
    """9, 15: CANCEL; the INVITE is answered 487."""
    call = world.call()
    world.do(world.bob.incoming.ring)
    world.do(call.hang_up)
    assert (world.alice.ended.why, world.alice.ended.status) == (Why.HUNG_UP, 487)
    assert (world.bob.ended.why, world.bob.ended.status) == (Why.CANCELLED, 487)
    world.check_outside()
    world.check_quiet()


def test_the_cancel_crosses_the_answer(world: World) -> None:
    """15: a 2xx that came all the same is acknowledged, and ended by BYE."""
    call = world.call()
    incoming = world.bob.incoming
    world.do(incoming.ring)

    def both() -> None:
        incoming.accept(ANSWER)
        call.hang_up()

    world.do(both)
    assert (world.alice.ended.why, world.alice.ended.status) == (Why.HUNG_UP, None)
    assert world.bob.said == ["Invited", "Established", "Ended"]
    world.check_quiet()


@pytest.mark.parametrize("status", [404, 480, 486, 488, 503, 600, 603])
def test_the_callee_refuses(world: World, status: int) -> None:
    """13.3.1.3, 13.2.2.3."""
    world.call()
    world.do(lambda: world.bob.incoming.refuse(Reply(status)))
    ended = world.alice.ended
    assert ended.why is Why.REFUSED
    # 16.7 item 6: a proxy does not forward a 503
    assert ended.status == (500 if status == 503 and world.hops else status)
    assert world.bob.ended.why is Why.WE_REFUSED
    world.check_outside()
    world.check_quiet()


def test_the_call_is_redirected_with_a_body(world: World) -> None:
    """13.3.1.2, 8.1.3.4: to another user; From, To and Call-ID stay, CSeq counts on."""
    carol = Phone(world.wire, "carol", ("10.2.0.10", 16072))
    if world.hops:
        call, contact = world.call(follow=False), "sip:carol@b.example"
    else:
        call = world.call("sip:bob@10.2.0.9:16071", follow=False, target=None)
        contact = "sip:carol@10.2.0.10:16072"
    moved = Reply(302, None, (("Contact", f"<{contact}>"),), Body("text/reason", b"migrated"))
    world.do(lambda: world.bob.incoming.refuse(moved))
    event = world.alice.events[-1]
    assert isinstance(event, Redirected)
    assert event.response.body == b"migrated"
    assert event.targets == (contact,)
    first = call.request
    world.do(lambda: call.retry(Body("application/sdp", b"v=0 for carol")))
    second = carol.incoming.request
    assert second.body == b"v=0 for carol"
    assert call.request.cseq.number == first.cseq.number + 1
    for key in ("from", "to", "call-id"):
        assert call.request.first(key) == first.first(key)
    carol.incoming.accept(ANSWER)
    world.wire.run()
    assert call.state == "established"
    world.do(call.hang_up)
    assert carol.ended.why is Why.PEER_HUNG_UP
    world.check_outside()
    world.check_quiet()


def whole_call(world: World) -> None:
    """A whole call: set up, modified by both sides, ended; by scripts, whatever gets lost."""

    def callee(event: CallEvent) -> None:
        if isinstance(event, Invited) and isinstance(event.call, IncomingCall):
            event.call.ring()
            event.call.accept(ANSWER)
        elif isinstance(event, Reoffered):
            event.call.accept_change(LATER_ANSWER)

    accept_changes(world)
    world.bob.script = callee
    call = world.call()
    world.wire.pass_time(20)
    assert call.state == "established"
    for phone in world.phones:
        [one] = phone.agent.calls
        world.do(lambda one=one: one.modify(LATER))  # type: ignore[misc]  # a default of its own
        world.wire.pass_time(20)
    world.do(call.hang_up)
    world.wire.pass_time(20)


@pytest.mark.parametrize("way", WAYS)
def test_each_message_is_lost_once(way: str) -> None:
    """13.2.2.4, 13.3.1.4, 17: every message of a whole call gets lost once, and nobody notices."""
    unhurt = World(way)
    whole_call(unhurt)
    count = len(unhurt.wire.passed)
    assert count >= 12
    for number in range(count):
        world = World(way)
        world.wire.lose = {number}
        whole_call(world)
        lost = start_of(world.wire.passed[number][2])
        want = ["Established", "Modified", "Modified", "Ended"]
        assert [name for name in world.alice.said if name in want] == want, lost
        assert [name for name in world.bob.said if name in want] == want, lost
        assert world.bob.said.count("Invited") == 1
        assert (world.alice.ended.why, world.bob.ended.why) == (Why.HUNG_UP, Why.PEER_HUNG_UP)
        world.check_outside()
        world.check_quiet()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("ringing", [True, False])
def test_each_message_of_a_cancelled_call_is_lost_once(way: str, ringing: bool) -> None:
    """9.1: the call ends on both sides, whatever is lost."""
    number = count = 0
    while number <= count:
        world = World(way)
        world.wire.lose = {number}
        if ringing:
            world.bob.script = ring
        call = world.call()
        world.wire.pass_time(3)
        world.do(call.hang_up)
        world.wire.pass_time(40)
        assert world.alice.ended.why is Why.HUNG_UP
        assert world.bob.ended.why is Why.CANCELLED
        world.check_quiet()
        count = len(world.wire.passed) if number == 0 else count
        number += 1


def ring(event: CallEvent) -> None:
    if isinstance(event, Invited) and isinstance(event.call, IncomingCall):
        event.call.ring()


def test_the_dialog_outlives_all_transactions(world: World) -> None:
    """12: hours later everything is still where it was."""
    call, incoming = world.establish()
    world.wire.pass_time(7200)
    for node in world.wire.nodes.values():
        assert node.stack.describe()["timers"] == 0
    world.do(lambda: incoming.modify(LATER))
    world.do(lambda: call.accept_change(LATER_ANSWER))
    assert world.bob.said[-1] == "Modified"
    world.do(incoming.hang_up)
    assert call.state == "ended"
    world.check_quiet()


def test_the_ack_is_lost_for_good(world: World) -> None:
    """13.3.1.4: 64*T1 without ACK: the callee ends the session by BYE."""
    call = world.call()
    world.wire.lose_if = lambda data: data.startswith(b"ACK")
    world.do(lambda: world.bob.incoming.accept(ANSWER))
    world.wire.pass_time(31)
    assert world.bob.incoming.state == "answered"
    world.wire.pass_time(2)
    assert world.bob.ended.why is Why.NO_ACK
    assert world.alice.ended.why is Why.PEER_HUNG_UP
    assert call.is_over
    world.check_quiet()


def test_the_callee_hangs_up_before_the_ack(world: World) -> None:
    """15: there is no BYE before the ACK; then at once."""
    world.call()
    incoming = world.bob.incoming
    world.wire.lose_if = lambda data: data.startswith(b"ACK")
    world.do(lambda: incoming.accept(ANSWER))
    world.do(incoming.hang_up)
    assert incoming.state == "leaving"
    assert not any(data.startswith(b"BYE") for _, _, data in world.wire.passed)
    world.wire.lose_if = lambda _data: False
    world.wire.pass_time(2)
    assert world.bob.ended.why is Why.HUNG_UP
    assert world.alice.ended.why is Why.PEER_HUNG_UP
    world.check_quiet()


def test_the_reinvites_ack_is_lost_for_good(world: World) -> None:
    """14.2: the dialog is ended by BYE."""
    call, incoming = world.establish()
    world.wire.lose_if = lambda data: data.startswith(b"ACK")
    world.do(lambda: call.modify(LATER))
    world.do(lambda: incoming.accept_change(LATER_ANSWER))
    world.wire.pass_time(40)
    assert call.is_over
    assert incoming.is_over
    world.check_quiet()


def test_nobody_is_there(world: World) -> None:
    """13.2.2: a timeout counts as 408."""
    del world.wire.nodes[BOB]
    world.call()
    world.wire.pass_time(33)
    assert (world.alice.ended.why, world.alice.ended.status) == (
        (Why.REFUSED, 408) if world.hops else (Why.UNREACHED, 408)
    )
    world.check_quiet()


def test_the_peer_is_gone(world: World) -> None:
    """12.2.1.2, 15.1.1: nobody answers a re-INVITE: BYE; nobody answers that: it is over."""
    call, _ = world.establish()
    del world.wire.nodes[BOB]
    world.do(lambda: call.modify(LATER))
    world.wire.pass_time(80)
    assert world.alice.said[-2:] == ["Unchanged", "Ended"]
    assert world.alice.ended.why is Why.LOST


def test_the_peer_has_restarted(world: World) -> None:
    """12.2.2: 481 from who does not know the dialog; 15.1.1: then it is over here too."""
    call, _ = world.establish()
    again = Phone(world.wire, "bob", BOB)
    world.do(call.hang_up)
    assert world.alice.ended.why is Why.HUNG_UP
    assert again.agent.counters == {"request of no dialog": 1}


def test_an_offer_in_the_2xx_is_answered_in_the_ack(world: World) -> None:
    """13.2.1: without an offer in the INVITE."""
    call = world.call(body=None)
    world.do(lambda: world.bob.incoming.accept(OFFER))
    assert world.alice.said == ["Offered"]
    assert call.state == "answered"
    world.wire.pass_time(1.6)  # the 2xx comes again meanwhile
    assert world.alice.said == ["Offered"]
    world.do(lambda: call.answer(ANSWER))
    established = world.bob.events[-1]
    assert isinstance(established, Established)
    assert established.message is not None
    assert established.message.body == ANSWER.data
    world.do(call.hang_up)
    world.check_quiet()


def test_a_callee_that_rings_long_says_so_each_minute(world: World) -> None:
    """13.3.1.1: so that no proxy's Timer C fires."""
    call = world.call()
    world.do(world.bob.incoming.ring)
    world.wire.pass_time(600)
    assert call.state == "ringing"
    rings = [m for m in messages(world.alice, world) if isinstance(m, Response) and m.status == 180]
    assert len(rings) == 11
    world.do(lambda: world.bob.incoming.accept(ANSWER))
    assert call.state == "established"
    world.do(call.hang_up)
    world.check_quiet()


def test_an_invitation_expires_at_the_caller(world: World) -> None:
    """13.2.1: CANCEL; 13.3.1: the callee's timer is the same."""
    world.call(expires_s=20)
    world.do(world.bob.incoming.ring)
    world.wire.pass_time(21)
    assert world.alice.ended.why is Why.EXPIRED
    assert isinstance(world.bob.ended, Ended)
    assert world.bob.ended.status == 487
    world.check_quiet()


def test_wishes_at_the_wrong_time(world: World) -> None:
    call = world.call()
    with pytest.raises(UsageError, match="inviting is not modified"):
        call.modify(LATER)
    with pytest.raises(UsageError, match="takes no"):
        call.answer(ANSWER)
    with pytest.raises(UsageError, match="takes no"):
        call.retry(ANSWER, ())
    world.do(lambda: world.bob.incoming.accept(ANSWER))
    with pytest.raises(UsageError, match="no re-INVITE to accept"):
        call.accept_change()
    with pytest.raises(UsageError, match="no re-INVITE to refuse"):
        call.refuse_change()
    world.do(lambda: call.modify(LATER))
    with pytest.raises(UsageError, match="another re-INVITE"):
        call.modify(LATER)
    world.do(call.hang_up)
    with pytest.raises(UsageError, match="takes no 'hang up'"):
        call.hang_up()
    world.check_quiet()
