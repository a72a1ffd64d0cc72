"""Redirection at the client: RFC 3261 8.1.3.4, 19.1.5."""

import pytest

from mcsip.sip.build import build_request, build_response
from mcsip.sip.message import Response
from mcsip.sip.redirect import MAX_TARGETS, TargetSet, redirected_fields
from mcsip.sip.uri import SipUri, parse_uri


def moved(*contacts: str, status: int = 302) -> Response:
    request = build_request(
        "INVITE", "sip:b@b", from_="<sip:a@a>", to="<sip:b@b>", call_id="c", cseq=1
    )
    return build_response(request, status, fields=[("Contact", ", ".join(contacts))])


def test_the_order_of_q() -> None:
    """ "Order the set by the q parameter value"; equal ones as they came."""
    targets = TargetSet("sip:b@b")
    response = moved("<sip:1@x>;q=0.1", "<sip:2@x>;q=0.9", "<sip:3@x>;q=0.9", "<sip:4@x>;q=bad")
    assert targets.add(response) == 4
    assert targets.left == ("sip:4@x", "sip:2@x", "sip:3@x", "sip:1@x")


def test_no_uri_twice() -> None:
    """ "MUST NOT add any given URI to the target set more than once", by the rules of 19.1.4."""
    targets = TargetSet("sip:b@b")
    assert targets.add(moved("<sip:b@B>", "<sip:c@x>", "<sip:c@X;unknown=1>")) == 1
    assert str(targets.next()) == "sip:c@x"
    assert targets.add(moved("<sip:c@x>", "<sip:b@b>", "<sip:b@b?Subject=again>")) == 0


def test_it_comes_to_an_end() -> None:
    """[ours]"""
    targets = TargetSet("sip:b@b")
    contacts = [f"<sip:{number}@x>" for number in range(50)]
    assert targets.add(moved(*contacts)) == MAX_TARGETS - 1


@pytest.mark.parametrize(
    ("first", "contact", "status", "count"),
    [
        ("sips:b@b", "<sip:c@x>", 302, 0),
        ("sips:b@b", "<sips:c@x>", 301, 1),
        ("sip:b@b", "<tel:+1>", 302, 0),
        ("sip:b@b", "<sip:c@x", 302, 0),
        ("sip:b@b", "<sip:c@x>", 305, 0),
        ("sip:b@b", "<sip:c@x>", 380, 0),
        ("sip:b@b", "<sip:c@x>", 300, 1),
        ("tel:+1", "<sip:c@x>", 302, 1),
    ],
)
def test_what_is_a_target(first: str, contact: str, status: int, count: int) -> None:
    """SIP URIs, no way from SIPS to SIP [ours], and the responses that name a new address."""
    assert TargetSet(first).add(moved(contact, status=status)) == count


def fields_of(uri: str, *fields: tuple[str, str]) -> list[tuple[str, str]]:
    parsed = parse_uri(uri)
    assert isinstance(parsed, SipUri)
    return redirected_fields(fields, parsed)


def test_header_parts_of_the_uri() -> None:
    """8.1.3.4: the example: Subject is overwritten, Call-Info is appended."""
    made = fields_of(
        "sip:user@host?Subject=foo&Call-Info=%3Chttp://www.foo.example%3E",
        ("Subject", "bar"),
        ("Call-Info", "<http://bar.example>"),
    )
    assert made == [
        ("Call-Info", "<http://bar.example>"),
        ("Subject", "foo"),
        ("Call-Info", "<http://www.foo.example>"),
    ]


@pytest.mark.parametrize(
    "part",
    [
        "From=x",
        "f=x",
        "Call-ID=x",
        "CSeq=1",
        "Via=x",
        "Record-Route=x",
        "Route=%3Csip:evil;lr%3E",
        "body=x",
        "Accept=x",
        "Contact=x",
        "Subject=x%0D%0AVia:%20y",
        "%0D%0A=x",
        "=x",
        "P-Asserted-Identity=%3Csip:boss%40p%3E",
        "Max-Forwards=0",
        "Content-Length=9",
    ],
)
def test_dangerous_header_parts(part: str) -> None:
    """19.1.5: they are not honoured, and nothing breaks a line."""
    assert fields_of(f"sip:user@host?{part}", ("Subject", "bar")) == [("Subject", "bar")]
