"""What is told of a message that was read."""

import pytest

from mcsip.conformance.forms import (
    OwnForm,
    addresses_in,
    branches,
    ids,
    is_of_user,
    kind_of,
    passed,
    words_of,
)
from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import REQUEST
from mcsip.mc.services import MCPTT
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import Malformed, parse_datagram
from mcsip.trace import Peer
from tests.conformance.streams import request, response

ALICE, VISITOR = "sip:alice@home.example", "sip:visitor@away.example"


def read(data: bytes) -> Request | Response:
    message = parse_datagram(data)
    assert not isinstance(message, Malformed)
    return message


def with_body(primary_id: str | None = ALICE) -> Request | Response:
    """Return a request with the info body of a request for migration."""
    body = build_info(Info(MCPTT, REQUEST, primary_id, VISITOR, profile_index=2))
    head = request().replace(
        b"Content-Length: 0",
        f"Content-Type: {MCPTT.content_type}\r\nContent-Length: {len(body)}".encode(),
    )
    return read(head + body)


def test_a_form_of_its_own_says_what_the_message_says() -> None:
    data = request(branch="z9hG4bK2", call="c", above="z9hG4bK1")
    form = OwnForm(7, read(data), data)
    assert (form.number, form.alike, form.is_request, form.method, form.status) == (
        *(7, False, True),
        *("MESSAGE", 0),
    )
    assert form.key(()) == ("z9hG4bK1", "MESSAGE", "p:none")
    assert form.call_id(()) == "c"
    assert form.passed(()) == ("fc", 1, "MESSAGE")
    assert form.branches(()) == ("z9hG4bK1", "z9hG4bK2")
    assert (form.ids(()), form.is_of_user()) == (None, False)
    assert form.message(()).octets() == form.octets(()) == data
    assert (form.uri, form.addresses) == ("sip:x@y", ())


def test_a_response_has_a_status_and_no_method() -> None:
    assert kind_of(read(response(request(), 486))) == (False, "", 486)
    assert kind_of(read(request("INVITE"))) == (True, "INVITE", 0)


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ("<sip:a@a>;tag=x-1.2", "x-1.2"),
        ("<sip:a@a>;x=1;tag=x", "x"),
        ("sip:a@a;tag=x", "x"),
        ('"a" <sip:a@a>', ""),
        ("<sip:a@a", None),
    ],
)
def test_what_every_proxy_keeps(value: str, tag: str | None) -> None:
    data = request().replace(b"<sip:a@a>;tag=fcall", value.encode())
    assert passed(read(data)) == (None if tag is None else (tag, 1, "MESSAGE"))


def test_of_malformed_fields_nothing_is_told() -> None:
    no_cseq = read(request().replace(b"CSeq", b"Seq"))
    assert passed(no_cseq) is None
    assert OwnForm(1, no_cseq, b"").key(()) is None
    assert branches(read(request(above="2").replace(b"UDP a", b"UDP "))) == ()


def test_whom_a_message_of_migration_names() -> None:
    assert ids(with_body()) == (ALICE, VISITOR)
    assert ids(with_body(primary_id=None)) is None
    assert ids(read(request())) is None


def test_what_may_be_about_a_user() -> None:
    settings = read(request("PUBLISH").replace(b"CSeq", b"Event: poc-settings\r\nCSeq"))
    assert is_of_user(settings)
    assert is_of_user(with_body())
    assert is_of_user(with_body(primary_id=None))
    assert not is_of_user(read(request("PUBLISH")))
    assert not is_of_user(read(response(request())))


def test_addresses_in_a_text() -> None:
    texts = ("by 10.0.0.1:5070, 10.0.0.1,", " [2001:DB8::1]:5062;x=10.0.0.1", "1.2.3.4.5 10.0.0.1:")
    assert addresses_in(texts) == (
        Peer("10.0.0.1", 5070),
        Peer("10.0.0.1", 5060),
        Peer("2001:db8::1", 5062),
        Peer("1.2.3.4", 5060),
    )


def test_words_that_may_be_addresses_ports_users_and_numbers() -> None:
    text = (
        "Via: SIP/2.0/UDP 192.0.2.1:40000;maddr=[2001:DB8::1];received=2001:db8::2\r\n"
        "To: <sips:A.b+c@x.example>, <tel:+491234>\r\nExpires: 3600\r\nMax-Forwards: 70"
    )
    expected = {
        *("192.0.2.1", "40000", "2001:db8::1", "2001:db8::2"),
        *("a.b+c", "+491234", "3600"),
    }
    assert words_of([text]) == expected
    assert OwnForm(1, read(request()), b"", [text]).words() == expected
    assert OwnForm(1, read(request()), b"").words() == set()
