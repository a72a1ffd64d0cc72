"""URIs: RFC 3261 19.1, with the examples of 19.1.3 and 19.1.4."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.sip.errors import ParseError
from mcsip.sip.uri import OpaqueUri, SipUri, parse_uri, same_uri, unescape

# RFC 3261 19.1.3, and what this project meets
EXACT = [
    "sip:alice@atlanta.com",
    "sip:alice:secretword@atlanta.com;transport=tcp",
    "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
    "sip:+1-212-555-1212:1234@gateway.com;user=phone",
    "sips:1212@gateway.com",
    "sip:alice@192.0.2.4",
    "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
    "sip:alice;day=tuesday@atlanta.com",
    "sip:[2001:db8::10]:5070;lr",
    "sip:user@[2001:db8::10];maddr=[2001:db8::1]",
    "sip:sips%3Auser%40example.com@example.net",
    "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
    "tel:+358-555-1234567;phone-context=example",
    "urn:service:sos",
    "soap.beep://192.0.2.103:3002",
]


@pytest.mark.parametrize("text", EXACT)
def test_text_is_exact(text: str) -> None:
    assert str(parse_uri(text)) == text


def test_parts() -> None:
    """RFC 3261 19.1.1."""
    uri = parse_uri("sips:alice:pw@Example.org:5071;Transport=tcp;lr;maddr=192.0.2.1?a=b&c=d")
    assert uri == SipUri(
        "sips",
        "alice",
        "pw",
        "Example.org",
        5071,
        (("Transport", "tcp"), ("lr", None), ("maddr", "192.0.2.1")),
        (("a", "b"), ("c", "d")),
    )
    assert isinstance(uri, SipUri)
    assert uri.transport == "TCP"
    assert uri.is_loose
    assert uri.param("maddr") == "192.0.2.1"
    assert uri.param("lr") == ""
    assert uri.param("ttl") is None
    assert str(uri.bare) == "sips:alice@Example.org:5071"
    bare = uri.bare
    assert bare.bare is bare


def test_user_part_may_look_like_anything() -> None:
    """RFC 4475 3.1.1.2, 3.1.1.9: semicolons and question marks in the user part."""
    uri = parse_uri("sip:user;par=u%40example.net@example.com")
    assert isinstance(uri, SipUri)
    assert (uri.user, uri.host, uri.params) == ("user;par=u%40example.net", "example.com", ())
    assert unescape(uri.user or "") == "user;par=u@example.net"


def test_no_parameters() -> None:
    uri = parse_uri("sip:example.org")
    assert isinstance(uri, SipUri)
    assert (uri.user, uri.param("lr"), uri.is_loose, uri.transport) == (None, None, False, None)


@pytest.mark.parametrize("text", ["SIP:a@b", "Sips:b"])
def test_scheme_is_lower_case(text: str) -> None:
    assert str(parse_uri(text)) == text.lower()


def test_opaque() -> None:
    assert parse_uri("TEL:+1") == OpaqueUri("tel", "+1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip:",
        "sip",
        "alice@atlanta.com",
        "*",
        ":x",
        "1a:b",
        "a_b:c",
        "sip:@b",
        "sip::pw@b",
        "sip:a@b@c",
        "sip:a@",
        "sip:a@b:",
        "sip:a@b:99999",
        "sip:a b@c",
        "<sip:a@b>",
        'sip:"a"@b',
        "sip:user@example.com; lr",
        "sip:a\n@b",
        "sip:a\x00@b",
        "sip:a@b;=x",
        "sip:a@[::1",
        "sip:a\udc80@b",
    ],
)
def test_malformed(text: str) -> None:
    with pytest.raises(ParseError):
        parse_uri(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [  # RFC 3261 19.1.4
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("tel:+1", "tel:+1"),
        ("sip:a%3ab@c", "sip:a%3Ab@c"),
        ("sip:a:p%77@c", "sip:a:pw@c"),
    ],
)
def test_equivalent(one: str, other: str) -> None:
    assert same_uri(parse_uri(one), parse_uri(other))
    assert same_uri(parse_uri(other), parse_uri(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [  # RFC 3261 19.1.4
        ("SIP:ALICE@AtlanTa.CoM;Transport=udp", "sip:alice@AtlanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:a@b", "sips:a@b"),
        ("sip:a@b", "sip:b"),
        ("sip:a%40@b", "sip:a@b"),
        ("sip:a%2Cb@c", "sip:a,b@c"),
        ("sip:a@b;maddr=1", "sip:a@b"),
        ("sip:a@b", "tel:+1"),
        ("sip:a:x@b", "sip:a@b"),
    ],
)
def test_not_equivalent(one: str, other: str) -> None:
    assert not same_uri(parse_uri(one), parse_uri(other))
    assert not same_uri(parse_uri(other), parse_uri(one))


@given(st.text('sipel:@;?=&[].%20aA<> "', max_size=30).map(lambda text: "sip:" + text))
@settings(deadline=None)
def test_printed_and_read_again(text: str) -> None:
    try:
        uri = parse_uri(text)
    except ParseError:
        return
    assert parse_uri(str(uri)) == uri
    assert same_uri(uri, parse_uri(str(uri)))
