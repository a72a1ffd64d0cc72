"""RFC 3261 16.7 item by item, 16.8 Timer C, 16.9, 16.10, RFC 4320."""

import pytest

from mcsip.sip.message import Request
from mcsip.sip.stack import ServerTransaction, Source

from .conftest import TARGET, UPSTREAM, Bench, answer, make_request


def statuses(bench: Bench) -> list[int]:
    return [response.status for response in bench.take_responses()]


def test_item_1_a_response_without_a_context_is_dropped(bench: Bench) -> None:
    """16.7 item 1, RFC 6026 8.9: stray responses are not forwarded."""
    _, [sent] = bench.relay(make_request())
    bench.come_back(answer(sent, 200))
    bench.pass_time(60)
    bench.take()
    bench.come_back(answer(sent, 200))
    assert statuses(bench) == []


def test_item_2_a_provisional_response_restarts_timer_c(bench: Bench) -> None:
    _, [sent] = bench.relay(make_request("INVITE"))
    bench.pass_time(1)
    first = bench.proxy.next_deadline()
    bench.come_back(answer(sent, 100))
    assert bench.proxy.next_deadline() == first, "100 does not count"
    bench.come_back(answer(sent, 180))
    restarted = bench.proxy.next_deadline()
    assert restarted is not None
    assert first is not None
    assert restarted == first + 1


@pytest.mark.parametrize(
    "vias",
    [
        ("Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKup", "v: SIP/2.0/UDP far;branch=z9hG4bKa"),
        ("Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKup, SIP/2.0/UDP far;branch=z9hG4bKa",),
    ],
    ids=["two fields", "one field"],
)
def test_item_3_our_via_is_removed(bench: Bench, vias: tuple[str, ...]) -> None:
    _, [sent] = bench.relay(make_request("MESSAGE", *vias))
    bench.come_back(answer(sent, 200))
    [response] = bench.take_responses()
    assert [via.host for via in response.vias] == ["192.0.2.1", "far"]


def test_item_3_our_via_in_one_line_with_others(bench: Bench) -> None:
    _, [sent] = bench.relay(make_request())
    draft = answer(sent, 200).edit()
    draft.set("Via", ", ".join(sent.values("via")))
    bench.come_back(draft.finish())
    [response] = bench.take_responses()
    assert [via.branch for via in response.vias] == ["z9hG4bKup"]


def test_item_4_finals_wait_for_all_branches(bench: Bench) -> None:
    _, [one, two] = bench.relay(make_request("INVITE"), count=2)
    bench.come_back(answer(one, 404))
    assert statuses(bench) == []
    bench.come_back(answer(two, 486))
    assert statuses(bench) == [404]


def test_item_4_a_redirection_is_forwarded(bench: Bench) -> None:
    """16.7 item 4: recursion is a MAY; we do not."""
    _, [sent] = bench.relay(make_request("INVITE"))
    bench.come_back(answer(sent, 302, "Contact: <sip:bob@192.0.2.44>"))
    [response] = bench.take_responses()
    assert response.values("contact") == ["<sip:bob@192.0.2.44>"]


def test_item_4_and_5_6xx_cancels_the_others(bench: Bench) -> None:
    _, [one, two] = bench.relay(make_request("INVITE"), count=2)
    bench.come_back(answer(two, 180))
    bench.take()
    bench.come_back(answer(one, 603))
    sent = bench.take()
    assert [m.method for m in sent if isinstance(m, Request)] == ["ACK", "CANCEL"]
    assert bench.core.transactions[0].answered == 180, "the 6xx waits for the others"
    bench.come_back(answer(two, 487))
    assert statuses(bench) == [603]


@pytest.mark.parametrize(
    ("method", "status", "forwarded"),
    [
        pytest.param("INVITE", 100, False, id="16.7-5: 100 is not forwarded"),
        pytest.param("INVITE", 180, True, id="16.7-5: 1xx at once"),
        pytest.param("INVITE", 199, True, id="16.7-5: any 1xx at once"),
        pytest.param("INVITE", 200, True, id="16.7-5: 2xx at once"),
        pytest.param("INVITE", 299, True, id="16.7-5: any 2xx at once"),
        pytest.param("MESSAGE", 100, False, id="RFC 4320 4.1: late 100 ends here"),
        pytest.param("MESSAGE", 183, False, id="RFC 4320 4.1: nothing provisional to non-INVITE"),
        pytest.param("MESSAGE", 202, True, id="16.7-5: 2xx at once"),
    ],
)
def test_item_5_what_goes_at_once(
    bench: Bench,
    method: str,
    status: int,
    forwarded: bool,
) -> None:
    _, [one, _] = bench.relay(make_request(method), count=2)
    bench.come_back(answer(one, status))
    assert statuses(bench) == [status] * forwarded


