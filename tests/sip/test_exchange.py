"""Re-INVITEs, sentence by sentence of RFC 3261 14."""

import itertools

import pytest

from mcsip.sip.call import MAX_ACKS
from mcsip.sip.call_events import Modified, Reoffered, Unchanged, Why
from mcsip.sip.call_table import EXCHANGE, ExchangeInput, ExchangeRow, ExchangeState, exchange_index
from mcsip.sip.message import Response

from .calls import LATER, LATER_ANSWER, PuppetWorld


def test_every_input_without_a_row_changes_nothing() -> None:
    world = PuppetWorld()
    call = world.established()
    for state, what in itertools.product(ExchangeState, ExchangeInput):
        if (state, what) not in exchange_index():
            call.exchange.state = state
            assert not call.exchange.step(what)
            assert call.exchange.state is state


@pytest.mark.parametrize("row", EXCHANGE, ids=[f"{r.state}-{r.what}-{r.clause}" for r in EXCHANGE])
def test_every_row_has_a_clause(row: ExchangeRow) -> None:
    assert row.clause.startswith("RFC ")
    assert row.do or row.state is not row.to


def reinvited(world: PuppetWorld, status: int, *fields: tuple[str, str]) -> None:
    world.do(lambda: next(iter(world.alice.agent.calls)).modify(LATER))
    world.puppet.answer(status, *fields)


def test_a_reinvite_is_a_request_of_the_dialog() -> None:
    """14.1: To, From, Call-ID, CSeq, Request-URI as in section 12; a Contact (12.2.1.1)."""
    world = PuppetWorld()
    call = world.established()
    first = world.puppet.last
    world.do(lambda: call.modify(LATER, (("Subject", "more"),)))
    second = world.puppet.last
    assert (second.uri, second.call_id) == ("sip:puppet@10.2.0.9:16071", first.call_id)
    assert second.first("from") == first.first("from")
    assert second.to.tag == "ptag"
    assert second.cseq.number == first.cseq.number + 1
    assert second.first("contact") == first.first("contact")
    assert second.body == LATER.data
    assert second.first("subject") == "more"


def test_the_2xx_refreshes_the_target_and_is_acknowledged() -> None:
    """12.2.1.2, 13.2.2.4: the ACK goes to the new target; again for each 2xx that comes again."""
    world = PuppetWorld()
    world.established()
    reinvited(world, 200, ("Contact", "<sip:moved@10.2.0.9:16071>"))
    assert isinstance(world.alice.events[-1], Modified)
    assert world.puppet.acks[-1].uri == "sip:moved@10.2.0.9:16071"
    world.puppet.answer(200)
    assert len(world.puppet.acks) == 3
    assert world.puppet.acks[-1].first("cseq") == world.puppet.acks[-2].first("cseq")
    assert world.alice.said.count("Modified") == 1


def test_a_contact_that_cannot_be_read_changes_nothing() -> None:
    """[ours]"""
    world = PuppetWorld()
    world.established()
    reinvited(world, 200, ("Contact", "<tel:+1>"))
    assert world.puppet.acks[-1].uri == "sip:puppet@10.2.0.9:16071"
    assert isinstance(world.alice.events[-1], Modified)


@pytest.mark.parametrize("status", [302, 401, 488, 500, 603])
def test_a_failure_leaves_the_session(status: int) -> None:
    """14.1: "the session parameters MUST remain unchanged"."""
    world = PuppetWorld()
    call = world.established()
    reinvited(world, status)
    event = world.alice.events[-1]
    assert isinstance(event, Unchanged)
    assert event.status == status
    assert call.state == "established"
    reinvited(world, 200)
    assert isinstance(world.alice.events[-1], Modified)


