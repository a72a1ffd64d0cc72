"""The callee's side, sentence by sentence of RFC 3261 13.3, 9.2 and 15."""

import pytest

from mcsip.errors import UsageError
from mcsip.sip.call_events import Invited, Reply, Why
from mcsip.sip.dialog import Body
from mcsip.sip.incoming_call import IncomingCall
from mcsip.sip.message import Response

from .calls import ANSWER, PuppetWorld

CONTACT = ("Contact", "<sip:puppet@10.2.0.9:16071>")


@pytest.fixture
def world() -> PuppetWorld:
    return PuppetWorld()


def called(world: PuppetWorld, *fields: tuple[str, str]) -> IncomingCall:
    world.puppet.ask("INVITE", *(fields or (CONTACT,)))
    assert isinstance(world.alice.events[-1], Invited)
    return world.alice.incoming


def last(world: PuppetWorld) -> Response:
    return world.puppet.responses[-1]


def in_dialog(world: PuppetWorld, method: str, cseq: int = 2, *fields: tuple[str, str]) -> None:
    """Send a request in the dialog that Alice's last response made."""
    to = next(r.first("to") for r in reversed(world.puppet.responses) if r.to.tag)
    world.puppet.ask(
        method, *fields, cseq=cseq, to=to or "", from_="<sip:p@p>;tag=ptag", call_id="puppetcall"
    )


def test_progress(world: PuppetWorld) -> None:
    """13.3.1.1, 12.1.1: the same dialog ID each time, Record-Route, Contact."""
    call = called(world, CONTACT, ("Record-Route", "<sip:p;lr>;x=y"))
    world.do(call.ring)
    first = last(world)
    assert first.status == 180
    assert first.values("record-route") == ["<sip:p;lr>;x=y"]
    assert first.first("contact") == "<sip:alice@10.1.0.9:15071>"
    world.do(lambda: call.ring(Reply(183, "Wait", (("Subject", "x"),), ANSWER)))
    second = last(world)
    assert (second.status, second.reason, second.body) == (183, "Wait", ANSWER.data)
    assert second.to.tag == first.to.tag
    assert len(call.dialogs) == 1


@pytest.mark.parametrize("status", [100, 200, 486])
def test_what_is_no_progress(world: PuppetWorld, status: int) -> None:
    call = called(world)
    with pytest.raises(UsageError, match="does not say that it rings"):
        call.ring(Reply(status))


@pytest.mark.parametrize("status", [180, 200, 700])
def test_what_does_not_refuse(world: PuppetWorld, status: int) -> None:
    call = called(world)
    with pytest.raises(UsageError, match="does not refuse"):
        call.refuse(Reply(status))


def test_a_final_response_stands(world: PuppetWorld) -> None:
    call = called(world)
    world.do(lambda: call.refuse(Reply(486)))
    with pytest.raises(UsageError):
        call.ring()
    with pytest.raises(UsageError):
        call.accept()
    with pytest.raises(UsageError):
        call.refuse(Reply(600))
    with pytest.raises(UsageError):
        call.hang_up()


def test_acceptance(world: PuppetWorld) -> None:
    """13.3.1.4: Allow, Contact, the answer; 12.1.1."""
    call = called(world)
    world.do(lambda: call.accept(ANSWER, (("Subject", "x"),)))
    ok = last(world)
    assert (ok.status, ok.content_type, ok.body) == (200, *ANSWER)
    assert ok.first("allow") == "ACK, BYE, CANCEL, INVITE, OPTIONS"
    assert ok.first("subject") == "x"
    in_dialog(world, "ACK", 1)
    assert call.state == "established"


def test_the_ack_of_another_invite_counts_for_nothing(world: PuppetWorld) -> None:
    call = called(world)
    world.do(call.accept)
    in_dialog(world, "ACK", 7)
    assert call.state == "answered"


def test_a_redirection(world: PuppetWorld) -> None:
    """13.3.1.2: Contact and a body."""
    call = called(world)
    moved = Reply(302, None, (("Contact", "<sip:x@y>"),), Body("application/x", b"reason"))
    world.do(lambda: call.refuse(moved))
    assert last(world).first("contact") == "<sip:x@y>"
    assert last(world).body == b"reason"
    assert (world.alice.ended.why, world.alice.ended.status) == (Why.WE_REFUSED, 302)


def test_hanging_up_before_the_answer_declines(world: PuppetWorld) -> None:
    """15: left to the UI; 603 [ours]."""
    call = called(world)
    world.do(call.hang_up)
    assert last(world).status == 603
    assert world.alice.ended.why is Why.HUNG_UP


