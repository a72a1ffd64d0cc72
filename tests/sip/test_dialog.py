"""Dialogs, sentence by sentence of RFC 3261 12."""

from dataclasses import replace

import pytest

from mcsip.sip.build import build_request, build_response
from mcsip.sip.dialog import (
    Body,
    Dialog,
    DialogId,
    DialogState,
    build_dialog_response,
    id_at_uac,
    id_at_uas,
    makes_dialog,
    request_uri,
    uac_dialog,
    uas_dialog,
    wants_sips_at_uac,
    wants_sips_at_uas,
)
from mcsip.sip.errors import ParseError
from mcsip.sip.message import Request, Response

FROM = '"Alice, P." <sip:alice@p.example>;tag=atag'
TO = "<sip:bob@b.example>"
LOOSE = ("<sip:p1.example;lr>;x=1", "<sip:p2.example;transport=tcp;lr>")


def invite(
    *fields: tuple[str, str], uri: str = "sip:bob@b.example", from_: str = FROM, cseq: int = 7
) -> Request:
    contact = () if any(name == "Contact" for name, _ in fields) else (("Contact", "<sip:a@ua1>"),)
    return build_request(
        "INVITE", uri, from_=from_, to=TO, call_id="cid", cseq=cseq, fields=[*contact, *fields]
    )


def answer(request: Request, status: int, *fields: tuple[str, str], tag: str = "btag") -> Response:
    if not fields:
        fields = (("Contact", "<sip:b@ua2:5070>"),)
    return build_response(request, status, to_tag=tag or None, fields=fields)


def recorded(*routes: str) -> list[tuple[str, str]]:
    return [("Record-Route", route) for route in routes]


def dialog_with(*routes: str) -> Dialog:
    """A caller's dialog with this route set."""
    fields = [("Contact", "<sip:user@remoteua>"), *recorded(*reversed(routes))]
    request = invite()
    return uac_dialog(request, answer(request, 200, *fields))


# --- 12: the dialog ID


def test_the_two_ends_see_each_others_tags() -> None:
    """12: "the local tag at one UA is identical to the remote tag at the peer UA"."""
    response = answer(invite(), 200)
    assert id_at_uac(response) == DialogId("cid", "atag", "btag")
    assert id_at_uas(response) == DialogId("cid", "btag", "atag")


# --- 12.1: which responses make one


@pytest.mark.parametrize(
    ("status", "tag", "made"),
    [
        (100, "t", False),
        (101, "t", True),
        (180, "", False),
        (199, "t", True),
        (200, "t", True),
        (200, "", True),
        (302, "t", False),
        (486, "t", False),
    ],
)
def test_responses_that_make_dialogs(status: int, tag: str, made: bool) -> None:
    """12.1: only 2xx and 101-199 responses with a To tag; 12.1.2: a 2xx may lack it."""
    assert makes_dialog(answer(invite(), status, tag=tag)) is made


def test_only_invite_makes_dialogs() -> None:
    """12.1: "where the request was INVITE"."""
    request = build_request("MESSAGE", "sip:b@b", from_=FROM, to=TO, call_id="c", cseq=1)
    assert not makes_dialog(build_response(request, 200, to_tag="x"))


@pytest.mark.parametrize(
    ("status", "state"), [(180, DialogState.EARLY), (200, DialogState.CONFIRMED)]
)
def test_the_state_follows_from_the_response(status: int, state: DialogState) -> None:
    """12: early with a provisional response, confirmed with a 2xx."""
    request = invite()
    assert uac_dialog(request, answer(request, status)).state is state
    assert uas_dialog(request, answer(request, status)).state is state


# --- 12.1.1: at the UAS


