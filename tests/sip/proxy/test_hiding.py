"""Topology hiding, field by field, and by generated messages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.sip.message import Message, Request, Response
from mcsip.sip.proxy.forward import forward_request
from mcsip.sip.proxy.names import compile_sweep
from mcsip.sip.proxy.policy import Side
from mcsip.sip.proxy.route import preprocess

from .conftest import FACE, INNER, ROUTE_URI, answer, make_policy, make_request

POLICY = make_policy(hiding=True)
HIDING = POLICY.hiding
assert HIDING is not None
SWEEP = compile_sweep(INNER, FACE)


def out(request: Request) -> Request:
    return forward_request(preprocess(request, POLICY), POLICY, side=Side.OUTWARD, arrived=request)


def into(request: Request) -> Request:
    return forward_request(preprocess(request, POLICY), POLICY, side=Side.INWARD, arrived=request)


def out_response(response: Response, arrived: Request, sent: Request) -> Response:
    assert HIDING is not None
    return HIDING.outgoing_response(response, arrived, sent)


def in_response(response: Response, arrived: Request, sent: Request) -> Response:
    assert HIDING is not None
    return HIDING.incoming_response(response, arrived, sent, ROUTE_URI)


def telling(message: Message) -> list[str]:
    """Return the inner names that a message shows."""
    head = message.octets()[: len(message.octets()) - len(message.body)]
    return SWEEP.findall(head.decode("utf-8", "surrogateescape").lower())


SECRET = "server1.partner.example"


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("Via: SIP/2.0/UDP 10.1.0.5:15061;branch=z9hG4bKa", []),
        (f"Route: <sip:{SECRET};lr>, <sip:p9.example;lr>", ["<sip:p9.example;lr>"]),
        (f"Route: <sip:{SECRET};lr>", []),
        (f"From: <sip:psi@{SECRET}>;tag=a", [f"<{FACE.identity}>;tag=a"]),
        (f'From: "{SECRET}" <sip:a@x.example>;tag=a', [f"<{FACE.identity}>;tag=a"]),
        ("From: <sip:inner-psi@partner.example>;tag=a", [f"<{FACE.identity}>;tag=a"]),
        ("From: <sip:alice@partner.example>;tag=a", ["<sip:alice@partner.example>;tag=a"]),
        (f"To: <sip:psi@{SECRET}>", [f"<{FACE.identity}>"]),
        (
            f"P-Asserted-Identity: <sip:psi@{SECRET}>, <tel:+1>",
            [f"<{FACE.identity}>, <tel:+1>"],
        ),
        (f"Referred-By: <sip:psi@{SECRET}>;cid=1", [f"<{FACE.identity}>;cid=1"]),
        (f"b: sip:psi@{SECRET}", [f"<{FACE.identity}>"]),
        (
            f"History-Info: <sip:psi@{SECRET}>;index=1, <sip:b@x.example>;index=1.1",
            [f"<{FACE.identity}>;index=1, <sip:b@x.example>;index=1.1"],
        ),
        (f'Warning: 399 {SECRET} "179 no agreement"', [f'399 {FACE.host} "179 no agreement"']),
        (f'Warning: 399 x.example "see {SECRET}"', []),
        (f"Server: inner/{SECRET}", []),
        ("User-Agent: anything", []),
        (f'Reason: Q.850;text="{SECRET}"', []),
        (f"X-Custom: {SECRET.upper()}", []),
        ("X-Port: 15061", []),
        ("X-Custom:  kept as it is", ["kept as it is"]),
        ("Call-Info: <http://10.1.0.5/pic>", []),
    ],
)
def test_each_field_of_a_request(line: str, seen: list[str]) -> None:
    request = make_request("MESSAGE", line)
    key = request.fields[-1].key
    sent = out(request)
    assert sent.values(key) == seen
    assert telling(sent) == []


def test_fields_that_tell_nothing_stay_octet_for_octet() -> None:
    line = "x-odd :  a ,, b"
    assert line in [field.raw for field in out(make_request("MESSAGE", line)).fields]


def test_what_is_removed_is_counted() -> None:
    hiding = make_policy(hiding=True).hiding
    assert hiding is not None
    request = make_request("MESSAGE", f"X-Custom: {SECRET}")
    for _ in range(3):
        hiding.outgoing_fields(list(request.fields), request, record=False)
    assert hiding.removed == {"x-custom": 3}


def test_the_product_of_the_gateway_is_shown_where_it_has_one() -> None:
    from dataclasses import replace

    from mcsip.sip.proxy.codec import SivCodec
    from mcsip.sip.proxy.hiding import TopologyHiding

    hiding = TopologyHiding(INNER, replace(FACE, product="gw/1"), SivCodec(bytes(64)))
    request = make_request("MESSAGE", "User-Agent: inner/2")
    fields = hiding.outgoing_fields(list(request.fields), request, record=False)
    assert [field.value for field in fields if field.key == "user-agent"] == ["gw/1"]


def test_in_reply_to_names_our_own_request_again() -> None:
    """RFC 3261 20.21: the other system names the Call-ID that it saw."""
    request = make_request("MESSAGE", "Call-ID: abc@10.1.0.5")
    answering = make_request("MESSAGE", f"In-Reply-To: {out(request).call_id}, other@x.example")
    assert into(answering).items("in-reply-to") == ["abc@10.1.0.5", "other@x.example"]


def test_the_body_is_not_touched() -> None:
    request = make_request()
    request.body = SECRET.encode()
    assert out(request).body == SECRET.encode()


def test_tokens_are_the_same_for_a_retransmission() -> None:
    request = make_request("INVITE", f"From: <sip:psi@{SECRET}>;tag=a", "Contact: <sip:a@10.1.0.5>")
    assert out(request).octets() == out(request).octets()


def test_a_tag_that_tells_becomes_a_token_and_comes_back() -> None:
    sent = out(make_request("INVITE", "From: <sip:alice@partner.example>;tag=10.1.0.5"))
    tag = sent.from_.tag
    assert tag is not None
    assert tag.isalpha()
    back = into(make_request("BYE", f"To: <sip:alice@partner.example>;tag={tag}"))
    assert back.to.tag == "10.1.0.5"


DIALOG = (
    "Via: SIP/2.0/UDP core.partner.example:15062;branch=z9hG4bKb",
    f'From: "Inner" <sip:psi@{SECRET}>;tag=fromtag',
    "Record-Route: <sip:core.partner.example:15062;lr>, <sip:10.1.0.5:15061;lr>",
    "Contact: <sip:alice@10.1.0.5:15061>;audio",
    "Call-ID: abc@10.1.0.5",
)


def test_a_request_of_the_callee_finds_the_way_back() -> None:
    """Record-Route, Contact, Call-ID and To of our tokens, as an outer party uses them."""
    invite = make_request("INVITE", *DIALOG)
    sent = out(invite)
    assert telling(sent) == []
    assert len(sent.record_routes) == 1
    bye = make_request(
        "BYE",
        f"Route: {sent.first('record-route')}",
        f"To: {sent.first('from')}",
        f"Call-ID: {sent.call_id}",
        "From: <sip:bob@primary.example>;tag=totag",
        uri=str(sent.contacts[0].uri),
    )
    back = into(bye)
    assert back.uri == "sip:alice@10.1.0.5:15061"
    assert back.items("route") == invite.items("record-route")
    assert back.first("to") == invite.first("from")
    assert back.call_id == invite.call_id


def test_an_answer_restores_what_the_inner_system_sent() -> None:
    """Via, From, To, Call-ID, CSeq and Record-Route octet for octet."""
    invite = make_request("INVITE", *DIALOG, "t:   <sip:bob@primary.example>")
    sent = out(invite)
    outer = [f"Record-Route: <sip:gw.primary.example;lr>, {sent.first('record-route')}"]
    response = answer(sent, 200, *outer, "Contact: <sip:bob@gw.primary.example>")
    back = in_response(response, invite, sent)
    kept = {"via", "from", "call-id", "cseq"}
    assert [f for f in back.fields if f.key in kept] == [f for f in invite.fields if f.key in kept]
    assert back.first("to") == f"{invite.first('to')};tag=totag"
    assert back.items("record-route") == [
        "<sip:gw.primary.example;lr>",
        f"<{ROUTE_URI}>",
        *invite.items("record-route"),
    ]
    assert back.values("contact") == ["<sip:bob@gw.primary.example>"]


def test_the_answer_of_an_inner_node_shows_nothing() -> None:
    invite = make_request("INVITE", "Record-Route: <sip:gw.primary.example;lr>")
    sent = into(invite)
    assert sent.items("record-route")[0] == "<sip:foreign@gw.partner.example:5060;lr>"
    routes = ", ".join(["<sip:core.partner.example;lr>", *sent.items("record-route")])
    response = answer(
        sent,
        200,
        f"Record-Route: {routes}",
        "Contact: <sip:bob@10.1.0.5:15061>",
        f"Server: {SECRET}",
        f'Warning: 399 {SECRET} "x"',
    )
    seen = out_response(response, invite, sent)
    assert telling(seen) == []
    assert seen.call_id == invite.call_id
    assert seen.first("from") == invite.first("from")
    ours, theirs = seen.items("record-route")
    assert theirs == "<sip:gw.primary.example;lr>"
    bye = make_request("BYE", f"Route: {ours}", uri=str(seen.contacts[0].uri))
    ready = preprocess(bye, POLICY)
    assert ready.uri == "sip:bob@10.1.0.5:15061"
    assert ready.items("route") == ["<sip:core.partner.example;lr>"]


def test_the_call_id_of_another_system_is_kept_in_its_dialog() -> None:
    """A BYE of the callee inside: the dialog came from outside, as our Record-Route says."""
    invite = make_request("INVITE")
    sent = into(invite)
    bye = make_request(
        "BYE",
        f"Route: {sent.items('record-route')[0]}",
        "To: <sip:alice@primary.example>;tag=fromtag",
        uri="sip:alice@gw.primary.example",
    )
    assert out(bye).call_id == invite.call_id


@pytest.mark.parametrize("status", [301, 302])
def test_a_redirection_to_a_public_address_is_readable(status: int) -> None:
    invite = make_request("INVITE")
    response = answer(into(invite), status, "Contact: <sip:new@primary.example>;expires=60")
    seen = out_response(response, invite, into(invite))
    assert seen.values("contact") == ["<sip:new@primary.example>;expires=60"]


def test_a_reason_phrase_that_tells_is_replaced() -> None:
    request = make_request()
    response = answer(into(request), 403)
    response.reason = f"Not on {SECRET}"
    assert out_response(response, request, into(request)).reason == "Forbidden"


def test_path_and_service_route_of_a_registration() -> None:
    """RFC 3327, RFC 3608."""
    request = make_request(
        "REGISTER", "Path: <sip:core.partner.example;lr>", "Contact: <sip:a@10.1.0.5>"
    )
    sent = out(request)
    assert telling(sent) == []
    bindings = f"Contact: {sent.first('contact')};expires=60, <sip:c@other.example>"
    response = answer(sent, 200, f"Path: {sent.first('path')}", bindings)
    back = in_response(response, request, sent)
    assert back.items("path") == request.items("path")
    assert back.items("contact") == ["<sip:a@10.1.0.5>;expires=60", "<sip:c@other.example>"]
    inner = answer(into(request), 200, "Service-Route: <sip:core.partner.example;lr>")
    seen = out_response(inner, request, into(request))
    assert telling(seen) == []
    [route] = seen.items("service-route")
    ready = preprocess(make_request("MESSAGE", f"Route: {route}"), POLICY)
    assert ready.items("route") == ["<sip:core.partner.example;lr>"]


# --- generated messages

NAMES = sorted(
    INNER.hosts
    | {host for host, _ in INNER.addresses}
    | {f"{host}:{port}" for host, port in INNER.addresses}
    | {str(port) for _, port in INNER.addresses}
)
names = st.sampled_from(NAMES).flatmap(lambda name: st.sampled_from([name, name.upper()]))
hosts = st.sampled_from([name for name in NAMES if not name.isdigit()] + ["primary.example"])
words = st.text("abcxyz0189-.", max_size=6)
loose = st.builds("{}{}{}".format, words, names, words)
uris = st.builds("sip:{}@{}".format, st.sampled_from(["a", "inner-psi"]), hosts)
addresses = st.one_of(
    uris.map("<{}>".format),
    st.builds('"{}" <{}>'.format, loose, uris),
    st.builds("<{}>;x={}".format, uris, loose),
)
tags = st.one_of(st.text("abc019", min_size=1, max_size=8), loose)
lines = st.one_of(
    st.builds("Via: SIP/2.0/UDP {};branch=z9hG4bK{}".format, hosts, tags),
    st.builds("Record-Route: <sip:{};lr>".format, hosts),
    st.builds("Path: <sip:{};lr>".format, hosts),
    st.builds("Contact: {}".format, addresses),
    st.builds("m: {}, {}".format, addresses, addresses),
    st.builds("Route: <sip:{};lr>, <sip:{};lr>".format, hosts, hosts),
    st.builds(
        "{}: {}".format,
        st.sampled_from(
            ["P-Asserted-Identity", "Referred-By", "History-Info", "Reply-To", "Refer-To", "r"]
        ),
        addresses,
    ),
    st.builds('Warning: 399 {} "{}"'.format, hosts, loose),
    st.builds('Reason: SIP;text="{}"'.format, loose),
    st.builds(
        "{}: {}".format, st.sampled_from(["Server", "User-Agent", "X-Any", "Subject"]), loose
    ),
)


@st.composite
def inner_requests(draw: st.DrawFn) -> Request:
    method = draw(st.sampled_from(["MESSAGE", "INVITE", "SUBSCRIBE", "PUBLISH", "REGISTER"]))
    to_tag = draw(st.sampled_from(["", ";tag=abc"]))
    return make_request(
        method,
        f"From: {draw(addresses.filter(lambda a: ';' not in a))};tag={draw(tags)}",
        f"To: {draw(addresses.filter(lambda a: ';' not in a))}{to_tag}",
        f"Call-ID: {draw(loose)}",
        "Via: SIP/2.0/UDP 10.1.0.5:15061;branch=z9hG4bKa",
        *draw(st.lists(lines, max_size=8)),
        f"CSeq: 1 {method}",
    )


@settings(deadline=None, max_examples=100)
@given(inner_requests())
def test_no_octet_of_a_request_tells(request: Request) -> None:
    sent = out(request)
    assert telling(sent) == []
    back = in_response(answer(sent, 200), request, sent)
    kept = {"via", "from", "call-id", "cseq"}
    assert [f for f in back.fields if f.key in kept] == [f for f in request.fields if f.key in kept]


@settings(deadline=None, max_examples=80)
@given(
    st.sampled_from(["MESSAGE", "INVITE", "REGISTER"]),
    st.sampled_from([180, 200, 302, 403, 500]),
    st.lists(lines.filter(lambda line: not line.startswith("Via")), max_size=8),
    tags,
)
def test_no_octet_of_a_response_tells(method: str, status: int, added: list[str], tag: str) -> None:
    request = make_request(method)
    sent = into(request)
    seen = out_response(answer(sent, status, *added, tag=tag), request, sent)
    assert telling(seen) == []


@settings(deadline=None, max_examples=80)
@given(inner_requests().filter(lambda request: request.method in {"INVITE", "SUBSCRIBE"}))
def test_a_dialog_comes_back_octet_for_octet(request: Request) -> None:
    """From, Call-ID: as the other side sends them in its own requests."""
    sent = out(request)
    back = into(make_request("BYE", f"To: {sent.first('from')}", f"Call-ID: {sent.call_id}"))
    assert back.first("to") == request.first("from")
    assert back.call_id == request.call_id