def test_an_invitation_expires(world: PuppetWorld) -> None:
    """13.3.1 item 1: 487."""
    call = called(world, CONTACT, ("Expires", "30"))
    world.do(call.ring)
    world.wire.pass_time(29)
    assert call.state == "ringing"
    world.wire.pass_time(1.5)
    assert last(world).status == 487
    assert world.alice.ended.why is Why.EXPIRED


def test_an_accepted_invitation_does_not_expire(world: PuppetWorld) -> None:
    call = called(world, CONTACT, ("Expires", "30"))
    world.do(call.accept)
    in_dialog(world, "ACK", 1)
    world.wire.pass_time(100)
    assert call.state == "established"


def test_the_caller_cancels(world: PuppetWorld) -> None:
    """9.2: 200 to the CANCEL, 487 to the INVITE, with the same To tag."""
    call = called(world)
    world.do(call.ring)
    transaction = next(iter(world.puppet.stack.clients.values()))
    world.puppet.stack.cancel(transaction, world.puppet, world.wire.now)
    world.wire.run()
    answers = {r.cseq.method: r for r in world.puppet.responses}
    assert {m: r.status for m, r in answers.items()} == {"INVITE": 487, "CANCEL": 200}
    assert answers["INVITE"].to.tag == answers["CANCEL"].to.tag
    assert world.alice.ended.why is Why.CANCELLED


def test_the_caller_ends_an_early_dialog_by_bye(world: PuppetWorld) -> None:
    """15, 15.1.2: 200 to the BYE, 487 to the INVITE."""
    call = called(world)
    world.do(call.ring)
    in_dialog(world, "BYE")
    assert [r.status for r in world.puppet.responses] == [180, 200, 487]
    assert world.alice.ended.why is Why.PEER_HUNG_UP


@pytest.mark.parametrize("leaving", [False, True])
def test_the_caller_hangs_up_without_ack(world: PuppetWorld, leaving: bool) -> None:
    """15.1.2: the 2xx is not repeated any more."""
    call = called(world)
    world.do(call.accept)
    if leaving:
        world.do(call.hang_up)
    in_dialog(world, "BYE")
    count = len(world.wire.passed)
    world.wire.pass_time(60)
    assert len(world.wire.passed) == count
    assert world.alice.ended.why is (Why.HUNG_UP if leaving else Why.PEER_HUNG_UP)


def test_we_hang_up_and_no_ack_ever_comes(world: PuppetWorld) -> None:
    """15: "until the server transaction times out": then BYE."""
    call = called(world)
    world.do(call.accept)
    world.do(call.hang_up)
    world.wire.pass_time(33)
    assert world.puppet.methods == ["BYE"]
    assert call.state == "ending"


def test_an_invite_before_the_first_is_answered(world: PuppetWorld) -> None:
    """14.2: 500 with Retry-After."""
    call = called(world)
    world.do(call.ring)
    in_dialog(world, "INVITE")
    assert last(world).status == 500
    assert last(world).first("retry-after") is not None
    assert call.state == "ringing"


def test_a_reinvite_before_the_ack(world: PuppetWorld) -> None:
    """RFC 5407 3.1.5 [gen]: it proves that the 2xx came."""
    call = called(world)
    world.do(call.accept)
    in_dialog(world, "INVITE")
    assert world.alice.said == ["Invited", "Established", "Reoffered"]
    world.do(call.accept_change)
    in_dialog(world, "ACK", 1)
    assert world.alice.said[-1] == "Reoffered", "the late ACK is of the first INVITE"
    in_dialog(world, "ACK", 2)
    assert world.alice.said[-1] == "Modified"


def test_a_sips_invite_has_a_sips_contact(world: PuppetWorld) -> None:
    """12.1.1."""
    call = called(world, ("Contact", "<sips:p@10.2.0.9:16071>"))
    world.do(call.ring)
    assert last(world).first("contact") == "<sips:alice@10.1.0.9:15071>"


@pytest.mark.parametrize(
    "fields",
    [
        (("Subject", "no contact"),),
        (("Contact", "<tel:+1>"),),
        (CONTACT, ("Record-Route", "<x:y>")),
    ],
)
def test_an_invite_that_no_dialog_can_come_of(
    world: PuppetWorld, fields: tuple[tuple[str, str], ...]
) -> None:
    """8.1.1.8, 12.1.1: 400, and nobody is called."""
    world.puppet.ask("INVITE", *fields)
    assert last(world).status == 400
    assert world.alice.said == []
    assert not world.alice.agent.calls