def test_the_response_copies_record_route_and_adds_contact() -> None:
    """12.1.1: all values, all parameters, the order maintained; a Contact is added."""
    lines = ["<sip:p3;lr>;unknown=1, <sip:p2;lr>", "<sip:p1>"]
    request = invite(*recorded(*lines))
    response = build_dialog_response(
        request, 180, to_tag="t", contact="<sip:b@ua2>", body=Body("text/plain", b"x")
    )
    assert response.values("record-route") == lines
    assert response.first("contact") == "<sip:b@ua2>"
    assert response.to.tag == "t"
    assert response.body == b"x"


def test_state_at_the_uas() -> None:
    """12.1.1: every component."""
    request = invite(*recorded(*LOOSE))
    dialog = uas_dialog(request, answer(request, 200), over_tls=True)
    assert dialog == Dialog(
        state=DialogState.CONFIRMED,
        id=DialogId("cid", "btag", "atag"),
        local=f"{TO};tag=btag",
        remote=FROM,
        remote_target="sip:a@ua1",
        routes=LOOSE,
        local_cseq=None,
        remote_cseq=7,
        secure=False,
        owner=False,
    )


def test_no_record_route_is_an_empty_route_set() -> None:
    """12.1.1, 12.1.2."""
    request = invite(("Route", "<sip:pre-existing;lr>"))
    assert uas_dialog(request, answer(request, 200)).routes == ()
    assert uac_dialog(request, answer(request, 200)).routes == ()


def test_a_from_without_tag_is_null() -> None:
    """12.1.1: a UAS must be prepared for a request without a tag in From."""
    request = invite(from_="<sip:old@p.example>")
    dialog = uas_dialog(request, answer(request, 200))
    assert dialog.id.remote_tag is None
    _, bye = dialog.build("BYE")
    assert bye.first("to") == "<sip:old@p.example>"


def test_an_invite_without_contact_is_refused() -> None:
    """8.1.1.8: Contact must stand in an INVITE; the stack answers 400."""
    request = build_request("INVITE", "sip:b@b", from_=FROM, to=TO, call_id="c", cseq=1)
    with pytest.raises(ParseError, match="Contact is missing"):
        uas_dialog(request, answer(request, 200))


@pytest.mark.parametrize(
    ("field", "value"), [("Contact", "<tel:+1>"), ("Record-Route", "<urn:x:y>")]
)
def test_what_must_be_a_sip_uri(field: str, value: str) -> None:
    """12.1.1: Contact is a SIP or SIPS URI; a route set is one of SIP URIs (6)."""
    request = invite((field, value))
    with pytest.raises(ParseError, match="no SIP URI"):
        uas_dialog(request, answer(request, 200))


@pytest.mark.parametrize(
    ("uri", "over_tls", "secure"),
    [("sips:b@b", True, True), ("sips:b@b", False, False), ("sip:b@b", True, False)],
)
def test_the_secure_flag(uri: str, over_tls: bool, secure: bool) -> None:
    """12.1.1, 12.1.2: over TLS, and a SIPS URI in the Request-URI."""
    request = invite(uri=uri)
    assert uas_dialog(request, answer(request, 200), over_tls=over_tls).secure is secure
    assert uac_dialog(request, answer(request, 200), over_tls=over_tls).secure is secure


@pytest.mark.parametrize(
    ("uri", "fields", "wanted"),
    [
        ("sips:b@b", (), True),
        ("sip:b@b", (("Record-Route", "<sips:p;lr>, <sip:q;lr>"),), True),
        ("sip:b@b", (("Record-Route", "<sip:p;lr>"), ("Contact", "<sips:a@a>")), False),
        ("sip:b@b", (("Contact", "<sips:a@a>"),), True),
        ("sip:b@b", (), False),
    ],
)
def test_sips_contact_of_the_uas(
    uri: str, fields: tuple[tuple[str, str], ...], wanted: bool
) -> None:
    """12.1.1: Request-URI, top Record-Route, or Contact if there was no Record-Route."""
    assert wants_sips_at_uas(invite(*fields, uri=uri)) is wanted


