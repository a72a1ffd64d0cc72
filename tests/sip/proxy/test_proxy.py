"""The proxy as a whole: what a node calls, and which side a request is on."""

import pytest

from mcsip.sip.proxy.policy import Side

from .conftest import FACE, ROUTE_URI, TARGET, Bench, answer, make_hiding, make_policy, make_request


@pytest.fixture
def hiding_bench() -> Bench:
    return Bench(make_policy(hiding=True))


def test_a_message_is_relayed_with_hiding(hiding_bench: Bench) -> None:
    """16.6, 16.7: out with our Via alone, and back with that of the sender."""
    bench = hiding_bench
    transaction = bench.arrive(make_request("MESSAGE", "Call-ID: abc@10.1.0.5"))
    ready = bench.proxy.receive(transaction, transaction.request)
    assert ready is not None
    bench.proxy.forward(transaction, ready, TARGET, uri="sip:b@far.example", side=Side.OUTWARD)
    [sent] = bench.take_requests()
    assert [via.host for via in sent.vias] == ["gw.partner.example"]
    assert sent.uri == "sip:b@far.example"
    bench.come_back(answer(sent, 200))
    [response] = bench.take_responses()
    assert response.call_id == "abc@10.1.0.5"
    assert [via.branch for via in response.vias] == ["z9hG4bKup"]
    assert bench.proxy.open_branches == 0


def test_a_malformed_route_is_answered(bench: Bench) -> None:
    """16.3 item 1, 16.4."""
    transaction = bench.arrive(make_request("MESSAGE", "Route: <sip:"))
    assert bench.proxy.receive(transaction, transaction.request) is None
    assert transaction.answered == 400


@pytest.mark.parametrize(
    "line", ["Max-Forwards: 0", "Route: <sip:"], ids=["16.3-3: no hop left", "16.4: bad Route"]
)
def test_an_ack_that_cannot_go_on_is_dropped(bench: Bench, line: str) -> None:
    """17: an ACK is never answered."""
    assert bench.proxy.receive_ack(make_request("ACK", line)) is None


TOKEN_ROUTE = make_hiding().outgoing_fields(
    [], make_request("INVITE", "Record-Route: <sip:core.partner.example;lr>"), record=True
)[0]


@pytest.mark.parametrize(
    ("lines", "uri", "side"),
    [
        ((f"Route: <{ROUTE_URI}>",), "sip:x@far.example", Side.OUTWARD),
        (
            ("Route: <sip:foreign@gw.partner.example:5060;lr>",),
            "sip:x@far.example",
            Side.OUTWARD,
        ),
        ((f"Route: {TOKEN_ROUTE.value}",), "sip:x@far.example", Side.INWARD),
        (("Route: <sip:forged@gw.partner.example;lr>",), "sip:x@far.example", None),
        (("Route: <sip:p9.example;lr>",), "sip:x@far.example", None),
        ((), "sip:x@far.example", None),
        ((), f"sip:{FACE.host}", None),
        ((), "tel:+1", None),
    ],
    ids=[
        "our inner Record-Route",
        "the same, of a dialog from outside",
        "our token",
        "a token that is not ours",
        "another proxy's",
        "no Route",
        "our own address",
        "no SIP URI",
    ],
)
def test_side_of(hiding_bench: Bench, lines: tuple[str, ...], uri: str, side: Side | None) -> None:
    assert hiding_bench.proxy.side_of(make_request("BYE", *lines, uri=uri)) is side


def test_without_hiding_there_are_no_sides(bench: Bench) -> None:
    assert bench.proxy.side_of(make_request("BYE")) is Side.NONE
