"""The caller's side, sentence by sentence of RFC 3261 13.2, 8.1.3 and 9.1."""

import pytest

from mcsip.sip.call_events import Invitation, Redirected, Reply, Ringing, Why
from mcsip.sip.dialog import Body
from mcsip.sip.errors import ParseError
from mcsip.sip.offer_answer import build_offer, check_answer
from mcsip.sip.sdp import parse_sdp
from mcsip.sip.stack import Target

from .calls import ANSWER, BOB, CAROL, OFFER, Puppet, PuppetWorld


@pytest.fixture
def world() -> PuppetWorld:
    return PuppetWorld()


def test_the_invite(world: PuppetWorld) -> None:
    """13.2.1, 8.1.1: From with a tag, To without, Contact, Allow, Max-Forwards, the body."""
    world.call(fields=(("Subject", "hello"),), to='"Bob" <sip:bob@b.example>')
    invite = world.puppet.last
    assert invite.uri == "sip:bob@b.example"
    assert invite.from_.tag is not None
    assert invite.first("to") == '"Bob" <sip:bob@b.example>'
    assert invite.first("contact") == "<sip:alice@10.1.0.9:15071>"
    assert invite.first("allow") == "ACK, BYE, CANCEL, INVITE, OPTIONS"
    assert invite.max_forwards == 70
    assert str(invite.cseq) == "1 INVITE"
    assert (invite.content_type, invite.body) == OFFER
    assert invite.first("subject") == "hello"


def test_the_way_of_the_invite(world: PuppetWorld) -> None:
    """8.1.2: to the first Route, else to the Request-URI."""
    world.call("sip:bob@nowhere.example", target=None, routes=("<sip:10.2.0.9:16071;lr>",))
    assert world.puppet.last.items("route") == ["<sip:10.2.0.9:16071;lr>"]
    world.call("sip:bob@10.2.0.9:16071", target=None)
    assert world.puppet.last.uri == "sip:bob@10.2.0.9:16071"


def test_a_sips_call_has_a_sips_contact(world: PuppetWorld) -> None:
    """12.1.2."""
    world.call("sips:bob@b.example")
    assert world.puppet.last.first("contact") == "<sips:alice@10.1.0.9:15071>"


@pytest.mark.parametrize("uri", ["nonsense", "sip:", ""])
def test_our_own_mistakes(world: PuppetWorld, uri: str) -> None:
    with pytest.raises(ParseError):
        world.call(uri)
    assert not world.alice.agent.calls


def test_who_cannot_be_reached(world: PuppetWorld) -> None:
    """8.1.3.1: as a 503."""
    for uri in ("tel:+1", "sip:b@b;transport=ws"):
        world.call(uri, target=None)
        assert (world.alice.ended.why, world.alice.ended.status) == (Why.UNREACHED, 503)
        assert not world.alice.agent.calls


def test_a_100_says_nothing(world: PuppetWorld) -> None:
    """13.2.2.1, 21.1.1."""
    call = world.call()
    world.puppet.answer(100, tag="")
    assert (call.state, world.alice.said) == ("inviting", [])


@pytest.mark.parametrize("status", [180, 183, 199])
def test_a_provisional_response_makes_an_early_dialog(world: PuppetWorld, status: int) -> None:
    """13.2.2.1, 12.1: with a To tag; it may come again."""
    call = world.call()
    world.puppet.answer(status)
    world.puppet.answer(status)
    assert call.state == "ringing"
    event = world.alice.events[-1]
    assert isinstance(event, Ringing)
    assert event.response.status == status
    assert call.dialog is not None
    assert call.dialog.state == "early"
    assert len(call.dialogs) == 1
    world.puppet.answer(180, tag="other")
    assert len(call.dialogs) == 2


def test_one_that_cannot_be_read_makes_none(world: PuppetWorld) -> None:
    """[ours]"""
    call = world.call()
    world.puppet.answer(180, ("Contact", "<tel:+1>"))
    assert (call.state, call.dialogs) == ("ringing", {})