@pytest.mark.parametrize(
    ("uri", "routes", "wanted"),
    [
        ("sips:b@b", [], True),
        ("sip:b@b", ["<sips:p;lr>", "<sip:q;lr>"], True),
        ("sip:b@b", ["<sip:p;lr>", "<sips:q;lr>"], False),
        ("tel:+1", [], False),
    ],
)
def test_sips_contact_of_the_uac(uri: str, routes: list[str], wanted: bool) -> None:
    """12.1.2: Request-URI or topmost Route."""
    assert wants_sips_at_uac(uri, routes) is wanted


# --- 12.1.2: at the UAC


def test_state_at_the_uac() -> None:
    """12.1.2: every component; the route set in reverse order."""
    request = invite()
    fields = [("Contact", "<sip:b@ua2:5070;transport=tcp>"), *recorded(*LOOSE)]
    assert uac_dialog(request, answer(request, 180, *fields)) == Dialog(
        state=DialogState.EARLY,
        id=DialogId("cid", "atag", "btag"),
        local=FROM,
        remote=f"{TO};tag=btag",
        remote_target="sip:b@ua2:5070;transport=tcp",
        routes=LOOSE[::-1],
        local_cseq=7,
        remote_cseq=None,
        secure=False,
        owner=True,
    )


def test_a_to_without_tag_is_null() -> None:
    """12.1.2: a UAC must be prepared for a response without a tag in To."""
    request = invite()
    dialog = uac_dialog(request, answer(request, 200, tag=""))
    assert dialog.id.remote_tag is None
    assert dialog.build("BYE")[1].first("to") == TO


def test_a_2xx_without_contact_leaves_the_invites_target() -> None:
    """[ours]: 12.1.1 forbids it."""
    request = invite()
    dialog = uac_dialog(request, answer(request, 200, ("X", "y")))
    assert dialog.remote_target == "sip:bob@b.example"


# --- 12.2.1.1: requests


def test_to_from_call_id() -> None:
    """12.2.1.1: remote URI and tag in To, local URI and tag in From, the dialog's Call-ID."""
    _, bye = dialog_with().build("BYE", fields=[("Subject", "y")])
    assert bye.first("to") == f"{TO};tag=btag"
    assert bye.first("from") == FROM
    assert bye.call_id == "cid"
    assert bye.first("subject") == "y"
    assert bye.max_forwards == 70


def test_numbers_increase_by_one() -> None:
    """12.2.1.1: incremented by one; method as in the request line."""
    dialog, first = dialog_with().build("INFO")
    dialog, second = dialog.build("BYE")
    assert [str(first.cseq), str(second.cseq)] == ["8 INFO", "9 BYE"]
    assert dialog.local_cseq == 9


def test_an_empty_number_begins() -> None:
    """12.2.1.1, 8.1.1.5: an initial value is chosen."""
    request = invite()
    _, bye = uas_dialog(request, answer(request, 200)).build("BYE")
    assert bye.cseq.number == 1


def test_an_ack_has_the_invites_number() -> None:
    """13.2.2.4."""
    ack = dialog_with(*LOOSE).build_ack(7, body=Body("application/sdp", b"v=0"))
    assert str(ack.cseq) == "7 ACK"
    assert ack.uri == "sip:user@remoteua"
    assert ack.items("route") == list(LOOSE)
    assert ack.content_type == "application/sdp"


def test_no_routes() -> None:
    """12.2.1.1: Request-URI is the remote target; no Route."""
    dialog = dialog_with()
    _, bye = dialog.build("BYE")
    assert bye.uri == dialog.next_hop == "sip:user@remoteua"
    assert bye.first("route") is None


def test_loose_routes() -> None:
    """12.2.1.1: Request-URI is the remote target; Route has all in order, with all parameters."""
    dialog = dialog_with(*LOOSE)
    _, bye = dialog.build("BYE")
    assert bye.uri == "sip:user@remoteua"
    assert bye.values("route") == list(LOOSE)
    assert dialog.next_hop == "sip:p1.example;lr"