@pytest.mark.parametrize("status", [408, 481])
def test_a_dialog_that_is_gone_is_ended(status: int) -> None:
    """14.1, 12.2.1.2: BYE."""
    world = PuppetWorld()
    world.established()
    reinvited(world, status)
    assert world.puppet.methods == ["INVITE", "INVITE", "BYE"]
    world.puppet.answer(481)
    assert world.alice.ended.why is Why.LOST


def test_after_a_491_the_owner_of_the_call_id_waits_longer() -> None:
    """14.1: between 2.1 and 4 seconds; then once more."""
    world = PuppetWorld()
    world.established()
    reinvited(world, 491)
    world.wire.pass_time(2.09)
    assert len(world.puppet.transactions) == 2
    world.wire.pass_time(2)
    assert world.puppet.methods == ["INVITE"] * 3
    assert world.puppet.last.body == LATER.data
    assert world.puppet.last.cseq.number == 3
    world.puppet.answer(200)
    assert isinstance(world.alice.events[-1], Modified)


def test_after_a_491_the_other_one_waits_less() -> None:
    """14.1: between 0 and 2 seconds."""
    world = PuppetWorld()
    world.puppet.ask("INVITE")
    world.do(world.alice.incoming.accept)
    world.puppet.ask(
        "ACK", to=world.puppet.responses[-1].first("to") or "", from_="<sip:p@p>;tag=ptag"
    )
    reinvited(world, 491)
    world.wire.pass_time(2.01)
    assert world.puppet.methods == ["INVITE"] * 2


def test_a_hung_up_call_is_not_modified_again() -> None:
    """14.1: "if it still desires"; also when the 491 comes after the BYE."""
    for late in (False, True):
        world = PuppetWorld()
        call = world.established()
        world.do(lambda call=call: call.modify(LATER))  # type: ignore[misc]  # a default of its own
        pending = world.puppet.transactions[-1:]
        if not late:
            world.puppet.answer(491)
        world.do(call.hang_up)
        world.puppet.answer(200)
        if late:
            world.puppet.transactions += pending
            world.puppet.answer(491)
        world.wire.pass_time(10)
        assert world.puppet.methods[:3] == ["INVITE", "INVITE", "BYE"]
        assert len(world.puppet.methods) == 3 + late
        assert len(world.alice.agent.alarms) == 0
        assert not world.alice.agent._dialogs


def in_alices_call(world: PuppetWorld, cseq: int = 1, *fields: tuple[str, str]) -> None:
    world.puppet.ask("INVITE", *fields, cseq=cseq)


def statuses(world: PuppetWorld) -> list[int]:
    return [response.status for response in world.puppet.responses]


def test_a_second_invite_before_the_first_is_answered() -> None:
    """14.2: 500, with Retry-After between 0 and 10 seconds."""
    world = PuppetWorld()
    call = world.established()
    in_alices_call(world, 1)
    in_alices_call(world, 2)
    [refused] = [r for r in world.puppet.responses if r.status >= 200]
    assert refused.status == 500
    assert 0 <= int(refused.first("retry-after") or "-1") <= 10
    world.do(lambda: call.accept_change(LATER_ANSWER))
    assert world.puppet.responses[-1].body == LATER_ANSWER.data


def test_an_invite_while_ours_is_under_way() -> None:
    """14.2: 491."""
    world = PuppetWorld()
    call = world.established()
    world.do(lambda: call.modify(LATER))
    in_alices_call(world)
    assert statuses(world) == [491]
    world.puppet.answer(200)
    assert isinstance(world.alice.events[-1], Modified)


def test_an_accepted_reinvite_refreshes_the_target() -> None:
    """12.2.2: when it is accepted; a refused one changes nothing ("requests are atomic")."""
    world = PuppetWorld()
    call = world.established()
    in_alices_call(world, 1, ("Contact", "<sip:refused@10.2.0.9:16071>"))
    world.do(call.refuse_change)
    assert statuses(world) == [488]
    assert call.dialog is not None
    assert call.dialog.remote_target == "sip:puppet@10.2.0.9:16071"
    in_alices_call(world, 2, ("Contact", "<sip:taken@10.2.0.9:16071>"))
    world.do(lambda: call.accept_change(LATER_ANSWER))
    assert call.dialog.remote_target == "sip:taken@10.2.0.9:16071"
    last: Response = world.puppet.responses[-1]
    assert last.first("contact") == "<sip:alice@10.1.0.9:15071>"