def test_the_2xx_confirms(world: PuppetWorld) -> None:
    """13.2.2.4: the same dialog; the route set of the 2xx."""
    call = world.call()
    world.puppet.answer(180)
    route = ("Record-Route", "<sip:10.2.0.9:16071;lr>")
    world.puppet.answer(200, ("Contact", "<sip:far@away>"), route)
    assert call.dialog is not None
    assert call.dialog.state == "confirmed"
    assert world.puppet.acks[0].uri == "sip:far@away"
    assert world.puppet.acks[0].items("route") == [route[1]]
    assert str(world.puppet.acks[0].cseq) == "1 ACK"


def test_each_2xx_is_acknowledged(world: PuppetWorld) -> None:
    """13.2.2.4: the same ACK, each time; also after the call has ended."""
    call = world.established()
    world.puppet.answer(200)
    assert len(world.puppet.acks) == 2
    transaction = world.puppet.transactions[-1]
    world.do(call.hang_up)
    world.puppet.answer(200)
    world.puppet.transactions.append(transaction)
    world.puppet.answer(200)
    assert call.is_over
    assert len(world.puppet.acks) == 3
    assert len({ack.first("cseq") for ack in world.puppet.acks}) == 1
    assert world.alice.said == ["Established", "Ended"]


@pytest.mark.parametrize("over", [False, True], ids=["while it stands", "after its end"])
def test_a_2xx_of_another_branch(world: PuppetWorld, over: bool) -> None:
    """13.2.2.4: acknowledged, then ended by BYE; ours goes on."""
    call = world.established()
    first = world.puppet.transactions[-1]
    if over:
        world.do(call.hang_up)
        world.puppet.answer(200)
        world.puppet.transactions.append(first)
    world.puppet.answer(200, tag="forked")
    assert world.puppet.acks[-1].to.tag == "forked"
    assert world.puppet.last.method == "BYE"
    assert world.puppet.last.to.tag == "forked"
    world.puppet.answer(200)
    assert call.state == ("ended" if over else "established")
    assert not over or not world.alice.agent._dialogs


def test_a_2xx_that_no_dialog_comes_of(world: PuppetWorld) -> None:
    """[ours]: the call has failed."""
    world.call()
    world.puppet.answer(200, ("Contact", "<tel:+1>"))
    assert (world.alice.ended.why, world.alice.ended.status) == (Why.UNREACHED, 500)


@pytest.mark.parametrize("status", [400, 486, 503, 600, 699])
def test_a_failure_ends_all_early_dialogs(world: PuppetWorld, status: int) -> None:
    """13.2.2.3, 12.3."""
    call = world.call()
    world.puppet.answer(180)
    world.puppet.answer(status)
    assert call.dialogs == {}
    assert (world.alice.ended.why, world.alice.ended.status) == (Why.REFUSED, status)
    assert not world.alice.agent._dialogs


def test_a_timeout_is_a_408(world: PuppetWorld) -> None:
    """13.2.2, 8.1.3.1."""
    del world.wire.nodes[BOB]
    world.call()
    world.wire.pass_time(32)
    assert (world.alice.ended.why, world.alice.ended.status) == (Why.UNREACHED, 408)


def test_a_transport_error_is_a_503(world: PuppetWorld) -> None:
    """8.1.3.1."""
    call = world.alice.agent.invite(
        Invitation("sip:b@b", "<sip:a@a>", target=Target("UDP", *BOB), body=OFFER)
    )
    [packet] = world.alice.stack.take_packets()
    world.alice.stack.handle_transport_error(packet, "unreachable", 0.0)
    world.alice.after()
    assert (world.alice.ended.why, world.alice.ended.status) == (Why.UNREACHED, 503)
    assert call.is_over


# --- redirection