def test_strict_routes() -> None:
    """12.2.1.1: the example of the RFC; 8.1.2: it goes to the Request-URI."""
    dialog = dialog_with("<sip:proxy1>", "<sip:proxy2>", "<sip:proxy3;lr>", "<sip:proxy4>")
    _, request = dialog.build("BYE")
    assert request.uri == dialog.next_hop == "sip:proxy1"
    assert request.items("route") == [
        "<sip:proxy2>",
        "<sip:proxy3;lr>",
        "<sip:proxy4>",
        "<sip:user@remoteua>",
    ]


def test_a_strict_routers_uri_loses_what_no_request_uri_may_have() -> None:
    """12.2.1.1, 19.1.1: method and headers."""
    _, request = dialog_with("<sip:p;method=INVITE;transport=udp?X=y>").build("BYE")
    assert request.uri == "sip:p;transport=udp"
    assert request_uri("tel:+1") == "tel:+1"


# --- 12.2.1.2, 12.2.2: target refresh and order


def in_dialog(method: str, cseq: int, *fields: tuple[str, str]) -> Request:
    return build_request(
        method, "sip:a@ua1", from_=TO, to=FROM, call_id="cid", cseq=cseq, fields=fields
    )


@pytest.mark.parametrize(
    ("method", "target"), [("INVITE", "sip:new@ua3"), ("INFO", "sip:user@remoteua")]
)
def test_target_refresh(method: str, target: str) -> None:
    """12.2.2: a re-INVITE replaces the remote target, other requests do not; never the routes."""
    request = in_dialog(method, 1, ("Contact", "<sip:new@ua3>"), ("Record-Route", "<sip:q;lr>"))
    dialog = dialog_with(*LOOSE).refreshed(request)
    assert dialog.remote_target == target
    assert dialog.routes == LOOSE


def test_a_refresh_without_contact_changes_nothing() -> None:
    """12.2.2: "if present"."""
    dialog = dialog_with()
    assert dialog.refreshed(in_dialog("INVITE", 1)) == dialog


def test_a_2xx_to_a_refresh_replaces_the_target() -> None:
    """12.2.1.2."""
    dialog, request = dialog_with().build("INVITE")
    response = answer(request, 200, ("Contact", "<sip:moved@ua4>"))
    assert dialog.refreshed(response).remote_target == "sip:moved@ua4"


@pytest.mark.parametrize(
    ("remote", "number", "accepted"),
    [(None, 0, True), (7, 8, True), (7, 1000, True), (7, 6, False), (7, 7, False)],
    ids=["empty", "next", "a gap", "lower", "used already [ours]"],
)
def test_the_order_of_requests(remote: int | None, number: int, accepted: bool) -> None:
    """12.2.2: empty is set, lower is out of order, a gap is no error."""
    dialog = replace(dialog_with(), remote_cseq=remote)
    request = in_dialog("BYE", number)
    assert dialog.accepts(request) is accepted
    if accepted:
        assert dialog.received(request).remote_cseq == number


# --- 13.2.2.4, 12.3: confirmation and end


def test_a_2xx_confirms_and_computes_the_routes_anew() -> None:
    """13.2.2.4: the route set; not the sequence numbers."""
    request = invite()
    early = uac_dialog(request, answer(request, 180))
    early, _ = early.build("INFO")
    fields = [("Contact", "<sip:b@later>"), *recorded(*LOOSE)]
    dialog = early.confirm(answer(request, 200, *fields))
    assert dialog.state is DialogState.CONFIRMED
    assert dialog.routes == LOOSE[::-1]
    assert dialog.local_cseq == 8
    assert dialog.remote_target == "sip:b@later"


def test_the_uas_confirms_and_ends() -> None:
    """12, 12.3."""
    request = invite()
    early = uas_dialog(request, answer(request, 180))
    assert early.accepted().state is DialogState.CONFIRMED
    assert early.terminate().state is DialogState.TERMINATED
