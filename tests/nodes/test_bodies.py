"""The info body of a request, alone or in multipart/mixed."""

import pytest

from mcsip.mc.multipart import Part, build_multipart
from mcsip.mc.services import MCPTT, SERVICES
from mcsip.mc.xml import BodyError
from mcsip.nodes.bodies import content_types, info_part, info_service
from mcsip.sip.message import Request
from mcsip.sip.parse import parse_datagram

from .world import written


def request(content_type: str | None, body: bytes = b"<a/>") -> Request:
    message = parse_datagram(written(content_type=content_type, body=body))
    assert isinstance(message, Request)
    return message


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_the_content_type_tells_the_service(service: object) -> None:
    found = next(s for s in SERVICES.values() if s is service)
    assert info_part(request(found.content_type)) == (found, b"<a/>")
    assert info_part(request(found.content_type.upper() + ";charset=utf-8")) == (found, b"<a/>")


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/xml"])
def test_another_body_is_none(content_type: str | None) -> None:
    assert info_part(request(content_type, b"")) is None


def test_the_first_info_part_of_several_is_taken() -> None:
    mcptt = SERVICES["mcptt"]
    parts = [
        Part("text/plain", b"x"),
        Part(mcptt.content_type, b"<b/>"),
        Part(mcptt.content_type, b"<c/>"),
    ]
    assert info_part(request(*build_multipart(parts))) == (mcptt, b"<b/>")
    assert info_part(request(*build_multipart(parts[:1]))) is None


def test_a_broken_multipart_body_is_refused() -> None:
    with pytest.raises(BodyError):
        info_part(request("multipart/mixed;boundary=x", b"no part"))


def test_a_server_understands_the_bodies_of_its_own_service() -> None:
    """RFC 3261 8.2.3; what else it understands is said by who asks."""
    assert content_types(MCPTT, "application/sdp") == {
        MCPTT.content_type,
        "multipart/mixed",
        "application/sdp",
    }


def test_a_body_that_cannot_be_read_is_of_no_service() -> None:
    kind = 'multipart/mixed; boundary="x"'
    assert info_service(request(kind, b"no boundary")) is None
    assert info_service(request("text/plain", b"x")) is None
    assert info_service(request(MCPTT.content_type, b"x")) is MCPTT
