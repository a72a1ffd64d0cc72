"""RFC 3261 17.1.3 and 17.2.3: what belongs together and what does not."""

import pytest

from mcsip.sip.errors import ParseError
from mcsip.sip.matching import (
    ServerKey,
    cancelled_keys,
    legacy_ack_key,
    method_of,
    server_key,
)
from mcsip.sip.message import Request, Response
from mcsip.sip.parse import parse_datagram

from .layer import incoming


def key_of(octets: bytes) -> ServerKey:
    request = parse_datagram(octets)
    assert isinstance(request, Request)
    return server_key(request, request.via)


INVITE = incoming("INVITE")
LEGACY = incoming("INVITE", branch="")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param(incoming("INVITE", cseq="2", call_id="x"), True, id="branch-alone-counts"),
        pytest.param(incoming("ACK"), True, id="ack-counts-as-invite"),
        pytest.param(incoming("INVITE", branch="z9hG4bKother"), False, id="other-branch"),
        pytest.param(incoming("INVITE", sent_by="192.0.2.3:5070"), False, id="other-sent-by-host"),
        pytest.param(incoming("INVITE", sent_by="192.0.2.2"), False, id="other-sent-by-port"),
        pytest.param(incoming("CANCEL"), False, id="cancel-is-its-own"),
        pytest.param(incoming("MESSAGE"), False, id="other-method"),
    ],
)
def test_with_magic_cookie(other: bytes, same: bool) -> None:
    assert (key_of(INVITE) == key_of(other)) is same


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param(incoming("INVITE", branch=""), True, id="equal"),
        pytest.param(incoming("INVITE", branch="", uri="sip:x@example.com"), False, id="uri"),
        pytest.param(incoming("INVITE", branch="", to="<sip:bob@example.com>;tag=t"), False, id="to-tag"),
        pytest.param(incoming("INVITE", branch="", from_="<sip:alice@example.com>;tag=x"), False, id="from-tag"),
        pytest.param(incoming("INVITE", branch="", call_id="x"), False, id="call-id"),
        pytest.param(incoming("INVITE", branch="", cseq="2"), False, id="cseq"),
        pytest.param(incoming("INVITE", branch="1"), False, id="via"),
        pytest.param(incoming("INVITE", branch="z9hG4bK"), False, id="bare-cookie-is-compared-as-via"),
    ],
)  # fmt: skip
def test_without_magic_cookie(other: bytes, same: bool) -> None:
    """RFC 3261 17.2.3, a peer of RFC 2543."""
    assert (key_of(LEGACY) == key_of(other)) is same


def test_the_bare_cookie_identifies_nothing() -> None:
    """RFC 4475 3.2.2."""
    one = incoming("INVITE", branch="z9hG4bK", call_id="one")
    two = incoming("INVITE", branch="z9hG4bK", call_id="two")
    assert key_of(one) != key_of(two)


def test_ack_of_an_old_peer() -> None:
    """RFC 3261 17.2.3: the To tag is that of the response."""
    ack = incoming("ACK", branch="", to="<sip:bob@example.com>;tag=answer")
    assert key_of(ack) == legacy_ack_key(key_of(LEGACY), "answer")
    assert key_of(ack) != legacy_ack_key(key_of(LEGACY), "other")


@pytest.mark.parametrize("branch", ["z9hG4bKpeer", ""])
@pytest.mark.parametrize("method", ["INVITE", "MESSAGE"])
def test_what_a_cancel_is_about(method: str, branch: str) -> None:
    """RFC 3261 9.2: the same, but for the method."""
    keys = cancelled_keys(key_of(incoming("CANCEL", branch=branch)))
    assert key_of(incoming(method, branch=branch)) in keys
    assert key_of(incoming("INVITE", branch="z9hG4bKother")) not in keys


def test_a_to_tag_that_says_cancel() -> None:
    to = "<sip:bob@example.com>;tag=CANCEL"
    keys = cancelled_keys(key_of(incoming("CANCEL", branch="", to=to)))
    assert key_of(incoming("INVITE", branch="", to=to)) in keys


def response_with(cseq: str) -> Response:
    response = parse_datagram(f"SIP/2.0 200 OK\r\n{cseq}\r\n\r\n".encode())
    assert isinstance(response, Response)
    return response


@pytest.mark.parametrize("cseq", ["CSeq: 1 INVITE", "CSeq:1\t INVITE", "CSeq: 1\tINVITE"])
def test_method_of_a_response(cseq: str) -> None:
    assert method_of(response_with(cseq)) == "INVITE"


@pytest.mark.parametrize("cseq", ["Subject: x", "CSeq:"])
def test_a_response_without_cseq(cseq: str) -> None:
    with pytest.raises(ParseError):
        method_of(response_with(cseq))
