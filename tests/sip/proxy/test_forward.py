"""RFC 3261 16.6, item by item."""

import pytest

from mcsip.sip.proxy.forward import forward_request

from .conftest import ROUTE_URI, TARGET, Bench, make_policy, make_request

POLICY = make_policy()


def test_item_1_everything_else_is_copied_octet_for_octet() -> None:
    """16.6 item 1: order, folding, compact forms and unknown fields stay."""
    request = make_request("MESSAGE", "s:  odd   spacing", "X-Other:a,b ,, c", "Content-Length: 0")
    sent = forward_request(request, POLICY)
    raw = [field.raw for field in request.fields]
    assert [field.raw for field in sent.fields] == [
        "Max-Forwards: 69" if line == "Max-Forwards: 70" else line for line in raw
    ]


def test_item_1_the_request_that_was_received_is_not_altered() -> None:
    request = make_request()
    before = request.octets()
    forward_request(request, POLICY, uri="sip:bob@192.0.2.4")
    assert request.octets() == before


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (None, "sip:bob@primary.example"),
        ("sip:bob@192.0.2.4", "sip:bob@192.0.2.4"),
        ("sip:bob@192.0.2.4;transport=tcp", "sip:bob@192.0.2.4;transport=tcp"),
        ("sip:bob@192.0.2.4;method=INVITE?Subject=x", "sip:bob@192.0.2.4"),
        ("tel:+1;phone-context=x", "tel:+1;phone-context=x"),
    ],
    ids=["none: it stays", "the target", "parameters stay", "19.1.1: not allowed ones", "tel"],
)
def test_item_2_request_uri(uri: str | None, expected: str) -> None:
    assert forward_request(make_request(), POLICY, uri=uri).uri == expected


@pytest.mark.parametrize(("before", "after"), [("70", 69), ("1", 0), ("255", 254), ("", 70)])
def test_item_3_max_forwards(before: str, after: int) -> None:
    sent = forward_request(make_request(hops=before), POLICY)
    assert sent.max_forwards == after
    assert len(sent.values("max-forwards")) == 1


@pytest.mark.parametrize(
    ("method", "recorded"),
    [("INVITE", True), ("SUBSCRIBE", True), ("REFER", True), ("MESSAGE", False), ("BYE", False)],
)
def test_item_4_record_route(method: str, recorded: bool) -> None:
    """16.6 item 4: on top of those that are there, with lr."""
    request = make_request(method, "Record-Route: <sip:p1.example;lr>")
    items = forward_request(request, POLICY).items("record-route")
    assert items == [f"<{ROUTE_URI}>"] * recorded + ["<sip:p1.example;lr>"]


def test_item_4_record_route_only_by_policy() -> None:
    policy = make_policy(record_route=False)
    assert forward_request(make_request("INVITE"), policy).items("record-route") == []


def test_item_6_a_strict_router_gets_the_request_uri() -> None:
    """16.6 item 6: the Request-URI goes to the end of the Route list."""
    request = make_request("MESSAGE", "Route: <sip:old.example>, <sip:p2.example;lr>")
    sent = forward_request(request, POLICY)
    assert sent.uri == "sip:old.example"
    assert sent.items("route") == ["<sip:p2.example;lr>", "<sip:bob@primary.example>"]


def test_item_6_a_loose_router_leaves_everything() -> None:
    request = make_request("MESSAGE", "Route: <sip:p2.example;lr>")
    sent = forward_request(request, POLICY)
    assert (sent.uri, sent.items("route")) == (request.uri, ["<sip:p2.example;lr>"])


def test_item_8_our_via_is_on_top(bench: Bench) -> None:
    """16.6 item 8, each forwarded copy with a branch of its own."""
    request = make_request()
    _, sent = bench.relay(request, count=2)
    for copy in sent:
        assert [(via.host, via.port) for via in copy.vias] == [
            ("gw.partner.example", 5060),
            ("192.0.2.1", 5060),
        ]
    assert sent[0].via.branch != sent[1].via.branch


@pytest.mark.parametrize("body", [b"", b"12345"])
def test_item_9_content_length_is_added(body: bytes) -> None:
    request = make_request()
    request.body = body
    assert forward_request(request, POLICY).content_length == len(body)


def test_item_10_it_goes_to_the_target(bench: Bench) -> None:
    transaction = bench.arrive(make_request())
    bench.proxy.forward(transaction, transaction.request, TARGET)
    [packet] = bench.port.stack.take_packets()
    assert packet.target == TARGET


def test_item_11_timer_c_runs_for_an_invite_only(bench: Bench) -> None:
    """16.6 item 11: above 3 minutes."""
    bench.relay(make_request())
    assert bench.proxy.next_deadline() is None
    bench.relay(make_request("INVITE", "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKtwo"))
    deadline = bench.proxy.next_deadline()
    assert deadline is not None
    assert deadline > 180.0
