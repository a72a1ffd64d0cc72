"""Addresses: RFC 3261 20.10, 20.20, 20.31, 20.39, 25.1."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.sip.address import Address, parse_address
from mcsip.sip.errors import ParseError
from mcsip.sip.params import quote
from mcsip.sip.uri import OpaqueUri, SipUri

EXACT = [
    '"Mr. Watson" <sip:watson@worcester.bell-telephone.com>;q=0.7;expires=3600',
    '"A. G. Bell" <sip:agb@bell-telephone.com>;tag=a48s',
    "Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8",
    "sip:+12125551212@server.phone2net.com;tag=887s",
    "<sip:bob@biloxi.com;lr>",
    "<sip:user@example.com?Route=%3Csip:sip.example.com%3E>",
    r'"Quoted \"string\" \\, with <brackets>;" <sip:a@b>;x="y;z"',
    "<urn:service:sos>",
    "*",
    "token1 token2 <tel:+1>;tag=x",
]


@pytest.mark.parametrize("text", EXACT)
def test_text_is_exact(text: str) -> None:
    assert str(parse_address(text)) == text


def test_name_addr() -> None:
    address = parse_address(r'"A, \"B\"" <sip:a@b;p=1>;tag=t;flag')
    assert address.display == r'"A, \"B\""'
    assert address.name == 'A, "B"'
    assert isinstance(address.uri, SipUri)
    assert address.uri.param("p") == "1"
    assert address.tag == "t"
    assert address.param("flag") == ""
    assert address.param("p") is None


def test_parameters_of_an_addr_spec_are_the_header_fields() -> None:
    """RFC 3261 20.10: without angle brackets; RFC 4475 3.3.12."""
    address = parse_address("sip:+19725552222@gw1.example.net;unknownparam")
    assert str(address.uri) == "sip:+19725552222@gw1.example.net"
    assert address.params == (("unknownparam", None),)
    assert not address.brackets
    assert (address.tag, address.name) == (None, "")


def test_star() -> None:
    """RFC 3261 10.2.2, 20.10."""
    assert parse_address("*") == Address(None, OpaqueUri("", "*"), brackets=False)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("caller<sip:a@b>;tag=1", "caller <sip:a@b>;tag=1"),  # RFC 4475 3.1.1.6
        ("  <sip:a@b>", "<sip:a@b>"),
        ('  "x"   <sip:a@b>   ;  tag = 1', '"x" <sip:a@b>;tag=1'),
        ('"W, T" < sip:a@b >', '"W, T" <sip:a@b>'),  # RFC 4475 3.1.2.14
        ("A. Bell (work) <sip:a@b>;tag=43", "A. Bell (work) <sip:a@b>;tag=43"),
        ("José <sip:a@b>", "José <sip:a@b>"),
        ("sip:a@b ;   tag    = x", "sip:a@b;tag=x"),
        ('"" <sip:a@b>', '"" <sip:a@b>'),
        ('sip:a@b;x="<y>"', 'sip:a@b;x="<y>"'),
        ("sip:a@b;x=<y>", "sip:a@b;x=<y>"),
    ],
)
def test_lenient(text: str, written: str) -> None:
    assert str(parse_address(text)) == written
    assert str(parse_address(written)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<>",
        "<sip:a@b",
        "sip:a@b>",
        '"Mr. User <sip:a@b>',
        '"x" sip:a@b',
        '"x"y <sip:a@b>',
        'y "x" <sip:a@b>',
        "Bell, Alexander <sip:a@b>;tag=43",  # RFC 4475 3.1.2.15
        "<sip:a@b> tag=x",
        "sip:a@b?Route=x",
        "sip:a,b@c",
        "<sip:a b@c>",
        "x",
        "<sip:a@b>;=1",
        "<sip:a@b><sip:c@d>",
        "name",
        "; tag=1",
    ],
)
def test_malformed(text: str) -> None:
    with pytest.raises(ParseError):
        parse_address(text)


def test_with_param() -> None:
    address = parse_address("<sip:a@b>").with_param("tag", "t")
    assert str(address) == "<sip:a@b>;tag=t"
    assert str(address.with_param("TAG", "u")) == "<sip:a@b>;tag=u"


@given(st.text('ab "\\<>;,é\x00', max_size=12))
@settings(deadline=None)
def test_any_display_name_survives(name: str) -> None:
    text = f"{quote(name)} <sip:a@b>;tag=1"
    address = parse_address(text)
    assert address.name == name
    assert str(address) == text


@given(st.text('sip:ab@<>;="\\, ?\t*', max_size=30))
@settings(deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        address = parse_address(text)
    except ParseError:
        return
    assert str(parse_address(str(address))) == str(address)