def test_a_contact_that_is_no_sip_uri_is_refused() -> None:
    """12.1.1, 8.2: 400, before the user hears of it."""
    world = PuppetWorld()
    world.established()
    in_alices_call(world, 1, ("Contact", "<tel:+1>"))
    assert statuses(world) == [400]
    assert "Reoffered" not in world.alice.said


def test_a_reinvite_without_offer_is_answered_with_one() -> None:
    """14.1, 14.2: the offer is in the 2xx, the answer in the ACK."""
    world = PuppetWorld()
    call = world.established()
    in_alices_call(world, 1)
    event = world.alice.events[-1]
    assert isinstance(event, Reoffered)
    assert event.request.body == b""
    world.do(lambda: call.accept_change(LATER))
    assert world.puppet.responses[-1].body == LATER.data
    world.puppet.ask("ACK", cseq=1)
    modified = world.alice.events[-1]
    assert isinstance(modified, Modified)
    assert modified.message is not None


def test_the_new_invite_proves_that_the_2xx_came() -> None:
    """RFC 5407 3.1.5 [gen]: its ACK was lost."""
    world = PuppetWorld()
    call = world.established()
    in_alices_call(world, 1)
    world.do(lambda: call.accept_change(LATER_ANSWER))
    in_alices_call(world, 2)
    assert world.alice.said[-2:] == ["Modified", "Reoffered"]
    world.do(lambda: call.accept_change(LATER_ANSWER))
    assert statuses(world) == [200, 200]


def test_a_cancelled_reinvite_leaves_the_session() -> None:
    """9.2: 487."""
    world = PuppetWorld()
    call = world.established()
    in_alices_call(world)
    transaction = next(t for t in world.puppet.stack.clients.values())
    world.wire.pass_time(1)  # a 100 comes
    world.puppet.stack.cancel(transaction, world.puppet, world.wire.now)
    world.wire.run()
    assert sorted(statuses(world)) == [100, 200, 487]
    assert isinstance(world.alice.events[-1], Unchanged)
    assert call.state == "established"


@pytest.mark.parametrize("ours", [True, False], ids=["we", "they"])
def test_the_call_ends_with_a_reinvite_pending(ours: bool) -> None:
    """15.1.2: the pending request is answered 487."""
    world = PuppetWorld()
    call = world.established()
    in_alices_call(world, 1)
    if ours:
        world.do(call.hang_up)
        world.puppet.answer(200)
    else:
        world.puppet.ask("BYE", cseq=2)
    assert 487 in statuses(world)
    assert call.is_over


def test_ours_cannot_be_sent() -> None:
    """8.1.3.1: as a 503; the session stays."""
    world = PuppetWorld()
    world.established()
    reinvited(world, 200, ("Contact", "<sip:x@10.2.0.9;transport=ws>"))
    call = next(iter(world.alice.agent.calls))
    world.do(lambda: call.modify(LATER))
    event = world.alice.events[-1]
    assert isinstance(event, Unchanged)
    assert event.status == 503
    world.do(call.hang_up)
    assert world.alice.ended.why is Why.HUNG_UP


def test_many_reinvites_leave_little_behind() -> None:
    """[ours]: the ACKs of the last ones are kept, for 2xx that come again."""
    world = PuppetWorld()
    call = world.established()
    for _ in range(30):
        reinvited(world, 200)
    assert len(call._acks) == MAX_ACKS
    world.puppet.answer(200)
    assert len(world.puppet.acks) == 32
