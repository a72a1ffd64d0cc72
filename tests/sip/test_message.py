"""Messages and drafts: RFC 3261 7, 16.6 item 1."""

import pytest

from mcsip.sip.errors import ParseError
from mcsip.sip.field import Field, make_field
from mcsip.sip.message import Request, Response

from .messages import MESSAGE, request, response, with_line, without

TRYING = b"SIP/2.0 100 Trying\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKone\r\nCSeq: 1 MESSAGE\r\n\r\n"


def test_typed_values() -> None:
    message = request()
    assert (message.method, message.uri, message.version) == (
        "MESSAGE",
        "sip:server@primary.example",
        "SIP/2.0",
    )
    assert str(message.target) == message.uri
    assert message.via.branch == "z9hG4bKone"
    assert [via.branch for via in message.vias] == ["z9hG4bKone", "z9hG4bKtwo", "z9hG4bKthree"]
    assert message.from_.tag == "abc"
    assert message.to.tag is None
    assert message.call_id == "call"
    assert str(message.cseq) == "1 MESSAGE"
    assert message.max_forwards == 70
    assert message.content_length == 5
    assert message.content_type == "text/plain"
    assert message.expires is None
    assert message.contacts == message.routes == message.record_routes == []
    assert repr(message) == "<MESSAGE sip:server@primary.example SIP/2.0>"


def test_values_and_items() -> None:
    message = request()
    assert message.first("x-odd") == "odd, value"
    assert message.first("route") is None
    assert len(message.values("via")) == 2
    assert len(message.items("via")) == 3
    assert message.values("route") == message.items("route") == []


def test_lists_keep_their_order() -> None:
    """RFC 3261 7.3.1: repeated fields and comma lists are the same."""
    message = request(with_line('Route: <sip:a;lr>, "x, y" <sip:b>\r\nRoute: <sip:c>'))
    assert [str(route.uri) for route in message.routes] == ["sip:a;lr", "sip:b", "sip:c"]


@pytest.mark.parametrize("name", ["Via", "f:", "To", "I:", "CSeq"])
def test_missing_mandatory_field(name: str) -> None:
    message = request(without("v:", without(name)))
    with pytest.raises(ParseError, match="missing") as caught:
        _ = message.via, message.from_, message.to, message.call_id, message.cseq
    assert caught.value.status == 400


def test_empty_via() -> None:
    with pytest.raises(ParseError, match="empty"):
        _ = request(with_line("Via: ,")).via


@pytest.mark.parametrize("value", ["256", "-1", "x", "1 1", "", "٣", "99999999999"])
def test_malformed_number(value: str) -> None:
    message = request(with_line(f"Max-Forwards: {value}", without("Max-Forwards")))
    with pytest.raises(ParseError, match="Max-Forwards"):
        _ = message.max_forwards


def test_octets_are_those_that_were_read() -> None:
    assert request().octets() == MESSAGE
    assert response(TRYING).octets() == TRYING


def test_edited_copy_keeps_all_other_lines() -> None:
    """RFC 3261 16.6 item 1; 7.3.1."""
    original = request()
    draft = original.edit()
    draft.prepend("Via", "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKnew")
    draft.set("Max-Forwards", "69")
    draft.uri = "sip:other@primary.example"
    edited = draft.finish()
    expected = MESSAGE.replace(b"sip:server@primary.example SIP", b"sip:other@primary.example SIP")
    expected = expected.replace(b"Max-Forwards: 70", b"Max-Forwards: 69")
    start, _, rest = expected.partition(b"\r\n")
    via = b"Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKnew"
    assert edited.octets() == b"\r\n".join((start, via, rest))
    assert edited.via.branch == "z9hG4bKnew"
    assert len(edited.vias) == 4
    assert original.octets() == MESSAGE
    assert original.via.branch == "z9hG4bKone"


def test_draft_after_finish_leaves_the_message_alone() -> None:
    draft = request().edit()
    first = draft.finish()
    assert first.via.branch == "z9hG4bKone"
    draft.remove_first("Via")
    second = draft.finish()
    assert second.via.branch == "z9hG4bKtwo"
    assert first.via.branch == "z9hG4bKone"
    assert [via.branch for via in first.vias] == ["z9hG4bKone", "z9hG4bKtwo", "z9hG4bKthree"]


def test_remove_first_takes_one_value_of_a_line() -> None:
    """RFC 3261 16.7 item 3."""
    draft = request().edit()
    draft.remove_first("Via")
    draft.remove_first("Via")
    assert draft.finish().values("via") == ["SIP/2.0/UDP 192.0.2.3;branch=z9hG4bKthree"]
    draft.remove_first("Via")
    draft.remove_first("Via")
    assert draft.finish().values("via") == []


def test_prepend_append_set_remove() -> None:
    draft = request().edit()
    draft.prepend("Route", "<sip:b>")
    draft.prepend("Route", "<sip:a>")
    draft.append("Route", "<sip:c>")
    draft.append("X-New", "1")
    draft.set("X-Set", "2")
    draft.set("via", "SIP/2.0/TCP only")
    draft.remove("X-Odd")
    message = draft.finish()
    assert [str(route.uri) for route in message.routes] == ["sip:a", "sip:b", "sip:c"]
    assert message.values("via") == ["SIP/2.0/TCP only"]
    assert message.first("x-odd") is None
    assert [field.raw for field in message.fields[-2:]] == ["X-New: 1", "X-Set: 2"]
    assert message.fields[0].raw == "Route: <sip:a>"


def test_body_is_replaced_with_its_fields() -> None:
    draft = request().edit()
    draft.set_body("application/xml", b"<x/>")
    message = draft.finish()
    assert (message.content_type, message.content_length, message.body) == (
        "application/xml",
        4,
        b"<x/>",
    )
    draft.set_body(None, b"")
    message = draft.finish()
    assert (message.content_type, message.content_length, message.body) == (None, 0, b"")


def test_fields_are_filtered_and_replaced() -> None:
    draft = request().edit()
    draft.keep(lambda field: field.key != "via")
    assert draft.finish().items("via") == []
    draft.replace_fields([make_field("To", "<sip:x@y>")])
    assert [field.key for field in draft.fields] == ["to"]
    assert str(draft.finish().to) == "<sip:x@y>"


def test_response() -> None:
    message = response(TRYING)
    assert (message.status, message.reason, message.version) == (100, "Trying", "SIP/2.0")
    assert message.start_line == "SIP/2.0 100 Trying"
    draft = message.edit()
    draft.status, draft.reason = 200, "OK"
    draft.remove_first("Via")
    assert draft.finish().octets() == b"SIP/2.0 200 OK\r\nCSeq: 1 MESSAGE\r\n\r\n"


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\rb"])
def test_a_value_holds_no_line_end(value: str) -> None:
    with pytest.raises(ValueError, match="line end"):
        make_field("Subject", value)
    with pytest.raises(ValueError, match="line end"):
        request().edit().set("Subject", value)


def test_made_messages() -> None:
    fields = (Field("subject", "x", "s: x"),)
    assert Request("OPTIONS", "sip:a", fields).octets() == b"OPTIONS sip:a SIP/2.0\r\ns: x\r\n\r\n"
    assert Response(200, "OK", (), b"ab").octets() == b"SIP/2.0 200 OK\r\n\r\nab"