def test_item_5_every_2xx_to_an_invite_goes_upstream(bench: Bench) -> None:
    _, [one, two] = bench.relay(make_request("INVITE"), count=2)
    bench.come_back(answer(one, 200, tag="first"))
    bench.come_back(answer(two, 200, tag="second"))
    assert [response.to.tag for response in bench.take_responses()] == ["first", "second"]


def test_item_5_a_second_2xx_to_a_message_stays(bench: Bench) -> None:
    _, [one, two] = bench.relay(make_request(), count=2)
    bench.come_back(answer(one, 200))
    bench.come_back(answer(two, 200))
    assert statuses(bench) == [200]


def test_item_6_408_where_nothing_came(bench: Bench) -> None:
    """16.7 item 6: an INVITE whose branches all timed out."""
    transaction, _ = bench.relay(make_request("INVITE"))
    bench.pass_time(32)
    assert transaction.answered == 408


def test_item_6_a_message_that_timed_out_is_never_answered(bench: Bench) -> None:
    """RFC 4320 4.2: silence, then the transaction is gone."""
    bench.relay(make_request())
    bench.pass_time(40)
    assert [status for status in statuses(bench) if status >= 200] == []
    assert bench.port.stack.describe()["server transactions"] == 0


@pytest.mark.parametrize(
    ("fields", "again"), [((), None), (("Retry-After: 10 (host9 is full)",), "10")]
)
def test_item_6_503_becomes_500(bench: Bench, fields: tuple[str, ...], again: str | None) -> None:
    """When to try again stays true (21.5.1); what else stands there is nobody's business."""
    _, [sent] = bench.relay(make_request())
    bench.come_back(answer(sent, 503, *fields))
    [response] = bench.take_responses()
    assert response.status == 500
    assert response.first("retry-after") == again


def test_item_8_what_is_not_ours_stays_octet_for_octet(bench: Bench) -> None:
    _, [sent] = bench.relay(make_request("INVITE"))
    lines = ("Record-Route: <sip:p9;lr>", "Contact:<sip:bob@192.0.2.4>", "x-any:  b")
    bench.come_back(answer(sent, 200, *lines))
    [response] = bench.take_responses()
    raws = [field.raw for field in response.fields]
    assert set(lines) <= set(raws)


def test_item_9_it_goes_where_the_request_came_from(bench: Bench) -> None:
    _, [sent] = bench.relay(make_request())
    bench.come_back(answer(sent, 200))
    [packet] = bench.port.stack.take_packets()
    assert packet.target[1:3] == UPSTREAM[1:3]


def test_item_10_a_2xx_cancels_the_others(bench: Bench) -> None:
    _, [one, two] = bench.relay(make_request("INVITE"), count=2)
    bench.come_back(answer(two, 180))
    bench.take()
    bench.come_back(answer(one, 200))
    [cancel] = bench.take_requests()
    assert cancel.method == "CANCEL"
    assert cancel.via.branch == two.via.branch


def test_16_8_timer_c_cancels_what_rings(bench: Bench) -> None:
    transaction, [sent] = bench.relay(make_request("INVITE"))
    bench.come_back(answer(sent, 180))
    bench.pass_time(180)
    assert all(message.method != "CANCEL" for message in bench.take_requests())
    bench.pass_time(1.5)
    assert {request.method for request in bench.take_requests()} == {"CANCEL"}
    bench.come_back(answer(sent, 487))
    assert transaction.answered == 487


def test_16_8_timer_c_gives_up_what_only_tried(bench: Bench) -> None:
    """16.8: with a provisional response, also a 100, it is cancelled; and ends 64*T1 later (9.1)."""
    transaction, [sent] = bench.relay(make_request("INVITE"))
    bench.come_back(answer(sent, 100))
    bench.pass_time(182)
    assert [r.method for r in bench.take_requests()][-1] == "CANCEL"
    bench.pass_time(33)
    assert transaction.answered == 408


def test_16_9_a_transport_error_counts_as_503(bench: Bench) -> None:
    """16.9; 16.7 item 6: so upstream gets 500."""
    transaction = bench.arrive(make_request())
    bench.proxy.forward(transaction, transaction.request, TARGET)
    [packet] = bench.port.stack.take_packets()
    bench.port.stack.handle_transport_error(packet, "unreachable", 0.0)
    assert statuses(bench) == [500]


def test_16_9_another_branch_may_still_succeed(bench: Bench) -> None:
    transaction = bench.arrive(make_request())
    bench.proxy.forward(transaction, transaction.request, TARGET)
    [packet] = bench.port.stack.take_packets()
    bench.proxy.forward(transaction, transaction.request, TARGET)
    [sent] = bench.take_requests()
    bench.port.stack.handle_transport_error(packet, "unreachable", 0.0)
    bench.come_back(answer(sent, 200))
    assert statuses(bench) == [200]