def test_a_redirection_is_followed(world: PuppetWorld) -> None:
    """8.1.3.4: same From, To, Call-ID and body; a new branch; header parts of the URI count."""
    carol = Puppet(world.wire, "carol", CAROL)
    call = world.call("sip:bob@10.2.0.9:16071", target=None, fields=(("Subject", "old"),))
    first = world.puppet.last
    world.puppet.answer(302, ("Contact", "<sip:c@10.2.0.10:16072;method=INVITE?Subject=new>"))
    second = carol.last
    assert second.uri == "sip:c@10.2.0.10:16072"
    for key in ("from", "to", "call-id", "contact", "content-type"):
        assert second.first(key) == first.first(key)
    assert second.body == first.body
    assert second.first("subject") == "new"
    assert second.via.branch != first.via.branch
    assert second.cseq.number == 2
    event = world.alice.events[-1]
    assert isinstance(event, Redirected)
    carol.answer(200)
    assert call.state == "established"
    assert str(carol.acks[0].cseq) == "2 ACK"


def test_the_next_target_after_a_failure(world: PuppetWorld) -> None:
    """8.1.3.4: "if contacting an address in the list results in a failure …"; 6xx ends it."""
    world.call()
    world.puppet.answer(302, ("Contact", "<sip:1@x>;q=1, <sip:2@x>;q=0.5, <sip:3@x>;q=0.3"))
    world.puppet.answer(486)
    assert world.puppet.last.uri == "sip:2@x"
    world.puppet.answer(603)
    assert [t.request.uri for t in world.puppet.transactions[1:]] == ["sip:1@x", "sip:2@x"]
    assert (world.alice.ended.why, world.alice.ended.status) == (Why.REFUSED, 603)


def test_the_list_is_exhausted(world: PuppetWorld) -> None:
    """8.1.3.4: "then the request has failed"."""
    world.call()
    world.puppet.answer(302, ("Contact", "<sip:1@x>"))
    world.puppet.answer(302, ("Contact", "<sip:bob@b.example>, <sip:1@x>"))
    assert (world.alice.ended.why, world.alice.ended.status) == (Why.REFUSED, 302)


def test_the_user_decides(world: PuppetWorld) -> None:
    """13.2.2.2: "MAY choose to try those new addresses"."""
    call = world.call(follow=False)
    world.puppet.answer(302, ("Contact", "<sip:1@x>"))
    assert call.state == "redirected"
    world.do(lambda: call.retry(Body("application/sdp", b"other"), (("Subject", "other"),)))
    assert (world.puppet.last.body, world.puppet.last.first("subject")) == (b"other", "other")
    world.puppet.answer(301, ("Contact", "<sip:2@x>"))
    world.do(call.hang_up)
    assert (world.alice.ended.why, world.alice.ended.status) == (Why.HUNG_UP, 301)


def test_early_dialogs_end_with_a_redirection(world: PuppetWorld) -> None:
    """12.3."""
    call = world.call()
    world.puppet.answer(180)
    world.puppet.answer(302, ("Contact", "<sip:1@x>"))
    assert call.dialogs == {}
    assert call.state == "inviting"


# --- giving up


def test_a_cancel_waits_for_a_provisional_response(world: PuppetWorld) -> None:
    """9.1."""
    call = world.call()
    world.do(call.hang_up)
    assert call.state == "ending"
    assert not any(data.startswith(b"CANCEL") for _, _, data in world.wire.passed)
    world.puppet.answer(180)
    assert any(data.startswith(b"CANCEL") for _, _, data in world.wire.passed)
    world.puppet.answer(487)
    assert (world.alice.ended.why, world.alice.ended.status) == (Why.HUNG_UP, 487)


def test_nobody_answers_the_cancelled_invite(world: PuppetWorld) -> None:
    """9.1: after 64*T1 it is over."""
    call = world.call()
    world.puppet.answer(180)
    world.do(call.hang_up)
    world.wire.pass_time(31.9)
    assert call.state == "ending"
    world.wire.pass_time(0.2)
    assert world.alice.ended.why is Why.HUNG_UP