NEXT = (TARGET._replace(port=TARGET.port + 1), "sip:next@example.com")


def search(bench: Bench, request: Request) -> ServerTransaction:
    """Let a request arrive, and forward it to one target or, where that fails, the next."""
    transaction = bench.arrive(request)
    bench.proxy.forward(transaction, transaction.request, TARGET, otherwise=[NEXT])
    return transaction


def test_16_7_item_5_a_search_goes_on_where_the_request_could_not_be_sent(bench: Bench) -> None:
    search(bench, make_request())
    [packet] = bench.port.stack.take_packets()
    bench.port.stack.handle_transport_error(packet, "unreachable", 0.0)
    [sent] = bench.take_requests()
    assert sent.uri == NEXT[1]
    bench.come_back(answer(sent, 200))
    assert statuses(bench) == [200]


@pytest.mark.parametrize(("status", "goes_on"), [(503, True), (500, False), (403, False)])
def test_16_7_item_5_a_search_goes_on_after_503_alone(
    bench: Bench, status: int, goes_on: bool
) -> None:
    search(bench, make_request())
    [sent] = bench.take_requests()
    bench.come_back(answer(sent, status))
    seen = [m.uri if isinstance(m, Request) else m.status for m in bench.take()]
    assert seen == [NEXT[1] if goes_on else status]


def test_a_search_that_finds_nobody_ends(bench: Bench) -> None:
    search(bench, make_request())
    for _ in range(2):
        [packet] = bench.port.stack.take_packets()
        bench.port.stack.handle_transport_error(packet, "unreachable", 0.0)
    assert statuses(bench) == [500]


def test_16_10_cancel_ends_a_search(bench: Bench) -> None:
    request = make_request("INVITE")
    transaction = search(bench, request)
    [sent] = bench.take_requests()
    bench.proxy.cancel(transaction)
    bench.come_back(answer(sent, 503))
    seen = [m.uri if isinstance(m, Request) else m.status for m in bench.take()]
    assert NEXT[1] not in seen
    assert 500 in seen


def cancel_of(request: Request) -> Request:
    lines = [field.raw for field in request.fields if field.key in {"via", "from", "to", "call-id"}]
    return make_request("CANCEL", *lines)


def test_16_10_cancel_goes_to_every_pending_branch(bench: Bench) -> None:
    """16.10: 200 to the CANCEL at once, 487 when the branches end."""
    request = make_request("INVITE")
    transaction, [one, two] = bench.relay(request, count=2)
    bench.come_back(answer(one, 180))
    bench.come_back(answer(two, 404))
    bench.take()
    bench.port.stack.receive(cancel_of(request), UPSTREAM, 0.0)
    bench.proxy.cancel(bench.core.cancels[0])
    sent = bench.take()
    assert [m.status for m in sent if not isinstance(m, Request)] == [200]
    assert [m.via.branch for m in sent if isinstance(m, Request)] == [one.via.branch]
    bench.come_back(answer(one, 487))
    assert transaction.answered == 487


def test_16_10_cancel_waits_for_a_provisional_response(bench: Bench) -> None:
    """9.1."""
    transaction, [sent] = bench.relay(make_request("INVITE"))
    bench.proxy.cancel(transaction)
    assert bench.take_requests() == []
    bench.come_back(answer(sent, 100))
    assert [request.method for request in bench.take_requests()] == ["CANCEL"]


def test_16_10_cancel_of_a_request_that_was_not_forwarded(bench: Bench) -> None:
    transaction = bench.arrive(make_request("INVITE"))
    bench.proxy.cancel(transaction)
    assert bench.take_requests() == []


def test_a_retransmitted_request_is_not_forwarded_again(bench: Bench) -> None:
    """17.2.2: absorbed by the server transaction, which repeats its answer."""
    request = make_request()
    _, [sent] = bench.relay(request)
    bench.port.stack.receive(request, UPSTREAM, 0.1)
    assert bench.take() == []
    bench.come_back(answer(sent, 200))
    bench.port.stack.receive(request, UPSTREAM, 0.2)
    assert statuses(bench) == [200, 200]


def test_a_branch_that_ended_is_forgotten(bench: Bench) -> None:
    _, [one, two] = bench.relay(make_request(), count=2)
    assert bench.proxy.open_branches == 2
    bench.come_back(answer(one, 200))
    bench.port.stack.receive(answer(two, 404), Source(*TARGET), 0.0)
    assert bench.proxy.open_branches == 0