@pytest.mark.parametrize("status", [302, 486])
def test_no_other_target_is_tried_after_a_cancel(world: PuppetWorld, status: int) -> None:
    """15: the user wanted to give up entirely."""
    call = world.call()
    world.puppet.answer(180)
    world.do(call.hang_up)
    world.puppet.answer(status, ("Contact", "<sip:1@x>"))
    assert call.is_over
    assert world.puppet.methods == ["INVITE"]


def test_an_offer_that_crossed_the_cancel(world: PuppetWorld) -> None:
    """15, 13.2.2.4: ACK and BYE."""
    call = world.call(body=None)
    world.puppet.answer(180)
    world.do(call.hang_up)
    world.puppet.answer(200, body=OFFER)
    assert len(world.puppet.acks) == 1
    assert world.puppet.last.method == "BYE"


def test_an_offer_that_nobody_wants(world: PuppetWorld) -> None:
    """13.2.2.4: ACK, then BYE immediately."""
    call = world.call(body=None)
    world.puppet.answer(200, body=OFFER)
    assert world.alice.said == ["Offered"]
    world.do(call.hang_up)
    assert len(world.puppet.acks) == 1
    assert world.puppet.last.method == "BYE"


def test_an_unwanted_offer_gets_a_valid_answer(world: PuppetWorld) -> None:
    """13.2.2.4: "MUST generate a valid answer in the ACK and then send a BYE immediately"."""
    offer = build_offer("192.0.2.9", 4000, session_id=5)
    call = world.call(body=None)
    world.puppet.answer(200, body=Body("application/sdp", offer.octets()))
    world.do(call.hang_up)
    answer = parse_sdp(world.puppet.acks[0].body)
    assert check_answer(offer, answer) == []
    assert [stream.port for stream in answer.streams] == [0]


def test_the_other_one_hangs_up_before_our_answer(world: PuppetWorld) -> None:
    """15.1.2."""
    world.call(body=None)
    world.puppet.answer(200, body=OFFER)
    world.puppet.ask("BYE")
    assert world.alice.ended.why is Why.PEER_HUNG_UP
    assert world.puppet.responses[-1].status == 200


# --- requests in its dialogs


def test_a_bye_on_an_early_dialog_is_refused(world: PuppetWorld) -> None:
    """15: the callee must not send it."""
    call = world.call()
    world.puppet.answer(180)
    world.puppet.ask("BYE")
    assert world.puppet.responses[-1].status == 481
    assert call.state == "ringing"


def test_an_invite_while_our_first_one_is_under_way(world: PuppetWorld) -> None:
    """14.2: 491."""
    world.call()
    world.puppet.answer(180)
    world.puppet.ask("INVITE")
    assert world.puppet.responses[-1].status == 491


def test_an_invite_while_our_bye_is_under_way(world: PuppetWorld) -> None:
    """[ours]: 481, the session is over (15.1.1)."""
    call = world.established()
    world.do(call.hang_up)
    world.puppet.ask("INVITE")
    assert world.puppet.responses[-1].status == 481


@pytest.mark.parametrize(
    ("number", "status"),
    [(5, 500), (6, 500), (7, 200), (99, 200)],
    ids=["lower", "same", "next", "gap"],
)
def test_requests_out_of_order(world: PuppetWorld, number: int, status: int) -> None:
    """12.2.2."""
    world.established()
    world.puppet.ask("OPTIONS", cseq=6)
    world.puppet.ask("OPTIONS", cseq=number)
    last = world.puppet.responses[-1]
    assert last.status == status
    assert status == 500 or last.first("allow") is not None


def test_an_ack_of_nothing_is_dropped(world: PuppetWorld) -> None:
    world.established()
    world.puppet.ask("ACK", cseq=5)
    assert world.alice.said == ["Established"]


def test_a_callee_refuses_with_more(world: PuppetWorld) -> None:
    """13.3.1.3: Warning and the like reach the caller."""
    world.call()
    world.puppet.answer(488, ("Warning", '399 b "no"'), body=ANSWER)
    message = world.alice.ended.message
    assert message is not None
    assert message.first("warning") == '399 b "no"'
    assert message.body == ANSWER.data
    assert Reply(488).status == 488
